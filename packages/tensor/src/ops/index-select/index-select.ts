import { ShapeError } from '../../errors.ts';
import { apply, compose, defineComposite } from '../../op.ts';
import { normalizeAxis, type Shape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { noAttrs } from '../families/elementwise.ts';
import { checkIds } from '../families/ids.ts';
import { gatherRowsOp } from '../gather-rows/gather-rows.ts';
import { reshape } from '../reshape/reshape.ts';

/** internal: x as [outer, n, inner] with `axis` in the middle. */
export const roundAxis = (shape: Shape, axis: number): readonly [number, number, number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis],
  sizeOf(shape.slice(axis + 1)),
];

export const indexSelectOp = defineComposite<{ readonly axis: number }>({
  name: 'indexSelect',
  infer: ([x, ids], { axis }) => {
    if (ids.shape.length !== 1) {
      throw new ShapeError('indexSelect', `ids must be a vector, came ${showShape(ids.shape)}; reshape() them`);
    }
    return [{ shape: x.shape.map((d, i) => (i === axis ? ids.shape[0] : d)), dtype: x.dtype }];
  },
  compose: ([x, ids], { axis }) => {
    const [outer, n, inner] = roundAxis(x.shape, axis);
    const k = ids.size;
    // [...] -> [outer, n, inner]; ids [k] -> [outer, k]; [outer, k, inner] -> [...]
    const rows = apply(
      gatherRowsOp,
      [reshape(x, [outer, n, inner]), outer === 1 ? reshape(ids, [1, k]) : expand(ids, [outer, k])],
      noAttrs,
    );
    return reshape(
      rows,
      x.shape.map((d, i) => (i === axis ? k : d)),
    );
  },
});

/** Slices of x by id along `axis` (default 0), in the order of ids i32 [k] (torch.index_select). Ids are checked on the host. */
export const indexSelect = (x: Tensor, ids: Tensor, { axis = 0 }: { readonly axis?: number } = {}): Tensor => {
  const a = normalizeAxis('indexSelect', axis, x.rank);
  checkIds('indexSelect', ids, x.shape[a]);
  return compose(indexSelectOp, [x, ids], { axis: a });
};
