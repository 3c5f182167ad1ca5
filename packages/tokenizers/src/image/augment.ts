// Photographs at random: place, mirror, colours, RandAugment, an erased box; in this order.

import type { RawImage } from '@omnigrad/data';
import { ArgumentError, foldKey } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { type Box, bytesOf, type CropConfig, checkCrop, drawBox, mirrored, resizeBox } from '../shared/crop.ts';
import { checkRange, checkStrength, Draws, type Range } from '../shared/draws.ts';
import { type ColourJitter, checkColour, drawColour } from './colour.ts';
import { type RandAugment, randAugmented } from './rand-augment.ts';

export interface ImageAugment {
  readonly crop?: CropConfig;
  /** Probability that left and right are exchanged: 0 for digits and letters. */
  readonly flip?: number;
  readonly colour?: ColourJitter;
  readonly rand?: RandAugment;
  /** Random erasing (Zhong et al. 2020): with this probability a box of this share of the area becomes noise. */
  readonly erase?: { readonly probability: number; readonly area: Range };
}

/** Of masked pretraining and fine-tuning in MAE: a crop and a mirror; colours, RandAugment and erasing are for supervised training. */
export const usualImageAugment: ImageAugment = { crop: { scale: [0.2, 1] }, flip: 0.5 };

/** More changes than these leave nothing of a picture. */
const mostOps = 16;

const eraseRatio: Range = [0.3, 1 / 0.3];

const check = ({ crop, flip, colour, rand, erase }: ImageAugment): void => {
  const name = 'imageAugment';
  checkCrop(name, crop);
  checkStrength(name, 'flip', flip, [0, 1]);
  checkColour(name, colour);
  checkStrength(name, 'rand.magnitude', rand?.magnitude, [0, 1]);
  if (rand !== undefined && !(Number.isInteger(rand.ops) && rand.ops >= 0 && rand.ops <= mostOps)) {
    throw new ArgumentError(name, `rand.ops: expected a whole number from 0 to ${mostOps}, came ${rand.ops}`);
  }
  checkStrength(name, 'erase.probability', erase?.probability, [0, 1]);
  checkRange(name, 'erase.area', erase?.area, [1e-6, 1]);
};

/** Throws ArgumentError for strengths that cannot be. */
export const imageAugment = (config: ImageAugment): Augment<RawImage> => {
  check(config);
  const { crop, flip = 0, colour, rand, erase } = config;
  return (raw, key) => {
    const { height, width, channels } = raw;
    const size = { height, width, channels };
    const drawsOf = (name: string): Draws => new Draws(foldKey(key, name));
    let { pixels } = raw;
    if (crop !== undefined) pixels = bytesOf(resizeBox(pixels, size, drawBox(drawsOf('crop'), height, width, crop)));
    if (drawsOf('flip').chance(flip)) pixels = mirrored(pixels, size);
    if (colour !== undefined) pixels = drawColour(colour, drawsOf('colour'), channels)(pixels);
    if (rand !== undefined) pixels = randAugmented(pixels, size, rand, drawsOf('rand'));
    if (erase !== undefined) {
      const draws = drawsOf('erase');
      if (draws.chance(erase.probability)) {
        const box = drawBox(draws, height, width, { scale: erase.area, ratio: eraseRatio });
        pixels = erased(pixels, size.width, channels, box, draws);
      }
    }
    return { ...raw, pixels };
  };
};

const erased = (pixels: Uint8Array, width: number, channels: number, box: Box, draws: Draws): Uint8Array => {
  const out = pixels.slice();
  for (let y = box.top; y < box.top + box.height; y++) {
    const start = (y * width + box.left) * channels;
    for (let i = start; i < start + box.width * channels; i++) out[i] = draws.below(256);
  }
  return out;
};
