import type { Tensor } from '../../tensor.ts';
import { float, floats, type GoldenRun, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { rotaryEmbedding, rotaryTables } from './rotary-embedding.ts';

const options = (x: Tensor) => ({ backend: x.backend, dtype: x.backend.floatDType });

const both = (title: string, shape: readonly number[], offset = 0): OpSample[] =>
  (['halves', 'interleaved'] as const).map((pairing) => ({
    title: `${title}, ${pairing}`,
    inputs: [float(shape)],
    out: shape,
    run: ([x]) => {
      const [T, D] = shape.slice(-2);
      return rotaryEmbedding(x, rotaryTables(T, D, { offset, ...options(x) }), { pairing });
    },
    reduces: 2,
  }));

const golden =
  (pairing: 'halves' | 'interleaved'): GoldenRun =>
  ([x], { offset = 0, base = 10000 }) => {
    const [T, D] = x.shape.slice(-2);
    return rotaryEmbedding(x, rotaryTables(T, D, { offset, base, ...options(x) }), { pairing });
  };

const half = Math.PI / 2;

export const rotaryEmbeddingSamples: OpSamples = {
  class: 'rows',
  goldens: { 'rotary-halves': golden('halves'), 'rotary-interleaved': golden('interleaved') },
  samples: [
    ...both('heads', [2, 2, 3, 4]),
    ...both('one token', [1, 1, 1, 6], 5),
    ...both('a matrix', [5, 2]),
    ...both('rank 6', [2, 1, 2, 1, 3, 4]),
    ...both('long', [1, 2, 17, 10], 100),
    ...both('no tokens', [2, 2, 0, 4]),
    ...both('no batch', [0, 2, 3, 4]),
    ...both('no width', [1, 2, 3, 0]),
    {
      title: 'a quarter turn, halves',
      inputs: [floats([1, 2, 3, 4], [1, 4])],
      out: [1, 4],
      // Both pairs turn by 90 degrees: base 1.
      run: ([x]) => rotaryEmbedding(x, rotaryTables([half], 4, { base: 1, ...options(x) })),
      expected: [-3, -4, 1, 2],
      // cos(π / 2) is 6e-17 and not 0.
      reduces: 4,
    },
    {
      title: 'a quarter turn, interleaved',
      inputs: [floats([1, 2, 3, 4], [1, 4])],
      out: [1, 4],
      run: ([x]) => rotaryEmbedding(x, rotaryTables([half], 4, { base: 1, ...options(x) }), { pairing: 'interleaved' }),
      expected: [-2, 1, -4, 3],
      reduces: 4,
    },
    {
      title: 'part of the width',
      inputs: [float([2, 3, 5])],
      out: [2, 3, 5],
      run: ([x]) => rotaryEmbedding(x, rotaryTables(3, 2, options(x))),
      reduces: 2,
    },
    {
      title: 'positions of each sample',
      inputs: [float([2, 3, 2, 4])],
      out: [2, 3, 2, 4],
      run: ([x]) =>
        rotaryEmbedding(
          x,
          rotaryTables(
            [
              [0, 1],
              [7, 3],
            ],
            4,
            options(x),
          ),
          { pairing: 'interleaved' },
        ),
      reduces: 2,
    },
    {
      title: 'one table for every pair',
      inputs: [float([2, 4]), floats([0.6], [1, 1]), floats([0.8], [1, 1])],
      out: [2, 4],
      run: ([x, cos, sin]) => rotaryEmbedding(x, { cos, sin }),
      gradient: [0],
      reduces: 2,
    },
  ],
  errors: [
    {
      title: 'tables of another length',
      inputs: [float([1, 2, 3, 4])],
      run: ([x]) => rotaryEmbedding(x, rotaryTables(2, 4, options(x))),
      message:
        'rotaryEmbedding: shapes do not broadcast, a [1, 2, 3, 2], b [2, 2]: 3 != 2 at axis -2; reshape or expand one of them',
    },
    {
      title: 'tables wider than x',
      inputs: [float([2, 4])],
      run: ([x]) => rotaryEmbedding(x, rotaryTables(2, 6, options(x))),
      message: 'rotaryEmbedding: tables [2, 3] turn 6 elements, x [2, 4] has 4',
    },
    {
      title: 'tables that differ',
      inputs: [float([2, 4]), float([2, 2]), float([1, 2])],
      run: ([x, cos, sin]) => rotaryEmbedding(x, { cos, sin }),
      message: 'rotaryEmbedding: x [2, 4] wants tables that expand to [2, 2], came [2, 2] and [1, 2]',
    },
    {
      title: 'tables with more batches than x',
      inputs: [float([1, 4]), float([2, 2]), float([2, 2])],
      run: ([x, cos, sin]) => rotaryEmbedding(x, { cos, sin }),
      message: 'rotaryEmbedding: x [1, 4] wants tables that expand to [1, 2], came [2, 2] and [2, 2]',
    },
    {
      title: 'scalar',
      inputs: [float([]), float([1]), float([1])],
      run: ([x, cos, sin]) => rotaryEmbedding(x, { cos, sin }),
      message: 'rotaryEmbedding: tables [1] turn 2 elements, x [] has 0',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), integers([1]), integers([1])],
      run: ([x, cos, sin]) => rotaryEmbedding(x, { cos, sin }),
      message: 'rotaryEmbedding: expected a float tensor, came i32; cast() it',
    },
    {
      title: 'odd width',
      inputs: [float([3])],
      run: ([x]) => rotaryTables(1, 3, options(x)),
      message: 'rotaryTables: width must be an even whole number, came 3',
    },
    {
      title: 'base',
      inputs: [float([2])],
      run: ([x]) => rotaryTables(1, 2, { base: 0, ...options(x) }),
      message: 'rotaryTables: base must be a positive number, came 0',
    },
    {
      title: 'half a position',
      inputs: [float([2])],
      run: ([x]) => rotaryTables(0.5, 2, options(x)),
      message: 'rotaryTables: the number of positions must be a whole number >= 0, came 0.5',
    },
    {
      title: 'a position that is no number',
      inputs: [float([2])],
      run: ([x]) => rotaryTables([Number.NaN], 2, options(x)),
      message: 'rotaryTables: positions must be finite numbers, came NaN',
    },
    {
      title: 'uneven positions',
      inputs: [float([2])],
      run: ([x]) => rotaryTables([[0], [1, 2]], 2, options(x)),
      message: 'rotaryTables: samples have 1 and 2 positions; give all of them as many',
    },
  ],
};
