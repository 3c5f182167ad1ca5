import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { normalizeAxes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { permutedStrides } from '../families/elementwise.ts';
import { copyIn, referenceCopy } from '../families/movement.ts';

export const permuteOp = defineOp<{ readonly axes: readonly number[] }>({
  name: 'permute',
  infer: ([x], { axes }) => [{ shape: axes.map((a) => x.shape[a]), dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [
    () =>
      permute(
        g,
        c.attrs.axes.map((_, i) => c.attrs.axes.indexOf(i)),
      ),
  ],
  reference: ([x], [out], { axes }) => referenceCopy(x, out, permutedStrides(x.shape, axes), 0),
  cpu: ([x], [out], { axes }) => copyIn(out.shape, permutedStrides(x.shape, axes), 0),
});

/** Axes in another order: output axis i is input axis `axes[i]`. */
export const permute = (x: Tensor, axes: readonly number[]): Tensor => {
  if (axes.length !== x.rank || normalizeAxes('permute', axes, x.rank).length !== x.rank) {
    throw new ArgumentError('permute', `axes [${axes.join(', ')}] do not name all ${x.rank} axes`);
  }
  return apply(permuteOp, [x], { axes: axes.map((a) => (a < 0 ? a + x.rank : a)) });
};

/** Swaps the last two axes. */
export const transpose = (x: Tensor): Tensor => {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  axes.push(axes.splice(-2, 1)[0]);
  return permute(x, axes);
};
