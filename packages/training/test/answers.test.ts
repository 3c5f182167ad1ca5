// Tasks other than one class a sample, through stage 3 and evaluation: replayed steps give the bytes of eager ones, every task learns, each
// is scored by its metric, and nothing stays behind.

import { createCpuBackend } from '@omnigrad/cpu';
import { type Dataset, poly13, type RawGraph, type RawPlane, type RawText, type Split } from '@omnigrad/data';
import { AdamW, evaluation } from '@omnigrad/nn';
import { type Backend, rngKey, scope, useBackend } from '@omnigrad/tensor';
import {
  buildTextVocabulary,
  DepthTokenizer,
  depthDefaults,
  GraphTokenizer,
  graphDefaults,
  InfraredTokenizer,
  infraredDefaults,
  PointCloudTokenizer,
  pointCloudDefaults,
  TextTokenizer,
  textDefaults,
  XrayTokenizer,
  xrayDefaults,
} from '@omnigrad/tokenizers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createStage,
  defineStream,
  elementsTask,
  evaluateTask,
  identityTask,
  labelsTask,
  OmniVec2,
  pairTask,
  pointPlaces,
  type RunConfig,
  type Stream,
  type StreamDefinition,
  summaryTask,
  type TaskSpec,
  type TaskTarget,
  taskLoss,
} from '../src/index.ts';
import { StepRunner } from '../src/step-runner.ts';
import { smallConfig } from './small-model.ts';

/** Each example is made once: it takes milliseconds. */
const held = <Raw>(dataset: Dataset<Raw>): Dataset<Raw> => {
  const once = (split: Split<Raw>): Split<Raw> => {
    const made = Array.from({ length: split.length }, (_, i) => split.get(i));
    return { ...split, get: (i) => made[i] };
  };
  return { ...dataset, train: once(dataset.train), test: once(dataset.test) };
};

const { depth, xray, infrared, pointcloud, graph } = poly13({ seed: 3, rho: 1, trainCount: 40, testCount: 12 });
const sets = {
  depth: held(depth),
  xray: held(xray),
  infrared: held(infrared),
  pointcloud: held(pointcloud),
  graph: held(graph),
};

const none = () => ({ method: 'none', value: 0 });

const depthStream = (): StreamDefinition => {
  const dataset = sets.depth;
  const layout = { rows: 4, columns: 4, patchRows: 8, patchColumns: 8 };
  return defineStream({
    modality: 'depth',
    dataset,
    tokenizer: (scope, width) => new DepthTokenizer(scope, { ...depthDefaults, mostDisparity: 4 }, width),
    cacheFeatures: true,
    tasks: [
      elementsTask({
        ...{ name: 'near', dataset, baseline: none },
        head: { kind: 'dense', layout, outputs: 2, upsampling: 'shuffle', dice: 0.5 },
        // nearer than the middle of what is seen; what the sensor missed does not count
        idsOf: ({ input: { depth } }) => {
          const seen = [...depth].filter((d) => d > 0).sort((a, b) => a - b);
          const middle = seen[seen.length >> 1];
          return Int32Array.from(depth, (d) => (d === 0 ? -1 : Number(d < middle)));
        },
      }),
    ],
    settings: {},
  });
};

const match = { kind: 'embedding', width: 8, objective: { kind: 'pairs' } } as const;

/** `partner`: null for none, and no task of pairs. */
const xrayStream = (partner: string | null = 'infrared/match'): StreamDefinition => {
  const dataset = sets.xray;
  return defineStream({
    modality: 'xray',
    dataset,
    tokenizer: (scope, width) => new XrayTokenizer(scope, xrayDefaults, width),
    cacheFeatures: true,
    tasks: [
      labelsTask({
        ...{ name: 'signs', dataset, baseline: none },
        head: { kind: 'labels', labels: 3, positiveWeight: [1, 2, 4] },
        labelsOf: ({ label }) => Float32Array.from([1, 2, 4], (bit) => (label === 9 ? -1 : Number((label & bit) > 0))),
      }),
      ...(partner === null ? [] : [pairTask<RawPlane>({ name: 'match', head: match, partner, baseline: none })]),
    ],
    settings: {},
  });
};

