// Hand-made features for the classical baselines, one function a modality: `[n, dimensions]` in float64, fitted on the
// train split and applied to both. They are opponents, not inputs of the model.

import type {
  Dataset,
  ImuDataset,
  RawAudio,
  RawImage,
  RawImu,
  RawTable,
  RawText,
  Split,
  TableDataset,
} from '../datasets/dataset.ts';
import { relativeAttitude } from '../datasets/imu-attitude.ts';
import { createLogMel } from '../formats/log-mel.ts';

export interface FeatureSet {
  readonly train: Float64Array;
  readonly test: Float64Array;
  readonly dimensions: number;
}

/** Means over 2 x 2 pixels, 0 to 1. */
export function pooledPixels(dataset: Dataset<RawImage>): FeatureSet {
  const { height, width, channels } = dataset.train.get(0).input;
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  return featuresOf(dataset, rows * columns * channels, ({ pixels }, out) => {
    const line = width * channels;
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const corner = 2 * row * line + 2 * column * channels + channel;
          const below = corner + line;
          const sum = pixels[corner] + pixels[corner + channels] + pixels[below] + pixels[below + channels];
          out[at++] = sum / (4 * 255);
        }
      }
    }
  });
}

/** `log(1 + count)` of the words that most train texts hold, each text scaled to length 1. */
export function bagOfWords(dataset: Dataset<RawText>, vocabularySize = 2000): FeatureSet {
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}$!]+/gu) ?? [];
  const documents = new Map<string, number>();
  for (const { input } of rowsOf(dataset.train)) {
    for (const word of new Set(words(input.text))) documents.set(word, (documents.get(word) ?? 0) + 1);
  }
  const kept = [...documents].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, vocabularySize);
  const column = new Map(kept.map(([word], at) => [word, at]));
  return featuresOf(dataset, kept.length, ({ text }, out) => {
    for (const word of words(text)) {
      const at = column.get(word);
      if (at !== undefined) out[at] += 1;
    }
    let squares = 0;
    for (let at = 0; at < out.length; at++) {
      out[at] = Math.log1p(out[at]);
      squares += out[at] ** 2;
    }
    // Mean square 1 over the vocabulary would be tiny words' noise; length 10 suits the step size of the fit.
    if (squares > 0) for (let at = 0; at < out.length; at++) out[at] *= 10 / Math.sqrt(squares);
  });
}

/** Mean and deviation of 40 log-mel bands over time, standardised. */
export function melMoments(dataset: Dataset<RawAudio>): FeatureSet {
  const nMels = 40;
  const mel = createLogMel({ sampleRate: dataset.train.get(0).input.sampleRate, nMels });
  const features = featuresOf(dataset, 2 * nMels, ({ samples }, out) => {
    const { values, frames } = mel.transform(samples);
    for (let band = 0; band < nMels; band++) {
      let mean = 0;
      for (let frame = 0; frame < frames; frame++) mean += values[frame * nMels + band] / frames;
      let variance = 0;
      for (let frame = 0; frame < frames; frame++) variance += (values[frame * nMels + band] - mean) ** 2 / frames;
      out[2 * band] = mean;
      out[2 * band + 1] = Math.sqrt(variance);
    }
  });
  return standardise(features);
}

/** Standardised numbers (a missing one is the mean) and one column a category (a missing one is all zeros). */
export function tableColumns(dataset: TableDataset): FeatureSet {
  const { columns } = dataset;
  const widths = columns.map((column) => (column.kind === 'numeric' ? 1 : column.categories.length));
  const dimensions = widths.reduce((sum, width) => sum + width, 0);
  return featuresOf<RawTable>(dataset, dimensions, ({ values }, out) => {
    let at = 0;
    for (const [index, column] of columns.entries()) {
      const value = values[index];
      if (column.kind === 'numeric') out[at] = typeof value === 'number' ? (value - column.mean) / column.std : 0;
      else if (typeof value === 'string' && column.categories.includes(value))
        out[at + column.categories.indexOf(value)] = 1;
      at += widths[index];
    }
  });
}

/** Mean, deviation and range of each channel over the window, standardised; angles 'relative' as of relativeAttitude. */
export function channelMomentsOfWindows(
  dataset: ImuDataset,
  attitude: 'relative' | 'absolute' = 'relative',
): FeatureSet {
  const { channels, steps } = dataset.train.get(0).input;
  const features = featuresOf<RawImu>(dataset, 3 * channels, (raw, out) => {
    const window = attitude === 'relative' ? relativeAttitude(raw) : raw.window;
    for (let channel = 0; channel < channels; channel++) {
      const values = Array.from({ length: steps }, (_, step) => window[step * channels + channel]);
      const mean = values.reduce((sum, value) => sum + value, 0) / steps;
      out[3 * channel] = mean;
      out[3 * channel + 1] = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / steps);
      out[3 * channel + 2] = Math.max(...values) - Math.min(...values);
    }
  });
  return standardise(features);
}

/** By the train split's mean and deviation. */
export function standardise({ train, test, dimensions }: FeatureSet): FeatureSet {
  const n = train.length / dimensions;
  const mean = new Float64Array(dimensions);
  const variance = new Float64Array(dimensions);
  for (let at = 0; at < train.length; at++) mean[at % dimensions] += train[at] / n;
  for (let at = 0; at < train.length; at++) variance[at % dimensions] += (train[at] - mean[at % dimensions]) ** 2 / n;
  const apply = (values: Float64Array): Float64Array =>
    values.map((value, at) => (value - mean[at % dimensions]) / (Math.sqrt(variance[at % dimensions]) || 1));
  return { train: apply(train), test: apply(test), dimensions };
}

export function labelsOf(split: Split<unknown>): Int32Array {
  return Int32Array.from({ length: split.length }, (_, index) => split.get(index).label);
}

function featuresOf<Raw>(
  dataset: Dataset<Raw>,
  dimensions: number,
  fill: (input: Raw, out: Float64Array) => void,
): FeatureSet {
  const make = (split: Split<Raw>): Float64Array => {
    const values = new Float64Array(split.length * dimensions);
    for (let row = 0; row < split.length; row++) {
      fill(split.get(row).input, values.subarray(row * dimensions, (row + 1) * dimensions));
    }
    return values;
  };
  return { train: make(dataset.train), test: make(dataset.test), dimensions };
}

function* rowsOf<Raw>(split: Split<Raw>): Generator<{ input: Raw; label: number }> {
  for (let row = 0; row < split.length; row++) yield split.get(row);
}
