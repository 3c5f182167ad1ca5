// capture(step): a training step is recorded as the list of what its backend was asked to do, and replayed without op
// code, shape work or allocation. Kernels and arguments are those of the eager step, so the bytes are too.
//
// A step is recorded twice: the second time shows what changes from step to step although it is no input (a closed-over
// tensor, a learning rate or a random key in a number, a branch on the host), and that is an error, not a frozen value.

import type { Backend, BufferHandle, Kernel } from './backend.ts';
import { call, cpuPlan, input, output } from './cpu-plan.ts';
import { nansAreWatched } from './debug-nans.ts';
import type { NumericArray } from './dtype.ts';
import { ArgumentError, CaptureError } from './errors.ts';
import { applyInPlace } from './op.ts';
import { type ActiveRecording, activeRecording, type HostSource, withRecording } from './recording-state.ts';
import { detachedScope, scope, visitTensors } from './scope.ts';
import { showShape, sizeOf } from './shape.ts';
import type { Storage } from './storage.ts';
import { allocateTensor, currentBackend, Tensor } from './tensor.ts';

const copyKernel: Kernel<Readonly<Record<never, never>>> = {
  name: 'copyInto',
  reference: ([x], [out]) => out.data.set(x.data),
  cpu: ([x]) =>
    // Every element is 32 bits here: a copy of one type is a copy of all.
    cpuPlan([call('cast', [input(0), output(0)], { from: 'u32', to: 'u32', n: sizeOf(x.shape) })]),
};

const copyInto = (target: Tensor, x: Tensor): void => applyInPlace(copyKernel, [x], [target], {});

/** Buffers that all recordings of one captured step share: no two of them run at once. */
class ScratchArena {
  readonly backend: Backend;
  readonly #blocks = new Map<number, BufferHandle[]>();
  readonly #free = new Map<number, BufferHandle[]>();
  readonly #sizes = new Map<BufferHandle, number>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** A recording begins: what earlier ones left in the blocks is of no use to it. */
  reset(): void {
    for (const [size, blocks] of this.#blocks) this.#free.set(size, [...blocks]);
  }

  allocate(bytes: number): BufferHandle {
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
    const wanted = bytes > 2 ** 20 ? Math.ceil(bytes / (size / 16)) * (size / 16) : size;
    const reused = this.#free.get(wanted)?.pop();
    if (reused !== undefined) return reused;
    const handle = this.backend.allocate(wanted, false);
    this.#sizes.set(handle, wanted);
    this.#blocks.set(wanted, [...(this.#blocks.get(wanted) ?? []), handle]);
    return handle;
  }

  release(handle: BufferHandle): void {
    const size = this.#sizes.get(handle) ?? 0;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [handle]);
    else list.push(handle);
  }

  get bytes(): number {
    let total = 0;
    for (const size of this.#sizes.values()) total += size;
    return total;
  }

  dispose(): void {
    for (const handle of this.#sizes.keys()) this.backend.release(handle);
    this.#sizes.clear();
    this.#blocks.clear();
    this.#free.clear();
  }
}

/** One thing that the step asked for, as far as a second recording must repeat it. */
interface Note {
  readonly what: string;
  /** Buffers by role: inputs, those made in the step in order, those from outside in order. */
  readonly operands: string;
  readonly values: unknown;
}

/** What may be new in every call of a captured step. */
interface Given {
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

class Recording implements ActiveRecording {
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
      copyInto(x, tensors[i]);
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
const sameValues = (a: unknown, b: unknown): boolean => {
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
const compare = (first: Recording, second: Recording): void => {
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

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

const mapUnknown = (value: unknown, f: (x: Tensor) => Tensor): unknown => {
  if (value instanceof Tensor) return f(value);
  if (Array.isArray(value)) return value.map((item) => mapUnknown(item, f));
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, mapUnknown(v, f)]));
  if (value === null || typeof value !== 'object' || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapUnknown(v, f)]));
};

/** The same structure with other tensors. */
const mapTensors = <T>(value: T, f: (x: Tensor) => Tensor): T => mapUnknown(value, f) as T;

const isHostArray = (value: unknown): value is NumericArray =>
  value instanceof Float32Array ||
  value instanceof Float64Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array;

/**
 * What distinguishes one recording from another: shapes and dtypes of tensors, types and lengths of host arrays, and
 * everything else by value. An array that comes twice is told from two arrays: it is known by its identity.
 */
const signature = (value: unknown, arrays: readonly NumericArray[]): unknown => {
  if (value instanceof Tensor) return `${value.dtype}${showShape(value.shape)}`;
  if (isHostArray(value)) return `array ${arrays.indexOf(value)}: ${value.constructor.name}(${value.length})`;
  if (Array.isArray(value)) return value.map((item) => signature(item, arrays));
  if (value instanceof Map) return ['map', ...[...value].map(([k, v]) => [k, signature(v, arrays)])];
  if (value === undefined) return ['undefined'];
  if (typeof value === 'number' && !Number.isFinite(value)) return ['number', String(value)];
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new ArgumentError(
      'capture',
      `inputs are tensors, host arrays (Float32Array, Float64Array, Int32Array, Uint32Array), numbers, strings and booleans in arrays, maps and plain objects, came ${typeof value === 'object' ? value.constructor.name : typeof value}`,
    );
  }
  return Object.entries(value).map(([k, v]) => [k, signature(v, arrays)]);
};

const tensorsOf = (value: unknown): Tensor[] => {
  const list: Tensor[] = [];
  visitTensors(value, (x) => list.push(x));
  return list;
};

const arraysOf = (value: unknown, found = new Set<NumericArray>()): Set<NumericArray> => {
  if (isHostArray(value)) found.add(value);
  else if (Array.isArray(value)) for (const item of value) arraysOf(item, found);
  else if (value instanceof Map) for (const item of value.values()) arraysOf(item, found);
  else if (value !== null && typeof value === 'object' && isPlain(value)) {
    for (const item of Object.values(value)) arraysOf(item, found);
  }
  return found;
};

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
      copyInto(own, x);
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
      if (first !== undefined) compare(first, recording);
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
    return copies(entry.outputs);
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
