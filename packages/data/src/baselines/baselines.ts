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
import { accuracy, fitLogisticRegression, type LogisticOptions } from './logistic-regression.ts';
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
  const options = { l2: 1e-5, epochs: 3, batchSize: 256, learningRate: 0.02 };
  return classify('logistic regression, 2 x 2 pooled pixels', dataset, pooledPixels(dataset), options);
}

export function textBaseline(dataset: Dataset<RawText>): BaselineResult {
  const options = { l2: 1e-4, epochs: 10, batchSize: 128, learningRate: 0.01 };
  return classify('logistic regression, bag of 2,000 words', dataset, bagOfWords(dataset), options);
}

export function audioBaseline(dataset: Dataset<RawAudio>): BaselineResult {
  return classify('logistic regression, mean and deviation of 40 log-mels', dataset, melMoments(dataset), { l2: 1e-2 });
}

export function tableBaseline(dataset: TableDataset): BaselineResult {
  return classify('logistic regression, standardised columns', dataset, tableColumns(dataset), { l2: 1e-3 });
}

export function imuBaseline(dataset: ImuDataset): BaselineResult {
  const features = channelMomentsOfWindows(dataset);
  return classify('logistic regression, mean, deviation and range', dataset, features, { l2: 1e-3 });
}

/** Next day's class from the last week, standardised, and the season. */
export function weatherClassBaseline(dataset: SeriesDataset): BaselineResult {
  const features = standardise(seriesFeatures(dataset, 7));
  return classify('logistic regression, last 7 days and season', dataset, features, { l2: 1e-2 });
}

/** The last value, repeated over the horizon. */
export function persistenceBaseline(dataset: SeriesDataset, channelName: string): BaselineResult {
  const channel = channelIndex(dataset, channelName);
  const predict = (raw: RawSeries): number[] =>
    new Array<number>(raw.horizon).fill(raw.history[(raw.steps - 1) * raw.channels + channel]);
  return forecast('persistence', dataset, channel, dataset.test, (index) => predict(dataset.test.get(index).input));
}

/** Linear in the last two weeks and the season, all channels. */
export function ridgeForecastBaseline(dataset: SeriesDataset, channelName: string): BaselineResult {
  const channel = channelIndex(dataset, channelName);
  const features = standardise(seriesFeatures(dataset, 14));
  const { horizon } = dataset.train.get(0).input;
  const targets = new Float64Array(dataset.train.length * horizon);
  for (let row = 0; row < dataset.train.length; row++)
    targets.set(futureOf(dataset.train, row, channel), row * horizon);
  const predicted = fitRidge(features.train, targets, dataset.train.length, 100).predict(features.test);
  return forecast('ridge regression, last 14 days and season', dataset, channel, dataset.test, (index) => [
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
  return classify(`logistic regression, ${method}`, dataset, standardise(features), { l2: 1e-3 });
}

function classify<Raw>(
  method: string,
  dataset: Dataset<Raw>,
  features: FeatureSet,
  options: LogisticOptions,
): BaselineResult {
  const trainLabels = labelsOf(dataset.train);
  const testLabels = labelsOf(dataset.test);
  const model = fitLogisticRegression(features.train, trainLabels, dataset.classes.length, options);
  const counts = dataset.classes.map((_, label) => trainLabels.filter((other) => other === label).length);
  const largest = counts.indexOf(Math.max(...counts));
  return {
    method,
    metric: 'accuracy',
    value: accuracy(model.predict(features.test), testLabels),
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

function seriesFeatures(dataset: SeriesDataset, days: number): FeatureSet {
  const { channels } = dataset.train.get(0).input;
  const dimensions = days * channels + 2;
  const make = (split: Split<RawSeries>): Float64Array => {
    const values = new Float64Array(split.length * dimensions);
    for (let row = 0; row < split.length; row++) {
      const { history, steps, dayOfYear } = split.get(row).input;
      const season = (2 * Math.PI * dayOfYear) / 365.25;
      values.set(history.subarray((steps - days) * channels), row * dimensions);
      values.set([Math.sin(season), Math.cos(season)], row * dimensions + days * channels);
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
