// One number a row or column: sums, means, extremes, argmax, variance and log-sum-exp.

import type { CpuKernelArgs, ReduceFn } from '@omnigrad/tensor';
import type { Abilities } from '../abilities.ts';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  f32,
  grid,
  i32,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  u32,
  usualSize,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';
import { type StreamedRows, streamedColumns, streamedRows } from './rows.ts';

/** The function of reduce/function.wgsl; a mean is a sum over n. */
const functionOf: { readonly [F in ReduceFn]: number } = { sum: 0, mean: 0, max: 1, min: 2 };

/** Over rows side by side in `from`; one dispatch, whatever their length. */
const reduceRows = (
  fn: ReduceFn,
  rows: number,
  n: number,
  plan: StreamedRows,
  divisor: number,
  [from, to]: readonly [Binding, Binding],
  abilities: Abilities,
): Dispatch => ({
  wgsl: 'reduce/rows',
  constants: { FUNCTION: functionOf[fn], LANES: plan.lanes, PARTIAL: plan.parts > 1 },
  uniforms: [u32(rows), u32(n), u32(plan.parts), u32(plan.length), f32(divisor)],
  bindings: [from, to],
  workgroups: grid(plan.workgroups, abilities),
});

/** out[c] = Σ over `n` of from [n, columns], contiguous, in one dispatch. */
export const sumColumns = (
  columns: number,
  n: number,
  bindings: readonly [Binding, Binding],
  abilities: Abilities,
): Dispatch => {
  const { lanes, tile } = streamedColumns(columns, n, columns, abilities);
  return {
    wgsl: 'reduce/columns',
    constants: { FUNCTION: functionOf.sum, LANES: lanes, TILE: tile, PARTIAL: false },
    uniforms: [u32(columns), u32(n), u32(columns), u32(1), u32(Math.max(1, n)), f32(1)],
    bindings,
    workgroups: grid(ceilDivide(columns, usualSize / lanes), abilities),
  };
};

/** Numbers that a part of a row or column leaves. */
const partNumbers = 2;

const reduce = ({ fn, outer, n, inner }: CpuKernelArgs['reduce'], { abilities }: { readonly abilities: Abilities }) => {
  const results = outer * inner;
  if (results === 0) return nothing;
  const divisor = fn === 'mean' ? n : 1;
  const columns = streamedColumns(results, n, inner, abilities);
  const plan: StreamedRows = inner === 1 ? streamedRows(outer, n, abilities) : columns;
  const to = plan.parts > 1 ? scratchWrites(0) : writes(1);
  const first: Dispatch =
    inner === 1
      ? reduceRows(fn, outer, n, plan, divisor, [reads(0), to], abilities)
      : {
          wgsl: 'reduce/columns',
          constants: { FUNCTION: functionOf[fn], LANES: plan.lanes, TILE: columns.tile, PARTIAL: plan.parts > 1 },
          uniforms: [u32(results), u32(n), u32(inner), u32(plan.parts), u32(plan.length), f32(divisor)],
          bindings: [reads(0), to],
          workgroups: grid(plan.workgroups, abilities),
        };
  if (plan.parts === 1) return launch([first]);
  const numbers = partNumbers * plan.parts;
  const whole = { ...streamedRows(results, numbers, abilities), parts: 1, length: numbers };
  const workgroups = ceilDivide(results, usualSize / whole.lanes);
  const second = reduceRows(
    fn,
    results,
    numbers,
    { ...whole, workgroups },
    divisor,
    [scratchReads(0), writes(1)],
    abilities,
  );
  return launch([first, second], [results * numbers * 4]);
};

const argmax = ({ outer, n, inner }: CpuKernelArgs['argmax'], { abilities }: { readonly abilities: Abilities }) => {
  const results = outer * inner;
  if (results === 0) return nothing;
  const columns = streamedColumns(results, n, inner, abilities);
  const plan: StreamedRows = inner === 1 ? streamedRows(outer, n, abilities) : columns;
  const { parts, length, lanes } = plan;
  const first: Dispatch = {
    wgsl: inner === 1 ? 'reduce/argmax-rows' : 'reduce/argmax-columns',
    constants: { LANES: lanes, PARTIAL: parts > 1, ...(inner === 1 ? {} : { TILE: columns.tile }) },
    uniforms: [u32(results), u32(n), ...(inner === 1 ? [] : [u32(inner)]), u32(parts), u32(length), f32(1)],
    bindings: [reads(0), parts > 1 ? scratchWrites(0) : writes(1)],
    workgroups: grid(plan.workgroups, abilities),
  };
  if (parts === 1) return launch([first]);
  const second: Dispatch = {
    wgsl: 'reduce/argmax-parts',
    constants: { LANES: 64 },
    uniforms: [u32(results), u32(parts)],
    bindings: [scratchReads(0), writes(1)],
    workgroups: grid(ceilDivide(results, usualSize / 64), abilities),
  };
  return launch([first, second], [results * parts * partNumbers * 4]);
};

/** m and e of x = m · 2^e, m from 1 to 2; 0 and 0 of 0. */
const parted = (x: number): readonly [number, number] => {
  if (x === 0) return [0, 0];
  const e = Math.floor(Math.log2(x));
  return [x / 2 ** e, e];
};

const variance = (
  { rows, n, divisor }: CpuKernelArgs['variance'],
  { abilities }: { readonly abilities: Abilities },
) => {
  if (rows === 0) return nothing;
  const { lanes, parts, length, workgroups } = streamedRows(rows, n, abilities);
  const [mantissa, exponent] = parted(divisor);
  const shared = {
    wgsl: 'reduce/variance' as const,
    constants: { LANES: lanes },
    uniforms: [u32(rows), u32(n), u32(parts), u32(length), f32(mantissa), i32(exponent)],
    workgroups: grid(workgroups, abilities),
  };
  if (parts === 1) return launch([{ ...shared, bindings: [reads(0), writes(1)] }]);
  const bytes = rows * parts * 16;
  return launch(
    [
      { ...shared, entry: 'sums', bindings: [reads(0), scratchWrites(0)] },
      { ...shared, entry: 'squares', bindings: [reads(0), scratchReads(0), scratchWrites(1)] },
      {
        ...shared,
        entry: 'finish',
        bindings: [reads(0), scratchReads(0), scratchReads(1), writes(1)],
        workgroups: grid(rows, abilities),
      },
    ],
    [bytes, bytes],
  );
};

const logSumExp = ({ rows, n }: CpuKernelArgs['logSumExp'], { abilities }: { readonly abilities: Abilities }) => {
  if (rows === 0) return nothing;
  const { lanes, parts, length, workgroups } = streamedRows(rows, n, abilities);
  const uniforms = [u32(rows), u32(n), u32(parts), u32(length), u32(1), f32(1)];
  const first: Dispatch = {
    wgsl: 'softmax/statistics',
    constants: { LANES: lanes, PARTIAL: parts > 1, MASKED: false },
    uniforms,
    bindings: [reads(0), reads(0), parts > 1 ? scratchWrites(0) : writes(1)],
    workgroups: grid(workgroups, abilities),
  };
  if (parts === 1) return launch([first]);
  const second: Dispatch = {
    wgsl: 'softmax/statistics',
    entry: 'finish',
    uniforms,
    bindings: [scratchReads(0), writes(1)],
    workgroups: grid(rows, abilities),
  };
  return launch([first, second], [rows * parts * 8]);
};

export const reduceKernels: Kernels<'reduce' | 'variance' | 'logSumExp' | 'argmax'> = {
  reduce,
  variance,
  logSumExp,
  argmax,
};
