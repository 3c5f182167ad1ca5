// The reference backend: typed arrays and plain loops in float64, obviously right and slow. The oracle of every test.
// Tensors of dtype f32 are computed in float64 too and rounded once, when stored.

import type { Backend, BufferHandle, BufferView, Kernel, MemoryReport, ReferenceArray } from './backend.ts';
import { arrayOf, bytesPerElement, type NumericArray } from './dtype.ts';
import { BackendError } from './errors.ts';
import { sizeOf } from './shape.ts';

class ReferenceBuffer {
  readonly bytes: ArrayBuffer;
  readonly persistent: boolean;

  constructor(bytes: number, persistent: boolean) {
    this.bytes = new ArrayBuffer(bytes);
    this.persistent = persistent;
  }
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly floatDType = 'f64';
  readonly #live = new Set<ReferenceBuffer>();
  #inUse = 0;
  #persistent = 0;
  #peak = 0;
  #disposed = false;

  #buffer(handle: BufferHandle): ReferenceBuffer {
    if (!(handle instanceof ReferenceBuffer) || !this.#live.has(handle)) {
      throw new BackendError('reference', 'the buffer is not a live buffer of this backend');
    }
    return handle;
  }

  #array(view: BufferView): ReferenceArray {
    const { bytes } = this.#buffer(view.handle);
    const data = arrayOf(view.dtype, sizeOf(view.shape), bytes, view.byteOffset);
    return { shape: view.shape, dtype: view.dtype, data };
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    if (this.#disposed) throw new BackendError('reference', 'the backend was disposed; make a new one');
    const buffer = new ReferenceBuffer(bytes, persistent);
    this.#live.add(buffer);
    this.#inUse += bytes;
    if (persistent) this.#persistent += bytes;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return buffer;
  }

  release(handle: BufferHandle): void {
    if (this.#disposed) return;
    const buffer = this.#buffer(handle);
    this.#live.delete(buffer);
    this.#inUse -= buffer.bytes.byteLength;
    if (buffer.persistent) this.#persistent -= buffer.bytes.byteLength;
  }

  upload(handle: BufferHandle, byteOffset: number, data: NumericArray): void {
    const { bytes } = this.#buffer(handle);
    new Uint8Array(bytes).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byteOffset);
  }

  readSync(view: BufferView): NumericArray {
    const { data } = this.#array(view);
    const copy = arrayOf(view.dtype, data.length);
    copy.set(data);
    return copy;
  }

  read(view: BufferView): Promise<NumericArray> {
    return Promise.resolve(this.readSync(view));
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    // Float outputs are computed in float64 and rounded once. In-place kernels read what they overwrite, so the wide
    // copies start from the present contents.
    const targets = outputs.map((view) => this.#array(view));
    const wide = targets.map((out) => (out.dtype === 'f32' ? { ...out, data: Float64Array.from(out.data) } : out));
    kernel.reference(
      inputs.map((view) => this.#array(view)),
      wide,
      attrs,
    );
    targets.forEach((out, i) => {
      if (out.data !== wide[i].data) out.data.set(wide[i].data);
    });
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    return () => this.run(kernel, inputs, outputs, attrs);
  }

  memory(): MemoryReport {
    return { inUse: this.#inUse, pooled: 0, peak: this.#peak, persistent: this.#persistent, buffers: this.#live.size };
  }

  dispose(): void {
    this.#disposed = true;
    this.#live.clear();
    this.#inUse = 0;
    this.#persistent = 0;
  }
}

/** A float64 backend of plain loops. Slow; for tests and for reading. */
export const createReferenceBackend = (): Backend => new ReferenceBackend();

/** Bytes of a tensor of this many elements, for memory arithmetic in tests. */
export const bytesOf = (dtype: keyof typeof bytesPerElement, elements: number): number =>
  bytesPerElement[dtype] * elements;
