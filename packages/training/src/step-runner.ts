// One training step of a stage: forward, backward, clipping, update. Steps of one kind are recorded once and replayed.

import { type AdamW, accumulateGradients, type ParameterGroup } from '@omnigrad/nn';
import {
  type CapturedStep,
  type CaptureReport,
  capture,
  type NumericArray,
  type RngKey,
  scope,
  type Tensor,
} from '@omnigrad/tensor';
import { TrainingError } from './errors.ts';
import type { OmniVec2 } from './model.ts';
import type { LossPart, PlannedStep, PreparedStep } from './stages.ts';

export interface StepResult {
  /** Norm of the gradients before clipping, [1]. */
  readonly norm: Tensor;
  readonly parts: readonly LossPart[];
}

/** What chooses the recording of a step, and the arrays whose contents are new in each. */
interface StepInputs {
  readonly kind: string;
  readonly uploads: readonly NumericArray[];
}

interface CurrentStep {
  readonly planned: PlannedStep;
  readonly prepared: PreparedStep;
  readonly lr: number;
}

export interface StepRunnerOptions {
  readonly model: OmniVec2;
  readonly groups: readonly ParameterGroup[];
  readonly optimizer: AdamW;
  readonly clipNorm: number;
  /** Whether steps are recorded and replayed. */
  readonly captured: boolean;
}

/** All pairs of eleven tasks. Recordings share their buffers; the commands of one take a fraction of a megabyte. */
const capacity = 128;

export class StepRunner implements Disposable {
  readonly #o: StepRunnerOptions;
  readonly #captured: CapturedStep<StepInputs, StepResult> | null;
  #current: CurrentStep | null = null;

  constructor(options: StepRunnerOptions) {
    this.#o = options;
    const run = (): StepResult => this.#run();
    this.#captured = options.captured ? capture<StepInputs, StepResult>(run, { capacity, onlyInputs: true }) : null;
  }

  /** Does one step. The result belongs to the enclosing scope. */
  step(planned: PlannedStep, lr: number, prepared: PreparedStep = planned.prepare()): StepResult {
    this.#current = { planned, prepared, lr };
    const { kind } = planned;
    return this.#captured === null ? scope(() => this.#run()) : this.#captured({ kind, uploads: prepared.uploads });
  }

  // A replay runs no line of this: what is new in each step is among the uploads, or asked for by a function.
  #run(): StepResult {
    const { model, groups, optimizer, clipNorm } = this.#o;
    const { planned, prepared } = this.#now;
    model.arena.zeroGrads();
    model.decoderArena?.zeroGrads();
    const active = groups.filter(({ name }) => planned.groups.includes(name));
    const key = (): RngKey => this.#now.prepared.key;
    const { parts } = accumulateGradients(() => prepared.compute(key), active);
    const norm = optimizer.step(() => this.#now.lr, { maxNorm: clipNorm, only: planned.groups });
    return { norm, parts };
  }

  get #now(): CurrentStep {
    if (this.#current === null) throw new TrainingError('a captured step was asked for before the first step');
    return this.#current;
  }

  /** Null when steps are not captured. */
  report(): CaptureReport | null {
    return this.#captured?.report() ?? null;
  }

  dispose(): void {
    this.#captured?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Steps between read-backs of losses, and what they may take: a device that is behind by more answers a signal late. */
const mostAhead = 10;
const secondsAhead = 1;

/** How many steps may wait to be read, after `steps` took so long. */
export const stepsAhead = (steps: number, seconds: number): number =>
  Math.max(1, Math.min(mostAhead, Math.floor((secondsAhead * steps) / seconds)));
