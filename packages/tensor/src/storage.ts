// Reference-counted buffers. Tensors share a storage when one is a reshape of the other or a slot of an arena; the
// buffer goes back to its owner, the backend or a captured step, when the last of them is disposed.

import type { Backend, BufferHandle } from './backend.ts';
import { activeRecording, type BufferOwner } from './recording-state.ts';

/** A write in place of the bytes from `from` to before `to`, and the version that it made. */
interface Write {
  readonly from: number;
  readonly to: number;
  readonly version: number;
}

const none: readonly Write[] = [];

export class Storage {
  readonly backend: Backend;
  readonly bytes: number;
  readonly handle: BufferHandle;
  readonly #owner: BufferOwner;
  #references = 1;
  #version = 0;
  /** The last write of each range, without those that a later one covers. */
  #writes = none;

  constructor(backend: Backend, bytes: number, persistent: boolean) {
    const owner = activeRecording(backend) ?? backend;
    this.backend = backend;
    this.bytes = bytes;
    this.handle = owner.allocate(bytes, persistent);
    this.#owner = owner;
  }

  /** Counts the writes in place: a tape notes it with the values that it saves. */
  get version(): number {
    return this.#version;
  }

  wrote(from: number, to: number): void {
    this.#version++;
    const others = this.#writes.filter((write) => write.from < from || write.to > to);
    this.#writes = [...others, { from, to, version: this.#version }];
  }

  /** Whether bytes from `from` to before `to` were written since `version`: other slots of an arena do not matter. */
  writtenSince(version: number, from: number, to: number): boolean {
    if (version === this.#version) return false;
    return this.#writes.some((write) => write.version > version && write.from < to && from < write.to);
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.#owner.release(this.handle);
  }
}
