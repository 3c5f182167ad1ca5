// Arrays as PNG data URIs: grey and colour images, and spectrograms through a perceptual colour map.

import * as Plot from '@observablehq/plot';
import { encode } from 'fast-png';
import { extent } from './numbers.ts';

/** value -> [red, green, blue], each 0 ... 255. */
type ColorMap = (share: number) => readonly [number, number, number];

/** What lies between the darkest and the lightest value. */
export type Range = readonly [number, number];

export interface Grid {
  readonly width: number;
  readonly height: number;
  /** The value of a channel at a pixel; null or NaN is transparent. */
  readonly at: (x: number, y: number, channel: number) => number | null;
  readonly channels: 1 | 3;
}

/** Small pictures are enlarged to about this many pixels, so that they stay sharp wherever they are copied to. */
const wantedSide = 112;

const grey: ColorMap = (share) => {
  const v = Math.round(255 * share);
  return [v, v, v];
};

const mapSteps = 256;

const hexOf = (text: string): readonly [number, number, number] => {
  const numbers = text.startsWith('#')
    ? [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16))
    : (text.match(/\d+/g) ?? []).map(Number);
  return [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
};

let table: readonly (readonly [number, number, number])[] | null = null;

/** Viridis: equal steps look equal, also in grey and to most colour-blind eyes. */
export const viridis: ColorMap = (share) => {
  if (table === null) {
    const scale = Plot.scale({ color: { type: 'linear', scheme: 'viridis', domain: [0, mapSteps - 1] } });
    table = Array.from({ length: mapSteps }, (_, i) => hexOf(String(scale?.apply(i))));
  }
  return table[Math.round(share * (mapSteps - 1))] ?? table[0];
};

/** The finite range of several arrays together; [0, 1] where there is none. */
export const rangeOf = (arrays: Iterable<readonly (number | null)[]>): Range => {
  const ends: number[] = [];
  for (const values of arrays) ends.push(...(extent(values) ?? []));
  return extent(ends) ?? [0, 1];
};

/** PNG bytes as a data URI; nearest-neighbour enlarged by a whole factor. The same input gives the same bytes. */
export const pngUri = (grid: Grid, [low, high]: Range, colors: 'grey' | 'viridis'): string => {
  const { width, height, channels } = grid;
  const factor = Math.max(1, Math.min(8, Math.ceil(wantedSide / Math.max(width, height))));
  const map = colors === 'grey' ? grey : viridis;
  const share = (v: number): number => (high > low ? Math.min(1, Math.max(0, (v - low) / (high - low))) : 0.5);
  const data = new Uint8Array(width * factor * height * factor * 4);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const color = pixel(grid, Math.floor(x / factor), Math.floor(y / factor), share, map, channels);
      if (color !== null) data.set([...color, 255], 4 * (y * width * factor + x));
    }
  }
  const bytes = encode({ width: width * factor, height: height * factor, data, depth: 8, channels: 4 });
  return `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
};

const pixel = (
  grid: Grid,
  x: number,
  y: number,
  share: (v: number) => number,
  map: ColorMap,
  channels: 1 | 3,
): readonly [number, number, number] | null => {
  const shares: number[] = [];
  for (let c = 0; c < channels; c++) {
    const v = grid.at(x, y, c);
    if (v === null || Number.isNaN(v)) return null;
    shares.push(share(v));
  }
  if (channels === 1) return map(shares[0]);
  return [Math.round(255 * shares[0]), Math.round(255 * shares[1]), Math.round(255 * shares[2])];
};
