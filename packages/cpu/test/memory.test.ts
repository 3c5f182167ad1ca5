// What does not fit is refused in one line, before it has changed anything. No test here takes the gigabytes it asks for.

import {
  accumulateInto,
  type Backend,
  BackendError,
  type BufferHandle,
  capture,
  cpuPlan,
  fill,
  full,
  gelu,
  type Kernel,
  matmul,
  mean,
  persistentBuffer,
  scope,
  scratch,
  sgdInPlace,
  slotOf,
  softmax,
  square,
  type Tensor,
  tensor,
  uploadInto,
  useBackend,
  valueAndGrad,
  zeros,
} from '@omnigrad/tensor';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CpuBackendOptions, createCpuBackend } from '../src/index.ts';
import { workspaceBytes } from '../src/kernels/table.ts';
import { blockBytes, LinearMemory } from '../src/memory.ts';
import { normals } from './support.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

const make = (options: CpuBackendOptions = {}) => {
  const backend = createCpuBackend({ threads: 1, ...options });
  useBackend(backend);
  onTestFinished(() => backend.dispose());
  return backend;
};
afterEach(() => {
  useBackend(undefined);
});

/** The message of a refusal. It must leave the memory, but for its pool, and what else runs on it as they were. */
const refusalOf = (backend: Backend, fn: () => unknown): string => {
  const { pooled: _, ...before } = backend.memory();
  const run = vi.spyOn(backend, 'run');
  let refusal: unknown;
  try {
    fn();
  } catch (error) {
    refusal = error;
  }
  expect(run).not.toHaveBeenCalled();
  run.mockRestore();
  expect(refusal).toBeInstanceOf(BackendError);
  expect(backend.memory()).toMatchObject(before);
  // and it still works
  const sums = scope(() => matmul(full([2, 3], 2), full([3, 2], 5)).readSync());
  expect(sums).toEqual(Float32Array.of(30, 30, 30, 30));
  return (refusal as BackendError).message;
};

