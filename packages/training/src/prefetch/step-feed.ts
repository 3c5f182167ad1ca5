// The steps of one stage with their batches, in order: prepared here when a step is due, or ordered ahead of a pool.

import type { PreparedStep, Stage } from '../stages.ts';
import type { BatchRequest, HostBatch } from '../stream.ts';
import type { BatchPool } from './batch-pool.ts';

/** Steps that a thread has in hand beyond the one it works at: enough to cover one slow batch. */
const aheadEach = 2;

interface Ordered {
  readonly requests: readonly BatchRequest[];
  /** Of those requests that the pool serves; null: all are prepared here. */
  readonly batches: Promise<readonly HostBatch[]> | null;
}

export class StepFeed {
  readonly #stage: Stage;
  readonly #prepareHere: (request: BatchRequest) => HostBatch;
  readonly #pool: BatchPool | null;
  /** At most `aheadEach` a thread: what bounds the memory of batches that wait. */
  readonly #ordered = new Map<number, Ordered>();

  constructor(stage: Stage, prepareHere: (request: BatchRequest) => HostBatch, pool: BatchPool | null) {
    this.#stage = stage;
    this.#prepareHere = prepareHere;
    this.#pool = pool !== null && pool.workers > 0 ? pool : null;
  }

  /** Steps that are ordered and not taken. */
  get waiting(): number {
    return this.#ordered.size;
  }

  /**
   * The step with its batches; a promise only where a thread is waited for. Steps are taken in ascending order. Throws,
   * or rejects with, what preparing threw.
   */
  take(step: number): PreparedStep | Promise<PreparedStep> {
    const planned = this.#stage.plan(step);
    if (this.#pool === null) return planned.prepare();
    const pool = this.#pool;
    const end = Math.min(this.#stage.steps, step + aheadEach * pool.workers);
    for (let at = step; at < end; at++) if (!this.#ordered.has(at)) this.#ordered.set(at, this.#order(pool, at));
    const { requests, batches } = this.#ordered.get(step) ?? this.#order(pool, step);
    this.#ordered.delete(step);
    if (batches === null) return planned.assemble(requests.map(this.#prepareHere));
    return batches.then((served) => {
      let next = 0;
      return planned.assemble(
        requests.map((request) =>
          pool.modalities.has(request.modality) ? served[next++] : this.#prepareHere(request),
        ),
      );
    });
  }

  #order(pool: BatchPool, step: number): Ordered {
    const requests = this.#stage.plan(step).requests();
    const served = requests.filter(({ modality }) => pool.modalities.has(modality));
    return { requests, batches: served.length === 0 ? null : pool.order(step, served) };
  }
}
