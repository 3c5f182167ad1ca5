import { float, integers, type OpSamples } from '../../testing/sample.ts';
import { add } from '../add/add.ts';
import { dropout } from './dropout.ts';

export const dropoutSamples: OpSamples = {
  class: 'rounded',
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => dropout(x, [1, 2], 0.5) },
    { title: 'odd length', inputs: [float([7])], out: [7], run: ([x]) => dropout(x, [3, 4], 0.4) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => dropout(x, [0, 0], 0.1),
    },
    { title: 'long', inputs: [float([3, 341])], out: [3, 341], run: ([x]) => dropout(x, [4294967295, 7], 0.9) },
    {
      title: 'two keys on one input',
      inputs: [float([17])],
      out: [17],
      run: ([x]) => add(dropout(x, [1, 0], 0.5), dropout(x, [2, 0], 0.5)),
    },
    { title: 'empty', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => dropout(x, [1, 2], 0.5) },
    { title: 'p = 0', inputs: [float([3])], out: [3], run: ([x]) => dropout(x, [1, 2], 0), runsKernel: false },
  ],
  errors: [
    {
      title: 'p = 1',
      inputs: [float([3])],
      run: ([x]) => dropout(x, [1, 2], 1),
      message: 'dropout: p must be in [0, 1), came 1',
    },
    {
      title: 'p is no number',
      inputs: [float([3])],
      run: ([x]) => dropout(x, [1, 2], Number.NaN),
      message: 'dropout: p must be in [0, 1), came NaN',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => dropout(x, [1, 2], 0.5),
      message: 'dropout: expected a float tensor, came i32; cast() it',
    },
  ],
};