describe('a limit of the memory', () => {
  it('holds for the result of an op', () => {
    const backend = make({ memoryLimit: 16 * mebibyte });
    using x = full([2048, 1], 3);
    using y = full([1, 2048], 4);
    expect(refusalOf(backend, () => matmul(x, y))).toBe(
      'cpu: out of memory: 16.00 MiB asked for, 16.00 KiB in use and 0.00 MiB pooled of 16.00 MiB; ' +
        'use a smaller batch or raise memoryLimit',
    );
    expect(backend.memory().peak).toBeLessThan(mebibyte);
    const half = scope(() => matmul(full([1024, 1], 3), y).readSync());
    expect(half.every((v) => v === 12)).toBe(true);
  });

  it('holds for what an op needs beside its result', () => {
    const backend = make({ memoryLimit: 16 * mebibyte });
    const kernel: Kernel<null> = {
      name: 'greedy',
      reference: () => undefined,
      cpu: () =>
        cpuPlan(
          [
            { kernel: 'fill', operands: [{ from: 'out', index: 0 }], args: { n: 4, offset: 0, bits: 1 } },
            { kernel: 'fill', operands: [scratch(0)], args: { n: 4, offset: 0, bits: 2 } },
          ],
          [12 * mebibyte, 8 * mebibyte],
        ),
    };
    using out = zeros([4]);
    const message = refusalOf(backend, () => backend.prepare(kernel, [], [out.view('greedy')], null));
    expect(message).toContain('out of memory: 20.00 MiB asked for, 16 bytes in use');
    expect(() => backend.run(kernel, [], [out.view('greedy')], null)).toThrow('out of memory: 20.00 MiB asked for');
    expect(out.readSync()).toEqual(new Float32Array(4));
  });

  it('holds for arenas, of which the first may be there already', () => {
    const backend = make({ memoryLimit: 16 * mebibyte });
    const values = persistentBuffer(backend, 'f32', 2 * mebibyte);
    uploadInto(values, Float32Array.of(1, 2, 3));
    expect(refusalOf(backend, () => persistentBuffer(backend, 'f32', 2 * mebibyte))).toBe(
      'cpu: out of memory: 8.00 MiB asked for, 8.00 MiB in use and 0.00 MiB pooled of 16.00 MiB; ' +
        'use a smaller batch or raise memoryLimit',
    );
    expect(backend.memory()).toMatchObject({ inUse: 8 * mebibyte, persistent: 8 * mebibyte, buffers: 1 });
    expect(values.readSync().slice(0, 4)).toEqual(Float32Array.of(1, 2, 3, 0));
    values.dispose();
    expect(backend.memory()).toMatchObject({ inUse: 0, persistent: 0, buffers: 0 });
  });

  it('is a number of bytes that holds at least the backend itself', () => {
    const refused = (memoryLimit: number, shown = String(memoryLimit)) =>
      expect(() => createCpuBackend({ memoryLimit })).toThrow(
        new RegExp(`^cpu: memoryLimit must be at least \\d+ bytes, came ${shown}$`),
      );
    for (const wrong of [0, -1, 65536, Number.NaN]) refused(wrong);
    let least = 0;
    try {
      createCpuBackend({ memoryLimit: 0 });
    } catch (error) {
      least = Number(/at least (\d+)/.exec((error as BackendError).message)?.[1]);
    }
    refused(least - 1);
    const backend = make({ memoryLimit: least });
    expect(scope(() => matmul(full([20, 20], 1), full([20, 20], 1)).readSync()[0])).toBe(20);
    expect(backend.memory().inUse).toBe(0);
    // nothing lies beyond 4 GiB
    expect(refusalOf(make({ memoryLimit: 8 * gibibyte }), () => zeros([gibibyte]))).toContain('of 4.00 GiB');
  });

  it('costs threads before it costs results', () => {
    const x = normals(200 * 200, 1);
    const product = (backend: Backend) =>
      scope(() => matmul(tensor(x, [200, 200], { backend }), tensor(x, [200, 200], { backend })).readSync());
    const want = product(make());
    const backend = make({ threads: 4, shareFrom: 0, memoryLimit: 8 * mebibyte });
    // what threads would work in; no kernel has run yet, and so none is there
    const held: BufferHandle[] = [];
    for (const size of [mebibyte, mebibyte / 2]) {
      for (let n = 0; n < 8; n++) {
        try {
          held.push(backend.allocate(size, false));
        } catch {
          break;
        }
      }
    }
    for (const one of held.splice(-2)) backend.release(one);
    expect(() => backend.allocate(workspaceBytes, false)).toThrow('out of memory');
    expect(product(backend)).toEqual(want);
    for (const one of held) backend.release(one);
    expect(product(backend)).toEqual(want);
  });

  it('refuses no scratch that would fit, for a larger block that would be nice', () => {
    const backend = make({ memoryLimit: 32 * mebibyte });
    const needs = (bytes: number) => () =>
      backend.run(
        {
          name: 'scratch',
          reference: () => undefined,
          cpu: () =>
            cpuPlan([{ kernel: 'fill', operands: [scratch(0)], args: { n: bytes / 4, offset: 0, bits: 1 } }], [bytes]),
        },
        [],
        [],
        null,
      );
    needs(12 * mebibyte)();
    // twice as much is not there
    needs(14 * mebibyte)();
    expect(backend.memory()).toMatchObject({ inUse: 0, pooled: 26 * mebibyte });
    expect(needs(20 * mebibyte)).toThrow(
      'cpu: out of memory: 20.00 MiB asked for, 0.00 MiB in use and 26.00 MiB pooled of 32.00 MiB; ' +
        'use a smaller batch or raise memoryLimit',
    );
    needs(14 * mebibyte)();
  });
});

