// Element-wise kernels of two or three operands with broadcasting: float, integer, compare, select. One emitted function per
// operation holds a row loop for each way its operands lie (dense, one repeated value) and a gather for all other strides.

import type { BinaryFn, CompareFn, IntegerFn } from '@omnigrad/tensor';
import {
  type FunctionBuilder,
  f32x4,
  type I32,
  i32,
  i32x4,
  type ModuleBuilder,
  type V128,
  v128,
} from '../emitter/index.ts';
import { defineJob, type Job, jobsByName, type KernelFamily, type Launch } from './job.ts';
import { type Lanes, mapLanes } from './lanes.ts';
import { geluDerivative, geluTanhDerivative, logisticLoss, siluDerivative } from './math.ts';
import { pow } from './power.ts';
import { contiguous, overWalk, type WalkOperand, walkParams, walks } from './strided.ts';

/** How an operand lies along the columns: one element after another, or one element for all. */
type Layout = 'dense' | 'same';

interface BroadcastOp {
  readonly name: string;
  readonly inputs: 2 | 3;
  /** The module is for functions that the code calls. */
  readonly compute: (m: ModuleBuilder) => (f: FunctionBuilder, values: readonly V128[]) => V128;
  readonly unroll: number;
  /** Nanoseconds an element. */
  readonly cost: number;
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

type BroadcastJob = Job<Record<string, 'i32'>>;

const operandNames: { readonly [N in 2 | 3]: readonly string[] } = { 2: ['a', 'b'], 3: ['a', 'b', 'c'] };

/** A walk whose rows run in the loop that suits how the operands lie; out is dense. */
const broadcastJob = (op: BroadcastOp): BroadcastJob => {
  const inputs = operandNames[op.inputs];
  const operands = [...inputs, 'out'];
  return defineJob(op.name, walkParams(operands), (f, p, range, { m }) => {
    const compute = op.compute(m);
    overWalk(f, p, range, operands, ({ at, n }) => {
      const { out } = at;
      const gatherRow = (): void => {
        const from = inputs.map((name) => f.let(at[name]));
        const to = f.let(out);
        const steps = inputs.map((name) => p[`${name}_column`]);
        f.times(i32.shrU(n, 2), () => {
          f.storeV128(
            to,
            compute(
              f,
              from.map((pointer, i) => gather(pointer, steps[i])),
            ),
          );
          for (const [i, pointer] of from.entries()) f.advance(pointer, i32.shl(steps[i], 2));
          f.advance(to, 16);
        });
        f.times(i32.and(n, 3), () => {
          f.storeLane(
            to,
            compute(
              f,
              from.map((pointer) => v128.load32Splat(pointer)),
            ),
            0,
          );
          for (const [i, pointer] of from.entries()) f.advance(pointer, steps[i]);
          f.advance(to, 4);
        });
      };
      const denseRow = (layout: readonly Layout[]): void => {
        const splats = inputs.map((name, i) => (layout[i] === 'same' ? f.let(v128.load32Splat(at[name])) : undefined));
        const value = (lanes: Lanes): V128 =>
          compute(
            f,
            inputs.map((name, i) => splats[i] ?? lanes.load(at[name])),
          );
        mapLanes(f, n, out, value, op.unroll);
      };
      /** The first layout that the columns have, or the gather. */
      const choose = (candidates: readonly (readonly Layout[])[]): void => {
        const [layout, ...others] = candidates;
        if (layout === undefined) {
          gatherRow();
          return;
        }
        const matches = inputs
          .map((name, i) => i32.eq(p[`${name}_column`], layout[i] === 'dense' ? 4 : 0))
          .reduce((a, b) => i32.and(a, b));
        f.if(
          matches,
          () => denseRow(layout),
          () => choose(others),
        );
      };
      choose(op.layouts ?? layouts[op.inputs]);
    });
  });
};

const broadcastLaunch = (
  job: BroadcastJob,
  cost: number,
  at: readonly number[],
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): Launch[] => {
  if (shape.includes(0)) return [];
  const operands: WalkOperand[] = strides.map((s, i) => ({ address: at[i], strides: s }));
  operands.push({ address: at[at.length - 1], strides: contiguous(shape) });
  return walks(shape, operands).map(({ values, units, columns }) => ({
    job,
    values,
    units,
    cost: 5 + cost * columns,
  }));
};

const zero = f32x4.const(0);

type Compute = (f: FunctionBuilder, values: readonly V128[]) => V128;
const plain =
  (compute: Compute): BroadcastOp['compute'] =>
  () =>
    compute;

/** Functions of some length, of which only rows without repetition get a loop. */
const derivative = (cost: number, compute: Compute): Omit<BroadcastOp, 'name' | 'inputs'> => ({
  compute: plain(compute),
  unroll: 2,
  cost,
  layouts: [['dense', 'dense']],
});

const binaryOps: { readonly [F in BinaryFn]: Omit<BroadcastOp, 'name' | 'inputs'> } = {
  add: { compute: plain((_, [a, b]) => f32x4.add(a, b)), unroll: 4, cost: 0.3 },
  sub: { compute: plain((_, [a, b]) => f32x4.sub(a, b)), unroll: 4, cost: 0.3 },
  mul: { compute: plain((_, [a, b]) => f32x4.mul(a, b)), unroll: 4, cost: 0.3 },
  div: { compute: plain((_, [a, b]) => f32x4.div(a, b)), unroll: 2, cost: 0.4 },
  pow: {
    // a function of its own: long, and used by every loop
    compute: (m) => {
      const lanes = m.valued('pow_lanes', { a: 'v128', b: 'v128' }, 'v128', (f, p) => f.result(pow(f, p.a, p.b)));
      return (f, [a, b]) => f.value(lanes, a, b);
    },
    unroll: 1,
    cost: 8,
  },
  maximum: { compute: plain((_, [a, b]) => f32x4.max(a, b)), unroll: 2, cost: 0.4 },
  minimum: { compute: plain((_, [a, b]) => f32x4.min(a, b)), unroll: 2, cost: 0.4 },
  reluBackward: { compute: plain((_, [x, g]) => v128.and(g, f32x4.gt(x, zero))), unroll: 4, cost: 0.3 },
  geluBackward: derivative(2.3, (f, [x, g]) => f32x4.mul(g, geluDerivative(f, x))),
  geluTanhBackward: derivative(2, (f, [x, g]) => f32x4.mul(g, geluTanhDerivative(f, x))),
  siluBackward: derivative(2, (f, [x, g]) => f32x4.mul(g, siluDerivative(f, x))),
  logisticLoss: {
    compute: plain((f, [x, t]) => logisticLoss(f, x, t)),
    unroll: 1,
    cost: 3,
    layouts: [
      ['dense', 'dense'],
      ['dense', 'same'],
    ],
  },
};

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

const binaryJobs = jobsByName(keysOf(binaryOps), (fn) =>
  broadcastJob({ name: `binary_${fn}`, inputs: 2, ...binaryOps[fn] }),
);

const integerJobs = jobsByName(keysOf(integerOps), (fn) =>
  broadcastJob({
    name: `integer_${fn}`,
    inputs: 2,
    unroll: 2,
    cost: 0.3,
    compute: plain((_, [a, b]) => integerOps[fn](a, b)),
  }),
);

const compareJobsOf = (dtype: keyof typeof compareOps): { readonly [F in CompareFn]: BroadcastJob } =>
  jobsByName(keysOf(compareOps[dtype]), (fn) =>
    broadcastJob({
      name: `compare_${dtype}_${fn}`,
      inputs: 2,
      unroll: 1,
      cost: 0.4,
      compute: plain((_, [a, b]) => v128.and(compareOps[dtype][fn](a, b), i32x4.const(1))),
    }),
  );
const compareJobs = { f32: compareJobsOf('f32'), i32: compareJobsOf('i32'), u32: compareJobsOf('u32') };

const selectJob = broadcastJob({
  name: 'select',
  inputs: 3,
  unroll: 1,
  cost: 0.5,
  compute: plain((_, [c, a, b]) => v128.bitselect(b, a, i32x4.eq(c, i32x4.const(0)))),
});

export const broadcastFamily: KernelFamily<'binary' | 'integer' | 'compare' | 'select'> = {
  jobs: [
    ...Object.values(binaryJobs),
    ...Object.values(integerJobs),
    ...Object.values(compareJobs).flatMap((jobs) => Object.values(jobs)),
    selectJob,
  ],
  launches: {
    binary: (at, { fn, shape, a, b }) => broadcastLaunch(binaryJobs[fn], binaryOps[fn].cost, at, shape, [a, b]),
    integer: (at, { fn, shape, a, b }) => broadcastLaunch(integerJobs[fn], 0.3, at, shape, [a, b]),
    compare: (at, { fn, dtype, shape, a, b }) => broadcastLaunch(compareJobs[dtype][fn], 0.4, at, shape, [a, b]),
    select: (at, { shape, cond, a, b }) => broadcastLaunch(selectJob, 0.5, at, shape, [cond, a, b]),
  },
};
