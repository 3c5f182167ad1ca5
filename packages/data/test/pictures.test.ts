// PNG and JPEG.

import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeJpeg, type JpegRaster, upright } from '../src/formats/jpeg.ts';
import { decodeNpy } from '../src/formats/npy.ts';
import { decodePng } from '../src/formats/png.ts';
import type { Raster } from '../src/formats/raster.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const valuesOf = (name: string): ReturnType<typeof decodeNpy> => decodeNpy(golden(`${name}.npy`), origin);

function expectWhole({ width, height, channels, bitDepth, data }: Raster): void {
  expect(data.length).toBe(width * height * channels);
  expect(data.BYTES_PER_ELEMENT).toBe(bitDepth > 8 ? 2 : 1);
}

/** A PNG of these chunks; the checksum of each is right. */
function pngBytes(...chunks: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}
function ihdr(width: number, height: number, depth: number, colour: number, interlace = 0): [string, Uint8Array] {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return ['IHDR', data];
}
const idat = (...bytes: readonly number[]): [string, Uint8Array] => ['IDAT', deflateSync(Uint8Array.from(bytes))];
const iend: [string, Uint8Array] = ['IEND', new Uint8Array(0)];
const plte: [string, Uint8Array] = ['PLTE', Uint8Array.of(1, 2, 3)];

describe('decodePng', () => {
  it.each([
    ['grey1', 1, 1],
    ['grey8', 1, 8],
    ['grey-alpha8', 2, 8],
    ['rgb8', 3, 8],
    ['rgba8', 4, 8],
    ['grey16', 1, 16],
    ['rgb16', 3, 16],
    ['rgba16', 4, 16],
    ['key8', 4, 8],
    ['palette4', 3, 8],
    ['palette8', 3, 8],
    ['palette-alpha8', 4, 8],
    ['adam7-rgb8', 3, 8],
    ['adam7-grey16', 1, 16],
  ])('%s has the values of Pillow and GDAL', async (name, channels, bitDepth) => {
    const raster = await decodePng(golden(`png/${name}.png`), origin);
    const { shape, data } = valuesOf(`png/${name}`);
    expect([raster.height, raster.width]).toEqual(shape.slice(0, 2));
    expect([raster.channels, raster.bitDepth]).toEqual([channels, bitDepth]);
    expect(raster.data).toEqual(data);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'expected a PNG, got an empty file'],
    ['a JPEG', golden('jpeg/grey.jpg'), 'signature: expected that of PNG, got a JPEG'],
    [
      'a file cut short',
      golden('png/rgb8.png').slice(0, -20),
      'chunk IDAT at byte 33: expected at most 284 bytes, got 292',
    ],
    ['no end', golden('png/rgb8.png').slice(0, -12), 'byte 337: expected a chunk, got the end of the file'],
    [
      'a changed byte',
      golden('png/rgb8.png').fill(9, 60, 61),
      'chunk IDAT at byte 33: expected its checksum, got another: the file was changed or damaged',
    ],
    [
      'more bytes',
      Buffer.concat([golden('png/grey1.png'), Buffer.from('x')]),
      'byte 88: expected the end of the file after IEND, got 1 bytes',
    ],
    ['interlaced bits', golden('png/adam7-grey1.png'), 'IHDR: expected interlacing from 8 bits on, got 1 bits'],
    ['no width', pngBytes(ihdr(0, 1, 8, 0), idat(0), iend), 'IHDR: expected sizes from 1 to 2147483647, got 0 x 1'],
    [
      'wrong bits',
      pngBytes(ihdr(1, 1, 4, 2), idat(0), iend),
      'IHDR: expected a colour type and its bits, got type 2, 4 bits',
    ],
    [
      'a size bomb',
      pngBytes(ihdr(2e9, 2e9, 16, 6), idat(0), iend),
      'size: expected at most 134217728 bytes when decoded, got 2000000000 x 2000000000 x 4 x 2 bytes',
    ],
    [
      'a deflate bomb',
      pngBytes(ihdr(1, 1, 8, 0), ['IDAT', deflateSync(new Uint8Array(2 ** 23))], iend),
      'IDAT: expected at most 2 inflated bytes, got more',
    ],
    ['too few pixels', pngBytes(ihdr(2, 2, 8, 0), idat(0, 1, 2), iend), 'IDAT: expected 6 inflated bytes, got 3'],
    [
      'a filter that is none',
      pngBytes(ihdr(1, 1, 8, 0), idat(7, 0), iend),
      'expected filtered pixels, got Unsupported filter: 7',
    ],
    ['no pixels', pngBytes(ihdr(1, 1, 8, 0), iend), 'expected IHDR first and an IDAT, got IHDR, IEND'],
    ['no palette', pngBytes(ihdr(1, 1, 8, 3), idat(0, 0), iend), 'expected a palette, PLTE, got none'],
    [
      'an index outside',
      pngBytes(ihdr(1, 1, 8, 3), plte, idat(0, 1), iend),
      'pixel 0: expected an index below 1, got 1',
    ],
    [
      'two headers',
      pngBytes(ihdr(1, 1, 8, 0), ihdr(1, 1, 8, 0), idat(0, 0), iend),
      'chunk IHDR at byte 33: expected it once and in order, got it again or late',
    ],
    [
      'an unknown chunk',
      pngBytes(ihdr(1, 1, 8, 0), ['ABCD', new Uint8Array(0)], idat(0, 0), iend),
      'chunk ABCD at byte 33: expected IHDR, PLTE, IDAT, IEND, got another critical chunk',
    ],
  ])('refuses: %s', async (_, bytes, message) => {
    const error = await rejectionOf(() => decodePng(bytes, origin));
    expect(error.message).toBe(`toy: file "/d/x": ${message}; fix: save the picture again as PNG`);
  });

  it('does not inflate a colour profile', async () => {
    const bomb = Buffer.concat([Buffer.from('x\0\0'), deflateSync(new Uint8Array(2 ** 23))]);
    const { data } = await decodePng(pngBytes(ihdr(1, 1, 8, 0), ['iCCP', bomb], idat(0, 5), iend), origin);
    expect([...data]).toEqual([5]);
  });

  it('any damage gives a picture or a DataError', async () => {
    const files = ['rgb8', 'palette-alpha8', 'adam7-grey16', 'key8'].map((name) => `png/${name}.png`);
    // Most damage ends at a checksum; with the checksums made right it gets further.
    const repaired = (bytes: Uint8Array): Uint8Array => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 8; at + 12 <= bytes.length; ) {
        const length = view.getUint32(at);
        if (at + 12 + length > bytes.length) break;
        view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)));
        at += 12 + length;
      }
      return bytes;
    };
    await survives(files, async (bytes) => expectWhole(await decodePng(repaired(bytes), origin)));
  });
});

