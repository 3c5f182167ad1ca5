import { describe, expect, it } from 'vitest';
import { decodeHdf5, type Hdf5Options } from '../src/formats/hdf5.ts';
import { rejectionOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const messageOf = async (bytes: Uint8Array, options: Hdf5Options = {}): Promise<string> =>
  (await rejectionOf(() => decodeHdf5(bytes, origin, options))).message;
const fix = 'fix: write the file again with h5py, or name the datasets that are wanted';
const numeric = (shape: readonly number[], data: ArrayLike<number | bigint>) => ({ kind: 'numeric', shape, data });
const grid = numeric([2, 3], Float64Array.of(-1, 0.5, 2, 3.5, 5, 6.5));

describe('decodeHdf5', () => {
  it('reads what h5py wrote, by path, and follows no link', async () => {
    expect(Object.fromEntries(await decodeHdf5(golden('hdf5/plain.h5'), origin))).toEqual({
      grid,
      big: numeric([3, 2], Int32Array.of(-2, -1, 0, 1, 2, 3)),
      wide: numeric([1], BigInt64Array.of(2n ** 60n + 1n)),
      flags: numeric([2], Int8Array.of(1, 0)),
      scalar: numeric([], Float32Array.of(1.5)),
      none: numeric([0, 3], new Float32Array(0)),
      word: { kind: 'text', shape: [], values: ['naïve'] },
      words: { kind: 'text', shape: [2], values: ['ab', 'c'] },
      packed: numeric(
        [20, 30],
        Uint16Array.from({ length: 600 }, (_, at) => at),
      ),
      'train/deep/depth': numeric([2, 2], Uint8Array.of(0, 1, 2, 3)),
    });
  });

  it('reads MATLAB 7.3 with the axes of MATLAB', async () => {
    expect(Object.fromEntries(await decodeHdf5(golden('hdf5/matlab73.mat'), origin))).toEqual({
      grid: numeric([2, 3], Float64Array.of(0, 1, 2, 3, 4, 5)),
      mask: numeric([2, 3], Uint8Array.of(0, 0, 0, 1, 1, 1)),
      word: { kind: 'text', shape: [1], values: ['hé'] },
      none: numeric([0, 0], new BigUint64Array(0)),
    });
  });

  it('reads only the datasets asked for', async () => {
    const some = await decodeHdf5(golden('hdf5/plain.h5'), origin, { datasets: ['/train/deep/depth', 'grid'] });
    expect([...some.keys()]).toEqual(['train/deep/depth', 'grid']);
    expect(await messageOf(golden('hdf5/others.h5'), { datasets: ['fin'] })).toBe(
      `toy: file "/d/x": expected a dataset "fin", got "fine", "half", "huge", "lzf", "nan", "nothing", "record"; ${fix}`,
    );
  });

  it.each([
    ['half', 'dataset "half": expected integers, floats of 32 or 64 bits, or text, got floats of 2 bytes'],
    ['record', 'dataset "record": expected integers, floats of 32 or 64 bits, or text, got compounds of 8 bytes'],
    ['nothing', 'dataset "nothing": expected values, got an empty dataspace'],
    ['lzf', 'dataset "lzf": expected the filters of HDF5 itself, got filter 32000'],
    ['huge', 'dataset "huge": expected at most 268435456 bytes, got 1048576 x 1048576 x 8 bytes'],
  ])('refuses by name: %s', async (name, message) => {
    expect(await messageOf(golden('hdf5/others.h5'), { datasets: [name] })).toBe(
      `toy: file "/d/x": ${message}; ${fix}`,
    );
  });

  it('refuses other files, and NaN unless told to keep it', async () => {
    expect(await messageOf(new Uint8Array(0))).toBe(
      `toy: file "/d/x": signature: expected that of HDF5, got an empty file; ${fix}`,
    );
    expect(await messageOf(golden('hdf5/plain.h5').slice(0, 4000))).toMatch(
      /^toy: file "\/d\/x": expected an HDF5 file, got /,
    );
    const others = golden('hdf5/others.h5');
    expect(await messageOf(others, { datasets: ['nan'] })).toBe(
      'toy: file "/d/x": dataset "nan", value 1: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"',
    );
    const kept = await decodeHdf5(others, origin, { datasets: ['nan'], nonFinite: 'keep' });
    expect(kept.get('nan')).toEqual(numeric([2], Float64Array.of(1, Number.NaN)));
  });

  it('gives no more values than the file says, whatever a chunk inflates to', async () => {
    const before = process.memoryUsage.rss();
    try {
      const values = await decodeHdf5(golden('hdf5/bomb.h5'), origin);
      expect(values.get('x')).toEqual(numeric([100], new Uint8Array(100)));
    } catch (error) {
      expect(String(error)).toMatch(/^DataError: toy: file/);
    }
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(200);
  });

  it('any damage gives values or a DataError, and the library lives on', async () => {
    await survives(
      ['hdf5/plain.h5', 'hdf5/matlab73.mat'],
      async (bytes) => decodeHdf5(bytes, origin, { nonFinite: 'keep' }),
      { runs: 80 },
    );
    expect((await decodeHdf5(golden('hdf5/plain.h5'), origin, { datasets: ['grid'] })).get('grid')).toEqual(grid);
  });
});
