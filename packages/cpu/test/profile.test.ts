// What a profile tells: times by a clock of the test, work by hand, and nothing that changes what is profiled.

import {
  add,
  capture,
  cpuPlan,
  createReferenceBackend,
  gelu,
  layerNorm,
  matmul,
  mean,
  type NumericArray,
  scaledDotProductAttention,
  scope,
  softmax,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  useBackend,
  valueAndGrad,
} from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CpuBackendInstance, createCpuBackend, type ProfiledBackend, profileBackend } from '../src/index.ts';
import { normals } from './support.ts';

let bare: CpuBackendInstance;
let backend: ProfiledBackend;
beforeEach(() => {
  bare = createCpuBackend({ threads: 1 });
  backend = profileBackend(bare);
  useBackend(backend);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(backend.memory().inUse).toBe(0);
  useBackend(undefined);
  backend.dispose();
});

/** Each look at the clock takes 5 ms: so does every call, and the host between two of them. */
const slowClock = (): void => {
  let now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 5;
    return now;
  });
};
const stoppedClock = (): void => {
  vi.spyOn(performance, 'now').mockReturnValue(1000);
};

const matrix = (rows: number, columns: number, seed = 1): Tensor =>
  tensor(normals(rows * columns, seed), [rows, columns]);

/** For what it does, not for what it gives. */
const inScope = (fn: () => Tensor): void =>
  scope(() => {
    fn();
  });

/** Two products [64, 32] x [32, 16], and a sum of [64, 32] and [64, 1]. */
const threeOps = (): void =>
  scope(() => {
    const [a, b, column] = [matrix(64, 32), matrix(32, 16), matrix(64, 1)];
    matmul(a, b);
    matmul(a, b);
    add(a, column);
  });

interface Trace {
  readonly displayTimeUnit: string;
  readonly traceEvents: readonly {
    readonly name: string;
    readonly ph: string;
    readonly ts: number;
    readonly dur: number;
    readonly args: { readonly gflops: number; readonly gigabytesPerSecond: number };
  }[];
}
const traceOf = (text: string): Trace => JSON.parse(text) as Trace;

