import { describe, expect, it } from 'vitest';
import type { RawCube } from '../../src/datasets/dataset.ts';
import { openPublished } from '../../src/published/open.ts';
import type { PublishedExample } from '../../src/published/published.ts';
import { rejectionOf } from '../fixtures.ts';
import { all, copy, faultsOf, remove, usual } from './copies.ts';
import { matlabArrays } from './fixtures/arrays.ts';
import { put } from './fixtures/encoders.ts';
import { bands, bandValue, height, mapOf, width, writeIndianPines, writePavia } from './fixtures/scenes.ts';

const placeOf = ({ id }: PublishedExample<RawCube>): [number, number] => {
  const [row, column] = id.split(',').map(Number);
  return [row, column];
};

describe('indian-pines', () => {
  it('draws pixels of each class, with the patch around them mirrored at the edges', async () => {
    const dataset = await openPublished('indian-pines', copy(writeIndianPines), {
      settings: { perClass: 10, patch: 5 },
    });
    const [train, test] = [await all(dataset, 'train'), await all(dataset, 'test')];
    const map = mapOf(16);
    const counts = Array.from({ length: 16 }, (_, k) => map.filter((id) => id === k + 1).length);
    const ofClass = (examples: typeof train, id: number): number =>
      examples.filter(({ target }) => target.kind === 'class' && target.id === id).length;
    for (const [k, count] of counts.entries()) {
      const wanted = Math.min(10, Math.floor(count / 2));
      expect([k, ofClass(train, k), ofClass(test, k)]).toEqual([k, wanted, count - wanted]);
    }
    expect(new Set([...train, ...test].map(({ id }) => id)).size).toBe(train.length + test.length);
    const mirror = (at: number, size: number): number => (at < 0 ? -at - 1 : at >= size ? 2 * size - 1 - at : at);
    for (const example of [...train, ...test]) {
      const [row, column] = placeOf(example);
      const { target, input } = example;
      if (target.kind !== 'class' || target.id !== map[row * width + column] - 1) throw new Error(example.id);
      if ((row > 2 && row < height - 3) || (row + column) % 3 > 0) continue;
      const expected = Float32Array.from({ length: 25 * bands }, (_, at) => {
        const pixel = Math.floor(at / bands);
        const [r, c] = [row - 2 + Math.floor(pixel / 5), column - 2 + (pixel % 5)];
        return bandValue(mirror(r, height), mirror(c, width), at % bands);
      });
      expect(input).toEqual({ values: expected, height: 5, width: 5, bands });
    }
    const mean = train.reduce((sum, example) => sum + bandValue(...placeOf(example), 3), 0) / train.length;
    expect(dataset.channels[3]).toMatchObject({ name: 'band 3', mean: expect.closeTo(mean, 3) });
  });

  it('shares no pixel of a patch between the sides of a spatial split', async () => {
    const settings = { tile: 12, patch: 3, seed: 4 };
    const dataset = await openPublished('indian-pines', copy(writeIndianPines), { protocol: 'spatial', settings });
    const seen = async (name: string): Promise<Set<string>> =>
      new Set(
        (await all(dataset, name)).flatMap((example) => {
          const [row, column] = placeOf(example);
          return [-1, 0, 1].flatMap((r) => [-1, 0, 1].map((c) => `${row + r},${column + c}`));
        }),
      );
    const [train, test] = [await seen('train'), await seen('test')];
    expect([...train].filter((place) => test.has(place))).toEqual([]);
    const sizes = [...dataset.splits.values()].map(({ length }) => length);
    expect(Math.min(...sizes)).toBeGreaterThan(250);
    const groups = [...dataset.splits.values()].map((split) => new Set(split.groups));
    expect([...groups[0]].filter((group) => groups[1].has(group))).toEqual([]);
    const other = await openPublished('indian-pines', copy(writeIndianPines), {
      protocol: 'spatial',
      settings: { ...settings, seed: 5 },
    });
    expect(other.fingerprint).not.toBe(dataset.fingerprint);
  });

  it('takes TR and TE of SpectralFormer', async () => {
    const options = { protocol: 'spectralformer', settings: { patch: 1, bands: 6 } };
    const dataset = await openPublished('indian-pines', copy(writeIndianPines), options);
    expect([dataset.classes[0], dataset.classes[13]]).toEqual(['Corn-notill', 'Alfalfa']);
    const [train, test] = [await all(dataset, 'train'), await all(dataset, 'test')];
    expect(train.every((example) => (placeOf(example)[0] * width + placeOf(example)[1]) % 3 === 0)).toBe(true);
    expect(train.length + test.length).toBe(mapOf(16).filter((id) => id > 0).length);
    expect([...train[0].input.values]).toEqual(
      Array.from({ length: 6 }, (_, band) => bandValue(...placeOf(train[0]), band)),
    );
    expect(dataset.channels.length).toBe(6);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeIndianPines);
    const map = mapOf(16);
    map[5] = 17;
    map[40] = 99;
    put(folder, 'Indian_pines_gt.mat', matlabArrays({ indian_pines_gt: { shape: [height, width], data: map } }));
    const known = usual('indian-pines');
    expect(await faultsOf('indian-pines', folder)).toEqual([
      `file "Indian_pines_gt.mat": row 0, column 5: expected a class from 1 to 16, or 0, got 17; ${known}`,
      `file "Indian_pines_gt.mat": row 1, column 4: expected a class from 1 to 16, or 0, got 99; ${known}`,
    ]);
    put(folder, 'Indian_pines_gt.mat', matlabArrays({ other: { shape: [width, height], data: map } }));
    expect(await faultsOf('indian-pines', folder)).toEqual([
      `file "Indian_pines_gt.mat": size: expected 40 x 36, as the scene has, got 36 x 40; ${known}`,
    ]);
    remove(folder, 'Indian_pines_corrected.mat');
    expect(await faultsOf('indian-pines', folder)).toEqual([
      `file "Indian_pines_corrected.mat": expected the scene, got nothing there; ${known}`,
    ]);
    const [TR, TE] = [mapOf(16), mapOf(16)].map((data, at) => ({ shape: [height, width], data: data.fill(at, 40) }));
    const input = { shape: [height, width, 1], data: new Float64Array(height * width) };
    put(folder, 'IndianPine.mat', matlabArrays({ input, TR, TE }));
    const both = await faultsOf('indian-pines', folder, {
      protocol: 'spectralformer',
      keep: 100,
      settings: { patch: 1 },
    });
    expect(both[0]).toBe(
      `file "IndianPine.mat": row 0, column 2: expected a pixel in TR or in TE, got it in both; ${known}`,
    );
    put(folder, 'IndianPine.mat', matlabArrays({ input, TR }));
    expect((await faultsOf('indian-pines', folder, { protocol: 'spectralformer' }))[0]).toBe(
      `file "IndianPine.mat": expected a variable TE, got input, TR; ${known}`,
    );
    for (const [settings, message] of [
      [{ patch: 4 }, 'setting patch: expected an odd side, got 4'],
      [{ bands: 9 }, 'setting bands: expected at most 8, got 9'],
    ] as const) {
      const error = await rejectionOf(() => openPublished('indian-pines', copy(writeIndianPines), { settings }));
      expect(error.message).toContain(message);
    }
    const wide = { protocol: 'spatial', settings: { patch: 9, tile: 8 } };
    const error = await rejectionOf(() => openPublished('indian-pines', copy(writeIndianPines), wide));
    expect(error.message).toContain('setting patch: expected at most a tile, 8, got 9');
  });
});

