// What must be predicted at a hidden column: its number or its class; nothing where the value is missing.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionTarget } from '../contract.ts';
import { categoriesOf, type TabularConfig } from './config.ts';
import type { TabularArrays } from './preprocess.ts';

export const tabularTarget = (
  arrays: TabularArrays,
  mask: ReconstructionMask,
  { columns: all }: TabularConfig,
): ReconstructionTarget => {
  const n = mask.hidden.length;
  const columns = mask.hidden.slice();
  const values = new Float32Array(n);
  const weights = new Float32Array(n);
  const ids = new Int32Array(n).fill(-100);
  columns.forEach((column, at) => {
    const from = Math.floor((at * mask.batch) / n) * all.length + column;
    if (arrays.missing[from] === 1) return;
    if (all[column].kind === 'numeric') {
      values[at] = arrays.values[from];
      weights[at] = 1;
    } else {
      ids[at] = arrays.ids[from];
    }
  });
  return { kind: 'columns', columns, values, weights, ids, categories: categoriesOf(all) };
};
