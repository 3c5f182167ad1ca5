// Which examples make batch number `step`. A pure function of the step: to resume, ask for the next step; there is no
// state to save. The one field that changes is a cache.

import { DataError } from '../errors.ts';
import { mix32 } from './hash.ts';
import { type Seed, shuffledIndices } from './shuffle.ts';

export class EpochSampler {
  readonly length: number;
  readonly #seed: Seed;
  #cached: { epoch: number; order: Int32Array } | null = null;

  /** @throws {DataError} empty, when there is nothing to sample */
  constructor(length: number, seed: Seed) {
    if (!Number.isSafeInteger(length) || length < 1) {
      const expected = 'at least one example';
      const fix = 'use a split that is not empty';
      throw new DataError({
        code: 'empty',
        source: 'sampler',
        file: null,
        place: null,
        expected,
        actual: `${length}`,
        fix,
      });
    }
    this.length = length;
    this.#seed = seed;
  }

  /**
   * Indices of batch `step`, `[size]`: places `step * size ...` of the endless row of epochs, each a permutation of its
   * own. No example repeats inside an epoch; a batch runs over the edge of an epoch, and over several where the set is
   * smaller than the batch, so every batch is full.
   * @throws {DataError} out-of-range
   */
  batch(step: number, size: number): Int32Array {
    const first = step * size;
    if (
      !Number.isSafeInteger(step) ||
      step < 0 ||
      !Number.isSafeInteger(size) ||
      size < 1 ||
      !Number.isSafeInteger(first + size)
    ) {
      const expected = 'a step of at least 0 and a size of at least 1, whole';
      const actual = `step ${step}, size ${size}`;
      const fix = 'count steps from 0';
      throw new DataError({ code: 'out-of-range', source: 'sampler', file: null, place: null, expected, actual, fix });
    }
    return Int32Array.from({ length: size }, (_, offset) => {
      const place = first + offset;
      return this.#order(Math.floor(place / this.length))[place % this.length];
    });
  }

  /** Whole epochs that are over before batch `step`. */
  epoch(step: number, size: number): number {
    return Math.floor((step * size) / this.length);
  }

  #order(epoch: number): Int32Array {
    if (this.#cached?.epoch !== epoch) {
      const seed: Seed = [this.#seed[0], mix32(this.#seed[1] ^ mix32(epoch + 1))];
      this.#cached = { epoch, order: shuffledIndices(this.length, seed) };
    }
    return this.#cached.order;
  }
}