const infraredStream = (): StreamDefinition => {
  const dataset = sets.infrared;
  return defineStream({
    modality: 'infrared',
    dataset,
    tokenizer: (scope, width) => new InfraredTokenizer(scope, infraredDefaults, width),
    cacheFeatures: true,
    tasks: [
      pairTask<RawPlane>({ name: 'match', head: match, partner: 'xray/match', baseline: none }),
      identityTask({
        ...{ name: 'who', dataset, baseline: none, each: 2 },
        head: { kind: 'embedding', width: 8, objective: { kind: 'identities', identities: 10 } },
        identityOf: ({ label }) => label,
      }),
    ],
    settings: {},
  });
};

const cloudStream = (): StreamDefinition => {
  const dataset = sets.pointcloud;
  const config = { ...pointCloudDefaults, points: 64, groups: 8, groupSize: 8 };
  const [{ input }] = [dataset.train.get(0)];
  return defineStream({
    modality: 'pointcloud',
    dataset,
    tokenizer: (scope, width) => new PointCloudTokenizer(scope, { ...config, features: 0 }, width),
    cacheFeatures: true,
    tasks: [
      elementsTask({
        ...{ name: 'half', dataset, baseline: none },
        // more places than points: the rest does not count
        head: { kind: 'points', points: input.count + 3, outputs: 2, hidden: 12 },
        places: pointPlaces(config, input.count + 3),
        idsOf: ({ input: { positions, count } }) => {
          const mean = positions.reduce((s, v, i) => (i % 3 === 2 ? s + v : s), 0) / count;
          return Int32Array.from({ length: count }, (_, i) => Number(positions[3 * i + 2] > mean));
        },
      }),
    ],
    settings: {},
  });
};

const graphStream = (): StreamDefinition => {
  const dataset = sets.graph;
  const config = { ...graphDefaults, nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } };
  const size: TaskSpec<RawGraph> = {
    name: 'size',
    head: { kind: 'regression', outputs: 1, loss: 'l1', pooling: 'class' },
    target: ({ input }) => ({ kind: 'values', values: Float32Array.of(input.edges.length / 40), weights: null }),
    score: (outputs, count) => ({
      ...{ metric: 'MAE', higherIsBetter: false, chance: 1, baseline: 1, baselineName: 'none', testCount: count },
      value: outputs.reduce((s, v, i) => s + Math.abs(v - dataset.test.get(i).input.edges.length / 40), 0) / count,
    }),
  };
  return defineStream({
    modality: 'graph',
    dataset,
    tokenizer: (scope, width) => new GraphTokenizer(scope, config, width),
    cacheFeatures: true,
    tasks: [
      elementsTask({
        ...{ name: 'busy', dataset, baseline: none },
        head: { kind: 'nodes', nodes: config.maxNodes, outputs: 2 },
        idsOf: ({ input: { nodes, edges } }) => {
          const degrees = new Int32Array(nodes);
          for (const node of edges) degrees[node]++;
          return degrees.map((d) => Number(d > 2));
        },
      }),
      size,
    ],
    settings: {},
  });
};

const words = ['red', 'blue', 'old', 'new', 'cat', 'dog', 'sees', 'likes'];
const sentence = (i: number): string[] => [0, 1, 2, 3, 4].map((k) => words[(i * 5 + k * k * 3 + (i >> 2)) % 8]);

