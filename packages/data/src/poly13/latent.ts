// What a sample is before any sensor sees it, and how the knob rho decides what it looks like to each of them.

import type { Modality } from '../modality.ts';
import { type Stream, streamOf } from './random.ts';

export const classCount = 10;

/** Nuisances, independent and even over (0, 1). */
export const factorNames = ['size', 'pose', 'tint', 'speed', 'noise'] as const;
export type FactorName = (typeof factorNames)[number];
export type Factors = Readonly<Record<FactorName, number>>;

export interface Latent {
  /** Over both splits: a test example counts from `firstTestIndex` on. */
  readonly index: number;
  readonly label: number;
  readonly factors: Factors;
}

/** What one sensor is shown of a latent. */
export interface Appearance extends Factors {
  /** Which of the ten shapes, spectra, laws, ... it is. The label where the semantics are shared. */
  readonly kind: number;
  /** For all that the sensor shares with no other: background, place, noise. */
  readonly stream: Stream;
}

/** The test examples lie so far behind that none moves when the train split grows. */
export const firstTestIndex = 2 ** 30;

/** Ten consecutive indices, from a multiple of ten on or from the first test index on, hold each class once. */
export function latentOf(seed: number, index: number): Latent {
  const isTest = index >= firstTestIndex;
  const row = isTest ? index - firstTestIndex : index;
  const block = Math.floor(row / classCount);
  const order = streamOf(seed, block, isTest ? 'poly13 test labels' : 'poly13 train labels').shuffled(classCount);
  const stream = streamOf(seed, index, 'poly13 factors');
  const [size, pose, tint, speed, noise] = factorNames.map(() => stream.uniform());
  return { index, label: order[row % classCount], factors: { size, pose, tint, speed, noise } };
}

/** How a modality reads latents: label -> kind, and role -> the factor that plays it. Both are permutations. */
export interface Semantics {
  readonly kinds: readonly number[];
  readonly roles: Readonly<Record<FactorName, FactorName>>;
}

export function semanticsOf(seed: number, rho: number, modality: Modality): Semantics {
  const kinds = partlyCycled(streamOf(seed, 0, `poly13 kinds of ${modality}`).shuffled(classCount), rho);
  const read = partlyCycled(streamOf(seed, 0, `poly13 roles of ${modality}`).shuffled(factorNames.length), rho);
  const [size, pose, tint, speed, noise] = read.map((factor) => factorNames[factor]);
  return { kinds, roles: { size, pose, tint, speed, noise } };
}

export function appearanceOf(
  seed: number,
  { kinds, roles }: Semantics,
  modality: Modality,
  latent: Latent,
): Appearance {
  const { factors, label, index } = latent;
  return {
    kind: kinds[label],
    size: factors[roles.size],
    pose: factors[roles.pose],
    tint: factors[roles.tint],
    speed: factors[roles.speed],
    noise: factors[roles.noise],
    stream: streamOf(seed, index, `poly13 ${modality}`),
  };
}

/**
 * The identity, but for the first `round((1 - rho) n)` of `order`, which move one on among themselves. A single one has
 * nowhere to go. Those that move at a rho move at every smaller one.
 */
function partlyCycled(order: Int32Array, rho: number): number[] {
  const moved = order.subarray(0, Math.round((1 - rho) * order.length));
  const result = Array.from(order.keys());
  for (const [at, from] of moved.entries()) result[from] = moved[(at + 1) % moved.length];
  return result;
}
