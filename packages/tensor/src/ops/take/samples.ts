import { bools, float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { maskedSelect, take } from './take.ts';

export const takeSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'one element', inputs: [float([1]), integers([0], [])], out: [], run: ([x, i]) => take(x, i) },
    { title: 'a scalar', inputs: [float([]), integers([0, 0])], out: [2], run: ([x, i]) => take(x, i) },
    {
      title: 'repeated ids',
      inputs: [floats([1, 2, 3, 4, 5, 6], [2, 3]), integers([5, 0, 5, 3], [2, 2])],
      out: [2, 2],
      run: ([x, i]) => take(x, i),
      expected: [6, 1, 6, 4],
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 1, 2, 2]), idsBelow(16, [1, 2, 1, 2, 1, 3])],
      out: [1, 2, 1, 2, 1, 3],
      run: ([x, i]) => take(x, i),
    },
    { title: 'no ids', inputs: [float([3]), integers([], [0, 2])], out: [0, 2], run: ([x, i]) => take(x, i) },
    {
      title: 'integers',
      inputs: [integers([10, 20, 30]), integers([2, 1])],
      out: [2],
      outDType: 'i32',
      run: ([x, i]) => take(x, i),
      expected: [30, 20],
    },
    {
      title: 'by a mask',
      inputs: [floats([1, Number.NaN, 3, 4]), bools([1, 1, 0, 1])],
      out: [3],
      run: ([x, m]) => maskedSelect(x, m),
      expected: [1, Number.NaN, 4],
      gradient: 'none',
    },
    {
      title: 'by a mask that is broadcast',
      inputs: [float([2, 1]), bools([0, 1, 1])],
      out: [4],
      run: ([x, m]) => maskedSelect(x, m),
    },
    {
      title: 'by a mask of nothing',
      inputs: [float([3]), bools([0, 0, 0])],
      out: [0],
      run: ([x, m]) => maskedSelect(x, m),
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([2, 3]), integers([0, 6])],
      run: ([x, i]) => take(x, i),
      message: 'take: id 6 at position 1 is outside 0 to 5',
    },
    {
      title: 'negative id',
      inputs: [float([2, 3]), integers([-1])],
      run: ([x, i]) => take(x, i),
      message: 'take: id -1 at position 0 is outside 0 to 5; negative ids do not count from the back',
    },
    {
      title: 'float mask',
      inputs: [float([2]), float([2])],
      run: ([x, m]) => maskedSelect(x, m),
      message: 'maskedSelect: the mask must be bool, came {float}; compare or cast() it',
    },
    {
      title: 'mask shape',
      inputs: [float([2]), bools([1, 0, 1])],
      run: ([x, m]) => maskedSelect(x, m),
      message: 'maskedSelect: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
  ],
};
