import { lossErrors, rolesOf } from '../../testing/losses.ts';
import { bools, float, floats, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { nllLoss } from './nll-loss.ts';

export const nllLossSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    nll: ([x, t, ...more], p) =>
      nllLoss(x, t, {
        axis: p.axis ?? -1,
        reduction: p.reduction ?? 'mean',
        ...(p.ignoreIndex === undefined || p.ignoreIndex === null ? {} : { ignoreIndex: p.ignoreIndex }),
        ...rolesOf(more, p),
      }),
  },
  samples: [
    { title: 'one element', inputs: [float([1]), integers([0], [])], out: [], run: ([x, i]) => nllLoss(x, i) },
    {
      title: 'mean',
      inputs: [float([6, 5]), idsBelow(5, [6])],
      out: [],
      run: ([x, i]) => nllLoss(x, i),
      reduces: 6,
      terms: 2,
    },
    {
      title: 'classes at axis 1, none',
      inputs: [float([2, 3, 4]), idsBelow(3, [2, 4])],
      out: [2, 4],
      run: ([x, i]) => nllLoss(x, i, { axis: 1, reduction: 'none' }),
    },
    {
      title: 'weights, an ignored row, a mask over NaN',
      inputs: [
        floats([-1, -2, -3, -4, Number.NaN, -6, -7, -8], [4, 2]),
        integers([0, 1, 0, -100]),
        floats([2, 0.5]),
        bools([1, 1, 0, 1]),
      ],
      out: [],
      run: ([x, i, weight, mask]) => nllLoss(x, i, { weight, mask }),
      expected: [(2 * 1 + 0.5 * 4) / 2.5],
      gradient: [2],
    },
    {
      title: 'impossible and ignored',
      inputs: [floats([0, -Infinity, 0, -Infinity], [2, 2]), integers([1, -100])],
      out: [2],
      run: ([x, i]) => nllLoss(x, i, { reduction: 'none' }),
      expected: [Infinity, 0],
      gradient: 'none',
    },
    {
      title: 'no rows',
      inputs: [float([0, 3]), integers([], [0])],
      out: [],
      run: ([x, i]) => nllLoss(x, i),
      expected: [0],
    },
  ],
  errors: [
    {
      title: 'id',
      inputs: [float([2, 3]), integers([0, -1])],
      run: ([x, i]) => nllLoss(x, i),
      message: 'nllLoss: id -1 at position 1 is outside 0 to 2; negative ids do not count from the back',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3]), integers([0])],
      run: ([x, i]) => nllLoss(x, i),
      message: 'nllLoss: log-probabilities [2, 3] with the classes at axis 1 take i32 ids [2], came i32 [1]',
    },
    {
      title: 'weight',
      inputs: [float([2, 3]), integers([0, 1]), integers([1, 1, 1])],
      run: ([x, i, weight]) => nllLoss(x, i, { weight }),
      message: 'nllLoss: expected a {float} weight [3], one for each class, came i32 [3]',
    },
    ...lossErrors('nllLoss', [float([2, 3]), integers([0, 1])], ([x, i], { weight: _, ...options }) =>
      nllLoss(x, i, options),
    ),
  ],
};
