import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { glu } from './glu.ts';

export const gluSamples: OpSamples = {
  class: 'function',
  goldens: { glu: ([x], { axis }) => glu(x, { axis }) },
  samples: [
    { title: 'one element out', inputs: [float([2])], out: [1], run: ([x]) => glu(x) },
    { title: 'last axis', inputs: [float([3, 6])], out: [3, 3], run: ([x]) => glu(x) },
    { title: 'first axis', inputs: [float([4, 5])], out: [2, 5], run: ([x]) => glu(x, { axis: 0 }) },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 4, 1, 2])],
      out: [2, 1, 2, 2, 1, 2],
      run: ([x]) => glu(x, { axis: -3 }),
    },
    { title: 'empty axis', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => glu(x) },
    { title: 'empty', inputs: [float([0, 4])], out: [0, 2], run: ([x]) => glu(x) },
    {
      title: 'edges',
      inputs: [floats([3, 0, 3, Infinity, Number.NaN, 0, 1e4, -1e4, 0, 2], [5, 2])],
      out: [5, 1],
      run: ([x]) => glu(x),
      expected: [1.5, 3, Number.NaN, 0, 0],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'odd axis',
      inputs: [float([2, 3])],
      run: ([x]) => glu(x),
      message: 'glu: axis 1 of [2, 3] has 3 elements: no two halves',
    },
    {
      title: 'axis',
      inputs: [float([2, 4])],
      run: ([x]) => glu(x, { axis: 2 }),
      message: 'glu: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => glu(x),
      message: 'glu: axis -1 is outside a tensor of rank 0: expected 0 to -1',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2])],
      run: ([x]) => glu(x),
      message: 'glu: expected a float tensor, came i32; cast() it',
    },
  ],
};
