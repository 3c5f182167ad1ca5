import { float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { scatterAddRows } from './scatter-add-rows.ts';

export const scatterAddRowsSamples: OpSamples = {
  class: 'reduction',
  samples: [
    {
      title: 'one element',
      inputs: [float([1, 1, 1]), integers([0], [1, 1])],
      out: [1, 1, 1],
      run: ([x, i]) => scatterAddRows(x, i, 1),
    },
    {
      title: 'repeated ids add up, untouched rows are 0',
      inputs: [floats([1, 10, 2, 20, 4, 40], [1, 3, 2]), integers([2, 0, 2], [1, 3])],
      out: [1, 4, 2],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      expected: [2, 20, 0, 0, 5, 50, 0, 0],
    },
    {
      title: 'groups',
      inputs: [float([2, 5, 3]), idsBelow(4, [2, 5])],
      out: [2, 4, 3],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      reduces: 5,
    },
    {
      title: 'many into few',
      inputs: [float([1, 99, 5]), idsBelow(2, [1, 99])],
      out: [1, 2, 5],
      run: ([x, i]) => scatterAddRows(x, i, 2),
      reduces: 99,
    },
    {
      title: 'wide rows',
      inputs: [float([1, 3, 65]), idsBelow(4, [1, 3])],
      out: [1, 4, 65],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      reduces: 3,
    },
    {
      title: 'no rows',
      inputs: [float([2, 0, 3]), integers([], [2, 0])],
      out: [2, 4, 3],
      run: ([x, i]) => scatterAddRows(x, i, 4),
    },
    {
      title: 'no table',
      inputs: [float([2, 0, 3]), integers([], [2, 0])],
      out: [2, 0, 3],
      run: ([x, i]) => scatterAddRows(x, i, 0),
    },
  ],
  errors: [
    {
      title: 'fraction of rows',
      inputs: [float([1, 2, 2]), idsBelow(1, [1, 2])],
      run: ([x, ids]) => scatterAddRows(x, ids, 1.5),
      message: 'scatterAddRows: dimensions are whole numbers >= 0, came [1, 1.5, 2]',
    },

    {
      title: 'id too large',
      inputs: [float([1, 2, 2]), integers([0, 4], [1, 2])],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      message: 'scatterAddRows: id 4 at position 1 is outside 0 to 3',
    },
    {
      title: 'shapes',
      inputs: [float([1, 3, 2]), integers([0, 1], [1, 2])],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      message: 'scatterAddRows: expected x [groups, n, width] and ids [groups, n], came [1, 3, 2] and [1, 2]',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1, 1]), integers([0], [1, 1])],
      run: ([x, i]) => scatterAddRows(x, i, 4),
      message: 'scatterAddRows: expected a float tensor, came i32; cast() it',
    },
  ],
};
