// The pool of one backend: threads that are started when a job first wants them, that end by themselves when nothing came for a
// while, and that never keep a process alive. kernels/pool.ts has what they do.

import { BackendError } from '@omnigrad/tensor';
import type { HostThread, HostThreads } from './host-threads.ts';
import { maximumThreads, poolFields } from './kernels/pool.ts';
import type { WasmInstance, WasmMemory, WasmModule } from './web-assembly.ts';

export interface PoolFunctions {
  pool_run(
    job: number,
    params: number,
    units: number,
    grain: number,
    chunks: number,
    workspace: number,
    mayWait: number,
  ): number;
  pool_join(mayWait: number): number;
}

/** The pool's functions among the exports of a module for shared memory. */
export const poolFunctionsOf = (exports: WasmInstance['exports']): PoolFunctions => {
  const { pool_run: run, pool_join: join } = exports;
  return { pool_run: run as PoolFunctions['pool_run'], pool_join: join as PoolFunctions['pool_join'] };
};

export interface PoolParts {
  readonly host: HostThreads;
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly functions: PoolFunctions;
  /** The caller's own. */
  readonly workspace: number;
  /** A new one for a thread. Null: there is no room, and fewer threads do the work. */
  readonly allocateWorkspace: () => number | null;
  /** Threads that compute, the caller among them. */
  readonly threads: number;
  /** A thread that waited this long for nothing ends. */
  readonly idleNanoseconds?: bigint;
  /** Without any chunk done for this long, and for far longer than one should take, a thread counts as lost. */
  readonly patienceMs?: number;
}

export interface PooledJob {
  /** In error messages. */
  readonly name: string;
  /** Place in the module's table. */
  readonly index: number;
  readonly params: number;
  readonly units: number;
  readonly grain: number;
  /** Rough nanoseconds of one chunk. */
  readonly chunkCost: number;
}

const usualIdleNanoseconds = 20_000_000_000n;
const usualPatienceMs = 5_000;

interface Member {
  readonly thread: HostThread;
  readonly workspace: number;
  alive: boolean;
}

export class ThreadPool {
  readonly #parts: PoolParts;
  readonly #words: Int32Array;
  readonly #freeWorkspaces: number[] = [];
  #members: Member[] = [];
  #closed = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    // The first page stays where it is when the memory grows.
    this.#words = new Int32Array(parts.memory.buffer, 0, 16384);
  }

  get threads(): number {
    return Math.min(this.#parts.threads, maximumThreads);
  }

  /** Threads beside the caller that are running. */
  get running(): number {
    return this.#members.length;
  }

  /** Whether a job would first have to wake threads, which takes longer than a small one. */
  get asleep(): boolean {
    const { length } = this.#members;
    return length === 0 || Atomics.load(this.#words, poolFields.sleepers >> 2) === length;
  }

  #start(): void {
    while (this.#members.length < this.threads - 1) {
      const workspace = this.#freeWorkspaces.pop() ?? this.#parts.allocateWorkspace();
      if (workspace === null) return;
      let member: Member | undefined;
      const ended = (): void => {
        if (member?.alive !== true) return;
        member.alive = false;
        this.#members = this.#members.filter((other) => other !== member);
        this.#freeWorkspaces.push(workspace);
      };
      const { host, module, memory, idleNanoseconds = usualIdleNanoseconds } = this.#parts;
      const lostAddress = poolFields.lost;
      const doneAddress = poolFields.done;
      const thread = host.start({ module, memory, workspace, idleNanoseconds, lostAddress, doneAddress }, ended);
      member = { thread, workspace, alive: true };
      this.#members.push(member);
    }
  }

  /** Runs all units of a job. Throws BackendError when a thread is lost with a part of it. */
  run({ name, index, params, units, grain, chunkCost }: PooledJob): void {
    if (this.#members.length < this.threads - 1) this.#start();
    const { functions, host, workspace, patienceMs = usualPatienceMs } = this.#parts;
    const mayWait = host.mayWait ? 1 : 0;
    let left = functions.pool_run(index, params, units, grain, Math.ceil(units / grain), workspace, mayWait);
    if (left === 0) return;
    let seen = left;
    let since = performance.now();
    while (left !== 0) {
      if (Atomics.load(this.#words, poolFields.lost >> 2) > 0) this.#fail(name, 'ended by an error');
      left = functions.pool_join(mayWait);
      if (left !== seen) {
        seen = left;
        since = performance.now();
      } else if (performance.now() - since > Math.max(patienceMs, chunkCost * 2e-5)) {
        this.#fail(name, `gave no sign for ${Math.round((performance.now() - since) / 1000)} s`);
      }
    }
  }

  #fail(name: string, what: string): never {
    this.#endThreads();
    throw new BackendError(
      'cpu',
      `a thread ${what} in the middle of ${name}: its result is lost. Threads start anew with the next op; go on from the last checkpoint`,
    );
  }

  #endThreads(): void {
    for (const member of this.#members) {
      member.alive = false;
      // its workspace is not used again: the thread may still write into it
      member.thread.terminate();
    }
    this.#members = [];
    Atomics.store(this.#words, poolFields.lost >> 2, 0);
    Atomics.store(this.#words, poolFields.sleepers >> 2, 0);
  }

  /** Tells the threads to end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    Atomics.store(this.#words, poolFields.quit >> 2, 1);
    Atomics.notify(this.#words, poolFields.epoch >> 2);
    this.#members = [];
  }
}
