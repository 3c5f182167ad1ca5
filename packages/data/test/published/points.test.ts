import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPublished } from '../../src/published/open.ts';
import { rejectionOf } from '../fixtures.ts';
import { all, change, copy, faultsOf, remove, row, usual } from './copies.ts';
import { npyBytes, value } from './fixtures/arrays.ts';
import { put } from './fixtures/encoders.ts';
import {
  corruptedLabels,
  hdf5Points,
  pointsFile,
  writeModelNet40,
  writeModelNet40C,
  writeModelNet40Hdf5,
  writeModelNet40Resampled,
} from './fixtures/modelnet40.ts';
import { pointsEach, writeS3dis, writeS3disArrays } from './fixtures/s3dis.ts';
import { writeScanObjectNN } from './fixtures/scanobjectnn.ts';

/** For writers that take their time. */
async function copied(write: (folder: string) => Promise<void>): Promise<string> {
  const folder = copy(() => {});
  await write(folder);
  return folder;
}

describe('modelnet40', () => {
  it('draws points from the meshes by a seed', async () => {
    const folder = copy(writeModelNet40);
    const dataset = await openPublished('modelnet40', folder);
    expect([dataset.classes.length, dataset.classes[36]]).toEqual([40, 'tv_stand']);
    const [first, second, third] = await all(dataset, 'train');
    expect([first, second, third].map(({ id, target }) => [id, target])).toEqual([
      ['airplane/train/airplane_0001.off', { kind: 'class', id: 0 }],
      ['airplane/train/airplane_0002.off', { kind: 'class', id: 0 }],
      ['tv_stand/train/tv_stand_0001.off', { kind: 'class', id: 36 }],
    ]);
    expect([first.input.count, first.input.positions.length, first.input.features]).toEqual([1024, 3072, null]);
    // Every point lies on a side of the box of 2 x 2 x 2.
    const away = Array.from({ length: 1024 }, (_, k) => {
      const [x, y, z] = second.input.positions.subarray(3 * k, 3 * k + 3);
      return Math.abs(Math.max(Math.abs(x), Math.abs(y), Math.abs(z - 1)) - 1);
    });
    expect(Math.max(...away)).toBeLessThan(1e-6);
    const settings = { points: 64, normals: 1, seed: 1 };
    const again = await openPublished('modelnet40', folder, { settings });
    const [other] = await all(again, 'train');
    expect([other.input.count, other.input.features?.length]).toEqual([64, 192]);
    expect(other.input.positions).not.toEqual(first.input.positions.subarray(0, 192));
    const once = await all(await openPublished('modelnet40', folder, { settings }), 'train');
    expect(once[0].input).toEqual(other.input);
    expect(again.fingerprint).not.toBe(dataset.fingerprint);
  });

  it('reads the resampled points in the order of the lists', async () => {
    const folder = copy(writeModelNet40Resampled);
    const dataset = await openPublished('modelnet40', folder, {
      protocol: 'normal-resampled',
      settings: { points: 50, normals: 1 },
    });
    const test = await all(dataset, 'test');
    expect(test.map(({ id, target }) => [id, target])).toEqual([
      ['airplane/airplane_0627.txt', { kind: 'class', id: 0 }],
      ['tv_stand/tv_stand_0268.txt', { kind: 'class', id: 1 }],
    ]);
    expect(test[1].input.count).toBe(50);
    expect([...test[1].input.positions.slice(147)]).toEqual([3 / 16, 49 / 16, -49 / 16]);
    expect([...(test[1].input.features ?? [])].slice(0, 3)).toEqual([0, 0, 1]);
  });

  it('reads the HDF5 files that the lists name', async () => {
    const folder = await copied(writeModelNet40Hdf5);
    const dataset = await openPublished('modelnet40', folder, { protocol: 'hdf5-2048' });
    const train = await all(dataset, 'train');
    expect(train.map(({ id, target }) => [id, target])).toEqual([
      ['ply_data_train0.h5#0', { kind: 'class', id: 2 }],
      ['ply_data_train0.h5#1', { kind: 'class', id: 0 }],
      ['ply_data_train1.h5#0', { kind: 'class', id: 1 }],
    ]);
    const size = hdf5Points * 3;
    expect(train[1].input.positions).toEqual(
      Float32Array.from({ length: size }, (_, at) => Math.fround(value(size + at, 100) / 100)),
    );
    const settings = { points: 7, normals: 1 };
    const some = await openPublished('modelnet40', folder, { protocol: 'hdf5-2048', settings });
    const { input } = (await all(some, 'test'))[0];
    expect([input.count, input.features]).toEqual([7, new Float32Array(21).fill(0.5)]);
  });

  it('finds all faults in one pass', async () => {
    const meshes = copy(writeModelNet40);
    put(meshes, 'airplane/train/airplane_1.off', '');
    put(meshes, 'aeroplane/train/aeroplane_0001.off', '');
    put(meshes, 'tv_stand/test/tv_stand_0268.off', 'OFF\n3 1 0\n0 0 0\n1 0 0\n');
    rmSync(join(meshes, 'airplane/test'), { recursive: true });
    expect(await faultsOf('modelnet40', meshes)).toEqual([
      `file "aeroplane": expected a folder of one of the 40 classes, got another name; ${usual('modelnet40')}`,
      `file "airplane/train/airplane_1.off": expected a mesh named airplane_<four digits>.off, got another file; ${usual('modelnet40')}`,
      `file "airplane/test": expected a readable folder, got nothing there; ${usual('modelnet40')}`,
      'file "tv_stand/test/tv_stand_0268.off": line 2: expected counts that fit 22 bytes, got 3 and 1; fix: export the mesh again as plain OFF',
    ]);
    const texts = copy(writeModelNet40Resampled);
    change(
      texts,
      'modelnet40_test.txt',
      (text) => `${text}chair_0001\nairplane_0001\nairplane_0002\n../x_0001\ntv_stand_0268\n`,
    );
    change(texts, 'tv_stand/tv_stand_0268.txt', (text) => text.slice(0, -12));
    const expected = 'a class of modelnet40_shape_names.txt and four digits, such as chair_0001';
    expect(await faultsOf('modelnet40', texts, { protocol: 'normal-resampled' })).toEqual([
      `file "modelnet40_test.txt": line 3: expected ${expected}, got "chair_0001"; ${row}`,
      `file "modelnet40_test.txt": line 6: expected ${expected}, got "../x_0001"; ${row}`,
      `file "modelnet40_test.txt": line 7: expected each example once, got "tv_stand/tv_stand_0268.txt" twice; ${row}`,
      'file "airplane/airplane_0002.txt": expected the file that modelnet40_test.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
      'file ".": file airplane/airplane_0001.txt: expected it in one split, got it in train and test; fix: take it out of one of them, or get the lists again',
      'file "tv_stand/tv_stand_0268.txt": line 80: expected 6 numbers, got 5; fix: correct that line',
    ]);
    const packed = await copied(writeModelNet40Hdf5);
    put(packed, 'ply_data_train0.h5', await pointsFile([3, 0]));
    put(packed, 'ply_data_train1.h5', 'HDF');
    change(packed, 'train_files.txt', (text) => `${text}x/ply_data_train9.h5\n`);
    expect(await faultsOf('modelnet40', packed, { protocol: 'hdf5-2048' })).toEqual([
      `file "ply_data_train0.h5": label 0: expected a class from 0 to 2, got 3; ${row}`,
      'file "ply_data_train1.h5": signature: expected that of HDF5, got other bytes; fix: get the file again',
      'file "ply_data_train9.h5": expected the file that train_files.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
    ]);
    const error = await rejectionOf(() => openPublished('modelnet40', meshes, { settings: { points: 0 } }));
    expect(error.message).toContain('settings: expected a whole number of points from 1 to 100000, got 0');
    const unknown = await rejectionOf(() => openPublished('modelnet40', meshes, { settings: { voxels: 1 } }));
    expect(unknown.message).toContain('settings: expected one of points, normals, seed, got voxels');
  });
});