describe('a profile', () => {
  it('counts calls, time, operations and bytes of each op', () => {
    slowClock();
    threeOps();
    const { rows, wallMs, hostMs, threads } = backend.profile();
    expect({ wallMs, hostMs, threads }).toEqual({ wallMs: 25, hostMs: 10, threads: 1 });
    expect(rows.map(({ op, calls, ms, share }) => [op, calls, ms, share])).toEqual([
      ['matmul', 2, 10, 0.4],
      ['add', 1, 5, 0.2],
    ]);
    const [products, sums] = rows;
    const flop = 2 * 64 * 32 * 16;
    expect(products.gflops).toBeCloseTo((2 * flop) / 10e6, 12);
    expect(products.gigabytesPerSecond).toBeCloseTo((2 * 4 * (64 * 32 + 32 * 16 + 64 * 16)) / 10e6, 12);
    expect(sums.gflops).toBe(0);
    expect(sums.gigabytesPerSecond).toBeCloseTo((4 * (64 * 32 + 64 + 64 * 32)) / 5e6, 12);
  });

  it('compares with the time that the ceilings allow', () => {
    slowClock();
    threeOps();
    const { rows, ceilings } = backend.profile();
    expect(ceilings.gflops).toBeGreaterThan(0);
    expect(ceilings.gigabytesPerSecond).toBeGreaterThan(0);
    for (const { ofCeiling, gflops, gigabytesPerSecond } of rows) {
      const most = Math.max(gflops / ceilings.gflops, gigabytesPerSecond / ceilings.gigabytesPerSecond);
      expect(ofCeiling).toBeCloseTo(most, 12);
    }
  });

  it('has shares that make up the whole with that of the host, by any clock', () => {
    for (let i = 0; i < 5; i++) {
      inScope(() => softmax(gelu(matmul(matrix(300, 200), matrix(200, 300)))));
    }
    const { rows, wallMs, hostMs } = backend.profile();
    expect(rows.map(({ op, calls }) => [op, calls]).sort()).toEqual([
      ['gelu', 5],
      ['matmul', 5],
      ['softmax', 5],
    ]);
    expect(hostMs).toBeGreaterThanOrEqual(0);
    expect(rows.reduce((all, { share }) => all + share, hostMs / wallMs)).toBeCloseTo(1, 9);
    expect([...rows].sort((a, b) => b.ms - a.ms)).toEqual(rows);
  });

  it('is a table for people', () => {
    slowClock();
    scope(() => {
      const x = matrix(1000, 1000);
      for (let i = 0; i < 3; i++) add(x, x);
      matmul(matrix(256, 256), matrix(256, 256));
    });
    const profile = backend.profile();
    const lines = profile.table().split('\n');
    expect(lines.slice(0, -1).map((line) => line.split(/ {2,}/))).toEqual([
      ['op', 'calls', 'ms', 'of the time', 'GFLOP/s', 'GB/s', 'of the ceiling'],
      ['add', '3', '15.00', '42.9 %', '2.4', expect.stringMatching(/^\d+\.\d %$/)],
      ['matmul', '1', '5.00', '14.3 %', '6.7', '0.2', expect.stringMatching(/^\d+\.\d %$/)],
      ['host, outside kernels', '15.00', '42.9 %'],
    ]);
    const { gflops, gigabytesPerSecond } = profile.ceilings;
    expect(lines.at(-1)).toBe(
      `35.00 ms, 1 thread; ceilings measured now: ${gflops.toFixed(1)} GFLOP/s in products, ${gigabytesPerSecond.toFixed(1)} GB/s in a copy`,
    );
    // columns stand under their names
    const ends = (line: string, ...cells: string[]): number[] => cells.map((cell) => line.indexOf(cell) + cell.length);
    const under = ends(lines[0], 'calls', 'ms', 'of the time');
    expect(ends(lines[1], ' 3 ', '15.00', '42.9 %')).toEqual([under[0] + 1, ...under.slice(1)]);
    expect(ends(lines[2], ' 1 ', '5.00', '14.3 %')).toEqual([under[0] + 1, ...under.slice(1)]);
    expect(ends(lines[3], '15.00', '42.9 %')).toEqual(under.slice(1));
  });

  it('begins anew after reset()', () => {
    threeOps();
    backend.reset();
    expect(backend.profile()).toMatchObject({ rows: [], wallMs: 0, hostMs: 0 });
    expect(traceOf(backend.profile().chromeTrace()).traceEvents).toEqual([]);
    slowClock();
    inScope(() => gelu(matrix(10, 10)));
    expect(backend.profile()).toMatchObject({ rows: [{ op: 'gelu', calls: 1, share: 1 }], wallMs: 5, hostMs: 0 });
  });

  it('has numbers where nothing ran, and where a coarse clock saw no time pass', () => {
    const numbers = (): string => {
      const profile = backend.profile();
      const { rows, wallMs, hostMs } = profile;
      for (const row of rows) for (const value of Object.values(row)) expect(value).not.toBeNaN();
      for (const { args } of traceOf(profile.chromeTrace()).traceEvents) {
        expect(args).toEqual({ gflops: 0, gigabytesPerSecond: 0 });
      }
      return JSON.stringify([rows, wallMs, hostMs, profile.table()]);
    };
    expect(numbers()).not.toMatch(/NaN|Infinity|null/);
    stoppedClock();
    threeOps();
    expect(backend.profile().rows).toMatchObject([{ calls: 2 }, { calls: 1 }]);
    expect(numbers()).not.toMatch(/NaN|Infinity|null/);
  });

  it('leaves out the time that it measures ceilings for', () => {
    slowClock();
    inScope(() => gelu(matrix(10, 10)));
    const first = backend.profile();
    inScope(() => gelu(matrix(10, 10)));
    const second = backend.profile();
    expect(first.wallMs).toBe(5);
    // one look more at the clock, when the measuring began
    expect(second.wallMs).toBe(20);
    const [before, after] = traceOf(second.chromeTrace()).traceEvents;
    expect([before.ts, after.ts]).toEqual([0, 15_000]);
  });

  it('counts a prepared kernel at each of its runs, and a captured step at each of its replays', () => {
    const step = capture(({ x }: { x: Tensor }) => gelu(matmul(x, x)));
    const calls = (): Record<string, number> =>
      Object.fromEntries(backend.profile().rows.map(({ op, calls: count }) => [op, count]));
    using x = matrix(20, 20);
    step({ x }).dispose();
    expect(calls()).toMatchObject({ matmul: 1, gelu: 1 });
    for (let i = 0; i < 4; i++) step({ x }).dispose();
    expect(step.report()).toMatchObject({ recorded: 2, replayed: 3 });
    expect(calls()).toMatchObject({ matmul: 5, gelu: 5 });
    // and its work too
    const { rows } = backend.profile();
    for (const { op, ms, gigabytesPerSecond } of rows) {
      if (op === 'gelu' && ms > 0) expect(gigabytesPerSecond * ms * 1e6).toBeCloseTo(5 * 4 * 2 * 400, 3);
    }
    step.dispose();
  });
});

