import { isFloat } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { wholeNumber } from '../families/arguments.ts';
import { applyBinary, defineBinary } from '../families/elementwise.ts';
import { checkOnHost } from '../families/ids.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { trunc } from '../rounding/rounding.ts';

const floorRemainder = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

/** Through the exact remainder: the floor of a quotient that was rounded up to a whole number would be one too many. */
const floorQuotient = (a: number, b: number): number => {
  if (b === 0) return a / b;
  return Math.round((a - (a % b)) / b) - (a % b !== 0 && a % b < 0 !== b < 0 ? 1 : 0);
};

// remainder = a - b · floor(a / b), with the floor constant almost everywhere
export const remainderOp = defineBinary({
  name: 'remainder',
  device: 'remainder',
  f: floorRemainder,
  integer: { device: 'remainder' },
  saves: [0, 1],
  vjp: (c, g) => [() => g, () => neg(mul(g, floorDivide(c.input(0), c.input(1))))],
});

export const fmodOp = defineBinary({
  name: 'fmod',
  device: 'fmod',
  f: (a, b) => a % b,
  integer: { device: 'fmod' },
  saves: [0, 1],
  vjp: (c, g) => [() => g, () => neg(mul(g, trunc(div(c.input(0), c.input(1)))))],
});

export const floorDivideOp = defineBinary({
  name: 'floorDivide',
  device: 'floorDivide',
  f: floorQuotient,
  integer: { device: 'floorDivide' },
  saves: [],
  vjp: (_c, g) => [() => mul(g, 0), () => mul(g, 0)],
});

/** Whole numbers have no NaN to stand for a division by 0, and a fraction would be cut off. */
const checkDivisor = (op: string, a: Tensor, b: Tensor | number): void => {
  if (isFloat(a.dtype)) return;
  if (typeof b === 'number') {
    if (wholeNumber(op, 'the divisor', a.dtype, b) === 0) throw new ArgumentError(op, `the ${a.dtype} divisor is 0`);
    return;
  }
  if (b.dtype !== a.dtype) return;
  checkOnHost(op, b, (values) => {
    const at = values.indexOf(0);
    if (at >= 0) throw new ArgumentError(op, `the ${b.dtype} divisor is 0 at position ${at}`);
  });
};

/**
 * a - b · floor(a / b): the sign of b, as % in Python. Floats, or i32 and u32, broadcast; a float remainder of 0 is NaN, an
 * integer one an ArgumentError.
 */
export const remainder = (a: Tensor, b: Tensor | number): Tensor => {
  checkDivisor('remainder', a, b);
  return applyBinary(remainderOp, a, b);
};

/** a - b · trunc(a / b): the sign of a, as fmod in C. Otherwise as `remainder`. */
export const fmod = (a: Tensor, b: Tensor | number): Tensor => {
  checkDivisor('fmod', a, b);
  return applyBinary(fmodOp, a, b);
};

/** floor(a / b) of the exact quotient, as // in Python. Its gradient is 0, as in PyTorch. Otherwise as `remainder`. */
export const floorDivide = (a: Tensor, b: Tensor | number): Tensor => {
  checkDivisor('floorDivide', a, b);
  return applyBinary(floorDivideOp, a, b);
};
