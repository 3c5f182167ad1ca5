// Checks of numbers that come beside tensors.

import { arrayOf, type DType } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';

export const finiteNumber = (op: string, name: string, value: number): number => {
  if (!Number.isFinite(value)) throw new ArgumentError(op, `${name} must be a finite number, came ${value}`);
  return value;
};

export const positiveNumber = (op: string, name: string, value: number): number => {
  if (!(finiteNumber(op, name, value) > 0)) throw new ArgumentError(op, `${name} must be above 0, came ${value}`);
  return value;
};

/** A number that integers of `dtype` hold as it is: any other would be cut off on its way into a tensor. */
export const wholeNumber = (op: string, name: string, dtype: DType, value: number): number => {
  if (arrayOf(dtype, 1).fill(value)[0] !== value)
    throw new ArgumentError(op, `${name} must be a whole number that ${dtype} holds, came ${value}`);
  return value;
};
