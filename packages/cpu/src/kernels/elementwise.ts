// Kernels over one contiguous run: unary functions, casts, fill, accumulate. A unit is an element.

import type { UnaryFn } from '@omnigrad/tensor';
import { type FunctionBuilder, f32x4, i32, i32x4, type Local, type V128, v128 } from '../emitter/index.ts';
import { countOf, defineJob, type Job, jobsByName, type KernelFamily, launch, type Range, skipTo } from './job.ts';
import { mapLanes, overLanes } from './lanes.ts';
import {
  cosh,
  erf,
  exp,
  exp2,
  expm1,
  gelu,
  geluTanh,
  log,
  log1p,
  log2,
  log10,
  sigmoid,
  sign,
  silu,
  sinh,
  softplus,
  tanh,
} from './math.ts';
import { acos, acosh, asin, asinh, atan, atanh, cos, sin, tan } from './trigonometry.ts';

/** `cost`: nanoseconds an element. `long`: one copy of the code, which the loops over vectors and over the rest call. */
interface UnaryOp {
  readonly compute: (f: FunctionBuilder, x: V128) => V128;
  readonly cost: number;
  readonly long?: boolean;
}

/** Functions of one to three instructions, for which the loop itself costs. */
const light = (compute: UnaryOp['compute']): UnaryOp => ({ compute, cost: 0.25 });
const heavy = (cost: number, compute: UnaryOp['compute']): UnaryOp => ({ compute, cost });
const long = (cost: number, compute: UnaryOp['compute']): UnaryOp => ({ compute, cost, long: true });

export const unaryOps: { readonly [F in UnaryFn]: UnaryOp } = {
  neg: light((_, x) => f32x4.neg(x)),
  abs: light((_, x) => f32x4.abs(x)),
  sign: heavy(0.5, sign),
  floor: light((_, x) => f32x4.floor(x)),
  ceil: light((_, x) => f32x4.ceil(x)),
  round: light((_, x) => f32x4.nearest(x)),
  trunc: light((_, x) => f32x4.trunc(x)),
  exp: heavy(1, exp),
  exp2: long(1.5, exp2),
  expm1: heavy(1.2, expm1),
  log: heavy(1.3, log),
  log2: long(1.5, log2),
  log10: long(1.5, log10),
  log1p: heavy(1.8, log1p),
  sqrt: light((_, x) => f32x4.sqrt(x)),
  rsqrt: heavy(0.6, (f, x) => f32x4.div(f.constant(1), f32x4.sqrt(x))),
  reciprocal: light((f, x) => f32x4.div(f.constant(1), x)),
  square: light((f, x) => {
    const y = f.let(x);
    return f32x4.mul(y, y);
  }),
  tanh: heavy(1.9, tanh),
  sigmoid: heavy(1.3, sigmoid),
  relu: light((_, x) => f32x4.max(x, f32x4.const(0))),
  gelu: heavy(2, gelu),
  geluTanh: heavy(1.5, geluTanh),
  erf: heavy(2, erf),
  silu: heavy(1.3, silu),
  softplus: heavy(2.5, softplus),
  sin: heavy(3, sin),
  cos: heavy(3, cos),
  tan: long(4, tan),
  asin: long(2, asin),
  acos: long(2, acos),
  atan: long(2, atan),
  sinh: long(2, sinh),
  cosh: long(2, cosh),
  asinh: long(3, asinh),
  acosh: long(3, acosh),
  atanh: long(3, atanh),
  softsign: heavy(0.5, (f, value) => {
    const x = f.let(value);
    return f32x4.div(x, f32x4.add(f32x4.abs(x), f.constant(1)));
  }),
};

const unaryNames = Object.keys(unaryOps) as UnaryFn[];

const pair = { x: 'i32', out: 'i32' } as const;
type Pair = { readonly [K in keyof typeof pair]: Local<'i32'> };

/** out = compute(x) over the elements of the range. */
const overPair = (f: FunctionBuilder, p: Pair, range: Range, compute: (x: V128) => V128, unroll: number): void => {
  skipTo(f, range, [
    [p.x, 4],
    [p.out, 4],
  ]);
  mapLanes(f, countOf(f, range), p.out, (lanes) => compute(lanes.load(p.x)), unroll);
};

