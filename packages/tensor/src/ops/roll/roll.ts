import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite } from '../../op.ts';
import { normalizeAxis } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { reshape } from '../reshape/reshape.ts';
import { takeRuns } from '../take-runs/take-runs.ts';

export const rollOp = defineComposite<{ readonly shifts: readonly number[]; readonly axes: readonly number[] }>({
  name: 'roll',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  compose: ([x], { shifts, axes }) => {
    let out = x;
    axes.forEach((axis, k) => {
      const n = x.shape[axis];
      if (n === 0) return;
      const shift = ((shifts[k] % n) + n) % n;
      const tail = { start: n - shift, step: 1, length: shift };
      out = takeRuns(out, { axis, runs: [tail, { start: 0, step: 1, length: n - shift }] });
    });
    return out === x ? reshape(x, [...x.shape]) : out;
  },
});

/**
 * Moves elements by `shifts` places along `axes`; those that leave at one end come in at the other, as numpy.roll. One shift
 * an axis; without `axes` one shift over all elements in row-major order.
 */
export const roll = (
  x: Tensor,
  shifts: number | readonly number[],
  { axes }: { readonly axes?: number | readonly number[] } = {},
): Tensor => {
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const along = (typeof axes === 'number' ? [axes] : (axes ?? [])).map((a) => normalizeAxis('roll', a, x.rank));
  if (by.length !== (axes === undefined ? 1 : along.length) || !by.every((s) => Number.isInteger(s))) {
    throw new ArgumentError(
      'roll',
      `shifts [${by.join(', ')}] must be whole numbers, ${axes === undefined ? 'one where no axes are given' : `one for each of ${along.length} axes`}`,
    );
  }
  if (axes !== undefined) return compose(rollOp, [x], { shifts: by, axes: along });
  const flat = reshape(x, [x.size]);
  return reshape(compose(rollOp, [flat], { shifts: by, axes: [0] }), x.shape);
};
