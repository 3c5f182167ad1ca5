// A stream of random numbers that is a pure function of (seed, index, purpose): the same on every machine for uniform
// numbers, and as far as Math.log, Math.cos and Math.sqrt agree for the others.

import { hashCounter, hashText } from '../sampling/hash.ts';
import { type Seed, shuffledIndices } from '../sampling/shuffle.ts';

export class Stream {
  readonly #seed: Seed;
  #drawn = 0;
  #spare = Number.NaN;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  /** In (low, high): never an end, so that its logarithm is finite. */
  uniform(low = 0, high = 1): number {
    return low + ((hashCounter(this.#seed, this.#drawn++) + 0.5) / 2 ** 32) * (high - low);
  }

  /** A whole number from 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Standard normal, two from a draw (Box and Muller). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const kept = this.#spare;
      this.#spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Shares that sum to 1. */
  dirichlet(concentrations: readonly number[]): number[] {
    const draws = concentrations.map((alpha) => this.#gamma(alpha));
    const total = draws.reduce((sum, draw) => sum + draw, 0);
    return draws.map((draw) => draw / total);
  }

  shuffled(count: number): Int32Array {
    return shuffledIndices(count, [hashCounter(this.#seed, this.#drawn++), this.#seed[1]]);
  }

  /** By the rejection of Marsaglia and Tsang (2000). */
  #gamma(alpha: number): number {
    if (alpha < 1) return this.#gamma(alpha + 1) * this.uniform() ** (1 / alpha);
    const d = alpha - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}

export function streamOf(seed: number, index: number, purpose: string): Stream {
  const key = hashText(purpose);
  return new Stream([hashCounter([seed, index], key), hashCounter([seed, index], key ^ 0x5bd1e995)]);
}
