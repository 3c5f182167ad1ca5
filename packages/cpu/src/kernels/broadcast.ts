// Element-wise kernels of two or three operands with broadcasting: float, integer, compare, select. One emitted function per
// operation holds a row loop for each way its operands lie (dense, one repeated value) and a gather for all other strides.

import type { BinaryFn, CompareFn, IntegerFn } from '@omnigrad/tensor';
import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  type I32,
  i32,
  i32x4,
  type Local,
  type ModuleBuilder,
  type V128,
  v128,
} from '../emitter/index.ts';
import { bindAll, type KernelFamily, type WasmFunction } from './kernel.ts';
import { overLanes } from './lanes.ts';
import { geluDerivative, geluTanhDerivative, logisticLoss, siluDerivative } from './math.ts';
import { pow } from './power.ts';
import { contiguous, eachOuter, lastAxes, lengthOf, stepOf } from './strided.ts';

/** How an operand lies along the columns: one element after another, or one element for all. */
type Layout = 'dense' | 'same';

interface BroadcastOp {
  readonly name: string;
  readonly inputs: 2 | 3;
  readonly compute: (f: FunctionBuilder, values: readonly V128[]) => V128;
  readonly unroll: number;
  /** Layouts with a loop of their own; the gather serves the others. Default: all of `layouts`. */
  readonly layouts?: readonly (readonly Layout[])[];
}

const layouts: { readonly [N in 2 | 3]: readonly (readonly Layout[])[] } = {
  2: [
    ['dense', 'dense'],
    ['dense', 'same'],
    ['same', 'dense'],
  ],
  3: [
    ['dense', 'dense', 'dense'],
    ['dense', 'dense', 'same'],
    ['dense', 'same', 'dense'],
    ['same', 'dense', 'dense'],
  ],
};

const gather = (p: I32, stride: I32): V128 => {
  let address = p;
  let value = v128.load32Splat(address);
  for (let lane = 1; lane < 4; lane++) {
    address = i32.add(address, stride);
    value = v128.load32Lane(address, value, lane);
  }
  return value;
};

/**
 * Parameters: operands, out, planes, rows, n, then the steps of every operand in bytes along planes, rows and columns; out is
 * contiguous. The outer function walks the planes, the inner one rows and columns.
 */
const emitBroadcast = (m: ModuleBuilder, op: BroadcastOp): void => {
  const inputs = Array.from({ length: op.inputs }, (_, i) => i);
  const i32s = (names: readonly string[]): Record<string, 'i32'> =>
    Object.fromEntries(names.map((key) => [key, 'i32']));
  const operands = [...inputs.map((i) => `in${i}`), 'out'];
  const rowParams = [...operands, 'rows', 'n', ...inputs.map((i) => `row${i}`), ...inputs.map((i) => `col${i}`)];
  const rows = emitRows(m, op, inputs, i32s(rowParams));
  m.func(
    op.name,
    i32s([...operands, 'planes', ...rowParams.slice(operands.length), ...inputs.map((i) => `plane${i}`)]),
    (f, p) => {
      const planeBytes = f.let(i32.shl(i32.mul(p.rows, p.n), 2));
      f.times(p.planes, () => {
        f.call(rows, ...rowParams.map((key) => p[key]));
        for (const i of inputs) f.advance(p[`in${i}`], p[`plane${i}`]);
        f.advance(p.out, planeBytes);
      });
    },
  );
};

