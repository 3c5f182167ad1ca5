import { float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { add } from '../add/add.ts';
import { type MatmulAttrs, matmul } from './matmul.ts';

type Dims = readonly number[];

const sample = (title: string, a: Dims, b: Dims, out: Dims, k: number, attrs: Partial<MatmulAttrs> = {}): OpSample => ({
  title,
  inputs: [float(a), float(b)],
  out,
  run: ([x, y]) => matmul(x, y, attrs),
  reduces: k,
});

export const matmulSamples: OpSamples = {
  class: 'product',
  goldens: { matmul: ([a, b], { transposeA, transposeB }) => matmul(a, b, { transA: transposeA, transB: transposeB }) },
  samples: [
    sample('one element', [1, 1], [1, 1], [1, 1], 1),
    sample('plain', [3, 4], [4, 5], [3, 5], 4),
    sample('row by column', [1, 7], [7, 1], [1, 1], 7),
    sample('column by row', [4, 1], [1, 3], [4, 3], 1),
    sample('below a tile', [7, 9], [9, 15], [7, 15], 9),
    sample('one tile', [8, 16], [16, 16], [8, 16], 16),
    sample('above a tile', [17, 33], [33, 19], [17, 19], 33),
    sample('a transposed', [4, 3], [4, 5], [3, 5], 4, { transA: true }),
    sample('b transposed', [3, 4], [5, 4], [3, 5], 4, { transB: true }),
    sample('both transposed', [4, 3], [5, 4], [3, 5], 4, { transA: true, transB: true }),
    sample('uneven, a transposed', [33, 17], [33, 9], [17, 9], 33, { transA: true }),
    sample('uneven, b transposed', [17, 33], [9, 33], [17, 9], 33, { transB: true }),
    sample('uneven, both transposed', [33, 9], [17, 33], [9, 17], 33, { transA: true, transB: true }),
    sample('batch', [2, 3, 4], [2, 4, 5], [2, 3, 5], 4),
    sample('batch, both transposed', [2, 4, 3], [2, 5, 4], [2, 3, 5], 4, { transA: true, transB: true }),
    sample('broadcast batch', [2, 1, 3, 4], [3, 4, 5], [2, 3, 3, 5], 4),
    sample('one matrix on the right', [2, 3, 4], [4, 5], [2, 3, 5], 4),
    sample('one matrix on the right, a transposed', [2, 4, 3], [4, 5], [2, 3, 5], 4, { transA: true }),
    sample('one matrix on the left', [3, 4], [2, 4, 5], [2, 3, 5], 4),
    sample('rank 6, no batch axes merge', [2, 1, 2, 1, 2, 3], [1, 3, 1, 2, 3, 2], [2, 3, 2, 2, 2, 2], 3),
    sample('two vectors', [5], [5], [], 5),
    sample('matrix and vector', [3, 4], [4], [3], 4),
    sample('transposed matrix and vector', [4, 3], [4], [3], 4, { transA: true }),
    sample('vector and matrix', [4], [4, 3], [3], 4),
    sample('vector and transposed matrix', [4], [3, 4], [3], 4, { transB: true }),
    sample('transposed batch and vector', [2, 4, 3], [4], [2, 3], 4, { transA: true }),
    sample('batch and vector', [2, 3, 4], [4], [2, 3], 4),
    sample('vector and batch', [4], [2, 4, 3], [2, 3], 4),
    sample('empty matrix and vector', [0, 3], [3], [0], 3),
    { ...sample('empty vectors', [0], [0], [], 1), expected: [0] },
    {
      title: 'repeated input',
      inputs: [float([3, 3])],
      out: [3, 3],
      run: ([x]) => add(matmul(x, x), matmul(x, x, { transB: true })),
      reduces: 3,
    },
    { ...sample('no inner elements', [2, 0], [0, 3], [2, 3], 1), expected: [0, 0, 0, 0, 0, 0] },
    sample('no rows', [0, 3], [3, 2], [0, 2], 3),
    sample('no columns', [2, 3], [3, 0], [2, 0], 3),
    sample('empty batch', [0, 2, 3], [0, 3, 2], [0, 2, 2], 3),
    {
      title: 'NaN and Infinity stay in their row',
      inputs: [floats([1, Number.NaN, 1, 1, Infinity, 1], [3, 2]), floats([1, 2, 3, 4], [2, 2])],
      out: [3, 2],
      run: ([a, b]) => matmul(a, b),
      expected: [Number.NaN, Number.NaN, 4, 6, Infinity, Infinity],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'inner dimensions',
      inputs: [float([8, 4]), float([5, 6])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: inner dimensions differ, a [8, 4], b [5, 6]: 4 != 5',
    },
    {
      title: 'inner dimensions of a transpose',
      inputs: [float([8, 4]), float([5, 4])],
      run: ([a, b]) => matmul(a, b),
      message:
        'matmul: inner dimensions differ, a [8, 4], b [5, 4]: 4 != 5; did you mean matmul(a, b, { transB: true })?',
    },
    {
      title: 'needless transpose',
      inputs: [float([8, 4]), float([4, 5])],
      run: ([a, b]) => matmul(a, b, { transB: true }),
      message:
        'matmul: inner dimensions differ, a [8, 4], b [4, 5]: 4 != 5; did you mean matmul(a, b, { transB: false })?',
    },
    {
      title: 'a scalar',
      inputs: [float([]), float([4, 5])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: expected tensors of rank 1 or more, came []; mul() takes scalars',
    },
    {
      title: 'a scalar and a vector',
      inputs: [float([4]), float([])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: expected tensors of rank 1 or more, came []; mul() takes scalars',
    },
    {
      title: 'inner dimensions of a vector',
      inputs: [float([4]), float([5, 4])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: inner dimensions differ, a [4], b [5, 4]: 4 != 5',
    },
    {
      title: 'a transposed vector',
      inputs: [float([4, 5]), float([5])],
      run: ([a, b]) => matmul(a, b, { transB: true }),
      message: 'matmul: b [5] is a vector, which transB cannot turn; leave it out',
    },
    {
      title: 'batches',
      inputs: [float([2, 3, 4]), float([3, 4, 5])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them',
    },
    {
      title: 'dtypes',
      inputs: [float([1, 1]), integers([1], [1, 1])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'integers',
      inputs: [integers([1], [1, 1]), integers([1], [1, 1])],
      run: ([a, b]) => matmul(a, b),
      message: 'matmul: expected a float tensor, came i32; cast() it',
    },
  ],
};
