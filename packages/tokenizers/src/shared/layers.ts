// Fields of several layers: the moments of a clip, the groups of bands of a spectral cube. Layers lie one below the other in
// one PatchGrid, so that tokens are ordered by layer, then by place: token = layer · places + place.

import type { ReconstructionMask } from '@omnigrad/nn';
import { ArgumentError, foldKey, type RngKey, randomPermutation } from '@omnigrad/tensor';
import type { MaskMethod } from '../contract.ts';
import { checkMaskConfig, hiddenCount, maskOf, randomMask } from './draw-mask.ts';
import { checkGrid, gridTokens, type PatchGrid } from './patch-grid.ts';

export interface Layers {
  readonly layers: number;
  /** Tokens of a layer. */
  readonly places: number;
}

export type LayeredMaskConfig =
  | {
      /** Each set of tokens is as likely as any other. */
      readonly kind: 'random';
      readonly ratio: number;
      readonly method: MaskMethod;
    }
  | {
      /** The same places in every layer (the tubes of VideoMAE): what stands still cannot be copied from a neighbour in time. */
      readonly kind: 'tubes';
      readonly ratio: number;
      readonly method: MaskMethod;
    }
  | {
      /** Whole layers: spans of time, or of the spectrum. */
      readonly kind: 'layers';
      readonly ratio: number;
      readonly method: MaskMethod;
    }
  | {
      /** Places in all layers and layers at all places, each with a ratio of its own; a token is visible where neither is hidden. */
      readonly kind: 'axes';
      readonly places: number;
      readonly layers: number;
      readonly method: MaskMethod;
    };

/** A grid of `layers` fields [rows, columns, channels], stacked along the rows. */
export const layeredGrid = (tokenizer: string, layers: number, field: PatchGrid): PatchGrid => {
  const grid = checkGrid(tokenizer, field);
  if (!Number.isSafeInteger(layers) || layers < 1) {
    throw new ArgumentError(tokenizer, `layers must be a whole number above 0, came ${layers}`);
  }
  return { ...grid, rows: layers * grid.rows };
};

export const layersOf = (layers: number, grid: PatchGrid): Layers => ({ layers, places: gridTokens(grid) / layers });

/** Throws ArgumentError for a mask that cannot be drawn. */
export const checkLayeredMask = (tokenizer: string, config: LayeredMaskConfig, { layers, places }: Layers): void => {
  const { method } = config;
  const check = (ratio: number, tokens: number): void =>
    checkMaskConfig(tokenizer, { kind: 'random', ratio, method }, tokens);
  switch (config.kind) {
    case 'random':
      check(config.ratio, layers * places);
      break;
    case 'tubes':
      check(config.ratio, places);
      break;
    case 'layers':
      check(config.ratio, layers);
      break;
    case 'axes':
      check(config.places, places);
      check(config.layers, layers);
      break;
  }
};

/** The first `count` of a random order, as flags. */
const chosen = (key: RngKey, total: number, count: number): Uint8Array => {
  const flags = new Uint8Array(total);
  for (const i of randomPermutation(key, total).subarray(0, count)) flags[i] = 1;
  return flags;
};

export const drawLayeredMask = (
  config: LayeredMaskConfig,
  key: RngKey,
  batch: number,
  { layers, places }: Layers,
): ReconstructionMask => {
  if (config.kind === 'random') {
    return randomMask(key, batch, layers * places, hiddenCount(config.ratio, layers * places));
  }
  const ofPlaces = config.kind === 'tubes' ? config.ratio : config.kind === 'axes' ? config.places : null;
  const ofLayers = config.kind === 'layers' ? config.ratio : config.kind === 'axes' ? config.layers : null;
  const samples = Array.from({ length: batch }, (_, b) => {
    const own = foldKey(key, b);
    const draw = (name: string, ratio: number | null, total: number): Uint8Array =>
      ratio === null ? new Uint8Array(total) : chosen(foldKey(own, name), total, hiddenCount(ratio, total));
    const placeHidden = draw('places', ofPlaces, places);
    const layerHidden = draw('layers', ofLayers, layers);
    const hidden: number[] = [];
    for (let layer = 0; layer < layers; layer++) {
      for (let place = 0; place < places; place++) {
        if (layerHidden[layer] === 1 || placeHidden[place] === 1) hidden.push(layer * places + place);
      }
    }
    return hidden;
  });
  return maskOf(samples, layers * places);
};
