// E-mails: spam or not.

import { type Dataset, type RawText, textBaseline } from '@omnigrad/data';
import { type TextConfig, TextTokenizer, type TextVocabulary, textDefaults } from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition } from '../stream.ts';
import { classificationTask } from './classification.ts';

export const textStream = (
  dataset: Dataset<RawText>,
  vocabulary: TextVocabulary,
  options: Partial<TextConfig> = {},
): StreamDefinition => {
  const config: TextConfig = { ...textDefaults, ...options, vocabulary };
  return defineStream({
    modality: 'text',
    dataset,
    tokenizer: (scope, width) => new TextTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [classificationTask('spam', dataset, () => textBaseline(dataset))],
    settings: config,
    words: (tokenizer, arrays) => ({
      seen: tokenizer.piecesOf(arrays.ids),
      name: (id) => tokenizer.piecesOf([id])[0],
    }),
  });
};
