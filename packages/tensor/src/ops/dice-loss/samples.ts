import { lossErrors, rolesOf } from '../../testing/losses.ts';
import { bools, float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { diceLoss } from './dice-loss.ts';

const part = [0, 1] as const;

export const diceLossSamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'dice-loss': ([p, t, ...more], { axes, eps = 1, reduction = 'mean', roles = [] }) =>
      diceLoss(p, t, { smooth: eps, reduction, ...rolesOf(more, { roles }), ...(axes === undefined ? {} : { axes }) }),
  },
  samples: [
    { title: 'scalar', inputs: [float([], part), float([], part)], out: [], run: ([p, t]) => diceLoss(p, t), terms: 1 },
    {
      title: 'masks of a batch',
      inputs: [float([2, 3, 4], part), float([2, 3, 4], part)],
      out: [],
      run: ([p, t]) => diceLoss(p, t),
      reduces: 12,
      terms: 1,
    },
    {
      title: 'axes, weight, mask',
      inputs: [float([2, 3, 4], part), float([2, 3, 4], part), float([3], [0.5, 2]), bools([1, 0, 1, 1])],
      out: [3],
      run: ([p, t, weight, mask]) => diceLoss(p, t, { axes: [0, -1], smooth: 0.1, weight, mask, reduction: 'none' }),
      reduces: 6,
      terms: 2,
    },
    {
      title: 'by hand, over NaN and nothing',
      inputs: [
        floats([1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, Number.NaN], [3, 4]),
        floats([1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1], [3, 4]),
        bools([1, 1, 1, 0]),
      ],
      out: [3],
      run: ([p, t, mask]) => diceLoss(p, t, { mask, reduction: 'none' }),
      expected: [1 - 3 / 5, 1 - 1 / 3, 0],
      gradient: 'none',
      terms: 1,
    },
    { title: 'empty', inputs: [float([0, 3]), float([0, 3])], out: [], run: ([p, t]) => diceLoss(p, t), expected: [0] },
    {
      title: 'over nothing',
      inputs: [float([2, 0]), float([2, 0])],
      out: [2],
      run: ([p, t]) => diceLoss(p, t, { reduction: 'none' }),
      expected: [0, 0],
    },
    {
      title: 'NaN',
      inputs: [floats([Number.NaN, 1], [2, 1]), floats([1, 1], [2, 1])],
      out: [2],
      run: ([p, t]) => diceLoss(p, t, { reduction: 'none' }),
      expected: [Number.NaN, 0],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([3])],
      run: ([p, t]) => diceLoss(p, t),
      message: 'diceLoss: expected input and target of one shape, came [2, 3] and [3]; reshape or expand one of them',
    },
    {
      title: 'smooth',
      inputs: [float([2, 3]), float([2, 3])],
      run: ([p, t]) => diceLoss(p, t, { smooth: 0 }),
      message: 'diceLoss: smooth is a finite number > 0, came 0',
    },
    {
      title: 'axes',
      inputs: [float([2, 3]), float([2, 3])],
      run: ([p, t]) => diceLoss(p, t, { axes: 2 }),
      message: 'diceLoss: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'mask dtype',
      inputs: [float([2]), float([2]), integers([1, 1])],
      run: ([p, t, mask]) => diceLoss(p, t, { mask }),
      message: 'diceLoss: the mask must be bool, came i32; compare or cast() it',
    },
    {
      title: 'mask',
      inputs: [float([2, 3]), float([2, 3]), bools([1, 1])],
      run: ([p, t, mask]) => diceLoss(p, t, { mask }),
      message: 'diceLoss: the mask [2] does not broadcast to the input [2, 3]; reshape it',
    },
    ...lossErrors('diceLoss', [float([2, 3]), float([2, 3])], ([p, t], { reduction = 'mean' }) =>
      diceLoss(p, t, { reduction }),
    ).slice(0, 1),
  ],
};