describe('a trace', () => {
  it('has every call in order, inside the wall time', () => {
    for (let i = 0; i < 20; i++) threeOps();
    const profile = backend.profile();
    const { traceEvents, displayTimeUnit } = traceOf(profile.chromeTrace());
    expect(displayTimeUnit).toBe('ms');
    expect(traceEvents.map(({ name }) => name)).toEqual(
      Array.from({ length: 20 }, () => ['matmul', 'matmul', 'add']).flat(),
    );
    let end = 0;
    for (const { ph, ts, dur } of traceEvents) {
      expect(ph).toBe('X');
      // in microseconds, rounded to thousandths
      expect(ts).toBeGreaterThanOrEqual(end - 0.002);
      expect(dur).toBeGreaterThanOrEqual(0);
      end = ts + dur;
    }
    expect(traceEvents[0].ts).toBe(0);
    expect(end).toBeCloseTo(profile.wallMs * 1000, 1);
    const inKernels = traceEvents.reduce((all, { dur }) => all + dur, 0);
    expect(inKernels).toBeCloseTo((profile.wallMs - profile.hostMs) * 1000, 0);
  });

  it('keeps the last 100 000 calls, and the table all', () => {
    const [one, another] = ['one', 'another'].map((name) =>
      backend.prepare({ name, reference: () => undefined, cpu: () => cpuPlan([]) }, [], [], null),
    );
    for (let i = 0; i < 150_000; i++) one();
    for (let i = 0; i < 60_000; i++) another();
    const profile = backend.profile();
    expect(Object.fromEntries(profile.rows.map(({ op, calls }) => [op, calls]))).toEqual({
      one: 150_000,
      another: 60_000,
    });
    const { traceEvents } = traceOf(profile.chromeTrace());
    expect(traceEvents).toHaveLength(100_000);
    expect(traceEvents.filter(({ name }) => name === 'another')).toHaveLength(60_000);
    expect(traceEvents[0].ts).toBe(0);
  });
});

describe('a profiled backend', () => {
  /** Of many kernels, forward and backward, eager and replayed. */
  const results = (on: CpuBackendInstance): NumericArray[] => {
    useBackend(on);
    const step = capture(({ x, w }: { x: Tensor; w: Tensor }) => {
      const { value, grads } = valueAndGrad(() => {
        const h = layerNorm(gelu(matmul(x, w)), sum(w, { axes: 0 }), sum(w, { axes: 1 }));
        return mean(square(add(softmax(matmul(h, transpose(w))), x)));
      }, [x, w]);
      return [value, ...grads];
    });
    const out = scope(() => {
      const inputs = { x: matrix(24, 16, 2), w: matrix(16, 16, 3) };
      const heads = tensor(normals(2 * 3 * 10 * 8, 6), [2, 3, 10, 8]);
      const all = [scaledDotProductAttention(heads, heads, heads)];
      for (let i = 0; i < 3; i++) all.push(...step(inputs));
      return all.map((y) => y.readSync());
    });
    step.dispose();
    return out;
  };

  it('gives the same bytes as the one it profiles', () => {
    const got = results(backend);
    expect(backend.profile().rows.length).toBeGreaterThan(8);
    const plain = createCpuBackend({ threads: 1 });
    onTestFinished(() => plain.dispose());
    expect(got).toEqual(results(plain));
  });

  it('passes everything else on', async () => {
    expect([backend.name, backend.floatDType, backend.threads]).toEqual(['cpu', 'f32', bare.threads]);
    using x = tensor([1, 2, 3]);
    expect(await x.read()).toEqual(Float32Array.of(1, 2, 3));
    expect(backend.memory()).toEqual(bare.memory());
    expect(backend.memory().inUse).toBe(12);
  });

  it('may be profiled again: both count, each from when it was made', () => {
    threeOps();
    const outer = profileBackend(backend);
    useBackend(outer);
    threeOps();
    const counts = (on: ProfiledBackend) => Object.fromEntries(on.profile().rows.map(({ op, calls }) => [op, calls]));
    expect([counts(backend), counts(outer)]).toEqual([
      { matmul: 4, add: 2 },
      { matmul: 2, add: 1 },
    ]);
    expect(outer.profile().ceilings).toBe(backend.profile().ceilings);
    outer.reset();
    expect([counts(backend), counts(outer)]).toEqual([{ matmul: 4, add: 2 }, {}]);
  });

  it('is made of a backend of this package only', () => {
    expect(() => profileBackend({ ...createReferenceBackend(), threads: 1 })).toThrow(
      'cpu: profileBackend() takes what createCpuBackend() gave; wrap it first, other wrappers after',
    );
  });

  it('measures its ceilings in memory that nobody counts, however little there is', () => {
    const small = profileBackend(createCpuBackend({ threads: 1, memoryLimit: 8 * 2 ** 20 }));
    onTestFinished(() => small.dispose());
    const held = small.allocate(4 * 2 ** 20, false);
    const before = small.memory();
    expect(small.profile().ceilings.gigabytesPerSecond).toBeGreaterThan(0);
    expect(small.memory()).toEqual(before);
    small.release(held);
    // what was pooled is as large as it was
    const pooled = small.memory();
    expect(small.allocate(4 * 2 ** 20, false)).toBeDefined();
    expect(pooled.pooled).toBe(4 * 2 ** 20);
  });

  it('tells what it knows after dispose(), but measures no more', () => {
    const [known, unknown] = [0, 1].map(() => profileBackend(createCpuBackend({ threads: 1 })));
    const { ceilings } = known.profile();
    for (const one of [known, unknown]) one.dispose();
    expect(known.profile()).toMatchObject({ rows: [], ceilings });
    expect(() => unknown.profile()).toThrow('cpu: the backend was disposed; call profile() a first time before that');
  });
});
