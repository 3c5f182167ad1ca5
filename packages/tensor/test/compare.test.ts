// The comparisons that every other test relies on.

import { assertClose, compareArrays, readGolden, toleranceFor, ulpOf } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { errorOf } from './support.ts';

describe('compareArrays', () => {
  it('reports the worst element beside what is allowed', () => {
    // 1e-3 on 1 is worse than 5e-3 on 1000.
    const c = compareArrays([1000.005, 1.001, 3], [1000, 1, 3], { relative: 1e-6 });
    expect(c).toMatchObject({ ok: false, failures: 2, index: 1, got: 1.001, want: 1 });
    expect(c.absolute).toBeCloseTo(0.001, 10);
    expect(c.allowed).toBe(1e-6);
  });

  it('counts in units of the last place of either type', () => {
    expect(compareArrays([1 + 2 ** -22], [1], { dtype: 'f32' }).ulps).toBe(2);
    expect(compareArrays([1 + 2 ** -50], [1], { dtype: 'f64' }).ulps).toBe(4);
    expect([ulpOf(1, 'f32'), ulpOf(0.75, 'f32'), ulpOf(0, 'f32')]).toEqual([2 ** -23, 2 ** -24, 2 ** -149]);
    expect(ulpOf(-4, 'f64')).toBe(2 ** -50);
  });

  it('lets NaN equal only NaN, infinities only themselves, and 0 and -0 each other', () => {
    const loose = { absolute: 1e300 };
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    expect(compareArrays([nan, inf, -inf, 0], [nan, inf, -inf, -0], {}).ok).toBe(true);
    expect(compareArrays([nan], [0], loose).ok).toBe(false);
    expect(compareArrays([0], [nan], loose).ok).toBe(false);
    expect(compareArrays([inf], [1e308], loose).ok).toBe(false);
    expect(compareArrays([1e308], [inf], loose).ok).toBe(false);
    expect(compareArrays([inf], [-inf], loose).ok).toBe(false);
  });

  it('takes the largest finite value as the scale', () => {
    const tolerance = { ofLargest: 1e-3 };
    expect(compareArrays([0.05, 100, Infinity], [0, 100, Infinity], tolerance).ok).toBe(true);
    expect(compareArrays([0.2, 100, Infinity], [0, 100, Infinity], tolerance).ok).toBe(false);
  });

  it('refuses arrays of two lengths, and accepts empty ones', () => {
    expect(errorOf(() => compareArrays([1], [1, 2], {}))).toBe('Error: compareArrays: 1 elements came, 2 were wanted');
    expect(compareArrays([], [], {}).ok).toBe(true);
  });
});

it('assertClose says where and how far', () => {
  expect(errorOf(() => assertClose('softmax', [1, 2.5], [1, 2], { relative: 0.125, dtype: 'f32' }))).toBe(
    'Error: softmax: 1 of 2 elements differ; worst at 1: got 2.5, want 2, abs 0.500, rel 0.250, 2.10e+6 ulp, allowed 0.250',
  );
  expect(errorOf(() => assertClose('exact', [0.1], [0.1], {}))).toBe('nothing was thrown');
});

it('a tolerance grows with the square root of the length of a sum', () => {
  const of = (reduces: number): number => toleranceFor('f32', 'product', { reduces }).ofLargest ?? 0;
  expect(of(400) / of(4)).toBeCloseTo(10, 12);
  expect(toleranceFor('f32', 'exact')).toEqual({ relative: 0, ofLargest: 0, absolute: 0, dtype: 'f32' });
});

it('readGolden reads a safetensors file', () => {
  const header = JSON.stringify({
    __metadata__: { cases: '["a"]' },
    'a/in0': { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
    'a/out': { dtype: 'F64', shape: [], data_offsets: [0, 8] },
  });
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(new Uint8Array(Float64Array.of(0.1).buffer), 8 + text.length);
  bytes.set(new Uint8Array(Float32Array.of(1, -2).buffer), 16 + text.length);
  const { tensors, metadata } = readGolden(bytes);
  expect(metadata).toEqual({ cases: '["a"]' });
  expect(tensors.get('a/out')).toEqual({ shape: [], data: Float64Array.of(0.1) });
  expect(tensors.get('a/in0')).toEqual({ shape: [2], data: Float32Array.of(1, -2) });
});
