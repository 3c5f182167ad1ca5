// ETTh1, exchange rates, weather and traffic: long series of many channels, cut into windows of a history and a future, with
// the borders of Informer (months, ETT) or Autoformer (7 : 1 : 2).

import type { Channel, RawSeries } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import { channelMoments } from '../datasets/statistics.ts';
import { type DataError, quote } from '../errors.ts';
import { decodeUtf8 } from '../formats/read-file.ts';
import { parseDecimal } from '../formats/text-lines.ts';
import { faultAt, firstThere, linesOf } from './fields.ts';
import type { Folder } from './folder.ts';
import { readUnpacked } from './gzip.ts';
import { rowsSplit } from './lists.ts';
import type { PublishedChannels, PublishedDefinition, Report } from './published.ts';

/** A definition whose dataset has the train statistics of its channels: what other programs call the scaler. */
export interface ForecastDefinition extends PublishedDefinition<RawSeries> {
  open: (...args: Parameters<PublishedDefinition<RawSeries>['open']>) => Promise<PublishedChannels<RawSeries>>;
}

interface Series {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly licence: string;
  /** In the order in which they are looked for; those that end with .txt or .txt.gz have neither header nor dates. */
  readonly files: readonly string[];
  /** Names of the channels as the header has them after `date`; a number where only how many there are is checked. */
  readonly channels: readonly string[] | number;
  readonly units: readonly string[] | string;
  /** Of the published file. */
  readonly rows: number;
  /** Milliseconds from row to row. */
  readonly step: number;
  /** Whether every row is one step after the one before it. */
  readonly regular: boolean;
  /** Of the first row, where the file has no dates. */
  readonly begin: string;
  /** Rows of the train part and of the two after it; null: 7 : 1 : 2. */
  readonly borders: readonly [number, number, number] | null;
  readonly split: string;
  readonly notes: readonly string[];
}

const histories = [336, 512] as const;
const horizons = [96, 192, 336, 720] as const;
const hour = 3_600_000;
const day = 24 * hour;

/** Traffic has 131 MB. */
const maxSeriesBytes = 512 * 1024 * 1024;

interface Rows {
  readonly channels: readonly string[];
  /** `[rows, channels]` */
  readonly values: Float32Array;
  /** Milliseconds since 1970 of each row; UTC, for the files know no time zone. */
  readonly times: Float64Array;
}

