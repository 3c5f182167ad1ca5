// What emitted code does between threads, which only workers show.

import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { atomic, i32, ModuleBuilder } from '../../src/emitter/index.ts';
import { wasm } from '../../src/web-assembly.ts';

const m = new ModuleBuilder({ shared: true, initialPages: 1, maximumPages: 1 });
m.valued('wait', { at: 'i32', expected: 'i32', nanoseconds: 'i64' }, 'i32', (f, p) =>
  f.result(atomic.wait(p.at, p.expected, p.nanoseconds)),
);
m.valued('waitNext', { at: 'i32', expected: 'i32', nanoseconds: 'i64' }, 'i32', (f, p) =>
  f.result(atomic.wait(p.at, p.expected, p.nanoseconds, 4)),
);
m.valued('notify', { at: 'i32', count: 'i32' }, 'i32', (f, p) => f.result(atomic.notify(p.at, p.count)));
m.func('addOften', { at: 'i32', times: 'i32' }, (f, p) => f.times(p.times, () => f.drop(atomic.add(p.at, 3))));
// hands a plain word over: the flag is stored after it, and read before it
m.func('send', { at: 'i32', value: 'i32' }, (f, p) => {
  f.storeI32(p.at, p.value);
  f.storeAtomic(p.at, 1, 64);
  f.drop(atomic.notify(p.at, 1, 64));
});
m.valued('receive', { at: 'i32' }, 'i32', (f, p) => {
  f.while(i32.eqz(atomic.load(p.at, 64)), () => undefined);
  f.result(i32.load(p.at));
});
const module = new wasm.Module(m.finish());

type Functions = {
  wait(at: number, expected: number, nanoseconds: bigint): number;
  waitNext(at: number, expected: number, nanoseconds: bigint): number;
  notify(at: number, count: number): number;
  send(at: number, value: number): void;
};

const open = () => {
  const memory = new wasm.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new wasm.Instance(module, { env: { memory } });
  return { memory, words: new Uint32Array(memory.buffer), run: exports as Functions };
};

/** A thread that runs `code` with the functions of the module on the same memory, and what it posts. */
const thread = (memory: object, code: string): Promise<readonly unknown[]> => {
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     const { module, memory } = workerData;
     const { exports: run } = new WebAssembly.Instance(module, { env: { memory } });
     parentPort.postMessage(${code});`,
    { eval: true, workerData: { module, memory }, execArgv: [] },
  );
  onTestFinished(() => void worker.terminate());
  return once(worker, 'message');
};

it('a wait ends at once where the word differs, and else when its time is over', () => {
  const { words, run } = open();
  words[16] = 0xffffffff;
  expect(run.wait(64, 7, -1n)).toBe(1);
  const began = performance.now();
  expect(run.wait(64, -1, 20_000_000n)).toBe(2);
  expect(performance.now() - began).toBeGreaterThan(15);
  expect([run.waitNext(64, 1, -1n), run.waitNext(64, 0, 0n)]).toEqual([1, 2]);
  expect(() => run.wait(66, 0, 0n)).toThrow(/unaligned/);
});

it('a notify wakes as many sleepers as it says, on that word', async () => {
  const { memory, run } = open();
  const sleepers = [1, 2, 3].map(() => thread(memory, 'run.wait(64, 0, -1n)'));
  /** Notifies until so many woke. */
  const wake = async (count: number, wanted: number): Promise<void> => {
    let woken = 0;
    await vi.waitFor(
      () => {
        woken += run.notify(64, count);
        expect(woken).toBe(wanted);
      },
      { timeout: 20_000, interval: 1 },
    );
  };
  expect(run.notify(68, 3)).toBe(0);
  await wake(1, 2);
  await wake(0xffffffff, 1);
  expect(await Promise.all(sleepers)).toEqual([[0], [0], [0]]);
});

it('additions of several threads are all there, and wrap', async () => {
  const { memory, words } = open();
  words[16] = 0xffffff00;
  await Promise.all([1, 2, 3].map(() => thread(memory, 'run.addOften(64, 200000)')));
  expect(words[16]).toBe((0xffffff00 + 3 * 3 * 200_000) % 2 ** 32);
});

it('an atomic store brings the plain ones before it along', async () => {
  const { memory, run } = open();
  const received = thread(memory, 'run.receive(128)');
  await later(20);
  run.send(128, 123);
  expect(await received).toEqual([123]);
});

it('more constants than their place holds are an error', async () => {
  vi.doMock('../../src/layout.ts', async (original) => ({ ...(await original<object>()), constantsBytes: 64 }));
  onTestFinished(() => {
    vi.doUnmock('../../src/layout.ts');
    vi.resetModules();
  });
  vi.resetModules();
  const { emitKernels } = await import('../../src/kernels/table.ts');
  expect(() =>
    emitKernels({ shared: false, initialPages: 1, maximumPages: 1 }, { relaxedSimd: false, panelRows: 4 }),
  ).toThrow('emitter: more constants than layout.ts has room for');
});