const textStream = (): StreamDefinition => {
  const split = (name: 'train' | 'test', length: number, first: number) => ({
    name,
    length,
    get: (i: number) => ({ input: { text: sentence(first + i).join(' ') }, label: 0, id: `${name}-${i}` }),
  });
  const dataset: Dataset<RawText> = {
    ...{ name: 'sentences', modality: 'text', classes: ['one'], split: 'by position', fingerprint: 'sentences-1' },
    // the test texts are among the train texts: what is shown here is that they are written, not that it generalises
    ...{ train: split('train', 32, 0), test: split('test', 8, 0) },
  };
  const vocabulary = buildTextVocabulary({ pieces: words, texts: [words.join(' ')], size: 8 });
  const id = (word: string): number => vocabulary.pieces.indexOf(word);
  return defineStream({
    modality: 'text',
    dataset,
    tokenizer: (scope, width) => new TextTokenizer(scope, { ...textDefaults, vocabulary, length: 8 }, width),
    cacheFeatures: true,
    tasks: [
      summaryTask({
        ...{ name: 'summary', dataset, baseline: none },
        head: {
          ...{ kind: 'summary', vocabulary: vocabulary.pieces.length, length: 4, width: 16, layers: 1, heads: 2 },
          ...{ feedForward: 24, beginId: 2, endId: 3, padId: 0, dropout: 0.1 },
        },
        idsOf: ({ input }) => Int32Array.from(input.text.split(' ').slice(0, 2), id),
        textOf: (ids) => ids.map((i) => vocabulary.pieces[i]).join(' '),
        referencesOf: ({ input }) => [input.text.split(' ').slice(0, 2).join(' ')],
        writing: { beams: 2, minLength: 1 },
      }),
    ],
    settings: {},
  });
};

const streams = (): StreamDefinition[] => [
  depthStream(),
  xrayStream(),
  infraredStream(),
  cloudStream(),
  graphStream(),
  textStream(),
];

const steps = 32;
const configOf = (most = steps, batch = 8): RunConfig => {
  const base = smallConfig([1, 1, most]);
  const [first, second, third] = base.stages;
  return {
    ...base,
    stages: [first, second, { ...third, batch }],
    modalities: ['depth', 'xray', 'infrared', 'pointcloud', 'graph', 'text'],
    model: {
      ...base.model,
      partnerDrop: 0.5,
      width: 16,
      trunk: { layers: 1, heads: 2, feedForward: 32 },
      reduction: [16, 16, 16],
    },
  };
};

let backend: Backend;
beforeEach(() => {
  backend = createCpuBackend({ threads: 1 });
  useBackend(backend);
});
afterEach(() => {
  expect(backend.memory().inUse).toBe(0);
  useBackend(undefined);
  backend.dispose();
});

const modelOf = (of = streams()): OmniVec2 => {
  const config = configOf();
  return new OmniVec2(config.model, of, backend, rngKey(config.seed));
};

/** Steps of stage 3; their losses by task, and the model, which is the caller's. */
const trained = (captured: boolean, most: number, of = streams(), planned = most, batch = 8) => {
  const config = configOf(planned, batch);
  const model = modelOf(of);
  model.dropDecoders();
  const groups = model.groups(3);
  using optimizer = new AdamW(groups);
  using runner = new StepRunner({ model, groups, optimizer, clipNorm: 1, captured });
  const stage = createStage(3, model, config, backend, rngKey(5));
  const losses: { task: string; loss: number }[] = [];
  for (let step = 0; step < most; step++) {
    scope(() => {
      const { parts } = runner.step(stage.plan(step), 1e-2);
      for (const part of parts) losses.push({ task: `${part.modality}/${part.task}`, loss: part.loss.itemSync() });
    });
  }
  return { model, losses, report: runner.report() };
};

