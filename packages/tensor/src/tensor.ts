// Tensor: a shape, a dtype and a share of a storage. Always contiguous. Ops are free functions in ops/.

import type { Backend, BufferView, TensorSpec } from './backend.ts';
import { arrayOf, bytesPerElement, type DType, type NumericArray } from './dtype.ts';
import { ArgumentError, BackendError, CaptureError, DisposedError, ShapeError } from './errors.ts';
import { activeRecording, type HostSource } from './recording-state.ts';
import { adopt, forgetLeak } from './scope.ts';
import { checkShape, type Shape, showShape, sizeOf } from './shape.ts';
import { Storage } from './storage.ts';

let nextKey = 1;
let current: Backend | undefined;

/** Makes `backend` the one that new tensors live on; returns the previous one. */
export const useBackend = (backend: Backend | undefined): Backend | undefined => {
  const previous = current;
  current = backend;
  return previous;
};

/** The backend of new tensors. Throws BackendError when none was chosen. */
export const currentBackend = (): Backend => {
  if (current === undefined) {
    throw new BackendError('currentBackend', 'no backend was chosen; call useBackend(createCpuBackend()) first');
  }
  return current;
};

/** Constructor arguments of a tensor over an existing storage; the storage must already be retained for it. */
interface TensorInit extends TensorSpec {
  readonly storage: Storage;
  readonly byteOffset: number;
  readonly key?: number;
  readonly host?: NumericArray | undefined;
}

export class Tensor implements Disposable {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly storage: Storage;
  readonly byteOffset: number;
  /** Identity for the tape; aliases made to save a value share it. */
  readonly key: number;
  /** Host copy of data that came from the host and is no float, so that ids and masks can be checked without a read-back. */
  readonly host: NumericArray | undefined;
  #disposed = false;

  constructor(init: TensorInit) {
    this.shape = init.shape;
    this.dtype = init.dtype;
    this.storage = init.storage;
    this.byteOffset = init.byteOffset;
    this.key = init.key ?? nextKey++;
    this.host = init.host;
  }

  get backend(): Backend {
    return this.storage.backend;
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** What a backend needs to find the elements. Throws DisposedError after dispose. */
  view(op: string): BufferView {
    this.check(op);
    return { handle: this.storage.handle, byteOffset: this.byteOffset, shape: this.shape, dtype: this.dtype };
  }

  check(op: string): void {
    if (this.#disposed) {
      throw new DisposedError(
        op,
        `a tensor ${showShape(this.shape)} was used after it was disposed; return it from its scope or keep() it`,
      );
    }
  }

  /** Names the axes and returns their sizes: `const [B, T] = x.expect('B T')`. Throws ShapeError on another rank. */
  expect(names: string): readonly number[] {
    const letters = names.split(' ');
    if (letters.length !== this.rank) {
      throw new ShapeError('expect', `expected [${letters.join(', ')}], came ${showShape(this.shape)}`);
    }
    return this.shape;
  }

  /** A copy of the elements in row-major order. */
  read(): Promise<NumericArray> {
    this.#checkReadable('read');
    return this.backend.read(this.view('read'));
  }

  /** As `read`, at once; BackendError on backends that cannot wait. */
  readSync(): NumericArray {
    this.#checkReadable('readSync');
    return this.backend.readSync(this.view('readSync'));
  }

  #checkReadable(op: string): void {
    if (activeRecording(this.backend) !== null) {
      throw new CaptureError(
        op,
        'a captured step cannot wait for values; return the tensor and read it after the step',
      );
    }
  }

