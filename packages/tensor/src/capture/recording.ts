// One recording of a step: what its backend was asked to do, as notes to compare and as commands to run again.

import type { Backend, BufferHandle, Kernel } from '../backend.ts';
import type { NumericArray } from '../dtype.ts';
import { CaptureError } from '../errors.ts';
import { type ActiveRecording, type HostSource, withRecording } from '../recording-state.ts';
import { detachedScope } from '../scope.ts';
import { showShape } from '../shape.ts';
import type { Storage } from '../storage.ts';
import { allocateTensor, type Tensor } from '../tensor.ts';
import { overwrite } from '../updates.ts';
import type { ScratchArena } from './scratch-arena.ts';
import { isHostArray } from './structure.ts';

/** One thing that the step asked for, as far as a second recording must repeat it. */
interface Note {
  readonly what: string;
  /** Buffers by role: inputs, those made in the step in order, those from outside in order. */
  readonly operands: string;
  readonly values: unknown;
}

/** What may be new in every call of a captured step. */
export interface Given {
  readonly tensors: readonly Tensor[];
  /** Each array once. */
  readonly arrays: readonly NumericArray[];
}

interface RecordingOptions {
  readonly replayable: boolean;
  readonly onlyInputs: boolean;
}

/** An upload of an array among the inputs: `data` are the elements of the present call. */
interface ArrayUpload {
  readonly index: number;
  readonly convert: HostSource['convert'];
  data: NumericArray;
}

export class Recording implements ActiveRecording {
  readonly backend: Backend;
  readonly notes: Note[] = [];
  readonly outside: BufferHandle[] = [];
  readonly #arena: ScratchArena;
  readonly #replayable: boolean;
  readonly #onlyInputs: boolean;
  readonly #commands: (() => void)[] = [];
  readonly #names = new Map<BufferHandle, string>();
  readonly #retained: Storage[] = [];
  /** Checks of ids that came with the inputs, as tensors or as arrays. */
  readonly #checks: ((given: Given) => void)[] = [];
  readonly #uploads: ArrayUpload[] = [];
  readonly inputs: readonly Tensor[];
  /** Known while the step is recorded. */
  #arrays: readonly NumericArray[];
  #made = 0;
  #live = 0;
  #over = false;

