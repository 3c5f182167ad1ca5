import { elementLossSamples, rolesOf } from '../../testing/losses.ts';
import { mseLoss } from './mse-loss.ts';

export const mseLossSamples = elementLossSamples({
  name: 'mseLoss',
  run: mseLoss,
  goldens: {
    mse: ([x, t], { reduction = 'mean' }) => mseLoss(x, t, { reduction }),
    'mse-weighted': ([x, t, ...more], p) => mseLoss(x, t, { reduction: p.reduction ?? 'mean', ...rolesOf(more, p) }),
  },
  edges: [
    [3, 1, 4],
    [-1, 1, 4],
    [1e4, -1e4, 4e8],
    [0, 0, 0],
    [Infinity, 0, Infinity],
    [Number.NaN, 0, Number.NaN],
    [0, Number.NaN, Number.NaN],
  ],
});
