// Random numbers of one key, drawn one after the other: what augmentation decides with. Each kind of change draws from a
// key folded with its own name, so that switching one on leaves the others as they were.

import { ArgumentError, philox, type RngKey } from '@omnigrad/tensor';

export class Draws {
  readonly #key: RngKey;
  readonly #words = new Uint32Array(4);
  #drawn = 0;

  constructor(key: RngKey) {
    this.#key = key;
  }

  #word(): number {
    const lane = this.#drawn % 4;
    if (lane === 0) philox(this.#key, [this.#drawn / 4, 0, 0, 0], this.#words);
    this.#drawn++;
    return this.#words[lane];
  }

  /** In [low, high), of 32 bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.#word() * 2 ** -32);
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.uniform(0, limit));
  }

  /** 0 never, 1 always. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Standard normal, by Box-Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Gamma(shape, 1): Marsaglia and Tsang 2000; a shape under 1 by a power of a uniform. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta(a, b), as a share of two gammas. */
  beta(a: number, b: number): number {
    const [x, y] = [this.gamma(a), this.gamma(b)];
    // both underflow for tiny shapes, where the distribution lies at its two ends
    return x + y > 0 ? x / (x + y) : Number(this.chance(a / (a + b)));
  }
}

/** A range of values, each end included in what is allowed. */
export type Range = readonly [number, number];

/** Throws ArgumentError unless low <= value <= high. */
export const checkStrength = (augment: string, name: string, value: number | undefined, [low, high]: Range): void => {
  if (value === undefined || (value >= low && value <= high)) return;
  throw new ArgumentError(augment, `${name}: expected a number from ${low} to ${high}, came ${value}`);
};

/** Throws ArgumentError unless the range ascends within [low, high]. */
export const checkRange = (augment: string, name: string, value: Range | undefined, [low, high]: Range): void => {
  if (value === undefined || (value[0] >= low && value[0] <= value[1] && value[1] <= high)) return;
  throw new ArgumentError(
    augment,
    `${name}: expected two ascending numbers from ${low} to ${high}, came ${value[0]} and ${value[1]}`,
  );
};
