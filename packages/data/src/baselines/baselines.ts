// The classical baseline of each dataset, fitted on its train split and scored on its test split, in one call each.

import type {
  Dataset,
  ImuDataset,
  RawAudio,
  RawImage,
  RawSeries,
  RawText,
  SeriesDataset,
  Split,
  TableDataset,
} from '../datasets/dataset.ts';
import {
  bagOfWords,
  channelMomentsOfWindows,
  type FeatureSet,
  labelsOf,
  melMoments,
  pooledPixels,
  standardise,
  tableColumns,
} from './features.ts';
import { accuracy, defaultEpochs, fitLogisticRegression, type LogisticOptions } from './logistic-regression.ts';
import { fitRidge } from './ridge.ts';

export interface BaselineResult {
  readonly method: string;
  /** `mae` is in the unit of the forecast channel; lower is better there. */
  readonly metric: 'accuracy' | 'mae';
  readonly value: number;
  /** Without any input: the train split's largest class, or its mean. */
  readonly chance: number;
  readonly testCount: number;
}

export function imageBaseline(dataset: Dataset<RawImage>): BaselineResult {
  // Tens of thousands of pictures want few epochs and hardly any damping; a few hundred the opposite.
  const isLarge = dataset.train.length >= 10_000;
  const options = isLarge ? { l2: 1e-5, epochs: 3, batchSize: 256, learningRate: 0.02 } : { l2: 1e-2 };
  return classify('2 x 2 pooled pixels', dataset, pooledPixels(dataset), options);
}

export function textBaseline(dataset: Dataset<RawText>): BaselineResult {
  const options = { l2: 1e-4, epochs: 10, batchSize: 128, learningRate: 0.01 };
  return classify('bag of 2,000 words', dataset, bagOfWords(dataset), options);
}

export function audioBaseline(dataset: Dataset<RawAudio>): BaselineResult {
  return classify('mean and deviation of 40 log-mels', dataset, melMoments(dataset), { l2: 1e-2 });
}

export function tableBaseline(dataset: TableDataset): BaselineResult {
  return classify('standardised columns', dataset, tableColumns(dataset), { l2: 1e-3 });
}

/** `attitude` as that of the tokenizer. */
export function imuBaseline(dataset: ImuDataset, attitude: 'relative' | 'absolute' = 'relative'): BaselineResult {
  const features = channelMomentsOfWindows(dataset, attitude);
  return classify('mean, deviation and range', dataset, features, { l2: 1e-3 });
}

/** Next day's class from the last week, standardised, and the season. */
export function weatherClassBaseline(dataset: SeriesDataset): BaselineResult {
  const features = standardise(seriesFeatures(dataset, 7));
  return classify('last 7 days and season', dataset, features, { l2: 1e-2 });
}

/** The last value, repeated over the horizon. */
export function persistenceBaseline(dataset: SeriesDataset, channelName: string): BaselineResult {
  const channel = channelIndex(dataset, channelName);
  const predict = (raw: RawSeries): number[] =>
    new Array<number>(raw.horizon).fill(raw.history[(raw.steps - 1) * raw.channels + channel]);
  return forecast('persistence', dataset, channel, dataset.test, (index) => predict(dataset.test.get(index).input));
}

/** Columns that ridge regression takes at most: its time grows with their cube. */
const maxRidgeColumns = 1024;

/** Linear in the last 14 rows and the season: of all channels, or of the one alone where they would be too many columns. */
export function ridgeForecastBaseline(dataset: SeriesDataset, channelName: string): BaselineResult {
  const channel = channelIndex(dataset, channelName);
  const { horizon, channels, stepDays = 1 } = dataset.train.get(0).input;
  const alone = 14 * channels + 2 > maxRidgeColumns;
  const features = standardise(seriesFeatures(dataset, 14, alone ? [channel] : null));
  const targets = new Float64Array(dataset.train.length * horizon);
  for (let row = 0; row < dataset.train.length; row++)
    targets.set(futureOf(dataset.train, row, channel), row * horizon);
  const predicted = fitRidge(features.train, targets, dataset.train.length, 100).predict(features.test);
  const rows = stepDays === 1 ? 'days' : 'steps';
  const method = `ridge regression, last 14 ${rows}${alone ? ' of the channel' : ''} and season`;
  return forecast(method, dataset, channel, dataset.test, (index) => [
    ...predicted.subarray(index * horizon, (index + 1) * horizon),
  ]);
}

/** Logistic regression on numbers of a sample, as many for each, which are standardised. For sets without a baseline of their own. */
export function featureBaseline<Raw>(
  method: string,
  dataset: Dataset<Raw>,
  featuresOf: (raw: Raw) => ArrayLike<number>,
): BaselineResult {
  const make = (split: Split<Raw>): Float64Array => {
    const rows = Array.from({ length: split.length }, (_, row) => Array.from(featuresOf(split.get(row).input)));
    return Float64Array.from(rows.flat());
  };
  const train = make(dataset.train);
  const features = { train, test: make(dataset.test), dimensions: train.length / dataset.train.length };
  return classify(method, dataset, standardise(features), { l2: 1e-3 });
}