describe('tasks of all kinds', () => {
  it('learn, are replayed as eager, and are scored', async () => {
    const { model, losses, report } = trained(true, steps);
    using _model = model;
    const eager = trained(false, 12, streams(), steps);
    eager.model.dispose();
    expect(eager.losses).toEqual(losses.slice(0, 24));

    const names = [...new Set(losses.map(({ task }) => task))].sort();
    expect(names).toEqual(
      [
        ...['depth/near', 'graph/busy', 'graph/size', 'infrared/match', 'infrared/who', 'pointcloud/half'],
        ...['text/summary', 'xray/match', 'xray/signs'],
      ].sort(),
    );
    expect(report?.replayed, 'replayed').toBeGreaterThan(0);
    for (const name of names) {
      const own = losses.filter(({ task }) => task === name).map(({ loss }) => loss);
      expect(own.every(Number.isFinite)).toBe(true);
    }
    // what the batch normalisation of a neck has measured is kept with the weights
    expect(model.parameters().map(({ name }) => name)).toContain('heads.infrared.who.neck.norm.runningMean');
    expect(model.arena.parameters.some((p) => p.name.endsWith('runningMean') && p.trainable)).toBe(false);
    // partners are drawn together, with the same rows, and share one loss
    const stage = createStage(3, model, configOf(), backend, rngKey(5));
    for (let step = 0; step < steps; step++) {
      const [one, two] = stage.plan(step).requests();
      if (one.task === 'match') expect(two.indices).toEqual(one.indices);
      expect(one.task === 'match').toBe(two.task === 'match');
    }
    const at = losses.flatMap(({ task }, i) => (task.endsWith('/match') ? [i] : []));
    for (let i = 0; i < at.length; i += 2) {
      expect(at[i + 1]).toBe(at[i] + 1);
      expect(losses[at[i]].loss).toBe(losses[at[i + 1]].loss);
    }

    const results = new Map<string, Awaited<ReturnType<typeof evaluateTask>>['result']>();
    for (const stream of model.streams) {
      for (const task of stream.tasks) results.set(task.id, (await evaluateTask(model, stream, task, 5)).result);
    }
    const scored = [...results].map(([id, { metric, testCount }]) => `${id} ${metric} ${testCount}`);
    expect(scored).toEqual([
      'depth/near mIoU 12',
      `xray/signs mAP ${results.get('xray/signs')?.testCount}`,
      'xray/match R@1 12',
      'infrared/match R@1 12',
      'infrared/who mAP 12',
      'pointcloud/half mIoU 12',
      'graph/busy mIoU 12',
      'graph/size MAE 12',
      'text/summary ROUGE-L 8',
    ]);
  });

  it.each([
    ['pixels and texts', 90, 24, () => [depthStream(), textStream()], ['depth/near', 'text/summary']],
    ['points and labels', 50, 16, () => [cloudStream(), xrayStream(null)], ['pointcloud/half', 'xray/signs']],
  ] as const)('%s are learned above chance', async (_name, most, batch, of, ids) => {
    const { model, losses } = trained(true, most, of(), most, batch);
    using _model = model;
    for (const stream of model.streams) {
      for (const task of stream.tasks) {
        const own = losses.filter((part) => part.task === task.id).map(({ loss }) => loss);
        const [early, late] = [own.slice(0, 5), own.slice(-5)].map((list) => list.reduce((a, b) => a + b, 0));
        expect(ids).toContain(task.id);
        expect(late, task.id).toBeLessThan(0.9 * early);
        const { value, chance } = (await evaluateTask(model, stream, task, 5)).result;
        expect(value, task.id).toBeGreaterThan(chance + 0.05);
      }
    }
  });
});

