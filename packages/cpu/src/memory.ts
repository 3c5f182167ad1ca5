// One WebAssembly memory and its allocator: blocks aligned to 256 bytes in size classes, reused last freed first, so that
// the same calls give the same addresses. The first 4 KiB belong to the backend itself (layout.ts), and the last page stays
// unused: kernels may read a little past an operand.

import { BackendError } from '@omnigrad/tensor';
import { firstAddress } from './layout.ts';
import { type WasmMemory, wasm } from './web-assembly.ts';

export const pageBytes = 65536;
/** 4 GiB: all a 32-bit address reaches. */
export const maximumPages = 65536;
const alignment = 256;
const mebibyte = 1 << 20;
/** Memory grows by at least this much at once. */
const growthBytes = 16 * mebibyte;

/** The block size that holds `bytes`: powers of two from 256 below 1 MiB, then eight steps an octave. */
export const blockBytes = (bytes: number): number => {
  if (bytes <= alignment) return alignment;
  if (bytes <= mebibyte) return 2 ** Math.ceil(Math.log2(bytes));
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
};

export const showBytes = (bytes: number): string => {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  if (bytes >= mebibyte || bytes === 0) return `${(bytes / mebibyte).toFixed(2)} MiB`;
  return bytes >= 1024 ? `${(bytes / 1024).toFixed(2)} KiB` : `${bytes} bytes`;
};

export interface MemoryOptions {
  readonly shared: boolean;
  /** Limit in pages of 64 KiB; at most and by default 65536. */
  readonly pages?: number;
}

export class LinearMemory {
  readonly wasm: WasmMemory;
  readonly #limit: number;
  readonly #free = new Map<number, number[]>();
  #top = firstAddress;
  #capacity: number;
  #pooled = 0;

  constructor(options: MemoryOptions) {
    const pages = options.pages ?? maximumPages;
    const initial = Math.min(pages, growthBytes / pageBytes);
    this.wasm = new wasm.Memory({ initial, maximum: maximumPages, shared: options.shared });
    this.#capacity = initial * pageBytes;
    this.#limit = (pages - 1) * pageBytes;
  }

  /** Bytes of freed blocks. */
  get pooled(): number {
    return this.#pooled;
  }

  /**
   * Address of an uninitialised block of at least `bytes` bytes. The bytes `inUse`, and those `kept` for the next kernel, are for the
   * message when there is none.
   */
  allocate(bytes: number, inUse: number, kept = 0): number {
    return this.#find(bytes) ?? this.#refuse(bytes, inUse, kept);
  }

  /** As allocate, for what there is a way without: null where there is no room. */
  tryAllocate(bytes: number): number | null {
    try {
      return this.#find(bytes);
    } catch {
      // the system refused more
      return null;
    }
  }

  #find(bytes: number): number | null {
    const size = blockBytes(bytes);
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.#pooled -= size;
      return reused;
    }
    const address = this.#top;
    if (address + size > this.#limit) return this.#takeLarger(size);
    this.#growTo(address + size);
    this.#top += size;
    return address;
  }

  /** Gives a block back; `bytes` as it was asked for. */
  release(address: number, bytes: number): void {
    const size = blockBytes(bytes);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [address]);
    else list.push(address);
    this.#pooled += size;
  }

  /**
   * Runs `use` on up to `most` bytes that nobody has, and puts them back as they were: a freed block, or what is left at the end.
   * There may be none.
   */
  borrow<T>(most: number, use: (address: number, bytes: number) => T): T {
    const left = Math.min(most, this.#limit - this.#top);
    let largest = 0;
    for (const [size, list] of this.#free) if (list.length > 0 && size > largest) largest = size;
    const freed = largest < left ? undefined : this.#free.get(largest)?.pop();
    if (freed !== undefined) {
      this.#pooled -= largest;
      try {
        return use(freed, Math.min(most, largest));
      } finally {
        this.release(freed, largest);
      }
    }
    const address = this.#top;
    this.#growTo(address + left);
    this.#top += left;
    try {
      return use(address, left);
    } finally {
      if (this.#top === address + left) this.#top = address;
      // a thread that was started meanwhile has its workspace behind
      else this.#giveAway(address, address + left);
    }
  }

  /** The last resort: the smallest freed block that is large enough, split in two where the rest is a class of its own. */
  #takeLarger(size: number): number | null {
    let best = Infinity;
    for (const [candidate, list] of this.#free) {
      if (list.length > 0 && candidate > size && candidate < best) best = candidate;
    }
    const address = this.#free.get(best)?.pop();
    if (address === undefined) return null;
    this.#pooled -= best;
    this.#giveAway(address + size, address + best);
    return address;
  }

  /** Cuts a range into classes, largest first, so that releasing each piece stays exact. */
  #giveAway(begin: number, end: number): void {
    let rest = begin;
    while (rest < end) {
      let piece = end - rest;
      while (blockBytes(piece) !== piece) piece = 2 ** Math.floor(Math.log2(piece - 1));
      this.release(rest, piece);
      rest += piece;
    }
  }

  #refuse(bytes: number, inUse: number, kept: number): never {
    const limit = this.#limit + pageBytes;
    throw new BackendError(
      'cpu',
      `out of memory: ${showBytes(bytes)} asked for, ${showBytes(inUse)} in use and ${showBytes(this.#pooled + kept)} pooled ` +
        `of ${showBytes(limit)}; use a smaller batch${limit < maximumPages * pageBytes ? ' or raise memoryLimit' : ''}`,
    );
  }

  #growTo(end: number): void {
    const needed = end + pageBytes;
    if (needed <= this.#capacity) return;
    const wanted = Math.min(Math.max(needed, this.#capacity + growthBytes), this.#limit + pageBytes);
    const pages = Math.ceil((wanted - this.#capacity) / pageBytes);
    try {
      this.wasm.grow(pages);
    } catch (cause) {
      throw new BackendError(
        'cpu',
        `the system refused ${showBytes(pages * pageBytes)} more memory beyond ${showBytes(this.#capacity)}; use a smaller batch`,
        { cause },
      );
    }
    this.#capacity += pages * pageBytes;
  }
}
