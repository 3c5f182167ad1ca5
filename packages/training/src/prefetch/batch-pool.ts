// Threads that prepare batches ahead of the step. What a batch holds is decided by its request, so neither their number
// nor the order in which they answer changes a byte.

import { ArgumentError } from '@omnigrad/tensor';
import { TrainingError } from '../errors.ts';
import type { BatchRequest, HostBatch, StreamDefinition } from '../stream.ts';
import { type DataThread, nodeThreads, type StartThread } from './data-thread.ts';
import { type Answer, unpackError } from './messages.ts';
import { signedRecipes } from './recipe.ts';

/** More would each hold the data sets once more. */
export const maxWorkers = 64;

export interface BatchPoolOptions {
  readonly streams: readonly StreamDefinition[];
  /** Width of the model's tokens. */
  readonly width: number;
  /** Threads, from 1 to `maxWorkers`. */
  readonly workers: number;
  /** Default: Node's. */
  readonly start?: StartThread;
}

interface Waiting {
  readonly resolve: (batches: readonly HostBatch[]) => void;
  readonly reject: (error: Error) => void;
}

interface Member {
  readonly thread: DataThread;
  isReady: boolean;
  readonly waiting: Map<number, Waiting>;
}

export class BatchPool implements AsyncDisposable {
  /** Modalities that can be prepared by threads. */
  readonly modalities: ReadonlySet<string>;
  readonly #members: Member[] = [];
  #next = 0;
  #prepared = 0;
  #fault: Error | null = null;
  #closed = false;
  #onReady: (() => void)[] = [];

  /** Starts the threads. Throws ArgumentError for a number of them that cannot be. */
  constructor({ streams, width, workers, start = nodeThreads() }: BatchPoolOptions) {
    if (!Number.isInteger(workers) || workers < 1 || workers > maxWorkers) {
      throw new ArgumentError('BatchPool', `expected 1 to ${maxWorkers} workers, came ${workers}; 0 needs no pool`);
    }
    const recipes = signedRecipes(streams);
    const served = new Set<string>();
    this.modalities = served;
    for (let i = 0; recipes.length > 0 && i < workers; i++) {
      let member: Member | null = null;
      const thread = start(
        { recipes, width },
        {
          answer: (answer) => member !== null && this.#answer(member, answer),
          ended: (why) => member !== null && this.#ended(member, why),
        },
      );
      // no threads here: everything is prepared by the one that trains
      if (thread === null) return;
      member = { thread, isReady: false, waiting: new Map() };
      this.#members.push(member);
    }
    for (const { modality } of recipes) served.add(modality);
  }

  /** Threads; 0 where there are none to be had, or no stream has a recipe. */
  get workers(): number {
    return this.#members.length;
  }

  /** Orders that threads have answered. */
  get prepared(): number {
    return this.#prepared;
  }

  /** Resolves when all threads hold their data. Rejects with what keeps one from it. */
  async ready(): Promise<void> {
    while (this.#fault === null && !this.#closed && this.#members.some(({ isReady }) => !isReady)) {
      await new Promise<void>((resolve) => this.#onReady.push(resolve));
    }
    if (this.#fault !== null) throw this.#fault;
  }

  /**
   * Orders batches; null while the thread whose turn it is still reads its data. The promise rejects with what prepare()
   * threw there: a DataError as the same line.
   * @throws {TrainingError} after a thread was lost
   */
  order(turn: number, requests: readonly BatchRequest[]): Promise<readonly HostBatch[]> | null {
    if (this.#fault !== null) throw this.#fault;
    const member = this.#members[turn % Math.max(1, this.#members.length)];
    if (member?.isReady !== true) return null;
    const id = this.#next++;
    const answer = new Promise<readonly HostBatch[]>((resolve, reject) => member.waiting.set(id, { resolve, reject }));
    // it may be some steps until anybody looks, or nobody does: the run has ended
    answer.catch(() => undefined);
    member.thread.post({ id, requests });
    return answer;
  }

  #answer(member: Member, answer: Answer): void {
    switch (answer.kind) {
      case 'ready':
        member.isReady = true;
        this.#wake();
        return;
      case 'unable':
        this.#fail(unpackError(answer.error));
        return;
      case 'batches':
        this.#prepared++;
        member.waiting.get(answer.id)?.resolve(answer.batches);
        break;
      case 'failed':
        member.waiting.get(answer.id)?.reject(unpackError(answer.error));
        break;
    }
    member.waiting.delete(answer.id);
  }

  #ended(member: Member, why: string): void {
    if (this.#closed || !this.#members.includes(member)) return;
    this.#fail(
      new TrainingError(
        `a thread that prepares batches was lost: ${why.split('\n')[0]}; go on from the last checkpoint, perhaps with fewer workers or none`,
      ),
    );
  }

  /** Nothing more will come. */
  #fail(error: Error): void {
    this.#fault ??= error;
    for (const { waiting } of this.#members) {
      for (const { reject } of waiting.values()) reject(this.#fault);
      waiting.clear();
    }
    this.#wake();
  }

  #wake(): void {
    const woken = this.#onReady;
    this.#onReady = [];
    for (const resolve of woken) resolve();
  }

  /** Ends the threads; resolves when they have ended. Calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(new TrainingError('the threads that prepare batches were ended while batches were waited for'));
    await Promise.all(this.#members.map(({ thread }) => thread.terminate()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
