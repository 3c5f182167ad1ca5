// Small pictures with a transparent ground, and drawing them: shrunk by area, then turned, scaled and moved.

import type { Raster } from '../formats/raster.ts';

/** Square; colours are multiplied by the opacity, all from 0 to 1. */
export interface Sprite {
  /** `[side, side, 4]`: red, green, blue, opacity. */
  readonly values: Float32Array;
  readonly side: number;
}

/** The picture shrunk, or grown, to fit a square, in the middle of it. Means over the area that a pixel covers. */
export function spriteOf({ data, width, height, channels, bitDepth }: Raster, side: number): Sprite {
  const values = new Float32Array(side * side * 4);
  const top = 2 ** bitDepth - 1;
  const scale = Math.max(width, height) / side;
  const [left, above] = [(side - width / scale) / 2, (side - height / scale) / 2];
  const hasOpacity = channels === 2 || channels === 4;
  const colours = channels >= 3 ? 3 : 1;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [x0, x1] = [(column - left) * scale, (column + 1 - left) * scale];
      const [y0, y1] = [(row - above) * scale, (row + 1 - above) * scale];
      const to = (row * side + column) * 4;
      for (let y = Math.max(0, Math.floor(y0)); y < Math.min(height, Math.ceil(y1)); y++)
        for (let x = Math.max(0, Math.floor(x0)); x < Math.min(width, Math.ceil(x1)); x++) {
          const area = (Math.min(x + 1, x1) - Math.max(x, x0)) * (Math.min(y + 1, y1) - Math.max(y, y0));
          const at = (y * width + x) * channels;
          const opacity = (hasOpacity ? data[at + channels - 1] / top : 1) * (area / (scale * scale));
          for (let channel = 0; channel < 3; channel++) {
            values[to + channel] += opacity * (data[at + Math.min(channel, colours - 1)] / top);
          }
          values[to + 3] += opacity;
        }
    }
  return { values, side };
}

/** Red, green, blue and opacity at a place in pixels of the sprite, between its pixels; nothing beyond its edge. */
export function sampleSprite({ values, side }: Sprite, x: number, y: number, out: Float64Array): void {
  out.fill(0);
  const [x0, y0] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  for (let dy = 0; dy < 2; dy++)
    for (let dx = 0; dx < 2; dx++) {
      const [column, row] = [x0 + dx, y0 + dy];
      if (column < 0 || row < 0 || column >= side || row >= side) continue;
      const weight = (1 - Math.abs(x - 0.5 - column)) * (1 - Math.abs(y - 0.5 - row));
      const at = (row * side + column) * 4;
      for (let channel = 0; channel < 4; channel++) out[channel] += weight * values[at + channel];
    }
}
