// The gradient of ops that pick elements of a row and say where they stood.

import { apply, type VjpContext } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { reshape } from '../reshape/reshape.ts';
import { scatterAddRowsOp } from '../scatter-add-rows/scatter-add-rows.ts';
import { rowsLayout } from './rows.ts';

/** Each gradient goes back to where its value stood: output 1 holds the i32 positions in the row of output 0. */
export const toWhereItStood = <A>(c: VjpContext<A>, g: Tensor): readonly (() => Tensor)[] => [
  () => {
    const { shape } = c.specs[0];
    const { rows, n } = rowsLayout(shape);
    const { n: k } = rowsLayout(c.outSpec.shape);
    // [..., k] -> [rows, k, 1] -> [rows, n, 1] -> [..., n]
    const columns = reshape(g, [rows, k, 1]);
    const ids = reshape(c.output(1), [rows, k]);
    return reshape(apply(scatterAddRowsOp, [columns, ids], { tableRows: n }), shape);
  },
];
