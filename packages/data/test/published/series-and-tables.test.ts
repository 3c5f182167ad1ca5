import { describe, expect, it } from 'vitest';
import { imuStatistics } from '../../src/published/ego4d-imu.ts';
import { parseTime } from '../../src/published/forecast.ts';
import { openPublished } from '../../src/published/open.ts';
import { rejectionOf } from '../fixtures.ts';
import { all, change, copy, faultsOf, remove, row, usual } from './copies.ts';
import { npyBytes } from './fixtures/arrays.ts';
import { writeAdult, writeBankMarketing } from './fixtures/census.ts';
import { put } from './fixtures/encoders.ts';
import { writeEgo4dImu, writeUciHar } from './fixtures/motion.ts';
import { moleculeRows, moleculeSplit, writePcqm4mv2 } from './fixtures/pcqm4mv2.ts';
import {
  exchangeRows,
  writeEtth1,
  writeExchange,
  writeExchangeCsv,
  writeTraffic,
  writeWeather,
} from './fixtures/series.ts';

const again = 'fix: get the file again';

describe('forecasting', () => {
  it('reads dates as the files write them', () => {
    expect(parseTime('2016-07-01 02:00:00')).toBe(Date.UTC(2016, 6, 1, 2));
    expect(parseTime('1990/1/9 0:00')).toBe(Date.UTC(1990, 0, 9));
    expect(parseTime('2020-02-29')).toBe(Date.UTC(2020, 1, 29));
    for (const text of ['2019-02-29', '2020-13-01', '2020-01-01 24:00', '01.02.2020', ''])
      expect(parseTime(text)).toBeNaN();
  });

  it('cuts ETTh1 at 12, 4 and 4 months, histories over the border', async () => {
    const dataset = await openPublished('etth1', copy(writeEtth1), { protocol: '512-720' });
    const [train, validation, test] = ['train', 'validation', 'test'].map((name) => dataset.splits.get(name));
    const windows = (rows: number): number => rows - 720 + 1;
    expect([train?.length, validation?.length, test?.length]).toEqual([
      windows(8640 - 512),
      windows(2880),
      windows(2880),
    ]);
    const last = await train?.get(windows(8640 - 512) - 1);
    // Row r of channel c is r + c / 4.
    expect(last?.input.future.at(-7)).toBe(8639);
    const first = await test?.get(0);
    expect([first?.id, first?.input.history[0], first?.input.future[8]]).toEqual(['row 11520', 11520 - 512, 11521.25]);
    expect([first?.input.steps, first?.input.horizon, first?.input.channels]).toEqual([512, 720, 7]);
    // 480 days after 1 July 2016 is 24 October 2017.
    expect([first?.input.dayOfYear, first?.input.stepDays]).toEqual([297, 1 / 24]);
    expect(dataset.channels[6]).toMatchObject({ name: 'OT', unit: 'deg C', mean: 8639 / 2 + 1.5 });
    expect(dataset.channels[0].std).toBeCloseTo(Math.sqrt((8640 ** 2 - 1) / 12), 6);
  });

  it('cuts the others at 7 : 1 : 2', async () => {
    const dataset = await openPublished('exchange', copy(writeExchange));
    const lengths = [...dataset.splits.values()].map(({ length }) => length);
    expect(lengths).toEqual([700 - 336 - 95, 100 - 95, 200 - 95]);
    const test = dataset.splits.get('test');
    const { input } = (await test?.get(0)) ?? { input: null };
    expect([input?.history[0], input?.future[0], input?.dayOfYear]).toEqual([464, 800, 71]);
    const dated = await openPublished('exchange', copy(writeExchangeCsv));
    expect((await dated.splits.get('test')?.get(0))?.input).toEqual(input);
    expect(dated.channels.map(({ name }) => name)).toEqual(['0', '1', '2', '3', '4', '5', '6', 'OT']);
    const weather = await openPublished('weather', copy(writeWeather));
    expect((await weather.splits.get('train')?.get(0))?.input.history[5 * 21 + 3]).toBe(-9999);
    const traffic = await openPublished('traffic', copy(writeTraffic));
    const window = await traffic.splits.get('validation')?.get(2);
    expect([window?.input.channels, window?.input.future[861]]).toEqual([862, Math.fround(((688 + 861) % 9) / 10)]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeEtth1);
    const file = 'file "ETT-small/ETTh1.csv"';
    change(folder, 'ETT-small/ETTh1.csv', (text) => {
      const lines = text.split('\n');
      lines[3] = lines[3].replace(/,[^,]*$/, '');
      lines[5] = lines[5].replace(/^[^,]*/, '2016-07-01');
      lines[7] = lines[7].replace('6.75', 'nan');
      lines[9] = `yesterday${lines[9].slice(19)}`;
      return lines.join('\n');
    });
    expect(await faultsOf('etth1', folder)).toEqual([
      `${file}: line 4: expected 8 cells, got 7; ${row}`,
      `${file}: line 5: expected 2016-07-01T02:00, the step after the row before, got "2016-07-01 03:00:00"; ${row}`,
      `${file}: line 6: expected 2016-07-01T04:00, the step after the row before, got "2016-07-01"; ${row}`,
      `${file}: line 7: expected 2016-07-01T01:00, the step after the row before, got "2016-07-01 05:00:00"; ${row}`,
      `${file}: line 8, column "MUFL": expected a finite number, got "6.5"; ${row}`
        .replace('MUFL', 'MULL')
        .replace('6.5', 'nan'),
      `${file}: line 10: expected a date such as 2016-07-01 02:00:00, got "yesterday"; ${row}`,
      `${file}: line 11: expected 2016-07-01T08:00, the step after the row before, got "2016-07-01 09:00:00"; ${row}`,
      `file ".": expected at least 14400 rows, got 14398: the file is cut short; ${usual('etth1')}`,
    ]);
    const short = copy((path) => put(path, 'exchange_rate.txt', '1,2,3,4,5,6,7,8\n'.repeat(900)));
    expect(await faultsOf('exchange', short)).toEqual([
      `file ".": split "validation": expected at least 432 rows for one window, got 630; ${usual('exchange')}`,
    ]);
    const other = copy((path) => put(path, 'weather.csv', 'date,a,b\n'));
    expect((await faultsOf('weather', other))[0]).toBe(
      `file "weather.csv": line 1: expected date and 21 channels, got 3 cells, "date,a,b"; ${again}`,
    );
    const packed = copy((path) => put(path, 'exchange_rate.txt.gz', 'not packed'));
    expect((await faultsOf('exchange', packed))[0]).toBe(
      `file "exchange_rate.txt.gz": expected a gzip file, got incorrect header check; ${usual('exchange')}`,
    );
    expect(
      (
        await faultsOf(
          'traffic',
          copy(() => {}),
        )
      )[0],
    ).toContain('file "traffic.csv": expected the series (or traffic/traffic.csv');
    expect(exchangeRows).toBe(1000);
  });
});

