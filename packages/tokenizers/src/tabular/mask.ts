// Random columns, replaced by the mask token; also a missing value may be hidden, so that the mask says nothing of it.

import type { RngKey } from '@omnigrad/tensor';
import type { MaskedBatch } from '../contract.ts';
import { drawMask } from '../shared/draw-mask.ts';
import type { TabularConfig } from './config.ts';
import type { TabularArrays } from './preprocess.ts';
import { tabularTarget } from './target.ts';

export const maskRows = (arrays: TabularArrays, key: RngKey, config: TabularConfig): MaskedBatch<TabularArrays> => {
  const mask = drawMask(config.mask, key, arrays.batch, config.columns.length);
  return { arrays, mask, target: tabularTarget(arrays, mask, config), order: null };
};
