// Cases of the kernels that work element by element: unary functions, casts, fills.

import type { UnaryFn } from '../../cpu-plan.ts';
import type { NumericArray } from '../../dtype.ts';
import {
  drawNormals,
  exact,
  expectAtMost,
  expectSame,
  few,
  type KernelCase,
  rounding,
  type Tolerance,
  zeros,
} from './kernel-case.ts';

/** About the widths of vectors and of workgroups. */
const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 100, 1027, 2047, 2048, 2049, 5000];

const tolerances: { readonly [F in UnaryFn]: Tolerance } = {
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
const names = Object.keys(tolerances) as UnaryFn[];
const positive: ReadonlySet<UnaryFn> = new Set(['log', 'log2', 'log10', 'log1p', 'sqrt', 'rsqrt']);

export const unaryNames: readonly UnaryFn[] = names;

type Limits = readonly [fn: UnaryFn, x: readonly number[], want: readonly number[]];

const limits: readonly Limits[] = [
  ['exp', [-Infinity, -200, 89, Infinity, Number.NaN, 0, -0], [0, 0, Infinity, Infinity, Number.NaN, 1, 1]],
  [
    'log',
    [0, -0, -1, Infinity, -Infinity, Number.NaN, 1],
    [-Infinity, -Infinity, Number.NaN, Infinity, Number.NaN, Number.NaN, 0],
  ],
  ['log', [-1e30, -3.4e38, -1e-30, 2 ** -126], [Number.NaN, Number.NaN, Number.NaN, Math.log(2 ** -126)]],
  [
    'tanh',
    [-Infinity, -50, 50, 88.8, -104, Infinity, Number.NaN, 0, 1e-30],
    [-1, -1, 1, 1, -1, 1, Number.NaN, 0, 1e-30],
  ],
  ['sigmoid', [-Infinity, -200, 200, Infinity, Number.NaN, 0], [0, 0, 1, 1, Number.NaN, 0.5]],
  ['relu', [-Infinity, -1, 0, 1, Infinity, Number.NaN], [0, 0, 0, 1, Infinity, Number.NaN]],
  ['gelu', [-200, -20, 0, 200, Infinity, Number.NaN, -Infinity], [0, 0, 0, 200, Infinity, Number.NaN, Number.NaN]],
  ['erf', [-Infinity, -10, 10, Infinity, Number.NaN, 0], [-1, -1, 1, 1, Number.NaN, 0]],
  ['softplus', [-Infinity, -200, 200, Infinity, Number.NaN], [0, 0, 200, Infinity, Number.NaN]],
  ['silu', [-200, 200, Infinity, Number.NaN, -Infinity], [0, 200, Infinity, Number.NaN, Number.NaN]],
  ['sin', [Infinity, -Infinity, Number.NaN, 0], [Number.NaN, Number.NaN, Number.NaN, 0]],
  ['cos', [Infinity, -Infinity, Number.NaN, 0], [Number.NaN, Number.NaN, Number.NaN, 1]],
  ['sign', [-Infinity, -2, -0, 0, 3, Number.NaN], [-1, -1, -0, 0, 1, Number.NaN]],
  ['neg', [-Infinity, -2, 0, 3, Number.NaN], [Infinity, 2, -0, -3, Number.NaN]],
  ['abs', [-Infinity, -2, -0, 3, Number.NaN], [Infinity, 2, 0, 3, Number.NaN]],
  ['square', [-Infinity, -2, 0, 3, Number.NaN], [Infinity, 4, 0, 9, Number.NaN]],
  [
    'floor',
    [-1.5, -0.5, -0, 1.5, Infinity, Number.NaN, 16777217, 2 ** 40],
    [-2, -1, -0, 1, Infinity, Number.NaN, 16777216, 2 ** 40],
  ],
  ['ceil', [-1.5, -0.5, -0, 1.5, -Infinity, Number.NaN], [-1, -0, -0, 2, -Infinity, Number.NaN]],
  [
    'round',
    [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 2.6, Infinity, Number.NaN],
    [-2, -2, -0, 0, 2, 2, 4, 3, Infinity, Number.NaN],
  ],
  ['trunc', [-1.5, -0.5, 0.5, 1.5, -Infinity, Number.NaN], [-1, -0, 0, 1, -Infinity, Number.NaN]],
  [
    'exp2',
    [-Infinity, -200, -126, -3, 0, 10, 127, 128, Infinity, Number.NaN],
    [0, 0, 2 ** -126, 0.125, 1, 1024, 2 ** 127, Infinity, Infinity, Number.NaN],
  ],
  ['expm1', [-Infinity, -1e4, 89, Infinity, Number.NaN, 0, 1e-30], [-1, -1, Infinity, Infinity, Number.NaN, 0, 1e-30]],
  [
    'log2',
    [0, -1, Infinity, Number.NaN, 1, 8, 2 ** -126, 2 ** 127],
    [-Infinity, Number.NaN, Infinity, Number.NaN, 0, 3, -126, 127],
  ],
  ['log10', [0, -1, Infinity, Number.NaN, 1, 10], [-Infinity, Number.NaN, Infinity, Number.NaN, 0, 1]],
  [
    'log1p',
    [-1, -2, Infinity, -Infinity, Number.NaN, 0, 1e-30],
    [-Infinity, Number.NaN, Infinity, Number.NaN, Number.NaN, 0, 1e-30],
  ],
  ['geluTanh', [-200, -1e30, 0, 200, Infinity, Number.NaN], [0, 0, 0, 200, Infinity, Number.NaN]],
  ['tan', [Infinity, -Infinity, Number.NaN, 0, 1e-30], [Number.NaN, Number.NaN, Number.NaN, 0, 1e-30]],
  [
    'sinh',
    [-Infinity, -200, 200, Infinity, Number.NaN, 0, 1e-30],
    [-Infinity, -Infinity, Infinity, Infinity, Number.NaN, 0, 1e-30],
  ],
  ['cosh', [-Infinity, -200, 200, Infinity, Number.NaN, 0], [Infinity, Infinity, Infinity, Infinity, Number.NaN, 1]],
  [
    'asin',
    [-1, 1, 0, 1e-30, -2, Infinity, Number.NaN],
    [-Math.PI / 2, Math.PI / 2, 0, 1e-30, Number.NaN, Number.NaN, Number.NaN],
  ],
  ['acos', [-1, 1, -2, Infinity, -Infinity, Number.NaN], [Math.PI, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
  [
    'atan',
    [-Infinity, Infinity, 3e38, 0, 1e-30, Number.NaN],
    [-Math.PI / 2, Math.PI / 2, Math.PI / 2, 0, 1e-30, Number.NaN],
  ],
  ['asinh', [-Infinity, Infinity, 0, 1e-30, Number.NaN], [-Infinity, Infinity, 0, 1e-30, Number.NaN]],
  [
    'acosh',
    [1, 0.5, -3, Infinity, -Infinity, Number.NaN],
    [0, Number.NaN, Number.NaN, Infinity, Number.NaN, Number.NaN],
  ],
  [
    'atanh',
    [-1, 1, 0, 1e-30, 2, -2, Infinity, Number.NaN],
    [-Infinity, Infinity, 0, 1e-30, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  ],
  ['softsign', [-1e4, 0, 3, 3e38, Infinity, Number.NaN], [-1e4 / 10001, 0, 0.75, 1, Number.NaN, Number.NaN]],
  ['sqrt', [-1, 0, Infinity, Number.NaN, -Infinity], [Number.NaN, 0, Infinity, Number.NaN, Number.NaN]],
  ['rsqrt', [0, Infinity, Number.NaN, -1], [Infinity, 0, Number.NaN, Number.NaN]],
  ['reciprocal', [0, -0, Infinity, Number.NaN], [Infinity, -Infinity, 0, Number.NaN]],
];

/** Only where denormals keep their digits. */
const denormalLimits: readonly Limits[] = [
  ['exp2', [-149], [2 ** -149]],
  ['log2', [2 ** -149], [-149]],
];

const limitsCase = ([fn, x, want]: Limits): KernelCase => ({
  title: `${fn} at its limits: ${x.join(', ')}`,
  holds: async ({ run }) => {
    const [, got] = await run('unary', [Float32Array.from(x), zeros(x.length)], { fn, n: x.length });
    expectSame(
      fn,
      got,
      want.map((v) => Math.fround(v)),
    );
  },
});

export const unaryCases: readonly KernelCase[] = [
  ...names.map(
    (fn): KernelCase => ({
      title: `${fn} agrees with float64 for every size`,
      holds: async ({ check }) => {
        for (const n of sizes) {
          const x = drawNormals(n, n, 2);
          const operand = positive.has(fn) ? x.map(Math.abs) : x;
          await check('unary', [operand, zeros(n)], { fn, n }, tolerances[fn]);
        }
      },
    }),
  ),
  ...limits.map(limitsCase),
  ...denormalLimits.map(limitsCase).map(
    ({ title, holds }): KernelCase => ({
      title,
      holds: async (on) => {
        if (on.denormals) await holds(on);
      },
    }),
  ),
  {
    title: 'sines and cosines of huge numbers stay sines and cosines',
    holds: async ({ check, run, farAngles }) => {
      const x = Float32Array.from([1e8, 1e12, -1e20, 1e30, -3.4e38]);
      for (const fn of ['sin', 'cos', 'tan'] as const) {
        const [operands, args] = [[x, zeros(x.length)], { fn, n: x.length }];
        if (farAngles) await check('unary', operands, args, few);
        const [, y] = await run('unary', operands, args);
        for (const v of y) expectAtMost(`size of a ${fn}`, Math.abs(v), fn === 'tan' ? 3.4e38 : 1);
      }
    },
  },
];

const types = ['f32', 'i32', 'u32', 'bool'] as const;
const castValues = {
  f32: Float32Array.from([
    ...[0, -0, 1.9, -1.9, 3e9, -3e9, 5e9, Number.NaN, Infinity, -Infinity, 1e-40, 77],
    ...[2 ** 31, -(2 ** 31)],
  ]),
  i32: Int32Array.from([0, 1, -1, 2147483647, -2147483648, 12345, 16777217]),
  u32: Uint32Array.from([0, 1, 4294967295, 16777217, 7, 2147483648]),
  bool: Uint32Array.from([0, 1, 1, 0, 1]),
};
const empty = (to: (typeof types)[number], n: number): NumericArray =>
  to === 'f32' ? zeros(n) : to === 'i32' ? new Int32Array(n) : new Uint32Array(n);

export const castAndFillCases: readonly KernelCase[] = [
  {
    title: 'casts between all types',
    holds: async ({ check }) => {
      for (const from of types) {
        for (const to of types) {
          const x = castValues[from];
          await check('cast', [x, empty(to, x.length)], { from, to, n: x.length }, rounding);
        }
      }
      await check('cast', [zeros(0), empty('i32', 0)], { from: 'f32', to: 'i32', n: 0 }, exact);
      const n = 2051;
      await check('cast', [drawNormals(n, 1, 100), empty('i32', n)], { from: 'f32', to: 'i32', n }, exact);
    },
  },
  {
    title: 'fills a range and nothing else',
    holds: async ({ check }) => {
      const bits = new Uint32Array(Float32Array.of(1.5).buffer)[0];
      for (const n of sizes) {
        for (const offset of [0, 4, 5, 7]) await check('fill', [drawNormals(n + 9, 1)], { n, offset, bits }, exact);
      }
    },
  },
  {
    title: 'accumulates into an offset',
    holds: async ({ check }) => {
      for (const n of [...sizes, 255, 256, 257, 1023, 1024, 1025, 3000]) {
        await check('accumulate', [drawNormals(n, 1), drawNormals(n + 9, 2)], { n, yOffset: 3 }, exact);
      }
    },
  },
];
