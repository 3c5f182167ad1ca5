import { cpuPlan } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { normalizeAxis, type Shape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { addRuns } from '../add-runs/add-runs.ts';
import { type Block, blockCalls, referenceCopyBlocks } from '../families/movement.ts';

/** Elements start, start + step, ... of an axis; step may be 0 or negative. */
export interface Run {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

export interface RunsAttrs {
  readonly axis: number;
  readonly runs: readonly Run[];
}

/** internal */
export const runsLength = (runs: readonly Run[]): number => runs.reduce((n, run) => n + run.length, 0);

/** internal The blocks that runs move from `shape` to the result, which has them one after another. */
export const runBlocks = (shape: Shape, { axis, runs }: RunsAttrs): Block[] => {
  const from = stridesOf(shape);
  const to = stridesOf(shape.map((d, i) => (i === axis ? runsLength(runs) : d)));
  let at = 0;
  return runs.map(({ start, step, length }) => {
    const offset = at * to[axis];
    at += length;
    return {
      shape: shape.map((d, i) => (i === axis ? length : d)),
      from: { strides: from.map((s, i) => (i === axis ? s * step : s)), offset: start * from[axis] },
      to: { strides: to, offset },
    };
  });
};

export const takeRunsOp = defineOp<RunsAttrs>({
  name: 'takeRuns',
  infer: ([x], { axis, runs }) => [
    { shape: x.shape.map((d, i) => (i === axis ? runsLength(runs) : d)), dtype: x.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => addRuns(g, { ...c.attrs, size: c.specs[0].shape[c.attrs.axis] })],
  reference: ([x], [out], attrs) => referenceCopyBlocks(x, out, runBlocks(x.shape, attrs)),
  cpu: ([x], _outputs, attrs) => cpuPlan(runBlocks(x.shape, attrs).flatMap((block) => blockCalls('copy', block))),
});

/** internal */
export const checkRuns = (op: string, runs: readonly Run[], size: number): void => {
  for (const { start, step, length } of runs) {
    const last = start + step * (length - 1);
    const whole = Number.isInteger(start) && Number.isInteger(step) && Number.isInteger(length) && length >= 0;
    if (!whole || (length > 0 && (Math.min(start, last) < 0 || Math.max(start, last) >= size))) {
      throw new ArgumentError(
        op,
        `a run of ${length} from ${start} in steps of ${step} is outside an axis of ${size} elements`,
      );
    }
  }
};

/**
 * Runs of `axis` one after another, one strided copy each: what roll, repeat and the modes of pad are made of. Runs may
 * overlap, repeat one element (step 0) and go backwards.
 */
export const takeRuns = (x: Tensor, { axis, runs }: RunsAttrs): Tensor => {
  const a = normalizeAxis('takeRuns', axis, x.rank);
  checkRuns('takeRuns', runs, x.shape[a]);
  return apply(takeRunsOp, [x], { axis: a, runs: runs.filter((run) => run.length > 0) });
};
