// Interleaved measurement: in each round every program runs once, one at a time, in its own waiting process, so that a slow
// minute of a shared machine falls on all of them. The order turns from round to round.

import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchmarkName } from './benchmarks.ts';
import { commandOf, ProgramProcess } from './program-process.ts';
import { entryOf, type ProgramName } from './programs/index.ts';

export interface Plan {
  readonly benchmark: BenchmarkName;
  readonly programs: readonly ProgramName[];
  /** Names of its cases. */
  readonly cases: readonly string[];
  readonly rounds: number;
  /** No round begins later than this, except the first. */
  readonly budgetMs: number;
  /** Where the input of the benchmark lies. */
  readonly folder: string;
  /** Called before each round, the warm-up included (round 0). */
  readonly onRound: (round: number) => void;
}

export interface Samples {
  readonly times: number[];
  readonly cpuTimes: number[];
  /** Results of every run, counted or not. */
  readonly values: number[];
}

export interface Outcome {
  readonly program: ProgramName;
  readonly version: string;
  readonly backend: string;
  readonly note: string | null;
  readonly byCase: ReadonlyMap<string, Samples>;
  /** One line when it could not start or did not last. */
  readonly failure: string | null;
}

/** Threads of the program before look for work for a while, and its engine tidies up: small work on two threads shows it most. */
const settleMs = 300;
/** Runs up to this are preceded by one that is not counted. */
const longMs = 600;

class Contestant {
  readonly name: ProgramName;
  readonly byCase: Map<string, Samples>;
  readonly warmUp: number;
  readonly #roundsAtMost: number;
  #process: ProgramProcess | undefined;
  #about: Pick<Outcome, 'version' | 'backend' | 'note'> = { version: '', backend: '', note: null };
  #failure: string | null = null;

  constructor(name: ProgramName, { benchmark, cases }: Plan) {
    const { warmUp, runsAtMost = {}, lacks = [] } = entryOf(name);
    this.name = name;
    this.warmUp = warmUp;
    this.#roundsAtMost = runsAtMost[benchmark] ?? Number.POSITIVE_INFINITY;
    const able = cases.filter((one) => !lacks.includes(one));
    this.byCase = new Map(able.map((one) => [one, { times: [], cpuTimes: [], values: [] }]));
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== null) return;
    try {
      await work();
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.stop();
    }
  }

  start(benchmark: BenchmarkName, folder: string): Promise<void> {
    return this.#attempt(async () => {
      this.#process = new ProgramProcess(commandOf(this.name, benchmark, folder));
      const { version, backend, note = null } = await this.#process.ready();
      this.#about = { version, backend, note };
    });
  }

  run(name: string, round: number): Promise<void> {
    return this.#attempt(async () => {
      const samples = this.byCase.get(name);
      if (this.#process === undefined || samples === undefined || round > this.#roundsAtMost) return;
      if (round > 0) {
        await sleep(settleMs);
        // a turn begins with caches that others filled and threads that sleep: users' loops have neither
        if ((samples.times.at(-1) ?? 0) < longMs) samples.values.push((await this.#process.run(name)).value);
      }
      const { ms, cpuMs, value } = await this.#process.run(name);
      samples.values.push(value);
      if (round === 0) return;
      samples.times.push(ms);
      samples.cpuTimes.push(cpuMs);
    });
  }

  stop(): void {
    this.#process?.stop();
  }

  outcome(): Outcome {
    return { program: this.name, ...this.#about, byCase: this.byCase, failure: this.#failure };
  }
}

/** Runs the plan. A program that fails is left out of the rest and says why in its outcome; the others go on. */
export const measure = async (plan: Plan): Promise<Outcome[]> => {
  const contestants = plan.programs.map((name) => new Contestant(name, plan));
  const began = performance.now();
  try {
    plan.onRound(0);
    for (const contestant of contestants) {
      await contestant.start(plan.benchmark, plan.folder);
      for (const name of plan.cases) for (let i = 0; i < contestant.warmUp; i++) await contestant.run(name, 0);
    }
    for (let round = 1; round <= plan.rounds; round++) {
      if (round > 1 && performance.now() - began > plan.budgetMs) break;
      plan.onRound(round);
      for (const name of plan.cases) {
        for (let i = 0; i < contestants.length; i++) {
          await contestants[(i + round - 1) % contestants.length].run(name, round);
        }
      }
    }
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
  return contestants.map((contestant) => contestant.outcome());
};
