import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import type { NumericArray } from '../../dtype.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import { apply, defineOp, endsGradient, floatOnly, sameDType } from '../../op.ts';
import { sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';

/**
 * The nearest of `count` rows of b from row `start` to the row of a at `from`; those that the mask hides are passed over. On
 * plain Float64Arrays: one loop for every dtype, which stays ten times faster than one that sees many.
 */
const nearest = (
  a: Float64Array,
  from: number,
  b: Float64Array,
  [start, count, width]: readonly [number, number, number],
  mask: NumericArray | null,
): number => {
  let best = 0;
  let held = Infinity;
  let found = false;
  for (let j = 0; j < count; j++) {
    if (mask !== null && mask[start + j] === 0) continue;
    const to = (start + j) * width;
    let distance = 0;
    for (let k = 0; k < width; k++) {
      const d = a[from + k] - b[to + k];
      distance += d * d;
    }
    // NaN counts as nearest, so that it is seen.
    if (Number.isNaN(distance)) return j;
    if (!found || distance < held) {
      best = j;
      held = distance;
      found = true;
    }
  }
  return best;
};

const reference = ([a, b, mask]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  const [, n, width] = a.shape;
  const m = b.shape[1];
  const [x, y] = [new Float64Array(a.data), new Float64Array(b.data)];
  const shown = mask === undefined ? null : mask.data;
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = nearest(x, i * width, y, [Math.floor(i / n) * m, m, width], shown);
  }
};

export const nearestRowsOp = defineOp<NoAttrs>({
  name: 'nearestRows',
  infer: ([a, b, mask]) => {
    floatOnly('nearestRows', a);
    sameDType('nearestRows', [a, b]);
    const fits = a.shape.length === 3 && b.shape.length === 3 && a.shape[0] === b.shape[0] && a.shape[2] === b.shape[2];
    if (!fits || (b.shape[1] === 0 && a.shape[0] * a.shape[1] > 0)) {
      throw new ShapeError(
        'nearestRows',
        `expected a [groups, n, width] and b [groups, m, width] with m > 0, came ${showShape(a.shape)} and ${showShape(b.shape)}`,
      );
    }
    if (mask !== undefined) {
      if (mask.dtype !== 'bool')
        throw new DTypeError('nearestRows', `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
      if (!sameShape(mask.shape, b.shape.slice(0, 2)))
        throw new ShapeError(
          'nearestRows',
          `expected a mask ${showShape(b.shape.slice(0, 2))} for b ${showShape(b.shape)}, came ${showShape(mask.shape)}`,
        );
    }
    return [{ shape: a.shape.slice(0, 2), dtype: 'i32' }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: endsGradient('a position is constant almost everywhere'),
  reference,
  cpu: (inputs, outputs, attrs) => {
    const [{ shape }, b] = inputs;
    const [groups, n, width] = shape;
    return hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('nearestRows', { groups, n, m: b.shape[1], width, masked: inputs.length === 3 }),
    );
  },
});

/**
 * For each row of a [groups, n, width] the position of the row of b [groups, m, width] that is nearest by squared distance, as
 * i32 [groups, n]: the first of equals, and one that is NaN before all others. `mask` bool [groups, m] leaves rows of b out;
 * a group with none left gives 0. Distances are sums of squared differences in float64, and none is kept.
 */
export const nearestRows = (a: Tensor, b: Tensor, { mask }: { readonly mask?: Tensor } = {}): Tensor =>
  apply(nearestRowsOp, mask === undefined ? [a, b] : [a, b, mask], noAttrs);
