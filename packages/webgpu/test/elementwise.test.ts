import type { UnaryFn } from '@omnigrad/tensor';
import { call, input } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { launchOf } from '../src/kernels/table.ts';
import { checkKernel, exact, few, normals, rounding, runKernel, type Tolerance } from './support.ts';

const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 100, 1027, 2047, 2048, 2049, 5000];

const unaryTolerance: { readonly [F in UnaryFn]: Tolerance } = {
  neg: exact,
  abs: exact,
  sign: exact,
  floor: exact,
  ceil: exact,
  round: exact,
  trunc: exact,
  exp: few,
  exp2: few,
  expm1: few,
  log: few,
  log2: few,
  log10: few,
  log1p: few,
  sqrt: exact,
  rsqrt: rounding,
  reciprocal: exact,
  square: exact,
  tanh: few,
  sigmoid: few,
  relu: exact,
  gelu: few,
  geluTanh: few,
  erf: few,
  silu: few,
  softplus: few,
  sin: few,
  cos: few,
  tan: few,
  sinh: few,
  cosh: few,
  asin: few,
  acos: few,
  atan: few,
  asinh: few,
  acosh: few,
  atanh: few,
  softsign: rounding,
};
const unaryNames = Object.keys(unaryTolerance) as UnaryFn[];
const positive: ReadonlySet<UnaryFn> = new Set(['log', 'log2', 'log10', 'log1p', 'sqrt', 'rsqrt']);

