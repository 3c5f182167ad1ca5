import { ShapeError } from '../../errors.ts';
import { apply, compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { normalizeAxis, sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { expand } from '../expand/expand.ts';
import { checkIds } from '../families/ids.ts';
import { roundAxis } from '../index-select/index-select.ts';
import { reshape } from '../reshape/reshape.ts';
import { scatterAddRowsOp } from '../scatter-add-rows/scatter-add-rows.ts';

export const indexAddOp = defineComposite<{ readonly axis: number }>({
  name: 'indexAdd',
  infer: ([x, ids, source], { axis }) => {
    const dtype = sameDType('indexAdd', [x, source]);
    floatOnly('indexAdd', x);
    if (ids.shape.length !== 1) {
      throw new ShapeError('indexAdd', `ids must be a vector, came ${showShape(ids.shape)}; reshape() them`);
    }
    const want = x.shape.map((d, i) => (i === axis ? ids.shape[0] : d));
    if (!sameShape(source.shape, want)) {
      throw new ShapeError(
        'indexAdd',
        `source ${showShape(source.shape)} does not fit x ${showShape(x.shape)} and ${ids.shape[0]} ids along axis ${axis}: expected ${showShape(want)}`,
      );
    }
    return [{ shape: x.shape, dtype }];
  },
  compose: ([x, ids, source], { axis }) => {
    const [outer, tableRows, inner] = roundAxis(x.shape, axis);
    const k = ids.size;
    // [...] -> [outer, k, inner]; ids [k] -> [outer, k]; [outer, n, inner] -> [...]
    const where = outer === 1 ? reshape(ids, [1, k]) : expand(ids, [outer, k]);
    const sums = apply(scatterAddRowsOp, [reshape(source, [outer, k, inner]), where], { tableRows });
    return add(x, reshape(sums, x.shape));
  },
});

/**
 * x with slice i of source added to its slice ids[i] along `axis` (default 0): ids i32 [k], source of the shape of x with k
 * along the axis (torch.index_add). Slices of one id add up in order. Ids are checked on the host.
 */
export const indexAdd = (
  x: Tensor,
  ids: Tensor,
  source: Tensor,
  { axis = 0 }: { readonly axis?: number } = {},
): Tensor => {
  const a = normalizeAxis('indexAdd', axis, x.rank);
  checkIds('indexAdd', ids, x.shape[a]);
  return compose(indexAddOp, [x, ids, source], { axis: a });
};
