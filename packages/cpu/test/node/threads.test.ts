// What threads must survive, in Node: an early end of theirs, of the process, or of what they were given.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Backend, matmul, scope, tensor } from '@omnigrad/tensor';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type HostThreads, hostThreads } from '../../src/host-threads.ts';
import { createCpuBackend } from '../../src/index.ts';
import { maximumThreads, poolFields } from '../../src/kernels/pool.ts';
import { emitKernels, jobs, workspaceBytes } from '../../src/kernels/table.ts';
import { constantsAddress, paramAddress } from '../../src/layout.ts';
import { LinearMemory, maximumPages } from '../../src/memory.ts';
import { type PoolParts, poolFunctionsOf, ThreadPool } from '../../src/thread-pool.ts';
import { wasm } from '../../src/web-assembly.ts';

const started: Worker[] = [];
const watch = (worker: Worker): void => {
  started.push(worker);
};
process.on('worker', watch);
afterEach(async () => {
  await startedSoFar();
  started.length = 0;
});
/** Node tells of new workers a moment later. */
const startedSoFar = async (): Promise<number> => {
  await sleep(0);
  return started.length;
};

const n = 192;
const values = (seed: number): Float32Array =>
  Float32Array.from({ length: n * n }, (_, i) => ((i * seed) % 1013) / 1013 - 0.5);
const product = (backend: Backend): Float32Array =>
  Float32Array.from(
    scope(() => matmul(tensor(values(17), [n, n], { backend }), tensor(values(29), [n, n], { backend })).readSync()),
  );
const want = product(createCpuBackend({ threads: 1 }));

const host = hostThreads();
if (host === null) throw new Error('Node has threads');

/** A pool over a memory of its own, and a job for it: fill 1000 words with 7. */
const poolWith = (parts: Partial<PoolParts>) => {
  const kernels = emitKernels({ shared: true, initialPages: 1, maximumPages }, { relaxedSimd: false, panelRows: 4 });
  const memory = new LinearMemory({ shared: true });
  new Uint32Array(memory.wasm.buffer, constantsAddress).set(kernels.constants);
  const module = new wasm.Module(kernels.bytes);
  const { exports } = new wasm.Instance(module, { env: { memory: memory.wasm } });
  const allocateWorkspace = (): number => memory.allocate(workspaceBytes, 0);
  const pool = new ThreadPool({
    host,
    module,
    memory: memory.wasm,
    functions: poolFunctionsOf(exports),
    workspace: allocateWorkspace(),
    allocateWorkspace,
    threads: 2,
    ...parts,
  });
  onTestFinished(() => pool.close());
  const words = new Int32Array(memory.wasm.buffer);
  const to = memory.allocate(4000, 0);
  const fill = (): Int32Array => {
    words.fill(0, to / 4, to / 4 + 1000);
    words.set([to, 7], paramAddress / 4);
    const index = jobs.findIndex(({ name }) => name === 'fill');
    pool.run({ name: 'fill', index, params: paramAddress, units: 1000, grain: 100, chunkCost: 100 });
    return words.slice(to / 4, to / 4 + 1000);
  };
  return { pool, words, fill };
};

/** A host whose thread takes one chunk of the first job it sees, and then does `code`. */
const takingHost = (code: string): HostThreads => ({
  ...host,
  start: ({ memory }, ended) => {
    const worker = new Worker(
      `const { workerData: words } = require('node:worker_threads');
       const at = (address) => address >> 2;
       let claimed = -1;
       while (true) {
         const interval = new BigUint64Array(words.buffer, ${poolFields.interval}, 1)[0];
         const base = Number(interval & 0xffffffffn);
         if (interval === 0n) continue;
         claimed = Atomics.add(words, at(${poolFields.claim}), 1);
         if (claimed - base >= 0 && claimed - base < Number(interval >> 32n)) break;
       }
       ${code}`,
      { eval: true, workerData: new Int32Array(memory.buffer as SharedArrayBuffer), execArgv: [] },
    );
    worker.unref();
    worker.on('exit', () => ended('it ended'));
    return worker;
  },
});

describe('threads', () => {
  it('are started once for many ops, and give what one gives', async () => {
    const backend = createCpuBackend({ threads: 3 });
    for (let i = 0; i < 20; i++) expect(product(backend)).toEqual(want);
    expect(await startedSoFar()).toBe(2);
    backend.dispose();
  });

  it('are not needed by what they are too many for', () => {
    expect(() => createCpuBackend({ threads: 0 })).toThrow('cpu: threads must be a whole number from 1 to 64, came 0');
    expect(() => createCpuBackend({ threads: maximumThreads + 1 })).toThrow('from 1 to 64, came 65');
    expect(createCpuBackend({ threads: 4, shared: false }).threads).toBe(1);
  });

  it('may be ended by others between two ops: the next op has new ones', async () => {
    const backend = createCpuBackend({ threads: 2 });
    expect(product(backend)).toEqual(want);
    for (let round = 0; round < 3; round++) {
      expect(await startedSoFar()).toBe(round + 1);
      await started[round].terminate();
      expect(product(backend)).toEqual(want);
    }
    backend.dispose();
  });

  it('end by themselves when there is nothing to do, and come back', async () => {
    const { pool, fill } = poolWith({ idleNanoseconds: 30_000_000n });
    expect(new Set(fill())).toEqual(new Set([7]));
    expect(pool.running).toBe(1);
    await vi.waitFor(() => expect(pool.running).toBe(0), 20_000);
    expect(new Set(fill())).toEqual(new Set([7]));
    expect(pool.running).toBe(1);
    expect(await startedSoFar()).toBe(2);
  });

  it('that end by an error with a part of an op make it a named error, and the next op goes well', async () => {
    const lost = `Atomics.add(words, at(${poolFields.lost}), 1);`;
    let starts = 0;
    const { fill } = poolWith({
      host: { ...host, start: (seed, ended) => (starts++ === 0 ? takingHost(lost) : host).start(seed, ended) },
    });
    const message =
      'cpu: a thread ended by an error in the middle of fill: its result is lost. Threads start anew with the next op; go on from the last checkpoint';
    // until the thread is up the caller does all by itself
    await vi.waitFor(() => expect(fill).toThrow(message), { timeout: 20_000, interval: 5 });
    expect(new Set(fill())).toEqual(new Set([7]));
    expect(starts).toBe(2);
  });

  it('that fall silent with a part of an op make it a named error too', async () => {
    const { fill } = poolWith({ host: takingHost('Atomics.wait(words, 0, words[0]);'), patienceMs: 100 });
    await vi.waitFor(() => expect(fill).toThrow(/cpu: a thread gave no sign for \d+ s in the middle of fill/), {
      timeout: 20_000,
      interval: 5,
    });
  });

  it('keep no process alive, busy, idle or asleep', () => {
    const entry = fileURLToPath(new URL('process.ts', import.meta.url));
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    for (const how of ['at once', 'later', 'exit', 'throw']) {
      const began = performance.now();
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', tsx, '--conditions=omnigrad-source', entry, how],
        { encoding: 'utf8', timeout: 60_000 },
      );
      expect([how, status, stdout], stderr).toEqual([how, how === 'throw' ? 1 : 0, 'computed\n']);
      expect(performance.now() - began).toBeLessThan(30_000);
    }
  });
});
