import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineViewOp } from '../../op.ts';
import { checkShape, normalizeAxes, normalizeAxis, type Shape, sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

export const reshapeOp = defineViewOp<{ readonly shape: Shape }>({
  name: 'reshape',
  infer: ([x], { shape }) => {
    checkShape('reshape', shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        'reshape',
        `${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => reshape(g, c.specs[0].shape)],
});

/** Another shape over the same elements; one size may be -1 and is worked out. Costs nothing. */
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return sameShape(x.shape, shape) ? x : apply(reshapeOp, [x], { shape: [...shape] });
  const rest = sizeOf(shape.filter((_, i) => i !== unknown));
  if (rest === 0 || x.size % rest !== 0 || shape.indexOf(-1, unknown + 1) >= 0) {
    throw new ShapeError('reshape', `${showShape(x.shape)} does not determine the -1 in ${showShape(shape)}`);
  }
  return apply(reshapeOp, [x], { shape: shape.map((d, i) => (i === unknown ? x.size / rest : d)) });
};

/** Drops the axes of size 1, or those of `axes`, which must have size 1. */
export const squeeze = (x: Tensor, { axes }: { readonly axes?: number | readonly number[] } = {}): Tensor => {
  if (axes === undefined)
    return reshape(
      x,
      x.shape.filter((d) => d !== 1),
    );
  const dropped = normalizeAxes('squeeze', axes, x.rank);
  for (const a of dropped) {
    if (x.shape[a] !== 1)
      throw new ShapeError('squeeze', `axis ${a} of ${showShape(x.shape)} has ${x.shape[a]} elements, not 1`);
  }
  return reshape(
    x,
    x.shape.filter((_, i) => !dropped.includes(i)),
  );
};

/** New axes of size 1 at these places of the result, as numpy.expand_dims; negative ones count from its back. */
export const unsqueeze = (x: Tensor, { axes }: { readonly axes: number | readonly number[] }): Tensor => {
  const list = typeof axes === 'number' ? [axes] : axes;
  const added = normalizeAxes('unsqueeze', list, x.rank + list.length);
  const rest = [...x.shape];
  const shape = Array.from({ length: x.rank + added.length }, (_, i) => (added.includes(i) ? 1 : (rest.shift() ?? 1)));
  checkShape('unsqueeze', shape);
  return reshape(x, shape);
};

/** Merges the axes `start` (default the first) to `end` (inclusive, default the last) into one; a scalar becomes a vector of one. */
export const flatten = (
  x: Tensor,
  { start = 0, end = -1 }: { readonly start?: number; readonly end?: number } = {},
): Tensor => {
  const rank = Math.max(x.rank, 1);
  const [from, to] = [normalizeAxis('flatten', start, rank), normalizeAxis('flatten', end, rank)];
  if (from > to) throw new ArgumentError('flatten', `start ${start} lies behind end ${end} of rank ${x.rank}`);
  return reshape(x, [...x.shape.slice(0, from), sizeOf(x.shape.slice(from, to + 1)), ...x.shape.slice(to + 1)]);
};
