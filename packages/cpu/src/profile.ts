// Where the time of a step goes, op by op: time, rates, and how near they are to what the machine can do.

import {
  BackendError,
  type BufferHandle,
  type BufferView,
  type CpuCall,
  type CpuKernelArgs,
  type CpuKernelName,
  chromeTraceOf,
  DisposedError,
  type Kernel,
  type MemoryReport,
  type NumericArray,
  showShare,
  tableLines,
} from '@omnigrad/tensor';
import { CpuBackend, type CpuBackendInstance, type Probe } from './backend.ts';
import { kernelWork, type Work } from './kernels/work.ts';

/** All calls of one op. */
export interface ProfileRow {
  readonly op: string;
  readonly calls: number;
  readonly ms: number;
  /** Of `wallMs`. */
  readonly share: number;
  /** Of matrix products; 0 for an op without any. */
  readonly gflops: number;
  /** Each operand counted once. */
  readonly gigabytesPerSecond: number;
  /** The time that the ceilings allow over the time it took; above 1 where operands were in a cache. */
  readonly ofCeiling: number;
}

export interface Ceilings {
  /** Multiply-adds of a product whose operands are in the first-level cache, all threads. */
  readonly gflops: number;
  /** Bytes read and written by a copy of 64 MiB, or in a full memory of half of what is left. */
  readonly gigabytesPerSecond: number;
}

export interface Profile {
  readonly rows: readonly ProfileRow[];
  /** From the first call to the end of the last, what the host did in between included, and measuring of the ceilings left out. */
  readonly wallMs: number;
  /** The part of it outside kernels. */
  readonly hostMs: number;
  readonly threads: number;
  readonly ceilings: Ceilings;
  /** Lines for people. */
  table(): string;
  /** For chrome://tracing or Perfetto: a JSON text. At most the last 100 000 calls. */
  chromeTrace(): string;
}

/** A backend that keeps count. */
export interface ProfiledBackend extends CpuBackendInstance {
  /** Since it was made or reset. */
  profile(): Profile;
  reset(): void;
}

interface Event {
  readonly op: string;
  readonly began: number;
  readonly ms: number;
  readonly work: Work;
}

const mostEvents = 100_000;

const workOf = <K extends CpuKernelName>({
  kernel,
  args,
  operands,
}: {
  readonly kernel: K;
  readonly args: CpuKernelArgs[K];
  readonly operands: CpuCall['operands'];
}): Work => kernelWork[kernel](args, operands.length);

const sumOf = (calls: readonly CpuCall[]): Work => {
  let [flop, bytes] = [0, 0];
  for (const one of calls) {
    const work = workOf(one);
    flop += work.flop;
    bytes += work.bytes;
  }
  return { flop, bytes };
};

interface Total {
  calls: number;
  ms: number;
  flop: number;
  bytes: number;
}

/** 0 where the clock saw no time pass. */
const ratio = (amount: number, ms: number): number => (ms > 0 ? amount / ms : 0);
/** Millions a millisecond are thousands of millions a second. */
const billionsPerSecond = (amount: number, ms: number): number => ratio(amount, ms) / 1e6;

/** internal What profileBackend() gives. */
export class Profiler implements ProfiledBackend {
  readonly name = 'cpu';
  readonly floatDType = 'f32';
  readonly #inner: CpuBackend | Profiler;
  readonly #totals = new Map<string, Total>();
  readonly #events: Event[] = [];
  #first = Number.POSITIVE_INFINITY;
  #last = 0;
  #ceilings: Ceilings | undefined;
  /** Time that went into measuring the ceilings: no part of a profile. */
  #aside = 0;
  #disposed = false;

  constructor(inner: CpuBackendInstance) {
    if (!(inner instanceof CpuBackend || inner instanceof Profiler)) {
      throw new BackendError(
        'cpu',
        'profileBackend() takes what createCpuBackend() gave; wrap it first, other wrappers after',
      );
    }
    this.#inner = inner;
  }

  get threads(): number {
    return this.#inner.threads;
  }

  /** Whether there is anything to tell. */
  get hasRun(): boolean {
    return this.#totals.size > 0;
  }