describe('unary', () => {
  it.each(unaryNames)('%s agrees with float64 for every size', async (fn) => {
    for (const n of sizes) {
      const x = normals(n, n, 2);
      const operand = positive.has(fn) ? x.map(Math.abs) : x;
      await checkKernel('unary', [operand, new Float32Array(n)], { fn, n }, unaryTolerance[fn]);
    }
  });

  it.each([
    ['exp', [-Infinity, -200, 89, Infinity, NaN, 0, -0], [0, 0, Infinity, Infinity, NaN, 1, 1]],
    ['log', [0, -0, -1, Infinity, -Infinity, NaN, 1], [-Infinity, -Infinity, NaN, Infinity, NaN, NaN, 0]],
    ['log', [-1e30, -3.4e38, -1e-30, 2 ** -126], [NaN, NaN, NaN, Math.log(2 ** -126)]],
    ['tanh', [-Infinity, -50, 50, 88.8, -104, Infinity, NaN, 0, 1e-30], [-1, -1, 1, 1, -1, 1, NaN, 0, 1e-30]],
    ['sigmoid', [-Infinity, -200, 200, Infinity, NaN, 0], [0, 0, 1, 1, NaN, 0.5]],
    ['relu', [-Infinity, -1, 0, 1, Infinity, NaN], [0, 0, 0, 1, Infinity, NaN]],
    ['gelu', [-200, -20, 0, 200, Infinity, NaN, -Infinity], [0, 0, 0, 200, Infinity, NaN, NaN]],
    ['erf', [-Infinity, -10, 10, Infinity, NaN, 0], [-1, -1, 1, 1, NaN, 0]],
    ['softplus', [-Infinity, -200, 200, Infinity, NaN], [0, 0, 200, Infinity, NaN]],
    ['silu', [-200, 200, Infinity, NaN, -Infinity], [0, 200, Infinity, NaN, NaN]],
    ['sin', [Infinity, -Infinity, NaN, 0], [NaN, NaN, NaN, 0]],
    ['cos', [Infinity, -Infinity, NaN, 0], [NaN, NaN, NaN, 1]],
    ['sign', [-Infinity, -2, -0, 0, 3, NaN], [-1, -1, -0, 0, 1, NaN]],
    ['neg', [-Infinity, -2, 0, 3, NaN], [Infinity, 2, -0, -3, NaN]],
    ['abs', [-Infinity, -2, -0, 3, NaN], [Infinity, 2, 0, 3, NaN]],
    ['square', [-Infinity, -2, 0, 3, NaN], [Infinity, 4, 0, 9, NaN]],
    [
      'floor',
      [-1.5, -0.5, -0, 1.5, Infinity, NaN, 16777217, 2 ** 40],
      [-2, -1, -0, 1, Infinity, NaN, 16777216, 2 ** 40],
    ],
    ['ceil', [-1.5, -0.5, -0, 1.5, -Infinity, NaN], [-1, -0, -0, 2, -Infinity, NaN]],
    ['round', [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 2.6, Infinity, NaN], [-2, -2, -0, 0, 2, 2, 4, 3, Infinity, NaN]],
    ['trunc', [-1.5, -0.5, 0.5, 1.5, -Infinity, NaN], [-1, -0, 0, 1, -Infinity, NaN]],
    [
      'exp2',
      [-Infinity, -200, -126, -3, 0, 10, 127, 128, Infinity, NaN],
      [0, 0, 2 ** -126, 0.125, 1, 1024, 2 ** 127, Infinity, Infinity, NaN],
    ],
    ['expm1', [-Infinity, -1e4, 89, Infinity, NaN, 0, 1e-30], [-1, -1, Infinity, Infinity, NaN, 0, 1e-30]],
    ['log2', [0, -1, Infinity, NaN, 1, 8, 2 ** -126, 2 ** 127], [-Infinity, NaN, Infinity, NaN, 0, 3, -126, 127]],
    ['log10', [0, -1, Infinity, NaN, 1, 10], [-Infinity, NaN, Infinity, NaN, 0, 1]],
    ['log1p', [-1, -2, Infinity, -Infinity, NaN, 0, 1e-30], [-Infinity, NaN, Infinity, NaN, NaN, 0, 1e-30]],
    ['geluTanh', [-200, -1e30, 0, 200, Infinity, NaN], [0, 0, 0, 200, Infinity, NaN]],
    ['tan', [Infinity, -Infinity, NaN, 0, 1e-30], [NaN, NaN, NaN, 0, 1e-30]],
    [
      'sinh',
      [-Infinity, -200, 200, Infinity, NaN, 0, 1e-30],
      [-Infinity, -Infinity, Infinity, Infinity, NaN, 0, 1e-30],
    ],
    ['cosh', [-Infinity, -200, 200, Infinity, NaN, 0], [Infinity, Infinity, Infinity, Infinity, NaN, 1]],
    ['asin', [-1, 1, 0, 1e-30, -2, Infinity, NaN], [-Math.PI / 2, Math.PI / 2, 0, 1e-30, NaN, NaN, NaN]],
    ['acos', [-1, 1, -2, Infinity, -Infinity, NaN], [Math.PI, 0, NaN, NaN, NaN, NaN]],
    ['atan', [-Infinity, Infinity, 3e38, 0, 1e-30, NaN], [-Math.PI / 2, Math.PI / 2, Math.PI / 2, 0, 1e-30, NaN]],
    ['asinh', [-Infinity, Infinity, 0, 1e-30, NaN], [-Infinity, Infinity, 0, 1e-30, NaN]],
    ['acosh', [1, 0.5, -3, Infinity, -Infinity, NaN], [0, NaN, NaN, Infinity, NaN, NaN]],
    ['atanh', [-1, 1, 0, 1e-30, 2, -2, Infinity, NaN], [-Infinity, Infinity, 0, 1e-30, NaN, NaN, NaN, NaN]],
    ['softsign', [-1e4, 0, 3, 3e38, Infinity, NaN], [-1e4 / 10001, 0, 0.75, 1, NaN, NaN]],
    ['sqrt', [-1, 0, Infinity, NaN, -Infinity], [NaN, 0, Infinity, NaN, NaN]],
    ['rsqrt', [0, Infinity, NaN, -1], [Infinity, 0, NaN, NaN]],
    ['reciprocal', [0, -0, Infinity, NaN], [Infinity, -Infinity, 0, NaN]],
  ] as const)('%s at its limits', async (fn, x, want) => {
    const [, got] = await runKernel('unary', [Float32Array.from(x), new Float32Array(x.length)], { fn, n: x.length });
    expect(Array.from(got, (v) => v + 0)).toEqual(Array.from(want, (v) => Math.fround(v) + 0));
  });

  it('keeps sines and cosines of huge numbers', async () => {
    const x = Float32Array.from([1e8, 1e12, -1e20, 1e30, -3.4e38]);
    for (const fn of ['sin', 'cos', 'tan'] as const) {
      await checkKernel('unary', [x, new Float32Array(x.length)], { fn, n: x.length }, few);
    }
  });

  it('launches by size alone', () => {
    const of = (n: number) =>
      launchOf('exp', call('unary', [input(0), input(1)], { fn: 'exp', n }), {
        ...leastAbilities,
        workgroupsPerAxis: 3,
      });
    expect(of(0).dispatches).toEqual([]);
    expect(of(1).dispatches[0].workgroups).toEqual([1, 1, 1]);
    expect(of(2049).dispatches[0].workgroups).toEqual([2, 1, 1]);
    expect(of(8 * 2048).dispatches[0].workgroups).toEqual([3, 3, 1]);
    expect(of(8).dispatches[0].constants).toEqual(of(8 * 2048).dispatches[0].constants);
  });
});
