import { float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { groupNorm, instanceNorm } from './group-norm.ts';

const affine = (channels: number) => [float([channels], [0.5, 1.5]), float([channels])];

const grouped = (
  title: string,
  shape: readonly number[],
  groups: number,
  range?: readonly [number, number],
): OpSample => ({
  title,
  inputs: [float(shape, range), ...affine(shape[1])],
  out: shape,
  run: ([x, gamma, beta]) => groupNorm(x, { groups, gamma, beta }),
  reduces: shape.slice(1).reduce((a, b) => a * b, 1) / groups,
});

export const groupNormSamples: OpSamples = {
  class: 'rows',
  goldens: {
    'group-norm': ([x, gamma, beta], { groups = 1, eps }) =>
      groupNorm(x, { groups, gamma: gamma ?? null, beta: beta ?? null, eps }),
  },
  samples: [
    grouped('two groups', [2, 4, 3], 2),
    grouped('one group', [2, 3, 5], 1),
    grouped('a group a channel', [2, 3, 5], 3),
    grouped('images', [2, 6, 3, 3], 3),
    grouped('no positions', [3, 6], 2),
    grouped('rank 6', [2, 2, 1, 2, 1, 3], 2),
    grouped('long', [1, 4, 127], 2),
    grouped('large numbers', [1, 4, 5], 2, [-1e4, 1e4]),
    {
      title: 'no scale and no shift',
      inputs: [floats([1, 3, 0, 4, 5, 5], [1, 3, 2])],
      out: [1, 3, 2],
      run: ([x]) => groupNorm(x, { groups: 3, eps: 0.25 }),
      expected: [-1 / Math.sqrt(1.25), 1 / Math.sqrt(1.25), -2 / Math.sqrt(4.25), 2 / Math.sqrt(4.25), 0, 0],
    },
    {
      title: 'one element: the shift alone',
      inputs: [floats([3], [1, 1]), floats([2]), floats([0.25])],
      out: [1, 1],
      run: ([x, gamma, beta]) => groupNorm(x, { groups: 1, gamma, beta }),
      expected: [0.25],
    },
    {
      title: 'a shift alone',
      inputs: [float([2, 2, 3]), float([2])],
      out: [2, 2, 3],
      run: ([x, beta]) => groupNorm(x, { groups: 1, beta }),
      reduces: 6,
    },
    grouped('empty batch', [0, 4, 3], 2),
    grouped('empty positions', [2, 4, 0], 2),
  ],
  errors: [
    ...[3, 0, -2, 0.5, Number.NaN].map((groups) => ({
      title: `${groups} groups`,
      inputs: [float([2, 4, 3])],
      run: ([x]: readonly Parameters<typeof groupNorm>[0][]) => {
        groupNorm(x, { groups });
      },
      message: `groupNorm: groups must be a divisor of the 4 channels, came ${groups}`,
    })),
    {
      title: 'rank',
      inputs: [float([4])],
      run: ([x]) => groupNorm(x, { groups: 2 }),
      message: 'groupNorm: expected x [batch, channels, ...], came [4]',
    },
    {
      title: 'beta',
      inputs: [float([2, 4, 3]), float([3])],
      run: ([x, beta]) => groupNorm(x, { groups: 2, beta }),
      message: 'groupNorm: x [2, 4, 3] wants beta [4], came [3]',
    },
    {
      title: 'eps',
      inputs: [float([2, 4])],
      run: ([x]) => groupNorm(x, { groups: 2, eps: -1e-5 }),
      message: 'groupNorm: eps must be a finite number >= 0, came -0.00001',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2], [1, 2])],
      run: ([x]) => groupNorm(x, { groups: 1 }),
      message: 'groupNorm: expected a float tensor, came i32; cast() it',
    },
  ],
};

const instances = (title: string, shape: readonly number[], range?: readonly [number, number]): OpSample => ({
  title,
  inputs: [float(shape, range), ...affine(shape[1])],
  out: shape,
  run: ([x, gamma, beta]) => instanceNorm(x, { gamma, beta }),
  reduces: shape.slice(2).reduce((a, b) => a * b, 1),
});

export const instanceNormSamples: OpSamples = {
  class: 'rows',
  goldens: {
    'instance-norm': ([x, gamma, beta], { eps }) => instanceNorm(x, { gamma: gamma ?? null, beta: beta ?? null, eps }),
  },
  samples: [
    instances('sequences', [2, 3, 5]),
    instances('images', [2, 2, 3, 3]),
    instances('one channel', [2, 1, 4]),
    instances('rank 6', [2, 2, 1, 2, 1, 3]),
    instances('large numbers', [1, 2, 7], [-1e4, 1e4]),
    {
      title: 'no scale and no shift',
      inputs: [floats([1, 3, 0, 4], [1, 2, 2])],
      out: [1, 2, 2],
      run: ([x]) => instanceNorm(x, { eps: 0 }),
      expected: [-1, 1, -1, 1],
      gradient: 'none',
    },
    instances('empty batch', [0, 2, 3]),
    instances('empty positions', [2, 3, 0]),
    instances('no channels', [2, 0, 3]),
  ],
  errors: [
    {
      title: 'one position',
      inputs: [float([2, 3, 1])],
      run: ([x]) => instanceNorm(x),
      message: 'instanceNorm: expected x [batch, channels, ...] with more than one position a channel, came [2, 3, 1]',
    },
    {
      title: 'no positions',
      inputs: [float([2, 3])],
      run: ([x]) => instanceNorm(x),
      message: 'instanceNorm: expected x [batch, channels, ...] with more than one position a channel, came [2, 3]',
    },
    {
      title: 'gamma',
      inputs: [float([2, 3, 4]), float([1, 3])],
      run: ([x, gamma]) => instanceNorm(x, { gamma }),
      message: 'instanceNorm: x [2, 3, 4] wants gamma [3], came [1, 3]',
    },
    {
      title: 'eps',
      inputs: [float([2, 4, 2])],
      run: ([x]) => instanceNorm(x, { eps: Infinity }),
      message: 'instanceNorm: eps must be a finite number >= 0, came Infinity',
    },
  ],
};
