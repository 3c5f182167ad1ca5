// Reproducible permutations.

import { DataError } from '../errors.ts';
import { hashCounter } from './hash.ts';

/** Two integers; only their low 32 bits count. */
export type Seed = readonly [number, number];

/**
 * Fisher-Yates over 0 .. length - 1: for `i` from the end, swap `i` with `floor(u (i + 1) / 2^32)`, `u` the hash of
 * counter `i`. The scaling prefers no index by more than length / 2^32.
 * @throws {DataError} out-of-range: a length that is not a whole number in 0 .. 2^31 - 1
 */
export function shuffledIndices(length: number, seed: Seed): Int32Array {
  if (!Number.isInteger(length) || length < 0 || length > 0x7fffffff) {
    const expected = 'a whole length of at least 0';
    const fix = 'pass the length of the split';
    throw new DataError({
      code: 'out-of-range',
      source: 'shuffle',
      file: null,
      place: null,
      expected,
      actual: `${length}`,
      fix,
    });
  }
  const order = Int32Array.from({ length }, (_, index) => index);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor((hashCounter(seed, i) / 2 ** 32) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}