describe('4 GiB', () => {
  it('are beyond what a tensor may have, and sizes do not wrap on the way there', () => {
    const backend = make();
    const message = (bytes: string) =>
      new RegExp(
        `^cpu: out of memory: ${bytes} asked for, 0.00 MiB in use and (0.00 MiB|768 bytes) pooled of 4.00 GiB; use a smaller batch$`,
      );
    // 2^32 bytes, and as many and 256, which would be none and one block of 256
    expect(refusalOf(backend, () => zeros([gibibyte]))).toMatch(message('4.00 GiB'));
    expect(refusalOf(backend, () => zeros([gibibyte + 64]))).toMatch(message('4.00 GiB'));
    expect(refusalOf(backend, () => zeros([2 * gibibyte - 1]))).toMatch(message('8.00 GiB'));
    expect(refusalOf(backend, () => persistentBuffer(backend, 'f32', gibibyte + 64))).toMatch(message('4.00 GiB'));
    using column = full([2 ** 15, 1], 1);
    using row = full([1, 2 ** 15], 1);
    expect(refusalOf(backend, () => matmul(column, row))).toContain('4.00 GiB asked for, 256.00 KiB in use');
    expect(backend.memory().pooled).toBeLessThan(mebibyte);
  });

  it('are beyond what an op may have beside its result, in one block or in several', () => {
    const backend = make();
    const kernel: Kernel<null> = {
      name: 'greedy',
      reference: () => undefined,
      cpu: () =>
        cpuPlan(
          [{ kernel: 'fill', operands: [scratch(2)], args: { n: 1, offset: 0, bits: 1 } }],
          [2 * gibibyte, 2 * gibibyte, 256],
        ),
    };
    expect(refusalOf(backend, () => backend.prepare(kernel, [], [], null))).toContain('4.00 GiB asked for');
  });

  it('are one block size like others', () => {
    expect([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33 + 1, 2 ** 40].map(blockBytes)).toEqual([
      2 ** 32,
      2 ** 32,
      1.125 * 2 ** 32,
      1.125 * 2 ** 33,
      2 ** 40,
    ]);
    const memory = new LinearMemory({ shared: false });
    for (const bytes of [2 ** 32 - 256, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 45]) {
      expect(() => memory.allocate(bytes, 0)).toThrow(/^cpu: out of memory: [\d.]+ GiB asked for/);
      expect(memory.tryAllocate(bytes)).toBeNull();
    }
    expect(memory.pooled).toBe(0);
    expect(memory.wasm.buffer.byteLength).toBeLessThanOrEqual(16 * mebibyte);
  });
});

describe('a captured step that does not fit', () => {
  const width = 128;
  const all = [{ offset: 0, length: width * width, decay: false }];

  /** A layer, and a step that trains it. */
  const training = (memoryLimit: number) => {
    const backend = make({ memoryLimit });
    const arena = (length: number): Tensor => persistentBuffer(backend, 'f32', length);
    const [params, grads, hyper, gradScale] = [width * width, width * width, 4, 1].map(arena);
    uploadInto(params, normals(width * width, 1, 0.1));
    uploadInto(hyper, Float32Array.of(0.1, 0, 0, 0));
    uploadInto(gradScale, Float32Array.of(1));
    const weight = slotOf(params, 0, [width, width]);
    const step = ({ x }: { x: Tensor }): Tensor => {
      fill(grads, 0);
      const { value, grads: of } = valueAndGrad(
        () => mean(square(softmax(gelu(matmul(gelu(matmul(x, weight)), weight))))),
        [weight],
      );
      accumulateInto(grads, 0, of[0]);
      sgdInPlace({ params, grads, hyper, gradScale, buffer: null }, all, false);
      return value;
    };
    const batch = (rows: number): Tensor => tensor(normals(rows * width, 2), [rows, width], { backend });
    const dispose = (): void => {
      for (const x of [weight, params, grads, hyper, gradScale]) x.dispose();
    };
    return { backend, params, step, batch, dispose };
  };

  it('changes no parameter and keeps no memory, wherever it ends', () => {
    const ends = new Set<string>();
    let fits = false;
    for (let limit = 6 * mebibyte; !fits; limit += mebibyte) {
      const { backend, params, step, batch, dispose } = training(limit);
      const large = batch(4096);
      const before = backend.memory();
      const values = params.readSync();
      const captured = capture(step);
      try {
        captured({ x: large }).dispose();
        fits = true;
      } catch (error) {
        const { message } = error as Error;
        expect(error).toBeInstanceOf(BackendError);
        expect(message).toMatch(
          /^cpu: out of memory: 2\.\d\d MiB asked for, [\d.]+ MiB in use and [\d.]+ MiB pooled of [\d.]+ MiB; use a smaller batch or raise memoryLimit$/,
        );
        ends.add(message.slice(0, message.indexOf(' in use')));
        expect(params.readSync()).toEqual(values);
        captured.dispose();
        expect(backend.memory()).toMatchObject({ inUse: before.inUse, buffers: before.buffers });
      }
      captured.dispose();
      large.dispose();
      // the way out
      const small = batch(64);
      const again = capture(step);
      const { inUse } = backend.memory();
      for (let i = 0; i < 4; i++) again({ x: small }).dispose();
      expect(again.report()).toMatchObject({ recorded: 2, replayed: 2 });
      expect(params.readSync()).not.toEqual(values);
      again.dispose();
      expect(backend.memory().inUse).toBe(inUse);
      small.dispose();
      dispose();
      expect(backend.memory().inUse).toBe(0);
      backend.dispose();
    }
    // it ended at several places of the step, forward and backward
    expect(ends.size).toBeGreaterThan(3);
  });

  it('is refused as an eager one is', () => {
    const { backend, params, step, batch, dispose } = training(8 * mebibyte);
    const x = batch(4096);
    const before = backend.memory();
    const values = params.readSync();
    expect(() => scope(() => step({ x }))).toThrow('use a smaller batch or raise memoryLimit');
    expect(params.readSync()).toEqual(values);
    expect(backend.memory()).toMatchObject({ inUse: before.inUse, buffers: before.buffers });
    x.dispose();
    dispose();
  });
});