describe('adult', () => {
  it('reads both files, missing values and full stops', async () => {
    const dataset = await openPublished('adult', copy(writeAdult));
    expect(dataset.classes).toEqual(['<=50K', '>50K']);
    const [train, test] = [await all(dataset, 'train'), await all(dataset, 'test')];
    expect(train.map(({ target }) => target)).toEqual([0, 1, 0].map((id) => ({ kind: 'class', id })));
    expect(test.map(({ id, target }) => [id, target])).toEqual([
      ['adult.test:2', { kind: 'class', id: 0 }],
      ['adult.test:3', { kind: 'class', id: 1 }],
    ]);
    expect(train[1].input.values.slice(0, 4)).toEqual([50, null, 77566, 'Bachelors']);
    expect(train[2].input.values[13]).toBeNull();
    expect(dataset.columns[0]).toMatchObject({ name: 'age', kind: 'numeric', mean: 39 });
    expect(dataset.columns[1]).toEqual({
      name: 'workclass',
      kind: 'categorical',
      categories: ['Private', 'State-gov'],
    });
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeAdult);
    change(
      folder,
      'adult.data',
      (text) => `${text}31, Private, many, HS-grad\n${text.replace('39,', 'old,').replace('>50K', '50K')}`,
    );
    change(folder, 'adult.test', (text) => text.replace(' Cuba,', ' ,'));
    expect(await faultsOf('adult', folder)).toEqual([
      `file "adult.data": line 5: expected 15 cells, got 4; ${row}`,
      `file "adult.data": line 6, column age: expected a number, got "old"; ${row}`,
      `file "adult.data": line 7: expected a label of <=50K, >50K, got "50K"; ${row}`,
      `file "adult.test": line 3, column native-country: expected a category, got ""; ${row}`,
    ]);
    remove(folder, 'adult.test');
    expect((await faultsOf('adult', folder)).at(-1)).toBe(
      `file "adult.test": expected a readable file, got nothing there; ${usual('adult')}`,
    );
  });
});

