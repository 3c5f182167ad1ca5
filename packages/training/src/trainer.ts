// The loop over stages and steps. It owns order, checkpoints and stopping; what a step computes is in stages.ts, what a
// file looks like in run/. Losses are read every few steps and never waited for inside a step.

import { AdamW, warmupCosine } from '@omnigrad/nn';
import { type Backend, type RngKey, rngKey, scope, type Tensor } from '@omnigrad/tensor';
import type { RunConfig, StageNumber } from './config.ts';
import { configHash } from './config-hash.ts';
import { TrainingError } from './errors.ts';
import { LossTracker, type TrackerState } from './loss-tracker.ts';
import { OmniVec2 } from './model.ts';
import { BatchPool } from './prefetch/batch-pool.ts';
import { StepFeed } from './prefetch/step-feed.ts';
import type { MetricRow, StageSummary } from './report-data.ts';
import {
  type Checkpoint,
  compareTensors,
  configMismatch,
  dataMismatch,
  type RunFolder,
  tensorMismatch,
} from './run/index.ts';
import { expectedShapes, restoreSnapshot, takeSnapshot } from './snapshot.ts';
import { createStage, type PlannedStep, type PreparedStep, prepareBatch, type Stage } from './stages.ts';
import { StepRunner, stepsAhead } from './step-runner.ts';
import type { StreamDefinition } from './stream.ts';

/**
 * Where the time of a stage went, of the steps that this process made. Clocks differ from run to run: this goes to people, and into no file
 * that is compared.
 */
export interface StageTimes {
  readonly stage: StageNumber;
  readonly seconds: number;
  /** Of `seconds`: those in which nothing but the step's batch was waited for, prepared here or by another thread. */
  readonly dataSeconds: number;
}

/** What a run tells whoever shows it. All calls are cheap to ignore. */
export interface TrainingEvents {
  stageStart?(e: { readonly stage: StageNumber; readonly steps: number; readonly done: number }): void;
  /** Losses by `modality` or `modality/task`. */
  step?(e: { readonly step: number; readonly losses: Readonly<Record<string, number>> }): void;
  stageEnd?(e: StageSummary & StageTimes): void;
  message?(line: string): void;
}

export interface TrainOptions {
  readonly config: RunConfig;
  readonly streams: readonly StreamDefinition[];
  readonly backend: Backend;
  readonly run: RunFolder;
  readonly events: TrainingEvents;
  /** The checkpoint to go on from, and its file for messages. */
  readonly resume: ResumePoint | null;
  /** Polled between steps; a true answer stops the run after a checkpoint. */
  readonly stopRequested: () => boolean;
  /**
   * Record the steps of each kind and replay them: the same bytes in less time, and memory for the recordings. Default
   * true. A tokenizer that uploads more than its `uploads` says ends the run with a CaptureError.
   */
  readonly capture?: boolean;
  /**
   * Threads that prepare batches ahead of the steps, or a pool that the caller closes. Default 0: batches are prepared
   * between the steps. Until the threads hold their data, and for streams without a recipe, that is so too. The bytes of
   * a run are the same.
   */
  readonly workers?: number | BatchPool;
  /** Called when stage 2 is over and the decoders still exist. */
  readonly beforeDecodersDrop?: (model: OmniVec2) => Promise<void>;
}

export interface ResumePoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

export type TrainOutcome =
  | {
      readonly status: 'finished';
      readonly model: OmniVec2;
      readonly stages: readonly StageSummary[];
      readonly times: readonly StageTimes[];
    }
  | { readonly status: 'interrupted'; readonly checkpoint: string };

interface Progress {
  readonly stage: StageNumber;
  readonly step: number;
  readonly groupSteps: readonly number[];
  readonly trackers: Readonly<Record<string, TrackerState>>;
}

interface PendingStep {
  readonly step: number;
  readonly lr: number;
  readonly norm: Promise<number>;
  readonly parts: readonly {
    readonly modality: string;
    readonly task: string | null;
    readonly loss: Promise<number>;
  }[];
}

const stageNumbers: readonly StageNumber[] = [1, 2, 3];

/** Starts the read now, so that the tensor may go at once. */
const scalar = (x: Tensor): Promise<number> => {
  const value = x.read().then((data) => data[0]);
  // awaited some steps later; a read that fails before, or after another has ended the run, must not end the process
  value.catch(() => undefined);
  x.dispose();
  return value;
};

const itemName = (p: { readonly modality: string; readonly task: string | null }): string =>
  p.task === null ? p.modality : `${p.modality}/${p.task}`;

