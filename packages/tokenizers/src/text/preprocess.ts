// A text -> [CLS] pieces [SEP], a pair -> [CLS] pieces [SEP] pieces [SEP]; a batch -> ids padded to one length.

import type { RawText } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { sampleError } from '../shared/errors.ts';
import { classId, padId, separatorId } from './vocabulary.ts';
import type { WordPiece } from './word-piece.ts';

export interface TextFeatures {
  /** [CLS] pieces [SEP], of a pair with another pieces [SEP] behind; at most the configured length. */
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

interface Pieces {
  readonly ids: readonly number[];
  readonly ends: readonly number[];
}

/** At most `most` pieces of a text. */
const piecesOf = (text: string, most: number, wordPiece: WordPiece): Pieces => {
  const ids: number[] = [];
  const ends: number[] = [];
  for (const word of wordPiece.words(text)) {
    if (ids.length >= most) break;
    for (const id of word.ids) {
      if (ids.length >= most) break;
      ids.push(id);
      ends.push(0);
    }
    if (word.ends && ends.length > 0) ends[ends.length - 1] = 1;
  }
  return { ids, ends };
};

/**
 * An empty text gives [CLS] [SEP]. Of a pair that is too long, the longer text is cut first, as in BERT; there is no
 * embedding of the segment, as in RoBERTa: the [SEP] between the two tells them apart.
 */
export const preprocessText = (raw: RawText, length: number, wordPiece: WordPiece, sample?: string): TextFeatures => {
  const { text, pair } = raw;
  if (typeof text !== 'string' || (pair !== undefined && typeof pair !== 'string')) {
    const came = typeof text !== 'string' ? typeof text : `a text with a pair of type ${typeof pair}`;
    throw sampleError('TextTokenizer', sample, { expected: 'a text', came, fix: 'pass { text } or { text, pair }' });
  }
  const room = length - (pair === undefined ? 2 : 3);
  const first = piecesOf(text, room, wordPiece);
  const second = pair === undefined ? null : piecesOf(pair, room, wordPiece);
  if (second === null) {
    return {
      ids: Int32Array.of(classId, ...first.ids, separatorId),
      ends: Uint8Array.of(0, ...first.ends, 0),
    };
  }
  const n = Math.min(first.ids.length, Math.max(room - second.ids.length, Math.ceil(room / 2)));
  const m = Math.min(second.ids.length, room - n);
  const [ids, others] = [first.ids.slice(0, n), second.ids.slice(0, m)];
  return {
    ids: Int32Array.of(classId, ...ids, separatorId, ...others, separatorId),
    ends: Uint8Array.of(0, ...first.ends.slice(0, n), 0, ...second.ends.slice(0, m), 0),
  };
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
