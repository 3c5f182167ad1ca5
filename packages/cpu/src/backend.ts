// The CPU backend: tensors live in one WebAssembly memory, ops run as the kernel calls of their plans. Single-threaded; the
// memory is shared where the host allows it and every kernel's bytes are independent of a split, so that threads can follow.

import {
  arrayOf,
  type Backend,
  BackendError,
  type BufferHandle,
  type BufferView,
  type CpuCall,
  type CpuKernelArgs,
  type CpuKernelName,
  DisposedError,
  type Kernel,
  type MemoryReport,
  type NumericArray,
} from '@omnigrad/tensor';
import { f32x4, ModuleBuilder } from './emitter/index.ts';
import type { EmitOptions, KernelTable } from './kernels/kernel.ts';
import { workspaceBytes } from './kernels/matmul.ts';
import { bindKernels, emitKernels } from './kernels/table.ts';
import { LinearMemory, maximumPages } from './memory.ts';
import { type WasmInstance, type WasmModule, wasm } from './web-assembly.ts';

export interface CpuBackendOptions {
  /** Fused multiply-add in matmul where the engine has relaxed SIMD. Faster; last bits then differ between machines. Default false. */
  readonly relaxedSimd?: boolean;
  /** Upper limit of memory in bytes, at most and by default 4 GiB. */
  readonly memoryLimit?: number;
  /** A memory that threads could share. Default: where SharedArrayBuffer exists. */
  readonly shared?: boolean;
}

const f64Refusal = 'this backend computes in float32, came f64; use the reference backend';

class CpuBuffer {
  readonly address: number;
  readonly bytes: number;
  readonly persistent: boolean;
  readonly owner: CpuBackend;
  released = false;

  constructor(owner: CpuBackend, address: number, bytes: number, persistent: boolean) {
    this.owner = owner;
    this.address = address;
    this.bytes = bytes;
    this.persistent = persistent;
  }
}

class CpuBackend implements Backend {
  readonly name = 'cpu';
  readonly floatDType = 'f32';
  #memory: LinearMemory | undefined;
  readonly #table: KernelTable;
  #inUse = 0;
  #peak = 0;
  #persistent = 0;
  #buffers = 0;
  /** Scratch blocks of plans: one region, kept and grown. */
  #scratch = { address: 0, bytes: 0 };

  constructor(memory: LinearMemory, table: KernelTable) {
    this.#memory = memory;
    this.#table = table;
  }

  #alive(): LinearMemory {
    if (this.#memory === undefined) throw new DisposedError('cpu', 'the backend was disposed; create another');
    return this.#memory;
  }

  #buffer(handle: BufferHandle): CpuBuffer {
    this.#alive();
    if (!(handle instanceof CpuBuffer) || handle.owner !== this) {
      throw new BackendError('cpu', 'the buffer belongs to another backend');
    }
    if (handle.released) throw new DisposedError('cpu', 'the buffer was released');
    return handle;
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    const address = this.#alive().allocate(bytes, this.#inUse);
    this.#inUse += bytes;
    this.#buffers++;
    if (persistent) this.#persistent += bytes;
    if (this.#inUse > this.#peak) this.#peak = this.#inUse;
    return new CpuBuffer(this, address, bytes, persistent);
  }

  release(handle: BufferHandle): void {
    const buffer = this.#buffer(handle);
    this.#alive().release(buffer.address, buffer.bytes);
    buffer.released = true;
    this.#inUse -= buffer.bytes;
    this.#buffers--;
    if (buffer.persistent) this.#persistent -= buffer.bytes;
  }