  /** The value of a tensor of one element. */
  itemSync(): number {
    if (this.size !== 1) {
      throw new ShapeError('itemSync', `expected one element, came ${showShape(this.shape)}; use readSync()`);
    }
    return this.readSync()[0];
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgetLeak(this);
    this.storage.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** An uninitialised tensor, owned by the innermost scope. */
export const allocateTensor = (backend: Backend, spec: TensorSpec, host?: NumericArray): Tensor => {
  const storage = new Storage(backend, sizeOf(spec.shape) * bytesPerElement[spec.dtype], false);
  return adopt(new Tensor({ shape: spec.shape, dtype: spec.dtype, storage, byteOffset: 0, host }));
};

/** A second handle on the same elements and the same tape identity, owned by the caller and by no scope. */
export const aliasOf = (x: Tensor): Tensor =>
  new Tensor({
    shape: x.shape,
    dtype: x.dtype,
    storage: x.storage.retain(),
    byteOffset: x.byteOffset,
    key: x.key,
    host: x.host,
  });

/** A tensor over the same elements with another shape of the same size and a new tape identity. */
export const reshapeView = (x: Tensor, shape: Shape): Tensor =>
  adopt(new Tensor({ shape, dtype: x.dtype, storage: x.storage.retain(), byteOffset: x.byteOffset, host: x.host }));

/** A persistent flat buffer that belongs to a module or optimiser, zeroed. Dispose it yourself; scopes do not see it. */
export const persistentBuffer = (backend: Backend, dtype: DType, length: number): Tensor => {
  const storage = new Storage(backend, length * bytesPerElement[dtype], true);
  backend.upload(storage.handle, 0, arrayOf(dtype, length));
  return new Tensor({ shape: [length], dtype, storage, byteOffset: 0 });
};

/** Where the bytes of x end in its storage. */
export const byteEnd = (x: Tensor): number => x.byteOffset + x.size * bytesPerElement[x.dtype];

/** Copies host data into `x` from its first element on; `data` has the width of its dtype. */
export const uploadInto = (x: Tensor, data: NumericArray): void => {
  uploadFrom(x, data, { array: data, convert: (array) => array });
  x.host?.set(data);
};

const uploadFrom = (x: Tensor, data: NumericArray, source: HostSource): void => {
  const recording = activeRecording(x.backend);
  if (recording !== null) recording.upload(x, data, source);
  else x.backend.upload(x.storage.handle, x.byteOffset, data);
  x.storage.wrote(x.byteOffset, x.byteOffset + data.byteLength);
};

/** A slot of a persistent buffer as a tensor of its own, owned by the caller. `offset` counts elements. */
export const slotOf = (buffer: Tensor, offset: number, shape: Shape): Tensor => {
  if (offset + sizeOf(shape) > buffer.size) {
    throw new ShapeError('slotOf', `${showShape(shape)} at ${offset} does not fit ${buffer.size} elements`);
  }
  const byteOffset = buffer.byteOffset + offset * bytesPerElement[buffer.dtype];
  return new Tensor({ shape, dtype: buffer.dtype, storage: buffer.storage.retain(), byteOffset });
};

export type NestedNumbers = number | boolean | readonly NestedNumbers[];

const flatten = (data: NestedNumbers, shape: number[], depth: number, out: number[]): void => {
  if (typeof data === 'number' || typeof data === 'boolean') {
    if (depth !== shape.length) throw new ShapeError('tensor', `ragged nested array: a number at depth ${depth}`);
    out.push(Number(data));
    return;
  }
  if (depth === shape.length && out.length > 0) {
    throw new ShapeError('tensor', `ragged nested array: a list beside numbers at depth ${depth}`);
  }
  if (depth === shape.length) shape.push(data.length);
  if (shape[depth] !== data.length) {
    throw new ShapeError('tensor', `ragged nested array: ${data.length} != ${shape[depth]} at depth ${depth}`);
  }
  for (const item of data) flatten(item, shape, depth + 1, out);
};

const dtypeOf = (data: NumericArray, fallback: DType): DType => {
  if (data instanceof Float32Array) return 'f32';
  if (data instanceof Float64Array) return 'f64';
  if (data instanceof Int32Array) return 'i32';
  if (data instanceof Uint32Array) return 'u32';
  return fallback;
};

/** A copy of `values` as elements of `dtype`; for 'bool', whether they differ from 0. */
const toArray = (dtype: DType, values: ArrayLike<number>): NumericArray => {
  const array = arrayOf(dtype, values.length);
  if (dtype === 'bool') for (let i = 0; i < values.length; i++) array[i] = Number(values[i] !== 0);
  else array.set(values);
  return array;
};

/** A tensor of what `convert` makes of `values`, which a captured step may know as one of its inputs. */
const fromHost = (
  values: ArrayLike<number>,
  convert: (values: ArrayLike<number>) => NumericArray,
  spec: TensorSpec,
  backend: Backend,
): Tensor => {
  const array = convert(values);
  checkShape('tensor', spec.shape);
  if (values.length !== sizeOf(spec.shape)) {
    throw new ArgumentError(
      'tensor',
      `${values.length} values for shape ${showShape(spec.shape)}, which has ${sizeOf(spec.shape)}`,
    );
  }
  const isChecked = spec.dtype === 'i32' || spec.dtype === 'u32' || spec.dtype === 'bool';
  const out = allocateTensor(backend, spec, isChecked ? array : undefined);
  uploadFrom(out, array, { array: values, convert });
  return out;
};

export interface TensorOptions {
  readonly dtype?: DType;
  readonly backend?: Backend;
}

/**
 * A tensor from nested arrays, or from a typed array with `shape`. The dtype is that of the typed array, or the backend's
 * float type. Throws ShapeError for ragged input, ArgumentError when the length is not that of the shape.
 */
export const tensor = (
  data: NestedNumbers | NumericArray,
  shapeOrOptions?: Shape | TensorOptions,
  options: TensorOptions = {},
): Tensor => {
  const shapeGiven = Array.isArray(shapeOrOptions) ? (shapeOrOptions as Shape) : undefined;
  const given = shapeGiven === undefined && shapeOrOptions !== undefined ? (shapeOrOptions as TensorOptions) : options;
  const backend = given.backend ?? currentBackend();
  let shape: number[] = [];
  let values: ArrayLike<number>;
  let dtype: DType;
  if (ArrayBuffer.isView(data)) {
    values = data;
    shape = [...(shapeGiven ?? [data.length])];
    dtype = given.dtype ?? dtypeOf(data, backend.floatDType);
    if (dtype === 'f32' || dtype === 'f64') dtype = given.dtype ?? backend.floatDType;
  } else {
    const flat: number[] = [];
    flatten(data as NestedNumbers, shape, 0, flat);
    if (shapeGiven !== undefined) shape = [...shapeGiven];
    values = flat;
    dtype = given.dtype ?? backend.floatDType;
  }
  return fromHost(values, (v) => toArray(dtype, v), { shape, dtype }, backend);
};

const wholeNumbers = (data: ArrayLike<number>): Int32Array => {
  const array = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (!Number.isInteger(data[i])) {
      throw new ArgumentError('ids', `id ${data[i]} at position ${i} is not a whole number`);
    }
    array[i] = data[i];
  }
  return array;
};

/** Ids as i32, checked again at each use against the table or the number of classes. */
export const ids = (data: ArrayLike<number>, shape: Shape = [data.length], options: TensorOptions = {}): Tensor => {
  const { dtype = 'i32', backend = currentBackend() } = options;
  const convert = (values: ArrayLike<number>): NumericArray => {
    const whole = wholeNumbers(values);
    return dtype === 'i32' ? whole : toArray(dtype, whole);
  };
  return fromHost(data, convert, { shape: [...shape], dtype }, backend);
};
