// Strided copies: slices, permutes, broadcasts, concatenation. Rows that are dense on both sides go by vectors, a transposed
// pair of axes by 4 x 4 blocks, the rest element by element.

import type { CpuKernelArgs } from '@omnigrad/tensor';
import { type FunctionBuilder, f32x4, type I32, i32, type Local, type V128, v128 } from '../emitter/index.ts';
import { defineJob, type Job, type KernelFamily, type Launch } from './job.ts';
import { overLanes } from './lanes.ts';
import { overWalk, walkParams, walks } from './strided.ts';
import { transpose4 } from './transpose.ts';

/** Above this many elements a row, the engine's memory.copy beats our loop in spite of its call. */
const longRow = 256;
/** Below this many, a row costs more than its elements. */
const shortRow = 8;

type WalkJob = Job<Record<string, 'i32'>>;
const operands = ['x', 'out'] as const;

/** Rows that are dense on both sides, and rows that are not. */
const rowJob = (
  name: string,
  denseRow: (f: FunctionBuilder, x: Local<'i32'>, out: Local<'i32'>, n: Local<'i32'>) => void,
  element: (f: FunctionBuilder, x: Local<'i32'>, out: Local<'i32'>) => void,
): { readonly rows: WalkJob; readonly elements: WalkJob } => ({
  rows: defineJob(`${name}_rows`, walkParams(operands), (f, p, range) => {
    overWalk(f, p, range, operands, ({ at, n }) => denseRow(f, at.x, at.out, n));
  }),
  elements: defineJob(`${name}_elements`, walkParams(operands), (f, p, range) => {
    overWalk(f, p, range, operands, ({ at, n }) => {
      const from = f.let(at.x);
      const to = f.let(at.out);
      f.times(n, () => {
        element(f, from, to);
        f.advance(from, p.x_column);
        f.advance(to, p.out_column);
      });
    });
  }),
});

const copies = rowJob(
  'copy',
  (f, x, out, n) =>
    f.if(
      i32.geU(n, longRow),
      () => f.memoryCopy(out, x, i32.shl(n, 2)),
      () => overLanes(f, n, (lanes) => lanes.store(out, lanes.load(x)), 2),
    ),
  (f, from, to) => f.storeI32(to, i32.load(from)),
);

const sums = rowJob(
  'add',
  (f, x, out, n) => overLanes(f, n, (lanes) => lanes.store(out, f32x4.add(lanes.load(out), lanes.load(x))), 2),
  (f, from, to) => f.storeLane(to, f32x4.add(v128.load32Splat(to), v128.load32Splat(from)), 0),
);

/** Columns of one strip of a transpose: a cache line of out. */
const stripColumns = 16;

/**
 * x dense along the rows, out along the columns: out[r · outRow + c] = x[r + c · xCol]. A unit is a strip of up to 16 columns,
 * so that each row of out is written by whole cache lines; within a strip 4 x 4 blocks.
 */
const transposedParams: Record<string, 'i32'> = { ...walkParams(operands), rows: 'i32', outRow: 'i32' };

const transposed: WalkJob = defineJob('copy_transposed', transposedParams, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.rows, 2));
  const xCol = p.x_column;
  overWalk(f, p, range, operands, ({ at, n }) => {
    const x = f.let(at.x);
    const out = f.let(at.out);
    /** Four rows at byte r of x's rows, `columns` columns, to `to`. */
    const blocks = (r: I32, to: I32, columns: number): void => {
      const from = f.let(i32.add(x, r));
      for (let c = 0; c < columns; c += 4) {
        const rows: V128[] = [];
        for (let i = 0; i < 4; i++) {
          rows.push(f.let(v128.load(from)));
          f.advance(from, xCol);
        }
        const target = f.let(to);
        for (const column of transpose4((v) => f.let(v), rows)) {
          f.storeV128(target, column, c * 4);
          f.advance(target, p.outRow);
        }
      }
    };
    const left = f.let(n);
    const strip = (columns: number): void => {
      const r = f.letI32(0);
      const to = f.let(out);
      if (columns > 1) {
        const end = f.let(i32.and(rowBytes, -16));
        f.while(i32.ltU(r, end), () => {
          blocks(r, to, columns);
          f.advance(to, i32.shl(p.outRow, 2));
          f.advance(r, 16);
        });
      }
      f.while(i32.ltU(r, rowBytes), () => {
        const from = f.let(i32.add(x, r));
        for (let c = 0; c < columns; c++) {
          f.storeI32(to, i32.load(from), c * 4);
          f.advance(from, xCol);
        }
        f.advance(to, p.outRow);
        f.advance(r, 4);
      });
      f.advance(x, i32.mul(xCol, columns));
      f.advance(out, columns * 4);
      f.advance(left, -columns);
    };
    for (const columns of [stripColumns, 4, 1]) f.while(i32.geU(left, columns), () => strip(columns));
  });
});