describe('decodeJpeg', () => {
  it.each(['grey', 'rgb444', 'rgb420', 'progressive'])('%s has the values of libjpeg', async (name) => {
    const raster = await decodeJpeg(golden(`jpeg/${name}.jpg`), origin);
    const { shape, data } = valuesOf(`jpeg/${name}`);
    expect([raster.height, raster.width, raster.channels]).toEqual([21, 35, shape[2] ?? 1]);
    expect([raster.bitDepth, raster.orientation]).toEqual([8, 1]);
    expect(raster.data).toEqual(data);
  });

  it('says how the camera was held, and turns the picture by it', async () => {
    expect((await decodeJpeg(golden('jpeg/rotated.jpg'), origin)).orientation).toBe(6);
    const letters = (orientation: number): string => {
      const raster: JpegRaster = {
        width: 3,
        height: 2,
        channels: 1,
        bitDepth: 8,
        orientation,
        data: Buffer.from('abcdef'),
      };
      const { width, data } = upright(raster);
      return (
        Buffer.from(data)
          .toString()
          .match(new RegExp(`.{${width}}`, 'g')) ?? []
      ).join('/');
    };
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(letters)).toEqual([
      'abc/def',
      'cba/fed',
      'fed/cba',
      'def/abc',
      'ad/be/cf',
      'da/eb/fc',
      'fc/eb/da',
      'cf/be/ad',
    ]);
  });

  const grey = golden('jpeg/grey.jpg');
  const frame = grey.findIndex((byte, at) => byte === 0xff && grey[at + 1] === 0xc0);
  const changed = (at: number, ...bytes: readonly number[]): Uint8Array => {
    const copy = grey.slice();
    copy.set(bytes, at);
    return copy;
  };
  it.each([
    ['nothing', new Uint8Array(0), 'expected a JPEG, got an empty file'],
    ['a PNG', golden('png/grey8.png'), 'signature: expected that of JPEG, got a PNG'],
    ['CMYK', golden('jpeg/cmyk.jpg'), 'frame: expected grey or colour, got CMYK'],
    ['a file cut short', grey.slice(0, -40), 'byte 577: expected a marker, got the end of the file'],
    ['12 bits', changed(frame + 4, 12), 'frame: expected 8 bits, got 12'],
    ['lossless', changed(frame + 1, 0xc3), `byte ${frame}: expected baseline or progressive, got lossless JPEG`],
    [
      'a lying length',
      changed(frame + 2, 0xff, 0xff),
      `byte ${frame}: expected a segment of 2 to ${grey.length - frame - 2} bytes, got 65535`,
    ],
    ['no size', changed(frame + 5, 0, 0), 'frame: expected sizes of at least 1, got 35 x 0'],
    ['no scan', grey.subarray(0, 2), 'byte 2: expected a marker, got the end of the file'],
  ])('refuses: %s', async (_, bytes, message) => {
    const error = await rejectionOf(() => decodeJpeg(bytes, origin));
    expect(error.message).toBe(`toy: file "/d/x": ${message}; fix: save the picture again as JPEG`);
  });

  it('refuses a large size before it decodes, and too many scans', async () => {
    const fix = 'fix: save the picture again as JPEG';
    const large = await rejectionOf(() => decodeJpeg(changed(frame + 5, 0xff, 0xff, 0xff, 0xff), origin));
    expect(large.message).toBe(
      `toy: file "/d/x": size: expected at most 134217728 bytes when decoded, got 65535 x 65535 x 1 x 1 bytes; ${fix}`,
    );
    const progressive = golden('jpeg/progressive.jpg');
    const scan = progressive.lastIndexOf(0xda) - 1;
    const scans = Array.from({ length: 101 }, () => progressive.subarray(scan, -2));
    const many = Buffer.concat([progressive.subarray(0, scan), ...scans, progressive.subarray(-2)]);
    expect((await rejectionOf(() => decodeJpeg(many, origin))).message).toMatch(
      /expected at most 100 scans, got more; fix/,
    );
  });

  it('any damage gives a picture or a DataError, and the decoder lives on', async () => {
    const files = ['grey', 'rgb420', 'progressive', 'rotated'].map((name) => `jpeg/${name}.jpg`);
    await survives(files, async (bytes) => expectWhole(await decodeJpeg(bytes, origin)), { runs: 60 });
    expect((await decodeJpeg(grey, origin)).data).toEqual(valuesOf('jpeg/grey').data);
  });
});