describe('modelnet40-c', () => {
  it('has a split for each corruption and severity', async () => {
    const folder = copy(writeModelNet40C);
    const dataset = await openPublished('modelnet40-c', folder);
    expect(dataset.splits.size).toBe(75);
    const test = await all(dataset, 'background-3');
    expect(test.map(({ target }) => target)).toEqual(corruptedLabels.map((id) => ({ kind: 'class', id })));
    expect(test[2].id).toBe('data_background_3.npy#2');
    expect(test[2].input.positions).toEqual(
      Float32Array.from({ length: 240 }, (_, at) => Math.fround(value((480 + at) * 3, 100) / 100)),
    );
    const one = await openPublished('modelnet40-c', folder, { protocol: 'lidar' });
    expect([...one.splits.keys()]).toEqual([1, 2, 3, 4, 5].map((severity) => `lidar-${severity}`));
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeModelNet40C);
    remove(folder, 'data_shear_2.npy');
    put(folder, 'data_cutout_1.npy', npyBytes({ shape: [2, 4, 3], data: new Float32Array(24) }));
    put(folder, 'data_lidar_5.npy', npyBytes({ shape: [3, 2, 3], data: new Float32Array(18).fill(Number.NaN) }));
    put(folder, 'data_uniform_1.npy', npyBytes({ shape: [3, 2, 3], data: new Float32Array(18) }).slice(0, -1));
    put(folder, 'label.npy', npyBytes({ shape: [3], data: Uint8Array.of(0, 40, 7) }));
    const known = usual('modelnet40-c');
    const nan = (at: number): string =>
      `file "data_lidar_5.npy": row ${at}, value 0: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"`;
    expect(await faultsOf('modelnet40-c', folder)).toEqual([
      `file "label.npy": row 1: expected a class from 0 to 39, got 40; ${row}`,
      `file "data_shear_2.npy": expected a readable file, got nothing there; ${known}`,
      `file "data_uniform_1.npy": data: expected 72 bytes for [3, 2, 3], got 71; ${known}`,
      `file "data_cutout_1.npy": shape: expected [3, points, 3], a row for each of label.npy, got [2, 4, 3]; ${known}`,
      nan(0),
      nan(2),
    ]);
  });
});