  upload(handle: BufferHandle, byteOffset: number, data: NumericArray): void {
    const buffer = this.#buffer(handle);
    if (data instanceof Float64Array) throw new BackendError('cpu', f64Refusal);
    if (byteOffset + data.byteLength > buffer.bytes) {
      throw new BackendError(
        'cpu',
        `upload of ${data.byteLength} bytes at ${byteOffset} does not fit a buffer of ${buffer.bytes} bytes`,
      );
    }
    const to = new Uint8Array(this.#alive().wasm.buffer, buffer.address + byteOffset, data.byteLength);
    to.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  async read(view: BufferView): Promise<NumericArray> {
    return this.readSync(view);
  }

  readSync(view: BufferView): NumericArray {
    const address = this.#address(view);
    const length = view.shape.reduce((n, d) => n * d, 1);
    // slice() of a view on shared memory is a plain, unshared copy
    return arrayOf(view.dtype, length, this.#alive().wasm.buffer, address).slice();
  }

  #address(view: BufferView): number {
    if (view.dtype === 'f64') throw new BackendError('cpu', f64Refusal);
    return this.#buffer(view.handle).address + view.byteOffset;
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    const ins = inputs.map((view) => this.#address(view));
    const outs = outputs.map((view) => this.#address(view));
    const plan = kernel.cpu(inputs, outputs, attrs);
    const scratch = plan.scratch.length > 0 ? this.#reserveScratch(plan.scratch) : [];
    for (const call of plan.calls) this.#call(call, ins, outs, scratch);
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    const ins = inputs.map((view) => this.#address(view));
    const outs = outputs.map((view) => this.#address(view));
    const { calls, scratch } = kernel.cpu(inputs, outputs, attrs);
    if (scratch.length > 0) {
      // The scratch region moves when a later plan asks for more.
      return () => {
        const blocks = this.#reserveScratch(scratch);
        for (const call of calls) this.#call(call, ins, outs, blocks);
      };
    }
    const bound = calls.map((call) => this.#bind(call, ins, outs));
    const [only] = bound;
    return bound.length === 1
      ? only
      : () => {
          for (const run of bound) run();
        };
  }

  #bind(call: CpuCall, ins: readonly number[], outs: readonly number[]): () => void {
    const at = call.operands.map(({ from, index }) => (from === 'in' ? ins : outs)[index]);
    return () => {
      this.#alive();
      this.#dispatch(call.kernel, at, call.args);
    };
  }

  #call(call: CpuCall, ins: readonly number[], outs: readonly number[], scratch: readonly number[]): void {
    const at: number[] = [];
    for (const { from, index } of call.operands) {
      at.push((from === 'in' ? ins : from === 'out' ? outs : scratch)[index]);
    }
    this.#dispatch(call.kernel, at, call.args);
  }

  #dispatch<K extends CpuKernelName>(kernel: K, at: readonly number[], args: CpuKernelArgs[K]): void {
    this.#table[kernel](at, args);
  }

  #reserveScratch(sizes: readonly number[]): number[] {
    const offsets: number[] = [];
    let total = 0;
    for (const bytes of sizes) {
      offsets.push(total);
      total += Math.ceil(bytes / 256) * 256;
    }
    if (total > this.#scratch.bytes) {
      const memory = this.#alive();
      if (this.#scratch.bytes > 0) memory.release(this.#scratch.address, this.#scratch.bytes);
      this.#scratch = { address: 0, bytes: 0 };
      this.#scratch = { address: memory.allocate(total, this.#inUse), bytes: total };
    }
    return offsets.map((offset) => this.#scratch.address + offset);
  }

  memory(): MemoryReport {
    return {
      inUse: this.#inUse,
      pooled: (this.#memory?.pooled ?? 0) + this.#scratch.bytes,
      peak: this.#peak,
      persistent: this.#persistent,
      buffers: this.#buffers,
    };
  }

  /** Lets go of the memory; the host's collector returns it to the system. */
  dispose(): void {
    this.#memory = undefined;
    this.#scratch = { address: 0, bytes: 0 };
    this.#inUse = 0;
    this.#persistent = 0;
    this.#buffers = 0;
  }
}

/** Whether the engine has relaxed SIMD: tried on a module of one instruction. */
export const hasRelaxedSimd = (): boolean => {
  const m = new ModuleBuilder();
  m.valued('probe', {}, 'v128', (f) => {
    const x = f32x4.const(1);
    f.result(f32x4.relaxedMadd(x, x, x));
  });
  return wasm.validate(m.finish());
};

interface Recipe {
  readonly shared: boolean;
  readonly relaxedSimd: boolean;
  readonly pages: number;
}

const recipeOf = (options: CpuBackendOptions): Recipe => ({
  shared: options.shared ?? typeof SharedArrayBuffer === 'function',
  relaxedSimd: options.relaxedSimd === true && hasRelaxedSimd(),
  pages: Math.min(maximumPages, Math.floor((options.memoryLimit ?? maximumPages * 65536) / 65536)),
});

/** Emitted modules by recipe: all backends of a process share them. */
const bytesCache = new Map<string, Uint8Array>();
const moduleCache = new Map<string, WasmModule>();

const keyOf = (recipe: Recipe): string => `${recipe.shared} ${recipe.relaxedSimd}`;

const kernelBytes = (recipe: Recipe): Uint8Array => {
  const key = keyOf(recipe);
  const known = bytesCache.get(key);
  if (known !== undefined) return known;
  const options: EmitOptions = { relaxedSimd: recipe.relaxedSimd };
  const bytes = emitKernels({ shared: recipe.shared, initialPages: 1, maximumPages }, options);
  bytesCache.set(key, bytes);
  return bytes;
};

const assemble = (memory: LinearMemory, instance: WasmInstance): Backend =>
  new CpuBackend(
    memory,
    bindKernels(instance.exports, memory.allocate(workspaceBytes, 0), () => memory.wasm.buffer),
  );

/** The CPU backend, at once. Emits and compiles about 130 KB of WebAssembly the first time in a process. */
export const createCpuBackend = (options: CpuBackendOptions = {}): Backend => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = moduleCache.get(key) ?? new wasm.Module(kernelBytes(recipe));
  moduleCache.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(memory, new wasm.Instance(module, { env: { memory: memory.wasm } }));
};

/** As createCpuBackend, for a browser's main thread, which may refuse to compile at once. */
export const createCpuBackendAsync = async (options: CpuBackendOptions = {}): Promise<Backend> => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = moduleCache.get(key) ?? (await wasm.compile(kernelBytes(recipe)));
  moduleCache.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(memory, await wasm.instantiate(module, { env: { memory: memory.wasm } }));
};
