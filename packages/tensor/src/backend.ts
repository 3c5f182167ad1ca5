// The contract between the engine and a backend. A backend owns memory and runs kernels; it knows no tape, no scopes
// and no shapes rules: those are checked before it is called.

import type { CpuPlan } from './cpu-plan.ts';
import type { DType, FloatDType, NumericArray } from './dtype.ts';
import type { Shape } from './shape.ts';

/** Opaque to the engine: a typed array, an address in WASM memory, a GPU buffer. */
export type BufferHandle = object;

/** A contiguous tensor inside a buffer. `byteOffset` is a multiple of 256 for slots of an arena. */
export interface BufferView {
  readonly handle: BufferHandle;
  readonly byteOffset: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What the reference implementation of an op reads and writes: plain typed arrays, contiguous. */
export interface ReferenceArray extends TensorSpec {
  readonly data: NumericArray;
}

/** One executable thing: an op or an in-place update. The WGSL plan joins these two with the WebGPU backend. */
export interface Kernel<A> {
  readonly name: string;
  /** Plain float64 arithmetic on whole arrays; writes into `outputs`. */
  readonly reference: (inputs: readonly ReferenceArray[], outputs: readonly ReferenceArray[], attrs: A) => void;
  /** Pure: the kernel calls for these shapes and dtypes. */
  readonly cpu: (inputs: readonly TensorSpec[], outputs: readonly TensorSpec[], attrs: A) => CpuPlan;
}

export interface MemoryReport {
  /** Bytes of live buffers, as asked for. */
  readonly inUse: number;
  /** Bytes held for reuse. */
  readonly pooled: number;
  /** Highest `inUse` since the backend was made. */
  readonly peak: number;
  /** The part of `inUse` that belongs to arenas and other persistent tensors. */
  readonly persistent: number;
  /** Live buffers. */
  readonly buffers: number;
}

export interface Backend {
  readonly name: string;
  /** The float type of new tensors: f64 on the reference backend, f32 elsewhere. */
  readonly floatDType: FloatDType;
  /** Uninitialised memory of `bytes` bytes, aligned to 256. */
  allocate(bytes: number, persistent: boolean): BufferHandle;
  release(handle: BufferHandle): void;
  /** Copies `data` into the buffer; data has the width of the view's dtype. */
  upload(handle: BufferHandle, byteOffset: number, data: NumericArray): void;
  /** A copy of the elements. Asynchronous everywhere; the value is that at the time of the call. */
  read(view: BufferView): Promise<NumericArray>;
  /** As `read`, at once; throws BackendError on backends that cannot wait. */
  readSync(view: BufferView): NumericArray;
  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void;
  /** As `run`, later and as often as wanted, on the same buffers: all that shapes decide is worked out here. */
  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void;
  /** Starts what was asked for so far, on backends that gather it. A captured step calls it at its end. */
  flush?(): void;
  memory(): MemoryReport;
  dispose(): void;
}
