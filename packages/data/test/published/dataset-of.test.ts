import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Dataset, ImuDataset, RawImage, RawImu, SeriesDataset, TableDataset } from '../../src/datasets/dataset.ts';
import { DataError } from '../../src/errors.ts';
import { fitImage } from '../../src/pictures/fit.ts';
import { type DatasetOfOptions, datasetOf, withImuStatistics } from '../../src/published/dataset-of.ts';
import { ego4dChannels } from '../../src/published/ego4d-imu.ts';
import { openPublished } from '../../src/published/open.ts';
import type { PublishedDataset, PublishedTarget } from '../../src/published/published.ts';
import { rejectionOf } from '../fixtures.ts';
import { all, copy } from './copies.ts';
import { writeAdult } from './fixtures/census.ts';
import { writeEsc50 } from './fixtures/esc-50.ts';
import { writeModelNet40 } from './fixtures/modelnet40.ts';
import { writeEgo4dImu, writeUciHar } from './fixtures/motion.ts';
import { writeNyuv2 } from './fixtures/nyuv2.ts';
import { writePlaces365 } from './fixtures/places-365.ts';
import { writeEtth1 } from './fixtures/series.ts';

const sizes = { height: 8, width: 8 };
const labels = (split: Dataset<unknown>['train']): number[] =>
  Array.from({ length: split.length }, (_, at) => split.get(at).label);
const ids = (split: Dataset<unknown>['train']): string[] =>
  Array.from({ length: split.length }, (_, at) => split.get(at).id);

/** A set of one byte array an example, whose targets stand in its lists or not; counts what is read at once. */
function made(
  targets: Readonly<Record<string, readonly PublishedTarget[]>>,
  { listed = true, classes = ['a', 'b', 'c'], bytes = 100, fails = new Set<string>() } = {},
): { readonly published: PublishedDataset<{ values: Uint8Array }>; readonly seen: { most: number; reads: string[] } } {
  const seen = { most: 0, reads: [] as string[] };
  let open = 0;
  const splits = new Map(
    Object.entries(targets).map(([name, list]) => [
      name,
      {
        name,
        length: list.length,
        groups: null,
        ...(listed ? { target: (at: number) => list[at] } : {}),
        get: async (at: number) => {
          seen.most = Math.max(seen.most, ++open);
          seen.reads.push(`${name}/${at}`);
          await new Promise((done) => setTimeout(done, (at * 7) % 3));
          open--;
          if (fails.has(`${name}/${at}`)) throw new Error(`${name}/${at} is damaged`);
          return { input: { values: new Uint8Array(bytes).fill(at) }, target: list[at], id: `${name}/${at}` };
        },
      },
    ]),
  );
  return { published: { name: 'made', modality: 'image', classes, splits, fingerprint: 'f' }, seen };
}
const ofClass = (...list: readonly number[]): PublishedTarget[] => list.map((id) => ({ kind: 'class', id }));
const many = (count: number): PublishedTarget[] => ofClass(...Array.from({ length: count }, (_, at) => at % 3));

