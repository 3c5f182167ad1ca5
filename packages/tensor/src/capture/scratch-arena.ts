// The memory of a captured step: blocks in size classes that its recordings share.

import type { Backend, BufferHandle } from '../backend.ts';

/** Buffers that all recordings of one captured step share: no two of them run at once. */
export class ScratchArena {
  readonly backend: Backend;
  readonly #blocks = new Map<number, BufferHandle[]>();
  readonly #free = new Map<number, BufferHandle[]>();
  readonly #sizes = new Map<BufferHandle, number>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** A recording begins: what earlier ones left in the blocks is of no use to it. */
  reset(): void {
    for (const [size, blocks] of this.#blocks) this.#free.set(size, [...blocks]);
  }

  allocate(bytes: number): BufferHandle {
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
    const wanted = bytes > 2 ** 20 ? Math.ceil(bytes / (size / 16)) * (size / 16) : size;
    const reused = this.#free.get(wanted)?.pop();
    if (reused !== undefined) return reused;
    const handle = this.backend.allocate(wanted, false);
    this.#sizes.set(handle, wanted);
    this.#blocks.set(wanted, [...(this.#blocks.get(wanted) ?? []), handle]);
    return handle;
  }

  release(handle: BufferHandle): void {
    const size = this.#sizes.get(handle) ?? 0;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [handle]);
    else list.push(handle);
  }

  get bytes(): number {
    let total = 0;
    for (const size of this.#sizes.values()) total += size;
    return total;
  }

  dispose(): void {
    for (const handle of this.#sizes.keys()) this.backend.release(handle);
    this.#sizes.clear();
    this.#blocks.clear();
    this.#free.clear();
  }
}
