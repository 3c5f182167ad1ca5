// What only a page shows: whether it may share memory, and the threads that the backend has there.

import type { NumericArray } from '@omnigrad/tensor';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import type { ThreadSeed } from '../../src/host-threads.ts';
import { type CpuBackendInstance, createCpuBackend } from '../../src/index.ts';
import { poolFields } from '../../src/kernels/pool.ts';
import type { WasmMemory } from '../../src/web-assembly.ts';
import type { Report } from './in-worker.ts';
import { product } from './product.ts';

interface Page {
  readonly crossOriginIsolated: boolean;
  readonly navigator: { readonly hardwareConcurrency: number };
  readonly SharedArrayBuffer?: unknown;
  readonly Worker: new (url: string | URL, options: { readonly name?: string; readonly type?: 'module' }) => PageWorker;
}

interface PageWorker {
  addEventListener(type: 'message' | 'error', listener: (event: { readonly data?: unknown }) => void): void;
  postMessage(message: ThreadSeed): void;
  terminate(): void;
}

const host: object = globalThis;
const page = host as Page;
const { Worker } = page;
const isolated = inject('isolated');

/** The first message of a worker; rejects when it fails to load. */
const answerOf = (worker: PageWorker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.addEventListener('error', reject);
  });

/** Far faster than toEqual. */
const isSame = (got: NumericArray, want: NumericArray): boolean =>
  got.length === want.length && got.every((v, i) => v === want[i]);

afterEach(() => {
  vi.unstubAllGlobals();
});

it('is isolated from other origins where its headers ask for it', () => {
  expect(page.crossOriginIsolated).toBe(isolated);
  expect(typeof page.SharedArrayBuffer).toBe(isolated ? 'function' : 'undefined');
});

describe('the backend', () => {
  it('has a thread for each processor where memory is shared, and else one', () => {
    const threadsOf = (backend: CpuBackendInstance): number => {
      backend.dispose();
      return backend.threads;
    };
    const processors = Math.min(64, page.navigator.hardwareConcurrency);
    expect(threadsOf(createCpuBackend())).toBe(isolated ? processors : 1);
    expect(threadsOf(createCpuBackend({ threads: 3 }))).toBe(isolated ? 3 : 1);
    expect(threadsOf(createCpuBackend({ shared: false, threads: 3 }))).toBe(1);
  });

  it('starts Web Workers, which run the kernels on its memory to the bytes of one thread, and end with it', async () => {
    const ended: Promise<unknown>[] = [];
    const memories = new Set<WasmMemory>();
    vi.stubGlobal(
      'Worker',
      class extends Worker {
        override postMessage(seed: ThreadSeed): void {
          ended.push(answerOf(this));
          memories.add(seed.memory);
          super.postMessage(seed);
        }
      },
    );
    const want = product(createCpuBackend({ threads: 1 }));
    const backend = createCpuBackend({ threads: 3 });
    expect(isSame(product(backend), want)).toBe(true);
    expect(ended).toHaveLength(isolated ? 2 : 0);
    // A page starts a worker only once its main thread has come to rest.
    for (const { buffer } of memories) {
      const sleepers = (): number => Atomics.load(new Int32Array(buffer), poolFields.sleepers >> 2);
      await vi.waitFor(() => expect(sleepers()).toBe(2), 60_000);
    }
    for (let round = 0; round < 30; round++) expect(isSame(product(backend), want)).toBe(true);
    backend.dispose();
    expect(await Promise.all(ended)).toEqual(ended.map(() => 'ended'));
  });

  it('gives the same bytes in a worker of the page', async () => {
    const worker = new Worker(new URL('./in-worker.ts', import.meta.url), { type: 'module' });
    const { threads, bytes } = (await answerOf(worker)) as Report;
    worker.terminate();
    expect(threads).toBe(isolated ? 3 : 1);
    expect(isSame(bytes, product(createCpuBackend({ threads: 1 })))).toBe(true);
  });
});
