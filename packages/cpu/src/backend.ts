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
import type { Executor } from './executor.ts';
import type { EmitOptions, LaunchContext, Step } from './kernels/job.ts';
import { ceilingLaunch } from './kernels/matmul.ts';
import { kernelTable } from './kernels/table.ts';
import type { LinearMemory } from './memory.ts';
import type { ThreadPool } from './thread-pool.ts';

/** Beyond this scratch grows to just what is asked. */
const largestScratchStep = 1 << 26;
/** Of a copy from one half to the other: past the third-level cache of servers, too. */
const probeBytes = 1 << 27;
const f64Refusal = 'this backend computes in float32, came f64; use the reference backend';

/** What a ceiling is measured with. */
export interface Probe {
  readonly command: () => void;
  /** Floating-point operations or bytes of one command. */
  readonly amount: number;
}

/** What the CPU backend tells beyond the contract. */
export interface CpuBackendInstance extends Backend {
  /** Threads that share large jobs, the caller among them. */
  readonly threads: number;
}

/** A block that grows. Blocks that it outgrew stay, for prepared kernels know their addresses; it doubles, so they stay few. */
class ScratchRegion {
  readonly #allocate: (bytes: number) => number;
  readonly #tryAllocate: (bytes: number) => number | null;
  #address = 0;
  #size = 0;
  #bytes = 0;

  constructor(allocate: (bytes: number) => number, tryAllocate: (bytes: number) => number | null) {
    this.#allocate = allocate;
    this.#tryAllocate = tryAllocate;
  }

  /** Bytes of all its blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  reserve(bytes: number): number {
    if (bytes > this.#size) this.#grow(bytes, Math.min(2 * this.#size, largestScratchStep));
    return this.#address;
  }

  #grow(bytes: number, roomy: number): void {
    const address = roomy > bytes ? this.#tryAllocate(roomy) : null;
    // an error names what is needed, not what would have been nice
    this.#address = address ?? this.#allocate(bytes);
    this.#size = address === null ? bytes : roomy;
    this.#bytes += this.#size;
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

/** internal Made by create.ts. */
export class CpuBackend implements CpuBackendInstance {
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
    const scratch = (): ScratchRegion =>
      new ScratchRegion(
        (bytes) => this.#allocate(bytes),
        (bytes) => this.#alive().tryAllocate(bytes),
      );
    this.#planScratch = scratch();
    this.#kernelScratch = scratch();
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

  get #scratchBytes(): number {
    return this.#planScratch.bytes + this.#kernelScratch.bytes;
  }

  #allocate(bytes: number): number {
    return this.#alive().allocate(bytes, this.#inUse, this.#scratchBytes);
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    const address = this.#allocate(bytes);
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
  productProbe(): Probe {
    this.#alive();
    const { step, flop } = ceilingLaunch(this.#context.options, 16 * this.threads);
    return { amount: flop, command: () => this.#executor.run([step]) };
  }

  /** For profiles: `measure` gets a copy on all threads, and its bytes, in memory that nobody has. */
  withCopyProbe<T>(measure: (probe: Probe) => T): T {
    return this.#alive().borrow(probeBytes, (address, bytes) => {
      const half = Math.floor(bytes / 8) * 4;
      if (half === 0)
        throw new BackendError('cpu', 'no memory is left to measure a copy in; dispose of a tensor first');
      const walk = { shape: [half / 4], inStrides: [1], inOffset: 0, outStrides: [1], outOffset: 0 };
      const steps = kernelTable.copy([address, address + half], walk, this.#context);
      return measure({ amount: 2 * half, command: () => this.#executor.run(steps) });
    });
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
      pooled: (this.#memory?.pooled ?? 0) + this.#scratchBytes,
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
