import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { normalizeAxes, normalizeAxis, showShape } from '../../shape.ts';
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
  if (x.rank < 2) throw new ShapeError('transpose', `expected [..., rows, columns], came ${showShape(x.shape)}`);
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  axes.push(axes.splice(-2, 1)[0]);
  return permute(x, axes);
};

/** Exchanges two axes, as torch.transpose. */
export const swapAxes = (x: Tensor, a: number, b: number): Tensor => {
  const [i, j] = [normalizeAxis('swapAxes', a, x.rank), normalizeAxis('swapAxes', b, x.rank)];
  const axes = x.shape.map((_, axis) => axis);
  [axes[i], axes[j]] = [j, i];
  return permute(x, axes);
};

/** Takes axes from places `from` to places `to` of the result; the others keep their order. */
export const moveAxis = (x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor => {
  const place = (axes: number | readonly number[]): number[] =>
    (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis('moveAxis', a, x.rank));
  const [sources, targets] = [place(from), place(to)];
  const distinct = (axes: readonly number[]): boolean => new Set(axes).size === axes.length;
  if (sources.length !== targets.length || !distinct(sources) || !distinct(targets)) {
    throw new ArgumentError(
      'moveAxis',
      `from [${sources.join(', ')}] and to [${targets.join(', ')}] must be lists of one length, each without repeats`,
    );
  }
  const rest = x.shape.map((_, i) => i).filter((i) => !sources.includes(i));
  return permute(
    x,
    x.shape.map((_, i) => {
      const k = targets.indexOf(i);
      return k >= 0 ? sources[k] : (rest.shift() ?? 0);
    }),
  );
};
