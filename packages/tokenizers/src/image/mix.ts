// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019) over the images of a batch: each is mixed with another of it, and
// so are their classes.

import type { RawImage } from '@omnigrad/data';
import { ArgumentError, foldKey, randomPermutation } from '@omnigrad/tensor';
import type { MixSamples } from '../contract.ts';
import { bytesOf } from '../shared/crop.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface ImageMix {
  /** Shares are of Beta(a, a); 0: no mixup. */
  readonly mixup: number;
  /** The same for the share that a pasted box leaves; 0: no CutMix. */
  readonly cutmix: number;
  /** Probability that an image is mixed at all; default 1. */
  readonly probability?: number;
  /** Of those, the share that is cut where both are on; default a half. */
  readonly cutShare?: number;
}

/** As in the fine-tuning of MAE. */
export const usualImageMix: ImageMix = { mixup: 0.8, cutmix: 1 };

const pasted = (a: RawImage, b: RawImage, share: number, draws: Draws): { pixels: Uint8Array; share: number } => {
  const { height, width, channels } = a;
  // a box of 1 - share of the area around an even place, cut at the border
  const side = Math.sqrt(1 - share);
  const spanOf = (length: number): readonly [number, number] => {
    const [half, middle] = [(length * side) / 2, draws.below(length)];
    return [Math.max(0, Math.round(middle - half)), Math.min(length, Math.round(middle + half))];
  };
  const [[top, bottom], [left, right]] = [spanOf(height), spanOf(width)];
  const pixels = a.pixels.slice();
  for (let y = top; y < bottom; y++) {
    const [from, to] = [(y * width + left) * channels, (y * width + right) * channels];
    pixels.set(b.pixels.subarray(from, to), from);
  }
  return { pixels, share: 1 - ((bottom - top) * (right - left)) / (height * width) };
};

/** Throws ArgumentError for strengths that cannot be, and later for images of unequal sizes. */
export const imageMix = ({ mixup, cutmix, probability = 1, cutShare = 0.5 }: ImageMix): MixSamples<RawImage> => {
  const name = 'imageMix';
  checkStrength(name, 'mixup', mixup, [0, 1e3]);
  checkStrength(name, 'cutmix', cutmix, [0, 1e3]);
  checkStrength(name, 'probability', probability, [0, 1]);
  checkStrength(name, 'cutShare', cutShare, [0, 1]);
  return (raws, key) => {
    const partners = randomPermutation(foldKey(key, 'partners'), raws.length);
    const shares = new Float32Array(raws.length).fill(1);
    const samples = raws.map((raw, i): RawImage => {
      const other = raws[partners[i]];
      if (other.height !== raw.height || other.width !== raw.width || other.channels !== raw.channels) {
        const sizes = [raw, other].map(({ height, width, channels }) => `${height} x ${width} x ${channels}`);
        throw new ArgumentError(name, `expected images of one size, came ${sizes.join(' and ')}; resize them first`);
      }
      const draws = new Draws(foldKey(key, 'sample', i));
      if (!draws.chance(probability) || mixup + cutmix === 0) return raw;
      const cut = mixup === 0 || (cutmix > 0 && draws.chance(cutShare));
      const alpha = cut ? cutmix : mixup;
      const share = draws.beta(alpha, alpha);
      if (cut) {
        const made = pasted(raw, other, share, draws);
        shares[i] = made.share;
        return { ...raw, pixels: made.pixels };
      }
      shares[i] = share;
      const blended = Float32Array.from(raw.pixels, (x, p) => share * x + (1 - share) * other.pixels[p]);
      return { ...raw, pixels: bytesOf(blended) };
    });
    return { samples, partners, shares };
  };
};
