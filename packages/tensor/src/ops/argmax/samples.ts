import { refusesGradient } from '../../testing/families.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { argmax } from './argmax.ts';

export const argmaxSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'one element', inputs: [floats([5])], out: [], outDType: 'i32', run: ([x]) => argmax(x), expected: [0] },
    {
      title: 'ties, NaN and infinities',
      inputs: [floats([1, 3, 3, 0, Number.NaN, 9, Number.NaN, 9, -Infinity, -Infinity, -Infinity, -Infinity], [3, 4])],
      out: [3],
      outDType: 'i32',
      run: ([x]) => argmax(x),
      expected: [1, 0, 0],
    },
    { title: 'first axis', inputs: [float([5, 7])], out: [7], outDType: 'i32', run: ([x]) => argmax(x, { axis: 0 }) },
    {
      title: 'middle axis',
      inputs: [float([3, 9, 5])],
      out: [3, 5],
      outDType: 'i32',
      run: ([x]) => argmax(x, { axis: 1 }),
    },
    { title: 'long', inputs: [float([3, 341])], out: [3], outDType: 'i32', run: ([x]) => argmax(x) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 3, 1, 2])],
      out: [2, 1, 2, 1, 2],
      outDType: 'i32',
      run: ([x]) => argmax(x, { axis: -3 }),
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0], outDType: 'i32', run: ([x]) => argmax(x) },
  ],
  errors: [
    refusesGradient('argmax', 'argmax is constant almost everywhere', [float([3])], ([x]) => argmax(x)),
    {
      title: 'empty axis',
      inputs: [float([2, 0])],
      run: ([x]) => argmax(x),
      message: 'argmax: axis 1 of [2, 0] is empty',
    },
    {
      title: 'axis',
      inputs: [float([2])],
      run: ([x]) => argmax(x, { axis: 1 }),
      message: 'argmax: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => argmax(x),
      message: 'argmax: expected a float tensor, came i32; cast() it',
    },
  ],
};
