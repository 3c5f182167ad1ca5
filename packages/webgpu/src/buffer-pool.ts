// GPU memory in size classes, reused last freed first, so that the same calls meet the same buffers and their bind groups.

import { BackendError } from '@omnigrad/tensor';
import type { Abilities } from './abilities.ts';

const alignment = 256;
const mebibyte = 1 << 20;

/** As the CPU backend's: powers of two from 256 below 1 MiB, then eight steps an octave. */
export const classBytes = (bytes: number): number => {
  if (bytes <= alignment) return alignment;
  if (bytes <= mebibyte) return 2 ** Math.ceil(Math.log2(bytes));
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
};

const showBytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${(bytes / mebibyte).toFixed(2)} MiB`;

/** A buffer of the device with a number that bind groups are known by. */
export interface PooledBuffer {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly size: number;
}

export interface PoolOptions {
  readonly device: GPUDevice;
  readonly abilities: Abilities;
  /** Bytes of all buffers, at most. */
  readonly memoryLimit: number;
  /** Called before buffers are destroyed: recorded commands may still name them. */
  readonly beforeDestroy: (buffers: readonly PooledBuffer[]) => void;
}

export class BufferPool {
  readonly #options: PoolOptions;
  readonly #free = new Map<number, PooledBuffer[]>();
  #allocated = 0;
  #pooled = 0;
  #made = 0;
  #live = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Bytes of freed buffers. */
  get pooled(): number {
    return this.#pooled;
  }

  /** Buffers of the device, used or free. */
  get live(): number {
    return this.#live;
  }

  /** The named refusal comes before anything is asked of the device, which would only report it later. */
  allocate(bytes: number): PooledBuffer {
    const { device, abilities, memoryLimit } = this.#options;
    const most = Math.min(abilities.maxBufferBytes, abilities.maxBindingBytes);
    if (bytes > most) {
      throw new BackendError(
        'webgpu',
        `a tensor of ${showBytes(bytes)} was asked for, this adapter binds ${showBytes(most)} at most; use a smaller batch or split it`,
      );
    }
    const size = Math.min(classBytes(bytes), most - (most % 4));
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.#pooled -= size;
      return reused;
    }
    if (this.#allocated + size > memoryLimit) this.trim();
    if (this.#allocated + size > memoryLimit) {
      throw new BackendError(
        'webgpu',
        `out of memory: ${showBytes(bytes)} asked for, ${showBytes(this.#allocated)} in use of ${showBytes(memoryLimit)}; use a smaller batch or raise memoryLimit`,
      );
    }
    const buffer = device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#allocated += size;
    this.#live++;
    return { id: this.#made++, buffer, size };
  }

  release(pooled: PooledBuffer): void {
    const list = this.#free.get(pooled.size);
    if (list === undefined) this.#free.set(pooled.size, [pooled]);
    else list.push(pooled);
    this.#pooled += pooled.size;
  }

  /** Gives all freed buffers back to the device. */
  trim(): void {
    const buffers = [...this.#free.values()].flat();
    if (buffers.length === 0) return;
    this.#options.beforeDestroy(buffers);
    for (const { buffer, size } of buffers) {
      buffer.destroy();
      this.#allocated -= size;
      this.#live--;
    }
    this.#free.clear();
    this.#pooled = 0;
  }
}
