// The CPU backend: tensors live in one WebAssembly memory, ops run as the kernel calls of their plans, on all processors where
// the host allows a shared memory. A kernel's bytes do not depend on how its work is split.

import {
  arrayOf,
  type Backend,
  BackendError,
  type BufferHandle,
  type BufferView,
  type CpuCall,
  type CpuKernelArgs,
  type CpuKernelName,
  type CpuOperand,
  DisposedError,
  type Kernel,
  type MemoryReport,
  type NumericArray,
} from '@omnigrad/tensor';
import { f32x4, ModuleBuilder } from './emitter/index.ts';
import { Executor, usualShareFrom } from './executor.ts';
import { type HostThreads, hostThreads } from './host-threads.ts';
import type { EmitOptions, LaunchContext, Step } from './kernels/job.ts';
import { ceilingLaunch } from './kernels/matmul.ts';
import { maximumThreads } from './kernels/pool.ts';
import { emitKernels, jobs, type KernelModule, kernelTable, workspaceBytes } from './kernels/table.ts';
import { constantsAddress } from './layout.ts';
import { LinearMemory, maximumPages } from './memory.ts';
import { poolFunctionsOf, ThreadPool } from './thread-pool.ts';
import { chooseTile, tileSizes } from './tile-choice.ts';
import { type WasmInstance, type WasmModule, wasm } from './web-assembly.ts';

export interface CpuBackendOptions {
  /**
   * Fused multiply-add in matrix products where the engine has relaxed SIMD (Node 22 and later, current browsers). Default true;
   * with false a product has the same bytes on every engine and machine.
   */
  readonly relaxedSimd?: boolean;
  /** Upper limit of memory in bytes, at most and by default 4 GiB. */
  readonly memoryLimit?: number;
  /** A memory that threads can share. Default: where SharedArrayBuffer exists. */
  readonly shared?: boolean;
  /** Threads that compute, the caller among them: 1 to 64. Default: the processors. One where memory is not shared. */
  readonly threads?: number;
  /** Rough nanoseconds of work from which a kernel is shared among threads. Default 12 000. */
  readonly shareFrom?: number;
  /** Rows of a tile of a matrix product. Default: the fastest on this engine, measured once a machine in some 60 ms. */
  readonly tileRows?: 4 | 5 | 6 | 8;
}

/** Beyond this scratch grows to just what is asked. */
const largestScratchStep = 1 << 26;
const f64Refusal = 'this backend computes in float32, came f64; use the reference backend';

/** What the CPU backend tells beyond the contract. */
export interface CpuBackendInstance extends Backend {
  /** Threads that share large jobs, the caller among them. */
  readonly threads: number;
}

/** A block that grows. Blocks that it outgrew stay, for prepared kernels know their addresses; it doubles, so they stay few. */
class ScratchRegion {
  readonly #allocate: (bytes: number) => number;
  #address = 0;
  #size = 0;
  #bytes = 0;

  constructor(allocate: (bytes: number) => number) {
    this.#allocate = allocate;
  }

  /** Bytes of all its blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  reserve(bytes: number): number {
    if (bytes > this.#size) {
      const size = Math.max(bytes, Math.min(2 * this.#size, largestScratchStep));
      this.#address = this.#allocate(size);
      this.#size = size;
      this.#bytes += size;
    }
    return this.#address;
  }

  forget(): void {
    this.#size = 0;
    this.#bytes = 0;
  }
}

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

class CpuBackend implements CpuBackendInstance {
  readonly name = 'cpu';
  readonly floatDType = 'f32';
  #memory: LinearMemory | undefined;
  readonly #executor: Executor;
  readonly #context: LaunchContext;
  readonly #pool: ThreadPool | null;
  #inUse = 0;
  #peak = 0;
  #persistent = 0;
  #buffers = 0;
  /** Scratch blocks of plans, and of the kernels themselves. */
  readonly #planScratch: ScratchRegion;
  readonly #kernelScratch: ScratchRegion;

