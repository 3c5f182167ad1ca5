// Kernels over one contiguous run: unary functions, casts, fill, accumulate.

import type { UnaryFn } from '@omnigrad/tensor';
import { type FunctionBuilder, f32x4, i32, i32x4, type V128, v128 } from '../emitter/index.ts';
import { bindAll, type KernelFamily } from './kernel.ts';
import { overLanes } from './lanes.ts';
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

const one = f32x4.const(1);

const unaryOps: { readonly [F in UnaryFn]: (f: FunctionBuilder, x: V128) => V128 } = {
  neg: (_, x) => f32x4.neg(x),
  abs: (_, x) => f32x4.abs(x),
  sign,
  floor: (_, x) => f32x4.floor(x),
  ceil: (_, x) => f32x4.ceil(x),
  round: (_, x) => f32x4.nearest(x),
  trunc: (_, x) => f32x4.trunc(x),
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sqrt: (_, x) => f32x4.sqrt(x),
  rsqrt: (_, x) => f32x4.div(one, f32x4.sqrt(x)),
  reciprocal: (_, x) => f32x4.div(one, x),
  square: (f, x) => {
    const y = f.let(x);
    return f32x4.mul(y, y);
  },
  tanh,
  sigmoid,
  relu: (_, x) => f32x4.max(x, f32x4.const(0)),
  gelu,
  geluTanh,
  erf,
  silu,
  softplus,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  softsign: (f, value) => {
    const x = f.let(value);
    return f32x4.div(x, f32x4.add(f32x4.abs(x), one));
  },
};

const unaryNames = Object.keys(unaryOps) as UnaryFn[];
/** Functions of one to three instructions, for which the loop itself costs. */
const light: ReadonlySet<UnaryFn> = new Set([
  'neg',
  'abs',
  'floor',
  'ceil',
  'round',
  'trunc',
  'square',
  'relu',
  'sqrt',
  'reciprocal',
]);
/** Long functions that no usual step waits for: one copy, which the loops over vectors and over the rest call. */
const long: ReadonlySet<UnaryFn> = new Set([
  'exp2',
  'log2',
  'log10',
  'tan',
  'sinh',
  'cosh',
  'asin',
  'acos',
  'atan',
  'asinh',
  'acosh',
  'atanh',
]);

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

export const elementwiseFamily: KernelFamily<'unary' | 'cast' | 'fill' | 'accumulate'> = {
  emit: (m) => {
    for (const fn of unaryNames) {
      const lanesOf = long.has(fn)
        ? m.valued(`${fn}_lanes`, { x: 'v128' }, 'v128', (f, p) => f.result(unaryOps[fn](f, p.x)))
        : undefined;
      const compute = (f: FunctionBuilder, x: V128): V128 =>
        lanesOf === undefined ? unaryOps[fn](f, x) : f.value(lanesOf, x);
      m.func(`unary_${fn}`, { x: 'i32', out: 'i32', n: 'i32' }, (f, p) => {
        overLanes(f, p.n, (lanes) => lanes.store(p.out, compute(f, lanes.load(p.x))), light.has(fn) ? 4 : 1);
      });
    }
    for (const name of castNames) {
      m.func(`cast_${name}`, { x: 'i32', out: 'i32', n: 'i32' }, (f, p) => {
        overLanes(f, p.n, (lanes) => lanes.store(p.out, castOps[name](lanes.load(p.x))), 2);
      });
    }
    m.func('cast_copy', { x: 'i32', out: 'i32', n: 'i32' }, (f, p) => f.memoryCopy(p.out, p.x, i32.shl(p.n, 2)));
    m.func('fill', { out: 'i32', n: 'i32', bits: 'i32' }, (f, p) => {
      const value = f.let(i32x4.splat(p.bits));
      overLanes(f, p.n, (lanes) => lanes.store(p.out, value), 4);
    });
    m.func('accumulate', { x: 'i32', y: 'i32', n: 'i32' }, (f, p) => {
      overLanes(f, p.n, (lanes) => lanes.store(p.y, f32x4.add(lanes.load(p.y), lanes.load(p.x))), 4);
    });
  },
  bind: (host) => {
    const unary = bindAll(unaryNames, host, 'unary_');
    const cast = bindAll(castNames, host, 'cast_');
    const castCopy = host.fn('cast_copy');
    const fill = host.fn('fill');
    const accumulate = host.fn('accumulate');
    return {
      unary: ([x, out], { fn, n }) => void unary[fn](x, out, n),
      cast: ([x, out], { from, to, n }) => {
        const name = castName(from, to);
        (isCast(name) ? cast[name] : castCopy)(x, out, n);
      },
      fill: ([out], { n, offset, bits }) => void fill(out + offset * 4, n, bits),
      accumulate: ([x, y], { n, yOffset }) => void accumulate(x, y + yOffset * 4, n),
    };
  },
};