describe('bank-marketing', () => {
  it('splits by a hash, copies on one side', async () => {
    const folder = copy(writeBankMarketing);
    const dataset = await openPublished('bank-marketing', folder);
    const [train, test] = [await all(dataset, 'train'), await all(dataset, 'test')];
    expect(train.length + test.length).toBe(40);
    expect(test.length).toBeGreaterThan(2);
    expect(train[0].input.values.slice(0, 6)).toEqual([20, 'management', 'married', 'unknown', 'no', -500]);
    const last = [...train, ...test].filter(({ id }) => ['bank-full.csv:40', 'bank-full.csv:41'].includes(id));
    expect(last[0].input).toEqual(last[1].input);
    expect(train.includes(last[0])).toBe(train.includes(last[1]));
    const more = await openPublished('bank-marketing', folder, { protocol: 'additional' });
    expect(more.columns.length).toBe(20);
    expect((await all(more, 'train'))[0].input.values.slice(14)).toEqual([
      'nonexistent',
      1.1,
      93.994,
      -36.4,
      4.857,
      5191,
    ]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeBankMarketing);
    change(folder, 'bank-full.csv', (text) =>
      text
        .replace('20;', 'x;')
        .replace(/(\n21;.*)"yes"\n/, '$1"maybe"\n')
        .replace(/\n22;[^\n]*/, '\n22;"a"'),
    );
    expect(await faultsOf('bank-marketing', folder)).toEqual([
      `file "bank-full.csv": line 2, column age: expected a number, got "x"; ${row}`,
      `file "bank-full.csv": line 3: expected a label of no, yes, got "maybe"; ${row}`,
      `file "bank-full.csv": line 4: expected 17 cells, got 2; ${row}`,
    ]);
    change(folder, 'bank-additional/bank-additional-full.csv', (text) => text.replace('"job";', ''));
    const [fault] = await faultsOf('bank-marketing', folder, { protocol: 'additional' });
    expect(fault).toContain('line 1: expected the columns age;job;marital');
  });
});

