// Batches prepared by other threads are those of the thread that trains, byte for byte, whoever is first; their errors are
// its errors; and the threads end with the run.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCpuBackend } from '@omnigrad/cpu';
import { DataError, type Modality, modalities, poly13 } from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { createReferenceBackend, foldKey, rngKey, useBackend } from '@omnigrad/tensor';
import { buildTextVocabulary } from '@omnigrad/tokenizers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  audioStream,
  BatchPool,
  type BatchRequest,
  createStage,
  depthStream,
  graphStream,
  hyperspectralStream,
  imageStream,
  imuStream,
  infraredStream,
  nodeThreads,
  OmniVec2,
  type Order,
  openRun,
  pointCloudStream,
  prepareBatch,
  type RunConfig,
  type StartThread,
  StepFeed,
  type StreamDefinition,
  serveBatches,
  tabularStream,
  textStream,
  timeseriesStream,
  train,
  videoStream,
  xrayStream,
} from '../src/index.ts';
import { transferable } from '../src/prefetch/messages.ts';
import { brokenStream, smallStream } from './prefetch-recipes.ts';
import { smallConfig } from './small-model.ts';

const key = rngKey(5);
const width = 16;

describe('a host batch', () => {
  const streams = (): StreamDefinition[] => {
    const sets = poly13({ seed: 3, rho: 1, trainCount: 5, testCount: 1 });
    const texts = Array.from({ length: 5 }, (_, i) => sets.text.train.get(i).input.text);
    const pieces = [...new Set(texts.join(' ').split(/\s+/))];
    const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
    const vocabulary = buildTextVocabulary({ pieces: [...special, ...pieces], texts, size: 64 });
    const { height, width: across, channels } = sets.image.train.get(0).input;
    return [
      imageStream(sets.image, {
        ...{ height, width: across, channels, patch: height / 4, normaliseTarget: true },
        mean: new Array<number>(channels).fill(0.5),
        std: new Array<number>(channels).fill(0.25),
        mask: { kind: 'random', ratio: 0.6, method: 'drop' },
      }),
      textStream(sets.text, vocabulary, { length: 24 }),
      audioStream(sets.audio),
      tabularStream(sets.tabular),
      timeseriesStream(sets.timeseries, 'leading', { steps: sets.timeseries.train.get(0).input.steps, patch: 4 }),
      imuStream(sets.imu, { steps: sets.imu.train.get(0).input.steps }),
      videoStream(sets.video),
      depthStream(sets.depth, { mostDisparity: 4 }),
      pointCloudStream(sets.pointcloud),
      graphStream(sets.graph, { nodes: { numbers: [{ mean: 2.2, std: 1.6 }], classes: [4] } }),
      xrayStream(sets.xray),
      infraredStream(sets.infrared),
      hyperspectralStream(sets.hyperspectral),
    ];
  };

  it('of all modalities crosses with its buffers, and nothing that is kept goes with it', () => {
    const seen = streams().map((definition) => {
      const stream = definition.bind(new ParameterScope(), width);
      const requests: BatchRequest[] = [null, ...stream.tasks.map(({ name }) => name)].map((task) => ({
        ...{ modality: stream.modality, task, indices: Int32Array.of(3, 1) },
        key: foldKey(key, stream.modality, task ?? ''),
      }));
      for (const request of requests) {
        const wanted = structuredClone(stream.prepare(request));
        const sent = stream.prepare(request);
        const buffers = transferable([sent]);
        expect(buffers.length).toBeGreaterThan(0);
        const came = structuredClone(sent, { transfer: buffers });
        expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true);
        expect(came).toEqual(wanted);
        // features that the stream keeps are whole
        expect(stream.prepare(request)).toEqual(wanted);
        const { task } = request;
        const own = task === null ? stream.ofHost(came) : stream.tasks.find((t) => t.name === task)?.ofHost(came);
        expect(own?.uploads().every((array) => array.length > 0)).toBe(true);
      }
      const [masked] = requests;
      expect(stream.prepare({ ...masked, key: foldKey(key, 'other') })).not.toEqual(stream.prepare(masked));
      expect(() => stream.tasks[0].ofHost(stream.prepare(masked))).toThrow(
        `${stream.tasks[0].id}: expected a batch prepared for a task, came one for reconstruction; ask with its own request`,
      );
      return stream.modality;
    });
    expect(seen).toEqual(modalities);
  });
});

/** Threads that live in this one. `slow` of them answer only when `release` is called, the last first. */
const heldThreads = (slow: (thread: number) => boolean = () => false) => {
  const held: (() => void)[] = [];
  const ended: number[] = [];
  let started = 0;
  const start: StartThread = (options, events) => {
    const number = started++;
    const orders: ((order: Order) => void)[] = [];
    const answer = (message: Answer): void => {
      const give = (): void => events.answer(structuredClone(message));
      if (message.kind !== 'ready' && slow(number)) held.push(give);
      else queueMicrotask(give);
    };
    void serveBatches({ postMessage: answer, on: (_, listener) => orders.push(listener) }, options);
    return {
      post: (order) => {
        for (const listen of orders) listen(structuredClone(order));
      },
      terminate: async () => {
        ended.push(number);
      },
    };
  };
  return {
    start,
    ended,
    release: () => {
      for (const give of held.splice(0).reverse()) give();
    },
    held,
  };
};

