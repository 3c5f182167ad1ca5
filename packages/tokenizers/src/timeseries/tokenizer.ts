// Series as patches of a week (PatchTST), with the season beside the positions.

import type { RawSeries } from '@omnigrad/data';
import { Linear, type Mode, Module, type ParameterScope, type ReconstructionMask, type Tokens } from '@omnigrad/nn';
import { add, type NumericArray, type RngKey, reshape, type Tensor, tensor } from '@omnigrad/tensor';
import type { MaskedBatch, MaskMethod, Tokenizer } from '../contract.ts';
import { once } from '../shared/once.ts';
import { gridTokens, type PatchGrid, patchWidth, unpatchify } from '../shared/patch-grid.ts';
import { TokenEmbedding } from '../shared/token-embedding.ts';
import { type TimeseriesConfig, timeseriesGrid } from './config.ts';
import { restoreInstance } from './instance-norm.ts';
import { maskSeries } from './mask.ts';
import {
  collateSeries,
  preprocessSeries,
  seriesUnits,
  type TimeseriesArrays,
  type TimeseriesFeatures,
} from './preprocess.ts';

export class TimeseriesTokenizer extends Module implements Tokenizer<RawSeries, TimeseriesFeatures, TimeseriesArrays> {
  readonly modality = 'timeseries';
  readonly config: TimeseriesConfig;
  readonly grid: PatchGrid;
  readonly tokenCount: number;
  readonly maskMethod: MaskMethod;
  readonly reconstruction: { readonly kind: 'values'; readonly width: number };
  readonly projection: Linear;
  readonly calendar: Linear;
  /** [level, log scale] of all channels -> width; null without instance normalisation. */
  readonly instance: Linear | null;
  readonly embedding: TokenEmbedding;

  constructor(scope: ParameterScope, config: TimeseriesConfig, width: number) {
    super(scope);
    this.config = config;
    this.grid = timeseriesGrid(config);
    this.tokenCount = gridTokens(this.grid);
    this.maskMethod = config.mask.method;
    this.reconstruction = { kind: 'values', width: patchWidth(this.grid) };
    this.projection = new Linear(scope.child('projection'), patchWidth(this.grid), width);
    this.calendar = new Linear(scope.child('calendar'), 2, width);
    this.instance =
      config.instanceNorm === 'none' ? null : new Linear(scope.child('instance'), 2 * config.channels.length, width);
    this.embedding = new TokenEmbedding(scope.child('embedding'), {
      tokens: this.tokenCount,
      width,
      masking: config.mask.method,
    });
  }

  preprocess(raw: RawSeries, sample?: string): TimeseriesFeatures {
    return preprocessSeries(raw, this.config, sample);
  }

  collate(features: readonly TimeseriesFeatures[]): TimeseriesArrays {
    return collateSeries(features, this.config, this.grid);
  }

  mask(arrays: TimeseriesArrays, key: RngKey): MaskedBatch<TimeseriesArrays> {
    return maskSeries(arrays, key, this.config, this.grid);
  }

  forward(arrays: TimeseriesArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const [B, T] = [arrays.batch, this.tokenCount];
      const x = this.projection.forward(tensor(arrays.patches, [B, T, this.reconstruction.width]));
      const season = this.calendar.forward(tensor(arrays.calendar, [B, T, 2]));
      const context = this.instance === null ? season : add(season, this.#instanceContext(arrays, this.instance));
      return { x: this.embedding.forward(x, mask, context), padding: null };
    });
  }

  /** [B, 1, width] */
  #instanceContext(arrays: TimeseriesArrays, layer: Linear): Tensor {
    const { batch } = arrays;
    const out = layer.forward(tensor(this.#instanceValues(arrays), [batch, 2 * this.config.channels.length]));
    return reshape(out, [batch, 1, out.shape[1]]);
  }

  /** [B, 2 C]: the levels, then the logarithms of the scales. */
  readonly #instanceValues = once(({ batch, level, scale }: TimeseriesArrays) => {
    const C = this.config.channels.length;
    const values = new Float32Array(batch * 2 * C);
    for (let b = 0; b < batch; b++) {
      values.set(level.subarray(b * C, (b + 1) * C), b * 2 * C);
      values.set(scale.subarray(b * C, (b + 1) * C).map(Math.log), (b * 2 + 1) * C);
    }
    return values;
  });

  uploads(arrays: TimeseriesArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    const instance = this.instance === null ? [] : [this.#instanceValues(arrays)];
    return [arrays.patches, arrays.calendar, ...instance, ...this.embedding.uploads(mask)];
  }

  /** Patches [B, T, P] back to [B, steps, channels] in the channels' units, for pictures. */
  toSeries(patches: ArrayLike<number>, { batch, level, scale }: TimeseriesArrays): Float32Array {
    const C = this.config.channels.length;
    const fields = unpatchify(this.grid, patches);
    const size = fields.length / batch;
    for (let b = 0; b < batch; b++) {
      const own = { level: level.subarray(b * C, (b + 1) * C), scale: scale.subarray(b * C, (b + 1) * C) };
      fields.set(restoreInstance(fields.subarray(b * size, (b + 1) * size), own), b * size);
    }
    return seriesUnits(fields, this.config.channels);
  }
}
