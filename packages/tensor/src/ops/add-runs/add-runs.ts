import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { normalizeAxis, type Shape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { filledPlan, referenceAddBlocks, reversedBlock } from '../families/movement.ts';
import { checkRuns, type RunsAttrs, runBlocks, runsLength, takeRuns } from '../take-runs/take-runs.ts';

export interface AddRunsAttrs extends RunsAttrs {
  /** Elements of the axis that the runs go to. */
  readonly size: number;
}

const blocksOf = (out: Shape, attrs: RunsAttrs) => runBlocks(out, attrs).map(reversedBlock);

export const addRunsOp = defineOp<AddRunsAttrs>({
  name: 'addRuns',
  infer: ([x], { axis, runs, size }) => {
    floatOnly('addRuns', x);
    const length = runsLength(runs);
    if (x.shape[axis] !== length) {
      throw new ShapeError('addRuns', `axis ${axis} has ${x.shape[axis]} elements, the runs have ${length}`);
    }
    return [{ shape: x.shape.map((d, i) => (i === axis ? size : d)), dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => takeRuns(g, c.attrs)],
  reference: ([x], [out], attrs) => referenceAddBlocks(x, out, blocksOf(out.shape, attrs)),
  cpu: (_inputs, [out], attrs) => filledPlan('addStrided', out.shape, blocksOf(out.shape, attrs)),
});

/** The adjoint of takeRuns: sums the elements of `axis` to where the runs read, on an axis of `size` elements. Floats only. */
export const addRuns = (x: Tensor, { axis, runs, size }: AddRunsAttrs): Tensor => {
  const a = normalizeAxis('addRuns', axis, x.rank);
  checkRuns('addRuns', runs, size);
  return apply(addRunsOp, [x], { axis: a, runs: runs.filter((run) => run.length > 0), size });
};
