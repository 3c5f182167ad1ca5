// Where the time of the GPU goes, kernel by kernel. WebGPU tells times at the ends of passes only, so a profiled backend makes every
// dispatch a pass of its own: the sum is larger than what the same work takes unprofiled. Memory is bounded, whatever is timed.

import { chromeTraceOf, type ProfileEvent, showShare, tableLines } from '@omnigrad/tensor';

/** All dispatches of one kernel for one op. */
export interface GpuProfileRow {
  readonly op: string;
  /** File of wgsl/, and the entry where it is not `main`. */
  readonly kernel: string;
  readonly calls: number;
  readonly ms: number;
  /** Of `wallMs`. */
  readonly share: number;
  readonly meanMs: number;
}

export interface GpuProfile {
  readonly rows: readonly GpuProfileRow[];
  /** From the first dispatch to the end of the last, by the clock of the GPU. */
  readonly wallMs: number;
  /** The part of it outside dispatches: copies, beginnings and ends of passes, and waiting for the host. */
  readonly betweenMs: number;
  /** Dispatches without a time: more were under way than memory was set aside for. */
  readonly untimed: number;
  /** Whether the host rounds times, to 65.5 microseconds. */
  readonly rounded: boolean;
  /** Lines for people. */
  table(): string;
  /** For chrome://tracing or Perfetto: a JSON text. At most the last 100 000 dispatches. */
  chromeTrace(): string;
}

/** What a pass is timed as. */
export interface TimedPass {
  readonly op: string;
  readonly kernel: string;
}

/** Passes of one submit: a query set has room for the beginning and the end of each. */
const mostPasses = 2048;
/** Submits whose times are under way, 32 KiB each. */
const mostUnderWay = 32;
const mostEvents = 100_000;
const bytesPerPass = 16;
/** Hosts that round keep none of these bits. */
const roundedBits = 0xffffn;

interface Total {
  calls: number;
  ms: number;
}

/** Why there is no profile on an adapter that cannot tell times. */
export const noTimestamps = 'no profile: this adapter has no timestamp-query';

