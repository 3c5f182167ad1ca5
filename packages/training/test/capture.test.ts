// A captured step of OmniVec2 gives the bytes of the eager one: losses, norms, weights, gradients and moments.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, type Mode, training } from '@omnigrad/nn';
import {
  type Backend,
  capture,
  foldKey,
  mul,
  type RngKey,
  randomUniform,
  rngKey,
  scope,
  type Tensor,
  tensor,
  useBackend,
} from '@omnigrad/tensor';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStage, type OmniVec2, type StageNumber, stage1Loss, stage2Loss, stage3Loss } from '../src/index.ts';
import { StepRunner } from '../src/step-runner.ts';
import { smallConfig, smallModel } from './small-model.ts';

let backend: Backend;
const key = rngKey(11);
const rows = [
  [3, 1, 4, 1],
  [5, 9, 2, 6],
] as const;

beforeEach(() => {
  backend = createCpuBackend();
  useBackend(backend);
});

afterEach(() => {
  expect(backend.memory().inUse).toBe(0);
  useBackend(undefined);
  backend.dispose();
});

/** What decides about a step, and what it computes with. */
interface StepInputs {
  readonly stage: StageNumber;
  /** Numbers of the streams; stage 1 takes the first. */
  readonly streams: readonly [number, number];
  /** A loss weight and the gates of the two streams, new at every step. */
  readonly weight: Tensor;
  readonly gates: readonly [Tensor, Tensor];
}

interface StepResult {
  readonly losses: readonly Tensor[];
  readonly norm: Tensor;
}

type Loss = (mode: Mode, gates: readonly [Tensor, Tensor]) => Tensor;

/** The loss of a fixed batch. All host work on the batch is done before the step. */
const fixedLoss = (model: OmniVec2, stage: StageNumber, streams: readonly [number, number], part: 0 | 1): Loss => {
  const pair = [model.streams[streams[0]], model.streams[streams[1]]] as const;
  const maskKey = (i: number): RngKey => foldKey(key, 'mask', part, i);
  if (stage === 3) {
    const tasks = [pair[0].tasks[0], pair[1].tasks[0]] as const;
    const batches = [tasks[0].train(rows[part], maskKey(0)), tasks[1].train(rows[part], maskKey(1))] as const;
    return (mode, gates) => stage3Loss(model, tasks, batches, mode, gates).loss;
  }
  const batches = [
    pair[0].masked('train', rows[part], maskKey(0)),
    pair[1].masked('train', rows[part], maskKey(1)),
  ] as const;
  return stage === 1
    ? (mode) => stage1Loss(model, pair[0], batches[0], mode)
    : (mode, gates) => stage2Loss(model, pair, batches, mode, gates).loss;
};

const stages: readonly StageNumber[] = [1, 2, 3];

/** A model with an optimiser for each stage, and a step of two micro-batches. */
const makeRun = () => {
  const config = smallConfig();
  const model = smallModel(backend, { ...config, model: { ...config.model, dropout: 0.2 } });
  const optimizers = stages.map((stage) => new AdamW(model.groups(stage)));
  const losses = new Map<string, readonly Loss[]>();
  for (const stage of stages) {
    for (const streams of [
      [0, 1],
      [2, 3],
    ] as const) {
      losses.set(`${stage} ${streams}`, [fixedLoss(model, stage, streams, 0), fixedLoss(model, stage, streams, 1)]);
    }
  }
  // The number of the step and what follows from it are asked for at every replay.
  let steps = 0;
  const step = ({ stage, streams, weight, gates }: StepInputs): StepResult => {
    const names = (stage === 1 ? [streams[0]] : streams).map((i) => model.streams[i]);
    const only = ['shared', ...names.map((s) => s.modality), ...(stage === 3 ? names.map((s) => s.tasks[0].id) : [])];
    const groups = model.groups(stage);
    const active = groups.filter(({ name }) => only.includes(name));
    model.arena.zeroGrads();
    model.decoderArena?.zeroGrads();
    const parts = (losses.get(`${stage} ${streams}`) ?? []).map((loss, part) => {
      const mode = training(() => foldKey(key, 'step', steps, part));
      return accumulateGradients(() => mul(loss(mode, gates), weight), active, { scale: 0.5 });
    });
    const norm = optimizers[stage - 1].step(() => 2e-3 / (1 + steps), { maxNorm: 1, only });
    return { losses: parts, norm };
  };
  return {
    step,
    next: () => {
      steps++;
    },
    state: () => ({
      values: model.arena.values.readSync(),
      grads: model.arena.grads.readSync(),
      decoders: model.decoderArena?.values.readSync(),
      moments: optimizers.map((optimizer) =>
        optimizer.moments().map(({ parameter, m, v }) => {
          const state = [parameter.name, m.readSync(), v.readSync()];
          m.dispose();
          v.dispose();
          return state;
        }),
      ),
      counts: optimizers.map((optimizer) => optimizer.steps),
    }),
    dispose: () => {
      for (const optimizer of optimizers) optimizer.dispose();
      model.dispose();
    },
  };
};

