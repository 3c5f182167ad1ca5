// Errors of the elementary functions in ULP of f32, over sweeps of their whole range. Results under 2^-126 may be 0.

import type { UnaryFn } from '@omnigrad/tensor';
import { unaryOracle } from '@omnigrad/tensor/testing';
import { expect, it } from 'vitest';
import { runKernel } from './support.ts';

const leastNormal = 2 ** -126;

/** Distance from `got` to `want` in units of the last place of an f32 of that size (smallest: that of 2^-126). */
const ulps = (got: number, want: number): number => {
  if (Math.abs(want) < leastNormal) return Math.abs(got - want) < leastNormal ? 0 : Infinity;
  return Math.abs(got - want) / 2 ** (Math.floor(Math.log2(Math.abs(want))) - 23);
};

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0];

/** f32 values from every binade between two positive bounds, and their negatives where asked. */
const sweep = (from: number, to: number, negatives: boolean, count = 60_000): Float32Array => {
  const [first, last] = [bitsOf(from), bitsOf(to)];
  const bits = Uint32Array.from({ length: count }, (_, i) => first + Math.round(((last - first) * i) / (count - 1)));
  const positive = new Float32Array(bits.buffer);
  return negatives ? Float32Array.from([...positive, ...positive.map((x) => -x)]) : positive;
};

const worst = async (fn: UnaryFn, x: Float32Array): Promise<{ ulp: number; x: number }> => {
  const [, y] = await runKernel('unary', [x, new Float32Array(x.length)], { fn, n: x.length });
  let found = { ulp: 0, x: 0 };
  for (let i = 0; i < x.length; i++) {
    const want = unaryOracle[fn](x[i]);
    if (Math.abs(want) > 3.4028235e38) {
      expect(Math.abs(y[i])).toBe(Infinity);
      continue;
    }
    const ulp = ulps(y[i], want);
    if (!(ulp <= found.ulp)) found = { ulp, x: x[i] };
  }
  return found;
};

it.each([
  ['exp', sweep(1e-8, 104, true), 1.5],
  ['exp2', sweep(1e-8, 149, true), 1.5],
  ['expm1', sweep(1e-30, 88.9, true), 2],
  ['log', sweep(1e-45, 3.4e38, false), 1.5],
  ['log2', sweep(1e-45, 3.4e38, false), 2],
  ['log2', sweep(0.7, 1.5, false), 2.5],
  ['log10', sweep(1e-45, 3.4e38, false), 2],
  ['log10', sweep(0.7, 1.5, false), 2.5],
  ['log1p', sweep(1e-30, 3.4e38, false), 2],
  ['log1p', sweep(1e-30, 0.999999, false).map((x) => -x), 2],
  ['log', sweep(0.7, 1.5, false), 1.5],
  ['tanh', sweep(1e-30, 100, true), 3],
  ['erf', sweep(1e-30, 10, true), 3],
  ['sin', sweep(1e-30, 8e6, true), 2],
  ['cos', sweep(1e-30, 8e6, true), 2],
  ['tan', sweep(1e-30, 8e6, true), 3],
  ['sin', sweep(1e6, 3.4e38, true), 2],
  ['cos', sweep(1000, 10_000, true), 2],
  ['asin', sweep(1e-30, 1, true), 2.5],
  ['acos', sweep(1e-8, 1, true), 3],
  ['atan', sweep(1e-30, 3e38, true), 2],
  ['asinh', sweep(1e-30, 3e38, true), 2],
  ['acosh', sweep(1, 3e38, false), 2.5],
  ['acosh', sweep(1, 2, false), 2.5],
  ['atanh', sweep(1e-30, 0.9999999, true), 2.5],
  ['sinh', sweep(1e-30, 90, true), 2],
  ['cosh', sweep(1e-8, 90, true), 2],
  ['sigmoid', sweep(1e-8, 80, true), 4],
  ['softplus', sweep(1e-8, 80, true), 4],
  ['sqrt', sweep(leastNormal, 3.4e38, false), 0.501],
  ['rsqrt', sweep(leastNormal, 3.4e38, false), 1.5],
  ['reciprocal', sweep(leastNormal, 8e37, true), 0.501],
  ['softsign', sweep(1e-30, 3.4e38, true), 1.6],
] as const)('%s stays within its error', async (fn, x, limit) => {
  const { ulp, x: at } = await worst(fn, x);
  if (process.env.OMNIGRAD_SHOW_ULP) console.log(fn, ulp.toFixed(3), at);
  expect(ulp, `at ${at}`).toBeLessThanOrEqual(limit);
});

it.each(['gelu', 'geluTanh', 'silu'] as const)('%s keeps relative accuracy down its lower tail', async (fn) => {
  const x = sweep(1e-6, 8, true);
  const [, y] = await runKernel('unary', [x, new Float32Array(x.length)], { fn, n: x.length });
  let largest = 0;
  x.forEach((v, i) => {
    largest = Math.max(largest, Math.abs(y[i] / unaryOracle[fn](v) - 1));
  });
  if (process.env.OMNIGRAD_SHOW_ULP) console.log(fn, 'relative', largest);
  expect(largest).toBeLessThanOrEqual(fn === 'geluTanh' ? 2e-5 : 1e-6);
});
