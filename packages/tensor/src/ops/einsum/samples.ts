import type { Tensor } from '../../tensor.ts';
import { float, floats, integers, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { einsum } from './einsum.ts';

type Dims = readonly number[];

const sample = (title: string, equation: string, shapes: readonly Dims[], out: Dims, reduces = 1): OpSample => ({
  title,
  inputs: shapes.map((shape) => float(shape)),
  out,
  run: (xs) => einsum(equation, ...xs),
  reduces,
});

const refused = (title: string, equation: string, shapes: readonly Dims[], message: string) => ({
  title,
  inputs: shapes.map((shape) => float(shape)),
  run: (xs: readonly Tensor[]) => void einsum(equation, ...xs),
  message,
});

const allowed = 'a letter for each axis, ... once a term, commas and one -> are allowed';

export const einsumSamples: OpSamples = {
  class: 'product',
  goldens: {
    einsum: (xs, { equation }) => {
      if (equation === undefined) throw new Error('the case has no equation');
      return einsum(equation, ...xs);
    },
  },
  samples: [
    sample('one element', 'i,i->', [[1], [1]], []),
    sample('scalars', ',->', [[], []], []),
    sample(
      'matrix product',
      'ij,jk->ik',
      [
        [3, 4],
        [4, 5],
      ],
      [3, 5],
      5,
    ),
    sample(
      'transposed operands and result',
      'ji,kj->ki',
      [
        [4, 3],
        [5, 4],
      ],
      [5, 3],
      5,
    ),
    sample(
      'implicit, in order of the alphabet',
      'kj,ji',
      [
        [2, 4],
        [4, 3],
      ],
      [3, 2],
      4,
    ),
    sample('spaces', ' i j , j -> i ', [[2, 3], [3]], [2], 3),
    sample(
      'attention scores',
      'bthd,bshd->bhts',
      [
        [2, 3, 2, 4],
        [2, 2, 2, 4],
      ],
      [2, 2, 3, 2],
      4,
    ),
    sample(
      'sums before the product',
      'ijk,jl->l',
      [
        [2, 3, 4],
        [3, 5],
      ],
      [5],
      24,
    ),
    sample('outer', 'i,j->ij', [[3], [4]], [3, 4], 4),
    sample(
      'element by element, three times',
      'ij,ij,ij->ji',
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [3, 2],
    ),
    sample(
      'three operands',
      'ij,jk,kl->il',
      [
        [2, 3],
        [3, 4],
        [4, 2],
      ],
      [2, 2],
      12,
    ),
    sample(
      'bilinear',
      'bn,anm,bm->ba',
      [
        [2, 2],
        [3, 2, 3],
        [2, 3],
      ],
      [2, 3],
      6,
    ),
    sample('four operands', 'a,ab,bc,c->', [[2], [2, 3], [3, 2], [2]], [], 12),
    sample(
      'dot products',
      'bij,jbi->b',
      [
        [2, 3, 2],
        [2, 2, 3],
      ],
      [2],
      6,
    ),
    sample('trace', 'ii', [[4, 4]], [], 4),
    sample('diagonal, first', 'iji->ji', [[3, 2, 3]], [2, 3]),
    sample('diagonal of three', 'iii->i', [[3, 3, 3]], [3]),
    sample('two diagonals', 'iijj->ij', [[2, 2, 3, 3]], [2, 3]),
    sample(
      'ellipsis',
      '...ij,...jk->...ik',
      [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      [2, 3, 2, 2],
      6,
    ),
    sample('ellipsis in the middle, implicit', 'b...a,...a', [[2, 3, 4], [4]], [3, 2], 4),
    sample('ellipsis of no axes', '...i->...i', [[3]], [3]),
    sample(
      'sizes of 1',
      'ij,ij->ij',
      [
        [3, 1],
        [1, 4],
      ],
      [3, 4],
      4,
    ),
    sample(
      'a size of 1 that is summed',
      'ij,ij->i',
      [
        [3, 1],
        [3, 4],
      ],
      [3],
      4,
    ),
    sample(
      'all of size 1',
      'ij,jk->ik',
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
    ),
    sample('rank 6', 'abcdef->fedcba', [[2, 1, 3, 1, 2, 2]], [2, 2, 1, 3, 1, 2]),
    sample('itself', 'ij->ij', [[2, 3]], [2, 3]),
    sample(
      'empty',
      'ij,jk->ik',
      [
        [0, 3],
        [3, 2],
      ],
      [0, 2],
      3,
    ),
    {
      ...sample(
        'over nothing',
        'ij,jk->ik',
        [
          [2, 0],
          [0, 2],
        ],
        [2, 2],
      ),
      expected: [0, 0, 0, 0],
    },
    sample('empty diagonal', 'ii->i', [[0, 0]], [0]),
    {
      title: 'repeated input',
      inputs: [float([3, 3])],
      out: [3, 3],
      run: ([x]) => einsum('ij,kj->ik', x, x),
      reduces: 6,
    },
    {
      title: 'NaN off the diagonal stays out',
      inputs: [floats([1, Number.NaN, Infinity, 2], [2, 2])],
      out: [2],
      run: ([x]) => einsum('ii->i', x),
      expected: [1, 2],
      gradient: 'none',
    },
  ],
  errors: [
    refused(
      'sizes',
      'ij,jk->ik',
      [
        [2, 3],
        [4, 5],
      ],
      "einsum: letter j of 'ij,jk->ik' is 3 in operand 0 [2, 3] and 4 in operand 1 [4, 5]; sizes must be equal or 1",
    ),
    refused(
      'sizes of ...',
      '...i,...i',
      [
        [2, 3],
        [4, 3],
      ],
      "einsum: axis -1 of ... of '...i,...i' is 2 in operand 0 [2, 3] and 4 in operand 1 [4, 3]; sizes must be equal or 1",
    ),
    refused(
      'diagonal',
      'ii->i',
      [[1, 3]],
      'einsum: letter i is 1 and 3 in operand 0 [1, 3]; a diagonal needs equal sizes',
    ),
    refused('too few operands', 'ij,jk->ik', [[2, 3]], "einsum: 'ij,jk->ik' is for 2 operands, came 1"),
    {
      title: 'no operands',
      inputs: [],
      run: () => void einsum('ij'),
      message: "einsum: 'ij' needs operands, came none",
    },
    refused('rank', 'ijk->i', [[2, 3]], "einsum: operand 0 [2, 3] has 2 axes, its term 'ijk' of 'ijk->i' names 3"),
    refused(
      'rank beside ...',
      'i...jk->i',
      [[2, 3]],
      "einsum: operand 0 [2, 3] has 2 axes, its term 'i...jk' of 'i...jk->i' names 3 and more",
    ),
    refused('unknown letter', 'ij->k', [[2, 3]], "einsum: letter k of the output of 'ij->k' is in no operand"),
    refused('output letter twice', 'ij->ii', [[2, 3]], "einsum: letter i comes twice in the output of 'ij->ii'"),
    refused(
      'output without ...',
      '...i->i',
      [[2, 3]],
      "einsum: the output of '...i->i' leaves out ..., which stands for 1 axes; write ... there, or name the axes to sum over",
    ),
    refused('digit', 'i1->i', [[2, 3]], `einsum: unexpected '1' at position 1 of 'i1->i'; ${allowed}`),
    refused('half an arrow', 'ij-i', [[2, 3]], `einsum: unexpected '-' at position 2 of 'ij-i'; ${allowed}`),
    refused('two arrows', 'ij->i->', [[2, 3]], `einsum: unexpected '-' at position 5 of 'ij->i->'; ${allowed}`),
    refused('two dots', '..ij', [[2, 3]], `einsum: unexpected '.' at position 0 of '..ij'; ${allowed}`),
    refused('two ellipses', '...i...', [[2, 3]], `einsum: unexpected '.' at position 4 of '...i...'; ${allowed}`),
    refused(
      'comma in the output',
      'ij->i,j',
      [[2, 3]],
      `einsum: unexpected ',' at position 5 of 'ij->i,j'; ${allowed}`,
    ),
    refused(
      'result of rank 7',
      'abcd,efg->abcdefg',
      [
        [1, 1, 1, 1],
        [1, 1, 1],
      ],
      'einsum: rank 7 of [1, 1, 1, 1, 1, 1, 1] is above 6',
    ),
    refused(
      'products of rank 8',
      'cdefgh,abefgh,abcdgh,abcdef->',
      [0, 1, 2, 3].map(() => [2, 2, 2, 2, 2, 2]),
      "einsum: every product of two operands of 'cdefgh,abefgh,abcdgh,abcdef->' has more than 6 axes; join letters that go together by reshape()",
    ),
    {
      title: 'dtypes',
      inputs: [float([1]), integers([1])],
      run: ([a, b]) => void einsum('i,i', a, b),
      message: 'einsum: dtypes differ, {float} and i32; cast() one of them',
    },
    {
      title: 'integers',
      inputs: [integers([1])],
      run: ([a]) => void einsum('i', a),
      message: 'einsum: expected a float tensor, came i32; cast() it',
    },
  ],
};
