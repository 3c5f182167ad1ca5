// A history -> standardised channels and its place in the year; a batch -> patches.

import type { RawSeries } from '@omnigrad/data';
import { checkFinite, sampleError } from '../shared/errors.ts';
import { gridTokens, type PatchGrid, patchify } from '../shared/patch-grid.ts';
import type { TimeseriesConfig } from './config.ts';
import { instanceStatistics, normaliseInstance } from './instance-norm.ts';

export interface TimeseriesFeatures {
  /** [steps, channels], standardised by the train statistics */
  readonly values: Float32Array;
  /** Day of the year of the day after the history, 1 to 366. */
  readonly dayOfYear: number;
  /** Days from row to row; 1 where it is left out. */
  readonly stepDays?: number;
}

export interface TimeseriesArrays {
  readonly batch: number;
  /** [B, T, P]: (standardised - level) / scale */
  readonly patches: Float32Array;
  /** [B, T, 2]: sine and cosine of the first day of each token's patch in the year. */
  readonly calendar: Float32Array;
  /** [B, C], standardised units; 0 without instance normalisation. A forecast y is y · scale + level, standardised. */
  readonly level: Float32Array;
  /** [B, C]; 1 without instance normalisation. */
  readonly scale: Float32Array;
}

/** (value - mean) / std of each channel, for values [..., channels]: histories, and futures as targets. */
export const standardiseSeries = (values: Float32Array, channels: TimeseriesConfig['channels']): Float32Array =>
  values.map((x, i) => (x - channels[i % channels.length].mean) / channels[i % channels.length].std);

/** The inverse, back to the channels' units. */
export const seriesUnits = (values: Float32Array, channels: TimeseriesConfig['channels']): Float32Array =>
  values.map((x, i) => x * channels[i % channels.length].std + channels[i % channels.length].mean);

export const preprocessSeries = (raw: RawSeries, config: TimeseriesConfig, sample?: string): TimeseriesFeatures => {
  const { steps, channels } = config;
  const C = channels.length;
  if (raw.steps !== steps || raw.channels !== C || raw.history.length !== steps * C) {
    throw sampleError('TimeseriesTokenizer', sample, {
      expected: `a history of ${steps} steps x ${C} channels`,
      came: `${raw.steps} x ${raw.channels} (${raw.history.length} numbers)`,
      fix: 'cut the series into such windows or change the config',
    });
  }
  checkFinite(
    'TimeseriesTokenizer',
    sample,
    raw.history,
    (i) => `step ${Math.floor(i / C)}, channel ${channels[i % C].name}`,
  );
  if (!(raw.dayOfYear >= 1 && raw.dayOfYear <= 366)) {
    throw sampleError('TimeseriesTokenizer', sample, {
      expected: 'a day of the year from 1 to 366',
      came: `${raw.dayOfYear}`,
      fix: 'count days from 1 January = 1',
    });
  }
  const { dayOfYear, stepDays = 1 } = raw;
  if (!(stepDays > 0 && stepDays <= 366)) {
    throw sampleError('TimeseriesTokenizer', sample, {
      expected: 'days from row to row above 0, at most 366',
      came: `${stepDays}`,
      fix: 'give 1/24 for hours, 1 for days',
    });
  }
  const values = standardiseSeries(raw.history, channels);
  return stepDays === 1 ? { values, dayOfYear } : { values, dayOfYear, stepDays };
};

/** Days of a mean year: the sine comes back after one. */
const yearLength = 365.25;

export const collateSeries = (
  features: readonly TimeseriesFeatures[],
  config: TimeseriesConfig,
  grid: PatchGrid,
): TimeseriesArrays => {
  const C = config.channels.length;
  const statistics = features.map(({ values }) => instanceStatistics(values, C, config.instanceNorm));
  const normalised = features.map(({ values }, b) => normaliseInstance(values, statistics[b]));
  const { batch, patches } = patchify('TimeseriesTokenizer', grid, normalised);
  const T = gridTokens(grid);
  const calendar = new Float32Array(batch * T * 2);
  features.forEach(({ dayOfYear, stepDays = 1 }, b) => {
    for (let t = 0; t < T; t++) {
      const day = dayOfYear + (Math.floor(t / grid.columns) * config.patch - config.steps) * stepDays;
      const angle = (2 * Math.PI * day) / yearLength;
      calendar.set([Math.sin(angle), Math.cos(angle)], 2 * (b * T + t));
    }
  });
  const level = new Float32Array(batch * C);
  const scale = new Float32Array(batch * C);
  statistics.forEach((own, b) => {
    level.set(own.level, b * C);
    scale.set(own.scale, b * C);
  });
  return { batch, patches, calendar, level, scale };
};
