import { grad } from '../../tape.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { lossErrors } from '../../testing/losses.ts';
import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { chamferDistance } from './chamfer-distance.ts';

const nan = Number.NaN;

/** Made on the host: chamferDistance looks at its masks there. */
const asMask = (x: Tensor): Tensor => tensor(x.host ?? x.readSync(), x.shape, { dtype: 'bool', backend: x.backend });

export const chamferDistanceSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'chamfer-distance': ([a, b, maskA, maskB], { reduction = 'mean' }) =>
      chamferDistance(a, b, {
        reduction,
        ...(maskA === undefined ? {} : { maskA: asMask(maskA) }),
        ...(maskB === undefined ? {} : { maskB: asMask(maskB) }),
      }),
  },
  samples: [
    {
      title: 'one point each',
      inputs: [floats([1], [1, 1, 1]), floats([3], [1, 1, 1])],
      out: [],
      run: ([a, b]) => chamferDistance(a, b),
      expected: [8],
    },
    {
      title: 'by hand',
      inputs: [floats([0, 0, 4, 0], [1, 2, 2]), floats([0, 1, 4, 2, 4, 3], [1, 3, 2])],
      out: [1],
      run: ([a, b]) => chamferDistance(a, b, { reduction: 'none' }),
      expected: [(1 + 4) / 2 + (1 + 4 + 9) / 3],
    },
    {
      title: 'clouds',
      inputs: [float([2, 5, 3]), float([2, 4, 3])],
      out: [],
      run: ([a, b]) => chamferDistance(a, b),
      reduces: 54,
    },
    {
      title: 'sum, in one dimension',
      inputs: [float([3, 4, 1]), float([3, 2, 1])],
      out: [],
      run: ([a, b]) => chamferDistance(a, b, { reduction: 'sum' }),
      reduces: 18,
    },
    {
      title: 'masks over NaN',
      inputs: [
        floats([0, 4, nan], [1, 3, 1]),
        floats([1, 100], [1, 2, 1]),
        bools([1, 1, 0], [1, 3]),
        bools([1, 0], [1, 2]),
      ],
      out: [],
      run: ([a, b, maskA, maskB]) => chamferDistance(a, b, { maskA, maskB }),
      expected: [(1 + 9) / 2 + 1],
      gradient: 'none',
    },
    {
      title: 'gradient under masks over NaN',
      inputs: [
        floats([0, 4, nan], [1, 3, 1]),
        floats([1, 100], [1, 2, 1]),
        bools([1, 1, 0], [1, 3]),
        bools([1, 0], [1, 2]),
      ],
      out: [1, 3, 1],
      run: ([a, b, maskA, maskB]) => grad(() => chamferDistance(a, b, { maskA, maskB }), [a])[0],
      expected: [-1 - 2, 3, 0],
      gradient: 'none',
    },
    {
      title: 'masked clouds',
      inputs: [float([2, 4, 2]), float([2, 3, 2]), bools([1, 0, 1, 1, 1, 1, 0, 0], [2, 4])],
      out: [2],
      run: ([a, b, maskA]) => chamferDistance(a, b, { maskA, reduction: 'none' }),
      reduces: 14,
    },
    {
      title: 'equally near',
      inputs: [floats([0], [1, 1, 1]), floats([1, -1], [1, 2, 1])],
      out: [1, 2, 1],
      run: ([a, b]) => grad(() => chamferDistance(a, b), [b])[0],
      // 2 (b - a) to the first from a's side, and 2 (b - a) / 2 to each from b's.
      expected: [2 + 1, -1],
      gradient: 'none',
    },
    {
      title: 'far from 0',
      inputs: [floats([10000, 10002], [1, 2, 1]), floats([10000.5, 10002.5], [1, 2, 1])],
      out: [],
      run: ([a, b]) => chamferDistance(a, b),
      expected: [0.5],
    },
    {
      title: 'NaN',
      inputs: [floats([0, nan, 0, 1], [2, 2, 1]), floats([0, 1], [2, 1, 1])],
      out: [2],
      run: ([a, b]) => chamferDistance(a, b, { reduction: 'none' }),
      expected: [nan, 0.5],
      gradient: 'none',
    },
    {
      title: 'no clouds',
      inputs: [float([0, 2, 3]), float([0, 4, 3])],
      out: [],
      run: ([a, b]) => chamferDistance(a, b),
      expected: [0],
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3, 3]), float([2, 3, 2])],
      run: ([a, b]) => chamferDistance(a, b),
      message: 'chamferDistance: expected a [clouds, n, width] and b [clouds, m, width], came [2, 3, 3] and [2, 3, 2]',
    },
    {
      title: 'empty cloud',
      inputs: [float([2, 3, 3]), float([2, 0, 3])],
      run: ([a, b]) => chamferDistance(a, b),
      message: 'chamferDistance: a cloud without points has no distance, came [2, 3, 3] and [2, 0, 3]',
    },
    {
      title: 'empty by mask',
      inputs: [float([2, 2, 3]), float([2, 1, 3]), bools([0, 1, 0, 0], [2, 2])],
      run: ([a, b, maskA]) => chamferDistance(a, b, { maskA }),
      message: 'chamferDistance: maskA leaves no point in cloud 1 of 2; leave that cloud out',
    },
    {
      title: 'mask',
      inputs: [float([2, 2, 3]), float([2, 1, 3]), bools([1, 1], [2, 1])],
      run: ([a, b, maskA]) => chamferDistance(a, b, { maskA }),
      message: 'chamferDistance: expected maskA [2, 2] for points [2, 2, 3], came [2, 1]',
    },
    {
      title: 'mask dtype',
      inputs: [float([1, 2, 3]), float([1, 2, 3]), integers([1, 1], [1, 2])],
      run: ([a, b, maskB]) => chamferDistance(a, b, { maskB }),
      message: 'chamferDistance: maskB must be bool, came i32; compare or cast() it',
    },
    ...lossErrors('chamferDistance', [float([2, 2, 3]), float([2, 2, 3])], ([a, b], { reduction = 'mean' }) =>
      chamferDistance(a, b, { reduction }),
    ).slice(0, 1),
  ],
};
