// What an X-ray tokenizer must be told. Values the paper does not state are this project's own.

import type { PlaneConfig } from '../shared/plane-tokenizer.ts';

export type XrayConfig = PlaneConfig;

/**
 * 32 x 32 in 16 patches, with the mean and deviation that are published for chest radiographs. Of so few patches 75 % are hidden;
 * at 224 x 224 in patches of 16 medical MAEs hide 90 %.
 */
export const xrayDefaults: XrayConfig = {
  height: 32,
  width: 32,
  patch: 8,
  mean: 0.5056,
  std: 0.252,
  mask: { kind: 'random', ratio: 0.75, method: 'drop' },
  normaliseTarget: true,
};