  constructor(memory: LinearMemory, options: EmitOptions, executor: Executor, pool: ThreadPool | null) {
    this.#memory = memory;
    this.#executor = executor;
    this.#pool = pool;
    const grow = (bytes: number): number => this.#alive().allocate(bytes, this.#inUse);
    this.#planScratch = new ScratchRegion(grow);
    this.#kernelScratch = new ScratchRegion(grow);
    this.#context = {
      options,
      scratch: (bytes) => this.#kernelScratch.reserve(bytes),
      buffer: () => this.#alive().wasm.buffer,
    };
  }

  get threads(): number {
    return this.#pool?.threads ?? 1;
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

  #steps<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): Step[] {
    const ins = inputs.map((view) => this.#address(view));
    const outs = outputs.map((view) => this.#address(view));
    const { calls, scratch } = kernel.cpu(inputs, outputs, attrs);
    const blocks = scratch.length > 0 ? this.#reserveScratch(scratch) : [];
    const operands = { in: ins, out: outs, scratch: blocks };
    const [only] = calls;
    if (calls.length === 1) return this.#stepsOf(only, operands);
    return calls.flatMap((call) => this.#stepsOf(call, operands));
  }

  #stepsOf<K extends CpuKernelName>(
    call: { readonly kernel: K; readonly operands: CpuCall['operands']; readonly args: CpuKernelArgs[K] },
    operands: { readonly [from in CpuOperand['from']]: readonly number[] },
  ): Step[] {
    const at = call.operands.map(({ from, index }) => operands[from][index]);
    return [...kernelTable[call.kernel](at, call.args, this.#context)];
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    this.#executor.run(this.#steps(kernel, inputs, outputs, attrs));
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    const steps = this.#steps(kernel, inputs, outputs, attrs);
    return () => {
      this.#alive();
      this.#executor.run(steps);
    };
  }

  /** For profiles: a job that does nothing but the inner loop of products on all threads, and its operations. */
  ceiling(): { readonly command: () => void; readonly flop: number } {
    const { step, flop } = ceilingLaunch(this.#context.options, 16 * this.threads);
    return { flop, command: () => this.#executor.run([step]) };
  }

  #reserveScratch(sizes: readonly number[]): number[] {
    const offsets: number[] = [];
    let total = 0;
    for (const bytes of sizes) {
      offsets.push(total);
      total += Math.ceil(bytes / 256) * 256;
    }
    const address = this.#planScratch.reserve(total);
    return offsets.map((offset) => address + offset);
  }

  memory(): MemoryReport {
    return {
      inUse: this.#inUse,
      pooled: (this.#memory?.pooled ?? 0) + this.#planScratch.bytes + this.#kernelScratch.bytes,
      peak: this.#peak,
      persistent: this.#persistent,
      buffers: this.#buffers,
    };
  }

  /** Ends the threads and lets go of the memory; the host's collector returns it to the system. */
  dispose(): void {
    this.#pool?.close();
    this.#memory = undefined;
    this.#planScratch.forget();
    this.#kernelScratch.forget();
    this.#inUse = 0;
    this.#persistent = 0;
    this.#buffers = 0;
  }
}

/** What all threads do in the inner loop of products. Throws BackendError for a backend that is none of createCpuBackend's. */
export const ceilingOf = (backend: CpuBackendInstance): ReturnType<CpuBackend['ceiling']> => {
  if (backend instanceof CpuBackend) return backend.ceiling();
  throw new BackendError(
    'cpu',
    'profileBackend() takes what createCpuBackend() gave; wrap it first, other wrappers after',
  );
};

/** Whether the engine has relaxed SIMD: tried on a module of one instruction. */
export const hasRelaxedSimd = (): boolean => {
  const m = new ModuleBuilder();
  m.valued('probe', {}, 'v128', (f) => {
    const x = f32x4.const(1);
    f.result(f32x4.relaxedMadd(x, x, x));
  });
  return wasm.validate(m.finish());
};

interface Recipe extends EmitOptions {
  readonly shared: boolean;
  readonly pages: number;
  readonly threads: number;
  readonly shareFrom: number;
  readonly host: HostThreads | null;
}

const recipeOf = (options: CpuBackendOptions): Recipe => {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= maximumThreads)) {
    throw new BackendError('cpu', `threads must be a whole number from 1 to ${maximumThreads}, came ${threads}`);
  }
  const { tileRows } = options;
  if (tileRows !== undefined && !tileSizes.includes(tileRows)) {
    throw new BackendError('cpu', `tileRows must be one of ${tileSizes.join(', ')}, came ${tileRows}`);
  }
  const shared = options.shared ?? typeof SharedArrayBuffer === 'function';
  const host = shared ? hostThreads() : null;
  const relaxedSimd = options.relaxedSimd !== false && hasRelaxedSimd();
  return {
    shared,
    host,
    relaxedSimd,
    panelRows: tileRows ?? chooseTile(relaxedSimd),
    pages: Math.min(maximumPages, Math.floor((options.memoryLimit ?? maximumPages * 65536) / 65536)),
    threads: host === null ? 1 : Math.min(maximumThreads, threads ?? host.parallelism),
    shareFrom: options.shareFrom ?? usualShareFrom,
  };
};

/** Emitted modules by recipe: all backends of a process share them. */
const emitted = new Map<string, KernelModule>();
const compiled = new Map<string, WasmModule>();

const keyOf = ({ shared, relaxedSimd, panelRows }: Recipe): string => `${shared} ${relaxedSimd} ${panelRows}`;

const kernelsOf = (recipe: Recipe): KernelModule => {
  const key = keyOf(recipe);
  const known = emitted.get(key);
  if (known !== undefined) return known;
  const kernels = emitKernels({ shared: recipe.shared, initialPages: 1, maximumPages }, recipe);
  emitted.set(key, kernels);
  return kernels;
};

const assemble = (
  recipe: Recipe,
  module: WasmModule,
  memory: LinearMemory,
  { exports }: WasmInstance,
): CpuBackendInstance => {
  new Uint32Array(memory.wasm.buffer, constantsAddress).set(kernelsOf(recipe).constants);
  const allocateWorkspace = (): number => memory.allocate(workspaceBytes, 0);
  const workspace = allocateWorkspace();
  const { host, threads, shareFrom } = recipe;
  const pool =
    host === null || threads === 1
      ? null
      : new ThreadPool({
          host,
          module,
          memory: memory.wasm,
          functions: poolFunctionsOf(exports),
          workspace,
          allocateWorkspace,
          threads,
        });
  const executor = new Executor({ jobs, exports, memory: memory.wasm, workspace, pool, shareFrom });
  return new CpuBackend(memory, recipe, executor, pool);
};

/** The CPU backend, at once. Emits and compiles about 200 KB of WebAssembly the first time in a process. */
export const createCpuBackend = (options: CpuBackendOptions = {}): CpuBackendInstance => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = compiled.get(key) ?? new wasm.Module(kernelsOf(recipe).bytes);
  compiled.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(recipe, module, memory, new wasm.Instance(module, { env: { memory: memory.wasm } }));
};

/** As createCpuBackend, for a browser's main thread, which may refuse to compile at once. */
export const createCpuBackendAsync = async (options: CpuBackendOptions = {}): Promise<CpuBackendInstance> => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = compiled.get(key) ?? (await wasm.compile(kernelsOf(recipe).bytes));
  compiled.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(recipe, module, memory, await wasm.instantiate(module, { env: { memory: memory.wasm } }));
};
