import { bools, float, floats, integers, type OpSamples, unsigned } from '../../testing/sample.ts';
import { cumprod } from './cumprod.ts';

export const cumprodSamples: OpSamples = {
  class: 'rounded',
  goldens: { cumprod: ([x], { axis }) => cumprod(x, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => cumprod(x) },
    { title: 'rows', inputs: [float([3, 7], [-1.5, 1.5])], out: [3, 7], run: ([x]) => cumprod(x), reduces: 7 },
    {
      title: 'first axis',
      inputs: [float([3, 5], [-1.5, 1.5])],
      out: [3, 5],
      run: ([x]) => cumprod(x, { axis: 0 }),
      reduces: 3,
    },
    {
      title: 'middle axis',
      inputs: [float([2, 3, 5], [-1.5, 1.5])],
      out: [2, 3, 5],
      run: ([x]) => cumprod(x, { axis: -2 }),
      reduces: 3,
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 3, 1, 2, 2], [-1.5, 1.5])],
      out: [2, 1, 3, 1, 2, 2],
      run: ([x]) => cumprod(x, { axis: 2 }),
      reduces: 3,
    },
    {
      title: 'long',
      inputs: [float([2, 341], [-1.5, 1.5])],
      out: [2, 341],
      run: ([x]) => cumprod(x),
      // The composite multiplies 341 factors in another order: 18 roundings were measured.
      tolerance: 16,
    },
    {
      title: 'zeros',
      inputs: [floats([2, 0, 5, 3, 0, 0, 4, -2], [2, 4])],
      out: [2, 4],
      run: ([x]) => cumprod(x),
      expected: [2, 0, 0, 0, 0, 0, 0, 0],
    },
    {
      title: 'edges',
      inputs: [floats([1, Number.NaN, 0, Infinity, -1, 0, 2 ** 120, -4, 2 ** -120], [3, 3])],
      out: [3, 3],
      run: ([x]) => cumprod(x),
      expected: [1, Number.NaN, Number.NaN, Infinity, -Infinity, Number.NaN, 2 ** 120, -(2 ** 122), -4],
      gradient: 'none',
    },
    {
      title: 'i32',
      inputs: [integers([5, -7, 3, 65537, 65537, 2], [2, 3])],
      out: [2, 3],
      outDType: 'i32',
      run: ([x]) => cumprod(x),
      expected: [5, -35, -105, 65537, 131073, 262146],
    },
    {
      title: 'u32',
      inputs: [unsigned([2 ** 32 - 1, 2])],
      out: [2],
      outDType: 'u32',
      run: ([x]) => cumprod(x),
      expected: [2 ** 32 - 1, 2 ** 32 - 2],
    },
    {
      title: 'bool, first axis',
      inputs: [bools([1, 0, 1, 1], [2, 2])],
      out: [2, 2],
      outDType: 'i32',
      run: ([x]) => cumprod(x, { axis: 0 }),
      expected: [1, 0, 1, 0],
    },
    { title: 'no rows', inputs: [float([0, 3])], out: [0, 3], run: ([x]) => cumprod(x) },
    { title: 'empty rows', inputs: [float([3, 0])], out: [3, 0], run: ([x]) => cumprod(x) },
  ],
  errors: [
    {
      title: 'axis',
      inputs: [float([2, 3])],
      run: ([x]) => cumprod(x, { axis: 2 }),
      message: 'cumprod: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'fractional axis',
      inputs: [float([2, 3])],
      run: ([x]) => cumprod(x, { axis: 0.5 }),
      message: 'cumprod: axis 0.5 is outside a tensor of rank 2: expected -2 to 1',
    },
    {
      title: 'scalar',
      inputs: [float([])],
      run: ([x]) => cumprod(x),
      message: 'cumprod: axis -1 is outside a tensor of rank 0: expected 0 to -1',
    },
  ],
};
