// BMP, and HDF5 files read in parts. The pictures and the file are by Pillow and h5py: tools/golden/published_files.py.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeBmp } from '../src/formats/bmp.ts';
import { type Hdf5File, maxHdf5BlockBytes, withHdf5File } from '../src/formats/hdf5-file.ts';
import { errorOf, rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };

describe('decodeBmp', () => {
  const pixel = (y: number, x: number): number[] => [20 * y + x, 30 * x, 250 - 10 * y];
  const grid = Array.from({ length: 35 }, (_, at) => [Math.floor(at / 7), at % 7]);

  it.each([
    ['grey', 1, grid.flatMap(([y, x]) => pixel(y, x)[0])],
    ['colour', 3, grid.flatMap(([y, x]) => pixel(y, x))],
    ['alpha', 3, grid.flatMap(([y, x]) => pixel(y, x))],
    ['palette', 3, grid.flatMap(([y]) => [10, 20, 30].map((value) => value + 30 * (y % 3)))],
  ])('reads what Pillow wrote: %s', (name, channels, data) => {
    const raster = decodeBmp(golden(`bmp/${name}.bmp`), origin);
    expect(raster).toEqual({ width: 7, height: 5, channels, bitDepth: 8, data: Uint8Array.from(data) });
  });

  it('a negative height says that the first row comes first', () => {
    const bytes = golden('bmp/colour.bmp').slice();
    new DataView(bytes.buffer).setInt32(22, -5, true);
    const turned = decodeBmp(bytes, origin).data;
    expect([...turned.subarray(0, 3)]).toEqual(pixel(4, 0));
  });

  it('refuses by name', () => {
    const message = (edit: (view: DataView) => void): string => {
      const bytes = golden('bmp/colour.bmp').slice();
      edit(new DataView(bytes.buffer));
      return errorOf(() => decodeBmp(bytes, origin)).message.replace('toy: file "/d/x": ', '');
    };
    const fix = '; fix: save the picture again as PNG';
    expect(message((view) => view.setUint8(0, 1))).toBe(`signature: expected that of BMP, got other bytes${fix}`);
    expect(message((view) => view.setUint32(30, 1, true))).toBe(`header: expected no compression, got kind 1${fix}`);
    expect(message((view) => view.setInt32(18, 1 << 30, true))).toBe(
      `size: expected at most 134217728 bytes when decoded, got 5 x 1073741824 x 3 x 1 bytes${fix}`,
    );
    expect(message((view) => view.setInt32(22, 6, true))).toBe(
      `pixels: expected 144 bytes from byte 54 on, got a file of 174${fix}`,
    );
    const bit = errorOf(() => decodeBmp(golden('bmp/one-bit.bmp'), origin)).message;
    expect(bit).toBe(`toy: file "/d/x": header: expected 8, 24 or 32 bits, got 1${fix}`);
  });

  it('a damaged file is a picture or a DataError', async () => {
    const files = ['grey', 'colour', 'alpha', 'palette'].map((name) => `bmp/${name}.bmp`);
    await survives(files, (bytes) => {
      const { width, height, channels, data } = decodeBmp(bytes, origin);
      expect(data.length).toBe(width * height * channels);
    });
  });
});

describe('withHdf5File', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-hdf5-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'x.mat');
  const within = <T>(bytes: Uint8Array, action: (file: Hdf5File) => T): Promise<T> => {
    writeFileSync(path, bytes);
    return withHdf5File(path, origin, action);
  };
  const file = golden('published/nyu.mat');

  it('reads blocks, and the texts of a cell array, as h5py wrote them', async () => {
    expect(await within(file, (open) => open.shape('images'))).toEqual([5, 3, 16, 12]);
    const block = await within(file, (open) => open.read('images', [4, 1, 2, 3], [1, 2, 2, 2]));
    const value = (channel: number, x: number, y: number): number => (160 + 3 * y + x + 50 * channel) & 255;
    const expected = [1, 2].flatMap((channel) => [2, 3].flatMap((x) => [3, 4].map((y) => value(channel, x, y))));
    expect(block).toEqual({ shape: [1, 2, 2, 2], data: Uint8Array.from(expected) });
    expect(await within(file, (open) => open.cellTexts('sceneTypes'))).toEqual([
      'kitchen',
      'bedroom',
      'cafe',
      'office',
      'kitchen',
    ]);
  });

  it.each([
    [
      (open: Hdf5File) => open.read('images', [5, 0, 0, 0], [1, 1, 1, 1]),
      'out-of-range',
      'dataset "images": expected a block of 5 x 3 x 16 x 12, got [5, 0, 0, 0] and 1 x 1 x 1 x 1 from there',
    ],
    [(open: Hdf5File) => open.shape('rawDepths'), 'missing', 'expected a dataset "rawDepths", got none'],
    [
      (open: Hdf5File) => open.cellTexts('labels'),
      'unsupported',
      'dataset "labels": expected a cell array, got integers',
    ],
    [
      (open: Hdf5File) => open.read('sceneTypes', [0, 0], [1, 1]),
      'unsupported',
      'dataset "sceneTypes": expected integers, or floats of 32 or 64 bits, got references of 8 bytes',
    ],
  ] as const)('refuses by name', async (action, code, message) => {
    const error = await rejectionOf(() => within<unknown>(file, action));
    expect([error.code, error.message]).toEqual([code, `toy: file "/d/x": ${message}; fix: get the file again`]);
  });

  it('follows no link, and holds blocks and chunks to a limit', async () => {
    const others = golden('hdf5/others.h5');
    expect((await rejectionOf(() => within(golden('hdf5/plain.h5'), (open) => open.shape('again')))).code).toBe(
      'missing',
    );
    const huge = await rejectionOf(() => within(others, (open) => open.read('huge', [0, 0], [1 << 20, 1 << 20])));
    expect(huge.message).toContain(`at most ${maxHdf5BlockBytes} bytes, got 1048576 x 1048576 x 8 bytes`);
    expect((await rejectionOf(() => withHdf5File(join(folder, 'none'), origin, () => 0))).code).toBe('missing');
  });

  it('a damaged file gives values or a DataError', async () => {
    const read = (open: Hdf5File): void => {
      open.cellTexts('sceneTypes');
      const [count, width, height] = open.shape('depths');
      open.read('depths', [count - 1, 0, 0], [1, width, height]);
    };
    await survives(['published/nyu.mat'], (bytes) => within(bytes, read), { runs: 60 });
  });
});
