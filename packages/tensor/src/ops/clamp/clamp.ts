import { isFloat } from '../../dtype.ts';
import { ArgumentError, DTypeError } from '../../errors.ts';
import { compose, defineComposite, sameDType } from '../../op.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { wholeNumber } from '../families/arguments.ts';
import { greater } from '../greater/greater.ts';
import { greaterEqual } from '../greater-equal/greater-equal.ts';
import { less } from '../less/less.ts';
import { lessEqual } from '../less-equal/less-equal.ts';
import { maximum } from '../maximum/maximum.ts';
import { minimum } from '../minimum/minimum.ts';
import { where } from '../where/where.ts';

export interface ClampOptions {
  /** Lower bound: a number or a tensor that broadcasts. */
  readonly min?: number | Tensor;
  /** Upper bound: a number or a tensor that broadcasts. */
  readonly max?: number | Tensor;
}

/** internal. A bound is a number, or the next input, or left out. */
export interface ClampAttrs {
  readonly min: number | 'input' | undefined;
  readonly max: number | 'input' | undefined;
}

// Selections give a bound that is met the whole gradient of x; maximum, for tensors, lets their NaN through.
const raise = (x: Tensor, min: Tensor | number): Tensor =>
  typeof min === 'number' ? where(less(x, min), min, x) : where(greaterEqual(x, min), x, maximum(x, min));

const lower = (x: Tensor, max: Tensor | number): Tensor =>
  typeof max === 'number' ? where(greater(x, max), max, x) : where(lessEqual(x, max), x, minimum(x, max));

export const clampOp = defineComposite<ClampAttrs>({
  name: 'clamp',
  infer: (inputs) => {
    const dtype = sameDType('clamp', inputs);
    if (dtype === 'bool') throw new DTypeError('clamp', 'is not defined for bool; cast() to a float type');
    const shapes = inputs.map((x) => x.shape);
    return [{ shape: shapes.reduce((a, b) => broadcastShapes('clamp', a, b)), dtype }];
  },
  compose: ([x, ...bounds], attrs) => {
    const min = attrs.min === 'input' ? bounds[0] : attrs.min;
    const max = attrs.max === 'input' ? bounds[bounds.length - 1] : attrs.max;
    const raised = min === undefined ? x : raise(x, min);
    return max === undefined ? raised : lower(raised, max);
  },
});

const checkBound = (x: Tensor, name: string, bound: number | Tensor | undefined): void => {
  if (typeof bound !== 'number') return;
  if (Number.isNaN(bound)) throw new ArgumentError('clamp', `${name} must be a number, came NaN`);
  if (!isFloat(x.dtype)) wholeNumber('clamp', name, x.dtype, bound);
};

/**
 * x limited to min and max, either of which may be left out; NaN stays NaN. Where min is above max the result is max. A bound
 * passes the gradient to x where x equals it, as in PyTorch; a tensor of bounds gets the gradient of what it replaces.
 */
export const clamp = (x: Tensor, { min, max }: ClampOptions): Tensor => {
  if (min === undefined && max === undefined) throw new ArgumentError('clamp', 'came without bounds; give min or max');
  checkBound(x, 'min', min);
  checkBound(x, 'max', max);
  const bounds = [min, max].flatMap((b) => (b === undefined || typeof b === 'number' ? [] : [b]));
  const form = (b: number | Tensor | undefined) => (b === undefined || typeof b === 'number' ? b : 'input');
  return compose(clampOp, [x, ...bounds], { min: form(min), max: form(max) });
};
