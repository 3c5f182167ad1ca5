// Errors of the elementary functions in ULP of f32, over sweeps of their whole range.

import type { UnaryFn } from '../../cpu-plan.ts';
import { unaryOracle } from '../kernel-oracle.ts';
import { expectAtMost, type KernelCase, type KernelHarness, zeros } from './kernel-case.ts';

const leastNormal = 2 ** -126;

/**
 * Distance from `got` to `want` in units of the last place of an f32 of that size (smallest: that of 2^-126). Without denormals
 * anything below 2^-126 is as good as any other.
 */
const ulps = (got: number, want: number, denormals: boolean): number => {
  if (!denormals && Math.abs(want) < leastNormal) return Math.abs(got - want) < leastNormal ? 0 : Infinity;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(want))), -126);
  return Math.abs(got - want) / 2 ** (exponent - 23);
};

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0];

/** f32 values from every binade between two positive bounds, and their negatives where asked. */
const sweep = (from: number, to: number, negatives: boolean, count = 60_000): Float32Array => {
  const [first, last] = [bitsOf(from), bitsOf(to)];
  const bits = Uint32Array.from({ length: count }, (_, i) => first + Math.round(((last - first) * i) / (count - 1)));
  const positive = new Float32Array(bits.buffer);
  return negatives ? Float32Array.from([...positive, ...positive.map((x) => -x)]) : positive;
};

const show = (...what: readonly (string | number)[]): void => {
  if (process.env.OMNIGRAD_SHOW_ULP) console.log(...what);
};

const checkUlps = async (
  { run, denormals }: KernelHarness,
  fn: UnaryFn,
  x: Float32Array,
  limit: number,
): Promise<void> => {
  const [, y] = await run('unary', [x, zeros(x.length)], { fn, n: x.length });
  let found = { ulp: 0, x: 0 };
  for (let i = 0; i < x.length; i++) {
    const want = unaryOracle[fn](x[i]);
    if (Math.abs(want) > 3.4028235e38) {
      if (Math.abs(y[i]) !== Infinity) throw new Error(`${fn}(${x[i]}): got ${y[i]}, expected an infinity`);
      continue;
    }
    const ulp = ulps(y[i], want, denormals);
    if (!(ulp <= found.ulp)) found = { ulp, x: x[i] };
  }
  show(fn, found.ulp.toFixed(3), found.x);
  expectAtMost(`ULP of ${fn}(${found.x})`, found.ulp, limit);
};

const sweeps: readonly (readonly [fn: UnaryFn, x: () => Float32Array, limit: number])[] = [
  ['exp', () => sweep(1e-8, 104, true), 1.5],
  ['exp2', () => sweep(1e-8, 149, true), 1.5],
  ['expm1', () => sweep(1e-30, 88.9, true), 2],
  ['log', () => sweep(1e-45, 3.4e38, false), 1.5],
  ['log2', () => sweep(1e-45, 3.4e38, false), 2],
  ['log2', () => sweep(0.7, 1.5, false), 2.5],
  ['log10', () => sweep(1e-45, 3.4e38, false), 2],
  ['log10', () => sweep(0.7, 1.5, false), 2.5],
  ['log1p', () => sweep(1e-30, 3.4e38, false), 2],
  ['log1p', () => sweep(1e-30, 0.999999, false).map((x) => -x), 2],
  ['log', () => sweep(0.7, 1.5, false), 1.5],
  ['tanh', () => sweep(1e-30, 100, true), 3],
  ['erf', () => sweep(1e-30, 10, true), 3],
  ['sin', () => sweep(1e-30, 8e6, true), 2],
  ['cos', () => sweep(1e-30, 8e6, true), 2],
  ['tan', () => sweep(1e-30, 8e6, true), 3],
  ['sin', () => sweep(1e6, 3.4e38, true), 2],
  ['cos', () => sweep(1000, 10_000, true), 2],
  ['asin', () => sweep(1e-30, 1, true), 2.5],
  ['acos', () => sweep(1e-8, 1, true), 3],
  ['atan', () => sweep(1e-30, 3e38, true), 2],
  ['asinh', () => sweep(1e-30, 3e38, true), 2],
  ['acosh', () => sweep(1, 3e38, false), 2.5],
  ['acosh', () => sweep(1, 2, false), 2.5],
  ['atanh', () => sweep(1e-30, 0.9999999, true), 2.5],
  ['sinh', () => sweep(1e-30, 90, true), 2],
  ['cosh', () => sweep(1e-8, 90, true), 2],
  ['sigmoid', () => sweep(1e-8, 80, true), 4],
  ['softplus', () => sweep(1e-8, 80, true), 4],
  ['sqrt', () => sweep(leastNormal, 3.4e38, false), 0.501],
  ['rsqrt', () => sweep(leastNormal, 3.4e38, false), 1.5],
  ['reciprocal', () => sweep(leastNormal, 8e37, true), 0.501],
  ['softsign', () => sweep(1e-30, 3.4e38, true), 1.6],
];

export const accuracyCases: readonly KernelCase[] = [
  ...sweeps.map(
    ([fn, x, limit], i): KernelCase => ({
      title: `${fn} stays within its error, sweep ${i + 1}`,
      holds: async (on) => {
        const values = x();
        if (on.farAngles || fn !== 'sin' || values[0] < 1e6) await checkUlps(on, fn, values, limit);
      },
    }),
  ),
  ...(['gelu', 'geluTanh', 'silu'] as const).map(
    (fn): KernelCase => ({
      title: `${fn} keeps relative accuracy down its lower tail`,
      holds: async ({ run, tailError }) => {
        const x = sweep(1e-6, 8, true);
        const [, y] = await run('unary', [x, zeros(x.length)], { fn, n: x.length });
        let largest = 0;
        x.forEach((v, i) => {
          largest = Math.max(largest, Math.abs(y[i] / unaryOracle[fn](v) - 1));
        });
        show(fn, 'relative', largest);
        expectAtMost(`relative error of ${fn}`, largest, fn === 'geluTanh' ? 2e-5 : tailError);
      },
    }),
  ),
];