const emitRows = (
  m: ModuleBuilder,
  op: BroadcastOp,
  inputs: readonly number[],
  params: Record<string, 'i32'>,
): FunctionRef<'none'> =>
  m.inner(`${op.name}_rows`, params, (f, p) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const eachRow = (body: () => void): void =>
      f.times(p.rows, () => {
        body();
        for (const i of inputs) f.advance(p[`in${i}`], p[`row${i}`]);
        f.advance(p.out, rowBytes);
      });
    for (const layout of op.layouts ?? layouts[op.inputs]) {
      const matches = inputs
        .map((i) => i32.eq(p[`col${i}`], layout[i] === 'dense' ? 4 : 0))
        .reduce((a, b) => i32.and(a, b));
      f.if(matches, () => {
        eachRow(() => {
          const splats = inputs.map((i) => (layout[i] === 'same' ? f.let(v128.load32Splat(p[`in${i}`])) : undefined));
          overLanes(
            f,
            p.n,
            (lanes) => {
              const values = inputs.map((i) => splats[i] ?? lanes.load(p[`in${i}`]));
              lanes.store(p.out, op.compute(f, values));
            },
            op.unroll,
          );
        });
        f.return();
      });
    }
    eachRow(() => {
      const at: Local<'i32'>[] = inputs.map((i) => f.let(p[`in${i}`]));
      const to = f.let(p.out);
      f.times(i32.shrU(p.n, 2), () => {
        f.storeV128(
          to,
          op.compute(
            f,
            inputs.map((i) => gather(at[i], p[`col${i}`])),
          ),
        );
        for (const i of inputs) f.advance(at[i], i32.shl(p[`col${i}`], 2));
        f.advance(to, 16);
      });
      f.times(i32.and(p.n, 3), () => {
        f.storeLane(
          to,
          op.compute(
            f,
            inputs.map((i) => v128.load32Splat(at[i])),
          ),
          0,
        );
        for (const i of inputs) f.advance(at[i], p[`col${i}`]);
        f.advance(to, 4);
      });
    });
  });

const runBroadcast = (
  fn: WasmFunction,
  at: readonly number[],
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): void => {
  const walk = lastAxes(shape);
  const { plane, row, column } = walk;
  const [planes, rows, n] = [lengthOf(shape, plane), lengthOf(shape, row), lengthOf(shape, column)];
  if (shape.length <= 3 && strides.length === 2) {
    // the common case, without arrays: a small op costs little more than this call
    const [a, b] = strides;
    const [a0, a1, a2] = [stepOf(a, plane), stepOf(a, row), stepOf(a, column)];
    const [b0, b1, b2] = [stepOf(b, plane), stepOf(b, row), stepOf(b, column)];
    fn(at[0], at[1], at[2], planes, rows, n, a1, b1, a2, b2, a0, b0);
    return;
  }
  if (shape.includes(0)) return;
  const steps: number[] = [planes, rows, n];
  for (const axis of [row, column, plane]) for (const s of strides) steps.push(stepOf(s, axis));
  eachOuter(shape, walk, [...strides, contiguous(shape)], (offsets) => {
    fn(...at.map((address, i) => address + offsets[i]), ...steps);
  });
};

const zero = f32x4.const(0);

type BinaryOps = { readonly [F in BinaryFn]: Omit<BroadcastOp, 'name' | 'inputs'> };

/** `powLanes` is a function of its own: long, and used by every loop of its operation. */
const binaryOpsWith = (powLanes: FunctionRef<'v128'>): BinaryOps => ({
  add: { compute: (_, [a, b]) => f32x4.add(a, b), unroll: 4 },
  sub: { compute: (_, [a, b]) => f32x4.sub(a, b), unroll: 4 },
  mul: { compute: (_, [a, b]) => f32x4.mul(a, b), unroll: 4 },
  div: { compute: (_, [a, b]) => f32x4.div(a, b), unroll: 2 },
  pow: { compute: (f, [a, b]) => f.value(powLanes, a, b), unroll: 1 },
  maximum: { compute: (_, [a, b]) => f32x4.max(a, b), unroll: 2 },
  minimum: { compute: (_, [a, b]) => f32x4.min(a, b), unroll: 2 },
  reluBackward: { compute: (_, [x, g]) => v128.and(g, f32x4.gt(x, zero)), unroll: 4 },
  geluBackward: {
    compute: (f, [x, g]) => f32x4.mul(g, geluDerivative(f, x)),
    unroll: 1,
    layouts: [['dense', 'dense']],
  },
  geluTanhBackward: {
    compute: (f, [x, g]) => f32x4.mul(g, geluTanhDerivative(f, x)),
    unroll: 1,
    layouts: [['dense', 'dense']],
  },
  siluBackward: {
    compute: (f, [x, g]) => f32x4.mul(g, siluDerivative(f, x)),
    unroll: 1,
    layouts: [['dense', 'dense']],
  },
  logisticLoss: {
    compute: (f, [x, t]) => logisticLoss(f, x, t),
    unroll: 1,
    layouts: [
      ['dense', 'dense'],
      ['dense', 'same'],
    ],
  },
});