export class PassTimer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #free: GPUBuffer[] = [];
  #staging = 0;
  #passes: TimedPass[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #totals = new Map<string, TimedPass & Total>();
  readonly #events: (TimedPass & Pick<ProfileEvent, 'began' | 'ms'>)[] = [];
  #first = Number.POSITIVE_INFINITY;
  #last = 0;
  /** The first time, which others are counted from: nanoseconds since boot are more than a number holds exactly. */
  #origin: bigint | null = null;
  #untimed = 0;
  /** Passes whose times are under way. */
  #awaited = 0;
  #rounded = true;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 * mostPasses });
    this.#resolved = device.createBuffer({
      label: 'profile',
      size: mostPasses * bytesPerPass,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  /** Whether what is recorded must be submitted before another pass begins. */
  get full(): boolean {
    return this.#passes.length === mostPasses;
  }

  /** Whether there is anything to tell. */
  get hasTimes(): boolean {
    return this.#totals.size > 0;
  }

  begin(pass: TimedPass): GPUComputePassTimestampWrites {
    const i = this.#passes.push(pass) - 1;
    return { querySet: this.#queries, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
  }

  /** Has the times of the passes read back with the commands of `encoder`; the function that comes back is called after the submit. */
  resolve(encoder: GPUCommandEncoder): (() => void) | null {
    const passes = this.#passes;
    this.#passes = [];
    if (passes.length === 0) return null;
    const staging = this.#free.pop() ?? this.#moreStaging();
    if (staging === null) {
      this.#untimed += passes.length;
      return null;
    }
    const bytes = passes.length * bytesPerPass;
    encoder.resolveQuerySet(this.#queries, 0, 2 * passes.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, bytes);
    return () => {
      this.#awaited += passes.length;
      const read = this.#read(staging, bytes, passes)
        .catch(() => {
          // a lost device has no times to tell
          this.#untimed += passes.length;
        })
        .then(() => {
          this.#awaited -= passes.length;
          this.#underWay.delete(read);
        });
      this.#underWay.add(read);
    };
  }

  #moreStaging(): GPUBuffer | null {
    if (this.#staging === mostUnderWay) return null;
    this.#staging++;
    return this.#device.createBuffer({
      label: 'profile',
      size: mostPasses * bytesPerPass,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  async #read(staging: GPUBuffer, bytes: number, passes: readonly TimedPass[]): Promise<void> {
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const times = new BigUint64Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    this.#free.push(staging);
    for (const [i, pass] of passes.entries()) this.#count(pass, times[2 * i], times[2 * i + 1]);
  }

  #count({ op, kernel }: TimedPass, begin: bigint, end: bigint): void {
    this.#origin ??= begin;
    if (((begin | end) & roundedBits) !== 0n) this.#rounded = false;
    const began = Number(begin - this.#origin) / 1e6;
    // clocks of GPUs may be set back
    const ms = Math.max(0, Number(end - begin) / 1e6);
    const key = `${op} ${kernel}`;
    const total = this.#totals.get(key) ?? { op, kernel, calls: 0, ms: 0 };
    total.calls++;
    total.ms += ms;
    this.#totals.set(key, total);
    this.#first = Math.min(this.#first, began);
    this.#last = Math.max(this.#last, began + ms);
    this.#events.push({ op, kernel, began, ms });
    if (this.#events.length >= 2 * mostEvents) this.#events.splice(0, mostEvents);
  }

  /** When the times of all that was submitted are here. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  reset(): void {
    this.#totals.clear();
    this.#events.length = 0;
    this.#first = Number.POSITIVE_INFINITY;
    this.#last = 0;
    this.#untimed = 0;
  }

  /** Of the times that are here. */
  profile(): GpuProfile {
    const wallMs = Math.max(0, this.#last - this.#first);
    const rows = [...this.#totals.values()]
      .map(
        ({ op, kernel, calls, ms }): GpuProfileRow => ({
          ...{ op, kernel, calls, ms, meanMs: ms / calls },
          share: wallMs > 0 ? ms / wallMs : 0,
        }),
      )
      .sort((a, b) => b.ms - a.ms);
    const betweenMs = Math.max(0, wallMs - rows.reduce((sum, { ms }) => sum + ms, 0));
    const rounded = this.hasTimes && this.#rounded;
    const events = this.#events.slice(-mostEvents);
    const data = { rows, wallMs, betweenMs, untimed: this.#untimed + this.#awaited, rounded };
    return { ...data, table: () => tableOf(data), chromeTrace: () => traceOf(events) };
  }
}

const tableOf = ({ rows, wallMs, betweenMs, untimed, rounded }: Omit<GpuProfile, 'table' | 'chromeTrace'>): string => {
  const lines = rows.map(({ op, kernel, calls, ms, share, meanMs }) => [
    op,
    kernel,
    String(calls),
    ms.toFixed(2),
    showShare(share),
    (1000 * meanMs).toFixed(1),
  ]);
  const dispatches = rows.reduce((sum, { calls }) => sum + calls, 0);
  return [
    'Times of the GPU. Every dispatch is a pass of its own here: the whole takes longer than without a profile.',
    ...tableLines(
      [
        ['op', 'kernel', 'calls', 'ms', 'of the time', 'mean µs'],
        ...lines,
        ['between dispatches', '', '', betweenMs.toFixed(2), showShare(wallMs > 0 ? betweenMs / wallMs : 0), ''],
      ],
      2,
    ),
    `${wallMs.toFixed(2)} ms, ${dispatches} ${dispatches === 1 ? 'dispatch' : 'dispatches'}`,
    ...(untimed > 0 ? [`${untimed} more were not timed: read or finish() more often`] : []),
    ...(rounded ? ['this host rounds times to 65.5 µs: means of few calls say little'] : []),
  ].join('\n');
};

const traceOf = (events: readonly (TimedPass & Pick<ProfileEvent, 'began' | 'ms'>)[]): string =>
  chromeTraceOf(events.map(({ op, kernel, began, ms }) => ({ name: op, began, ms, args: { kernel } })));
