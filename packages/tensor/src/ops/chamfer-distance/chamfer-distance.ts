import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { apply, floatOnly, sameDType } from '../../op.ts';
import { sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { cast } from '../cast/cast.ts';
import { div } from '../div/div.ts';
import { noAttrs } from '../families/elementwise.ts';
import { checkOnHost } from '../families/ids.ts';
import { applyLoss, defineLoss, hidden, hiddenRows, type Reduction } from '../families/loss.ts';
import { gatherRowsOp } from '../gather-rows/gather-rows.ts';
import { mean } from '../mean/mean.ts';
import { nearestRows } from '../nearest-rows/nearest-rows.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';
import { sum } from '../sum/sum.ts';

export interface ChamferAttrs {
  /** Positions of the masks among the inputs. */
  readonly maskA: number | null;
  readonly maskB: number | null;
}

const name = 'chamferDistance';

const checkMask = (what: string, mask: TensorSpec, points: TensorSpec): void => {
  if (mask.dtype !== 'bool')
    throw new DTypeError(name, `${what} must be bool, came ${mask.dtype}; compare or cast() it`);
  if (!sameShape(mask.shape, points.shape.slice(0, 2))) {
    throw new ShapeError(
      name,
      `expected ${what} ${showShape(points.shape.slice(0, 2))} for points ${showShape(points.shape)}, came ${showShape(mask.shape)}`,
    );
  }
};

/** A cloud without points has no nearest one and no mean; read on the host, as ids are. */
const checkClouds = (what: string, mask: Tensor): void => {
  const [clouds, n] = mask.shape;
  checkOnHost(name, mask, (values) => {
    for (let c = 0; c < clouds; c++) {
      if (!values.subarray(c * n, (c + 1) * n).includes(1))
        throw new ArgumentError(name, `${what} leaves no point in cloud ${c} of ${clouds}; leave that cloud out`);
    }
  });
};

/** Mean squared distance of each point of `from` to the nearest of `to`: [B, N, D], [B, M, D] -> [B]. */
const oneWay = (from: Tensor, to: Tensor, fromMask: Tensor | null, toMask: Tensor | null): Tensor => {
  const at = nearestRows(from, to, toMask === null ? {} : { mask: toMask }); // [B, N]
  const distance = sum(square(sub(from, apply(gatherRowsOp, [to, at], noAttrs))), { axes: -1 });
  if (fromMask === null) return mean(distance, { axes: -1 });
  return div(sum(hidden(distance, fromMask), { axes: -1 }), sum(cast(fromMask, distance.dtype), { axes: -1 }));
};

export const chamferDistanceOp = defineLoss<ChamferAttrs>({
  name,
  shape: (inputs, { maskA, maskB }) => {
    const [a, b] = inputs;
    floatOnly(name, a);
    sameDType(name, [a, b]);
    const fits = a.shape.length === 3 && b.shape.length === 3 && a.shape[0] === b.shape[0] && a.shape[2] === b.shape[2];
    const shown = `came ${showShape(a.shape)} and ${showShape(b.shape)}`;
    if (!fits) throw new ShapeError(name, `expected a [clouds, n, width] and b [clouds, m, width], ${shown}`);
    if (a.shape[1] === 0 || b.shape[1] === 0)
      throw new ShapeError(name, `a cloud without points has no distance, ${shown}`);
    if (maskA !== null) checkMask('maskA', inputs[maskA], a);
    if (maskB !== null) checkMask('maskB', inputs[maskB], b);
    return [a.shape[0]];
  },
  losses: (inputs, attrs) => {
    const [maskA, maskB] = [attrs.maskA, attrs.maskB].map((i) => (i === null ? null : inputs[i]));
    if (maskA !== null) checkClouds('maskA', maskA);
    if (maskB !== null) checkClouds('maskB', maskB);
    const [a, b] = [hiddenRows(inputs[0], maskA), hiddenRows(inputs[1], maskB)];
    return add(oneWay(a, b, maskA, maskB), oneWay(b, a, maskB, maskA));
  },
});

export interface ChamferDistanceOptions {
  /** Over clouds. Default 'mean'; a mean over no cloud is 0. */
  readonly reduction?: Reduction;
  /** bool [clouds, n]: which points of a exist. */
  readonly maskA?: Tensor;
  /** bool [clouds, m]: which points of b exist. */
  readonly maskB?: Tensor;
}

/**
 * Chamfer distance of point clouds a [clouds, n, width] and b [clouds, m, width] (Fan et al. 2017): the mean squared distance
 * of a's points to their nearest of b, and the same the other way, added; 'none' gives [clouds]. The gradient goes through the
 * nearest pairs only, the first of equally near ones. Needs no memory for the n × m distances.
 */
export const chamferDistance = (a: Tensor, b: Tensor, options: ChamferDistanceOptions = {}): Tensor => {
  const { reduction, maskA, maskB } = options;
  const inputs = [a, b];
  const place = (x: Tensor | undefined): number | null => (x === undefined ? null : inputs.push(x) - 1);
  const attrs = { maskA: place(maskA), maskB: place(maskB) };
  return applyLoss(chamferDistanceOp, inputs, attrs, reduction === undefined ? {} : { reduction });
};
