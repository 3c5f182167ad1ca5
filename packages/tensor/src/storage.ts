// Reference-counted buffers. Tensors share a storage when one is a reshape of the other or a slot of an arena; the
// buffer goes back to its owner, the backend or a captured step, when the last of them is disposed.

import type { Backend, BufferHandle } from './backend.ts';
import { activeRecording, type BufferOwner } from './recording-state.ts';

export class Storage {
  readonly backend: Backend;
  readonly bytes: number;
  readonly handle: BufferHandle;
  /** Counts the writes in place: a tape compares it with what it was when it saved the value. */
  version = 0;
  readonly #owner: BufferOwner;
  #references = 1;

  constructor(backend: Backend, bytes: number, persistent: boolean) {
    const owner = activeRecording(backend) ?? backend;
    this.backend = backend;
    this.bytes = bytes;
    this.handle = owner.allocate(bytes, persistent);
    this.#owner = owner;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.#owner.release(this.handle);
  }
}
