// RandAugment (Cubuk et al. 2020) over the changes that suit one channel as well as three: some of them, drawn with
// repetition, all at one magnitude.

import { bytesOf } from '../shared/crop.ts';
import type { Draws } from '../shared/draws.ts';
import { brightened, contrasted } from './colour.ts';

interface Picture {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The picture at x' = (x - centre) through the matrix [a, b; c, d] and a shift in pixels, bilinear; black beyond the border. The matrix leads from
 * places of the result to places of the picture.
 */
const affine = (
  { values, height, width, channels }: Picture,
  [a, b, c, d]: readonly [number, number, number, number],
  shiftX = 0,
  shiftY = 0,
): Float32Array => {
  const out = new Float32Array(values.length);
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = a * (x - cx) + b * (y - cy) + cx + shiftX;
      const fromY = c * (x - cx) + d * (y - cy) + cy + shiftY;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      for (let corner = 0; corner < 4; corner++) {
        const [px, py] = [left + (corner & 1), top + (corner >> 1)];
        const weight = (1 - Math.abs(fromX - px)) * (1 - Math.abs(fromY - py));
        if (weight <= 0 || px < 0 || py < 0 || px >= width || py >= height) continue;
        for (let k = 0; k < channels; k++) {
          out[(y * width + x) * channels + k] += weight * values[(py * width + px) * channels + k];
        }
      }
    }
  }
  return out;
};

/** `m` from -1 to 1: the magnitude with a sign. 0 changes nothing. */
const changes: readonly ((picture: Picture, m: number) => Float32Array)[] = [
  // at most 30 degrees
  (p, m) => {
    const [cos, sin] = [Math.cos((m * Math.PI) / 6), Math.sin((m * Math.PI) / 6)];
    return affine(p, [cos, sin, -sin, cos]);
  },
  (p, m) => affine(p, [1, 0.3 * m, 0, 1]),
  (p, m) => affine(p, [1, 0, 0.3 * m, 1]),
  // at most 0.45 of the picture, as in the paper
  (p, m) => affine(p, [1, 0, 0, 1], 0.45 * m * p.width, 0),
  (p, m) => affine(p, [1, 0, 0, 1], 0, 0.45 * m * p.height),
  (p, m) => brightened(p.values, p.channels, 1 + 0.9 * m),
  (p, m) => contrasted(p.values, p.channels, 1 + 0.9 * m),
  // 8 bits down to 4
  (p, m) => {
    const step = 2 ** Math.round(4 * Math.abs(m));
    return p.values.map((x) => Math.floor(Math.round(x) / step) * step);
  },
  // above the threshold, the negative
  (p, m) => p.values.map((x) => (x >= 256 * (1 - Math.abs(m)) ? 255 - x : x)),
];

export interface RandAugment {
  /** Changes a picture goes through. */
  readonly ops: number;
  /** 0 to 1 (paper: of 10 or of 30). */
  readonly magnitude: number;
}

export const randAugmented = (
  pixels: Uint8Array,
  size: Omit<Picture, 'values'>,
  { ops, magnitude }: RandAugment,
  draws: Draws,
): Uint8Array => {
  let values = Float32Array.from(pixels);
  for (let i = 0; i < ops; i++) {
    const change = changes[draws.below(changes.length)];
    const signed = draws.chance(0.5) ? magnitude : -magnitude;
    if (magnitude > 0) values = Float32Array.from(change({ values, ...size }, signed));
  }
  return bytesOf(values);
};
