// What a depth tokenizer must be told. Values the paper does not state are this project's own.

import type { PlaneConfig } from '../shared/plane-tokenizer.ts';

export interface DepthConfig extends PlaneConfig {
  /** m: nearer and farther pixels count as this far. */
  readonly nearest: number;
  readonly farthest: number;
  /** pixels: disparities are clipped here, and divided by it. */
  readonly mostDisparity: number;
}

/** 32 x 32 in 16 patches; the constants of Omnivore (Girdhar et al. 2022) for disparity. */
export const depthDefaults: DepthConfig = {
  height: 32,
  width: 32,
  patch: 8,
  nearest: 0.01,
  farthest: 50,
  mostDisparity: 75,
  mean: 0,
  std: 1,
  mask: { kind: 'random', ratio: 0.6, method: 'drop' },
  normaliseTarget: true,
};