class Trainer {
  readonly #o: TrainOptions;
  readonly #key: RngKey;
  readonly #model: OmniVec2;
  readonly #fingerprint: string;
  readonly #hash: string;
  readonly #trackers: Record<string, TrackerState> = {};
  readonly #summaries: StageSummary[] = [];
  readonly #times: StageTimes[] = [];
  #globalStep = 0;
  #pending: PendingStep[] = [];

  constructor(options: TrainOptions) {
    this.#o = options;
    const { config, streams, backend } = options;
    this.#key = rngKey(config.seed);
    this.#model = new OmniVec2(config.model, streams, backend, this.#key);
    this.#fingerprint = streams.map((s) => `${s.modality}:${s.fingerprint}`).join(' ');
    this.#hash = configHash(config, streams);
  }

  async run(): Promise<TrainOutcome> {
    const { workers = 0 } = this.#o;
    let own: BatchPool | null = null;
    try {
      own = typeof workers === 'number' && workers !== 0 ? this.#open(workers) : null;
      const outcome = await this.#stages(typeof workers === 'number' ? own : workers);
      if (outcome.status === 'interrupted') this.#model.dispose();
      return outcome;
    } catch (error) {
      this.#model.dispose();
      throw error;
    } finally {
      await own?.close();
    }
  }

