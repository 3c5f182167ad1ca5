import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { addRuns } from './add-runs.ts';

export const addRunsSamples: OpSamples = {
  class: 'exact',
  samples: [
    {
      title: 'one element',
      inputs: [float([1])],
      out: [1],
      run: ([x]) => addRuns(x, { axis: 0, runs: [{ start: 0, step: 1, length: 1 }], size: 1 }),
    },
    {
      title: 'overlapping',
      inputs: [floats([1, 2, 3, 4, 5, 6])],
      out: [4],
      run: ([x]) =>
        addRuns(x, {
          axis: 0,
          size: 4,
          runs: [
            { start: 2, step: -1, length: 3 },
            { start: 1, step: 0, length: 3 },
          ],
        }),
      expected: [3, 17, 1, 0],
      reduces: 4,
    },
    {
      title: 'in the middle',
      inputs: [float([2, 5, 3])],
      out: [2, 4, 3],
      run: ([x]) =>
        addRuns(x, {
          axis: 1,
          size: 4,
          runs: [
            { start: 0, step: 1, length: 4 },
            { start: 3, step: 1, length: 1 },
          ],
        }),
      reduces: 2,
    },
    {
      title: 'empty',
      inputs: [float([0, 2])],
      out: [0, 3],
      run: ([x]) => addRuns(x, { axis: 1, size: 3, runs: [{ start: 0, step: 1, length: 2 }] }),
    },
    {
      title: 'nothing to add',
      inputs: [float([2, 0])],
      out: [2, 3],
      run: ([x]) => addRuns(x, { axis: -1, size: 3, runs: [] }),
    },
  ],
  errors: [
    {
      title: 'length',
      inputs: [float([3])],
      run: ([x]) => addRuns(x, { axis: 0, size: 5, runs: [{ start: 0, step: 1, length: 2 }] }),
      message: 'addRuns: axis 0 has 3 elements, the runs have 2',
    },
    {
      title: 'integers',
      inputs: [integers([1])],
      run: ([x]) => addRuns(x, { axis: 0, runs: [{ start: 0, step: 1, length: 1 }], size: 1 }),
      message: 'addRuns: expected a float tensor, came i32; cast() it',
    },
  ],
};