/** `2016-07-01 00:00:00`, `1990/1/1 0:00`, or the day alone. NaN where it is none. */
export function parseTime(text: string): number {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [year, month, date, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const time = Date.UTC(year, month - 1, date, hours, minutes, seconds);
  const isReal = new Date(time).getUTCDate() === date && hours < 24 && minutes < 60 && seconds < 60;
  return isReal && month >= 1 && month <= 12 ? time : Number.NaN;
}

function readRows(folder: Folder, series: Series, report: Report): Rows {
  const file = firstThere(folder, series.files, 'the series');
  const { bytes, origin } = readUnpacked(folder, file, maxSeriesBytes);
  const bare = file.includes('.txt');
  const at = (number: number) => ({ folder, file, place: `line ${number}` });
  const wanted = typeof series.channels === 'number' ? null : series.channels;
  const width = wanted === null ? series.channels : wanted.length;
  let channels: readonly string[] | null = bare ? Array.from({ length: Number(width) }, (_, k) => `${k}`) : null;
  const rows: Float32Array[] = [];
  const times: number[] = [];
  let before: number | null = null;
  for (const { line, number } of linesOf(decodeUtf8(bytes, origin))) {
    const cells = line.split(',');
    if (channels === null) {
      channels = cells.slice(1).map((cell) => cell.trim());
      const named = wanted === null ? channels.length === width : channels.join() === wanted.join();
      if (cells[0].trim() === 'date' && named) continue;
      const expected = `date and ${wanted === null ? `${width} channels` : wanted.join(',')}`;
      throw faultAt(at(number), 'malformed', expected, `${cells.length} cells, ${quote(line)}`, 'get the file again');
    }
    if (cells.length !== channels.length + (bare ? 0 : 1)) {
      report(faultAt(at(number), 'malformed', `${channels.length + (bare ? 0 : 1)} cells`, `${cells.length}`));
      continue;
    }
    const time = bare ? parseTime(series.begin) + rows.length * series.step : parseTime(cells[0].trim());
    if (Number.isNaN(time)) {
      report(faultAt(at(number), 'bad-value', 'a date such as 2016-07-01 02:00:00', quote(cells[0])));
      continue;
    }
    if (series.regular && before !== null && time !== before + series.step) {
      const expected = `${new Date(before + series.step).toISOString().slice(0, 16)}, the step after the row before`;
      report(faultAt(at(number), 'bad-value', expected, quote(cells[0])));
    }
    before = time;
    const values = new Float32Array(channels.length);
    let bad = -1;
    for (let k = 0; k < channels.length; k++) {
      values[k] = parseDecimal(cells[bare ? k : k + 1].trim());
      if (bad < 0 && !Number.isFinite(values[k])) bad = k;
    }
    if (bad >= 0) {
      const place = { ...at(number), place: `line ${number}, column ${quote(channels[bad])}` };
      report(faultAt(place, 'bad-value', 'a finite number', quote(cells[bare ? bad : bad + 1])));
      continue;
    }
    rows.push(values);
    times.push(time);
  }
  if (channels === null) throw folder.fault({ code: 'empty', file, expected: 'rows', actual: 'none' });
  const values = new Float32Array(rows.length * channels.length);
  for (const [row, own] of rows.entries()) values.set(own, row * channels.length);
  return { channels, values, times: Float64Array.from(times) };
}

function define(series: Series): ForecastDefinition {
  const protocols = histories.flatMap((history) => horizons.map((horizon) => `${history}-${horizon}`));
  const { name, title, licence, source, split } = series;
  return {
    name,
    title,
    modality: 'timeseries',
    task: 'forecast all channels from their history',
    metric: 'MSE and MAE over all windows, steps and channels of the test part, standardised by the train part',
    licence,
    source,
    layout: series.files,
    split,
    counts: countsOf(partsOf(series, series.rows), histories[0], horizons[0]),
    protocols,
    notes: [
      'Protocol <history>-<horizon>: rows of a window and rows to forecast. A window starts on every row; the histories of validation and test reach back over the border, as published, but no row is forecast in two parts.',
      'Values come in the units of the file; `channels` has the mean and population deviation of the train rows, the scaler of other programs.',
      ...series.notes,
    ],
    async open(folder, report, { protocol = protocols[0] }) {
      const [steps, horizon] = protocol.split('-').map(Number);
      const { channels, values, times } = readRows(folder, series, report);
      const width = channels.length;
      const total = times.length;
      const [train, validation, test] = partsOf(series, total);
      if (total < train + validation + test) {
        const expected = `at least ${train + validation + test} rows`;
        throw folder.fault({ code: 'malformed', file: null, expected, actual: `${total}: the file is cut short` });
      }
      const window = (next: number): RawSeries => ({
        history: values.subarray((next - steps) * width, next * width),
        future: values.subarray(next * width, (next + horizon) * width),
        steps,
        horizon,
        channels: width,
        dayOfYear: dayOfYear(times[next]),
        stepDays: series.step / day,
      });
      const parts = [
        ['train', steps, train],
        ['validation', train, train + validation],
        ['test', train + validation, train + validation + test],
      ] as const;
      const splits = new Map(
        parts.map(([part, first, end]) => {
          const count = end - first - horizon + 1;
          if (count < 1 || first < steps) throw tooShort(folder, part, steps + horizon, Math.max(first, end - first));
          const rows = Array.from({ length: count }, (_, k) => ({
            file: `row ${first + k}`,
            target: { kind: 'none' } as const,
            next: first + k,
          }));
          return [part, rowsSplit<RawSeries, (typeof rows)[number]>(folder, part, rows, ({ next }) => window(next))];
        }),
      );
      const moments = channelMoments([values.subarray(0, train * width)], width);
      const unit = (at: number): string => (typeof series.units === 'string' ? series.units : series.units[at]);
      return {
        name: folder.source,
        modality: 'timeseries',
        classes: [],
        splits,
        channels: channels.map((channel, at): Channel => ({ name: channel, unit: unit(at), ...moments[at] })),
        fingerprint: fingerprintOf([split, protocol, new Uint8Array(values.buffer), new Uint8Array(times.buffer)]),
      };
    },
  };
}

/** Rows of the train, validation and test parts. */
function partsOf({ borders }: Series, rows: number): readonly [number, number, number] {
  if (borders !== null) return borders;
  const [train, test] = [Math.floor(rows * 0.7), Math.floor(rows * 0.2)];
  return [train, rows - train - test, test];
}

/** Windows of each part: the first has to hold its histories, the others reach back. */
function countsOf(
  [train, validation, test]: readonly [number, number, number],
  steps: number,
  horizon: number,
): Readonly<Record<string, number>> {
  const windows = (rows: number): number => rows - horizon + 1;
  return { train: windows(train - steps), validation: windows(validation), test: windows(test) };
}

function tooShort(folder: Folder, part: string, wanted: number, actual: number): DataError {
  const expected = `at least ${wanted} rows for one window`;
  return folder.fault({ code: 'malformed', file: null, place: `split "${part}"`, expected, actual: `${actual}` });
}

function dayOfYear(time: number): number {
  return Math.floor((time - Date.UTC(new Date(time).getUTCFullYear(), 0, 1)) / day) + 1;
}

const byRows = 'as Autoformer: the first 70 % of the rows train, the last 20 % test, those between validation';
const autoformer = 'https://github.com/thuml/Autoformer (its data folder on the web)';

export const etth1 = define({
  name: 'etth1',
  title: 'ETTh1',
  source: 'https://github.com/zhouhaoyi/ETDataset (ETT-small)',
  licence: 'CC BY-ND 4.0',
  files: ['ETTh1.csv', 'ETT-small/ETTh1.csv'],
  channels: ['HUFL', 'HULL', 'MUFL', 'MULL', 'LUFL', 'LULL', 'OT'],
  units: ['', '', '', '', '', '', 'deg C'],
  rows: 17_420,
  step: hour,
  regular: true,
  begin: '2016-07-01 00:00',
  borders: [12 * 30 * 24, 4 * 30 * 24, 4 * 30 * 24],
  split: 'official: 12, 4 and 4 months of 30 days train, validation and test; the 3,020 rows after them are not used',
  notes: ['The file has 17,420 rows of one hour.'],
});

export const exchange = define({
  name: 'exchange',
  title: 'Exchange rates',
  source: `https://github.com/laiguokun/multivariate-time-series-data (exchange_rate.txt.gz), or ${autoformer}`,
  licence: 'not stated',
  files: [
    'exchange_rate.csv',
    'exchange_rate/exchange_rate.csv',
    'exchange_rate.txt.gz',
    'exchange_rate/exchange_rate.txt.gz',
    'exchange_rate.txt',
    'exchange_rate/exchange_rate.txt',
  ],
  channels: 8,
  units: '',
  rows: 7588,
  step: day,
  regular: false,
  begin: '1990-01-01',
  borders: null,
  split: byRows,
  notes: [
    'The file has 7,588 rows of one day; one with fewer moves the borders.',
    'exchange_rate.txt has neither header nor dates: its rows get the dates of the CSV, every day from 1 January 1990 on.',
  ],
});

export const weather = define({
  name: 'weather',
  title: 'Weather (Jena, 2020)',
  source: autoformer,
  licence: 'not stated; measured by the Max Planck Institute for Biogeochemistry',
  files: ['weather.csv', 'weather/weather.csv'],
  channels: 21,
  units: '',
  rows: 52_696,
  step: 600_000,
  regular: false,
  begin: '2020-01-01 00:10',
  borders: null,
  split: byRows,
  notes: [
    'The file has 52,696 rows of ten minutes, some missing; one with fewer moves the borders.',
    'The value -9999, where an instrument gave none, is kept as it is, as other programs do. Units stand in the names.',
  ],
});

export const traffic = define({
  name: 'traffic',
  title: 'Traffic (San Francisco)',
  source: `https://github.com/laiguokun/multivariate-time-series-data (traffic.txt.gz), or ${autoformer}`,
  licence: 'not stated; measured by the California Department of Transportation',
  files: [
    'traffic.csv',
    'traffic/traffic.csv',
    'traffic.txt.gz',
    'traffic/traffic.txt.gz',
    'traffic.txt',
    'traffic/traffic.txt',
  ],
  channels: 862,
  units: 'share of the time that a lane is occupied',
  rows: 17_544,
  step: hour,
  regular: true,
  begin: '2016-07-01 02:00',
  borders: null,
  split: byRows,
  notes: [
    'The file has 17,544 rows of one hour; one with fewer moves the borders. A window of 512 + 720 rows is 4 MB.',
    'traffic.txt has neither header nor dates: its rows get the dates of the CSV, which are not those of the measurement.',
  ],
});