describe('a task', () => {
  it('shows points where the tokenizer has its groups', () => {
    const config = { ...pointCloudDefaults, points: 64, groups: 8, groupSize: 8 };
    const { input } = sets.pointcloud.train.get(1);
    const stream = cloudStream();
    using model = new OmniVec2(configOf().model, [stream], backend, rngKey(1));
    const [task] = model.streams[0].tasks;
    const { places } = task.train([1, 2], rngKey(2));
    const n = input.count + 3;
    expect(places?.weights.length).toBe(2 * 3 * n);
    // every centre is a point of the cloud: some point lies at each of the eight, and takes that one alone
    const at = new Set<number>();
    for (let p = 0; p < input.count; p++) {
      if ((places?.weights[3 * p] ?? 0) > 0.9999) at.add(places?.indices[3 * p] ?? -1);
    }
    expect([...at].sort()).toEqual(Array.from({ length: config.groups }, (_, g) => g));
    expect([...(places?.weights.subarray(3 * input.count, 3 * n) ?? [])].every((w) => w === 0)).toBe(true);
  });

  const modelWith =
    (...definitions: StreamDefinition[]) =>
    () => {
      using model = new OmniVec2(configOf().model, definitions, backend, rngKey(1));
      return model.streams;
    };

  it('refuses partners that are none', () => {
    const missing = 'partners: xray/match has the partner infrared/match, which is no task of this run';
    expect(modelWith(xrayStream())).toThrow(missing);
    expect(modelWith(xrayStream('infrared/who'), infraredStream())).toThrow(
      'partners: xray/match and infrared/who must name each other and be of two modalities',
    );
    expect(modelWith(xrayStream(), infraredStream())).not.toThrow();
  });

  it('refuses targets that its head does not take, and says which it does', () => {
    using model = modelOf();
    const [depth, xray, , cloud, graph] = model.streams;
    const lossOf =
      ({ tasks: [task] }: Stream, ...targets: readonly TaskTarget[]) =>
      () =>
        scope(() => {
          const batch = { ...task.train([0, 1], rngKey(1)), targets };
          const seen = model.alone(batch.tokens(evaluation), evaluation);
          return taskLoss(model.head(task.id), seen, batch, evaluation).itemSync();
        });
    const labels = (...list: number[]): TaskTarget => ({ kind: 'labels', labels: Float32Array.from(list) });
    const marks = (n: number, id = 0): TaskTarget => ({ kind: 'ids', ids: new Int32Array(n).fill(id) });
    expect(lossOf(xray, labels(1, 0, -1), labels(0.5, 1, 0))()).toBeGreaterThan(0);
    expect(lossOf(cloud, marks(3), marks(5))()).toBeGreaterThan(0);
    expect(lossOf(cloud, marks(0), marks(2, -1))()).toBe(0);
    // nodes that a graph does not have weigh nothing, and answer 0
    const numbers = (n: number): TaskTarget => ({ kind: 'values', values: new Float32Array(n).fill(3), weights: null });
    const whole: TaskTarget = {
      kind: 'values',
      values: Float32Array.from({ length: 48 }, (_, i) => (i < 4 ? 3 : -50)),
      weights: Float32Array.from({ length: 48 }, (_, i) => Number(i < 4)),
    };
    expect(lossOf(graph, numbers(4), numbers(4))()).toBeCloseTo(lossOf(graph, whole, whole)(), 5);
    const refused: readonly (readonly [() => number, string])[] = [
      [lossOf(xray, { kind: 'class', id: 1 }), 'a head of kind labels takes targets of kind labels, came class'],
      [lossOf(xray, labels(1, 0, 1), { kind: 'pair' }), 'target 1 is of kind pair, the first of labels'],
      [lossOf(xray, labels(1, 0), labels(1, 0)), 'target 0 has 2 labels, the head 3'],
      [
        lossOf(xray, labels(1, 0, 0), labels(1, 2, 0)),
        'label 1 of target 1 is 2; it must be from 0 to 1, or -1 for unknown',
      ],
      [lossOf(graph, numbers(5), numbers(4)), 'target 0 does not have up to 48 values, 2 each'],
      [lossOf(depth, marks(1023), marks(1024)), 'target 0 has 1023 ids, the head answers 1024'],
      [lossOf(cloud, marks(1000), marks(1)), 'target 0 has 1000 ids, the head answers 259'],
    ];
    for (const [loss, message] of refused) expect(loss).toThrow(`taskLoss: ${message}`);
    expect(lossOf(depth, marks(1024), marks(1024, 2))).toThrow(
      'crossEntropyRows: id 2 at position 1024 is outside 0 to 1',
    );
  });
});
