// What a text tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import { checkVocabulary, type TextVocabulary } from './vocabulary.ts';

export interface TextConfig {
  readonly vocabulary: TextVocabulary;
  /** Tokens of a sample, [CLS] and [SEP] included; longer texts are cut, shorter ones padded. */
  readonly length: number;
  /** Share of the existing pieces that is hidden. */
  readonly maskRatio: number;
  /** Of the hidden pieces: share shown as [MASK], and share shown as another piece; the rest is shown unchanged. */
  readonly shownAsMask: number;
  readonly shownAsRandom: number;
  /** Whether the thirds of a text are shuffled before masking, and their order is a target. */
  readonly permute: boolean;
}

/** Everything but the vocabulary, which is built from the train texts. */
export const textDefaults: Omit<TextConfig, 'vocabulary'> = {
  length: 64,
  maskRatio: 0.15,
  shownAsMask: 0.8,
  shownAsRandom: 0.1,
  permute: true,
};

/** Throws ArgumentError for a configuration that cannot work. */
export const checkText = ({ vocabulary, length, maskRatio, shownAsMask, shownAsRandom }: TextConfig): void => {
  checkVocabulary(vocabulary);
  if (!Number.isSafeInteger(length) || length < 3) {
    throw new ArgumentError('TextTokenizer', `length must be a whole number of at least 3, came ${length}`);
  }
  if (!(maskRatio > 0 && maskRatio < 1)) {
    throw new ArgumentError('TextTokenizer', `mask ratio ${maskRatio} is not between 0 and 1`);
  }
  if (!(shownAsMask >= 0 && shownAsRandom >= 0 && shownAsMask + shownAsRandom <= 1)) {
    throw new ArgumentError(
      'TextTokenizer',
      `shares ${shownAsMask} as [MASK] and ${shownAsRandom} at random must be at least 0 and add up to at most 1`,
    );
  }
};
