import {
  type Backend,
  type BufferHandle,
  type CpuKernelArgs,
  type CpuKernelName,
  call,
  cpuPlan,
  input,
  type Kernel,
  output,
  scratch,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCpuBackend, createCpuBackendAsync, hasRelaxedSimd } from '../src/index.ts';
import { blockBytes, LinearMemory } from '../src/memory.ts';
import { backend, normals, runKernel, zeros } from './support.ts';

const mebibyte = 2 ** 20;

describe('size classes', () => {
  it('hold what was asked, waste at most an eighth above 1 MiB, and are their own class', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(3 * mebibyte), fc.nat(2 ** 32 - 1)), (bytes) => {
        const size = blockBytes(bytes);
        expect(size).toBeGreaterThanOrEqual(Math.max(bytes, 256));
        expect(size % 256).toBe(0);
        expect(blockBytes(size)).toBe(size);
        if (bytes > mebibyte) expect(size).toBeLessThanOrEqual(bytes * 1.125 + 1);
      }),
    );
    expect([0, 256, 257, mebibyte, mebibyte + 1, 2 * mebibyte].map(blockBytes)).toEqual([
      256,
      256,
      512,
      mebibyte,
      1.125 * mebibyte,
      2 * mebibyte,
    ]);
  });
});

describe('allocator', () => {
  const steps = fc.array(
    fc.record({ bytes: fc.oneof(fc.nat(5000), fc.nat(3 * mebibyte)), free: fc.boolean(), pick: fc.nat(100) }),
    {
      maxLength: 60,
    },
  );

  it('gives aligned blocks that never overlap, in the same order every time', () => {
    fc.assert(
      fc.property(steps, (actions) => {
        const trace = (): number[] => {
          const memory = new LinearMemory({ shared: false, pages: 640 });
          const live: { address: number; bytes: number }[] = [];
          const addresses: number[] = [];
          for (const { bytes, free, pick } of actions) {
            if (free && live.length > 0) {
              const [gone] = live.splice(pick % live.length, 1);
              memory.release(gone.address, gone.bytes);
              continue;
            }
            let address: number;
            try {
              address = memory.allocate(bytes, 0);
            } catch {
              continue;
            }
            expect(address % 256).toBe(0);
            expect(address).toBeGreaterThan(0);
            for (const other of live) {
              expect(address + bytes <= other.address || other.address + other.bytes <= address).toBe(true);
            }
            live.push({ address, bytes: Math.max(bytes, 1) });
            addresses.push(address);
          }
          return addresses;
        };
        expect(trace()).toEqual(trace());
      }),
      { numRuns: 15, seed: 7 },
    );
  });

  it('reuses the block freed last', () => {
    const memory = new LinearMemory({ shared: false, pages: 640 });
    const [a, b] = [memory.allocate(1000, 0), memory.allocate(1000, 0)];
    memory.release(a, 1000);
    memory.release(b, 1000);
    expect(memory.pooled).toBe(2048);
    expect([memory.allocate(900, 0), memory.allocate(1024, 0)]).toEqual([b, a]);
  });

  it('cuts a larger freed block when the memory is full, and gives the rest away', () => {
    const memory = new LinearMemory({ shared: false, pages: 64 });
    const big = memory.allocate(3 * mebibyte, 0);
    memory.release(big, 3 * mebibyte);
    expect(memory.allocate(2 * mebibyte, 0)).toBe(big);
    expect(memory.pooled).toBe(mebibyte);
    expect(memory.allocate(mebibyte, 0)).toBe(big + 2 * mebibyte);
  });
});

