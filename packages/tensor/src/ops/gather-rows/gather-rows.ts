import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { checkShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { checkIds } from '../families/ids.ts';
import { reshape } from '../reshape/reshape.ts';
import { scatterAddRowsOp } from '../scatter-add-rows/scatter-add-rows.ts';

export const gatherRowsOp: KernelOp<NoAttrs> = defineOp<NoAttrs>({
  name: 'gatherRows',
  infer: ([table, ids]) => {
    if (table.shape.length !== 3 || ids.shape.length !== 2 || ids.shape[0] !== table.shape[0] || ids.dtype !== 'i32') {
      throw new ShapeError(
        'gatherRows',
        `expected a table [groups, rows, width] and i32 ids [groups, n], came ${showShape(table.shape)} and ${ids.dtype} ${showShape(ids.shape)}`,
      );
    }
    return [{ shape: [ids.shape[0], ids.shape[1], table.shape[2]], dtype: table.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  // The ids were checked on the way forward.
  vjp: (c, g) => [() => apply(scatterAddRowsOp, [g, c.input(1)], { tableRows: c.specs[0].shape[1] }), null],
  reference: ([table, ids], [out]) => {
    const [groups, tableRows, width] = table.shape;
    const rows = ids.shape[1];
    for (let r = 0; r < groups * rows; r++) {
      const from = (Math.floor(r / rows) * tableRows + ids.data[r]) * width;
      for (let j = 0; j < width; j++) out.data[r * width + j] = table.data[from + j];
    }
  },
  cpu: ([table, ids], [out]) =>
    cpuPlan(
      sizeOf(out.shape) === 0
        ? []
        : [
            call('gatherRows', [input(0), input(1), output(0)], {
              groups: table.shape[0],
              rows: ids.shape[1],
              tableRows: table.shape[1],
              width: table.shape[2],
            }),
          ],
    ),
});

/** Rows of each group by id: table [groups, rows, width], ids i32 [groups, n] -> [groups, n, width]. Ids are checked on the host. */
export const gatherRows = (table: Tensor, ids: Tensor): Tensor => {
  checkIds('gatherRows', ids, table.shape[1]);
  return apply(gatherRowsOp, [table, ids], noAttrs);
};

/** Rows of a table [count, width] by ids of any shape -> [...ids, width]. Ids are checked on the host. */
export const embedding = (table: Tensor, ids: Tensor): Tensor => {
  if (table.rank !== 2) {
    throw new ShapeError('embedding', `expected a table [count, width], came ${showShape(table.shape)}`);
  }
  const [count, width] = table.shape;
  checkShape('embedding', [...ids.shape, width]);
  checkIds('embedding', ids, count);
  // [count, width] -> [1, count, width]; [...] -> [1, n]; [1, n, width] -> [..., width]
  return scope(() => {
    const rows = apply(gatherRowsOp, [reshape(table, [1, count, width]), reshape(ids, [1, ids.size])], noAttrs);
    return reshape(rows, [...ids.shape, width]);
  });
};
