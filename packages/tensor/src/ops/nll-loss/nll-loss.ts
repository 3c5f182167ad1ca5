import { ShapeError } from '../../errors.ts';
import { apply, floatOnly } from '../../op.ts';
import { normalizeAxis, sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkClassOptions, checkClassWeight, classRows, idsShape, rowIds, rowWeights } from '../families/classes.ts';
import { noAttrs } from '../families/elementwise.ts';
import { applyLoss, defineLoss, type LossOptions } from '../families/loss.ts';
import { gatherRowsOp } from '../gather-rows/gather-rows.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { reshape } from '../reshape/reshape.ts';
import { where } from '../where/where.ts';

export interface NllAttrs {
  readonly axis: number;
  readonly ignoreIndex: number;
  readonly weighted: boolean;
}

const name = 'nllLoss';

// -w_y log p_y, counted with w_y
export const nllLossOp = defineLoss<NllAttrs>({
  name,
  shape: ([logp, ids, weight], { axis, weighted }) => {
    floatOnly(name, logp);
    const want = idsShape(logp.shape, axis);
    if (ids.dtype !== 'i32' || !sameShape(ids.shape, want)) {
      throw new ShapeError(
        name,
        `log-probabilities ${showShape(logp.shape)} with the classes at axis ${axis} take i32 ids ${showShape(want)}, came ${ids.dtype} ${showShape(ids.shape)}`,
      );
    }
    if (logp.shape[axis] === 0)
      throw new ShapeError(name, `log-probabilities ${showShape(logp.shape)} have no classes`);
    if (weighted) checkClassWeight(name, weight, logp.dtype, logp.shape[axis]);
    return want;
  },
  losses: ([logp, target, weight], { axis, ignoreIndex, weighted }, mask) => {
    const x = classRows(logp, axis);
    const [rows, classes] = x.shape;
    const ids = rowIds(name, target, classes, ignoreIndex, mask);
    // [rows, C] -> [rows, C, 1]; ids [rows] -> [rows, 1]
    const picked = apply(gatherRowsOp, [reshape(x, [rows, classes, 1]), reshape(ids.safe, [rows, 1])], noAttrs);
    const counts = rowWeights(weighted ? weight : null, ids, logp.dtype);
    const losses = mul(where(ids.valid, neg(reshape(picked, [rows])), 0), counts);
    return { losses: reshape(losses, target.shape), counts: reshape(counts, target.shape) };
  },
});

export interface NllLossOptions extends Omit<LossOptions, 'weight'> {
  /** Axis of the classes. Default the last (PyTorch: axis 1). */
  readonly axis?: number;
  /** Rows with this id give 0 and do not count. Default -100. */
  readonly ignoreIndex?: number;
  /** A factor for each class: [classes]. The mean divides by the weights of the rows' classes. */
  readonly weight?: Tensor;
}

/** Minus the log-probability [..., classes] of the i32 ids [...]; a mean over no row is 0. */
export const nllLoss = (logProbabilities: Tensor, ids: Tensor, options: NllLossOptions = {}): Tensor => {
  const { axis = -1, ignoreIndex = -100, weight, ...common } = options;
  checkClassOptions(name, ignoreIndex, 0);
  const attrs = { axis: normalizeAxis(name, axis, logProbabilities.rank), ignoreIndex, weighted: weight !== undefined };
  const inputs = weight === undefined ? [logProbabilities, ids] : [logProbabilities, ids, weight];
  return applyLoss(nllLossOp, inputs, attrs, common);
};