describe('pcqm4mv2', () => {
  it('makes graphs of the rows of each split, gaps hidden in the tests', async () => {
    const folder = copy(writePcqm4mv2);
    const dataset = await openPublished('pcqm4mv2', folder);
    expect([...dataset.splits].map(([name, { length }]) => [name, length])).toEqual([
      ['train', 3],
      ['validation', 2],
      ['test-dev', 1],
      ['test-challenge', 2],
    ]);
    const validation = await all(dataset, 'validation');
    expect(validation.map(({ id, target }) => [id, target])).toEqual([
      ['4', { kind: 'values', values: Float32Array.of(6.125) }],
      ['3', { kind: 'values', values: Float32Array.of(6.5) }],
    ]);
    expect((await all(dataset, 'test-dev'))[0].target).toEqual({ kind: 'none' });
    const { input } = validation[1];
    expect([input.nodes, input.edges.length, input.nodeFeatures.length, input.edgeFeatures?.length]).toEqual([
      6, 10, 54, 15,
    ]);
    // The alpha carbon of L-alanine: carbon, counter-clockwise, four neighbours, no charge, one hydrogen, sp3.
    expect([...input.nodeFeatures.slice(9, 18)]).toEqual([5, 1, 4, 5, 1, 0, 2, 0, 0]);
    expect([dataset.nodeClasses.length, dataset.edgeClasses]).toEqual([9, [5, 6, 2]]);
    const arrays = copy(writePcqm4mv2);
    remove(arrays, 'pcqm4m-v2/split_dict.json');
    for (const [name, rows] of Object.entries(moleculeSplit)) {
      if (name === 'train') put(arrays, `pcqm4m-v2/split/${name}.txt`, `${rows.join('\n')}\n`);
      else put(arrays, `pcqm4m-v2/split/${name}.npy`, npyBytes({ shape: [rows.length], data: Int32Array.from(rows) }));
    }
    expect((await openPublished('pcqm4mv2', arrays)).fingerprint).toBe(dataset.fingerprint);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writePcqm4mv2);
    const text = moleculeRows.map((cells, at) => `${at},${cells}\n`).join('');
    put(
      folder,
      'pcqm4m-v2/raw/data.csv',
      `idx,smiles,homolumogap\n${text.replace('2,C/C=C/Cl,7', '2,C/C=C(Cl,7').replace('0,CC', '1,CC').replace('6.5', 'x')}`,
    );
    remove(folder, 'pcqm4m-v2/raw/data.csv.gz');
    put(folder, 'pcqm4m-v2/split_dict.json', JSON.stringify({ train: [1, 2, 8, 5], valid: [4, 1], 'test-dev': [6] }));
    const faults = await faultsOf('pcqm4mv2', folder);
    const [table, list] = ['file "pcqm4m-v2/raw/data.csv"', 'file "pcqm4m-v2/split_dict.json"'];
    expect(faults.map((fault) => fault.replace(/fix: write it as NumPy.*/, 'fix: convert'))).toEqual(
      [
        `${table}: line 2: expected 0, a SMILES and a gap, parted by commas, got "1,CC(=O)Oc1ccccc1,5.5"; ${row}`,
        `${table}: line 5: expected a gap in eV or nothing, got "x"; ${row}`,
        `${list}: train, entry 2: expected a row from 0 to 7, got 8; ${row}`,
        `${list}: train, entry 3: expected a row with a gap, got row 5, which has none; ${row}`,
        `${list}: valid, entry 1: expected each row in one split, once, got row 1 in train and valid; ${row}`,
        'file ".": split: expected the rows of test-challenge, got none; fix: convert',
        'file "pcqm4m-v2/raw/data.csv line 4": expected SMILES, got "C/C=C(Cl"',
      ].map((line, at) => (at < 6 ? line : expect.stringContaining('pcqm4m-v2/raw/data.csv line 4'))),
    );
    remove(folder, 'pcqm4m-v2/split_dict.json');
    put(folder, 'pcqm4m-v2/split_dict.pt', 'PK');
    const { message } = await rejectionOf(() => openPublished('pcqm4mv2', copy(writePcqm4mv2), { protocol: 'x' }));
    expect(message).toContain('expected no protocol for pcqm4mv2, got "x"');
    expect((await faultsOf('pcqm4mv2', folder)).at(-1)).toContain(
      'got a Python pickle (nothing was executed); fix: write it as NumPy: python -c',
    );
  });
});

describe('uci-har', () => {
  it('reads nine signals with the subjects as groups', async () => {
    const dataset = await openPublished('uci-har', copy(writeUciHar));
    expect(dataset.splits.get('train')?.groups).toEqual(['1', '1', '3', '3']);
    const train = await all(dataset, 'train');
    expect(train.map(({ id, target }) => [id, target])).toEqual(
      [4, 0, 5, 1].map((id, at) => [`train/${at}`, { kind: 'class', id }]),
    );
    const { window } = train[2].input;
    expect([window.length, window[0], window[127 * 9 + 8]]).toEqual([128 * 9, 2, Math.fround(2.927)]);
    expect(dataset.channels[4]).toMatchObject({ name: 'body_gyro_y', unit: 'rad/s' });
    expect(dataset.channels[4].mean).toBeCloseTo(1.5 + 0.4 + 0.0635, 5);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeUciHar);
    const root = 'UCI HAR Dataset';
    change(folder, `${root}/train/y_train.txt`, (text) => text.replace('6', '7'));
    change(folder, `${root}/test/subject_test.txt`, (text) => text.replace('2', '1'));
    change(folder, `${root}/train/Inertial Signals/body_acc_x_train.txt`, (text) => text.replace(/\s+\S+\n/, '\n'));
    change(folder, `${root}/train/Inertial Signals/total_acc_z_train.txt`, (text) =>
      text.replace('3.8000000e+000', 'NaN'),
    );
    change(folder, `${root}/test/Inertial Signals/body_gyro_x_test.txt`, (text) => text.split('\n')[0]);
    expect(await faultsOf('uci-har', folder)).toEqual([
      `file "${root}/train/y_train.txt": line 3: expected an activity from 1 to 6, got "7"; ${row}`,
      `file "${root}/train/Inertial Signals/body_acc_x_train.txt": line 1: expected 128 numbers, got 127; ${row}`,
      `file "${root}/train/Inertial Signals/total_acc_z_train.txt": line 4: expected finite numbers, got "NaN"; ${row}`,
      `file "${root}/test/Inertial Signals/body_gyro_x_test.txt": expected 2 lines, as many as labels, got 1; ${again}`,
      'file ".": subject 1: expected it in one split, got it in train and test; fix: take it out of one of them, or get the lists again',
    ]);
  });
});

