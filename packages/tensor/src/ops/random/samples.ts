import { float, type OpSamples, type SampleTensor, unsigned } from '../../testing/sample.ts';
import { cast } from '../cast/cast.ts';
import { sum } from '../sum/sum.ts';
import { bernoulli, normalByKey, permutation, randomIntegers, truncatedNormalByKey, uniformByKey } from './random.ts';

const key: SampleTensor = unsigned([123, 4294967295]);

export const randomSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'uniform', inputs: [key], out: [3, 7], run: ([k]) => uniformByKey(k, [3, 7]) },
    // Random123's vector of key 0 and counter 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    {
      title: 'uniform, known words',
      inputs: [unsigned([0, 0])],
      out: [4],
      run: ([k]) => uniformByKey(k, [4]),
      expected: [0x6627e8, 0xe169c5, 0xbc57ac, 0x9b00db].map((w) => w * 2 ** -24),
    },
    { title: 'uniform, scalar', inputs: [key], out: [], run: ([k]) => uniformByKey(k, []) },
    {
      title: 'uniform, rank 6',
      inputs: [key],
      out: [2, 1, 3, 1, 2, 2],
      run: ([k]) => uniformByKey(k, [2, 1, 3, 1, 2, 2]),
    },
    { title: 'uniform, empty', inputs: [key], out: [0, 3], run: ([k]) => uniformByKey(k, [0, 3]) },
    { title: 'normal', inputs: [key], out: [3, 341], run: ([k]) => normalByKey(k, [3, 341]) },
    { title: 'normal, one element', inputs: [key], out: [1], run: ([k]) => normalByKey(k, [1]) },
    {
      title: 'bernoulli',
      inputs: [unsigned([0, 0])],
      out: [4],
      outDType: 'bool',
      run: ([k]) => bernoulli(k, [4], 0.625),
      expected: [1, 0, 0, 1],
    },
    {
      title: 'bernoulli, always',
      inputs: [key],
      out: [],
      run: ([k]) => sum(cast(bernoulli(k, [99], 1), k.backend.floatDType)),
      expected: [99],
    },
    {
      title: 'bernoulli, never',
      inputs: [key],
      out: [],
      run: ([k]) => sum(cast(bernoulli(k, [99], 0), k.backend.floatDType)),
      expected: [0],
    },
    { title: 'integers', inputs: [key], out: [5, 9], outDType: 'i32', run: ([k]) => randomIntegers(k, [5, 9], -3, 4) },
    {
      title: 'integers, widest',
      inputs: [key],
      out: [33],
      outDType: 'i32',
      run: ([k]) => randomIntegers(k, [33], -(2 ** 31), 2 ** 31),
    },
    {
      title: 'integers, one possible',
      inputs: [key],
      out: [2],
      outDType: 'i32',
      run: ([k]) => randomIntegers(k, [2], 7, 8),
      expected: [7, 7],
    },
    { title: 'truncated normal', inputs: [key], out: [7, 9], run: ([k]) => truncatedNormalByKey(k, [7, 9]) },
    {
      title: 'truncated normal, a tail',
      inputs: [key],
      out: [17],
      run: ([k]) => truncatedNormalByKey(k, [17], { mean: 1, std: 0.5, low: 2.5, high: Infinity }),
    },
    { title: 'permutation', inputs: [key], out: [19], outDType: 'i32', run: ([k]) => permutation(k, 19) },
    {
      title: 'permutation of known words',
      inputs: [unsigned([0, 0])],
      out: [4],
      outDType: 'i32',
      run: ([k]) => permutation(k, 4),
      expected: [0, 3, 2, 1],
    },
    { title: 'permutation of nothing', inputs: [key], out: [0], outDType: 'i32', run: ([k]) => permutation(k, 0) },
  ],
  errors: [
    {
      title: 'key',
      inputs: [float([2])],
      run: ([k]) => uniformByKey(k, [3]),
      message: 'uniformByKey: a key is a tensor u32 [2], came {float} [2]; make it with keyTensor()',
    },
    {
      title: 'key on the host',
      inputs: [float([1])],
      run: ([x]) => normalByKey([1, -1], [3], { backend: x.backend }),
      message: 'normalByKey: a key is two words of 32 bits, came [1, -1]; make it with rngKey()',
    },
    {
      title: 'shape',
      inputs: [key],
      run: ([k]) => uniformByKey(k, [2, -1]),
      message: 'uniformByKey: dimensions are whole numbers >= 0, came [2, -1]',
    },
    {
      title: 'p',
      inputs: [key],
      run: ([k]) => bernoulli(k, [3], 1.5),
      message: 'bernoulli: p must be in [0, 1], came 1.5',
    },
    {
      title: 'range',
      inputs: [key],
      run: ([k]) => randomIntegers(k, [3], 4, 4),
      message: 'randomIntegers: expected whole numbers low < high from -2^31 to 2^31, came 4 and 4',
    },
    {
      title: 'std',
      inputs: [key],
      run: ([k]) => truncatedNormalByKey(k, [3], { std: 0 }),
      message:
        'truncatedNormalByKey: expected a finite mean, std > 0 and low < high, came mean 0, std 0, low -2, high 2',
    },
    {
      title: 'bounds too far',
      inputs: [key],
      run: ([k]) => truncatedNormalByKey(k, [3], { low: 8, high: 9 }),
      message: 'truncatedNormalByKey: next to nothing of mean 0 and std 1 lies between 8 and 9; move the bounds nearer',
    },
    {
      title: 'length',
      inputs: [key],
      run: ([k]) => permutation(k, 2.5),
      message: 'permutation: n must be a whole number >= 0, came 2.5',
    },
  ],
};