describe('backend', () => {
  it('reports bytes as asked for', () => {
    const cpu = createCpuBackend();
    const start = cpu.memory();
    expect(start).toEqual({ inUse: 0, pooled: 0, peak: 0, persistent: 0, buffers: 0 });
    const a = cpu.allocate(1000, true);
    const b = cpu.allocate(300, false);
    expect(cpu.memory()).toEqual({ inUse: 1300, pooled: 0, peak: 1300, persistent: 1000, buffers: 2 });
    cpu.release(b);
    cpu.release(a);
    expect(cpu.memory()).toEqual({ inUse: 0, pooled: 1536, peak: 1300, persistent: 0, buffers: 0 });
    cpu.dispose();
    expect(cpu.memory().pooled).toBe(0);
  });

  it('refuses what does not fit, with sizes', () => {
    const cpu = createCpuBackend({ memoryLimit: 64 * mebibyte });
    cpu.allocate(40 * mebibyte, false);
    expect(() => cpu.allocate(30 * mebibyte, false)).toThrow(
      'cpu: out of memory: 30.00 MiB asked for, 40.00 MiB in use and 0.00 MiB pooled of 64.00 MiB; use a smaller batch',
    );
    expect(() => createCpuBackend().allocate(5 * 2 ** 30, false)).toThrow(
      'cpu: out of memory: 5.00 GiB asked for, 0.00 MiB in use and 0.00 MiB pooled of 4.00 GiB; use a smaller batch',
    );
  });

  it('uploads, copies out and refuses f64', async () => {
    const handle = backend.allocate(32, false);
    backend.upload(handle, 8, Float32Array.of(1, 2, 3));
    const view = { handle, byteOffset: 8, shape: [3], dtype: 'f32' } as const;
    const pending = backend.read(view);
    backend.upload(handle, 8, Float32Array.of(7));
    expect(await pending).toEqual(Float32Array.of(1, 2, 3));
    const now = backend.readSync(view);
    expect(now).toEqual(Float32Array.of(7, 2, 3));
    expect(now.buffer).toBeInstanceOf(ArrayBuffer);
    const refusal = 'cpu: this backend computes in float32, came f64; use the reference backend';
    expect(() => backend.upload(handle, 0, Float64Array.of(1))).toThrow(refusal);
    expect(() => backend.readSync({ ...view, dtype: 'f64' })).toThrow(refusal);
    await expect(backend.read({ ...view, dtype: 'f64' })).rejects.toThrow(refusal);
    expect(() => backend.upload(handle, 24, Float32Array.of(1, 2, 3))).toThrow(
      'cpu: upload of 12 bytes at 24 does not fit a buffer of 32 bytes',
    );
    backend.release(handle);
    expect(() => backend.release(handle)).toThrow('cpu: the buffer was released');
    expect(() => backend.readSync(view)).toThrow('cpu: the buffer was released');
  });

  it('is an error to use after dispose', () => {
    const cpu = createCpuBackend();
    const handle = cpu.allocate(16, false);
    cpu.dispose();
    const message = 'cpu: the backend was disposed; create another';
    expect(() => cpu.allocate(16, false)).toThrow(message);
    expect(() => cpu.release(handle)).toThrow(message);
    cpu.dispose();
  });

  it('keeps backends apart', () => {
    const other = createCpuBackend();
    const handle: BufferHandle = other.allocate(16, false);
    expect(() => backend.release(handle)).toThrow('cpu: the buffer belongs to another backend');
    expect(() => backend.release({})).toThrow('cpu: the buffer belongs to another backend');
    other.dispose();
  });

  it('runs plans of several calls with scratch', () => {
    // out = (x + x)² through two scratch blocks, the second only there to be kept apart
    const kernel: Kernel<null> = {
      name: 'doubleSquare',
      reference: () => undefined,
      cpu: ([x]) => {
        const n = x.shape[0];
        const dense = { shape: [n], a: [1], b: [1] };
        return cpuPlan(
          [
            call('binary', [input(0), input(0), scratch(0)], { fn: 'add', ...dense }),
            call('fill', [scratch(1)], { n, offset: 0, bits: 0 }),
            call('unary', [scratch(0), output(0)], { fn: 'square', n }),
          ],
          [n * 4, n * 4],
        );
      },
    };
    for (const n of [1, 100, 30, 50_000]) {
      const before = backend.memory();
      const x = normals(n, 1);
      const [from, to] = [backend.allocate(n * 4, false), backend.allocate(n * 4, false)];
      backend.upload(from, 0, x);
      const spec = { byteOffset: 0, shape: [n], dtype: 'f32' } as const;
      backend.run(kernel, [{ handle: from, ...spec }], [{ handle: to, ...spec }], null);
      const want = x.map((v) => Math.fround(2 * v) ** 2);
      expect(backend.readSync({ handle: to, ...spec })).toEqual(want);
      backend.release(from);
      backend.release(to);
      expect(backend.memory().inUse).toBe(before.inUse);
    }
  });

  it('gives the same bytes with and without shared memory, made at once or later', async () => {
    const x = normals(1000, 3);
    const run = (on: Backend) =>
      runKernel('softmax', [x, zeros(1000)], { rows: 10, n: 100, scale: 1, rowsPerMask: 1 }, on)[1];
    const want = run(backend);
    expect(run(createCpuBackend({ shared: false }))).toEqual(want);
    expect(run(await createCpuBackendAsync())).toEqual(want);
    // asked for or not, relaxed SIMD changes nothing where the engine lacks it
    expect(run(createCpuBackend({ relaxedSimd: true }))).toEqual(want);
    expect(typeof hasRelaxedSimd()).toBe('boolean');
  });

  it('works beyond 2 GiB, where addresses leave the signed range', () => {
    const cpu = createCpuBackend();
    const hold = cpu.allocate(2.25 * 2 ** 30, false);
    const x = normals(5000, 3);
    const both = <K extends CpuKernelName>(name: K, operands: Float32Array[], args: CpuKernelArgs[K]): void =>
      expect(runKernel(name, operands, args, cpu)).toEqual(runKernel(name, operands, args));
    const out = new Float32Array(5000);
    both('softmax', [x, out], { rows: 50, n: 100, scale: 1, rowsPerMask: 1 });
    both('binary', [x, x, out], { fn: 'add', shape: [10, 20, 25], a: [500, 1, 20], b: [0, 25, 1] });
    both('copy', [x, out], { shape: [100, 50], inStrides: [1, 100], inOffset: 0, outStrides: [50, 1], outOffset: 0 });
    both('reduce', [x, out], { fn: 'sum', outer: 2, n: 50, inner: 50 });
    both('gatherRows', [x, new Float32Array(3), out], { groups: 1, rows: 3, tableRows: 50, width: 100 });
    const batch = { outer: 1, inner: 2, a: [0, 2500], b: [0, 2500], c: [0, 2500] } as const;
    const square = { m: 50, n: 50, k: 50, lda: 50, ldb: 50, ldc: 50, aOffset: 0, bOffset: 0, cOffset: 0 };
    both('matmul', [x, x, out], { ...square, transA: true, transB: true, batch, alpha: 1, bias: false });
    cpu.release(hold);
    cpu.dispose();
  });
});
