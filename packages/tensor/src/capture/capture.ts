// capture(step): a training step is recorded as the list of what its backend was asked to do, and replayed without op
// code, shape work or allocation. Kernels and arguments are those of the eager step, so the bytes are too.
//
// A step is recorded twice: the second time shows what changes from step to step although it is no input (a closed-over
// tensor, a learning rate or a random key in a number, a branch on the host), and that is an error, not a frozen value.

import { nansAreWatched } from '../debug-nans.ts';
import { ArgumentError, CaptureError } from '../errors.ts';
import { activeRecording, withRecording } from '../recording-state.ts';
import { detachedScope, scope } from '../scope.ts';
import { allocateTensor, currentBackend } from '../tensor.ts';
import { overwrite } from '../updates.ts';
import { compareRecordings, type Given, Recording, sameValues } from './recording.ts';
import { ScratchArena } from './scratch-arena.ts';
import { arraysOf, mapTensors, signature, tensorsOf } from './structure.ts';

interface Entry<O> {
  readonly recording: Recording;
  /** Present once the recording can be replayed. Its tensors are overwritten by every replay. */
  readonly outputs: O | null;
}

export interface CaptureOptions {
  /** Recordings kept; the least recently used goes first. Default 8. */
  readonly capacity?: number;
  /**
   * Refuse every upload inside the step of host data that is no input, not only of data that changes: two batches may agree
   * by chance where a third does not. Default false.
   */
  readonly onlyInputs?: boolean;
}

export interface CaptureReport {
  /** Steps that were recorded, replayed, and recordings that made room for others. */
  readonly recorded: number;
  readonly replayed: number;
  readonly evicted: number;
  /** Bytes of the scratch arena that all recordings share. */
  readonly bytes: number;
  /** Commands of each recording that can be replayed, by the shapes and values of its inputs. */
  readonly commands: Readonly<Record<string, number>>;
}

export interface CapturedStep<I, O> extends Disposable {
  (inputs: I): O;
  report(): CaptureReport;
  dispose(): void;
}

/**
 * A step that is recorded and then replayed: forward, backward, accumulation and optimiser in one list of commands.
 * Tensors and host arrays (Float32Array, Float64Array, Int32Array, Uint32Array) among `inputs` (plain objects, arrays and
 * maps are searched) may have new contents every time; their shapes and types and all other inputs (numbers, strings: a
 * stage, a modality) choose the recording. The first two calls with one choice run eagerly; later ones replay, and give
 * the same bytes. Results are copies that belong to the caller; numbers in a result are those of the recording.
 *
 * A host array is replaced where the step gives it, itself and no copy, to `tensor`, `ids` or `uploadInto`. What the step
 * works out from its numbers on the host is not worked out again: make such arrays before the step.
 *
 * Throws CaptureError when a replay would freeze what changes from call to call, when the step reads values on the host,
 * or keeps tensors. The recordings hold memory until dispose().
 */
export const capture = <I, O>(
  step: (inputs: I) => O,
  { capacity = 8, onlyInputs = false }: CaptureOptions = {},
): CapturedStep<I, O> => {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new ArgumentError('capture', `capacity is a whole number of at least 1, came ${capacity}`);
  }
  const entries = new Map<string, Entry<O>>();
  let arena: ScratchArena | null = null;
  let [recorded, replayed, evicted] = [0, 0, 0];

  const forget = (key: string): void => {
    entries.get(key)?.recording.drop();
    entries.delete(key);
  };

  const remember = (key: string, entry: Entry<O>): void => {
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= capacity) break;
      forget(oldest);
      evicted++;
    }
  };

  /** Outputs as tensors of the caller. */
  const copies = (outputs: O): O =>
    mapTensors(outputs, (x) => {
      const own = allocateTensor(x.backend, { shape: x.shape, dtype: x.dtype });
      overwrite(own, x);
      return own;
    });

  const record = (key: string, inputs: I, given: Given, scratch: ScratchArena): O => {
    const first = entries.get(key)?.recording;
    const recording = new Recording(scratch, given, { replayable: first !== undefined, onlyInputs });
    const before = given.arrays.map((array) => array.slice());
    try {
      recording.load(given);
      let next = 0;
      const own = mapTensors(inputs, () => recording.inputs[next++]);
      const outputs = withRecording(recording, () => detachedScope(() => step(own)));
      recording.finish(new Set(tensorsOf(outputs)));
      if (!sameValues(before, given.arrays)) {
        throw new CaptureError('capture', 'the step writes into a host array of its inputs; write into a copy');
      }
      recorded++;
      if (first !== undefined) compareRecordings(first, recording);
      forget(key);
      remember(key, { recording, outputs: first === undefined ? null : outputs });
      return copies(outputs);
    } catch (error) {
      recording.drop();
      forget(key);
      throw error;
    }
  };

  const run = (inputs: I): O => {
    // Inside another recording the step is a part of that one; NaNs are looked for in eager steps.
    if (activeRecording() !== null || nansAreWatched()) return scope(() => step(inputs));
    const given: Given = { tensors: tensorsOf(inputs), arrays: [...arraysOf(inputs)] };
    const { tensors, arrays } = given;
    if (tensors.length + arrays.length === 0) {
      throw new ArgumentError('capture', 'came without a tensor or host array among the inputs of the step');
    }
    const key = JSON.stringify(signature(inputs, arrays));
    for (const x of tensors) x.check('capture');
    const backend = tensors.length > 0 ? tensors[0].backend : currentBackend();
    arena ??= new ScratchArena(backend);
    if (backend !== arena.backend || tensors.some((x) => x.backend !== backend)) {
      throw new ArgumentError(
        'capture',
        `a captured step stays on one backend, ${arena.backend.name}; capture another`,
      );
    }
    const entry = entries.get(key);
    if (entry === undefined || entry.outputs === null) return record(key, inputs, given, arena);
    remember(key, entry);
    entry.recording.replay(given);
    replayed++;
    const results = copies(entry.outputs);
    backend.flush?.();
    return results;
  };

  const dispose = (): void => {
    for (const key of [...entries.keys()]) forget(key);
    arena?.dispose();
    arena = null;
  };
  const report = (): CaptureReport => ({
    recorded,
    replayed,
    evicted,
    bytes: arena?.bytes ?? 0,
    commands: Object.fromEntries(
      [...entries].flatMap(([key, { recording, outputs }]) => (outputs === null ? [] : [[key, recording.commands]])),
    ),
  });
  return Object.assign(run, { report, dispose, [Symbol.dispose]: dispose });
};
