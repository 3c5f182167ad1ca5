// Losses over classes: logits or log-probabilities with the classes at any axis, and ids of what is right.

import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import { gatherRowsOp } from '../gather-rows/gather-rows.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { permute } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';
import { where } from '../where/where.ts';
import { noAttrs } from './elementwise.ts';
import { checkIds } from './ids.ts';

/** Throws for a smoothing outside 0 to 1 and for an ignored id that is no i32. */
export const checkClassOptions = (op: string, ignoreIndex: number, labelSmoothing: number): void => {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(op, `labelSmoothing is a number from 0 to 1, came ${labelSmoothing}`);
  }
  if ((ignoreIndex | 0) !== ignoreIndex) {
    throw new ArgumentError(op, `ignoreIndex is a whole number that i32 holds, came ${ignoreIndex}`);
  }
};

/** x with the axis of the classes moved to the end and all others in one: [rows, classes]. */
export const classRows = (x: Tensor, axis: number): Tensor => {
  const classes = x.shape[axis];
  const axes = x.shape.map((_, i) => i).filter((i) => i !== axis);
  // [..., C, ...] -> [..., C] -> [rows, C]
  const last = axis === x.rank - 1 ? x : permute(x, [...axes, axis]);
  return reshape(last, [axes.reduce((n, a) => n * x.shape[a], 1), classes]);
};

/** Shape of ids for logits of `shape`. */
export const idsShape = (shape: readonly number[], axis: number): number[] => shape.filter((_, i) => i !== axis);

export const checkClassWeight = (op: string, weight: TensorSpec, dtype: string, classes: number): void => {
  if (weight.shape.length !== 1 || weight.shape[0] !== classes || weight.dtype !== dtype) {
    throw new ShapeError(
      op,
      `expected a ${dtype} weight [${classes}], one for each class, came ${weight.dtype} ${showShape(weight.shape)}`,
    );
  }
};

/** Ids as a vector with ignoreIndex where the mask hides a row, checked on the host; and which rows count. */
export const rowIds = (
  op: string,
  ids: Tensor,
  classes: number,
  ignoreIndex: number,
  mask: Tensor | null,
): { readonly flat: Tensor; readonly valid: Tensor; readonly safe: Tensor } => {
  checkIds(op, ids, classes, ignoreIndex);
  const flat = reshape(mask === null ? ids : where(mask, ids, ignoreIndex), [ids.size]);
  const valid = notEqual(flat, ignoreIndex);
  return { flat, valid, safe: where(valid, flat, 0) };
};

/** The weight of each row's class, 0 for rows that do not count: [rows]; without weights 1 and 0. */
export const rowWeights = (
  weight: Tensor | null,
  { valid, safe }: { readonly valid: Tensor; readonly safe: Tensor },
  dtype: Tensor['dtype'],
): Tensor => {
  if (weight === null) return cast(valid, dtype);
  const [rows, classes] = [safe.size, weight.size];
  if (classes === 0) return cast(valid, dtype);
  const picked = apply(gatherRowsOp, [reshape(weight, [1, classes, 1]), reshape(safe, [1, rows])], noAttrs);
  return where(valid, reshape(picked, [rows]), 0);
};
