// Ids are checked on the host: a GPU clamps an out-of-range read and trains on the wrong row.

import type { NumericArray } from '../../dtype.ts';
import { DTypeError, IndexError } from '../../errors.ts';
import { activeRecording } from '../../recording-state.ts';
import type { Tensor } from '../../tensor.ts';

/** Runs a check of whole numbers on the host, now and at every replay of a captured step. */
export const checkOnHost = (op: string, x: Tensor, check: (values: NumericArray) => void): void => {
  activeRecording(x.backend)?.ids(op, x, check);
  check(x.host ?? x.readSync());
};

/** Throws IndexError for the first id outside 0 .. limit-1 (`except` is allowed too, for ignored classes). */
export const checkIds = (op: string, ids: Tensor, limit: number, except?: number): void => {
  if (ids.dtype !== 'i32') throw new DTypeError(op, `ids must be i32, came ${ids.dtype}; make them with ids()`);
  checkOnHost(op, ids, (values) => checkValues(op, values, limit, except));
};

const checkValues = (op: string, values: NumericArray, limit: number, except?: number): void => {
  for (let i = 0; i < values.length; i++) {
    const id = values[i];
    if ((id < 0 || id >= limit) && id !== except) {
      const wayOut = id < 0 ? '; negative ids do not count from the back' : '';
      throw new IndexError(op, `id ${id} at position ${i} is outside 0 to ${limit - 1}${wayOut}`);
    }
  }
};