  constructor(arena: ScratchArena, given: Given, { replayable, onlyInputs }: RecordingOptions) {
    this.backend = arena.backend;
    this.#arena = arena;
    this.#replayable = replayable;
    this.#onlyInputs = onlyInputs;
    arena.reset();
    this.#arrays = given.arrays;
    this.inputs = withRecording(this, () => given.tensors.map((x) => this.#inputLike(x)));
    this.inputs.forEach((x, i) => {
      this.#names.set(x.storage.handle, `input ${i}`);
    });
    this.#made = 0;
    this.#live = 0;
  }

  #inputLike(x: Tensor): Tensor {
    const whole = x.dtype === 'i32' || x.dtype === 'u32';
    const host = x.host ?? (whole ? withRecording(null, () => x.readSync()) : undefined);
    return detachedScope(() => allocateTensor(this.backend, { shape: x.shape, dtype: x.dtype }, host));
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    if (persistent) {
      throw new CaptureError(
        'capture',
        'the step makes a persistent buffer; create modules and optimisers before the captured step',
      );
    }
    const handle = this.#arena.allocate(bytes);
    this.#names.set(handle, `made ${this.#made++}`);
    this.#live++;
    return handle;
  }

  release(handle: BufferHandle): void {
    if (this.#over) return;
    this.#live--;
    this.#arena.release(handle);
  }

  #nameOf(x: Tensor): string {
    const { storage } = x;
    let name = this.#names.get(storage.handle);
    if (name === undefined) {
      name = `outside ${this.outside.length}`;
      this.outside.push(storage.handle);
      this.#names.set(storage.handle, name);
      this.#retained.push(storage.retain());
    }
    return x.byteOffset === 0 ? name : `${name}+${x.byteOffset}`;
  }

  run<A>(kernel: Kernel<A>, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A, inPlace: boolean): void {
    const views = (list: readonly Tensor[]) => list.map((x) => x.view(kernel.name));
    const [ins, outs] = [views(inputs), views(outputs)];
    const names = outputs.map((x) => this.#nameOf(x));
    if (inPlace && names.some((name) => name.startsWith('input'))) {
      throw new CaptureError(
        kernel.name,
        'writes into an input of the captured step, which is a copy; close over what the step changes instead',
      );
    }
    const shapes = [...inputs, ...outputs].map((x) => `${x.dtype}${showShape(x.shape)}`).join(' ');
    this.notes.push({
      what: kernel.name,
      operands: `${inputs.map((x) => this.#nameOf(x)).join(', ')} -> ${names.join(', ')} ${shapes}`,
      values: attrs,
    });
    if (!this.#replayable) {
      this.backend.run(kernel, ins, outs, attrs);
      return;
    }
    const command = this.backend.prepare(kernel, ins, outs, attrs);
    this.#commands.push(command);
    command();
  }

  upload(x: Tensor, data: NumericArray, { array, convert }: HostSource): void {
    const { handle } = x.storage;
    const { byteOffset } = x;
    const index = isHostArray(array) ? this.#arrays.indexOf(array) : -1;
    if (index >= 0) {
      const upload: ArrayUpload = { index, convert, data };
      this.#uploads.push(upload);
      this.notes.push({ what: 'tensor', operands: `array ${index} -> ${this.#nameOf(x)}`, values: null });
      const command = (): void => this.backend.upload(handle, byteOffset, upload.data);
      this.#commands.push(command);
      command();
      return;
    }
    if (this.#onlyInputs) {
      throw new CaptureError(
        'capture',
        `the step uploads ${show(data)} ${showShape(x.shape)}, which is none of its inputs; make the array before the step and pass it as an input`,
      );
    }
    const copy = data.slice();
    this.notes.push({ what: 'tensor', operands: this.#nameOf(x), values: copy });
    const command = (): void => this.backend.upload(handle, byteOffset, copy);
    this.#commands.push(command);
    command();
  }

  host(name: string, frozen: readonly number[], action: () => void): void {
    this.notes.push({ what: name, operands: 'on the host', values: [...frozen] });
    const command = (): void => withRecording(null, action);
    this.#commands.push(command);
    command();
  }

  ids(op: string, ids: Tensor, check: (values: NumericArray) => void): void {
    const { host } = ids;
    if (host === undefined) {
      throw new CaptureError(
        op,
        'ids made inside a captured step cannot be checked at a replay; make them outside and pass them as an input',
      );
    }
    const index = this.inputs.findIndex((x) => x.host === host);
    if (index >= 0) this.#checks.push(({ tensors }) => check(tensors[index].host ?? tensors[index].readSync()));
    const upload = this.#uploads.find(({ data }) => data === host);
    if (upload !== undefined) this.#checks.push(() => check(upload.data));
  }

  /** The step has returned `outputs`: nothing else that it made may live on. */
  finish(outputs: ReadonlySet<Tensor>): void {
    this.#over = true;
    this.#arrays = [];
    const own = new Set([...outputs].map((x) => x.storage.handle).filter((h) => this.#isMade(h)));
    if (this.#live > own.size) {
      throw new CaptureError(
        'capture',
        `${this.#live - own.size} tensors made in the step outlive it through keep(); return them instead`,
      );
    }
  }

  #isMade(handle: BufferHandle): boolean {
    return this.#names.get(handle)?.startsWith('made') === true;
  }

  /** Runs the step on new contents of its inputs. Ids among them are checked first. */
  replay(given: Given): void {
    for (const upload of this.#uploads) upload.data = upload.convert(given.arrays[upload.index]);
    for (const check of this.#checks) check(given);
    this.load(given);
    for (const command of this.#commands) command();
  }

  load({ tensors }: Given): void {
    this.inputs.forEach((x, i) => {
      overwrite(x, tensors[i]);
    });
  }

  get commands(): number {
    return this.#commands.length;
  }

  drop(): void {
    this.#over = true;
    for (const storage of this.#retained) storage.release();
    this.#retained.length = 0;
  }
}

/** Whether two attribute objects say the same; functions count as equal. */
export const sameValues = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b) || (typeof a === 'function' && typeof b === 'function')) return true;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const bytes = (x: ArrayBufferView): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
    const [left, right] = [bytes(a), bytes(b)];
    return left.length === right.length && left.every((byte, i) => byte === right[i]);
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size && left.every(([key, value]) => right.has(key) && sameValues(value, right.get(key)))
  );
};

const wayOut = 'pass it as an input of the step, or make it in hostAction()';

/** Throws a CaptureError that names the first thing in which two recordings of a step differ. */
export const compareRecordings = (first: Recording, second: Recording): void => {
  const { notes } = first;
  second.notes.forEach((note, i) => {
    const before = notes[i];
    if (before === undefined || before.what !== note.what) {
      throw new CaptureError(
        'capture',
        `the step does other things the second time: ${before?.what ?? 'nothing'} became ${note.what} at command ${i}; a captured step must not branch on values of the host: put what decides into its inputs`,
      );
    }
    if (before.operands !== note.operands) {
      throw new CaptureError(
        'capture',
        `${note.what}, command ${i}, has other operands the second time: ${before.operands} became ${note.operands}`,
      );
    }
    if (!sameValues(before.values, note.values)) {
      throw new CaptureError(
        'capture',
        `${note.what}, command ${i}, has other numbers the second time (${show(before.values)} became ${show(note.values)}) and a replay would freeze them; ${wayOut}`,
      );
    }
  });
  if (notes.length > second.notes.length) {
    throw new CaptureError(
      'capture',
      `the step does less the second time: ${notes[second.notes.length].what} is missing at command ${second.notes.length}; put what decides into its inputs`,
    );
  }
  const other = second.outside.findIndex((handle, i) => handle !== first.outside[i]);
  if (other >= 0) {
    const reads = second.notes.find((n) => n.operands.includes(`outside ${other}`))?.what ?? 'an op';
    throw new CaptureError(
      'capture',
      `${reads} reads another tensor from outside the step the second time; pass it as an input of the step`,
    );
  }
};

const show = (values: unknown): string => {
  const text = JSON.stringify(ArrayBuffer.isView(values) ? Object.values(values).slice(0, 8) : values);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};
