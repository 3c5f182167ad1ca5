// What an infrared tokenizer must be told. Values the paper does not state are this project's own.

import type { PlaneConfig } from '../shared/plane-tokenizer.ts';

export type InfraredConfig = PlaneConfig;

/** 32 x 32 in 16 patches. */
export const infraredDefaults: InfraredConfig = {
  height: 32,
  width: 32,
  patch: 8,
  mean: 0.5,
  std: 0.25,
  mask: { kind: 'random', ratio: 0.6, method: 'drop' },
  normaliseTarget: true,
};