type Kind = Pick<StepInputs, 'stage' | 'streams'>;

/** Runs steps of some kinds; what each returned, as bytes. */
const runSteps = (run: ReturnType<typeof makeRun>, step: (inputs: StepInputs) => StepResult, kinds: readonly Kind[]) =>
  kinds.map((kind, i) =>
    scope(() => {
      const gate = (n: number): Tensor =>
        tensor(
          randomUniform(foldKey(key, 'gate', i, n), 4).map((u) => Number(u > 0.3)),
          [4, 1, 1],
        );
      const { losses, norm } = step({ ...kind, weight: tensor(1 + i / 8, []), gates: [gate(0), gate(1)] });
      run.next();
      return [...losses, norm].map((x) => x.readSync());
    }),
  );

const compareRuns = (kinds: readonly Kind[]) => {
  const eager = makeRun();
  const captured = makeRun();
  const step = capture(captured.step);
  const wanted = runSteps(eager, eager.step, kinds);
  const got = runSteps(captured, step, kinds);
  expect(got).toEqual(wanted);
  expect(captured.state()).toEqual(eager.state());
  const report = step.report();
  step.dispose();
  captured.dispose();
  eager.dispose();
  return { report, losses: wanted };
};

it.each(stages)('a captured step of stage %i is the eager one', (stage) => {
  const kind: Kind = { stage, streams: [0, 1] };
  const { report, losses } = compareRuns([kind, kind, kind, kind, kind]);
  expect(report).toMatchObject({ recorded: 2, replayed: 3, evicted: 0 });
  // The comparison is of something that moves: five steps, five losses.
  expect(new Set(losses.map(([loss]) => loss[0])).size).toBe(5);
});

it('one capture serves all stages and pairs of modalities, by its key', () => {
  const kinds = stages.flatMap((stage): Kind[] => [
    { stage, streams: [0, 1] },
    { stage, streams: [2, 3] },
  ]);
  const { report } = compareRuns([...kinds, ...kinds, ...kinds]);
  expect(report).toMatchObject({ recorded: 12, replayed: 6, evicted: 0 });
});

/** Steps of a stage as the trainer does them; norms and losses as bytes. */
const runStage = (stageNumber: StageNumber, steps: number, captured: boolean) => {
  const base = smallConfig([steps, steps, steps]);
  const config = { ...base, model: { ...base.model, dropout: 0.1, partnerDrop: 0.4 } };
  const model = smallModel(backend, config);
  const groups = model.groups(stageNumber);
  const optimizer = new AdamW(groups);
  const runner = new StepRunner({ model, groups, optimizer, clipNorm: 1, captured });
  const stage = createStage(stageNumber, model, config, backend, key);
  const bytes: number[] = [];
  const results = Array.from({ length: steps }, (_, step) => {
    const result = scope(() => {
      const { norm, parts } = runner.step(stage.plan(step), 2e-3 / (1 + step));
      return {
        norm: norm.readSync(),
        parts: parts.map(({ modality, task, loss }) => ({ modality, task, loss: loss.readSync() })),
      };
    });
    bytes.push(backend.memory().inUse);
    return result;
  });
  const values = model.arena.values.readSync();
  const report = runner.report();
  runner.dispose();
  optimizer.dispose();
  model.dispose();
  return { results, values, report, bytes };
};

it.each(stages)('the runner of stage %i replays new batches, gates and rates to the bytes of eager steps', (stage) => {
  const steps = 40;
  const plain = runStage(stage, steps, false);
  const captured = runStage(stage, steps, true);
  expect(captured.results).toEqual(plain.results);
  expect(captured.values).toEqual(plain.values);
  expect(plain.report).toBeNull();
  const { recorded = 0, replayed = 0, evicted, bytes, commands = {} } = captured.report ?? {};
  expect(recorded + replayed).toBe(steps);
  expect(replayed).toBeGreaterThan(10);
  expect(evicted).toBe(0);
  // One arena for all recordings: it grows with the largest step, not with the number of kinds.
  expect(Object.keys(commands).length).toBeGreaterThan(2);
  expect(bytes).toBeLessThan(8 * 2 ** 20);
  expect(captured.bytes[steps - 1] - plain.bytes[steps - 1]).toBeLessThan(2 * (bytes ?? 0));
});