describe('pavia', () => {
  it('reads the university and the centre', async () => {
    const folder = copy(writePavia);
    const settings = { perClass: 5, patch: 3 };
    const names = await Promise.all(
      ['university-random', 'centre-random'].map(async (protocol) => {
        const dataset = await openPublished('pavia', folder, { protocol, settings });
        expect((await all(dataset, 'train')).length).toBe(45);
        return [dataset.classes[0], dataset.classes.length];
      }),
    );
    expect(names).toEqual([
      ['Asphalt', 9],
      ['Water', 9],
    ]);
    expect(
      (await openPublished('pavia', folder, { protocol: 'centre-spatial', settings: { tile: 10 } })).splits.size,
    ).toBe(2);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writePavia);
    const known = usual('pavia');
    expect(await faultsOf('pavia', folder, { protocol: 'spectralformer' })).toEqual([
      `file "Pavia.mat": expected a variable TR, got pavia; ${known}`,
    ]);
    put(folder, 'PaviaU_gt.mat', 'MATLAB');
    expect((await faultsOf('pavia', folder))[0]).toBe(
      'file "PaviaU_gt.mat": header: expected 128 bytes of a MATLAB 5 file, got 6 bytes; fix: save the variables again with save -v7',
    );
    put(folder, 'PaviaU.mat', matlabArrays({ paviaU: { shape: [4, 4], data: new Float64Array(16) } }));
    expect((await faultsOf('pavia', folder))[0]).toBe(
      `file "PaviaU.mat": expected a variable paviaU of 3 axes, got paviaU [4, 4]; ${known}`,
    );
    put(
      folder,
      'Pavia_gt.mat',
      matlabArrays({ pavia_gt: { shape: [height, width], data: new Uint8Array(height * width) } }),
    );
    expect(await faultsOf('pavia', folder, { protocol: 'centre-random' })).toEqual([
      `file ".": split "train": expected at least one example, got none; ${known}`,
    ]);
  });
});