describe('the peak', () => {
  it('is the most that was in use at once, and neither what was refused nor what was pooled', () => {
    const backend = make({ memoryLimit: 32 * mebibyte });
    const peaks: number[] = [];
    const note = (): void => void peaks.push(backend.memory().peak / mebibyte);
    const [a, b] = [backend.allocate(3 * mebibyte, false), backend.allocate(5 * mebibyte, true)];
    note();
    backend.release(a);
    const c = backend.allocate(2 * mebibyte, false);
    note();
    expect(() => backend.allocate(30 * mebibyte, false)).toThrow('out of memory');
    note();
    backend.release(b);
    backend.release(c);
    note();
    const d = backend.allocate(9 * mebibyte, false);
    note();
    backend.release(d);
    expect(peaks).toEqual([8, 8, 8, 8, 9]);
    expect(backend.memory().inUse).toBe(0);
  });
});

describe('borrowed memory', () => {
  const bytesOf = (memory: LinearMemory, most: number): number => memory.borrow(most, (_, bytes) => bytes);

  it('is what nobody has, and goes back as it was', () => {
    const memory = new LinearMemory({ shared: false, pages: 64 });
    const first = memory.allocate(mebibyte, 0);
    expect(bytesOf(memory, 2 * mebibyte)).toBe(2 * mebibyte);
    expect(memory.borrow(2 * mebibyte, (address) => address)).toBe(first + mebibyte);
    expect(memory.pooled).toBe(0);
    // at the end of the memory less is left than a freed block has
    const [second, third] = [memory.allocate(1.5 * mebibyte, 0), memory.allocate(mebibyte, 0)];
    expect(bytesOf(memory, 2 * mebibyte)).toBeLessThan(mebibyte);
    memory.release(second, 1.5 * mebibyte);
    expect(bytesOf(memory, 2 * mebibyte)).toBe(1.5 * mebibyte);
    expect(bytesOf(memory, 4096)).toBe(4096);
    expect(memory.pooled).toBe(1.5 * mebibyte);
    expect(memory.allocate(1.5 * mebibyte, 0)).toBe(second);
    expect(third).toBe(second + 1.5 * mebibyte);
  });

  it('goes back after an error too', () => {
    const memory = new LinearMemory({ shared: false, pages: 64 });
    const next = memory.borrow(256, (address) => address);
    const fail = (): never => {
      throw new Error('measured badly');
    };
    expect(() => memory.borrow(mebibyte, fail)).toThrow('measured badly');
    expect(memory.allocate(256, 0)).toBe(next);
  });

  it('stays away from what is allocated meanwhile', () => {
    const memory = new LinearMemory({ shared: false, pages: 64 });
    const [borrowed, meanwhile] = memory.borrow(mebibyte, (address) => [address, memory.allocate(512, 0)]);
    expect(meanwhile).toBe(borrowed + mebibyte);
    expect(memory.pooled).toBe(mebibyte);
    expect(memory.allocate(mebibyte, 0)).toBe(borrowed);
  });
});
