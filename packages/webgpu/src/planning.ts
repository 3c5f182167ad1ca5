// A backend that runs nothing: it works out what a WebGPU backend would run, and keeps the keys of its pipelines. Needs no GPU and
// holds no memory; every value read is 0.

import {
  arrayOf,
  type Backend,
  BackendError,
  type BufferHandle,
  type BufferView,
  type Kernel,
  type MemoryReport,
  type NumericArray,
  sizeOf,
} from '@omnigrad/tensor';
import type { Abilities } from './abilities.ts';
import type { Dispatch } from './dispatch.ts';
import { launchOf } from './kernels/table.ts';
import { pipelineKey } from './pipelines.ts';
import { isSmallUpload, uploadDispatch } from './upload.ts';

class PlannedBuffer {
  readonly bytes: number;
  readonly persistent: boolean;

  constructor(bytes: number, persistent: boolean) {
    this.bytes = bytes;
    this.persistent = persistent;
  }
}

/** Knows what a step will need of a WebGPU backend. */
export interface PlanningBackend extends Backend {
  /** Of all that was run so far, sorted: for warmUp() of a backend with the same abilities. */
  readonly pipelineKeys: readonly string[];
}

class Planner implements PlanningBackend {
  readonly name = 'webgpu';
  readonly floatDType = 'f32';
  readonly #abilities: Abilities;
  readonly #keys = new Set<string>();
  #inUse = 0;
  #peak = 0;
  #persistent = 0;
  #buffers = 0;

  constructor(abilities: Abilities) {
    this.#abilities = abilities;
  }

  get pipelineKeys(): readonly string[] {
    return [...this.#keys].sort();
  }

  #note(dispatch: Dispatch): void {
    this.#keys.add(pipelineKey(dispatch));
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    this.#inUse += bytes;
    this.#buffers++;
    if (persistent) this.#persistent += bytes;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return new PlannedBuffer(bytes, persistent);
  }

  release(handle: BufferHandle): void {
    if (!(handle instanceof PlannedBuffer)) throw new BackendError('webgpu', 'the buffer belongs to another backend');
    this.#inUse -= handle.bytes;
    this.#buffers--;
    if (handle.persistent) this.#persistent -= handle.bytes;
  }

  upload(_handle: BufferHandle, byteOffset: number, data: NumericArray): void {
    if (isSmallUpload(byteOffset, data)) this.#note(uploadDispatch(data));
  }

  read({ dtype, shape }: BufferView): Promise<NumericArray> {
    return Promise.resolve(arrayOf(dtype, sizeOf(shape)));
  }

  readSync(_view: BufferView): NumericArray {
    throw new BackendError('webgpu', 'the GPU cannot be waited for; await read() in place of readSync()');
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    for (const call of kernel.cpu(inputs, outputs, attrs).calls) {
      for (const dispatch of launchOf(kernel.name, call, this.#abilities).dispatches) this.#note(dispatch);
    }
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    this.run(kernel, inputs, outputs, attrs);
    return () => undefined;
  }

  memory(): MemoryReport {
    return {
      inUse: this.#inUse,
      pooled: 0,
      peak: this.#peak,
      persistent: this.#persistent,
      buffers: this.#buffers,
    };
  }

  dispose(): void {
    this.#inUse = 0;
    this.#persistent = 0;
    this.#buffers = 0;
  }
}

/**
 * A backend that runs nothing, for a step that is tried out: what it would take on a WebGPU backend of these abilities. Models made on it
 * are not to be trained.
 */
export const createPlanningBackend = (abilities: Abilities): PlanningBackend => new Planner(abilities);