const unaryJobs = jobsByName(unaryNames, (fn) => {
  const { compute, cost, long: shares = false } = unaryOps[fn];
  return defineJob(`unary_${fn}`, pair, (f, p, range, { m }) => {
    const lanesOf = shares
      ? m.valued(`${fn}_lanes`, { x: 'v128' }, 'v128', (g, { x }) => g.result(compute(g, x)))
      : undefined;
    const value = (x: V128): V128 => (lanesOf === undefined ? compute(f, x) : f.value(lanesOf, x));
    overPair(f, p, range, value, shares ? 1 : cost < 0.5 ? 4 : 2);
  });
});

type CastType = 'f32' | 'i32' | 'u32' | 'bool';
const isNonzero = (x: V128): V128 => v128.and(i32x4.ne(x, i32x4.const(0)), i32x4.const(1));
/** Casts that change bits; all others copy. */
const castOps = {
  f32_i32: i32x4.truncSatF32x4S,
  f32_u32: i32x4.truncSatF32x4U,
  f32_bool: (x: V128): V128 => v128.and(f32x4.ne(x, f32x4.const(0)), i32x4.const(1)),
  i32_f32: f32x4.convertI32x4S,
  u32_f32: f32x4.convertI32x4U,
  bool_f32: f32x4.convertI32x4U,
  i32_u32: (x: V128): V128 => i32x4.maxS(x, i32x4.const(0)),
  u32_i32: (x: V128): V128 => i32x4.minU(x, i32x4.const(0x7fffffff)),
  i32_bool: isNonzero,
  u32_bool: isNonzero,
} as const;
type CastName = keyof typeof castOps;
const castNames = Object.keys(castOps) as CastName[];
const isCast = (name: string): name is CastName => name in castOps;
const castName = (from: CastType, to: CastType): string => `${from}_${to}`;

const castJobs = jobsByName(castNames, (name) =>
  defineJob(`cast_${name}`, pair, (f, p, range) => overPair(f, p, range, castOps[name], 2)),
);
const castCopy: Job<typeof pair> = defineJob('cast_copy', pair, (f, p, range) => {
  skipTo(f, range, [
    [p.x, 4],
    [p.out, 4],
  ]);
  f.memoryCopy(p.out, p.x, i32.shl(countOf(f, range), 2));
});

const fill = defineJob('fill', { out: 'i32', bits: 'i32' }, (f, p, range) => {
  skipTo(f, range, [[p.out, 4]]);
  const value = f.let(i32x4.splat(p.bits));
  overLanes(f, countOf(f, range), (lanes) => lanes.store(p.out, value), 4);
});

const accumulate = defineJob('accumulate', { x: 'i32', y: 'i32' }, (f, p, range) => {
  skipTo(f, range, [
    [p.x, 4],
    [p.y, 4],
  ]);
  const sum = (x: V128, y: V128): V128 => f32x4.add(y, x);
  overLanes(f, countOf(f, range), (lanes) => lanes.store(p.y, sum(lanes.load(p.x), lanes.load(p.y))), 4);
});

export const elementwiseFamily: KernelFamily<'unary' | 'cast' | 'fill' | 'accumulate'> = {
  jobs: [...Object.values(unaryJobs), ...Object.values(castJobs), castCopy, fill, accumulate],
  launches: {
    unary: ([x, out], { fn, n }) => [launch(unaryJobs[fn], { x, out }, n, unaryOps[fn].cost)],
    cast: ([x, out], { from, to, n }) => {
      const name = castName(from, to);
      return [launch(isCast(name) ? castJobs[name] : castCopy, { x, out }, n, 0.25)];
    },
    fill: ([out], { n, offset, bits }) => [launch(fill, { out: out + offset * 4, bits }, n, 0.15)],
    accumulate: ([x, y], { n, yOffset }) => [launch(accumulate, { x, y: y + yOffset * 4 }, n, 0.3)],
  },
};