/** Ridge regression of a number of each example, by its id, on numbers of it; `mae` is in the number's unit. Chance is the train split's mean. */
export function ridgeBaseline<Raw>(
  method: string,
  dataset: Dataset<Raw>,
  featuresOf: (raw: Raw) => ArrayLike<number>,
  numberOf: (id: string) => number,
): BaselineResult {
  const rowsOf = (split: Split<Raw>): Float64Array =>
    Float64Array.from(
      Array.from({ length: split.length }, (_, row) => Array.from(featuresOf(split.get(row).input))).flat(),
    );
  const valuesOf = (split: Split<Raw>): Float64Array =>
    Float64Array.from({ length: split.length }, (_, row) => numberOf(split.get(row).id));
  const train = rowsOf(dataset.train);
  const features = standardise({
    train,
    test: rowsOf(dataset.test),
    dimensions: train.length / dataset.train.length,
  });
  const [known, truth] = [valuesOf(dataset.train), valuesOf(dataset.test)];
  const predicted = fitRidge(features.train, known, known.length, 10).predict(features.test);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const mae = (guess: (row: number) => number): number =>
    truth.reduce((sum, value, row) => sum + Math.abs(guess(row) - value), 0) / truth.length;
  return {
    method: `ridge regression, ${method}`,
    metric: 'mae',
    value: mae((row) => predicted[row]),
    chance: mae(() => mean),
    testCount: truth.length,
  };
}

/** Multiplications that a baseline may cost: well under a minute. Above it the nearest class mean stands in. */
const maxProducts = 2e10;

/** The class whose train mean is nearest to each test row, among those that have examples. */
function nearestMeans({ train, test, dimensions }: FeatureSet, labels: Int32Array, classes: number): Int32Array {
  const means = new Float64Array(classes * dimensions);
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  for (let at = 0; at < train.length; at++) {
    const label = labels[Math.floor(at / dimensions)];
    means[label * dimensions + (at % dimensions)] += train[at] / counts[label];
  }
  return Int32Array.from({ length: test.length / dimensions }, (_, row) => {
    let [best, nearest] = [0, Number.POSITIVE_INFINITY];
    for (let label = 0; label < classes; label++) {
      if (counts[label] === 0) continue;
      let distance = 0;
      for (let at = 0; at < dimensions && distance < nearest; at++) {
        distance += (test[row * dimensions + at] - means[label * dimensions + at]) ** 2;
      }
      if (distance < nearest) [best, nearest] = [label, distance];
    }
    return best;
  });
}

/** `method` is what the features are. */
function classify<Raw>(
  method: string,
  dataset: Dataset<Raw>,
  features: FeatureSet,
  options: LogisticOptions,
): BaselineResult {
  const trainLabels = labelsOf(dataset.train);
  const testLabels = labelsOf(dataset.test);
  const classes = dataset.classes.length;
  const counts = new Int32Array(classes);
  for (const label of trainLabels) if (label >= 0) counts[label]++;
  const largest = counts.indexOf(counts.reduce((most, count) => Math.max(most, count), 0));
  const isCheap = 2 * features.train.length * classes * (options.epochs ?? defaultEpochs) <= maxProducts;
  const predicted = isCheap
    ? fitLogisticRegression(features.train, trainLabels, classes, options).predict(features.test)
    : nearestMeans(features, trainLabels, classes);
  return {
    method: `${isCheap ? 'logistic regression' : 'nearest class mean'}, ${method}`,
    metric: 'accuracy',
    value: accuracy(predicted, testLabels),
    chance: accuracy(new Int32Array(testLabels.length).fill(largest), testLabels),
    testCount: testLabels.length,
  };
}

/** Mean absolute error over all days of all test windows. */
function forecast(
  method: string,
  dataset: SeriesDataset,
  channel: number,
  split: Split<RawSeries>,
  predict: (index: number) => readonly number[],
): BaselineResult {
  let error = 0;
  let chanceError = 0;
  let count = 0;
  for (let index = 0; index < split.length; index++) {
    const predicted = predict(index);
    for (const [day, actual] of futureOf(split, index, channel).entries()) {
      error += Math.abs(actual - predicted[day]);
      chanceError += Math.abs(actual - dataset.channels[channel].mean);
      count += 1;
    }
  }
  return { method, metric: 'mae', value: error / count, chance: chanceError / count, testCount: split.length };
}

/** `chosen`: channels that count; null: all. */
function seriesFeatures(dataset: SeriesDataset, days: number, chosen: readonly number[] | null = null): FeatureSet {
  const { channels } = dataset.train.get(0).input;
  const width = chosen?.length ?? channels;
  const dimensions = days * width + 2;
  const make = (split: Split<RawSeries>): Float64Array => {
    const values = new Float64Array(split.length * dimensions);
    for (let row = 0; row < split.length; row++) {
      const { history, steps, dayOfYear } = split.get(row).input;
      const season = (2 * Math.PI * dayOfYear) / 365.25;
      const last = history.subarray((steps - days) * channels);
      values.set(
        chosen === null
          ? last
          : Array.from({ length: days }, (_, day) => chosen.map((c) => last[day * channels + c])).flat(),
        row * dimensions,
      );
      values.set([Math.sin(season), Math.cos(season)], row * dimensions + days * width);
    }
    return values;
  };
  return { train: make(dataset.train), test: make(dataset.test), dimensions };
}

function futureOf(split: Split<RawSeries>, index: number, channel: number): Float64Array {
  const { future, horizon, channels } = split.get(index).input;
  return Float64Array.from({ length: horizon }, (_, day) => future[day * channels + channel]);
}

function channelIndex(dataset: SeriesDataset, name: string): number {
  const index = dataset.channels.findIndex((channel) => channel.name === name);
  if (index < 0) throw new RangeError(`baseline: no channel "${name}" in ${dataset.name}`);
  return index;
}
