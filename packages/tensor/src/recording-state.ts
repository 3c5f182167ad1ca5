// Which captured step is being recorded, if any. Apart from capture.ts so that storages and ops can ask before capture,
// which itself is made of ops.

import type { Backend, BufferHandle, Kernel } from './backend.ts';
import type { NumericArray } from './dtype.ts';
import type { Tensor } from './tensor.ts';

/** Who a storage's buffer goes back to. */
export interface BufferOwner {
  release(handle: BufferHandle): void;
}

/** The host array that uploaded elements were made from, and how those of another array in its place are made. */
export interface HostSource {
  readonly array: ArrayLike<number>;
  /** Throws for values that are refused. */
  convert(array: NumericArray): NumericArray;
}

export interface ActiveRecording extends BufferOwner {
  readonly backend: Backend;
  allocate(bytes: number, persistent: boolean): BufferHandle;
  run<A>(kernel: Kernel<A>, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A, inPlace: boolean): void;
  /** `data` was made from `source`, which may be an input of the captured step. */
  upload(x: Tensor, data: NumericArray, source: HostSource): void;
  host(name: string, frozen: readonly number[], action: () => void): void;
  /** Ids were checked: a replay has to check those that come in their place. */
  ids(op: string, ids: Tensor, check: (values: NumericArray) => void): void;
}

let active: ActiveRecording | null = null;

/** The recording that writes down what happens on `backend`. */
export const activeRecording = (backend?: Backend): ActiveRecording | null =>
  active !== null && (backend === undefined || active.backend === backend) ? active : null;

/** Runs `fn` with `recording` (or none) as the active one. */
export const withRecording = <T>(recording: ActiveRecording | null, fn: () => T): T => {
  const previous = active;
  active = recording;
  try {
    return fn();
  } finally {
    active = previous;
  }
};

/**
 * Runs `action` now and, in a captured step, at this point of every replay: what a step does on the host, such as counting
 * itself and uploading a learning rate. `frozen` are the numbers that the action was given and will see again in each
 * replay; a capture refuses to replay a step whose frozen numbers change.
 */
export const hostAction = (name: string, frozen: readonly number[], action: () => void): void => {
  const recording = activeRecording();
  if (recording === null) action();
  else recording.host(name, frozen, action);
};
