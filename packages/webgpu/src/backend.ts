// The WebGPU backend: tensors live in buffers of a device, ops run as the kernel calls of their plans, recorded and submitted
// in few batches. Nothing waits for the GPU but read().

import {
  arrayOf,
  type Backend,
  BackendError,
  type BufferHandle,
  type BufferView,
  bytesPerElement,
  type CpuOperand,
  DisposedError,
  type Kernel,
  type MemoryReport,
  type NumericArray,
  reportProfileAtEnd,
  sizeOf,
} from '@omnigrad/tensor';
import type { Abilities } from './abilities.ts';
import { BufferPool, type PooledBuffer } from './buffer-pool.ts';
import type { AdapterReport, OpenDevice } from './device.ts';
import type { Dispatch } from './dispatch.ts';
import { DeviceLostError, oneLine } from './errors.ts';
import type { HostDevice } from './host-device.ts';
import { launchOf } from './kernels/table.ts';
import { type Pipeline, PipelineCache, uniformBytes, type WarmUp } from './pipelines.ts';
import { type GpuProfile, noTimestamps, PassTimer } from './profile.ts';
import { Recorder, type UniformSlot } from './recorder.ts';
import { isSmallUpload, uploadDispatch, type Words } from './upload.ts';

/** Eager ops that are gathered before they are submitted. */
const batch = 128;
/** Bind groups that are remembered. */
const mostBindGroups = 16384;

/** Of debug: what a GPU may refuse a command for. */
const scopeFilters = ['validation', 'out-of-memory', 'internal'] as const;

const f64Refusal = 'this backend computes in float32, came f64; use the reference backend';

class GpuTensorBuffer {
  readonly owner: WebGpuBackend;
  readonly pooled: PooledBuffer;
  readonly bytes: number;
  readonly persistent: boolean;
  released = false;

  constructor(owner: WebGpuBackend, pooled: PooledBuffer, bytes: number, persistent: boolean) {
    this.owner = owner;
    this.pooled = pooled;
    this.bytes = bytes;
    this.persistent = persistent;
  }
}

/** A part of a buffer that a kernel is given. */
interface Range {
  readonly pooled: PooledBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** Whole vec4s, which end within the 256 bytes that every block is a multiple of: kernels that read vec4s leave what is behind as it is. */
const boundBytes = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);

/** A dispatch with all that it needs. */
interface Command {
  readonly op: string;
  readonly pipeline: Pipeline;
  readonly group: GPUBindGroup;
  readonly slot: UniformSlot;
  readonly workgroups: Dispatch['workgroups'];
  /** Operands that are read from a buffer that is also written: copied out first. */
  readonly copies: readonly { readonly from: Range; readonly to: Range }[];
}

/** What the WebGPU backend tells beyond the contract. */
export interface WebGpuBackendInstance extends Backend {
  readonly adapter: AdapterReport;
  readonly abilities: Abilities;
  /** The device itself, for what this package does not do: a GPUDevice. */
  readonly device: HostDevice;
  /** Submits so far. */
  readonly submits: number;
  /** Keys of the pipelines made so far, sorted. */
  readonly pipelineKeys: readonly string[];
  /**
   * Compiles the pipelines of `keys` side by side, ahead of their use, which would stop for each: keys that an earlier run printed, or that
   * createPlanningBackend() has worked out. `onProgress` hears of each. Keys that are of no use here are skipped, and reported.
   */
  warmUp(keys: readonly string[], onProgress?: (done: number, total: number) => void): Promise<WarmUp>;
  /** Where the time went since the backend was made or resetProfile(), of all that was asked for so far. Needs profile: true. */
  profile(): Promise<GpuProfile>;
  resetProfile(): void;
  /** Starts what was recorded so far. */
  flush(): void;
  /** When the GPU has done all that was asked of it; throws the error that it met. */
  finish(): Promise<void>;
}

export interface BackendOptions {
  /** Bytes of all buffers, at most. */
  readonly memoryLimit: number;
  readonly profile: boolean;
  /** Whether OMNIGRAD_PROFILE asks for a report at the end. */
  readonly report: boolean;
  readonly debug: boolean;
}

