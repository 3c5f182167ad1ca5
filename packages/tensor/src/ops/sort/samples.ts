import type { Tensor } from '../../tensor.ts';
import { bools, type ErrorSample, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { argsort, sort, topK } from './sort.ts';

const edges = [1, Number.NaN, 0, -0, Infinity, -Infinity, Number.NaN, -1e4, 1e4, 0];

const badK = (title: string, k: number, message: string): ErrorSample => ({
  title,
  inputs: [float([4, 3])],
  run: ([x]) => topK(x, { k }),
  message,
});

const values = ([x]: readonly Tensor[]): Tensor => sort(x).values;

export const sortSamples: OpSamples = {
  class: 'exact',
  goldens: {
    sort: ([x], { axis, descending }) => sort(x, { axis, descending }).values,
    'top-k': ([x], { axis, k = 0, largest }) => topK(x, { axis, k, largest }).values,
  },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: values },
    { title: 'rows', inputs: [float([3, 7])], out: [3, 7], run: values },
    {
      title: 'first axis, descending',
      inputs: [float([5, 3])],
      out: [5, 3],
      run: ([x]) => sort(x, { axis: 0, descending: true }).values,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => sort(x, { axis: -4 }).values,
    },
    { title: 'long', inputs: [float([2, 341])], out: [2, 341], run: values },
    {
      title: 'long, with many ties, where they stood',
      inputs: [{ shape: [341], idsBelow: 7 }],
      out: [341],
      outDType: 'i32',
      run: ([x]) => argsort(x, { descending: true }),
    },
    {
      title: 'about where the method changes',
      inputs: [float([3, 49])],
      out: [3, 49],
      outDType: 'i32',
      run: ([x]) => argsort(x),
    },
    {
      title: 'edges',
      inputs: [floats(edges)],
      out: [10],
      run: values,
      expected: [-Infinity, -1e4, 0, 0, 0, 1, 1e4, Infinity, Number.NaN, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'edges, where they stood',
      inputs: [floats(edges)],
      out: [10],
      outDType: 'i32',
      run: ([x]) => argsort(x),
      expected: [5, 7, 2, 3, 9, 0, 8, 4, 1, 6],
    },
    {
      title: 'edges, descending, where they stood',
      inputs: [floats(edges)],
      out: [10],
      outDType: 'i32',
      run: ([x]) => sort(x, { descending: true }).indices,
      expected: [1, 6, 4, 8, 0, 2, 3, 9, 7, 5],
    },
    {
      title: 'edges in a long row',
      inputs: [floats([...edges, ...edges, ...edges, ...edges, ...edges, ...edges])],
      out: [60],
      outDType: 'i32',
      run: ([x]) => argsort(x),
    },
    {
      title: 'i32',
      inputs: [integers([3, -(2 ** 31), 2 ** 31 - 1, -1, 0])],
      out: [5],
      outDType: 'i32',
      run: values,
      expected: [-(2 ** 31), -1, 0, 3, 2 ** 31 - 1],
    },
    {
      title: 'u32',
      inputs: [unsigned([3, 2 ** 31, 2 ** 32 - 1, 0])],
      out: [4],
      outDType: 'u32',
      run: ([x]) => sort(x, { descending: true }).values,
      expected: [2 ** 32 - 1, 2 ** 31, 3, 0],
    },
    { title: 'bool', inputs: [bools([1, 0, 1])], out: [3], outDType: 'bool', run: values, expected: [0, 1, 1] },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: values },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: values },
    { title: 'top 3', inputs: [float([3, 7])], out: [3, 3], run: ([x]) => topK(x, { k: 3 }).values },
    {
      title: 'smallest 2 of the first axis',
      inputs: [float([5, 3])],
      out: [2, 3],
      run: ([x]) => topK(x, { k: 2, axis: 0, largest: false }).values,
    },
    {
      title: 'top 2 of ties, where they stood',
      inputs: [floats([1, 3, 3, 3, 2, 2], [2, 3])],
      out: [2, 2],
      outDType: 'i32',
      run: ([x]) => topK(x, { k: 2, sorted: false }).indices,
      expected: [1, 2, 0, 1],
    },
    { title: 'top 5 of a long row', inputs: [float([2, 341])], out: [2, 5], run: ([x]) => topK(x, { k: 5 }).values },
    { title: 'top 0', inputs: [float([2, 3])], out: [2, 0], run: ([x]) => topK(x, { k: 0 }).values },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => sort(x, { axis: 2 }),
      message: 'sort: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'axis of argsort',
      inputs: [float([])],
      run: ([x]) => argsort(x),
      message: 'argsort: axis -1 is outside a tensor of rank 0: expected 0 to -1',
    },
    {
      title: 'axis of topK',
      inputs: [float([2])],
      run: ([x]) => topK(x, { k: 1, axis: 0.5 }),
      message: 'topK: axis 0.5 is outside a tensor of rank 1: expected -1 to 0',
    },
    badK('k too large', 4, 'topK: k 4 is not a whole number from 0 to 3, the size of axis 1 of [4, 3]'),
    badK('k negative', -1, 'topK: k -1 is not a whole number from 0 to 3, the size of axis 1 of [4, 3]'),
    badK('k fractional', 1.5, 'topK: k 1.5 is not a whole number from 0 to 3, the size of axis 1 of [4, 3]'),
    badK('k NaN', Number.NaN, 'topK: k NaN is not a whole number from 0 to 3, the size of axis 1 of [4, 3]'),
  ],
};
