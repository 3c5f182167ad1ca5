// What a decoder is shown and asked in training, as host arrays.

import type { Mode, Tokens } from '@omnigrad/nn';
import { ArgumentError, ids, type Tensor } from '@omnigrad/tensor';
import type { SummaryConfig } from '../head-config.ts';
import { crossEntropy } from '../losses.ts';
import type { SummaryHead } from './decoder.ts';

export interface TeacherArrays {
  /** [B, length]: begin, then the text. */
  readonly written: Int32Array;
  /** [B, length]: the text, then its end; -100 behind it. */
  readonly next: Int32Array;
}

/**
 * From texts, ids without begin and end. A text that leaves no room for its end is cut at `length`, and not taught to end there.
 * Throws ArgumentError for an id outside the vocabulary.
 */
export const teacherArrays = (
  texts: readonly ArrayLike<number>[],
  { length, vocabulary, beginId, endId, padId = endId }: SummaryConfig,
): TeacherArrays => {
  const size = texts.length * length;
  const written = new Int32Array(size).fill(padId);
  const next = new Int32Array(size).fill(-100);
  texts.forEach((text, b) => {
    written[b * length] = beginId;
    for (let t = 0; t < Math.min(length, text.length); t++) {
      const id = text[t];
      if (!Number.isInteger(id) || id < 0 || id >= vocabulary) {
        const range = `a whole number from 0 to ${vocabulary - 1}`;
        throw new ArgumentError('teacherArrays', `id ${id} at position ${t} of text ${b} is not ${range}`);
      }
      next[b * length + t] = id;
      if (t + 1 < length) written[b * length + t + 1] = id;
    }
    if (text.length < length) next[b * length + text.length] = endId;
  });
  return { written, next };
};

/** Cross entropy of the next id, with the label smoothing of the config; ids behind the end do not count. */
export const teacherLoss = (head: SummaryHead, tokens: Tokens, arrays: TeacherArrays, mode: Mode): Tensor => {
  const { length, labelSmoothing = 0 } = head.config;
  const { backend } = tokens.x;
  const shape = [tokens.x.shape[0], length];
  const logits = head.forward(tokens, ids(arrays.written, shape, { backend }), mode);
  return crossEntropy(logits, ids(arrays.next, shape, { backend }), { labelSmoothing });
};
