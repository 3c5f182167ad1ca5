import { refusesGradient } from '../../testing/families.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { argmin } from './argmin.ts';

export const argminSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'one element', inputs: [floats([5])], out: [], outDType: 'i32', run: ([x]) => argmin(x), expected: [0] },
    {
      title: 'ties, NaN and infinities',
      inputs: [floats([3, 1, 1, 2, Number.NaN, -9, Number.NaN, -9, Infinity, Infinity, Infinity, Infinity], [3, 4])],
      out: [3],
      outDType: 'i32',
      run: ([x]) => argmin(x),
      expected: [1, 0, 0],
    },
    { title: 'first axis', inputs: [float([5, 7])], out: [7], outDType: 'i32', run: ([x]) => argmin(x, { axis: 0 }) },
    {
      title: 'middle axis',
      inputs: [float([3, 9, 5])],
      out: [3, 5],
      outDType: 'i32',
      run: ([x]) => argmin(x, { axis: 1 }),
    },
    { title: 'long', inputs: [float([3, 341])], out: [3], outDType: 'i32', run: ([x]) => argmin(x) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 3, 1, 2])],
      out: [2, 1, 2, 1, 2],
      outDType: 'i32',
      run: ([x]) => argmin(x, { axis: -3 }),
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0], outDType: 'i32', run: ([x]) => argmin(x) },
  ],
  errors: [
    refusesGradient('argmin', 'argmin is constant almost everywhere', [float([3])], ([x]) => argmin(x)),
    {
      title: 'empty axis',
      inputs: [float([2, 0])],
      run: ([x]) => argmin(x),
      message: 'argmin: axis 1 of [2, 0] is empty',
    },
    {
      title: 'axis',
      inputs: [float([2])],
      run: ([x]) => argmin(x, { axis: 1 }),
      message: 'argmin: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => argmin(x),
      message: 'argmin: expected a float tensor, came i32; cast() it',
    },
  ],
};
