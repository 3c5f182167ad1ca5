// Reference-counted buffers. Tensors share a storage when one is a reshape of the other or a slot of an arena; the
// buffer goes back to its backend when the last of them is disposed.

import type { Backend, BufferHandle } from './backend.ts';

export class Storage {
  readonly backend: Backend;
  readonly bytes: number;
  readonly handle: BufferHandle;
  #references = 1;

  constructor(backend: Backend, bytes: number, persistent: boolean) {
    this.backend = backend;
    this.bytes = bytes;
    this.handle = backend.allocate(bytes, persistent);
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.backend.release(this.handle);
  }
}
