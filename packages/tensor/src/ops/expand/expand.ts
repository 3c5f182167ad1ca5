import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { broadcastAxes, broadcastShapes, broadcastStrides, type Shape, sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { copyIn, referenceCopy } from '../families/movement.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';

export const expandOp = defineOp<{ readonly shape: Shape }>({
  name: 'expand',
  infer: ([x], { shape }) => {
    if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
      throw new ShapeError('expand', `${showShape(x.shape)} does not expand to ${showShape(shape)}`);
    }
    return [{ shape, dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [
    () => {
      const axes = broadcastAxes(c.specs[0].shape, g.shape);
      return reshape(axes.length === 0 ? g : sum(g, { axes }), c.specs[0].shape);
    },
  ],
  reference: ([x], [out]) => referenceCopy(x, out, broadcastStrides(x.shape, out.shape), 0),
  cpu: ([x], [out]) => copyIn(out.shape, broadcastStrides(x.shape, out.shape), 0),
});

/** Repeats axes of size 1, and new leading axes, to `shape`. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape: [...shape] });

/**
 * Coordinates of a grid: vectors of n0, n1, ... elements become tensors [n0, n1, ...] of which the k-th varies along axis k
 * ('ij', default), or with the first two axes exchanged ('xy', as numpy.meshgrid).
 */
export const meshgrid = (
  vectors: readonly Tensor[],
  { indexing = 'ij' }: { readonly indexing?: 'ij' | 'xy' } = {},
): Tensor[] => {
  vectors.forEach((x, k) => {
    if (x.rank !== 1) throw new ShapeError('meshgrid', `input ${k} must be a vector, came ${showShape(x.shape)}`);
  });
  if (vectors.length === 0) throw new ArgumentError('meshgrid', 'came without vectors; pass at least one');
  const axisOf = (k: number): number => (indexing === 'xy' && k < 2 && vectors.length > 1 ? 1 - k : k);
  const shape = vectors.map((_, i) => vectors[axisOf(i)].size);
  return vectors.map((x, k) =>
    scope(() =>
      expand(
        reshape(
          x,
          shape.map((_, i) => (i === axisOf(k) ? x.size : 1)),
        ),
        shape,
      ),
    ),
  );
};
