// Reversible instance normalisation (RevIN, Kim et al. 2022) without its learned scale and shift: per window and channel.

import type { TimeseriesConfig } from './config.ts';

export interface InstanceStatistics {
  /** [channels], in standardised units */
  readonly level: Float32Array;
  /** [channels], above 0 */
  readonly scale: Float32Array;
}

/** Keeps a channel that is constant in the window finite. */
const variancePadding = 1e-5;

/**
 * Of values [steps, channels], over the places where `seen` says so: level = mean or last value, scale = √(var + 1e-5).
 * A channel that is seen nowhere, and every channel with kind 'none', gets level 0 and scale 1.
 */
export const instanceStatistics = (
  values: Float32Array,
  channels: number,
  kind: TimeseriesConfig['instanceNorm'],
  seen: (step: number, channel: number) => boolean = () => true,
): InstanceStatistics => {
  const level = new Float32Array(channels);
  const scale = new Float32Array(channels).fill(1);
  const steps = values.length / channels;
  for (let c = 0; kind !== 'none' && c < channels; c++) {
    let [count, sum, squares, last] = [0, 0, 0, 0];
    for (let s = 0; s < steps; s++) {
      if (!seen(s, c)) continue;
      last = values[s * channels + c];
      sum += last;
      count++;
    }
    if (count === 0) continue;
    const mean = sum / count;
    for (let s = 0; s < steps; s++) if (seen(s, c)) squares += (values[s * channels + c] - mean) ** 2;
    level[c] = kind === 'mean' ? mean : last;
    scale[c] = Math.sqrt(squares / count + variancePadding);
  }
  return { level, scale };
};

/** (x - level) / scale */
export const normaliseInstance = (values: Float32Array, { level, scale }: InstanceStatistics): Float32Array =>
  values.map((x, i) => (x - level[i % level.length]) / scale[i % level.length]);

/** x · scale + level, the inverse. */
export const restoreInstance = (values: Float32Array, { level, scale }: InstanceStatistics): Float32Array =>
  values.map((x, i) => x * scale[i % level.length] + level[i % level.length]);
