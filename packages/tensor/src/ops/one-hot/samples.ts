import { float, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { oneHot } from './one-hot.ts';

export const oneHotSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'one id', inputs: [integers([2], [])], out: [3], run: ([i]) => oneHot(i, 3), expected: [0, 0, 1] },
    { title: 'one class', inputs: [integers([0])], out: [1, 1], run: ([i]) => oneHot(i, 1), expected: [1] },
    {
      title: 'two axes',
      inputs: [integers([1, 0, 1, 1], [2, 2])],
      out: [2, 2, 2],
      run: ([i]) => oneHot(i, 2),
      expected: [0, 1, 1, 0, 0, 1, 0, 1],
    },
    {
      title: 'rank 6',
      inputs: [idsBelow(4, [2, 1, 2, 1, 3])],
      out: [2, 1, 2, 1, 3, 4],
      run: ([i]) => oneHot(i, 4),
    },
    { title: 'no ids', inputs: [integers([])], out: [0, 3], run: ([i]) => oneHot(i, 3) },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [integers([1, 3])],
      run: ([i]) => oneHot(i, 3),
      message: 'oneHot: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'classes',
      inputs: [integers([1])],
      run: ([i]) => oneHot(i, 2.5),
      message: 'oneHot: classes must be a whole number above 0, came 2.5',
    },
    {
      title: 'float ids',
      inputs: [float([1])],
      run: ([i]) => oneHot(i, 2),
      message: 'oneHot: ids must be i32, came {float}; make them with ids()',
    },
    {
      title: 'rank',
      inputs: [integers([0], [1, 1, 1, 1, 1, 1])],
      run: ([i]) => oneHot(i, 2),
      message: 'oneHot: rank 7 of [1, 1, 1, 1, 1, 1, 2] is above 6',
    },
  ],
};
