// A text -> [CLS] pieces [SEP]; a batch -> ids padded to one length.

import type { RawText } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { sampleError } from '../shared/errors.ts';
import { classId, padId, separatorId } from './vocabulary.ts';
import type { WordPiece } from './word-piece.ts';

export interface TextFeatures {
  /** [CLS] pieces [SEP], at most the configured length. */
  readonly ids: Int32Array;
  /** One byte a token: 1 where a sentence ends behind it. */
  readonly ends: Uint8Array;
}

export interface TextArrays {
  readonly batch: number;
  /** [B, T] */
  readonly ids: Int32Array;
  /** [B, T] */
  readonly ends: Uint8Array;
  /** [B]: tokens that exist, [CLS] and [SEP] included. */
  readonly lengths: Int32Array;
}

/** An empty text gives [CLS] [SEP]. */
export const preprocessText = (raw: RawText, length: number, wordPiece: WordPiece, sample?: string): TextFeatures => {
  if (typeof raw.text !== 'string') {
    throw sampleError('TextTokenizer', sample, { expected: 'a text', came: typeof raw.text, fix: 'pass { text }' });
  }
  const most = length - 2;
  const ids: number[] = [classId];
  const ends: number[] = [0];
  for (const word of wordPiece.words(raw.text)) {
    if (ids.length > most) break;
    for (const id of word.ids) {
      if (ids.length > most) break;
      ids.push(id);
      ends.push(0);
    }
    if (word.ends) ends[ends.length - 1] = 1;
  }
  return { ids: Int32Array.of(...ids, separatorId), ends: Uint8Array.of(...ends, 0) };
};

export const collateTexts = (features: readonly TextFeatures[], length: number): TextArrays => {
  if (features.length === 0)
    throw new ArgumentError('TextTokenizer', 'collate came without samples; pass at least one');
  const batch = features.length;
  const ids = new Int32Array(batch * length).fill(padId);
  const ends = new Uint8Array(batch * length);
  const lengths = new Int32Array(batch);
  features.forEach((text, b) => {
    if (text.ids.length < 2 || text.ids.length > length) {
      throw new ArgumentError(
        'TextTokenizer',
        `sample ${b} of the batch has ${text.ids.length} tokens, expected 2 to ${length}; preprocess it with this tokenizer`,
      );
    }
    ids.set(text.ids, b * length);
    ends.set(text.ends, b * length);
    lengths[b] = text.ids.length;
  });
  return { batch, ids, ends, lengths };
};
