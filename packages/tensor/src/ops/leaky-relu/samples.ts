import { grad } from '../../tape.ts';
import { unarySamples } from '../../testing/families.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { leakyRelu, prelu } from './leaky-relu.ts';

const leakyReluFamily = unarySamples({
  class: 'rounded',
  name: 'leakyRelu',
  run: leakyRelu,
  edges: [
    [0, 0],
    [3, 3],
    [-300, -3],
    [1e4, 1e4],
    [-1e4, -100],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'slope', inputs: [float([33])], out: [33], run: ([x]) => leakyRelu(x, { negativeSlope: 0.3 }) }],
});

export const leakyReluSamples: OpSamples = {
  ...leakyReluFamily,
  goldens: { 'leaky-relu': ([x], { negativeSlope }) => leakyRelu(x, { negativeSlope }) },
  errors: [
    ...leakyReluFamily.errors,
    {
      title: 'slope',
      inputs: [float([2])],
      run: ([x]) => leakyRelu(x, { negativeSlope: Infinity }),
      message: 'leakyRelu: negativeSlope must be a finite number, came Infinity',
    },
  ],
};

export const preluSamples: OpSamples = {
  class: 'rounded',
  goldens: { prelu: ([x, w]) => prelu(x, w) },
  samples: [
    { title: 'scalar', inputs: [float([]), float([])], out: [], run: ([x, w]) => prelu(x, w) },
    { title: 'one slope', inputs: [float([2, 3]), float([1])], out: [2, 3], run: ([x, w]) => prelu(x, w), reduces: 6 },
    {
      title: 'channels',
      inputs: [float([2, 3, 4]), float([3])],
      out: [2, 3, 4],
      run: ([x, w]) => prelu(x, w),
      reduces: 8,
    },
    {
      title: 'channels last',
      inputs: [float([2, 3, 4]), float([4])],
      out: [2, 3, 4],
      run: ([x, w]) => prelu(x, w, { axis: -1 }),
      reduces: 6,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 3, 1, 2, 1, 2]), float([3])],
      out: [2, 3, 1, 2, 1, 2],
      run: ([x, w]) => prelu(x, w),
      reduces: 8,
    },
    { title: 'empty', inputs: [float([0, 3]), float([3])], out: [0, 3], run: ([x, w]) => prelu(x, w) },
    {
      title: 'edges',
      inputs: [floats([0, 4, -4, 1e4, -1e4, Infinity, -Infinity, Number.NaN]), floats([0.25])],
      out: [8],
      run: ([x, w]) => prelu(x, w),
      expected: [0, 4, -1, 1e4, -2500, Infinity, -Infinity, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'gradient of the slope beside infinity',
      inputs: [floats([Infinity, -3, 2, 0]), floats([0.25])],
      out: [1],
      run: ([x, w]) => grad(() => sum(prelu(x, w)), [w])[0],
      expected: [-3],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'weight',
      inputs: [float([2, 3]), float([2])],
      run: ([x, w]) => prelu(x, w),
      message: 'prelu: weight [2] does not fit x [2, 3] with its channels along axis 1; expected [1] or [3]',
    },
    {
      title: 'weight of a vector',
      inputs: [float([3]), float([3])],
      run: ([x, w]) => prelu(x, w),
      message: 'prelu: weight [3] does not fit x [3] with its channels along no axis; expected [1]',
    },
    {
      title: 'axis',
      inputs: [float([2, 3]), float([3])],
      run: ([x, w]) => prelu(x, w, { axis: 2 }),
      message: 'prelu: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), integers([1])],
      run: ([x, w]) => prelu(x, w),
      message: 'prelu: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'dtypes',
      inputs: [float([2]), integers([1])],
      run: ([x, w]) => prelu(x, w),
      message: 'prelu: dtypes differ, {float} and i32; cast() one of them',
    },
  ],
};
