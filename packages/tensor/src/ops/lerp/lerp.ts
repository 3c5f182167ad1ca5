import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { finiteNumber } from '../families/arguments.ts';
import { less } from '../less/less.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

/** The weight is the third input where it is no number. */
export const lerpOp = defineComposite<{ readonly weight: number | 'input' }>({
  name: 'lerp',
  infer: (inputs) => {
    const dtype = sameDType('lerp', inputs);
    floatOnly('lerp', inputs[0]);
    const shapes = inputs.map((x) => x.shape);
    return [{ shape: shapes.reduce((a, b) => broadcastShapes('lerp', a, b)), dtype }];
  },
  // From the nearer end, so that weights 0 and 1 give a and b exactly.
  compose: ([a, b, weights], { weight }) => {
    const step = sub(b, a);
    if (weight !== 'input') return weight < 0.5 ? add(a, mul(step, weight)) : add(b, mul(step, weight - 1));
    return where(less(weights, 0.5), add(a, mul(step, weights)), add(b, mul(step, sub(weights, 1))));
  },
});

/** a + weight · (b - a) with broadcasting; weight is a number or a tensor, and may lie outside 0 to 1. */
export const lerp = (a: Tensor, b: Tensor, weight: Tensor | number): Tensor =>
  typeof weight === 'number'
    ? compose(lerpOp, [a, b], { weight: finiteNumber('lerp', 'weight', weight) })
    : compose(lerpOp, [a, b, weight], { weight: 'input' });
