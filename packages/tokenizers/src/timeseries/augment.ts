// Series at random (Um et al. 2017): noise, and larger or smaller swings. The future swings as its history does; it gets no
// noise, for it is what a forecast is measured by.

import type { RawSeries } from '@omnigrad/data';
import { foldKey, randomNormal } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface TimeseriesAugment {
  /** Deviation of the noise, as a share of each channel's own deviation over the history. */
  readonly jitter?: number;
  /** Deviation of the factor around 1 by which each channel departs from its mean over the history. */
  readonly scale?: number;
}

export const usualTimeseriesAugment: TimeseriesAugment = { jitter: 0.05, scale: 0.1 };

/** Throws ArgumentError for strengths that cannot be. */
export const timeseriesAugment = ({ jitter = 0, scale = 0 }: TimeseriesAugment): Augment<RawSeries> => {
  checkStrength('timeseriesAugment', 'jitter', jitter, [0, 100]);
  checkStrength('timeseriesAugment', 'scale', scale, [0, 100]);
  return (raw, key) => {
    const { channels: C, steps } = raw;
    const history = raw.history.slice();
    const future = raw.future.slice();
    const draws = new Draws(foldKey(key, 'scale'));
    const noise = jitter > 0 ? randomNormal(foldKey(key, 'jitter'), history.length) : null;
    for (let c = 0; c < C; c++) {
      const factor = 1 + scale * draws.normal();
      let sum = 0;
      for (let i = c; i < steps * C; i += C) sum += raw.history[i];
      const mean = sum / steps;
      let squares = 0;
      for (let i = c; i < steps * C; i += C) squares += (raw.history[i] - mean) ** 2;
      const deviation = Math.sqrt(squares / steps);
      // x + (factor - 1)(x - mean): a factor of 1 leaves every bit
      for (let i = c; i < history.length; i += C) {
        history[i] += (factor - 1) * (history[i] - mean) + (noise === null ? 0 : jitter * deviation * noise[i]);
      }
      for (let i = c; i < future.length; i += C) future[i] += (factor - 1) * (future[i] - mean);
    }
    return { ...raw, history, future };
  };
};
