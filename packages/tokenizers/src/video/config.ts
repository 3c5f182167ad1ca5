// What a video tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import { checkMoments } from '../shared/errors.ts';
import { checkLayeredMask, type LayeredMaskConfig, layeredGrid, layersOf } from '../shared/layers.ts';
import type { PatchGrid } from '../shared/patch-grid.ts';

export interface VideoConfig {
  /** Of a clip. */
  readonly frames: number;
  /** pixels */
  readonly height: number;
  /** pixels */
  readonly width: number;
  readonly channels: number;
  /** Frames of a tubelet; divides `frames`. 1 gives the patches of single frames (TimeSformer). */
  readonly tubelet: number;
  /** Side of a square patch in pixels; divides height and width. */
  readonly patch: number;
  /** One a channel, of the train split's pixels on 0 to 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly mask: LayeredMaskConfig;
  /** Whether the target of a hidden tubelet is normalised, each channel by its own mean and deviation (VideoMAE). */
  readonly normaliseTarget: boolean;
  /**
   * Divided space-time attention (TimeSformer) between the embedding and the trunk: each block lets a place look at itself at other
   * times, then at the other places of its time. With dropped tokens it wants a mask of tubes, which leaves the same places everywhere.
   */
  readonly divided: { readonly blocks: number; readonly heads: number };
}

/** Four frames of 16 x 16 in tubelets of two: 8 tokens. */
export const videoDefaults: VideoConfig = {
  frames: 4,
  height: 16,
  width: 16,
  channels: 3,
  tubelet: 2,
  patch: 8,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
  mask: { kind: 'tubes', ratio: 0.75, method: 'drop' },
  normaliseTarget: true,
  divided: { blocks: 0, heads: 4 },
};

const name = 'VideoTokenizer';

/** Moments of a clip that become layers. */
export const clipLayers = ({ frames, tubelet }: VideoConfig): number => {
  if (!Number.isSafeInteger(tubelet) || tubelet < 1 || frames % tubelet !== 0) {
    throw new ArgumentError(name, `tubelets of ${tubelet} frames do not tile ${frames}; choose a divisor`);
  }
  return frames / tubelet;
};

/** Throws ArgumentError for a configuration that cannot work. */
export const videoGrid = (config: VideoConfig): PatchGrid => {
  const { height, width, channels, tubelet, patch, mean, std, mask, divided } = config;
  const layers = clipLayers(config);
  const grid = layeredGrid(name, layers, {
    rows: height,
    columns: width,
    channels: tubelet * channels,
    patchRows: patch,
    patchColumns: patch,
  });
  if (mean.length !== channels || std.length !== channels) {
    throw new ArgumentError(
      name,
      `${mean.length} means and ${std.length} deviations for ${channels} channels; give one of each a channel`,
    );
  }
  checkMoments(
    name,
    mean.map((m, i) => ({ mean: m, std: std[i] })),
  );
  checkLayeredMask(name, mask, layersOf(layers, grid));
  if (divided.blocks > 0 && mask.method === 'drop' && mask.kind !== 'tubes') {
    throw new ArgumentError(
      name,
      `divided attention wants the same places at all times, a mask of ${mask.kind} drops others; use tubes, or method replace`,
    );
  }
  return grid;
};
