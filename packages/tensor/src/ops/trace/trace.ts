import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly } from '../../op.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { einsum } from '../einsum/einsum.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';

export const traceOp = defineComposite<NoAttrs>({
  name: 'trace',
  infer: ([x]) => {
    floatOnly('trace', x);
    const [rows, columns] = x.shape.slice(-2);
    if (x.shape.length < 2 || rows !== columns) {
      throw new ShapeError('trace', `expected square matrices, came ${showShape(x.shape)}`);
    }
    return [{ shape: x.shape.slice(0, -2), dtype: x.dtype }];
  },
  compose: ([x]) => einsum('...ii->...', x),
});

/** Sum of the diagonal of each matrix: [..., n, n] -> [...]. */
export const trace = (x: Tensor): Tensor => compose(traceOp, [x], noAttrs);