const chosen: readonly Modality[] = ['text', 'tabular', 'timeseries'];
const small = (steps: readonly [number, number, number]): RunConfig => ({
  ...smallConfig(steps),
  modalities: [...chosen],
});
const smallOnes = (): StreamDefinition[] => chosen.map((modality) => smallStream({ modality }));

describe('a feed', () => {
  beforeEach(() => {
    useBackend(createReferenceBackend());
  });
  afterEach(() => {
    useBackend(undefined);
  });

  const feeds = (streams: readonly StreamDefinition[], config: RunConfig, pool: BatchPool) => {
    const backend = createReferenceBackend();
    const model = new OmniVec2(config.model, streams, backend, key);
    const stage = createStage(2, model, config, backend, key);
    const feed = new StepFeed(stage, (request) => prepareBatch(model.streams, request), pool);
    return { stage, feed, dispose: () => model.dispose() };
  };

  it('gives the batches of each step whoever answers first, and orders no more than two steps a thread', async () => {
    const config = small([2, 20, 2]);
    const streams = smallOnes().map((s) => (s.modality === 'tabular' ? { ...s, recipe: undefined } : s));
    const { start, release, held, ended } = heldThreads(() => true);
    const plain = streams.map(({ recipe, ...s }) => (recipe === undefined ? s : { ...s, recipe }));
    await using pool = new BatchPool({ streams: plain, width: config.model.width, workers: 2, start });
    await pool.ready();
    expect([...pool.modalities].sort()).toEqual(['text', 'timeseries']);
    const { stage, feed, dispose } = feeds(plain, config, pool);
    const kinds = Array.from({ length: 20 }, (_, step) => stage.plan(step).kind);
    // both from threads, and one from each
    expect(kinds.some((kind) => !kind.includes('tabular'))).toBe(true);
    expect(kinds.some((kind) => kind.startsWith('tabular'))).toBe(true);
    for (let step = 0; step < 20; step++) {
      const taken = feed.take(step);
      expect(feed.waiting).toBe(Math.min(3, 19 - step));
      expect(held.length).toBeLessThanOrEqual(4);
      release();
      const { uploads } = await taken;
      expect(uploads).toEqual(stage.plan(step).prepare().uploads);
    }
    expect(pool.prepared).toBe(20);
    dispose();
    await pool.close();
    expect(ended).toEqual([0, 1]);
  });

  it('asks for pairs of half a batch each, the same whenever it is asked', () => {
    const config = small([6, 6, 6]);
    const backend = createReferenceBackend();
    using model = new OmniVec2(config.model, smallOnes(), backend, key);
    for (const number of [1, 2, 3] as const) {
      const stage = createStage(number, model, config, backend, key);
      const asked = Array.from({ length: 6 }, (_, step) => stage.plan(step).requests());
      for (const requests of asked) {
        const { batch } = config.stages[number - 1];
        const sizes = requests.map(({ indices }) => indices.length);
        expect(sizes).toEqual(number === 1 ? [batch] : [batch / 2, batch / 2]);
        expect(new Set(requests.map(({ modality }) => modality)).size).toBe(requests.length);
        expect(new Set(requests.map((request) => request.key.join())).size).toBe(requests.length);
        expect(requests.every(({ task }) => (task === null) === number < 3)).toBe(true);
      }
      const again = createStage(number, model, config, backend, key);
      for (const step of [5, 0, 3, 3, 1]) expect(again.plan(step).requests()).toEqual(asked[step]);
    }
  });

  it('raises the error of a step at that step, as the line that it is without threads', async () => {
    const config: RunConfig = { ...smallConfig([2, 4, 2]), modalities: ['tabular'] };
    const streams = [brokenStream({ broken: 7, day: 'monday' })];
    const { start } = heldThreads();
    await using pool = new BatchPool({ streams, width: config.model.width, workers: 1, start });
    await pool.ready();
    const { stage, feed, dispose } = feeds(streams, config, pool);
    const here = await collectErrors((step) => stage.plan(step).prepare());
    const there = await collectErrors((step) => feed.take(step));
    expect(there).toEqual(here);
    const line = 'rows: file "/data/rows.csv": row 7: expected a number, got "x "; fix: mend the file';
    expect(there.filter((error) => error !== null)).not.toEqual([]);
    for (const error of there) if (error !== null) expect(error).toEqual(['DataError', line, 'malformed']);
    dispose();
  });

  const collectErrors = async (take: (step: number) => unknown): Promise<unknown[]> => {
    const out: unknown[] = [];
    for (let step = 0; step < 4; step++) {
      try {
        await take(step);
        out.push(null);
      } catch (error) {
        out.push(error instanceof DataError ? [error.name, error.message, error.code] : error);
      }
    }
    return out;
  };
});

