import { DTypeError, ShapeError } from '../../errors.ts';
import { compose, defineComposite, sameDType } from '../../op.ts';
import { broadcastShapes, checkShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';

export const outerOp = defineComposite<NoAttrs>({
  name: 'outer',
  infer: (inputs) => {
    const [a, b] = inputs;
    const dtype = sameDType('outer', inputs);
    if (dtype === 'bool') throw new DTypeError('outer', 'is not defined for bool; cast() to a float type');
    for (const { shape } of inputs) {
      if (shape.length === 0) {
        throw new ShapeError(
          'outer',
          `expected vectors, or batches of them, came a ${showShape(a.shape)}, b ${showShape(b.shape)}; mul() takes scalars`,
        );
      }
    }
    const batch = broadcastShapes('outer', a.shape.slice(0, -1), b.shape.slice(0, -1));
    const shape = [...batch, a.shape[a.shape.length - 1], b.shape[b.shape.length - 1]];
    checkShape('outer', shape);
    return [{ shape, dtype }];
  },
  // [..., n, 1] · [..., 1, m] -> [..., n, m]
  compose: ([a, b]) =>
    mul(reshape(a, [...a.shape, 1]), reshape(b, [...b.shape.slice(0, -1), 1, b.shape[b.shape.length - 1]])),
});

/** Every product of an element of a and one of b: [..., n], [..., m] -> [..., n, m], leading axes broadcast. */
export const outer = (a: Tensor, b: Tensor): Tensor => compose(outerOp, [a, b], noAttrs);
