import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { axisMap } from '../families/axis-map.ts';
import { resampleAxis } from './resample-axis.ts';

// Uneven weights, an input in two outputs, one in none, and an output of nothing.
const uneven = axisMap(4, [
  [
    [0, 0.5],
    [3, -2],
  ],
  [],
  [[3, 1.25]],
]);

export const resampleAxisSamples: OpSamples = {
  class: 'reduction',
  samples: [
    {
      title: 'one element',
      inputs: [float([1])],
      out: [1],
      run: ([x]) => resampleAxis(x, 0, axisMap(1, [[[0, 3]]])),
    },
    {
      title: 'a vector',
      inputs: [floats([2, 100, 100, 4])],
      out: [3],
      run: ([x]) => resampleAxis(x, 0, uneven),
      expected: [-7, 0, 5],
      reduces: 2,
    },
    {
      title: 'middle axis',
      inputs: [float([2, 4, 3])],
      out: [2, 3, 3],
      run: ([x]) => resampleAxis(x, 1, uneven),
      reduces: 2,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 4, 1, 2])],
      out: [2, 1, 2, 3, 1, 2],
      run: ([x]) => resampleAxis(x, 3, uneven),
      reduces: 2,
    },
    { title: 'empty', inputs: [float([0, 4])], out: [0, 3], run: ([x]) => resampleAxis(x, 1, uneven) },
  ],
  errors: [
    {
      title: 'integers',
      inputs: [integers([1])],
      run: ([x]) => resampleAxis(x, 0, axisMap(1, [[[0, 1]]])),
      message: 'resampleAxis: expected a float tensor, came i32; cast() it',
    },
  ],
};
