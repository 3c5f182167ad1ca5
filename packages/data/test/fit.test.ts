// Pictures brought to one size. What is compared is by Pillow: tools/golden/published_files.py.

import { beforeAll, describe, expect, it } from 'vitest';
import type { RawImage } from '../src/datasets/dataset.ts';
import { decodeNpz } from '../src/formats/npy.ts';
import type { NdArray } from '../src/formats/raster.ts';
import { fitDepth, fitIds, fitImage, fitPlane } from '../src/pictures/fit.ts';
import { errorOf } from './fixtures.ts';
import { golden } from './mutated.ts';

let pillow: ReadonlyMap<string, NdArray>;
beforeAll(() => {
  pillow = decodeNpz(golden('fit/pillow.npz'), { source: 'toy', file: null });
});
const data = (name: string): NdArray['data'] => {
  const array = pillow.get(name);
  if (array === undefined) throw new Error(name);
  return array.data;
};
const bytes = (name: string): Uint8Array => Uint8Array.from(data(name), Number);
const floats = (name: string): Float32Array => Float32Array.from(data(name), Number);
const colours = (): RawImage => ({ pixels: bytes('colours'), height: 23, width: 31, channels: 3 });

describe('fit', () => {
  it.each([
    [7, 9],
    [30, 40],
    [10, 31],
    [23, 12],
  ])('stretches to %i x %i as Pillow does', (height, width) => {
    const size = { height, width };
    const name = `${height}x${width}`;
    expect(fitImage(colours(), size)).toEqual({ pixels: bytes(`colours-${name}`), height, width, channels: 3 });
    const heat = { values: floats('heat'), height: 23, width: 31, black: -3, white: 3 };
    const plane = fitPlane(heat, size);
    expect([plane.height, plane.width, plane.black, plane.white]).toEqual([height, width, -3, 3]);
    const expected = floats(`heat-${name}`);
    const worst = Math.max(...Array.from(plane.values, (value, at) => Math.abs(value - expected[at])));
    expect(worst).toBeLessThan(1e-6);
    const ids = Int32Array.from(data('ids'), Number);
    expect(fitIds(ids, { height: 23, width: 31 }, size)).toEqual(Int32Array.from(data(`ids-${name}`), Number));
  });

  it('fits the shorter side and keeps the middle', () => {
    const raw = colours();
    const whole = fitImage(raw, { height: 23, width: 31 });
    expect(whole.pixels).toEqual(raw.pixels);
    // 31 - 20 = 11 columns go, 6 of them left: half of 11 rounded to even; of 23 - 20 = 3 rows 2.
    const middle = fitImage(raw, { height: 20, width: 20, shorter: 23 });
    expect([...middle.pixels.subarray(0, 3)]).toEqual([...raw.pixels.subarray((2 * 31 + 6) * 3, (2 * 31 + 6) * 3 + 3)]);
    const half = fitImage(raw, { height: 7, width: 9, shorter: 7 });
    expect(half.pixels).toEqual(bytes('colours-7x9'));
  });

  it('takes depths as they are, with the focal length of the new size, and 16 bits as 16 bits', () => {
    const depth = Float32Array.from({ length: 32 }, (_, at) => at);
    const raw = { depth, height: 4, width: 8, focalLength: 500, baseline: 0.1 };
    expect(fitDepth(raw, { height: 2, width: 2, shorter: 2 })).toEqual({
      depth: Float32Array.of(11, 13, 27, 29),
      height: 2,
      width: 2,
      focalLength: 250,
      baseline: 0.1,
    });
    const film = { values: Uint16Array.of(0, 65535, 1000, 2000), height: 2, width: 2, black: 0, white: 65535 };
    expect(fitPlane(film, { height: 1, width: 1 }).values).toEqual(Uint16Array.of(17134));
  });

  it('refuses sizes that cannot be', () => {
    const message = (height: number, width: number, shorter?: number): string =>
      errorOf(() => fitImage(colours(), { height, width, ...(shorter === undefined ? {} : { shorter }) })).message;
    expect(message(0, 4)).toBe(
      'fit: expected sizes of at least 1 pixel, got 23 x 31 to 0 x 4; fix: choose other sizes',
    );
    expect(message(24, 24, 20)).toBe('fit: expected a part of 20 x 26, got 24 x 24; fix: choose other sizes');
    expect(message(1e6, 1e6)).toBe(
      'fit: expected at most 134217728 bytes, got 1000000 x 1000000 pixels; fix: choose other sizes',
    );
  });
});