describe('scanobjectnn', () => {
  it('reads its variants', async () => {
    const folder = await copied(writeScanObjectNN);
    const dataset = await openPublished('scanobjectnn', folder);
    expect([dataset.classes[0], dataset.classes[14]]).toEqual(['bag', 'toilet']);
    const train = await all(dataset, 'train');
    expect(train.map(({ id, target }) => [id, target])).toEqual(
      [0, 14, 3].map((id, at) => [
        `h5_files/main_split/training_objectdataset_augmentedrot_scale75.h5#${at}`,
        { kind: 'class', id },
      ]),
    );
    const options = { protocol: 'OBJ_ONLY', settings: { points: 5, mask: 1 } };
    const [bare] = await all(await openPublished('scanobjectnn', folder, options), 'test');
    expect(bare.id).toBe('h5_files/main_split_nobg/test_objectdataset.h5#0');
    expect([bare.input.count, ...(bare.input.features ?? [])]).toEqual([5, -1, 0, 1, 2, -1]);
  });

  it('finds all faults in one pass', async () => {
    const folder = await copied(writeScanObjectNN);
    remove(folder, 'h5_files/main_split/test_objectdataset.h5');
    put(folder, 'h5_files/main_split/training_objectdataset.h5', await pointsFile([15, 1, 2], 'mask'));
    put(folder, 'h5_files/main_split_nobg/training_objectdataset.h5', await pointsFile([1]));
    expect(await faultsOf('scanobjectnn', folder, { protocol: 'OBJ_BG' })).toEqual([
      `file "h5_files/main_split/training_objectdataset.h5": label 0: expected a class from 0 to 14, got 15; ${row}`,
      `file "h5_files/main_split/test_objectdataset.h5": expected a readable file, got nothing there; ${usual('scanobjectnn')}`,
      `file ".": split "test": expected at least one example, got none; ${usual('scanobjectnn')}`,
    ]);
    expect((await faultsOf('scanobjectnn', folder, { protocol: 'OBJ_ONLY' }))[0]).toBe(
      'file "h5_files/main_split_nobg/training_objectdataset.h5": expected a dataset "mask", got none; fix: get the file again',
    );
  });
});

