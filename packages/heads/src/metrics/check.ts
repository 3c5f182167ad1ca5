// What every metric refuses: nothing to measure, sizes that do not fit, NaN, ids out of range. One line each.

import { ArgumentError } from '@omnigrad/tensor';

export const checkPairs = (op: string, predicted: ArrayLike<number>, truth: ArrayLike<number>, noun: string): void => {
  if (predicted.length === truth.length && truth.length > 0) return;
  throw new ArgumentError(
    op,
    `${predicted.length} predictions for ${truth.length} ${noun}; both must be equal and above 0`,
  );
};

export const checkFinite = (op: string, name: string, values: ArrayLike<number>): void => {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new ArgumentError(op, `${name}[${i}] is ${values[i]}; it must be finite`);
  }
};

/** Whole numbers 0 .. limit - 1, and `but` where one is given. */
export const checkIds = (op: string, name: string, values: ArrayLike<number>, limit: number, but?: number): void => {
  for (let i = 0; i < values.length; i++) {
    const id = values[i];
    if ((Number.isInteger(id) && id >= 0 && id < limit) || (but !== undefined && id === but)) continue;
    const or = but === undefined ? '' : ` or ${but}`;
    throw new ArgumentError(op, `${name}[${i}] is ${id}; it must be a whole number from 0 to ${limit - 1}${or}`);
  }
};

export const checkCount = (op: string, name: string, value: number, largest = Number.MAX_SAFE_INTEGER): void => {
  if (Number.isInteger(value) && value >= 1 && value <= largest) return;
  const range = largest === Number.MAX_SAFE_INTEGER ? 'above 0' : `from 1 to ${largest}`;
  throw new ArgumentError(op, `${name} is ${value}; it must be a whole number ${range}`);
};

/** A row-major table of rows x columns, with at least one row and column. */
export const checkTable = (
  op: string,
  name: string,
  values: ArrayLike<number>,
  rows: number,
  columns: number,
): void => {
  if (rows > 0 && columns > 0 && values.length === rows * columns) return;
  throw new ArgumentError(op, `${values.length} ${name} for ${rows} x ${columns}; both sides must be above 0 and fit`);
};

export const meanOf = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total / values.length;
};
