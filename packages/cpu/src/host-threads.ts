// Threads of the host: worker_threads in Node, Web Workers in a page that is isolated from other origins.

import { type Host, host, type NodeProcess } from './host.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

/** What a thread needs to run the kernels. */
export interface ThreadSeed {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  /** Of the thread alone. */
  readonly workspace: number;
  readonly idleNanoseconds: bigint;
  /** Where a thread that ends by an error counts itself. */
  readonly lostAddress: number;
  /** Where the caller may wait. */
  readonly doneAddress: number;
}

export interface HostThread {
  /** Ends the thread at once. */
  terminate(): void;
}

export interface HostThreads {
  /** Processors that this process may use. */
  readonly parallelism: number;
  /** Whether the thread that computes may sleep: the main thread of a page may not. */
  readonly mayWait: boolean;
  /** Starts a thread that runs until the pool tells it to end; `ended` is called later, when it has. */
  start(seed: ThreadSeed, ended: (reason: string) => void): HostThread;
}

/** The whole program of a thread; `seed` is a ThreadSeed. A text, because a thread has no module loader of ours. */
const body = `
  try {
    const { exports } = new WebAssembly.Instance(seed.module, { env: { memory: seed.memory } });
    exports.pool_thread(seed.workspace, seed.idleNanoseconds);
  } catch (error) {
    const words = new Int32Array(seed.memory.buffer);
    Atomics.add(words, seed.lostAddress >> 2, 1);
    Atomics.notify(words, seed.doneAddress >> 2);
    throw error;
  }`;

const threadName = 'omnigrad';

const nodeThreads = (process: NodeProcess): HostThreads | null => {
  const threads = process.getBuiltinModule?.('node:worker_threads');
  const os = process.getBuiltinModule?.('node:os');
  if (threads === undefined || os === undefined) return null;
  return {
    parallelism: os.availableParallelism(),
    mayWait: true,
    start: (seed, ended) => {
      const worker = new threads.Worker(`const { workerData: seed } = require('node:worker_threads');${body}`, {
        eval: true,
        workerData: seed,
        // none of the loaders that the main thread was started with
        execArgv: [],
        name: threadName,
      });
      worker.unref();
      worker.on('error', (error) => ended(error.message));
      worker.on('exit', (code) => ended(`it ended with code ${code}`));
      return worker;
    },
  };
};

const webThreads = ({
  Worker,
  Blob,
  URL,
  crossOriginIsolated,
  navigator,
  WorkerGlobalScope,
}: Host): HostThreads | null => {
  if (Worker === undefined || Blob === undefined || URL === undefined || crossOriginIsolated !== true) return null;
  return {
    parallelism: navigator?.hardwareConcurrency ?? 1,
    mayWait: WorkerGlobalScope !== undefined,
    start: (seed, ended) => {
      const code = `onmessage = ({ data: seed }) => {${body}\n  postMessage('ended'); close(); };`;
      const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
      const worker = new Worker(url, { name: threadName });
      URL.revokeObjectURL(url);
      worker.addEventListener('message', () => ended('it ended'));
      worker.addEventListener('error', ({ message }) => ended(message ?? 'it could not start'));
      worker.postMessage(seed);
      return worker;
    },
  };
};

/** Null where there are no threads: an old browser, or a page that may not share memory. */
export const hostThreads = (): HostThreads | null => {
  const { process } = host;
  return (process === undefined ? null : nodeThreads(process)) ?? webThreads(host);
};