describe('datasetOf, of copies', () => {
  it('brings pictures to one size and scores on val where test has no labels', async () => {
    const published = await openPublished('places-365', copy(writePlaces365));
    const dataset = await datasetOf(published, { prepare: (raw) => fitImage(raw, sizes) });
    expect([dataset.name, dataset.modality, dataset.task, dataset.classes.length]).toEqual([
      'places-365',
      'image',
      'class',
      3,
    ]);
    expect(labels(dataset.train).sort()).toEqual([0, 0, 1, 2]);
    expect(labels(dataset.test).sort()).toEqual([1, 2]);
    const { input, id } = dataset.train.get(0);
    expect([input.height, input.width, input.channels, input.pixels.length]).toEqual([8, 8, 3, 192]);
    expect(dataset.targetOf(id)).toEqual({ kind: 'class', id: dataset.train.get(0).label });
    expect(dataset.split).toBe('official: train (4 of 4) and val (2 of 2), drawn by seed 0');
    expectTypeOf(dataset.train.get).returns.toMatchTypeOf<{ input: RawImage }>();
    // All of this shapes what a model sees, and so the fingerprint.
    const larger = await datasetOf(published, { prepare: (raw) => fitImage(raw, { height: 9, width: 9 }) });
    const fewer = await datasetOf(published, { prepare: (raw) => fitImage(raw, sizes), limit: 3 });
    const again = await datasetOf(published, { prepare: (raw) => fitImage(raw, sizes), parallel: 1 });
    expect(new Set([dataset, larger, fewer, again].map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect([again.fingerprint, ids(again.train)]).toEqual([dataset.fingerprint, ids(dataset.train)]);
  });

  it('gives tables, series and motion what their streams ask for', async () => {
    const table = await datasetOf(await openPublished('adult', copy(writeAdult)));
    expectTypeOf(table).toMatchTypeOf<TableDataset>();
    expect([table.columns.length, labels(table.train).sort(), labels(table.test).sort()]).toEqual([
      14,
      [0, 0, 1],
      [0, 1],
    ]);

    const har = await openPublished('uci-har', copy(writeUciHar));
    const motion = await datasetOf(har);
    expectTypeOf(motion).toMatchTypeOf<ImuDataset>();
    expect(motion.channels).toEqual(har.channels);
    expect(motion.rawChannels).toEqual(har.channels);
    expect(labels(motion.test).sort()).toEqual([2, 3]);

    const ego = await datasetOf(await openPublished('ego4d-imu', copy(writeEgo4dImu)));
    const measured = withImuStatistics(ego, ego4dChannels);
    const windows = [0, 1, 2].map((at) => ego.train.get(at).input);
    const first = windows.flatMap(({ window, steps }) => Array.from({ length: steps }, (_, step) => window[step * 6]));
    expect(measured.channels.length).toBe(6);
    expect(measured.channels[0].mean).toBeCloseTo(first.reduce((sum, value) => sum + value, 0) / first.length, 4);
    expectTypeOf(measured.train.get).returns.toMatchTypeOf<{ input: RawImu }>();
  });

  it('keeps windows of a series as parts of it: thousands of them cost its memory once', async () => {
    const published = await openPublished('etth1', copy(writeEtth1));
    const series = await datasetOf(published, { limit: 300, maxBytes: 2_000_000 });
    expectTypeOf(series).toMatchTypeOf<SeriesDataset>();
    expect([series.train.length, series.test.length, series.channels.length]).toEqual([300, 300, 7]);
    const { history, future, steps, channels } = series.train.get(0).input;
    expect([history.length, future.length]).toEqual([steps * channels, 96 * 7]);
    expect(new Set(ids(series.train)).size).toBe(300);
    expect(labels(series.train).every((label) => label === -1)).toBe(true);
  });

  it('reads sounds and clouds', async () => {
    const sounds = await datasetOf(await openPublished('esc-50', copy(writeEsc50), { protocol: 'fold-2' }));
    expect([sounds.train.length, sounds.test.length, sounds.classes.length]).toEqual([8, 2, 50]);
    const clouds = await datasetOf(await openPublished('modelnet40', copy(writeModelNet40)));
    expect([clouds.train.length, clouds.test.get(0).input.count]).toEqual([3, 1024]);
  });
});

it('a target from the lists is that of the example', async () => {
  const scene = await openPublished('nyuv2', copy(writeNyuv2), { protocol: 'scene' });
  const places = await openPublished('places-365', copy(writePlaces365));
  const sets: PublishedDataset<unknown>[] = [scene, places];
  for (const dataset of sets) {
    for (const [name, split] of dataset.splits) {
      const listed = Array.from({ length: split.length }, (_, at) => split.target?.(at));
      const read = await all(dataset, name);
      expect(listed).toEqual(read.map(({ target }) => target));
      const where = `split "${name}": expected an index from 0 to ${split.length - 1}, got ${split.length}`;
      expect(() => split.target?.(split.length)).toThrow(where);
      await expect(split.get(split.length)).rejects.toThrow(where);
    }
  }
});

describe('which examples are drawn', () => {
  it('divides a limit among classes by their counts, nobody left out where there is room', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat({ max: 1000 }),
        async (list, limit, seed) => {
          const classes = ['a', 'b', 'c', 'd', 'e'];
          const { published } = made({ train: ofClass(...list), test: ofClass(0) }, { classes, bytes: 1 });
          const { train } = await datasetOf(published, { limit, seed, parallel: 64 });
          const chosen = labels(train);
          const n = Math.min(limit, list.length);
          expect([chosen.length, new Set(ids(train)).size]).toEqual([n, n]);
          for (const id of new Set(list)) {
            const all = list.filter((other) => other === id).length;
            const got = chosen.filter((other) => other === id).length;
            const kinds = new Set(list).size;
            const first = limit >= kinds ? 1 : 0;
            const share =
              list.length === kinds
                ? first
                : first + ((all - first) * (n - first * kinds)) / (list.length - first * kinds);
            expect(Math.abs(got - share)).toBeLessThan(1 + 1e-9);
            expect(got).toBeGreaterThanOrEqual(Math.min(first, all));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a class of one among a hundred is there', async () => {
    const { published } = made({ train: ofClass(...new Array<number>(98).fill(0), 1, 2), test: many(3) });
    const { train } = await datasetOf(published, { limit: 5, parallel: 64 });
    expect(labels(train).sort()).toEqual([0, 0, 0, 1, 2]);
  });

  it('by the seed alone, and neither in the order of the files nor of the reads', async () => {
    const { published } = made({ train: many(60), test: many(9) });
    const one = await datasetOf(published, { limit: 30 });
    const same = await datasetOf(published, { limit: 30, parallel: 1 });
    const other = await datasetOf(published, { limit: 30, seed: 1 });
    expect(ids(one.train)).toEqual(ids(same.train));
    expect(ids(other.train)).not.toEqual(ids(one.train));
    expect(ids(one.train)).not.toEqual([...ids(one.train)].sort());
    expect(one.train.get(0).input.values[0]).toBe(Number(one.train.get(0).id.split('/')[1]));
  });

  it('leaves out what has no target, and reads no file of what is not drawn', async () => {
    const { published, seen } = made({ train: [...many(6), { kind: 'none' }], val: many(3) });
    const dataset = await datasetOf(published, { limit: 3 });
    expect([dataset.train.length, dataset.test.length, seen.reads.length]).toEqual([3, 3, 6]);
    expect((await datasetOf(published)).train.length).toBe(6);
  });
});

describe('bounds', () => {
  it('reads so many at once, tells how far it is, and throws what fails first in its order', async () => {
    const { published, seen } = made({ train: many(40), test: many(8) });
    const told: number[] = [];
    await datasetOf(published, { parallel: 3, onProgress: (done, total) => told.push(done, total) });
    expect(seen.most).toBe(3);
    expect([told.length, ...told.slice(-2)]).toEqual([96, 48, 48]);
    // The later of the two fails sooner: its read takes no time.
    const order = ids((await datasetOf(published)).train);
    const wait = (id: string): number => (Number(id.split('/')[1]) * 7) % 3;
    const slow = order.find((id) => wait(id) === 2) ?? '';
    const quick = order.slice(order.indexOf(slow)).find((id) => wait(id) === 0) ?? '';
    const broken = made({ train: many(40), test: many(8) }, { fails: new Set([slow, quick]) });
    await expect(datasetOf(broken.published, { parallel: 24 })).rejects.toThrow(`${slow} is damaged`);
    expect(broken.seen.reads.length).toBeLessThan(48);
  });

  it('refuses what would not fit after sixteen examples, and the limit that it names does fit', async () => {
    const { published, seen } = made({ train: many(3000), test: many(600) }, { bytes: 1000 });
    const error = await rejectionOf(() => datasetOf(published, { maxBytes: 500_000, parallel: 1 }));
    expect(error.message).toBe(
      'made: expected examples of at most 500000 bytes in memory, got about 4390081 for 3600 of them; fix: take a limit of 194 a split, make them smaller by prepare, or raise maxBytes',
    );
    expect(seen.reads.length).toBe(16);
    expect((await datasetOf(published, { maxBytes: 500_000, limit: 194 })).train.length).toBe(194);
    await expect(datasetOf(published, { maxBytes: 500_000, limit: 220 })).rejects.toThrow('fix: take a limit of 19');
    await expect(datasetOf(published, { maxBytes: 900 })).rejects.toThrow(
      'fix: make them smaller by prepare, or raise',
    );
  });

  it('names bad options', async () => {
    const { published } = made({ train: many(3), test: many(3) });
    const cases: [DatasetOfOptions<{ values: Uint8Array }>, string][] = [
      [
        { limit: 0 },
        'made: options: expected a whole number of limit from 1 to 2147483647, got 0; fix: leave it out for the default',
      ],
      [{ seed: -1 }, 'a whole number of seed from 0 to 2147483647, got -1'],
      [{ parallel: 65 }, 'a whole number of parallel from 1 to 64, got 65'],
      [{ maxBytes: Number.NaN }, 'a whole number of maxBytes from 1 to'],
      [{ train: 'tran' }, 'made: expected a split tran, got train, test; fix: name one of them by the option train'],
      [{ test: 'train' }, 'made: options: expected two splits, got train for both; fix: score on another one'],
    ];
    for (const [options, message] of cases) {
      const error = await rejectionOf(() => datasetOf(published, options));
      expect(error).toBeInstanceOf(DataError);
      expect(error.message).toContain(message);
    }
    await expect(datasetOf(made({ train: many(3) }).published)).rejects.toThrow(
      'made: expected a split test, val or validation with targets, got train; fix: name one of them by the option test',
    );
    const bare = made({ train: many(3), test: [{ kind: 'none' }] });
    await expect(datasetOf(bare.published, { test: 'test' })).rejects.toThrow(
      'made: split "test": expected at least one example with a target, got none; fix: name another split',
    );
  });
});

describe('targets that are no classes', () => {
  const values = (at: number): PublishedTarget => ({ kind: 'values', values: Float32Array.of(at) });
  const dense = (at: number): PublishedTarget => ({ kind: 'dense', ids: Int32Array.of(at, at, at, at) });
  const kinds: readonly PublishedTarget[] = [
    { kind: 'labels', ids: [0] },
    values(1),
    dense(1),
    { kind: 'texts', texts: ['a'] },
    { kind: 'identity', id: 1, camera: 0 },
  ];

  it('are refused by name, before any file is read where the lists say it', async () => {
    for (const target of kinds) {
      for (const listed of [true, false]) {
        const { published, seen } = made({ train: [target], test: [target] }, { listed });
        const error = await rejectionOf(() => datasetOf(published));
        const id = listed ? '0' : 'train/0';
        expect(error.message).toBe(
          `made: split "train", example "${id}": expected a target of kind class, got ${target.kind}; fix: turn it into a class by the option label, or keep it by targets: '${target.kind}'`,
        );
        expect(seen.reads.length === 0).toBe(listed);
      }
    }
  });

  it('become classes by a rule of the user', async () => {
    for (const listed of [true, false]) {
      const list = [0, 1, 2, 3, 4, 5].map(values);
      const { published } = made({ train: list, test: list }, { listed });
      const label = (target: PublishedTarget): number =>
        target.kind === 'values' && target.values[0] < 5 ? Number(target.values[0] >= 2) : -1;
      const dataset = await datasetOf(published, { label, classes: ['low', 'high'] });
      expect([dataset.classes, labels(dataset.train).sort()]).toEqual([
        ['low', 'high'],
        [0, 0, 1, 1, 1],
      ]);
      await expect(datasetOf(published, { label: () => 2, classes: ['low', 'high'] })).rejects.toThrow(
        'made: split "train": expected class ids from -1 to 1, got 2 in row 0; fix: check the labels',
      );
    }
  });

  it('are kept beside the examples, typed by their kind and fitted as those are', async () => {
    const list = [0, 1, 2].map(dense);
    const { published } = made({ train: list, test: many(1).concat(dense(9)).slice(1) });
    const dataset = await datasetOf(published, {
      targets: 'dense',
      prepare: ({ values: all }) => ({ values: all.slice(0, 2) }),
      prepareTarget: ({ kind, ids: all }, raw) => ({ kind, ids: all.slice(0, raw.values.length / 50) }),
    });
    expectTypeOf(dataset.targetOf).returns.toEqualTypeOf<{ readonly kind: 'dense'; readonly ids: Int32Array }>();
    expect(dataset.targetOf('train/2')).toEqual({ kind: 'dense', ids: Int32Array.of(2, 2) });
    expect(dataset.train.get(0)).toMatchObject({ label: -1 });
    expect(() => dataset.targetOf('train/7')).toThrow(
      'made: targetOf: expected an example with a target of kind dense, got "train/7"; fix: give an id of the dataset',
    );
    await expect(datasetOf(published, { targets: 'texts' })).rejects.toThrow(
      "expected a target of kind texts, got dense; fix: turn it into a class by the option label, or keep it by targets: 'dense'",
    );
  });
});