/** internal Made by create.ts. */
export class WebGpuBackend implements WebGpuBackendInstance {
  readonly name = 'webgpu';
  readonly floatDType = 'f32';
  readonly device: GPUDevice;
  readonly adapter: AdapterReport;
  readonly abilities: Abilities;
  /** Kept reachable: see OpenDevice. */
  readonly #instance: object;
  readonly #pool: BufferPool;
  readonly #recorder: Recorder;
  readonly #timer: PassTimer | null;
  readonly #profiles: boolean;
  readonly #report: () => void;
  readonly #debug: boolean;
  /** Error scopes whose verdict is under way. */
  readonly #scopes = new Set<Promise<void>>();
  readonly #pipelines: PipelineCache;
  readonly #groups = new Map<string, GPUBindGroup>();
  /** Scratch block i of plans and kernels: prepared commands know them, so one that is outgrown stays. */
  readonly #scratch: PooledBuffer[] = [];
  readonly #outgrown: PooledBuffer[] = [];
  #scratchBytes = 0;
  /** Ops since the last flush, those of replays left out. */
  #eager = 0;
  #failure: BackendError | null = null;
  #disposed = false;
  #inUse = 0;
  #peak = 0;
  #persistent = 0;
  #buffers = 0;

  constructor({ device, adapter, abilities, instance }: OpenDevice, options: BackendOptions) {
    const { memoryLimit } = options;
    this.device = device;
    this.adapter = adapter;
    this.abilities = abilities;
    this.#instance = instance;
    this.#debug = options.debug;
    this.#profiles = options.profile;
    this.#timer = options.profile && abilities.timestamps ? new PassTimer(device) : null;
    this.#report = options.report ? reportProfileAtEnd(() => this.#presentProfile) : () => undefined;
    this.#recorder = new Recorder(device, this.#timer);
    this.#pipelines = new PipelineCache(device, !adapter.software, (error) => this.#fail(error));
    this.#pool = new BufferPool({
      device,
      abilities,
      memoryLimit,
      beforeDestroy: () => {
        this.#recorder.flush();
        this.#groups.clear();
      },
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event;
      // it is told to whoever reads; nobody need print it
      event.preventDefault();
      void this.#refused(`the GPU refused a command: ${oneLine(error.message)}`);
    });
    void device.lost.then(({ reason, message }) => {
      if (this.#disposed) return;
      this.#fail(new DeviceLostError('webgpu', message === '' ? reason : `${reason}: ${oneLine(message)}`));
    });
  }

  /** The first failure is the one that counts, but for a loss, which is final. */
  #fail(error: BackendError): void {
    if (this.#failure === null || error instanceof DeviceLostError) this.#failure = error;
  }

  async #refused(problem: string): Promise<void> {
    const refusal = new BackendError('webgpu', problem);
    // a kernel that does not compile is refused too, and its own report says where
    const verdict = this.#pipelines.verdict;
    if (verdict !== null) await verdict;
    this.#fail(refusal);
  }

  /** The commands of `op`; with `debug` on their own, so that the GPU's refusal of one names it. */
  #of(op: string, commands: () => void): void {
    if (!this.#debug) {
      commands();
      return;
    }
    const { device } = this;
    // what others asked for
    this.#recorder.flush();
    for (const filter of scopeFilters) device.pushErrorScope(filter);
    try {
      commands();
      this.#recorder.flush();
    } finally {
      // the last that was pushed is the first that is popped
      const verdicts = scopeFilters.map(async () => {
        const error = await device.popErrorScope().catch(() => null);
        if (error !== null) await this.#refused(`${op}: the GPU refused a command: ${oneLine(error.message)}`);
      });
      const verdict = Promise.all(verdicts).then(() => {
        this.#scopes.delete(verdict);
      });
      this.#scopes.add(verdict);
    }
  }

  #alive(): void {
    if (this.#disposed) throw new DisposedError('webgpu', 'the backend was disposed; create another');
    if (this.#failure !== null) throw this.#failure;
  }

  get submits(): number {
    return this.#recorder.submits;
  }

  get pipelineKeys(): readonly string[] {
    return this.#pipelines.keys;
  }

  async warmUp(
    keys: readonly string[],
    onProgress: (done: number, total: number) => void = () => undefined,
  ): Promise<WarmUp> {
    this.#alive();
    const result = await this.#pipelines.warmUp(keys, onProgress);
    this.#alive();
    return result;
  }

  get #timerOrThrow(): PassTimer {
    if (this.#timer !== null) return this.#timer;
    throw new BackendError(
      'webgpu',
      this.#profiles ? noTimestamps : 'no profile: make the backend with profile: true, or set OMNIGRAD_PROFILE=1',
    );
  }

  async profile(): Promise<GpuProfile> {
    const timer = this.#timerOrThrow;
    await this.finish();
    return timer.profile();
  }

  resetProfile(): void {
    this.#timerOrThrow.reset();
  }

  /** Of the times that are here; null where there are none. */
  get #presentProfile(): GpuProfile | null {
    return this.#timer?.hasTimes === true ? this.#timer.profile() : null;
  }

  #buffer(handle: BufferHandle): GpuTensorBuffer {
    if (!(handle instanceof GpuTensorBuffer) || handle.owner !== this) {
      throw new BackendError('webgpu', 'the buffer belongs to another backend');
    }
    if (handle.released) throw new DisposedError('webgpu', 'the buffer was released');
    return handle;
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    this.#alive();
    const pooled = this.#pool.allocate(bytes);
    this.#inUse += bytes;
    this.#buffers++;
    if (persistent) this.#persistent += bytes;
    if (this.#inUse > this.#peak) this.#peak = this.#inUse;
    return new GpuTensorBuffer(this, pooled, bytes, persistent);
  }

  release(handle: BufferHandle): void {
    if (this.#disposed) return;
    const buffer = this.#buffer(handle);
    this.#pool.release(buffer.pooled);
    buffer.released = true;
    this.#inUse -= buffer.bytes;
    this.#buffers--;
    if (buffer.persistent) this.#persistent -= buffer.bytes;
  }

  #range({ handle, byteOffset, shape, dtype }: BufferView): Range {
    if (dtype === 'f64') throw new BackendError('webgpu', f64Refusal);
    const { pooled } = this.#buffer(handle);
    return { pooled, offset: byteOffset, bytes: sizeOf(shape) * bytesPerElement[dtype] };
  }

  upload(handle: BufferHandle, byteOffset: number, data: NumericArray): void {
    this.#alive();
    const buffer = this.#buffer(handle);
    if (data instanceof Float64Array) throw new BackendError('webgpu', f64Refusal);
    const { byteLength } = data;
    if (byteOffset + byteLength > buffer.bytes) {
      throw new BackendError(
        'webgpu',
        `upload of ${byteLength} bytes at ${byteOffset} does not fit a buffer of ${buffer.bytes} bytes`,
      );
    }
    if (byteLength === 0) return;
    if (isSmallUpload(byteOffset, data) && this.#recorder.pending > 0) {
      this.#smallUpload({ pooled: buffer.pooled, offset: byteOffset, bytes: byteLength }, data);
      return;
    }
    const bytes = new Uint8Array(byteLength);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, byteLength));
    this.#of('upload', () => this.#recorder.upload(buffer.pooled.buffer, byteOffset, bytes));
  }

  #smallUpload(to: Range, data: Words): void {
    this.#of('upload', () => this.#record(this.#command('upload', uploadDispatch(data), [to], [], false)));
  }

  async read(view: BufferView): Promise<NumericArray> {
    this.#alive();
    const { pooled, offset, bytes } = this.#range(view);
    const length = sizeOf(view.shape);
    if (bytes === 0) return arrayOf(view.dtype, 0);
    const staging = this.device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    this.#of('read', () => this.#recorder.copy(pooled.buffer, offset, staging, 0, bytes));
    // reads that were started together are submitted together
    await null;
    this.flush();
    const cause: unknown = await staging.mapAsync(GPUMapMode.READ).then(
      () => null,
      (reason: unknown) => reason,
    );
    const refused =
      cause === null ? null : new BackendError('webgpu', `a tensor could not be read back: ${oneLine(String(cause))}`);
    // what aborts a read is the loss of the device, and the news of that may come after
    if (cause instanceof Error && cause.name === 'AbortError') await this.#lossWithin(1000);
    await this.#verdict(refused !== null);
    this.#alive();
    if (refused !== null) throw refused;
    // a refused command leaves zeros behind: they are no values, and #alive() has thrown
    const copy = staging.getMappedRange().slice(0);
    staging.destroy();
    return arrayOf(view.dtype, length, copy);
  }

  /** When it is known what became of all that was submitted and done; `late` where reasons may still be on their way. */
  async #verdict(late: boolean): Promise<void> {
    await this.#pipelines.verdict;
    if (this.#scopes.size > 0) await Promise.all(this.#scopes);
    if (late) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async #lossWithin(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.device.lost, late]);
    clearTimeout(timer);
  }

  readSync(_view: BufferView): NumericArray {
    throw new BackendError('webgpu', 'the GPU cannot be waited for; await read() in place of readSync()');
  }

  #scratchBlock(index: number, bytes: number): PooledBuffer {
    const present = this.#scratch[index];
    if (present !== undefined && present.size >= bytes) return present;
    const block = this.#pool.allocate(bytes);
    if (present !== undefined) this.#outgrown.push(present);
    this.#scratch[index] = block;
    this.#scratchBytes += block.size;
    return block;
  }

  /**
   * Gives `use` the commands of a kernel on these tensors, one by one: the uniforms of one that is not kept last until the next.
   * `keep` where they are run again and again.
   */
  #forCommands<A>(
    kernel: Kernel<A>,
    inputs: readonly BufferView[],
    outputs: readonly BufferView[],
    attrs: A,
    keep: boolean,
    use: (command: Command) => void,
  ): void {
    const ins = inputs.map((view) => this.#range(view));
    const outs = outputs.map((view) => this.#range(view));
    const { calls, scratch } = kernel.cpu(inputs, outputs, attrs);
    const ofPlan = scratch.map((bytes, i): Range => ({ pooled: this.#scratchBlock(i, bytes), offset: 0, bytes }));
    const operands: { readonly [F in CpuOperand['from']]: readonly Range[] } = { in: ins, out: outs, scratch: ofPlan };
    for (const call of calls) {
      const given = call.operands.map(({ from, index }) => operands[from][index]);
      const { dispatches, scratch: blocks } = launchOf(kernel.name, call, this.abilities);
      const ofKernel = blocks.map(
        (bytes, i): Range => ({ pooled: this.#scratchBlock(scratch.length + i, bytes), offset: 0, bytes }),
      );
      for (const dispatch of dispatches) use(this.#command(kernel.name, dispatch, given, ofKernel, keep));
    }
  }

  #command(
    op: string,
    dispatch: Dispatch,
    operands: readonly Range[],
    scratch: readonly Range[],
    keep: boolean,
  ): Command {
    const pipeline = this.#pipelines.of(dispatch);
    const slot = keep ? this.#recorder.kept(dispatch.uniforms) : this.#recorder.passing(dispatch.uniforms);
    const given = dispatch.bindings.map(({ from, index }) => (from === 'operand' ? operands : scratch)[index]);
    const written = new Set(dispatch.bindings.flatMap(({ write }, i) => (write ? [given[i].pooled] : [])));
    const copies: { from: Range; to: Range }[] = [];
    // WebGPU forbids reading and writing one buffer in one dispatch, even at different places
    const bound = dispatch.bindings.map(({ write }, i) => {
      const range = given[i];
      if (write || !written.has(range.pooled)) return range;
      const to = { pooled: this.#scratchBlock(32 + copies.length, range.bytes), offset: 0, bytes: range.bytes };
      copies.push({ from: range, to });
      return to;
    });
    return { op, pipeline, slot, copies, group: this.#group(pipeline, slot, bound), workgroups: dispatch.workgroups };
  }

  #group({ id, layout }: Pipeline, slot: UniformSlot, ranges: readonly Range[]): GPUBindGroup {
    let key = `${id} ${slot.page}`;
    for (const { pooled, offset, bytes } of ranges) key += ` ${pooled.id}+${offset}:${bytes}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= mostBindGroups) this.#groups.clear();
    const group = this.device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer: slot.buffer, size: uniformBytes } },
        ...ranges.map(({ pooled, offset, bytes }, i) => ({
          binding: i + 1,
          resource: { buffer: pooled.buffer, offset, size: boundBytes(bytes) },
        })),
      ],
    });
    this.#groups.set(key, group);
    return group;
  }

  #record({ op, pipeline, group, slot, workgroups, copies }: Command): void {
    for (const { from, to } of copies) {
      this.#recorder.copy(from.pooled.buffer, from.offset, to.pooled.buffer, to.offset, from.bytes);
    }
    this.#recorder.dispatch(op, pipeline, group, slot, workgroups);
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    this.#alive();
    this.#of(kernel.name, () =>
      this.#forCommands(kernel, inputs, outputs, attrs, false, (command) => this.#record(command)),
    );
    if (++this.#eager >= batch) this.flush();
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    this.#alive();
    const commands: Command[] = [];
    this.#of(kernel.name, () =>
      this.#forCommands(kernel, inputs, outputs, attrs, true, (command) => {
        commands.push(command);
      }),
    );
    return () => {
      this.#alive();
      this.#of(kernel.name, () => {
        for (const command of commands) this.#record(command);
      });
    };
  }

  flush(): void {
    this.#alive();
    this.#recorder.flush();
    this.#eager = 0;
  }

  async finish(): Promise<void> {
    this.flush();
    await Promise.race([this.device.queue.onSubmittedWorkDone(), this.device.lost]);
    if (this.#timer !== null) await Promise.race([this.#timer.settled(), this.device.lost]);
    await this.#verdict(true);
    this.#alive();
  }

  memory(): MemoryReport {
    return {
      inUse: this.#inUse,
      pooled: this.#pool.pooled + this.#scratchBytes,
      peak: this.#peak,
      persistent: this.#persistent,
      buffers: this.#buffers,
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#report();
    this.#disposed = true;
    this.#groups.clear();
    this.device.destroy();
    this.#inUse = 0;
    this.#persistent = 0;
    this.#buffers = 0;
    void this.#instance;
  }
}
