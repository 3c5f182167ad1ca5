// A backend with some of its methods exchanged: what watchers and clocks of tests and benchmarks are made of.

import type { Backend } from '../backend.ts';

export const wrapBackend = (
  backend: Backend,
  exchanged: Partial<Pick<Backend, 'allocate' | 'run' | 'prepare'>>,
): Backend => ({
  name: backend.name,
  floatDType: backend.floatDType,
  allocate: (bytes, persistent) => backend.allocate(bytes, persistent),
  release: (handle) => backend.release(handle),
  upload: (handle, offset, data) => backend.upload(handle, offset, data),
  read: (view) => backend.read(view),
  readSync: (view) => backend.readSync(view),
  run: (kernel, inputs, outputs, attrs) => backend.run(kernel, inputs, outputs, attrs),
  prepare: (kernel, inputs, outputs, attrs) => backend.prepare(kernel, inputs, outputs, attrs),
  flush: () => backend.flush?.(),
  memory: () => backend.memory(),
  dispose: () => backend.dispose(),
  ...exchanged,
});
