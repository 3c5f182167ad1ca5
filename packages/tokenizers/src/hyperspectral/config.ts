// What a hyperspectral tokenizer must be told. Values the paper does not state are this project's own.

import { ArgumentError } from '@omnigrad/tensor';
import { checkMoments } from '../shared/errors.ts';
import { checkLayeredMask, type LayeredMaskConfig, layeredGrid, layersOf } from '../shared/layers.ts';
import type { PatchGrid } from '../shared/patch-grid.ts';

export interface HyperspectralConfig {
  /** Of the window around a pixel. */
  readonly height: number;
  readonly width: number;
  readonly bands: number;
  /** Side of a square patch; divides height and width. The whole window gives tokens along the spectrum alone (SpectralFormer). */
  readonly patch: number;
  /** Neighbouring bands of a token; divides `bands`. Groups do not overlap: a hidden one would be told by its neighbours. */
  readonly group: number;
  /** One a band, of the train split. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly mask: LayeredMaskConfig;
  readonly normaliseTarget: boolean;
}

/** Everything but the bands, which come with the dataset: windows of 3 x 3, four bands a token, a quarter of them hidden (HyperSIGMA). */
export const hyperspectralDefaults: Omit<HyperspectralConfig, 'bands' | 'mean' | 'std'> = {
  height: 3,
  width: 3,
  patch: 3,
  group: 4,
  mask: { kind: 'random', ratio: 0.25, method: 'replace' },
  normaliseTarget: false,
};

const name = 'HyperspectralTokenizer';

/** Groups of bands, which become layers. */
export const bandGroups = ({ bands, group }: HyperspectralConfig): number => {
  if (!Number.isSafeInteger(group) || group < 1 || bands % group !== 0) {
    throw new ArgumentError(
      name,
      `groups of ${group} do not tile ${bands} bands; choose a divisor, or leave bands out`,
    );
  }
  return bands / group;
};

/** Throws ArgumentError for a configuration that cannot work. */
export const hyperspectralGrid = (config: HyperspectralConfig): PatchGrid => {
  const { height, width, bands, patch, group, mean, std, mask } = config;
  const layers = bandGroups(config);
  const grid = layeredGrid(name, layers, {
    rows: height,
    columns: width,
    channels: group,
    patchRows: patch,
    patchColumns: patch,
  });
  if (mean.length !== bands || std.length !== bands) {
    throw new ArgumentError(
      name,
      `${mean.length} means and ${std.length} deviations for ${bands} bands; give one of each a band`,
    );
  }
  checkMoments(
    name,
    mean.map((m, i) => ({ mean: m, std: std[i], name: `band ${i}` })),
  );
  checkLayeredMask(name, mask, layersOf(layers, grid));
  return grid;
};
