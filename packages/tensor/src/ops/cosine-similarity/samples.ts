import { grad } from '../../tape.ts';
import { float, floats, integers, type OpSamples } from '../../testing/sample.ts';
import { sum } from '../sum/sum.ts';
import { cosineSimilarity } from './cosine-similarity.ts';

const nan = Number.NaN;

export const cosineSimilaritySamples: OpSamples = {
  class: 'reduction',
  goldens: {
    'cosine-similarity': ([a, b], { axis = -1, eps = 1e-8 }) => cosineSimilarity(a, b, { axis, eps }),
  },
  samples: [
    {
      title: 'one element',
      inputs: [floats([-3]), floats([2])],
      out: [],
      run: ([a, b]) => cosineSimilarity(a, b),
      expected: [-1],
      gradient: 'none',
    },
    {
      title: 'rows',
      inputs: [float([3, 5]), float([3, 5])],
      out: [3],
      run: ([a, b]) => cosineSimilarity(a, b),
      reduces: 5,
      terms: 1,
    },
    {
      title: 'axis 1 of rank 6, broadcast',
      inputs: [float([2, 4, 1, 1, 2, 1]), float([4, 3, 1, 1, 2])],
      out: [2, 3, 1, 2, 2],
      run: ([a, b]) => cosineSimilarity(a, b, { axis: 1 }),
      reduces: 4,
      terms: 1,
    },
    {
      title: 'edges',
      inputs: [
        floats([3, 4, 1e4, 1e4, 0, 0, nan, 1, 1e-5, 0], [5, 2]),
        floats([4, 3, -1e4, -1e4, 1, 2, 1, 1, 1, 0], [5, 2]),
      ],
      out: [5],
      run: ([a, b]) => cosineSimilarity(a, b),
      expected: [0.96, -1, 0, nan, 1],
      gradient: 'none',
      tolerance: 2,
    },
    {
      title: 'gradient at the zero vector',
      inputs: [floats([0, 0]), floats([3, 4])],
      out: [2],
      run: ([a, b]) => grad(() => cosineSimilarity(a, b, { eps: 0.5 }), [a])[0],
      expected: [1.2, 1.6],
      gradient: 'none',
    },
    {
      title: 'gradient at two zero vectors',
      inputs: [floats([0, 0]), floats([0, 0])],
      out: [2],
      run: ([a, b]) => grad(() => sum(cosineSimilarity(a, b)), [a])[0],
      expected: [0, 0],
      gradient: 'none',
    },
    {
      title: 'no vectors',
      inputs: [float([0, 3]), float([0, 3])],
      out: [0],
      run: ([a, b]) => cosineSimilarity(a, b),
    },
    {
      title: 'vectors of no elements',
      inputs: [float([2, 0]), float([2, 0])],
      out: [2],
      run: ([a, b]) => cosineSimilarity(a, b),
      expected: [0, 0],
    },
  ],
  errors: [
    {
      title: 'shapes',
      inputs: [float([2, 3]), float([2, 4])],
      run: ([a, b]) => cosineSimilarity(a, b),
      message:
        'cosineSimilarity: shapes do not broadcast, a [2, 3], b [2, 4]: 3 != 4 at axis -1; reshape or expand one of them',
    },
    {
      title: 'vectors that broadcast',
      inputs: [float([2, 3]), float([2, 1])],
      run: ([a, b]) => cosineSimilarity(a, b),
      message: 'cosineSimilarity: vectors differ in length along axis -1, a [2, 3], b [2, 1]; expand one of them',
    },
    {
      title: 'axis',
      inputs: [float([3]), float([3])],
      run: ([a, b]) => cosineSimilarity(a, b, { axis: 1 }),
      message: 'cosineSimilarity: axis 1 is outside a tensor of rank 1: expected -1 to 0',
    },
    {
      title: 'eps',
      inputs: [float([3]), float([3])],
      run: ([a, b]) => cosineSimilarity(a, b, { eps: 0 }),
      message: 'cosineSimilarity: eps is a finite number > 0, came 0',
    },
    {
      title: 'integers',
      inputs: [integers([1, 2]), integers([1, 2])],
      run: ([a, b]) => cosineSimilarity(a, b),
      message: 'cosineSimilarity: expected a float tensor, came i32; cast() it',
    },
  ],
};
