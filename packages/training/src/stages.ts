// The three stages as pure plans and steps: what step s of a stage draws, and the loss of that draw. A stage knows no
// files, no progress bars and no clock.

import { type Mode, training } from '@omnigrad/nn';
import {
  ArgumentError,
  type Backend,
  foldKey,
  type KeySource,
  type NumericArray,
  type RngKey,
  randomUniform,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import type { RunConfig, StageNumber } from './config.ts';
import { type Gates, reconstructionUploads, stage1Loss, stage2Loss, stage3Loss } from './losses.ts';
import type { OmniVec2 } from './model.ts';
import { type Draw, type PairItem, planPairs, planSingles } from './plan.ts';
import {
  type BatchRequest,
  type HostBatch,
  type MaskedStreamBatch,
  type Stream,
  type StreamTask,
  type TaskBatch,
  taskIndices,
  trainIndices,
} from './stream.ts';
import { taskUploads } from './task-losses.ts';

/** A part of a step's loss, named for the log. */
export interface LossPart {
  readonly modality: string;
  readonly task: string | null;
  readonly loss: Tensor;
}

export interface StepLoss {
  readonly loss: Tensor;
  readonly parts: readonly LossPart[];
}

/** A step whose batches are drawn. */
export interface PreparedStep {
  /** The key of this step's randomness on the device. */
  readonly key: RngKey;
  /** Every host array that `compute` uploads, in an order that `kind` and the sizes decide. */
  readonly uploads: readonly NumericArray[];
  /** The loss on the device. `key` is that of the step, or where to ask for it. */
  compute(key: KeySource): StepLoss;
}

export interface PlannedStep {
  /** Modalities or tasks of the step: two steps of one kind and equal sizes differ in nothing but numbers. */
  readonly kind: string;
  /** Parameter groups that this step updates. */
  readonly groups: readonly string[];
  /** What its batches are asked for with. */
  requests(): readonly BatchRequest[];
  /** The step with its batches, in the order of requests(). */
  assemble(batches: readonly HostBatch[]): PreparedStep;
  /** Both, on this thread. */
  prepare(): PreparedStep;
}

export interface Stage {
  readonly number: StageNumber;
  readonly steps: number;
  plan(step: number): PlannedStep;
}

/** 1 for samples that see their partner, 0 for the others. Null when every sample sees it. */
const gateOf = (probability: number, size: number, key: RngKey): Float32Array | null =>
  probability === 0 ? null : randomUniform(key, size).map((u) => (u >= probability ? 1 : 0));

/** [B] -> [B, 1, 1] */
const gateTensor = (gate: Float32Array | null, backend: Backend): Tensor | null =>
  gate === null ? null : tensor(gate, [gate.length, 1, 1], { backend });

const maskedUploads = (batch: MaskedStreamBatch): readonly NumericArray[] => [
  ...batch.uploads(),
  ...reconstructionUploads(batch),
];

interface Common {
  readonly model: OmniVec2;
  readonly config: RunConfig;
  readonly backend: Backend;
  readonly key: RngKey;
}

type HostHalf = Pick<PlannedStep, 'requests' | 'assemble' | 'prepare'>;

const hostHalf = (model: OmniVec2, requests: HostHalf['requests'], assemble: HostHalf['assemble']): HostHalf => ({
  requests,
  assemble,
  prepare: () => assemble(requests().map((request) => prepareBatch(model.streams, request))),
});

/** The host's half of a batch of one of these streams. */
export const prepareBatch = (streams: readonly Stream[], request: BatchRequest): HostBatch => {
  const stream = streams.find(({ modality }) => modality === request.modality);
  if (stream === undefined) {
    throw new ArgumentError('prepareBatch', `no stream of ${request.modality}; ask for one of the model's modalities`);
  }
  return stream.prepare(request);
};

const maskedRequest = ({ modality }: Stream, indices: Int32Array, key: RngKey): BatchRequest => ({
  ...{ modality, task: null, indices, key },
});

const single = ({ model, config, key }: Common): Stage => {
  const { steps, batch } = config.stages[0];
  const { streams } = model;
  const plan = planSingles(steps, streams.length, config.switchEvery, foldKey(key, 'plan'));
  const indices = streams.map((s) => trainIndices(s, key, s.modality));
  return {
    number: 1,
    steps,
    plan: (step) => {
      const { item, batchIndex } = plan[step];
      const stream = streams[item];
      const stepKey = foldKey(key, 'step', step);
      return {
        kind: stream.modality,
        groups: ['shared', stream.modality],
        ...hostHalf(
          model,
          () => [maskedRequest(stream, indices[item](batchIndex, batch), foldKey(stepKey, 'mask'))],
          ([host]) => {
            const masked = stream.ofHost(host);
            return {
              key: stepKey,
              uploads: maskedUploads(masked),
              compute: (keySource) => {
                const loss = stage1Loss(model, stream, masked, training(keySource));
                return { loss, parts: [{ modality: stream.modality, task: null, loss }] };
              },
            };
          },
        ),
      };
    },
  };
};

interface PreparedPair {
  readonly uploads: readonly NumericArray[];
  compute(mode: Mode, gates: Gates): StepLoss;
}

/** The shared half of stages 2 and 3: a plan of pairs, and gates. */
const pairs = <Item>(
  { model, config, backend, key }: Common,
  number: 2 | 3,
  items: readonly (PairItem & { readonly item: Item; readonly name: string })[],
  /** Of stream i of a step. */
  requestOf: (item: Item, draw: Draw, half: number, key: RngKey, i: 0 | 1) => BatchRequest,
  step: (drawn: readonly [Item, Item], batches: readonly HostBatch[]) => PreparedPair,
  groupsOf: (item: Item) => readonly string[],
): Stage => {
  const { steps, batch } = config.stages[number - 1];
  const plan = planPairs(steps, items, foldKey(key, 'plan'));
  const half = batch / 2;
  const p = config.model.partnerDrop;
  return {
    number,
    steps,
    plan: (at) => {
      const draws = plan[at];
      const drawn: [Item, Item] = [items[draws[0].item].item, items[draws[1].item].item];
      const stepKey = foldKey(key, 'step', at);
      return {
        kind: draws.map(({ item }) => items[item].name).join(' '),
        groups: [...new Set(['shared', ...drawn.flatMap(groupsOf)])],
        ...hostHalf(
          model,
          () => ([0, 1] as const).map((i) => requestOf(drawn[i], draws[i], half, stepKey, i)),
          (batches) => {
            const { uploads, compute } = step(drawn, batches);
            const [a, b] = [0, 1].map((i) => gateOf(p, half, foldKey(stepKey, 'gate', i)));
            return {
              key: stepKey,
              uploads: [...uploads, ...[a, b].filter((gate) => gate !== null)],
              compute: (keySource) => compute(training(keySource), [gateTensor(a, backend), gateTensor(b, backend)]),
            };
          },
        ),
      };
    },
  };
};

/** Batches of a stream or task, by number and size. */
type Sampler = ReturnType<typeof trainIndices>;

interface SampledStream {
  readonly stream: Stream;
  readonly indices: Sampler;
}

const bimodal = (common: Common): Stage => {
  const { model, key } = common;
  const all = model.streams.map((stream) => ({ stream, indices: trainIndices(stream, key, stream.modality) }));
  return pairs<SampledStream>(
    common,
    2,
    all.map((item) => ({ item, name: item.stream.modality, group: item.stream.modality, weight: 1 })),
    ({ stream, indices }, draw, half, stepKey, i) =>
      maskedRequest(stream, indices(draw.batchIndex, half), foldKey(stepKey, 'mask', i)),
    (drawn, batches) => {
      const a = drawn[0].stream.ofHost(batches[0]);
      const b = drawn[1].stream.ofHost(batches[1]);
      const compute = (mode: Mode, gates: Gates): StepLoss => {
        const { loss, parts } = stage2Loss(model, [drawn[0].stream, drawn[1].stream], [a, b], mode, gates);
        return {
          loss,
          parts: parts.map((part, i) => ({ modality: drawn[i].stream.modality, task: null, loss: part })),
        };
      };
      return { uploads: [...maskedUploads(a), ...maskedUploads(b)], compute };
    },
    ({ stream }) => [stream.modality],
  );
};

interface SampledTask extends SampledStream {
  readonly task: StreamTask;
}

const supervised = (common: Common): Stage => {
  const { model, config, key } = common;
  const all = model.streams.flatMap((stream) =>
    stream.tasks.map((task) => ({ stream, task, indices: taskIndices(stream, task, key) })),
  );
  return pairs<SampledTask>(
    common,
    3,
    all.map((item) => ({
      item,
      name: item.task.id,
      group: item.stream.modality,
      weight: config.taskWeights[item.task.id] ?? 1,
      ...(item.task.partner === null ? {} : { partner: all.findIndex(({ task }) => task.id === item.task.partner) }),
    })),
    ({ stream, task, indices }, draw, half, stepKey, i) => ({
      modality: stream.modality,
      task: task.name,
      indices: indices(draw.batchIndex, half),
      key: foldKey(stepKey, 'task', i),
    }),
    (drawn, batches) => {
      const a = drawn[0].task.ofHost(batches[0]);
      const b = drawn[1].task.ofHost(batches[1]);
      const compute = (mode: Mode, gates: Gates): StepLoss => {
        const { loss, parts } = stage3Loss(model, [drawn[0].task, drawn[1].task], [a, b], mode, gates);
        return {
          loss,
          parts: parts.map((part, i) => ({ modality: drawn[i].stream.modality, task: drawn[i].task.name, loss: part })),
        };
      };
      const uploads = ({ head }: StreamTask, batch: TaskBatch) => [...batch.uploads(), ...taskUploads(head, batch)];
      return { uploads: [...uploads(drawn[0].task, a), ...uploads(drawn[1].task, b)], compute };
    },
    ({ stream, task }) => [stream.modality, task.id],
  );
};

/** A stage of the run. Every random choice comes from the seed, the stage and the step. */
export const createStage = (
  number: StageNumber,
  model: OmniVec2,
  config: RunConfig,
  backend: Backend,
  key: RngKey,
): Stage => {
  const common: Common = { model, config, backend, key: foldKey(key, 'stage', number) };
  const make: { readonly [S in StageNumber]: (c: Common) => Stage } = { 1: single, 2: bimodal, 3: supervised };
  return make[number](common);
};