describe('s3dis', () => {
  it('gives rooms with a class a point, the published broken bytes repaired', async () => {
    const folder = copy(writeS3dis);
    const dataset = await openPublished('s3dis', folder, { settings: { blocks: 0 } });
    expect(dataset.splits.get('train')?.groups).toEqual(['Area_1', 'Area_1', 'Area_2', 'Area_3', 'Area_4', 'Area_6']);
    const [room] = await all(dataset, 'test');
    expect(room.id).toBe('Area_5/office_1');
    expect(room.input.count).toBe(3 * pointsEach);
    // Objects by name: chair, floor, stairs, of which the last is clutter.
    const expected = [8, 1, 12].flatMap((id) => new Array<number>(pointsEach).fill(id));
    expect(room.target).toEqual({ kind: 'dense', ids: Int32Array.from(expected) });
    // Point 10 of the chair, object 1, and point 3 of the floor.
    const near = (values: Float32Array | null, at: number, width: number): number[] =>
      [...(values ?? new Float32Array(0)).subarray(at * width, (at + 1) * width)].map((x) => Math.round(x * 1e4) / 1e4);
    expect(near(room.input.positions, 10, 3)).toEqual([0.5, 0.5, 1]);
    expect(near(room.input.features, 10, 6)).toEqual([0.0784, 0.0784, 0.0784, 0.3448, 0.5, 0.5]);
    expect(near(room.input.features, pointsEach + 3, 6)[0]).toBe(0.0118);
  });

  it('draws blocks of a metre by a seed, from both forms the same', async () => {
    const folder = copy(writeS3dis);
    const settings = { blocks: 2, points: 100 };
    const dataset = await openPublished('s3dis', folder, { protocol: 'fold-2', settings });
    const test = await all(dataset, 'test');
    expect(test.map(({ id }) => id)).toEqual(['Area_2/office_1#0', 'Area_2/office_1#1']);
    for (const { input, target } of test) {
      expect([input.count, target.kind === 'dense' && target.ids.length]).toEqual([100, 100]);
      const x = Array.from({ length: 100 }, (_, k) => input.positions[3 * k]);
      expect(Math.max(...x) - Math.min(...x)).toBeLessThanOrEqual(1);
    }
    const arrays = await openPublished('s3dis', copy(writeS3disArrays), { protocol: 'fold-2', settings });
    const colours = (values: Float32Array | null): number[] =>
      [...(values ?? [])].filter((_, at) => at % 6 === 0).sort((a, b) => a - b);
    const whole = await openPublished('s3dis', copy(writeS3disArrays), { settings: { blocks: 0 } });
    const [own] = await all(await openPublished('s3dis', folder, { settings: { blocks: 0 } }), 'test');
    const [other] = await all(whole, 'test');
    expect(colours(other.input.features)).toEqual(colours(own.input.features));
    expect((await all(arrays, 'test')).length).toBe(2);
    expect((await all(await openPublished('s3dis', folder, { protocol: 'fold-2', settings }), 'test'))[1]).toEqual(
      test[1],
    );
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeS3dis);
    const root = 'Stanford3dDataset_v1.2_Aligned_Version';
    rmSync(join(folder, root, 'Area_4'), { recursive: true });
    put(folder, `${root}/Area_2/office_1/Annotations/lamp_1.txt`, '0 0 0 1 1 1\n');
    rmSync(join(folder, root, 'Area_1/office_2/Annotations'), { recursive: true });
    change(folder, `${root}/Area_3/office_1/Annotations/floor_1.txt`, (text) => text.replace('4 4 4', '4 4 256'));
    change(folder, `${root}/Area_5/office_1/Annotations/chair_1.txt`, (text) => text.slice(0, -6));
    const known = usual('s3dis');
    expect(await faultsOf('s3dis', folder, { settings: { blocks: 1 } })).toEqual([
      `file "${root}/Area_1/office_2/Annotations": expected a readable folder, got nothing there; ${known}`,
      `file "${root}/Area_2/office_1/Annotations/lamp_1.txt": expected an object of ceiling, floor, wall, beam, column, window, door, table, chair, sofa, bookcase, board, clutter, got "lamp"; ${known}`,
      `file "${root}/Area_4": expected a readable folder, got nothing there; ${known}`,
      `file "${root}/Area_3/office_1/Annotations/floor_1.txt": line 5: expected a whole number from 0 to 255, got "256"; fix: correct that line`,
      `file "${root}/Area_5/office_1/Annotations/chair_1.txt": line 30: expected 6 numbers, got 4; fix: correct that line`,
    ]);
    const arrays = copy(writeS3disArrays);
    const [area1, area2, area5] = [1, 2, 5].map((area) => `stanford_indoor3d/Area_${area}_office_1.npy`);
    put(arrays, area1, npyBytes({ shape: [2, 7], data: Float64Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 13) }));
    put(arrays, area2, npyBytes({ shape: [2, 6], data: new Float64Array(12) }));
    put(arrays, area5, npyBytes({ shape: [1, 7], data: Float64Array.of(0, 0, 0, 300, 1, 1, 0) }));
    expect(await faultsOf('s3dis', arrays, { settings: { blocks: 1 } })).toEqual([
      `file "${area1}": row 1: expected a class from 0 to 12, got 13; ${known}`,
      `file "${area2}": shape: expected [n, 7]: x y z r g b class, got [2, 6]; ${known}`,
      `file "${area5}": row 0: expected colours from 0 to 255, got 300; ${known}`,
    ]);
    expect(
      await faultsOf(
        's3dis',
        copy(() => {}),
      ),
    ).toEqual([`file ".": split "train": expected at least one example, got none; ${known}`]);
  });
});
