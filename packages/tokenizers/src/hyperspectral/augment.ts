// Windows of spectra at random: turned and mirrored, since nothing up there is upright, with other light and noise in the bands.

import type { RawCube } from '@omnigrad/data';
import { foldKey, randomNormal } from '@omnigrad/tensor';
import type { Augment } from '../contract.ts';
import { mirrored } from '../shared/crop.ts';
import { checkStrength, Draws } from '../shared/draws.ts';

export interface HyperspectralAugment {
  /** Whether square windows are turned by quarters of the circle. */
  readonly rotate?: boolean;
  /** Probability of each mirror: left and right, top and bottom. */
  readonly flip?: number;
  /** Deviation of the factor around 1 of all bands: brighter or darker light. */
  readonly light?: number;
  /** Deviation of the noise, as a share of each band's root mean square over the window. */
  readonly noise?: number;
}

export const usualHyperspectralAugment: HyperspectralAugment = { rotate: true, flip: 0.5, light: 0.05, noise: 0.01 };

/** Throws ArgumentError for strengths that cannot be. */
export const hyperspectralAugment = (config: HyperspectralAugment): Augment<RawCube> => {
  const name = 'hyperspectralAugment';
  const { rotate = false, flip = 0, light = 0, noise = 0 } = config;
  checkStrength(name, 'flip', flip, [0, 1]);
  checkStrength(name, 'light', light, [0, 100]);
  checkStrength(name, 'noise', noise, [0, 100]);
  return (raw, key) => {
    const { height, width, bands } = raw;
    const size = { height, width, channels: bands };
    let values: Float32Array = raw.values.slice();
    if (rotate && height === width) {
      const quarters = new Draws(foldKey(key, 'rotate')).below(4);
      for (let i = 0; i < quarters; i++) values = quarterTurn(values, height, bands);
    }
    const draws = new Draws(foldKey(key, 'flip'));
    for (const axis of ['horizontal', 'vertical'] as const) {
      if (draws.chance(flip)) values = mirrored(values, size, axis);
    }
    const factor = 1 + light * new Draws(foldKey(key, 'light')).normal();
    const drawn = noise > 0 ? randomNormal(foldKey(key, 'noise'), values.length) : null;
    for (let band = 0; band < bands; band++) {
      let squares = 0;
      for (let i = band; i < values.length; i += bands) squares += values[i] ** 2;
      const strength = noise * Math.sqrt((squares * bands) / values.length);
      for (let i = band; i < values.length; i += bands) {
        values[i] = factor * values[i] + (drawn === null ? 0 : strength * drawn[i]);
      }
    }
    return { ...raw, values };
  };
};

/** [side, side, bands], turned against the clock: what was right is up. */
const quarterTurn = (values: Float32Array, side: number, bands: number): Float32Array => {
  const out = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (x * side + (side - 1 - y)) * bands;
      out.set(values.subarray(from, from + bands), (y * side + x) * bands);
    }
  }
  return out;
};
