// TIFF and GeoTIFF.

import { describe, expect, it } from 'vitest';
import { decodeGeoTiff } from '../src/formats/geotiff.ts';
import { decodeNpz } from '../src/formats/npy.ts';
import { decodeTiff, type TiffOptions } from '../src/formats/tiff.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`tiff/${name}.tif`);
const values = decodeNpz(golden('tiff/values.npz'), origin);
const messageOf = (bytes: Uint8Array, options: TiffOptions = {}): string =>
  errorOf(() => decodeTiff(bytes, origin, options)).message;
const end = 'fix: save the picture again as a TIFF with Deflate or no compression';

/** The file with the value of a tag changed: tags of one short or long value, little-endian, first page. */
function retagged(name: string, tag: number, value: number, newTag = tag): Uint8Array {
  const bytes = file(name);
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(4, true);
  for (let at = directory + 2; at < directory + 2 + 12 * view.getUint16(directory, true); at += 12) {
    if (view.getUint16(at, true) !== tag) continue;
    view.setUint16(at, newTag, true);
    if (view.getUint16(at + 2, true) === 3) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, value, true);
    return bytes;
  }
  throw new Error(`no tag ${tag}`);
}

describe('decodeTiff', () => {
  it.each([
    ['grey1-pil', 1, 1],
    ['rgb-lzw-pil', 3, 8],
    ['rgb-packbits-pil', 3, 8],
    ['rgb-predictor-pil', 3, 8],
    ['palette-pil', 3, 8],
    ['grey16-big-endian', 1, 16],
    ['white-is-zero', 1, 8],
    ['planes', 3, 16],
    ['signed16', 1, 16],
    ['signed32-deflate', 1, 32],
    ['unsigned32', 3, 32],
    ['rgb-tiles-deflate', 3, 8],
    ['rgb16-tiles-predictor-planes', 3, 16],
    ['float-predictor3', 2, 32],
    ['float-predictor2', 2, 32],
    ['float64-big-endian', 2, 64],
    ['nbits4', 1, 4],
    ['lzw-long', 1, 8],
  ])('%s has the values of Pillow, tifffile and GDAL', (name, channels, bitDepth) => {
    const pages = decodeTiff(file(name), origin);
    const expected = values.get(name);
    expect(pages.length).toBe(1);
    expect([pages[0].height, pages[0].width]).toEqual(expected?.shape.slice(0, 2));
    expect([pages[0].channels, pages[0].bitDepth, pages[0].reduced]).toEqual([channels, bitDepth, false]);
    expect(pages[0].data).toEqual(expected?.data);
  });

  it('reads all pages, or those asked for', () => {
    const all = decodeTiff(file('pages'), origin);
    const expected = values.get('pages')?.data.subarray(0) ?? [];
    expect(all.map(({ data }) => data.length)).toEqual([153, 153, 153]);
    expect(all.flatMap(({ data }) => [...data])).toEqual([...expected]);
    expect(decodeTiff(file('pages'), origin, { pages: [2] })[0].data).toEqual(all[2].data);
    expect(messageOf(file('pages'), { pages: [3] })).toBe(
      `toy: file "/d/x": pages: expected pages below 3, got 3; ${end}`,
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), 'expected a TIFF, got an empty file'],
    ['a PNG', golden('png/grey8.png'), 'signature: expected that of TIFF, II or MM, got other bytes'],
    ['BigTIFF', file('big-refused'), 'signature: expected a classic TIFF, got a BigTIFF'],
    ['JPEG inside', file('jpeg-refused'), 'page 0: expected no compression, PackBits, LZW or Deflate, got JPEG'],
    [
      'no directory',
      file('signed16').slice(0, 8),
      'page 0: expected a directory at byte 8, got the end of the file, or no entries',
    ],
    [
      'cut pixels',
      file('grey1-pil').slice(0, -3),
      'page 0, strip 0: expected 27 bytes at byte 110, got the end of the file at 134',
    ],
    ['a size bomb', retagged('signed16', 256, 65535), 'page 0, strip 0: expected 1179630 bytes, got 306'],
    [
      'no compression of that number',
      retagged('signed16', 259, 12345),
      'page 0: expected no compression, PackBits, LZW or Deflate, got method 12345',
    ],
    ['CMYK', retagged('signed16', 262, 5), 'page 0: expected grey, RGB or palette, got CMYK'],
    [
      '12 bits',
      retagged('signed16', 258, 12),
      'page 0: expected 1, 2, 4, 8, 16 or 32 bits, or floats of 32 or 64, got 12 bits of format 2',
    ],
    [
      'a tag missing',
      retagged('signed16', 262, 1, 60000),
      'page 0, PhotometricInterpretation: expected numbers, got nothing',
    ],
    [
      'a predictor that is none',
      retagged('float-predictor2', 317, 9),
      'page 0, strip 0: expected predictor 1, 2 (to 32 bits) or 3 (floats), got 9',
    ],
  ])('refuses: %s', (_, bytes, message) => {
    expect(messageOf(bytes)).toBe(`toy: file "/d/x": ${message}; ${end}`);
  });

  it('refuses a directory that leads back to itself', () => {
    const bytes = file('pages');
    const view = new DataView(bytes.buffer);
    const first = view.getUint32(4, true);
    view.setUint32(first + 2 + 12 * view.getUint16(first, true), first, true);
    expect(messageOf(bytes)).toBe(
      `toy: file "/d/x": page 1: expected a directory of its own, got the one at byte ${first} again; ${end}`,
    );
  });

  it('refuses pictures over the limit before it makes them, all pages counted', () => {
    expect(messageOf(file('pages'), { maxBytes: 900 })).toBe(
      `toy: file "/d/x": all pages: expected at most 900 bytes when decoded, got 918 x 1 bytes; ${end}`,
    );
    expect(messageOf(retagged('signed16', 256, 65535), { maxBytes: 1000 })).toBe(
      `toy: file "/d/x": page 0, size: expected at most 1000 bytes when decoded, got 1 x 65535 x 9 x 1 x 2 bytes; ${end}`,
    );
  });

  it('refuses NaN unless told to keep it', () => {
    const holes = golden('geotiff/turned.tif');
    expect(errorOf(() => decodeTiff(holes, origin)).message).toBe(
      'toy: file "/d/x": page 0, sample 23: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"',
    );
    expect(decodeTiff(holes, origin, { nonFinite: 'keep' })[0].data[23]).toBeNaN();
  });

  it('any damage gives pages or a DataError', async () => {
    const names = ['rgb-lzw-pil', 'rgb-packbits-pil', 'palette-pil', 'planes', 'rgb-tiles-deflate', 'float-predictor3'];
    const read = (bytes: Uint8Array): void => {
      for (const { width, height, channels, data } of decodeTiff(bytes, origin, { nonFinite: 'keep' })) {
        expect(data.length).toBe(width * height * channels);
      }
    };
    await survives(
      names.map((name) => `tiff/${name}.tif`),
      read,
      { runs: 200 },
    );
    // GDAL writes the directory first, where all that lies about sizes is.
    await survives(['tiff/rgb-tiles-deflate.tif', 'tiff/signed16.tif'], read, { runs: 200, within: 220 });
  });
});

