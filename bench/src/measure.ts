// Interleaved measurement: in each round every program runs once, one at a time, in its own waiting process, so that a slow
// minute of a shared machine falls on all of them. The order turns from round to round.

import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchmarkName } from './benchmarks.ts';
import type { Machine } from './machine.ts';
import { commandOf, ProgramProcess } from './program-process.ts';
import { entryOf, type ProgramName } from './programs/index.ts';

export interface Plan {
  readonly benchmark: BenchmarkName;
  readonly machine: Machine;
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
  /** A line for each case that it could not do, and one when it could not start. */
  readonly failures: readonly string[];
}

/** Threads of the program before look for work for a while, and its engine tidies up: small work on two threads shows it most. */
const settleMs = 300;
/** Runs up to this are preceded by one that is not counted. */
const longMs = 600;

/** TensorFlow.js takes a minute for a train step on a software adapter, several where others use the processor too. */
const softwareTimeoutMs = 600_000;

const lineOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Contestant {
  readonly byCase: Map<string, Samples>;
  readonly #name: ProgramName;
  readonly #plan: Plan;
  readonly #warmUp: number;
  readonly #roundsAtMost: number;
  #process: ProgramProcess | undefined;
  #about: Pick<Outcome, 'version' | 'backend' | 'note'> = { version: '', backend: '', note: null };
  /** Cases that the process at hand has warmed up. */
  readonly #warm = new Set<string>();
  /** By case; those are not asked for again. */
  readonly #failed = new Map<string, string>();
  #neverStarted: string | null = null;

  constructor(name: ProgramName, plan: Plan) {
    const { warmUp, runsAtMost = {}, lacks = [] } = entryOf(name);
    this.#name = name;
    this.#plan = plan;
    this.#warmUp = warmUp;
    this.#roundsAtMost = runsAtMost[plan.machine]?.[plan.benchmark] ?? Number.POSITIVE_INFINITY;
    const able = plan.cases.filter((one) => !lacks.includes(one));
    this.byCase = new Map(able.map((one) => [one, { times: [], cpuTimes: [], values: [] }]));
  }

  /** The waiting process: a new one when the last one broke. */
  async #ready(): Promise<ProgramProcess> {
    if (this.#process?.alive === true) return this.#process;
    this.#warm.clear();
    const { benchmark, folder, machine } = this.#plan;
    const timeoutMs = machine === 'software-gpu' ? softwareTimeoutMs : undefined;
    const process = new ProgramProcess(commandOf(this.#name, benchmark, folder), timeoutMs);
    this.#process = process;
    const { version, backend, note = null } = await process.ready();
    this.#about = { version, backend, note };
    return process;
  }

  async start(): Promise<void> {
    try {
      await this.#ready();
    } catch (error) {
      this.#neverStarted = lineOf(error);
      this.stop();
    }
  }

  async #warmedUp(name: string, { values }: Samples): Promise<ProgramProcess> {
    const process = await this.#ready();
    if (this.#warm.has(name)) return process;
    for (let i = 0; i < this.#warmUp; i++) values.push((await process.run(name)).value);
    this.#warm.add(name);
    return process;
  }

  /** Round 0 is the warm-up alone. */
  async run(name: string, round: number): Promise<void> {
    const samples = this.byCase.get(name);
    if (samples === undefined || round > this.#roundsAtMost) return;
    if (this.#neverStarted !== null || this.#failed.has(name)) return;
    try {
      const process = await this.#warmedUp(name, samples);
      if (round > 0) await this.#measure(process, name, samples);
    } catch (error) {
      this.#failed.set(name, lineOf(error));
    }
  }

  async #measure(process: ProgramProcess, name: string, { times, cpuTimes, values }: Samples): Promise<void> {
    await sleep(settleMs);
    // a turn begins with caches that others filled and threads that sleep: users' loops have neither
    if ((times.at(-1) ?? 0) < longMs) values.push((await process.run(name)).value);
    const { ms, cpuMs, value } = await process.run(name);
    values.push(value);
    times.push(ms);
    cpuTimes.push(cpuMs);
  }

  stop(): void {
    this.#process?.stop();
  }

  outcome(): Outcome {
    const failures = this.#neverStarted === null ? [] : [this.#neverStarted];
    for (const [name, why] of this.#failed) failures.push(`${name}: ${why}`);
    return { program: this.#name, ...this.#about, byCase: this.byCase, failures };
  }
}

/** Runs the plan. A program that fails is left out of the rest and says why in its outcome; the others go on. */
export const measure = async (plan: Plan): Promise<Outcome[]> => {
  const contestants = plan.programs.map((name) => new Contestant(name, plan));
  const began = performance.now();
  try {
    plan.onRound(0);
    for (const contestant of contestants) {
      await contestant.start();
      for (const name of plan.cases) await contestant.run(name, 0);
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