  #open(workers: number): BatchPool {
    const { streams, config, events } = this.#o;
    const pool = new BatchPool({ streams, width: config.model.width, workers });
    const without = streams.filter(({ modality }) => !pool.modalities.has(modality)).map(({ modality }) => modality);
    if (without.length > 0) {
      events.message?.(
        `batches of ${without.join(', ')} are prepared by the thread that trains: ${pool.workers === 0 ? 'there are no other threads to be had' : 'their streams have no recipe'}`,
      );
    }
    return pool;
  }

  async #stages(pool: BatchPool | null): Promise<TrainOutcome> {
    const { resume, config } = this.#o;
    const from: StageNumber = resume?.checkpoint.state.stage ?? 1;
    if (resume !== null) {
      for (const [name, state] of Object.entries(resume.checkpoint.state.trackers)) this.#trackers[name] = state;
    }
    for (const number of stageNumbers) {
      const { steps } = config.stages[number - 1];
      if (number === 3) this.#model.dropDecoders();
      if (number < from) {
        this.#globalStep += steps;
        this.#finishStage(number, 0);
        continue;
      }
      const outcome = await this.#stage(number, number === from ? resume : null, pool);
      if (outcome !== null) return outcome;
      if (number === 2) await this.#o.beforeDecodersDrop?.(this.#model);
    }
    return { status: 'finished', model: this.#model, stages: this.#summaries, times: this.#times };
  }

  async #stage(number: StageNumber, resume: ResumePoint | null, pool: BatchPool | null): Promise<TrainOutcome | null> {
    const { config, backend, events, run } = this.#o;
    const settings = config.stages[number - 1];
    const stage = createStage(number, this.#model, config, backend, this.#key);
    const groups = this.#model.groups(number);
    using optimizer = new AdamW(groups, {
      beta2: settings.beta2,
      weightDecay: settings.weightDecay,
    });
    if (resume !== null) this.#restore(resume, optimizer);
    const { clipNorm } = settings;
    const captured = this.#o.capture ?? true;
    using runner = new StepRunner({ model: this.#model, groups, optimizer, clipNorm, captured });
    const done = resume?.checkpoint.state.step ?? 0;
    const items =
      number === 3
        ? this.#model.streams.reduce((n, s) => n + s.tasks.length, 0) / 2
        : this.#model.streams.length / (number === 2 ? 2 : 1);
    const tracker = new LossTracker(stage.steps / Math.max(1, items), this.#trackers[number]);
    const feed = new StepFeed(stage, (request) => prepareBatch(this.#model.streams, request), pool);
    const began = performance.now();
    let dataMs = 0;
    // the first step may wait for kernels to be compiled
    let ahead = 1;
    let readAt = began;
    this.#globalStep += done;
    events.stageStart?.({ stage: number, steps: stage.steps, done });
    for (let step = done; step < stage.steps; step++) {
      const lr = warmupCosine(step, {
        base: settings.learningRate,
        min: settings.minLearningRate,
        warmupSteps: settings.warmup,
        totalSteps: stage.steps,
      });
      const asked = performance.now();
      const taken = feed.take(step);
      const prepared = taken instanceof Promise ? await taken : taken;
      dataMs += performance.now() - asked;
      this.#step(runner, stage.plan(step), prepared, step, lr);
      this.#globalStep++;
      const stop = this.#o.stopRequested();
      const last = step + 1 === stage.steps;
      const save = stop || last || this.#globalStep % config.checkpointEvery === 0;
      if (save || this.#pending.length >= ahead) {
        const steps = this.#pending.length;
        await this.#flush(stage, tracker);
        const now = performance.now();
        ahead = stepsAhead(steps, (now - readAt) / 1000);
        readAt = now;
      }
      if (save) {
        const file = await this.#save(
          { stage: number, step: step + 1, groupSteps: optimizer.steps, trackers: this.#trackers },
          optimizer,
          last ? `stage-${number}.safetensors` : null,
        );
        if (stop) return { status: 'interrupted', checkpoint: file };
      }
      // Signals and timers run between steps, never inside one.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#trackers[number] = tracker.state;
    const seconds = (performance.now() - began) / 1000;
    const summary = this.#finishStage(number, seconds);
    const times = { stage: number, seconds, dataSeconds: dataMs / 1000 };
    this.#times.push(times);
    events.stageEnd?.({ ...summary, ...times });
    run.flush();
    return null;
  }

  #step(runner: StepRunner, planned: PlannedStep, prepared: PreparedStep, step: number, lr: number): void {
    this.#pending.push(
      scope(() => {
        const { norm, parts } = runner.step(planned, lr, prepared);
        return {
          step,
          lr,
          norm: scalar(norm),
          parts: parts.map(({ modality, task, loss }) => ({ modality, task, loss: scalar(loss) })),
        };
      }),
    );
  }

  /** Reads what is pending, writes it to the log, and stops the run if a number is not finite. */
  async #flush(stage: Stage, tracker: LossTracker): Promise<void> {
    const { run, events } = this.#o;
    const pending = this.#pending;
    this.#pending = [];
    const first = this.#globalStep - pending.length;
    for (const [i, { step, lr, norm, parts }] of pending.entries()) {
      const gradNorm = await norm;
      const losses: Record<string, number> = {};
      for (const part of parts) {
        const loss = await part.loss;
        const name = itemName(part);
        if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
          throw new TrainingError(
            `stage ${stage.number}, step ${step}: the loss of ${name} is ${loss}, the gradient norm ${gradNorm}; nothing of this step was saved: lower stages.${stage.number - 1}.learningRate, or resume from the last checkpoint`,
          );
        }
        tracker.add(name, loss);
        losses[name] = loss;
        const row: MetricRow = {
          stage: stage.number,
          step,
          modality: part.modality,
          task: part.task,
          loss,
          lr,
          gradNorm,
        };
        run.appendMetric({ globalStep: first + i, ...row });
      }
      events.step?.({ step: step + 1, losses });
    }
    this.#trackers[stage.number] = tracker.state;
  }

  async #save(progress: Progress, optimizer: AdamW, alias: string | null): Promise<string> {
    const { config, run } = this.#o;
    return run.saveCheckpoint(
      {
        tensors: await takeSnapshot(this.#model, optimizer),
        state: {
          format: 1,
          ...progress,
          globalStep: this.#globalStep,
          seed: config.seed,
          configHash: this.#hash,
          dataFingerprint: this.#fingerprint,
        },
      },
      alias,
    );
  }

  #restore({ path, checkpoint: { tensors, state } }: ResumePoint, optimizer: AdamW): void {
    if (state.configHash !== this.#hash) throw configMismatch(path, ['the model, the stages or a tokenizer']);
    if (state.dataFingerprint !== this.#fingerprint) throw dataMismatch(path, state.dataFingerprint, this.#fingerprint);
    const problems = compareTensors(expectedShapes(this.#model, optimizer), tensors);
    if (problems.length > 0) throw tensorMismatch(path, problems);
    restoreSnapshot(this.#model, optimizer, tensors);
    optimizer.restoreSteps(state.groupSteps);
  }

  #finishStage(stage: StageNumber, seconds: number): StageSummary {
    const { steps } = this.#o.config.stages[stage - 1];
    const tracker = new LossTracker(1, this.#trackers[stage]);
    const summary = { stage, steps, seconds, firstLoss: tracker.firstLoss, lastLoss: tracker.lastLoss };
    this.#summaries.push(summary);
    return summary;
  }
}

/** Runs the three stages. The caller disposes the model of a finished run. */
export const train = (options: TrainOptions): Promise<TrainOutcome> => new Trainer(options).run();
