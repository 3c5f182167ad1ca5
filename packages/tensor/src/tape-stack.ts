// The tapes that are recording, innermost last. Apart from tape.ts so that ops can be defined before the tape, which
// itself is made of ops.

import type { Op } from './op.ts';
import type { Tensor } from './tensor.ts';

export interface Recorder {
  tracks(x: Tensor): boolean;
  record<A>(op: Op<A>, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A): void;
}

const recorders: Recorder[] = [];

export const activeTapes = (): readonly Recorder[] => recorders;

/** Runs `fn` while `tape` records, beside those that already do. */
export const withRecorder = <T>(tape: Recorder, fn: () => T): T => {
  recorders.push(tape);
  try {
    return fn();
  } finally {
    recorders.splice(recorders.indexOf(tape), 1);
  }
};

/** Runs `fn` with no tape recording: values are constants for every gradient. */
export const noGrad = <T>(fn: () => T): T => {
  const hidden = recorders.splice(0);
  try {
    return fn();
  } finally {
    recorders.push(...hidden);
  }
};
