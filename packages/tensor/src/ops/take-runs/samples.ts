import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { pad, padAxes } from '../pad/pad.ts';
import { takeRuns } from './take-runs.ts';

export const takeRunsSamples: OpSamples = {
  class: 'exact',
  goldens: {
    'pad-reflect': ([x], { widths = [] }) => padAxes(x, widths, { mode: 'reflect' }),
    'pad-edge': ([x], { widths = [] }) => padAxes(x, widths, { mode: 'edge' }),
    'pad-circular': ([x], { widths = [] }) => padAxes(x, widths, { mode: 'circular' }),
  },
  samples: [
    {
      title: 'one element',
      inputs: [float([1])],
      out: [1],
      run: ([x]) => takeRuns(x, { axis: 0, runs: [{ start: 0, step: 1, length: 1 }] }),
    },
    {
      title: 'forwards, backwards and repeated',
      inputs: [float([2, 5])],
      out: [2, 8],
      run: ([x]) =>
        takeRuns(x, {
          axis: -1,
          runs: [
            { start: 1, step: 2, length: 2 },
            { start: 4, step: -1, length: 4 },
            { start: 3, step: 0, length: 2 },
          ],
        }),
    },
    {
      title: 'empty',
      inputs: [float([0, 3])],
      out: [0, 2],
      run: ([x]) => takeRuns(x, { axis: 1, runs: [{ start: 2, step: -1, length: 2 }] }),
    },
    { title: 'no runs', inputs: [float([2, 3])], out: [2, 0], run: ([x]) => takeRuns(x, { axis: 1, runs: [] }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 4, 1, 2, 2],
      run: ([x]) =>
        takeRuns(x, {
          axis: 2,
          runs: [
            { start: 2, step: -2, length: 2 },
            { start: 0, step: 1, length: 2 },
          ],
        }),
    },
    {
      title: 'pad by reflection',
      inputs: [floats([1, 2, 3, 4])],
      out: [9],
      run: ([x]) => pad(x, { axis: 0, before: 3, after: 2, mode: 'reflect' }),
      expected: [4, 3, 2, 1, 2, 3, 4, 3, 2],
    },
    {
      title: 'pad by the edge',
      inputs: [floats([1, 2, 3])],
      out: [7],
      run: ([x]) => pad(x, { axis: 0, before: 3, after: 1, mode: 'edge' }),
      expected: [1, 1, 1, 1, 2, 3, 3],
    },
    {
      title: 'pad in a circle',
      inputs: [floats([1, 2, 3])],
      out: [7],
      run: ([x]) => pad(x, { axis: 0, before: 3, after: 1, mode: 'circular' }),
      expected: [1, 2, 3, 1, 2, 3, 1],
    },
    {
      title: 'pad two axes by reflection',
      inputs: [float([2, 3, 4])],
      out: [2, 5, 6],
      run: ([x]) => padAxes(x, [null, 1, [2, 0]], { mode: 'reflect' }),
    },
    {
      title: 'pad beside an empty axis',
      inputs: [float([0, 2])],
      out: [0, 4],
      run: ([x]) => padAxes(x, [0, 1], { mode: 'reflect' }),
    },
    {
      title: 'integers',
      inputs: [integers([1, 2], [2])],
      out: [4],
      run: ([x]) => pad(x, { axis: 0, before: 1, after: 1, mode: 'edge' }),
      outDType: 'i32',
      expected: [1, 1, 2, 2],
    },
    {
      title: 'bools',
      inputs: [bools([1, 0], [2])],
      out: [3],
      run: ([x]) => pad(x, { axis: 0, before: 1, mode: 'circular' }),
      outDType: 'bool',
      expected: [0, 1, 0],
    },
  ],
  errors: [
    {
      title: 'outside',
      inputs: [float([3])],
      run: ([x]) => takeRuns(x, { axis: 0, runs: [{ start: 1, step: 1, length: 3 }] }),
      message: 'takeRuns: a run of 3 from 1 in steps of 1 is outside an axis of 3 elements',
    },
    {
      title: 'reflection too wide',
      inputs: [float([3])],
      run: ([x]) => pad(x, { axis: 0, before: 3, mode: 'reflect' }),
      message: 'pad: reflect takes at most 2 on a side of axis 0, which has 3 elements; came 3 and 0',
    },
    {
      title: 'circle too wide',
      inputs: [float([2, 3])],
      run: ([x]) => padAxes(x, [0, [0, 4]], { mode: 'circular' }),
      message: 'padAxes: circular takes at most 3 on a side of axis 1, which has 3 elements; came 0 and 4',
    },
    {
      title: 'edge of nothing',
      inputs: [float([0])],
      run: ([x]) => pad(x, { axis: 0, after: 1, mode: 'edge' }),
      message: 'pad: edge takes at most 0 on a side of axis 0, which has 0 elements; came 0 and 1',
    },
    {
      title: 'value of a mode',
      inputs: [float([2])],
      run: ([x]) => pad(x, { axis: 0, after: 1, mode: 'edge', value: 2 }),
      message: "pad: value 2 is for mode 'constant', came 'edge'",
    },
  ],
};