describe('ego4d-imu', () => {
  it('joins samples by lines at the rate asked for', async () => {
    const dataset = await openPublished('ego4d-imu', copy(writeEgo4dImu));
    expect(dataset.classes).toEqual(['biking', 'cooking']);
    expect(dataset.splits.get('train')?.groups).toEqual(['aaaa-1111', 'aaaa-1111', 'bbbb-2222']);
    const train = await all(dataset, 'train');
    expect(train[1]).toMatchObject({ id: 'aaaa-1111#2.25', target: { kind: 'class', id: 1 } });
    const { window, steps, channels } = train[1].input;
    expect([steps, channels, window.length]).toEqual([1000, 6, 6000]);
    // 2.25 s + 999 steps of 5 ms, a rising and a falling line.
    expect([...window.subarray(5994)].map((x) => x.toFixed(4))).toEqual([
      '7.2450',
      '8.2450',
      '9.2450',
      '-7.2450',
      '-8.2450',
      '-9.2450',
    ]);
    const channelsOf = await imuStatistics(
      dataset.splits.get('train') ?? fail(),
      [...'abcdef'].map((name) => ({ name, unit: '' })),
    );
    expect(channelsOf[0].mean).toBeCloseTo((0.5 + 2.25 + 1 + 10) / 3 + 4.995 / 2, 4);
    const slow = await openPublished('ego4d-imu', copy(writeEgo4dImu), { settings: { seconds: 1, rate: 10 } });
    expect((await all(slow, 'validation'))[0].input.steps).toBe(10);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeEgo4dImu);
    change(folder, 'clips.csv', (text) =>
      text.concat(
        'dddd-4444,0,x,train\ncccc-3333,0.5,biking,train\naaaa-1111,-1,x,train\naaaa-1111,0.5,x,train\n../up,1,x,train\nbbbb-2222,3.5,biking,train\n',
      ),
    );
    change(folder, 'imu/aaaa-1111.csv', (text) => text.replace('0,3000,3000,', '0,3000,2000,'));
    change(folder, 'imu/cccc-3333.csv', (text) => text.replace(/\n0,2[0-4]\d\d,[^\n]*/g, ''));
    const clip = 'a video, a start in seconds of at least 0, a label and a split';
    const gap = (place: string, sensor: string, actual: string, file: string): string =>
      `file "imu/${file}.csv": ${place} ms: expected samples of ${sensor} on both sides, at most 100 ms apart, got ${actual}; fix: leave the clip out of clips.csv`;
    expect(await faultsOf('ego4d-imu', folder)).toEqual([
      `file "clips.csv": line 8: expected ${clip}, got "aaaa-1111,-1,x,train"; ${row}`,
      `file "clips.csv": line 10: expected ${clip}, got "../up,1,x,train"; ${row}`,
      `file "clips.csv": line 9: expected each example once, got "aaaa-1111#0.5" twice; ${row}`,
      'file "imu/dddd-4444.csv": expected the file that clips.csv names, got nothing there; fix: get the missing file again, or take its row out of the list',
      'file ".": video cccc-3333: expected it in one split, got it in train and validation; fix: take it out of one of them, or get the lists again',
      `file "imu/aaaa-1111.csv": line 302: expected a time from 2990 ms on, got 2000; ${row}`,
      `file "imu/aaaa-1111.csv": line 302: expected a time from 2990 ms on, got 2000; ${row}`,
      gap('1995', 'gyro', '510 ms', 'cccc-3333'),
      gap('8005', 'gyro', 'the end of the recording', 'bbbb-2222'),
      gap('1995', 'gyro', '510 ms', 'cccc-3333'),
    ]);
  });
});

function fail(): never {
  throw new Error('expected a split');
}
