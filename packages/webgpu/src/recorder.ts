// Commands on their way to the GPU: encoded as they come, submitted together. Uniforms and uploads of a submit travel ahead of it,
// each to a place of its own, so that what was recorded before them still sees the old contents.

import type { Dispatch, Uniform } from './dispatch.ts';
import { type Pipeline, uniformBytes } from './pipelines.ts';
import type { PassTimer } from './profile.ts';

/** Uniform blocks of one submit. */
const ringSlots = 2048;
/** Uploads of one submit that do not fit a uniform block; larger ones are written at once, after what is pending. */
const stagingBytes = 1 << 22;

/** A uniform block on the device. */
export interface UniformSlot {
  readonly page: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

const writeUniforms = (view: DataView, at: number, uniforms: readonly Uniform[]): void => {
  if (uniforms.length * 4 > uniformBytes) throw new Error(`webgpu: ${uniforms.length} uniforms do not fit a block`);
  uniforms.forEach(({ type, value }, i) => {
    if (type === 'f32') view.setFloat32(at + 4 * i, value, true);
    else if (type === 'i32') view.setInt32(at + 4 * i, value, true);
    else view.setUint32(at + 4 * i, value, true);
  });
};

export class Recorder {
  readonly #device: GPUDevice;
  readonly #timer: PassTimer | null;
  readonly #ring: GPUBuffer;
  readonly #mirror = new ArrayBuffer(ringSlots * uniformBytes);
  readonly #view = new DataView(this.#mirror);
  readonly #staging: GPUBuffer;
  #slots = 0;
  #staged = 0;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #commands = 0;
  #submits = 0;
  /** Uniform blocks that stay, by contents: those of prepared commands. */
  readonly #kept = new Map<string, UniformSlot>();
  #page: GPUBuffer | null = null;
  #pages = 0;
  #pageUsed = 0;

  /** With `timer` every dispatch is a pass of its own, and timed. */
  constructor(device: GPUDevice, timer: PassTimer | null = null) {
    this.#device = device;
    this.#timer = timer;
    this.#ring = this.#uniformPage();
    this.#staging = device.createBuffer({
      size: stagingBytes,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  #uniformPage(): GPUBuffer {
    return this.#device.createBuffer({
      size: ringSlots * uniformBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** Commands since the last submit. */
  get pending(): number {
    return this.#commands;
  }

  get submits(): number {
    return this.#submits;
  }

  /** A block for the next dispatch alone. */
  passing(uniforms: readonly Uniform[]): UniformSlot {
    if (this.#slots === ringSlots || this.#timer?.full === true) this.flush();
    const offset = this.#slots++ * uniformBytes;
    writeUniforms(this.#view, offset, uniforms);
    return { page: 0, buffer: this.#ring, offset };
  }

  /** A block for good; equal ones are one. */
  kept(uniforms: readonly Uniform[]): UniformSlot {
    const bytes = new ArrayBuffer(uniformBytes);
    writeUniforms(new DataView(bytes), 0, uniforms);
    const key = new Uint32Array(bytes, 0, uniforms.length).join(' ');
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#page === null || this.#pageUsed === ringSlots) {
      this.#page = this.#uniformPage();
      this.#pages++;
      this.#pageUsed = 0;
    }
    const slot = { page: this.#pages, buffer: this.#page, offset: this.#pageUsed++ * uniformBytes };
    this.#device.queue.writeBuffer(slot.buffer, slot.offset, bytes);
    this.#kept.set(key, slot);
    return slot;
  }

  #commandEncoder(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  dispatch(
    op: string,
    { pipeline, kernel }: Pipeline,
    group: GPUBindGroup,
    { page, offset }: UniformSlot,
    [x, y, z]: Dispatch['workgroups'],
  ): void {
    const timer = this.#timer;
    // a passing block belongs to this submit, and passing() has seen to it
    if (timer?.full === true && page > 0) this.flush();
    this.#pass ??= this.#commandEncoder().beginComputePass(
      timer === null ? undefined : { label: op, timestampWrites: timer.begin({ op, kernel }) },
    );
    const pass = this.#pass;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(x, y, z);
    this.#commands++;
    if (timer !== null) this.#endPass();
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
  }

  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    this.#endPass();
    this.#commandEncoder().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
    this.#commands++;
  }

  upload(to: GPUBuffer, offset: number, data: Uint8Array<ArrayBuffer>): void {
    const { queue } = this.#device;
    if (this.#commands > 0 && this.#staged + data.byteLength <= stagingBytes) {
      queue.writeBuffer(this.#staging, this.#staged, data);
      this.copy(this.#staging, this.#staged, to, offset, data.byteLength);
      this.#staged += data.byteLength;
      return;
    }
    this.flush();
    queue.writeBuffer(to, offset, data);
  }

  flush(): void {
    if (this.#encoder === null) {
      // blocks whose dispatch was never made
      this.#slots = 0;
      return;
    }
    this.#endPass();
    const { queue } = this.#device;
    if (this.#slots > 0) queue.writeBuffer(this.#ring, 0, this.#mirror, 0, this.#slots * uniformBytes);
    const read = this.#timer?.resolve(this.#encoder);
    queue.submit([this.#encoder.finish()]);
    read?.();
    this.#submits++;
    this.#encoder = null;
    this.#commands = 0;
    this.#slots = 0;
    this.#staged = 0;
  }
}