describe('decodeGeoTiff', () => {
  const geo = decodeNpz(golden('geotiff/values.npz'), origin, { nonFinite: 'keep' });

  it('reads bands, place, coordinate system and the value for no data', () => {
    const { raster, ...rest } = decodeGeoTiff(golden('geotiff/utm33.tif'), origin);
    expect(rest).toEqual({
      transform: [399960, 20, 0, 4700040, 0, -20],
      pixelIsPoint: false,
      epsg: 32633,
      noData: -9999,
    });
    expect([raster.height, raster.width, raster.channels, raster.bitDepth]).toEqual([12, 10, 4, 16]);
    expect(raster.data).toEqual(geo.get('values')?.data);
  });

  it('keeps NaN where the file says that it means no data', () => {
    const { raster, ...rest } = decodeGeoTiff(golden('geotiff/turned.tif'), origin);
    expect(rest).toEqual({
      transform: [10, 0.5, 0.1, 50, 0.1, -0.5],
      pixelIsPoint: false,
      epsg: 4326,
      noData: Number.NaN,
    });
    expect(raster.data).toEqual(geo.get('holes')?.data);
  });

  it('takes the page at full size of a cloud-optimised file', () => {
    const { raster } = decodeGeoTiff(golden('geotiff/cloud.tif'), origin);
    expect([...raster.data]).toEqual([...(geo.get('values')?.data ?? [])]);
  });

  it('has no place for a plain TIFF', () => {
    const { raster, ...rest } = decodeGeoTiff(file('signed16'), origin);
    expect(rest).toEqual({ transform: null, pixelIsPoint: false, epsg: null, noData: null });
    expect(raster.width).toBe(17);
  });

  it('any damage gives a picture or a DataError', async () => {
    await survives(['geotiff/utm33.tif', 'geotiff/turned.tif'], (bytes) => decodeGeoTiff(bytes, origin), {
      within: 600,
    });
  });
});
