// Stable orders of rows: by comparison in plain words, and by radix for 32-bit elements. NaN counts as larger than every
// number, so it comes last, or first in a descending order; equal elements keep their order in both.

import type { ReferenceArray } from '../../backend.ts';
import { isFloat } from '../../dtype.ts';
import { rowsLayout } from './rows.ts';

export interface SortAttrs {
  readonly descending: boolean;
  /** How many of each row's first. */
  readonly k: number;
}

const compare = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
};

/** [x] -> [values, indices], the first k of each sorted row. */
export const sortByComparison = (
  [x]: readonly ReferenceArray[],
  [values, indices]: readonly ReferenceArray[],
  { descending, k }: SortAttrs,
): void => {
  const { rows, n } = rowsLayout(x.shape);
  for (let r = 0; r < rows; r++) {
    const order = Array.from({ length: n }, (_, i) => i);
    const at = (i: number): number => x.data[r * n + i];
    order.sort((i, j) => (descending ? compare(at(j), at(i)) : compare(at(i), at(j))));
    for (let i = 0; i < k; i++) {
      values.data[r * k + i] = at(order[i]);
      indices.data[r * k + i] = order[i];
    }
  }
};

const sign = 0x80000000;
const infinity = 0x7f800000;

/** The bits of a float in an order that is that of the unsigned integers; 0 and -0 are equal, and so are all NaN. */
const floatKey = (word: number): number => {
  const magnitude = word & 0x7fffffff;
  if (magnitude > infinity) return 0xffffffff;
  if (magnitude === 0) return sign;
  return word < sign ? word + sign : ~word;
};

/** Keys of one row; those of a descending order are turned round. */
const fillKeys = (x: ReferenceArray, from: number, keys: Uint32Array, descending: boolean): void => {
  const turn = descending ? -1 : 0;
  const { length } = keys;
  if (isFloat(x.dtype)) {
    new Float32Array(keys.buffer).set(x.data.subarray(from, from + length));
    for (let i = 0; i < length; i++) keys[i] = floatKey(keys[i]) ^ turn;
  } else {
    const flip = x.dtype === 'i32' ? turn ^ sign : turn;
    for (let i = 0; i < length; i++) keys[i] = x.data[from + i] ^ flip;
  }
};

/** Below this, moving elements one by one is faster than counting digits. */
const shortRow = 48;
/** Bits of a digit: fewer passes in long rows, fewer counts in others. */
const digitBits = (n: number): number => (n > 4096 ? 11 : 8);

const insertionOrder = (keys: Uint32Array, order: Int32Array): void => {
  for (let i = 1; i < order.length; i++) {
    const item = order[i];
    let j = i;
    for (; j > 0 && keys[order[j - 1]] > keys[item]; j--) order[j] = order[j - 1];
    order[j] = item;
  }
};

/** Least significant digit first, each pass stable; the result is in `order` or in `other`. */
const radixOrder = (keys: Uint32Array, order: Int32Array, other: Int32Array, counts: Uint32Array): Int32Array => {
  let [from, to] = [order, other];
  const digits = digitBits(keys.length);
  const digitMask = counts.length - 1;
  for (let shift = 0; shift < 32; shift += digits) {
    counts.fill(0);
    for (let i = 0; i < keys.length; i++) counts[(keys[i] >>> shift) & digitMask]++;
    let start = 0;
    for (let digit = 0; digit <= digitMask; digit++) {
      const count = counts[digit];
      counts[digit] = start;
      start += count;
    }
    for (let i = 0; i < keys.length; i++) to[counts[(keys[from[i]] >>> shift) & digitMask]++] = from[i];
    [from, to] = [to, from];
  }
  return from;
};

/** As sortByComparison, of 32-bit elements, in time that grows with n alone. */
export const sortByRadix = (
  [x]: readonly ReferenceArray[],
  [values, indices]: readonly ReferenceArray[],
  { descending, k }: SortAttrs,
): void => {
  const { rows, n } = rowsLayout(x.shape);
  const keys = new Uint32Array(n);
  const order = new Int32Array(n);
  const other = new Int32Array(n > shortRow ? n : 0);
  const counts = new Uint32Array(n > shortRow ? 2 ** digitBits(n) : 0);
  for (let r = 0; r < rows; r++) {
    fillKeys(x, r * n, keys, descending);
    for (let i = 0; i < n; i++) order[i] = i;
    let sorted: Int32Array = order;
    if (n > shortRow) sorted = radixOrder(keys, order, other, counts);
    else insertionOrder(keys, order);
    for (let i = 0; i < k; i++) {
      values.data[r * k + i] = x.data[r * n + sorted[i]];
      indices.data[r * k + i] = sorted[i];
    }
  }
};
