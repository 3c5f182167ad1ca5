import { grad } from '../../tape.ts';
import { binarySamples } from '../../testing/families.ts';
import { elementLossSamples, rolesOf } from '../../testing/losses.ts';
import { float, floats, integers } from '../../testing/sample.ts';
import { binaryCrossEntropyWithLogits, logisticLoss } from './binary-cross-entropy-with-logits.ts';

const tail = Math.log1p(Math.exp(-20));

export const logisticLossSamples = binarySamples({
  name: 'logisticLoss',
  run: (x, t) => logisticLoss(x, t),
  withNumber: (x) => logisticLoss(x, 1),
  rangeB: [0, 1],
  class: 'function',
  edges: [
    [0, 0.25, Math.LN2],
    [1e4, 0, 1e4],
    [1e4, 1, 0],
    [-1e4, 1, 1e4],
    [-1e4, 0, 0],
    [20, 1, tail],
    [-20, 0, tail],
    [Infinity, 0, Infinity],
    [Number.NaN, 0, Number.NaN],
    [0, Number.NaN, Number.NaN],
  ],
});

export const binaryCrossEntropyWithLogitsSamples = elementLossSamples({
  name: 'binaryCrossEntropyWithLogits',
  names: ['logits', 'target'],
  run: binaryCrossEntropyWithLogits,
  targets: [0, 1],
  // the gradient is σ(x) - t
  terms: 1,
  goldens: {
    'binary-cross-entropy-with-logits': ([x, t], { reduction = 'mean' }) =>
      binaryCrossEntropyWithLogits(x, t, { reduction }),
    'binary-cross-entropy-options': ([x, t, ...more], p) =>
      binaryCrossEntropyWithLogits(x, t, { reduction: p.reduction ?? 'mean', ...rolesOf(more, p) }),
  },
  edges: [
    [0, 1, Math.LN2],
    [1e4, 0.5, 5e3],
    [1e4, 1, 0],
    [-1e4, 1, 1e4],
    [20, 1, tail],
    [Number.NaN, 0, Number.NaN],
  ],
  extra: [
    {
      title: 'positive weight of each class',
      inputs: [float([3, 4]), float([3, 4], [0, 1]), float([4], [0.5, 3])],
      out: [],
      run: ([x, t, positiveWeight]) => binaryCrossEntropyWithLogits(x, t, { positiveWeight }),
      reduces: 12,
    },
    {
      title: 'positive weight, large logits',
      inputs: [floats([1e4, -1e4, -1e4, 20]), floats([0, 1, 0, 1]), floats([3, 3, 3, 3])],
      out: [4],
      run: ([x, t, positiveWeight]) => binaryCrossEntropyWithLogits(x, t, { positiveWeight, reduction: 'none' }),
      expected: [1e4, 3e4, 0, 3 * tail],
      gradient: 'none',
    },
    {
      title: 'gradient of large and of nearly right logits',
      inputs: [floats([1e4, -1e4, 1e4, -1e4, 0, 20]), floats([1, 0, 0, 1, 0, 1])],
      out: [6],
      run: ([x, t]) => grad(() => binaryCrossEntropyWithLogits(x, t, { reduction: 'sum' }), [x])[0],
      expected: [0, 0, 1, -1, 0.5, -1 / (1 + Math.exp(20))],
      gradient: 'none',
      // Four roundings of the last one, which PyTorch in float32 calls 0.
      tolerance: 4,
    },
  ],
  errors: [
    {
      title: 'positive weight',
      inputs: [float([2, 3]), float([2, 3]), float([2])],
      run: ([x, t, positiveWeight]) => binaryCrossEntropyWithLogits(x, t, { positiveWeight }),
      message:
        'binaryCrossEntropyWithLogits: the positiveWeight [2] does not broadcast to the logits [2, 3]; reshape it',
    },
    {
      title: 'positive weight dtype',
      inputs: [float([2]), float([2]), integers([1, 2])],
      run: ([x, t, positiveWeight]) => binaryCrossEntropyWithLogits(x, t, { positiveWeight }),
      message: 'binaryCrossEntropyWithLogits: the positiveWeight must be {float}, came i32; cast() it',
    },
  ],
});
