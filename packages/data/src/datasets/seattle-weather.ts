// Daily weather of Seattle, 2012 to 2015, from `vega-datasets`: forecast a week from eight weeks, or name tomorrow's
// weather. Windows start on every day; one that would cross from the training years into the test year is not made.

import { DataError, quote } from '../errors.ts';
import { parseCsv } from '../formats/csv.ts';
import { openDirectory, readDataText } from '../formats/read-file.ts';
import type { Example, RawSeries, SeriesDataset } from './dataset.ts';
import { fingerprintOf, membership, splitOf } from './split.ts';
import { channelMoments } from './statistics.ts';

const source = 'seattle-weather';
const classes: readonly string[] = ['drizzle', 'fog', 'rain', 'snow', 'sun'];
const channelNames = [
  { name: 'precipitation', unit: 'mm' },
  { name: 'temp_max', unit: 'deg C' },
  { name: 'temp_min', unit: 'deg C' },
  { name: 'wind', unit: 'm/s' },
] as const;

const steps = 56;
const horizon = 7;
const firstTestYear = 2015;
const split = `by time: windows of ${steps} + ${horizon} days that lie wholly before ${firstTestYear} train, wholly in it test`;
const millisecondsADay = 86_400_000;

/**
 * The label is the weather of the day after the history. Histories and futures are views of one array: do not write.
 * @throws {DataError}
 */
export function loadSeattleWeather(dir: string): SeriesDataset {
  const directory = openDirectory(source, dir, 'vega-datasets');
  const { text, bytes, origin } = readDataText(directory, 'data/seattle-weather.csv');
  const table = parseCsv(text, origin, {
    header: true,
    columns: [
      { name: 'date', type: 'text' },
      ...channelNames.map(({ name }) => ({ name, type: 'number' }) as const),
      { name: 'weather', type: 'text' },
    ],
  });
  const fail = (row: number, column: string, expected: string, actual: string): DataError => {
    const place = `line ${table.lines[row]}, column "${column}"`;
    return new DataError({ ...origin, code: 'bad-value', place, expected, actual, fix: 'reinstall vega-datasets' });
  };
  const dates = table.texts('date');
  const days = dates.map((date, row) => {
    // UTC throughout: a day must be 24 hours long whatever the machine's time zone.
    const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(time)) throw fail(row, 'date', 'a date such as 2012-01-31', quote(date));
    return time / millisecondsADay;
  });
  const gap = days.findIndex((day, row) => row > 0 && day !== days[row - 1] + 1);
  if (gap > 0) throw fail(gap, 'date', `the day after ${dates[gap - 1]}`, quote(dates[gap]));
  const labels = table.texts('weather').map((weather, row) => {
    const label = classes.indexOf(weather);
    if (label < 0) throw fail(row, 'weather', `one of ${classes.join(', ')}`, quote(weather));
    return label;
  });

  const channels = channelNames.length;
  const values = new Float32Array(table.length * channels);
  for (const [channel, { name }] of channelNames.entries()) {
    for (const [row, value] of table.numbers(name).entries()) values[row * channels + channel] = value;
  }
  const border = dates.findIndex((date) => Number(date.slice(0, 4)) >= firstTestYear);
  const trainDays = border < 0 ? table.length : border;
  const window = (start: number): Example<RawSeries> => {
    const next = start + steps;
    const yearStart = Date.UTC(Number(dates[next].slice(0, 4)), 0, 1) / millisecondsADay;
    return {
      input: {
        history: values.subarray(start * channels, next * channels),
        future: values.subarray(next * channels, (next + horizon) * channels),
        steps,
        horizon,
        channels,
        dayOfYear: days[next] - yearStart + 1,
      },
      label: labels[next],
      id: dates[next],
    };
  };
  const windows = (from: number, to: number): Example<RawSeries>[] =>
    Array.from({ length: Math.max(0, to - from - steps - horizon + 1) }, (_, offset) => window(from + offset));
  const train = windows(0, trainDays);
  const test = windows(trainDays, table.length);
  const moments = channelMoments([values.subarray(0, trainDays * channels)], channels);
  return {
    name: source,
    modality: 'timeseries',
    classes,
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    channels: channelNames.map((channel, at) => ({ ...channel, ...moments[at] })),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), bytes]),
  };
}
