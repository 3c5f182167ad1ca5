// Tensors from a rule: ranges, grids of numbers, unit matrices, and constants like another tensor.

import {
  arange,
  createReferenceBackend,
  eye,
  fullLike,
  linspace,
  onesLike,
  type Tensor,
  tensor,
  useBackend,
  zerosLike,
} from '@omnigrad/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const backend = createReferenceBackend();
beforeAll(() => void useBackend(backend));
afterAll(() => void useBackend(undefined));

const values = (x: Tensor): number[] => {
  const out = [...x.readSync()];
  x.dispose();
  return out;
};

describe('arange', () => {
  it('counts up, down and in fractions', () => {
    expect(values(arange(4))).toEqual([0, 1, 2, 3]);
    expect(values(arange(2, 5))).toEqual([2, 3, 4]);
    expect(values(arange(5, 0, -2))).toEqual([5, 3, 1]);
    expect(values(arange(0, 1, 0.25))).toEqual([0, 0.25, 0.5, 0.75]);
    expect(values(arange(3, 3))).toEqual([]);
    expect(values(arange(3, 1))).toEqual([]);
  });
  it('takes a dtype', () => {
    const x = arange(3, { dtype: 'i32' });
    expect(x.dtype).toBe('i32');
    expect(values(x)).toEqual([0, 1, 2]);
    expect(values(arange(1, 6, 2, { dtype: 'i32' }))).toEqual([1, 3, 5]);
  });
  it('refuses what is no finite range', () => {
    expect(() => arange(0, 3, 0)).toThrow('arange: 0 to 3 in steps of 0 is no finite range');
    expect(() => arange(Infinity)).toThrow('arange: 0 to Infinity in steps of 1 is no finite range');
    expect(() => arange(0, NaN)).toThrow('arange: 0 to NaN in steps of 1 is no finite range');
  });
});

describe('linspace', () => {
  it('has both ends', () => {
    expect(values(linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(values(linspace(3, -3, 4))).toEqual([3, 1, -1, -3]);
    expect(values(linspace(2, 5, 1))).toEqual([2]);
    expect(values(linspace(2, 5, 0))).toEqual([]);
    expect(values(linspace(0, 0.7, 8)).at(-1)).toBe(0.7);
  });
  it('refuses counts that are none', () => {
    expect(() => linspace(0, 1, -1)).toThrow('linspace: -1 numbers from 0 to 1 are no finite range');
    expect(() => linspace(0, 1, 1.5)).toThrow('linspace: 1.5 numbers from 0 to 1 are no finite range');
  });
});

describe('eye and the likes', () => {
  it('has ones on the diagonal', () => {
    expect(values(eye(2))).toEqual([1, 0, 0, 1]);
    const wide = eye(2, 3, { dtype: 'bool' });
    expect([wide.shape, wide.dtype]).toEqual([[2, 3], 'bool']);
    expect(values(wide)).toEqual([1, 0, 0, 0, 1, 0]);
    expect(values(eye(0))).toEqual([]);
    expect(() => eye(-1)).toThrow('eye: dimensions are whole numbers >= 0, came [-1, -1]');
  });
  it('takes shape and dtype of another tensor', () => {
    const x = tensor(Int32Array.of(1, 2), [1, 2]);
    const like = fullLike(x, 7);
    expect([like.shape, like.dtype]).toEqual([[1, 2], 'i32']);
    expect(values(like)).toEqual([7, 7]);
    expect(values(zerosLike(x))).toEqual([0, 0]);
    const floats = onesLike(x, { dtype: 'f64' });
    expect(floats.dtype).toBe('f64');
    expect(values(floats)).toEqual([1, 1]);
    x.dispose();
  });
  it('leaves nothing behind', () => {
    expect(backend.memory().inUse).toBe(0);
  });
});
