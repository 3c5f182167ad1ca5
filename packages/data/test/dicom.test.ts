import { describe, expect, it } from 'vitest';
import { type DicomImage, decodeDicom, windowed } from '../src/formats/dicom.ts';
import { decodeNpz } from '../src/formats/npy.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`dicom/${name}.dcm`);
const read = (name: string): Promise<DicomImage> => decodeDicom(file(name), origin);
const values = decodeNpz(golden('dicom/values.npz'), origin);

/** The file with one text in it replaced by another of the same length. */
function replaced(name: string, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(file(name));
  const at = bytes.indexOf(from, 132);
  if (at < 0 || from.length !== to.length) throw new Error(`no ${from}`);
  bytes.write(to, at, 'latin1');
  return bytes;
}

describe('decodeDicom', () => {
  it.each(['grey-explicit', 'grey-implicit', 'grey-big-endian', 'grey-rle', 'grey-jpeg-ls', 'grey-jpeg-2000'])(
    '%s has the values of pydicom',
    async (name) => {
      const image = await read(name);
      expect([image.frames, image.height, image.width, image.channels]).toEqual([1, 21, 15, 1]);
      expect([image.photometric, image.modality, image.bitDepth]).toEqual(['MONOCHROME2', 'MR', 16]);
      expect(image.windows).toEqual([{ centre: 600, width: 1600 }]);
      expect(image.data).toEqual(values.get('grey')?.data);
    },
  );

  it.each([
    ['rgb-odd', 'rgb', 'pydicom'],
    ['rgb-rle', 'rgb', 'pydicom'],
    ['rgb-jpeg', 'rgb-jpeg', 'Pillow'],
  ])('%s has the colours %s of %s', async (name, key) => {
    const image = await read(name);
    expect([image.height, image.width]).toEqual([19, 23]);
    expect([image.photometric, image.channels, image.bitDepth]).toEqual(['RGB', 3, 8]);
    expect(image.data).toEqual(values.get(key)?.data);
  });

  it('clears the bits that are not stored, extends the sign, puts planes together', async () => {
    const twelve = await read('twelve');
    expect([...twelve.data]).toEqual(Array.from({ length: 12 }, (_, at) => 341 * at));
    expect([twelve.slope, twelve.intercept, twelve.pixelSpacing]).toEqual([2, -100, [0.2, 0.3]]);
    expect(twelve.windows).toEqual([
      { centre: 1000, width: 2000 },
      { centre: 500, width: 100 },
    ]);
    const signed = await read('signed');
    expect(signed.frames).toBe(2);
    expect(signed.data).toEqual(Int16Array.from({ length: 24 }, (_, at) => 100 * at - 1200));
    const planes = await read('planes');
    expect([...planes.data.subarray(0, 6)]).toEqual([0, 84, 168, 7, 91, 175]);
  });

  it('windows as the standard says, and turns MONOCHROME1 round', async () => {
    const image = await read('twelve');
    const white = (value: number): number => {
      if (value <= 999.5 - 999.5) return 1;
      return value > 999.5 + 999.5 ? 0 : 1 - ((value - 999.5) / 1999 + 0.5);
    };
    const shades = windowed(image);
    for (const [at, shade] of shades.entries()) expect(shade).toBeCloseTo(white(2 * 341 * at - 100), 6);
    const full = windowed({ ...image, windows: [], photometric: 'MONOCHROME2' });
    expect([full[0], full[11]]).toEqual([0, 1]);
    const flat = windowed({ ...image, photometric: 'MONOCHROME2' }, { centre: 582, width: 1 });
    expect([...flat]).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  const fix = 'fix: convert the file to Explicit VR Little Endian';
  it.each([
    ['nothing', new Uint8Array(0), 'preamble: expected DICM at byte 128, got an empty file'],
    ['a PNG', golden('png/palette8.png'), 'preamble: expected DICM at byte 128, got other bytes'],
    [
      'lossless JPEG',
      replaced('grey-jpeg-2000', '1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.70'),
      'transfer syntax: expected no compression, RLE, JPEG baseline, JPEG-LS or JPEG 2000, got lossless JPEG',
    ],
    [
      'a palette',
      replaced('twelve', 'MONOCHROME1 ', 'PALETTE COL '),
      'PhotometricInterpretation: expected MONOCHROME1, MONOCHROME2 or RGB, got "PALETTE COL"',
    ],
    [
      'frames that are not there',
      replaced('signed', 'IS\u0002\u00002 ', 'IS\u0002\u00009 '),
      'pixel data: expected 216 bytes, got 48',
    ],
    [
      'frames that are no number',
      replaced('signed', 'IS\u0002\u00002 ', 'IS\u0002\u00009E'),
      'size: expected rows, columns and frames of at least 1, got 3, 4, "9E"',
    ],
  ])('refuses: %s', async (_, bytes, message) => {
    const error = await rejectionOf(() => decodeDicom(bytes, origin));
    expect(error.message).toBe(`toy: file "/d/x": ${message}; ${fix}`);
  });

  it('refuses what is too large before it makes it, and a size that the compressed data do not have', async () => {
    const large = await rejectionOf(() => decodeDicom(file('twelve'), origin, { maxBytes: 10 }));
    expect(large.message).toBe(
      `toy: file "/d/x": size: expected at most 10 bytes when decoded, got 1 x 3 x 4 x 1 x 2 bytes; ${fix}`,
    );
    const bytes = file('grey-jpeg-2000');
    const at = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
    bytes.set([0x7f, 0xff, 0xff, 0xff], at + 8);
    expect((await rejectionOf(() => decodeDicom(bytes, origin))).message).toBe(
      `toy: file "/d/x": frame 0: expected a jpeg-2000 stream of 15 x 21 x 1, got 2147483647 x 21 x 1; ${fix}`,
    );
  });

  it('any damage gives an image or a DataError', async () => {
    const check = async (bytes: Uint8Array): Promise<void> => {
      const { frames, width, height, channels, data } = await decodeDicom(bytes, origin);
      expect(data.length).toBe(frames * width * height * channels);
    };
    const names = ['twelve', 'signed', 'planes', 'rgb-rle', 'rgb-jpeg', 'grey-jpeg-2000', 'grey-jpeg-ls'];
    await survives(
      names.map((name) => `dicom/${name}.dcm`),
      check,
      { runs: 60 },
    );
    expect((await read('grey-jpeg-2000')).data).toEqual(values.get('grey')?.data);
  });
});
