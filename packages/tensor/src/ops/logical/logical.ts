import type { TensorSpec } from '../../backend.ts';
import { DTypeError } from '../../errors.ts';
import { compose, defineComposite } from '../../op.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { equal } from '../equal/equal.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { notEqual } from '../not-equal/not-equal.ts';
import { where } from '../where/where.ts';

const defineLogical = (name: string, of: (a: Tensor, b: Tensor) => Tensor) =>
  defineComposite<NoAttrs>({
    name,
    infer: (inputs): TensorSpec[] => {
      for (const x of inputs) {
        if (x.dtype !== 'bool')
          throw new DTypeError(name, `expected bool tensors, came ${x.dtype}; compare or cast() it`);
      }
      const shapes = inputs.map((x) => x.shape);
      return [{ shape: shapes.reduce((a, b) => broadcastShapes(name, a, b)), dtype: 'bool' }];
    },
    compose: ([a, b]) => of(a, b),
  });

export const logicalAndOp = defineLogical('logicalAnd', (a, b) => where(a, b, a));
export const logicalOrOp = defineLogical('logicalOr', (a, b) => where(a, a, b));
export const logicalXorOp = defineLogical('logicalXor', notEqual);
export const logicalNotOp = defineLogical('logicalNot', (a) => equal(a, 0));

/** a and b, of bool tensors with broadcasting. */
export const logicalAnd = (a: Tensor, b: Tensor): Tensor => compose(logicalAndOp, [a, b], noAttrs);

/** a or b, of bool tensors with broadcasting. */
export const logicalOr = (a: Tensor, b: Tensor): Tensor => compose(logicalOrOp, [a, b], noAttrs);

/** Either a or b, of bool tensors with broadcasting. */
export const logicalXor = (a: Tensor, b: Tensor): Tensor => compose(logicalXorOp, [a, b], noAttrs);

/** Not x, of a bool tensor. */
export const logicalNot = (x: Tensor): Tensor => compose(logicalNotOp, [x], noAttrs);
