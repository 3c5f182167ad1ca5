// Statistics of a train split that a tokenizer must be told, and features that classical baselines look at.

import type { Dataset } from '@omnigrad/data';

/** Train samples that statistics are of, at most: generated ones cost milliseconds each. */
const measured = 512;

export interface Moments {
  readonly mean: number;
  readonly std: number;
}

/** Mean and deviation over the train split of each of `channels` interleaved channels; 1 for the deviation of a constant one. */
export const channelMoments = <Raw>(
  { train }: Dataset<Raw>,
  channels: number,
  valuesOf: (raw: Raw) => ArrayLike<number>,
): Moments[] => {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let count = 0;
  for (let row = 0; row < Math.min(measured, train.length); row++) {
    const values = valuesOf(train.get(row).input);
    for (let i = 0; i < values.length; i++) {
      sums[i % channels] += values[i];
      squares[i % channels] += values[i] ** 2;
    }
    count += values.length / channels;
  }
  return Array.from(sums, (sum, c) => {
    const mean = sum / count;
    return { mean, std: Math.sqrt(Math.max(0, squares[c] / count - mean * mean)) || 1 };
  });
};

/** Means over squares of 2 x 2 of a plane [height, width]. */
export const pooled = (values: ArrayLike<number>, height: number, width: number): number[] => {
  const out: number[] = [];
  for (let y = 0; y + 1 < height; y += 2) {
    for (let x = 0; x + 1 < width; x += 2) {
      const at = y * width + x;
      out.push((values[at] + values[at + 1] + values[at + width] + values[at + width + 1]) / 4);
    }
  }
  return out;
};