/** Drops axes of one element and merges neighbours that both sides walk in one stride. */
const simplify = (args: CpuKernelArgs['copy']): { shape: number[]; from: number[]; to: number[] } => {
  const shape: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  args.shape.forEach((d, i) => {
    if (d === 1) return;
    const last = shape.length - 1;
    const [s, t] = [args.inStrides[i], args.outStrides[i]];
    if (last >= 0 && from[last] === s * d && to[last] === t * d) {
      shape[last] *= d;
      from[last] = s;
      to[last] = t;
    } else {
      shape.push(d);
      from.push(s);
      to.push(t);
    }
  });
  if (shape.length === 0) return { shape: [1], from: [1], to: [1] };
  return { shape, from, to };
};

/** Whether different indices reach different elements: then units may run side by side. */
const disjoint = (shape: readonly number[], strides: readonly number[]): boolean => {
  const order = shape.map((_, i) => i).sort((a, b) => Math.abs(strides[a]) - Math.abs(strides[b]));
  let reach = 0;
  for (const axis of order) {
    if (Math.abs(strides[axis]) <= reach) return false;
    reach += Math.abs(strides[axis]) * (shape[axis] - 1);
  }
  return true;
};

const copyLaunches = (x: number, out: number, args: CpuKernelArgs['copy']): Launch[] => {
  if (args.shape.includes(0)) return [];
  const { shape, from, to } = simplify(args);
  const column = shape.length - 1;
  const source = { address: x + args.inOffset * 4, strides: from };
  const target = { address: out + args.outOffset * 4, strides: to };
  const denseOut = to[column] === 1;
  // a transpose in disguise: another axis is the dense one of x
  const row = denseOut && from[column] !== 1 ? from.indexOf(1) : -1;
  if (row >= 0) {
    const without = (list: readonly number[]): number[] => list.filter((_, axis) => axis !== row);
    const operandsOf = [
      { ...source, strides: without(from) },
      { ...target, strides: without(to) },
    ];
    return walks(without(shape), operandsOf, stripColumns).map(({ values, units, columns }) => ({
      job: transposed,
      values: [...values, shape[row], to[row] * 4],
      units,
      cost: 10 + 0.4 * shape[row] * columns,
    }));
  }
  const dense = denseOut && from[column] === 1 && shape[column] >= shortRow;
  // element by element the longest axis serves best as the column
  const longest = dense ? column : shape.indexOf(Math.max(...shape));
  const turned = (list: readonly number[]): number[] => [...list.filter((_, axis) => axis !== longest), list[longest]];
  return walks(turned(shape), [
    { ...source, strides: turned(from) },
    { ...target, strides: turned(to) },
  ]).map(({ values, units, columns }) => ({
    job: dense ? copies.rows : copies.elements,
    values,
    units,
    cost: 5 + (dense ? 0.25 : 0.8) * columns,
  }));
};

const addLaunches = (x: number, out: number, args: CpuKernelArgs['copy']): Launch[] => {
  if (args.shape.includes(0)) return [];
  const { shape, from, to } = simplify(args);
  const column = shape.length - 1;
  const dense = to[column] === 1 && from[column] === 1;
  // One element may be the sum of many: those stay with one thread, in order.
  const serial = !disjoint(shape, to);
  return walks(shape, [
    { address: x + args.inOffset * 4, strides: from },
    { address: out + args.outOffset * 4, strides: to },
  ]).map(({ values, units, columns }) => ({
    job: dense ? sums.rows : sums.elements,
    values,
    units,
    cost: 5 + (dense ? 0.35 : 1) * columns,
    serial,
  }));
};

export const copyFamily: KernelFamily<'copy' | 'addStrided'> = {
  jobs: [copies.rows, copies.elements, transposed, sums.rows, sums.elements],
  launches: {
    copy: ([x, out], args) => copyLaunches(x, out, args),
    addStrided: ([x, out], args) => addLaunches(x, out, args),
  },
};
