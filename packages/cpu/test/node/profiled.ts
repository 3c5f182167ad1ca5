// A program that uses backends as any other, and ends in one of several ways. It is started with and without OMNIGRAD_PROFILE.

import { add, type Backend, matmul, scope, tensor } from '@omnigrad/tensor';
import { createCpuBackend, createCpuBackendAsync, profileBackend } from '../../src/index.ts';

const n = 20;
/** Every digit of the result. */
const work = (backend: Backend): string =>
  scope(() => {
    const x = tensor(
      Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)),
      [n, n],
      { backend },
    );
    const y = add(matmul(x, matmul(x, x)), x);
    return y.readSync().join();
  });

const ways: { readonly [name: string]: () => void | Promise<void> } = {
  end: () => console.log(work(createCpuBackend({ threads: 2, shareFrom: 0 }))),
  async: async () => console.log(work(await createCpuBackendAsync({ threads: 1 }))),
  dispose: () => {
    const backend = createCpuBackend({ threads: 1 });
    console.log(work(backend));
    backend.dispose();
    console.error('disposed');
    backend.dispose();
  },
  throw: () => {
    console.log(work(createCpuBackend({ threads: 1 })));
    throw new Error('thrown');
  },
  exit: () => {
    console.log(work(createCpuBackend({ threads: 1 })));
    process.exit(3);
  },
  idle: () => {
    createCpuBackend({ threads: 1 });
    createCpuBackend({ threads: 1 }).dispose();
  },
  // more than Node likes listeners of one event
  many: () => {
    const backends = Array.from({ length: 12 }, () => createCpuBackend({ threads: 1 }));
    for (const i of [2, 5, 7]) console.log(work(backends[i]));
    backends[5].dispose();
  },
  profiled: () => {
    const backend = profileBackend(createCpuBackend({ threads: 1 }));
    console.log(work(backend));
    console.log(backend.profile().rows.length);
    backend.dispose();
  },
};

await ways[process.argv[2]]();
