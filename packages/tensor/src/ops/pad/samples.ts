import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { pad, padAxes } from './pad.ts';

export const padSamples: OpSamples = {
  class: 'exact',
  goldens: {
    pad: ([x], { widths = [], value }) => padAxes(x, widths, { value }),
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [3], run: ([x]) => pad(x, { axis: 0, before: 1, after: 1 }) },
    { title: 'rows', inputs: [float([2, 3])], out: [4, 3], run: ([x]) => pad(x, { axis: 0, before: 2 }) },
    {
      title: 'columns',
      inputs: [float([3, 5])],
      out: [3, 8],
      run: ([x]) => pad(x, { axis: -1, before: 1, after: 2, value: 7 }),
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2, 3])],
      out: [2, 1, 5, 1, 2, 3],
      run: ([x]) => pad(x, { axis: 2, before: 1, after: 2 }),
    },
    { title: 'empty', inputs: [float([2, 0])], out: [2, 3], run: ([x]) => pad(x, { axis: 1, after: 3, value: 1 }) },
    { title: 'stays empty', inputs: [float([0, 2])], out: [0, 3], run: ([x]) => pad(x, { axis: 1, after: 1 }) },
    {
      title: 'minus infinity',
      inputs: [float([2])],
      out: [3],
      run: ([x]) => pad(x, { axis: 0, after: 1, value: -Infinity }),
      gradient: 'none',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      out: [4],
      outDType: 'i32',
      run: ([x]) => pad(x, { axis: 0, before: 1, after: 1, value: -9 }),
      expected: [-9, 1, 2, -9],
    },
    { title: 'by nothing', inputs: [float([2])], out: [2], run: ([x]) => pad(x, { axis: 0 }), runsKernel: false },
    {
      title: 'two axes',
      inputs: [floats([1, 2], [1, 2])],
      out: [2, 4],
      run: ([x]) => padAxes(x, [[1, 0], 1], { value: 5 }),
      expected: [5, 5, 5, 5, 5, 1, 2, 5],
    },
    { title: 'leading axes', inputs: [float([2, 3, 2])], out: [4, 3, 2], run: ([x]) => padAxes(x, [1]) },
  ],
  errors: [
    {
      title: 'too large',
      inputs: [float([2])],
      run: ([x]) => padAxes(x, [2 ** 31]),
      message: 'padAxes: [4294967298] has 4294967298 elements, a tensor holds at most 2147483647',
    },

    {
      title: 'negative',
      inputs: [float([2])],
      run: ([x]) => pad(x, { axis: 0, before: -1 }),
      message: 'pad: before -1 and after 0 must be whole numbers >= 0; slice() removes elements',
    },
    {
      title: 'axis',
      inputs: [float([2])],
      run: ([x]) => pad(x, { axis: 1, after: 1 }),
      message: 'pad: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'too many widths',
      inputs: [float([2])],
      run: ([x]) => padAxes(x, [1, 1]),
      message: 'padAxes: came with 2 widths for [2] of rank 1',
    },
    {
      title: 'fraction for integers',
      inputs: [integers([2])],
      run: ([x]) => pad(x, { axis: 0, after: 1, value: 0.5 }),
      message: 'pad: value 0.5 is no i32',
    },
    {
      title: 'two for bools',
      inputs: [bools([1])],
      run: ([x]) => pad(x, { axis: 0, after: 1, value: 2 }),
      message: 'pad: value 2 is no bool',
    },
  ],
};