describe('a pool', () => {
  const stream = brokenStream({ broken: -1, day: 'monday' });
  const poolOf = (recipe: Partial<NonNullable<StreamDefinition['recipe']>>): BatchPool => {
    const whole = { module: '', name: '', options: null, ...stream.recipe, ...recipe };
    return new BatchPool({ streams: [{ ...stream, recipe: whole }], width, workers: 1, start: heldThreads().start });
  };

  it('says in one line what is wrong with a recipe', async () => {
    const other = poolOf({ options: { broken: -1, day: 'tuesday' } });
    await expect(other.ready()).rejects.toThrow(
      /^recipe of tabular: "brokenStream" of file:.*prefetch-recipes\.ts makes another stream than the one that trains \(data or settings differ\); /,
    );
    expect(() => other.order(0, [])).toThrow(/^recipe of tabular: /);
    await expect(poolOf({ name: 'nowhere' }).ready()).rejects.toThrow(
      /^recipe of tabular: expected a function "nowhere" in file:.*, found undefined; name one of its exports$/,
    );
    await expect(poolOf({ name: 'nothing' }).ready()).rejects.toThrow(
      /gave no stream; return what defineStream makes$/,
    );
  });

  it('without threads, or recipes, has no workers and serves nothing', async () => {
    const none = new BatchPool({ streams: [stream], width, workers: 2, start: () => null });
    const { recipe: _none, ...plain } = stream;
    const bare = new BatchPool({ streams: [plain], width, workers: 2, start: heldThreads().start });
    for (const pool of [none, bare]) {
      expect([pool.workers, pool.modalities.size]).toEqual([0, 0]);
      expect(pool.order(0, [])).toBeNull();
      await pool.close();
    }
    expect(() => new BatchPool({ streams: [stream], width, workers: 65 })).toThrow(
      'BatchPool: expected 1 to 64 workers, came 65; 0 needs no pool',
    );
  });

  it('ends all that is waited for when a thread is lost', async () => {
    let lose: (why: string) => void = () => undefined;
    const start: StartThread = (_, events) => {
      lose = events.ended;
      queueMicrotask(() => events.answer({ kind: 'ready' }));
      return { post: () => undefined, terminate: async () => undefined };
    };
    const pool = new BatchPool({ streams: [stream], width, workers: 1, start });
    await pool.ready();
    const waited = pool.order(0, []);
    lose('out of memory\nat somewhere');
    const line =
      'a thread that prepares batches was lost: out of memory; go on from the last checkpoint, perhaps with fewer workers or none';
    await expect(waited).rejects.toThrow(line);
    expect(() => pool.order(1, [])).toThrow(line);
    await pool.close();
  });
});

describe('a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'omnigrad-prefetch-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const session = async (name: string, pool: BatchPool | 0, stopAfter = 0, resume = false) => {
    const config = small([4, 3, 4]);
    const dir = join(folder, name);
    using run = openRun({ dir, mode: resume ? 'resume' : 'new' });
    if (!resume) run.writeConfig(config);
    const point = resume ? run.latestCheckpoint() : null;
    if (point !== null) run.truncateMetrics((row) => Number(row.globalStep) < point.checkpoint.state.globalStep);
    const backend = createCpuBackend();
    useBackend(backend);
    try {
      let polls = 0;
      const outcome = await train({
        ...{ config, streams: smallOnes(), backend, run, resume: point, events: {}, workers: pool },
        stopRequested: () => ++polls === stopAfter,
      });
      if (outcome.status === 'finished') {
        outcome.model.dispose();
        for (const { seconds, dataSeconds } of outcome.times) {
          expect(dataSeconds).toBeGreaterThan(0);
          expect(dataSeconds).toBeLessThan(seconds);
        }
      }
      return outcome.status;
    } finally {
      useBackend(undefined);
      backend.dispose();
    }
  };
  const bytesOf = (name: string): readonly string[] =>
    ['metrics.jsonl', 'checkpoints/stage-1.safetensors', 'checkpoints/stage-3.safetensors'].map((file) =>
      readFileSync(join(folder, name, file)).toString('base64'),
    );

  it('with a thread of Node ends in the bytes of one without, also stopped and resumed; the thread ends', async () => {
    const tsx = pathToFileURL(
      createRequire(new URL('../../../examples/quickstart/package.json', import.meta.url)).resolve('tsx'),
    ).href;
    const ends: string[] = [];
    const real = nodeThreads(['--import', tsx, '--conditions=omnigrad-source']);
    const start: StartThread = (options, events) =>
      real(options, {
        ...events,
        ended: (why) => {
          ends.push(why);
          events.ended(why);
        },
      });
    const pool = new BatchPool({ streams: smallOnes(), width: smallConfig().model.width, workers: 1, start });
    expect(await session('here', 0)).toBe('finished');
    await pool.ready();
    expect(await session('threads', pool)).toBe('finished');
    expect(pool.prepared).toBe(11);
    expect(bytesOf('threads')).toEqual(bytesOf('here'));
    expect(await session('broken', pool, 6)).toBe('interrupted');
    expect(await session('broken', pool, 0, true)).toBe('finished');
    expect(bytesOf('broken')).toEqual(bytesOf('here'));
    await pool.close();
    expect(ends).toEqual(['it ended with code 1']);
  });
});
