// Runs launches: writes the parameters, and gives the units to one thread or to all.

import type { Job, Launch, Step } from './kernels/job.ts';
import { paramAddress } from './layout.ts';
import type { ThreadPool } from './thread-pool.ts';
import type { WasmMemory } from './web-assembly.ts';

type JobFunction = (params: number, begin: number, end: number, workspace: number) => void;

/** Rough nanoseconds of work below which a job stays with the caller: some times what a fork and a join cost. */
export const usualShareFrom = 12_000;
/** Times as much while the threads sleep, for waking them costs a call of the system. */
const wakingFactor = 5;
/** A chunk is no shorter than this share of it, */
const shortestChunk = 1 / 3;
/** and there are so many for each thread, so that an uneven end costs little. */
const chunksPerThread = 4;

export interface ExecutorParts {
  readonly jobs: readonly Job[];
  readonly exports: { readonly [name: string]: unknown };
  readonly memory: WasmMemory;
  readonly workspace: number;
  readonly pool: ThreadPool | null;
  /** Nanoseconds of work from which a job is shared. */
  readonly shareFrom: number;
}

interface BoundJob {
  readonly index: number;
  readonly run: JobFunction;
}

export class Executor {
  readonly #bound = new Map<Job, BoundJob>();
  readonly #memory: WasmMemory;
  readonly #workspace: number;
  readonly #pool: ThreadPool | null;
  readonly #shareFrom: number;
  #buffer: ArrayBufferLike;
  #words: Uint32Array;
  #floats: Float32Array;
  #doubles: Float64Array;

  constructor({ jobs, exports, memory, workspace, pool, shareFrom }: ExecutorParts) {
    for (const [index, job] of jobs.entries()) {
      const run = exports[job.name];
      if (typeof run !== 'function') throw new Error(`bug in the engine, please report: ${job.name} was not emitted`);
      this.#bound.set(job, { index, run: run as JobFunction });
    }
    this.#memory = memory;
    this.#workspace = workspace;
    this.#pool = pool;
    this.#shareFrom = shareFrom;
    this.#buffer = memory.buffer;
    [this.#words, this.#floats, this.#doubles] = this.#views();
  }

  #views(): [Uint32Array, Float32Array, Float64Array] {
    return [
      new Uint32Array(this.#buffer, 0, 1024),
      new Float32Array(this.#buffer, 0, 1024),
      new Float64Array(this.#buffer, 0, 512),
    ];
  }

  #write({ job: { slots }, values }: Launch): void {
    // an unshared memory is another object after it has grown
    if (this.#buffer !== this.#memory.buffer) {
      this.#buffer = this.#memory.buffer;
      [this.#words, this.#floats, this.#doubles] = this.#views();
    }
    for (let i = 0; i < slots.length; i++) {
      const { type, offset } = slots[i];
      const at = paramAddress + offset;
      if (type === 'i32') this.#words[at >> 2] = values[i];
      else if (type === 'f32') this.#floats[at >> 2] = values[i];
      else this.#doubles[at >> 3] = values[i];
    }
  }

  #launch(launch: Launch): void {
    const { job, units, cost, serial = false } = launch;
    if (units === 0) return;
    const bound = this.#bound.get(job);
    if (bound === undefined) throw new Error(`bug in the engine, please report: ${job.name} is not in the table`);
    this.#write(launch);
    const pool = this.#pool;
    const least = this.#shareFrom;
    const total = units * cost;
    if (pool === null || serial || units === 1 || total < least || (total < least * wakingFactor && pool.asleep)) {
      bound.run(paramAddress, 0, units, this.#workspace);
      return;
    }
    const even = units / (pool.threads * chunksPerThread);
    const grain = Math.max(1, Math.ceil(Math.max(even, (least * shortestChunk) / cost)));
    pool.run({
      name: job.name,
      index: bound.index,
      params: paramAddress,
      units,
      grain: alignedGrain(grain),
      chunkCost: grain * cost,
    });
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      if ('job' in step) this.#launch(step);
      else step.run();
    }
  }
}

/** Long runs of small units begin at whole cache lines. */
const alignedGrain = (grain: number): number => (grain >= 256 ? Math.ceil(grain / 64) * 64 : grain);