  #now(): number {
    return performance.now() - this.#aside;
  }

  #time(op: string, work: Work, command: () => void): void {
    const began = this.#now();
    command();
    const ended = this.#now();
    const total = this.#totals.get(op) ?? { calls: 0, ms: 0, flop: 0, bytes: 0 };
    total.calls++;
    total.ms += ended - began;
    total.flop += work.flop;
    total.bytes += work.bytes;
    this.#totals.set(op, total);
    this.#first = Math.min(this.#first, began);
    this.#last = ended;
    this.#events.push({ op, began, ms: ended - began, work });
    if (this.#events.length >= 2 * mostEvents) this.#events.splice(0, mostEvents);
  }

  run<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): void {
    const work = sumOf(kernel.cpu(inputs, outputs, attrs).calls);
    this.#time(kernel.name, work, () => this.#inner.run(kernel, inputs, outputs, attrs));
  }

  prepare<A>(kernel: Kernel<A>, inputs: readonly BufferView[], outputs: readonly BufferView[], attrs: A): () => void {
    const work = sumOf(kernel.cpu(inputs, outputs, attrs).calls);
    const command = this.#inner.prepare(kernel, inputs, outputs, attrs);
    return () => this.#time(kernel.name, work, command);
  }

  allocate(bytes: number, persistent: boolean): BufferHandle {
    return this.#inner.allocate(bytes, persistent);
  }

  release(handle: BufferHandle): void {
    this.#inner.release(handle);
  }

  upload(handle: BufferHandle, byteOffset: number, data: NumericArray): void {
    this.#inner.upload(handle, byteOffset, data);
  }

  read(view: BufferView): Promise<NumericArray> {
    return this.#inner.read(view);
  }

  readSync(view: BufferView): NumericArray {
    return this.#inner.readSync(view);
  }

  memory(): MemoryReport {
    return this.#inner.memory();
  }

  dispose(): void {
    this.#disposed = true;
    this.#inner.dispose();
  }

  reset(): void {
    this.#totals.clear();
    this.#events.length = 0;
    this.#first = Number.POSITIVE_INFINITY;
    this.#last = 0;
  }

  /** Measured once. */
  #ceilingsOnce(): Ceilings {
    if (this.#ceilings !== undefined) return this.#ceilings;
    if (this.#disposed) {
      throw new DisposedError('cpu', 'the backend was disposed; call profile() a first time before that');
    }
    const began = performance.now();
    const inner = this.#inner;
    this.#ceilings = inner instanceof Profiler ? inner.#ceilingsOnce() : measureCeilings(inner);
    this.#aside += performance.now() - began;
    return this.#ceilings;
  }

  profile(): Profile {
    const ceilings = this.#ceilingsOnce();
    const wallMs = Math.max(0, this.#last - this.#first);
    const rows = [...this.#totals]
      .map(([op, { calls, ms, flop, bytes }]): ProfileRow => {
        const least = Math.max(ratio(flop, ceilings.gflops), ratio(bytes, ceilings.gigabytesPerSecond)) / 1e6;
        return {
          op,
          calls,
          ms,
          share: ratio(ms, wallMs),
          gflops: billionsPerSecond(flop, ms),
          gigabytesPerSecond: billionsPerSecond(bytes, ms),
          ofCeiling: ratio(least, ms),
        };
      })
      .sort((a, b) => b.ms - a.ms);
    // sums of many times may be a rounding above the whole
    const hostMs = Math.max(0, wallMs - rows.reduce((sum, { ms }) => sum + ms, 0));
    const events = this.#events.slice(-mostEvents);
    const data = { rows, wallMs, hostMs, threads: this.threads, ceilings };
    return { ...data, table: () => tableOf(data), chromeTrace: () => traceOf(events) };
  }
}

const tableOf = ({ rows, wallMs, hostMs, threads, ceilings }: Omit<Profile, 'table' | 'chromeTrace'>): string => {
  const lines = rows.map(({ op, calls, ms, share, gflops, gigabytesPerSecond, ofCeiling }) => [
    op,
    String(calls),
    ms.toFixed(2),
    showShare(share),
    gflops === 0 ? '' : gflops.toFixed(1),
    gigabytesPerSecond.toFixed(1),
    showShare(ofCeiling),
  ]);
  return [
    ...tableLines([
      ['op', 'calls', 'ms', 'of the time', 'GFLOP/s', 'GB/s', 'of the ceiling'],
      ...lines,
      ['host, outside kernels', '', hostMs.toFixed(2), showShare(ratio(hostMs, wallMs)), '', '', ''],
    ]),
    `${wallMs.toFixed(2)} ms, ${threads} ${threads === 1 ? 'thread' : 'threads'}; ceilings measured now: ` +
      `${ceilings.gflops.toFixed(1)} GFLOP/s in products, ${ceilings.gigabytesPerSecond.toFixed(1)} GB/s in a copy`,
  ].join('\n');
};

const traceOf = (events: readonly Event[]): string =>
  chromeTraceOf(
    events.map(({ op, began, ms, work }) => ({
      ...{ name: op, began, ms },
      args: { gflops: billionsPerSecond(work.flop, ms), gigabytesPerSecond: billionsPerSecond(work.bytes, ms) },
    })),
  );

/** The best of at least five runs, and of an eighth of a second. */
const rateOf = ({ command, amount }: Probe): number => {
  let [best, runs, times] = [Number.POSITIVE_INFINITY, 0, 1];
  const until = performance.now() + 120;
  while (runs < 5 || performance.now() < until) {
    const began = performance.now();
    for (let i = 0; i < times; i++) command();
    const ms = performance.now() - began;
    // clocks of pages tick ten times a millisecond
    if (ms < 2) times *= 2;
    else {
      best = Math.min(best, ms / times);
      runs++;
    }
  }
  return billionsPerSecond(amount, best);
};

const measureCeilings = (backend: CpuBackend): Ceilings => {
  // products first: the threads are up, and have their memory, before the copy borrows some
  const gflops = rateOf(backend.productProbe());
  return { gflops, gigabytesPerSecond: backend.withCopyProbe(rateOf) };
};

/**
 * Counts and times every kernel that runs on the backend it gives, at well under a microsecond each. `backend` is one of
 * createCpuBackend's or a profiled one, which goes on counting. Throws BackendError for others.
 */
export const profileBackend = (backend: CpuBackendInstance): ProfiledBackend => new Profiler(backend);
