import { grad } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { lossErrors, rolesOf } from '../../testing/losses.ts';
import { bools, float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { softmax } from '../softmax/softmax.ts';
import { crossEntropy } from './cross-entropy.ts';

const nan = Number.NaN;

export const crossEntropySamples: OpSamples = {
  class: 'rows',
  goldens: {
    'cross-entropy-options': ([x, t, ...more], p) =>
      crossEntropy(x, t, {
        axis: p.axis ?? -1,
        reduction: p.reduction ?? 'mean',
        labelSmoothing: p.labelSmoothing ?? 0,
        ...(p.ignoreIndex === undefined || p.ignoreIndex === null ? {} : { ignoreIndex: p.ignoreIndex }),
        ...rolesOf(more, p),
      }),
  },
  samples: [
    {
      title: 'one class',
      inputs: [float([1]), integers([0], [])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i),
      expected: [0],
    },
    {
      title: 'mean',
      inputs: [float([6, 5]), idsBelow(5, [6])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i),
      reduces: 30,
    },
    {
      title: 'sum over two axes',
      inputs: [float([2, 3, 5]), idsBelow(5, [2, 3])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'sum' }),
      reduces: 30,
    },
    {
      title: 'none, classes at axis 1 of rank 4',
      inputs: [float([2, 3, 2, 4]), idsBelow(3, [2, 2, 4])],
      out: [2, 2, 4],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none', axis: 1 }),
      reduces: 3,
    },
    {
      title: 'rank 6, classes first',
      inputs: [float([3, 1, 2, 1, 2, 2]), idsBelow(3, [1, 2, 1, 2, 2])],
      out: [1, 2, 1, 2, 2],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none', axis: -6 }),
      reduces: 3,
    },
    {
      title: 'ignored rows',
      inputs: [float([4, 3]), integers([0, -1, 2, -1])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i, { ignoreIndex: -1 }),
      reduces: 6,
    },
    {
      title: 'every row ignored',
      inputs: [float([2, 3]), integers([-100, -100])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i),
      expected: [0],
    },
    {
      title: 'class weights, an ignored row',
      inputs: [float([4, 3]), integers([0, -100, 2, 2]), float([3], [0.5, 2])],
      out: [],
      run: ([x, i, weight]) => crossEntropy(x, i, { weight }),
      reduces: 9,
    },
    {
      title: 'class weights and smoothing',
      inputs: [float([4, 3]), integers([0, -100, 2, 1]), float([3], [0.5, 2])],
      out: [4],
      run: ([x, i, weight]) => crossEntropy(x, i, { weight, labelSmoothing: 0.2, reduction: 'none' }),
      reduces: 3,
    },
    {
      title: 'class weights of 0',
      inputs: [float([2, 3]), integers([1, 1]), floats([1, 0, 1])],
      out: [],
      run: ([x, i, weight]) => crossEntropy(x, i, { weight }),
      expected: [0],
      gradient: [0],
    },
    {
      title: 'smoothing 1',
      inputs: [float([4, 3]), idsBelow(3, [4])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i, { labelSmoothing: 1 }),
      reduces: 12,
    },
    {
      title: 'mask over NaN',
      inputs: [floats([0, 0, nan, 1, 0, 0], [3, 2]), integers([0, 1, 1]), bools([1, 0, 1])],
      out: [],
      run: ([x, i, mask]) => crossEntropy(x, i, { mask }),
      expected: [Math.LN2],
      gradient: 'none',
    },
    {
      title: 'gradient of a mask over NaN',
      inputs: [floats([0, 0, nan, 1, 0, 0], [3, 2]), integers([0, 1, 1]), bools([1, 0, 1])],
      out: [3, 2],
      run: ([x, i, mask]) => grad(() => crossEntropy(x, i, { mask }), [x])[0],
      expected: [-0.25, 0.25, 0, 0, 0.25, -0.25],
      gradient: 'none',
    },
    {
      title: 'mask, weights and smoothing',
      inputs: [float([4, 3]), idsBelow(3, [4]), float([3], [0.5, 2]), bools([1, 0, 1, 1])],
      out: [],
      run: ([x, i, weight, mask]) => crossEntropy(x, i, { weight, mask, labelSmoothing: 0.1 }),
      reduces: 9,
    },
    {
      title: 'large logits',
      inputs: [floats([1e4, -1e4, 0, 1e4, -1e4, 0], [2, 3]), integers([0, 1])],
      out: [2],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none' }),
      expected: [0, 2e4],
    },
    {
      title: 'impossible classes',
      inputs: [
        floats([0, -Infinity, 0, 1, 1, -Infinity, -Infinity, -Infinity, -Infinity], [3, 3]),
        integers([0, 2, 0]),
      ],
      out: [3],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none' }),
      expected: [Math.LN2, Infinity, nan],
      gradient: 'none',
    },
    {
      title: 'impossible classes, smoothed',
      inputs: [floats([0, -Infinity, 0], [1, 3]), integers([0])],
      out: [1],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none', labelSmoothing: 0.1 }),
      expected: [Infinity],
      gradient: 'none',
    },
    {
      title: 'NaN stays in its row',
      inputs: [floats([0, nan, 0, 0], [2, 2]), integers([0, 1])],
      out: [2],
      run: ([x, i]) => crossEntropy(x, i, { reduction: 'none' }),
      expected: [nan, Math.LN2],
      gradient: 'none',
    },
    {
      title: 'no rows',
      inputs: [float([0, 5]), integers([], [0])],
      out: [],
      run: ([x, i]) => crossEntropy(x, i),
      expected: [0],
    },
    {
      title: 'probabilities',
      inputs: [float([3, 4]), float([3, 4], [0, 1])],
      out: [],
      run: ([x, t]) => crossEntropy(x, t),
      reduces: 12,
    },
    {
      title: 'probabilities at axis 1, weights, smoothing, a mask',
      inputs: [float([2, 3, 4]), float([2, 3, 4], [0, 1]), float([3], [0.5, 2]), bools([1, 0, 1, 1])],
      out: [],
      run: ([x, t, weight, mask]) => crossEntropy(x, t, { axis: 1, weight, mask, labelSmoothing: 0.1 }),
      reduces: 18,
    },
    {
      title: 'probabilities of impossible classes',
      inputs: [floats([0, -Infinity, 0, 0, -Infinity, 0], [2, 3]), floats([0.5, 0, 0.5, 0.5, 0.5, 0], [2, 3])],
      out: [2],
      run: ([x, t]) => crossEntropy(x, t, { reduction: 'none' }),
      expected: [Math.LN2, Infinity],
      gradient: 'none',
    },
    {
      title: 'gradient beside an impossible class',
      inputs: [floats([0, -Infinity, 0]), floats([1, 0, 0])],
      out: [3],
      run: ([x, t]) => grad(() => crossEntropy(x, t), [x])[0],
      expected: [-0.5, 0, 0.5],
      gradient: 'none',
    },
    {
      title: 'probabilities under a mask over NaN',
      inputs: [floats([0, 0, nan, 1], [2, 2]), floats([0.5, 0.5, Infinity, nan], [2, 2]), bools([1, 0])],
      out: [2, 2],
      run: ([x, t, mask]) => grad(() => crossEntropy(x, t, { mask }), [t])[0],
      expected: [Math.LN2, Math.LN2, 0, 0],
      gradient: 'none',
    },
    {
      title: 'no rows of probabilities',
      inputs: [float([0, 5]), float([0, 5])],
      out: [],
      run: ([x, t]) => crossEntropy(x, t),
      expected: [0],
    },
    {
      title: 'probabilities from logits, with their gradient',
      inputs: [float([3, 4]), float([3, 4])],
      out: [3],
      run: ([x, y]) => crossEntropy(x, softmax(y), { reduction: 'none' }),
      reduces: 4,
    },
  ],
  errors: [
    {
      title: 'id',
      inputs: [float([2, 3]), integers([0, 3])],
      run: ([x, i]) => crossEntropy(x, i),
      message: 'crossEntropy: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'shape of ids',
      inputs: [float([2, 3, 4]), integers([0, 1])],
      run: ([x, i]) => crossEntropy(x, i, { axis: 1 }),
      message:
        'crossEntropy: logits [2, 3, 4] with the classes at axis 1 take i32 ids [2, 4] or {float} probabilities [2, 3, 4], came i32 [2]',
    },
    {
      title: 'float ids',
      inputs: [float([2, 3]), float([2])],
      run: ([x, i]) => crossEntropy(x, i),
      message:
        'crossEntropy: logits [2, 3] with the classes at axis 1 take i32 ids [2] or {float} probabilities [2, 3], came {float} [2]',
    },
    {
      title: 'integer logits',
      inputs: [integers([1, 2], [1, 2]), integers([0])],
      run: ([x, i]) => crossEntropy(x, i),
      message: 'crossEntropy: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'axis',
      inputs: [float([2, 3]), integers([0, 1])],
      run: ([x, i]) => crossEntropy(x, i, { axis: 2 }),
      message: 'crossEntropy: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'no classes',
      inputs: [float([2, 0]), float([2, 0])],
      run: ([x, i]) => crossEntropy(x, i),
      message: 'crossEntropy: logits [2, 0] have no classes',
    },
    {
      title: 'weight',
      inputs: [float([2, 3]), integers([0, 1]), float([2])],
      run: ([x, i, weight]) => crossEntropy(x, i, { weight }),
      message: 'crossEntropy: expected a {float} weight [3], one for each class, came {float} [2]',
    },
    {
      title: 'ignoreIndex with probabilities',
      inputs: [float([2, 3]), float([2, 3])],
      run: ([x, t]) => crossEntropy(x, t, { ignoreIndex: 0 }),
      message: 'crossEntropy: ignoreIndex is for ids; give probabilities a mask',
    },
    ...[-0.1, 1.5, nan].map((labelSmoothing) => ({
      title: `smoothing ${labelSmoothing}`,
      inputs: [float([2, 3]), integers([0, 1])],
      run: ([x, i]: readonly Tensor[]) => {
        crossEntropy(x, i, { labelSmoothing });
      },
      message: `crossEntropy: labelSmoothing is a number from 0 to 1, came ${labelSmoothing}`,
    })),
    ...lossErrors('crossEntropy', [float([2, 3]), integers([0, 1])], ([x, i], { weight: _, ...options }) =>
      crossEntropy(x, i, options),
    ),
  ],
};