const binaryNames: readonly BinaryFn[] = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'reluBackward',
  'geluBackward',
  'geluTanhBackward',
  'siluBackward',
  'logisticLoss',
];

const integerOps: { readonly [F in IntegerFn]: (a: V128, b: V128) => V128 } = {
  add: i32x4.add,
  sub: i32x4.sub,
  mul: i32x4.mul,
};

type Compare = { readonly [F in CompareFn]: (a: V128, b: V128) => V128 };
const compareOps: { readonly f32: Compare; readonly i32: Compare; readonly u32: Compare } = {
  f32: {
    equal: f32x4.eq,
    notEqual: f32x4.ne,
    less: f32x4.lt,
    lessEqual: f32x4.le,
    greater: f32x4.gt,
    greaterEqual: f32x4.ge,
  },
  i32: {
    equal: i32x4.eq,
    notEqual: i32x4.ne,
    less: i32x4.ltS,
    lessEqual: i32x4.leS,
    greater: i32x4.gtS,
    greaterEqual: i32x4.geS,
  },
  u32: {
    equal: i32x4.eq,
    notEqual: i32x4.ne,
    less: i32x4.ltU,
    lessEqual: i32x4.leU,
    greater: i32x4.gtU,
    greaterEqual: i32x4.geU,
  },
};

const keysOf = <K extends string>(table: { readonly [P in K]: unknown }): K[] => Object.keys(table) as K[];

export const broadcastFamily: KernelFamily<'binary' | 'integer' | 'compare' | 'select'> = {
  emit: (m) => {
    const powLanes = m.valued('pow_lanes', { a: 'v128', b: 'v128' }, 'v128', (f, p) => f.result(pow(f, p.a, p.b)));
    const binaryOps = binaryOpsWith(powLanes);
    for (const fn of binaryNames) emitBroadcast(m, { name: `binary_${fn}`, inputs: 2, ...binaryOps[fn] });
    for (const fn of keysOf(integerOps)) {
      emitBroadcast(m, { name: `integer_${fn}`, inputs: 2, unroll: 2, compute: (_, [a, b]) => integerOps[fn](a, b) });
    }
    for (const dtype of keysOf(compareOps)) {
      for (const fn of keysOf(compareOps[dtype])) {
        emitBroadcast(m, {
          name: `compare_${dtype}_${fn}`,
          inputs: 2,
          unroll: 1,
          compute: (_, [a, b]) => v128.and(compareOps[dtype][fn](a, b), i32x4.const(1)),
        });
      }
    }
    emitBroadcast(m, {
      name: 'select',
      inputs: 3,
      unroll: 1,
      compute: (_, [c, a, b]) => v128.bitselect(b, a, i32x4.eq(c, i32x4.const(0))),
    });
  },
  bind: (host) => {
    const binary = bindAll(binaryNames, host, 'binary_');
    const integer = bindAll(keysOf(integerOps), host, 'integer_');
    const compare = {
      f32: bindAll(keysOf(compareOps.f32), host, 'compare_f32_'),
      i32: bindAll(keysOf(compareOps.i32), host, 'compare_i32_'),
      u32: bindAll(keysOf(compareOps.u32), host, 'compare_u32_'),
    };
    const select = host.fn('select');
    return {
      binary: (at, { fn, shape, a, b }) => runBroadcast(binary[fn], at, shape, [a, b]),
      integer: (at, { fn, shape, a, b }) => runBroadcast(integer[fn], at, shape, [a, b]),
      compare: (at, { fn, dtype, shape, a, b }) => runBroadcast(compare[dtype][fn], at, shape, [a, b]),
      select: (at, { shape, cond, a, b }) => runBroadcast(select, at, shape, [cond, a, b]),
    };
  },
};
