import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, floatOnly } from '../../op.ts';
import { normalizeAxis, sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { crossEntropyRowsOp } from '../cross-entropy-rows/cross-entropy-rows.ts';
import { equal } from '../equal/equal.ts';
import { checkClassOptions, checkClassWeight, classRows, idsShape, rowIds, rowWeights } from '../families/classes.ts';
import { applyLoss, type Counted, defineLoss, hidden, type LossOptions } from '../families/loss.ts';
import { logSoftmax } from '../log-softmax/log-softmax.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';
import { where } from '../where/where.ts';

export interface CrossEntropyAttrs {
  readonly axis: number;
  readonly ignoreIndex: number;
  readonly smoothing: number;
  readonly weighted: boolean;
}

const name = 'crossEntropy';

const checkTarget = (logits: TensorSpec, target: TensorSpec, axis: number): void => {
  floatOnly(name, logits);
  const soft = target.dtype === logits.dtype && sameShape(target.shape, logits.shape);
  const hard = target.dtype === 'i32' && sameShape(target.shape, idsShape(logits.shape, axis));
  if (soft || hard) return;
  throw new ShapeError(
    name,
    `logits ${showShape(logits.shape)} with the classes at axis ${axis} take i32 ids ${showShape(idsShape(logits.shape, axis))} or ` +
      `${logits.dtype} probabilities ${showShape(logits.shape)}, came ${target.dtype} ${showShape(target.shape)}`,
  );
};

/** Ids: w_y ((1 - s) nll) - s / C Σ_c w_c log p_c, counted with w_y; 0 for rows that do not count. */
const hardLosses = (
  logits: Tensor,
  target: Tensor,
  weight: Tensor | null,
  { axis, ignoreIndex, smoothing }: CrossEntropyAttrs,
  mask: Tensor | null,
): Counted => {
  const x = classRows(logits, axis); // [..., C, ...] -> [rows, C]
  const classes = logits.shape[axis];
  const ids = rowIds(name, target, classes, ignoreIndex, mask);
  const counts = rowWeights(weight, ids, logits.dtype);
  const rows = (s: number): Tensor => apply(crossEntropyRowsOp, [x, ids.flat], { ignoreIndex, smoothing: s });
  const shaped = (y: Tensor): Tensor => reshape(y, target.shape);
  if (weight === null) return { losses: shaped(rows(smoothing)), counts: shaped(counts) };
  const picked = mul(rows(0), counts);
  if (smoothing === 0) return { losses: shaped(picked), counts: shaped(counts) };
  const spread = where(ids.valid, neg(sum(mul(logSoftmax(x), weight), { axes: -1 })), 0);
  return {
    losses: shaped(add(mul(picked, 1 - smoothing), mul(spread, smoothing / classes))),
    counts: shaped(counts),
  };
};

/** Probabilities t: -Σ_c w_c t_c log p_c. A class that is impossible and has target 0 adds 0. */
const softLosses = (
  logits: Tensor,
  target: Tensor,
  weight: Tensor | null,
  { axis, smoothing }: CrossEntropyAttrs,
  mask: Tensor | null,
): Tensor => {
  const classes = logits.shape[axis];
  const out = idsShape(logits.shape, axis);
  // A mask broadcast to [...] has the axis of the classes put back as 1.
  const full =
    mask === null ? null : reshape(mask, [...new Array<number>(out.length - mask.rank).fill(1), ...mask.shape]);
  const hides = full === null ? null : reshape(full, [...full.shape.slice(0, axis), 1, ...full.shape.slice(axis)]);
  const logp = logSoftmax(classRows(hidden(logits, hides), axis)); // [rows, C]
  const given = classRows(hidden(target, hides), axis);
  const t = smoothing === 0 ? given : add(mul(given, 1 - smoothing), smoothing / classes);
  // 0 · -Infinity is NaN.
  const shown = where(where(equal(t, 0), equal(logp, -Infinity), 0), 0, logp);
  const terms = mul(weight === null ? t : mul(t, weight), shown);
  return reshape(neg(sum(terms, { axes: -1 })), out);
};

export const crossEntropyOp = defineLoss<CrossEntropyAttrs>({
  name,
  shape: ([logits, target, weight], { axis, weighted }) => {
    checkTarget(logits, target, axis);
    if (logits.shape[axis] === 0) throw new ShapeError(name, `logits ${showShape(logits.shape)} have no classes`);
    if (weighted) checkClassWeight(name, weight, logits.dtype, logits.shape[axis]);
    return idsShape(logits.shape, axis);
  },
  losses: ([logits, target, weight], attrs, mask) => {
    const losses = target.dtype === 'i32' ? hardLosses : softLosses;
    return losses(logits, target, attrs.weighted ? weight : null, attrs, mask);
  },
});

export interface CrossEntropyOptions extends Omit<LossOptions, 'weight'> {
  /** Axis of the classes. Default the last (PyTorch: axis 1). */
  readonly axis?: number;
  /** Rows with this id give 0 and do not count. Default -100; only for ids. */
  readonly ignoreIndex?: number;
  /** s from 0 to 1: the target becomes (1 - s) t + s / classes. */
  readonly labelSmoothing?: number;
  /** A factor for each class: [classes]. With ids the mean divides by the weights of the rows' classes. */
  readonly weight?: Tensor;
}

/**
 * Cross entropy of logits [..., classes] with i32 ids [...] or probabilities [..., classes]; 'none' gives [...]. A mean over
 * no row is 0. A class of logit -Infinity costs Infinity where it has a target and 0 elsewhere; a row of nothing else is NaN.
 */
export const crossEntropy = (logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor => {
  const { axis = -1, ignoreIndex = -100, labelSmoothing = 0, weight, ...common } = options;
  checkClassOptions(name, ignoreIndex, labelSmoothing);
  if (options.ignoreIndex !== undefined && target.dtype !== 'i32')
    throw new ArgumentError(name, 'ignoreIndex is for ids; give probabilities a mask');
  const attrs = {
    axis: normalizeAxis(name, axis, logits.rank),
    ignoreIndex,
    smoothing: labelSmoothing,
    weighted: weight !== undefined,
  };
  return applyLoss(crossEntropyOp, weight === undefined ? [logits, target] : [logits, target, weight], attrs, common);
};
