import { applyAll } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { concat } from '../concat/concat.ts';
import { layerNormOp } from '../layer-norm/layer-norm.ts';
import { reshape } from '../reshape/reshape.ts';
import { layerNormBackwardOp } from './layer-norm-backward.ts';

/** dx, dgamma and dbeta, end to end. */
const all = ([x, gamma, g]: readonly Tensor[]): Tensor => {
  const [, mean, rstd] = applyAll(layerNormOp, [x, gamma, gamma], { eps: 1e-5 });
  return concat(applyAll(layerNormBackwardOp, [x, gamma, mean, rstd, g], {}).map((d) => reshape(d, [d.size])));
};

const sample = (title: string, [rows, n]: readonly number[]): OpSample => ({
  title,
  inputs: [float([rows, n]), float([n]), float([rows, n])],
  out: [rows * n + 2 * n],
  run: all,
  gradient: 'none',
  reduces: rows + n,
});

export const layerNormBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [
    sample('one element', [1, 1]),
    sample('rows', [3, 7]),
    sample('many rows', [99, 5]),
    sample('long', [2, 341]),
    sample('no rows: the sums are 0', [0, 3]),
    sample('empty rows', [3, 0]),
  ],
  errors: [
    refusesGradient(
      'layerNormBackward',
      'second derivatives go through the composite of layerNorm',
      [float([2, 3]), float([3]), float([2]), float([2]), float([2, 3])],
      (inputs) => applyAll(layerNormBackwardOp, inputs, {})[0],
    ),
  ],
};
