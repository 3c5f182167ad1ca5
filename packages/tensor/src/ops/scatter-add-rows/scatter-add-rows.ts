import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, type KernelOp } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { noAttrs } from '../families/elementwise.ts';
import { checkIds } from '../families/ids.ts';
import { gatherRowsOp } from '../gather-rows/gather-rows.ts';

export const scatterAddRowsOp: KernelOp<{ readonly tableRows: number }> = defineOp<{ readonly tableRows: number }>({
  name: 'scatterAddRows',
  infer: ([x, ids], { tableRows }) => {
    floatOnly('scatterAddRows', x);
    if (x.shape.length !== 3 || ids.shape.length !== 2 || ids.shape[0] !== x.shape[0] || ids.shape[1] !== x.shape[1]) {
      throw new ShapeError(
        'scatterAddRows',
        `expected x [groups, n, width] and ids [groups, n], came ${showShape(x.shape)} and ${showShape(ids.shape)}`,
      );
    }
    return [{ shape: [x.shape[0], tableRows, x.shape[2]], dtype: x.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [() => apply(gatherRowsOp, [g, c.input(1)], noAttrs), null],
  reference: ([x, ids], [out], { tableRows }) => {
    const [groups, rows, width] = x.shape;
    out.data.fill(0);
    for (let r = 0; r < groups * rows; r++) {
      const to = (Math.floor(r / rows) * tableRows + ids.data[r]) * width;
      for (let j = 0; j < width; j++) out.data[to + j] += x.data[r * width + j];
    }
  },
  cpu: ([x], _outputs, { tableRows }) =>
    cpuPlan([
      call('scatterAddRows', [input(0), input(1), output(0)], {
        groups: x.shape[0],
        rows: x.shape[1],
        tableRows,
        width: x.shape[2],
      }),
    ]),
});

/** Sums rows into a zero table by id, in order: x [groups, n, width], ids i32 [groups, n] -> [groups, tableRows, width]. */
export const scatterAddRows = (x: Tensor, ids: Tensor, tableRows: number): Tensor => {
  checkIds('scatterAddRows', ids, tableRows);
  return apply(scatterAddRowsOp, [x, ids], { tableRows });
};
