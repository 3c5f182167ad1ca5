// What X-rays and infrared pictures may go through at random: planes whose black and white are known.

import type { RawPlane } from '@omnigrad/data';
import { foldKey } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { type CropConfig, checkCrop, drawBox, mirrored, resizeBox } from './crop.ts';
import { checkStrength, Draws } from './draws.ts';

export interface PlaneAugment {
  readonly crop?: CropConfig;
  /** Probability that left and right are exchanged. */
  readonly flip?: number;
  /** Black and white each move by up to this share of the distance between them, under 0.5. */
  readonly window?: number;
}

const sameKind = (like: RawPlane['values'], values: Float32Array): RawPlane['values'] => {
  if (like instanceof Float32Array) return values;
  const rounded = values.map(Math.round);
  return like instanceof Uint8Array ? Uint8Array.from(rounded) : Uint16Array.from(rounded);
};

/** Throws ArgumentError for strengths that cannot be. */
export const planeAugment = (name: string, { crop, flip = 0, window = 0 }: PlaneAugment): Augment<RawPlane> => {
  checkCrop(name, crop);
  checkStrength(name, 'flip', flip, [0, 1]);
  checkStrength(name, 'window', window, [0, 0.499]);
  return (raw, key) => {
    const size = { height: raw.height, width: raw.width, channels: 1 };
    let { values, black, white } = raw;
    if (crop !== undefined) {
      const box = drawBox(new Draws(foldKey(key, 'crop')), raw.height, raw.width, crop);
      values = sameKind(values, resizeBox(values, size, box));
    }
    if (new Draws(foldKey(key, 'flip')).chance(flip)) {
      values = sameKind(values, mirrored(Float32Array.from(values), size));
    }
    if (window > 0) {
      const draws = new Draws(foldKey(key, 'window'));
      const range = white - black;
      black += range * draws.uniform(-window, window);
      white += range * draws.uniform(-window, window);
    }
    return { ...raw, values, black, white };
  };
};
