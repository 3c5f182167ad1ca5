// A mode that looks at every result and names the op that made the first NaN. Each look waits for the result: slow.

import { isFloat, type NumericArray } from './dtype.ts';
import { NumericsError } from './errors.ts';
import { showShape, stridesOf } from './shape.ts';
import type { Tensor } from './tensor.ts';

export interface DebugNansOptions {
  /** Infinity counts too. Default false: masks and maxima start from it. */
  readonly infinity?: boolean;
}

let watched: DebugNansOptions | null = null;
/** The op whose gradient rule is running, or null in the forward pass. */
let pulling: string | null = null;

/**
 * Turns the search for NaN on, with `true` or options, or off; returns what it was. While it is on, the op whose result
 * holds the first NaN throws a NumericsError that says where it is, and whether it came in through an input.
 */
export const debugNans = (mode: boolean | DebugNansOptions): boolean | DebugNansOptions => {
  const previous = watched ?? false;
  watched = mode === true ? {} : mode === false ? null : mode;
  return previous;
};

export const nansAreWatched = (): boolean => watched !== null;

/** Runs the gradient rule of `op`, so that errors can name it. */
export const withRuleOf = <T>(op: string, fn: () => T): T => {
  const previous = pulling;
  pulling = op;
  try {
    return fn();
  } finally {
    pulling = previous;
  }
};

const firstBad = (data: NumericArray): number => {
  const infinity = watched?.infinity === true;
  for (let i = 0; i < data.length; i++) if (infinity ? !Number.isFinite(data[i]) : Number.isNaN(data[i])) return i;
  return -1;
};

const look = (x: Tensor): { readonly value: number; readonly at: string } | null => {
  if (!isFloat(x.dtype) || x.size === 0) return null;
  const data = x.backend.readSync(x.view('debugNans'));
  const i = firstBad(data);
  if (i < 0) return null;
  const position = stridesOf(x.shape).map((s, axis) => Math.floor(i / s) % x.shape[axis]);
  return { value: data[i], at: `${showShape(position)} of ${showShape(x.shape)}` };
};

/** Throws a NumericsError when an output of `op` holds a NaN. */
export const inspect = (op: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void => {
  for (const out of outputs) {
    const found = look(out);
    if (found === null) continue;
    const where = pulling === null ? '' : `in the gradient of ${pulling}, `;
    const culprit = inputs.findIndex((x) => look(x) !== null);
    const from = culprit < 0 ? 'its inputs have none' : `it came in through input ${culprit}`;
    throw new NumericsError(op, `${where}the result has ${found.value} at ${found.at}; ${from}`);
  }
};
