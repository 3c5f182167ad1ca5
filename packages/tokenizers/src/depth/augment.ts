// Depth changes in place alone: its numbers are distances, and a channel to drop it has none.

import type { RawDepth } from '@omnigrad/data';
import { foldKey } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { type CropConfig, checkCrop, drawBox, mirrored, resizeBox } from '../shared/crop.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface DepthAugment {
  /** Of the picture's own shape; a crop that is brought to full size is seen by a longer lens. */
  readonly crop?: Pick<CropConfig, 'scale'>;
  /** Probability that left and right are exchanged. */
  readonly flip?: number;
}

export const usualDepthAugment: DepthAugment = { crop: { scale: [0.5, 1] }, flip: 0.5 };

/** Throws ArgumentError for strengths that cannot be. */
export const depthAugment = ({ crop, flip = 0 }: DepthAugment): Augment<RawDepth> => {
  checkCrop('depthAugment', crop);
  checkStrength('depthAugment', 'flip', flip, [0, 1]);
  return (raw, key) => {
    const { height, width } = raw;
    const size = { height, width, channels: 1 };
    let { depth, focalLength } = raw;
    if (crop !== undefined) {
      const ratio = width / height;
      const box = drawBox(new Draws(foldKey(key, 'crop')), height, width, { ...crop, ratio: [ratio, ratio] });
      depth = resizeBox(depth, size, box, 'nearest');
      focalLength *= width / box.width;
    }
    if (new Draws(foldKey(key, 'flip')).chance(flip)) depth = mirrored(depth, size);
    return { ...raw, depth, focalLength };
  };
};
