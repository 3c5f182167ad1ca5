import { checkNumber, scalarLike } from '../../create.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import { compose, defineComposite, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { broadcastShapes, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { where } from '../where/where.ts';

export const maskedFillOp = defineComposite<NoAttrs>({
  name: 'maskedFill',
  infer: ([x, mask, value]) => {
    if (mask.dtype !== 'bool') {
      throw new DTypeError('maskedFill', `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
    }
    if (value.shape.length !== 0) {
      throw new ShapeError(
        'maskedFill',
        `the value must be a number or a scalar, came ${showShape(value.shape)}; where() takes tensors`,
      );
    }
    const dtype = sameDType('maskedFill', [x, value]);
    return [{ shape: broadcastShapes('maskedFill', x.shape, mask.shape), dtype }];
  },
  compose: ([x, mask, value]) => where(mask, value, x),
});

/** x with `value` where the bool mask is true; x and mask broadcast. What was covered gets gradient 0, a scalar tensor the sum. */
export const maskedFill = (x: Tensor, mask: Tensor, value: Tensor | number): Tensor => {
  if (typeof value !== 'number') return compose(maskedFillOp, [x, mask, value], noAttrs);
  checkNumber('maskedFill', value, x.dtype);
  return scope(() => compose(maskedFillOp, [x, mask, scalarLike(value, x)], noAttrs));
};
