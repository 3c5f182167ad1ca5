// The ranges that numbers given by a user must be in, and how an error says so.

import { ArgumentError } from '@omnigrad/tensor';

interface Allowed {
  readonly holds: (x: number) => boolean;
  readonly text: string;
}

export const finite: Allowed = { holds: (x) => x >= 0 && x < Infinity, text: 'a finite number of at least 0' };
export const positive: Allowed = { holds: (x) => x > 0 && x < Infinity, text: 'a finite number above 0' };
export const belowOne: Allowed = { holds: (x) => x >= 0 && x < 1, text: 'a number of at least 0 and below 1' };
export const share: Allowed = { holds: (x) => x >= 0 && x <= 1, text: 'a number from 0 to 1' };
export const openShare: Allowed = { holds: (x) => x > 0 && x < 1, text: 'a number between 0 and 1' };
export const wholeNumber: Allowed = { holds: (x) => Number.isInteger(x) && x >= 0, text: 'a whole number from 0 on' };
export const wholePositive: Allowed = { holds: (x) => Number.isInteger(x) && x > 0, text: 'a whole number from 1 on' };

export const requireOption = (op: string, name: string, value: number, allowed: Allowed): void => {
  if (!(typeof value === 'number' && allowed.holds(value))) {
    throw new ArgumentError(op, `${name} is ${value}; use ${allowed.text}`);
  }
};
