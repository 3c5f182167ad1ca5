import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { RawImage, RawPlane } from '../../src/datasets/dataset.ts';
import { checkPublished, openPublished } from '../../src/published/open.ts';
import type { PublishedDataset, PublishedExample, PublishedTarget } from '../../src/published/published.ts';
import { rejectionOf } from '../fixtures.ts';
import { writeChestXray14 } from './fixtures/chestx-ray14.ts';
import { bmpBytes, levelJpeg, matlabBytes, pngBytes, published, put } from './fixtures/encoders.ts';
import { imagenetVal, writeImagenet1k } from './fixtures/imagenet-1k.ts';
import { writeInaturalist2018 } from './fixtures/inaturalist-2018.ts';
import { annotation, writeLlvip } from './fixtures/llvip.ts';
import { nyuMap, writeNyuv2 } from './fixtures/nyuv2.ts';
import { writePlaces365 } from './fixtures/places-365.ts';
import { writeRegdb } from './fixtures/regdb.ts';
import { sunDepth, writeSunRgbd } from './fixtures/sun-rgbd.ts';
import { writeTbXray } from './fixtures/tb-xray.ts';

const made: string[] = [];
/** A copy that `write` makes in a new folder. */
function copy(write: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-pictures-'));
  made.push(folder);
  write(folder);
  return folder;
}
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function all<Raw>(dataset: PublishedDataset<Raw>, name: string): Promise<PublishedExample<Raw>[]> {
  const split = dataset.splits.get(name);
  if (split === undefined) throw new Error(`no split ${name}`);
  return Promise.all(Array.from({ length: split.length }, (_, at) => split.get(at)));
}
/** [id, target, level of the top left pixel] of each example. */
const shown = async (dataset: PublishedDataset<RawImage>, name: string): Promise<unknown[]> =>
  (await all(dataset, name)).map(({ id, target, input }) => [id, answer(target), input.pixels[0]]);
const answer = (target: PublishedTarget): unknown =>
  target.kind === 'class' ? target.id : target.kind === 'labels' ? target.ids : target.kind;

/** The faults that a check finds, without the name of the set and of the folder. */
async function faultsOf(name: string, folder: string, protocol?: string): Promise<string[]> {
  const options = protocol === undefined ? {} : { protocol };
  const { faults, faultCount } = await checkPublished(name, folder, { ...options, examples: 10 });
  expect(faults.length).toBe(faultCount);
  return faults.map(({ message }) => message.replaceAll(`${folder}/`, '').replace(`${name}: `, ''));
}
const change = (folder: string, file: string, edit: (text: string) => string): void => {
  const path = join(folder, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
};
const usual = (name: string): string => `fix: compare your copy with the layout of ${name} in docs/datasets.md`;
const row = 'fix: correct or remove that row';

describe('inaturalist-2018', () => {
  it('reads COCO lists: annotations by image, names of the second release, a test without labels', async () => {
    const dataset = await openPublished('inaturalist-2018', copy(writeInaturalist2018));
    expect(dataset.classes).toEqual(['Passer montanus', 'Rana temporaria', 'Ficus carica']);
    expect(await shown(dataset, 'train')).toEqual([
      ['train_val2018/Plantae/2/11f.jpg', 2, 20],
      ['train_val2018/Aves/0/12f.jpg', 0, 60],
      ['train_val2018/Amphibia/1/13f.jpg', 1, 100],
      ['train_val2018/Aves/0/14f.jpg', 0, 140],
    ]);
    expect((await shown(dataset, 'val')).length).toBe(2);
    expect(await shown(dataset, 'test')).toEqual([['train_val2018/Aves/0/31f.jpg', 'none', 20]]);
    const [{ input }] = await all(dataset, 'train');
    expect([input.width, input.height, input.channels, new Set(input.pixels).size]).toEqual([24, 16, 3, 1]);
  });

  it('without categories.json the names are those of the lists', async () => {
    const folder = copy(writeInaturalist2018);
    rmSync(join(folder, 'categories.json'));
    expect((await openPublished('inaturalist-2018', folder)).classes).toEqual(['0', '1', '2']);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeInaturalist2018);
    change(folder, 'train2018.json', (text) =>
      text.replace('"category_id":1', '"category_id":3').replace('train_val2018/Aves/0/12f.jpg', '../12f.jpg'),
    );
    rmSync(join(folder, 'train_val2018/Aves/0/14f.jpg'));
    change(folder, 'val2018.json', (text) => text.slice(0, -9));
    const faults = await faultsOf('inaturalist-2018', folder);
    expect(faults.slice(0, 4)).toEqual([
      `file "train2018.json": annotations[1]: expected a category from 0 to 2, got 3; ${row}`,
      `file "train2018.json": images[2]: expected an annotation of image 13, got none; ${row}`,
      `file "${folder}": expected a path inside the folder of the dataset, got "../12f.jpg", which leaves it; ${usual('inaturalist-2018')}`,
      'file "train_val2018/Aves/0/14f.jpg": expected the file that train2018.json names, got nothing there; fix: get the missing file again, or take its row out of the list',
    ]);
    expect(faults[4]).toMatch(/^file "val2018.json": expected JSON, got .*; fix: get the file again$/);
    expect(faults.length).toBe(5);
  });
});

describe('imagenet-1k', () => {
  it('gives the same ids whatever form val has, by WordNet ids and not by the order of the devkit', async () => {
    for (const form of ['folders', 'devkit', 'kaggle'] as const) {
      const dataset = await openPublished(
        'imagenet-1k',
        copy((folder) => writeImagenet1k(folder, form)),
      );
      const val = (await all(dataset, 'val')).map(({ target, input }) => [answer(target), input.pixels[0]]);
      expect(val.sort(), form).toEqual(
        imagenetVal.map(({ wnid, level }) => [['n01000001', 'n01000002', 'n02000003'].indexOf(wnid), level]).sort(),
      );
      expect(dataset.classes).toEqual(
        form === 'kaggle' ? ['tench, Tinca tinca', 'hen', 'owl'] : ['n01000001', 'n01000002', 'n02000003'],
      );
      const train = await all(dataset, 'train');
      // The CMYK picture is not among them; the PNG is read, and the grey one has three channels.
      expect(train.map(({ target, input }) => [answer(target), ...input.pixels.subarray(0, 3)])).toEqual([
        [0, 20, 20, 20],
        [1, 0, 1, 2],
        [1, 90, 90, 90],
        [2, 220, 220, 220],
      ]);
    }
  });

  it('finds all faults in one pass', async () => {
    const folder = copy((path) => writeImagenet1k(path, 'devkit'));
    put(folder, 'train/n09/x.JPEG', levelJpeg(20));
    put(folder, 'train/n01000002/n01000002_1.JPEG', levelJpeg(20).subarray(0, 300));
    put(folder, 'val/ILSVRC2012_val_00000004.JPEG', levelJpeg(20));
    rmSync(join(folder, 'val/ILSVRC2012_val_00000002.JPEG'));
    change(folder, 'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt', (text) =>
      text.replace(/^3/, '9'),
    );
    const truth = 'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt';
    const faults = await faultsOf('imagenet-1k', folder);
    expect(faults.slice(0, 5)).toEqual([
      `file "train/n09": expected a folder of one of 3 classes, got another name; ${usual('imagenet-1k')}`,
      `file "${truth}": line 1: expected an ILSVRC2012_ID of meta.mat, got "9"; ${row}`,
      `file "val/ILSVRC2012_val_00000001.JPEG": expected a label in ${truth}, got none; ${usual('imagenet-1k')}`,
      `file "val/ILSVRC2012_val_00000004.JPEG": expected a label in ${truth}, got none; ${usual('imagenet-1k')}`,
      `file "val/ILSVRC2012_val_00000002.JPEG": expected the file that ${truth} names, got nothing there; fix: get the missing file again, or take its row out of the list`,
    ]);
    expect(faults[5]).toMatch(/^file "train\/n01000002\/n01000002_1.JPEG": .*; fix: save the picture again as JPEG$/);
    expect(faults.length).toBe(6);
    rmSync(join(folder, truth));
    expect((await faultsOf('imagenet-1k', folder))[1]).toBe(
      `file "${truth}": expected ILSVRC2012_validation_ground_truth.txt and meta.mat, or LOC_val_solution.csv, or val/<WordNet id>/ folders, got none of them; ${usual('imagenet-1k')}`,
    );
    const kaggle = copy((path) => writeImagenet1k(path, 'kaggle'));
    rmSync(join(kaggle, 'ILSVRC/Data/CLS-LOC/train/n01000002'), { recursive: true });
    expect(await faultsOf('imagenet-1k', kaggle)).toEqual([
      `file "ILSVRC/Data/CLS-LOC/train/n01000002": expected folders of 3 classes, got 1 fewer; ${usual('imagenet-1k')}`,
    ]);
  });
});

describe('places-365', () => {
  it('reads its lists and both parts of a category', async () => {
    const dataset = await openPublished('places-365', copy(writePlaces365));
    expect(dataset.classes).toEqual(['airfield', 'apartment_building/outdoor', 'youth_hostel']);
    expect(await shown(dataset, 'train')).toEqual([
      ['data_256/a/airfield/00000001.jpg', 0, 20],
      ['data_256/a/apartment_building/outdoor/00000001.jpg', 1, 60],
      ['data_256/y/youth_hostel/00000002.jpg', 2, 100],
      ['data_256/a/airfield/00000002.jpg', 0, 140],
    ]);
    expect(await shown(dataset, 'val')).toEqual([
      ['val_256/Places365_val_00000001.jpg', 2, 180],
      ['val_256/Places365_val_00000002.jpg', 1, 220],
    ]);
    expect(await shown(dataset, 'test')).toEqual([['test_256/Places365_test_00000001.jpg', 'none', 20]]);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writePlaces365);
    change(folder, 'places365_train_standard.txt', (text) =>
      text.replace('outdoor/00000001.jpg 1', 'outdoor/00000001.jpg 3').replace('00000002.jpg 2', '00000002.jpg 1'),
    );
    appendFileSync(join(folder, 'places365_train_standard.txt'), '\n/a/airfield/00000002.jpg 0\n/a/airfield/0000');
    change(folder, 'places365_val.txt', (text) => text.replace('_00000001.jpg 2', '_00000009.jpg 2'));
    expect(await faultsOf('places-365', folder)).toEqual([
      `file "places365_train_standard.txt": line 2: expected a category from 0 to 2, got "3"; ${row}`,
      `file "places365_train_standard.txt": line 3: expected a picture of /a/apartment_building/outdoor, its category, got "/y/youth_hostel/00000002.jpg"; ${row}`,
      `file "places365_train_standard.txt": line 6: expected a path and a category, got "/a/airfield/0000"; ${row}`,
      `file "places365_train_standard.txt": line 5: expected each example once, got "data_256/a/airfield/00000002.jpg" twice; ${row}`,
      'file "val_256/Places365_val_00000009.jpg": expected the file that places365_val.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
    ]);
    change(folder, 'categories_places365.txt', (text) => text.replace('outdoor 1', 'outdoor 2'));
    expect(await faultsOf('places-365', folder)).toEqual([
      'file "categories_places365.txt": line 2: expected a path such as /a/airfield and 1, got "/a/apartment_building/outdoor 2"; fix: get the file again',
    ]);
  });
});

describe('sun-rgbd', () => {
  it('turns the bits of depth back, knows each sensor, and leaves out scenes that are not scored', async () => {
    for (const form of ['matlab', 'lists'] as const) {
      const dataset = await openPublished(
        'sun-rgbd',
        copy((folder) => writeSunRgbd(folder, form)),
      );
      expect(dataset.classes.length).toBe(19);
      const train = await all(dataset, 'train');
      expect(
        train.map(({ target, input }) => [dataset.classes[Number(answer(target))], input.baseline, input.focalLength]),
      ).toEqual([
        ['office', 0.075, 520.5],
        ['bedroom', 0.075, 521.5],
        ['lab', 0.095, 522.5],
        ['corridor', 0.095, 523.5],
      ]);
      for (const [frame, { input }] of train.entries()) {
        const metres = Float32Array.from(
          { length: 24 * 16 },
          (_, at) => sunDepth(frame + 1, at % 24, Math.floor(at / 24)) / 1000,
        );
        expect(input.depth).toEqual(metres);
        expect(input.image.pixels[0]).toBe(20 + 40 * frame);
      }
      expect(Math.max(...train[0].input.depth)).toBeGreaterThan(8.191);
      expect((await all(dataset, 'test')).map(({ id }) => id)).toEqual([
        'kv1/b3dodata/img_0063',
        'xtion/xtion_align_data/2014_10_28',
      ]);
    }
    const measured = await openPublished('sun-rgbd', copy(writeSunRgbd), { protocol: 'measured' });
    expect(new Set((await all(measured, 'test'))[0].input.depth)).toEqual(new Set([1.5]));
  });

  it('finds all faults in one pass', async () => {
    const folder = copy((path) => writeSunRgbd(path, 'lists'));
    rmSync(join(folder, 'SUNRGBD/kv2/kinect2data/000065_2014-05-21/depth_bfx'), { recursive: true });
    put(folder, 'SUNRGBD/kv1/NYUdata/NYU0001/intrinsics.txt', '520 0 365 0 520');
    put(
      folder,
      'SUNRGBD/kv1/b3dodata/img_0063/depth_bfx/img_0063.png',
      pngBytes(24, 16, 1, 8, () => 7),
    );
    appendFileSync(join(folder, 'train.txt'), 'kv1/NYUdata/NYU0001\nkv1/NYUdata/NYU9999\nkinect/1');
    expect(await faultsOf('sun-rgbd', folder)).toEqual([
      `file "train.txt": line 8: expected a folder of kv1, kv2, realsense or xtion, got "kinect/1"; ${row}`,
      `file "train.txt": line 6: expected each example once, got "kv1/NYUdata/NYU0001" twice; ${row}`,
      `file "SUNRGBD/kv2/kinect2data/000065_2014-05-21/depth_bfx": expected a readable folder, got nothing there; ${usual('sun-rgbd')}`,
      'file "train.txt": line 7: expected the folder SUNRGBD/kv1/NYUdata/NYU9999, got nothing there; fix: get it again, or take its row out of the list',
      `file "SUNRGBD/kv1/NYUdata/NYU0001/intrinsics.txt": expected 9 numbers, the first a focal length, got 5 values, the first 520; ${usual('sun-rgbd')}`,
      `file "SUNRGBD/kv1/b3dodata/img_0063/depth_bfx/img_0063.png": expected one channel of 16 bits, got 1 of 8; ${usual('sun-rgbd')}`,
    ]);
    appendFileSync(join(folder, 'test.txt'), 'kv1/NYUdata/NYU0001\n');
    expect((await faultsOf('sun-rgbd', folder))[4]).toBe(
      `file "${folder}": splits "train" and "test": expected each frame in one of them, got 1 in both, the first "kv1/NYUdata/NYU0001"; fix: get the official lists again`,
    );
  });
});

describe('nyuv2', () => {
  it('reads one frame at a time, with the axes of MATLAB turned', async () => {
    const dataset = await openPublished('nyuv2', copy(writeNyuv2));
    expect(dataset.classes).toEqual(['wall', 'floor', 'cabinet']);
    expect((await all(dataset, 'train')).map(({ id }) => id)).toEqual(['frame 2', 'frame 3', 'frame 5']);
    const [first] = await all(dataset, 'test');
    expect(first.id).toBe('frame 1');
    for (const { id, input, target } of [...(await all(dataset, 'train')), first]) {
      const frame = Number(id.slice(6)) - 1;
      if (target.kind !== 'dense') throw new Error(target.kind);
      const pixels = Array.from({ length: 12 * 16 }, (_, at) => ({ x: at % 16, y: Math.floor(at / 16) }));
      expect(input.depth).toEqual(Float32Array.from(pixels, ({ x, y }) => frame + 1 + y / 8 + x / 64));
      const colours = pixels.flatMap(({ x, y }) => [0, 50, 100].map((blue) => 40 * frame + 3 * y + x + blue));
      expect(input.image.pixels).toEqual(Uint8Array.from(colours));
      const classOf = (label: number): number => (label === 0 ? -1 : nyuMap[label - 1] - 1);
      expect(target.ids).toEqual(Int32Array.from(pixels, ({ y }) => classOf((frame + y) % 7)));
    }
    const scene = await openPublished('nyuv2', copy(writeNyuv2), { protocol: 'scene' });
    const kinds = [...(await all(scene, 'train')), ...(await all(scene, 'test'))].map(({ target }) => answer(target));
    expect(kinds.map((id) => scene.classes[Number(id)])).toEqual(['bedroom', 'others', 'kitchen', 'kitchen', 'office']);
    expect(scene.fingerprint).not.toBe(dataset.fingerprint);
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeNyuv2);
    put(folder, 'splits.mat', matlabBytes({ trainNdxs: [2, 3, 6, 1.5], testNdxs: [3, 4] }));
    put(
      folder,
      'classMapping40.mat',
      matlabBytes({ mapClass: nyuMap.slice(0, 5), className: { cells: ['a', 'b', 'c'] } }),
    );
    expect(await faultsOf('nyuv2', folder)).toEqual([
      `file "splits.mat": trainNdxs(3): expected a frame from 1 to 5, got 6; ${usual('nyuv2')}`,
      `file "splits.mat": trainNdxs(4): expected a frame from 1 to 5, got 1.5; ${usual('nyuv2')}`,
      `file "splits.mat": testNdxs(1): expected each frame once, got frame 3 in trainNdxs too; ${usual('nyuv2')}`,
      `file "nyu_depth_v2_labeled.mat": labels, frame 2, row 6, column 1: expected a label from 0 to 5, got 6; ${usual('nyuv2')}`,
      `file "nyu_depth_v2_labeled.mat": labels, frame 3, row 5, column 1: expected a label from 0 to 5, got 6; ${usual('nyuv2')}`,
      `file "nyu_depth_v2_labeled.mat": labels, frame 4, row 4, column 1: expected a label from 0 to 5, got 6; ${usual('nyuv2')}`,
    ]);
    put(folder, 'classMapping40.mat', matlabBytes({ mapClass: [1, 4], className: { cells: ['a', 'b', 'c'] } }));
    expect(await faultsOf('nyuv2', folder)).toEqual([
      `file "classMapping40.mat": mapClass(2): expected a class from 1 to 3, got 4; ${usual('nyuv2')}`,
    ]);
    writeNyuv2(folder);
    put(folder, 'nyu_depth_v2_labeled.mat', published('nyu.mat').slice(0, 9000));
    expect((await faultsOf('nyuv2', folder))[0]).toMatch(
      /^file "nyu_depth_v2_labeled.mat": expected an HDF5 file, got .*; fix: get the file again$/,
    );
    rmSync(join(folder, 'nyu_depth_v2_labeled.mat'));
    expect(await faultsOf('nyuv2', folder)).toEqual([
      `file "nyu_depth_v2_labeled.mat": expected a readable file, got nothing there; ${usual('nyuv2')}`,
    ]);
  });
});

describe('chestx-ray14', () => {
  it('reads findings, patients and films of any number of channels', async () => {
    const dataset = await openPublished('chestx-ray14', copy(writeChestXray14));
    const named = (target: PublishedTarget): unknown =>
      target.kind === 'labels' ? target.ids.map((id) => dataset.classes[id]) : target.kind;
    const train = await all(dataset, 'train');
    expect(train.map(({ id, target }) => [id, named(target)])).toEqual([
      ['images_001/images/00000001_000.png', ['Cardiomegaly']],
      ['images_001/images/00000001_001.png', ['Cardiomegaly', 'Emphysema']],
      ['images_001/images/00000002_000.png', []],
    ]);
    const test = await all(dataset, 'test');
    expect(test.map(({ target }) => named(target))).toEqual([['Atelectasis', 'Pleural_Thickening', 'Hernia'], []]);
    expect(dataset.splits.get('train')?.groups).toEqual(['1', '1', '2']);
    for (const [at, { input }] of test.entries()) {
      expect([input.black, input.white, input.values[0], input.values[17]]).toEqual([
        0,
        255,
        40 + 10 * at,
        42 + 10 * at,
      ]);
    }
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeChestXray14);
    change(folder, 'Data_Entry_2017_v2020.csv', (text) =>
      text
        .replace('png,Cardiomegaly,', 'png,Cardiomegali,')
        .replace(',57,M,PA,2682,2749,0.143,0.143,\r\n00000003_000', ',57,M\r\n00000003_000'),
    );
    appendFileSync(join(folder, 'test_list.txt'), '\n00000001_001.png\n00000003_000.png');
    rmSync(join(folder, 'images_002/images/00000003_001.png'));
    expect(await faultsOf('chestx-ray14', folder)).toEqual([
      `file "Data_Entry_2017_v2020.csv": line 2: expected No Finding, or some of the 14 findings, got "Cardiomegali"; ${row}`,
      `file "Data_Entry_2017_v2020.csv": line 4: expected 11 cells, got 6; ${row}`,
      `file "train_val_list.txt": line 1: expected a picture of Data_Entry_2017_v2020.csv, got "00000001_000.png"; ${row}`,
      `file "train_val_list.txt": line 3: expected a picture of Data_Entry_2017_v2020.csv, got "00000002_000.png"; ${row}`,
      'file "test_list.txt": line 2: expected the picture "00000003_001.png", got nothing there; fix: get the missing file again',
      `file "test_list.txt": line 4: expected each picture once, got "00000003_000.png" twice; ${row}`,
      `file "${folder}": splits "train" and "test": expected each patient in one of them, got 1 in both, the first "1"; fix: get the official lists again`,
    ]);
  });
});

describe('tb-xray', () => {
  it('takes the folders of a split, or draws one by a hash of the names', async () => {
    const folders = await openPublished('tb-xray', copy(writeTbXray));
    expect([...folders.splits].map(([name, { length }]) => [name, length])).toEqual([
      ['train', 6],
      ['val', 2],
      ['test', 2],
    ]);
    const test = await all(folders, 'test');
    expect(test.map(({ id, target, input }) => [id, answer(target), input.values[0]])).toEqual([
      ['testing/Normal/Normal-5.png', 0, 50],
      ['testing/Tuberculosis/Tuberculosis-5.png', 1, 150],
    ]);
    const folder = copy((path) => writeTbXray(path, 'kaggle'));
    const hashed = await openPublished('tb-xray', folder);
    const sides = async (dataset: PublishedDataset<RawPlane>): Promise<unknown[]> =>
      (await all(dataset, 'test')).map(({ id, target }) => [id, answer(target)]);
    expect((await sides(hashed)).map((pair) => pair)).toEqual([
      [expect.stringMatching(/^TB_Chest_Radiography_Database\/Normal\/Normal-\d.png$/), 0],
      [expect.stringMatching(/^TB_Chest_Radiography_Database\/Tuberculosis\/Tuberculosis-\d.png$/), 1],
    ]);
    expect(await sides(await openPublished('tb-xray', folder, { protocol: 'hashed' }))).toEqual(await sides(hashed));
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeTbXray);
    put(
      folder,
      'testing/Normal/Normal-1.png',
      pngBytes(16, 16, 1, 8, () => 1),
    );
    rmSync(join(folder, 'validation/Tuberculosis'), { recursive: true });
    put(folder, 'training/Normal/Normal-2.png', 'text');
    put(folder, 'training/Covid/1.png', 'text');
    expect(await faultsOf('tb-xray', folder)).toEqual([
      `file "training/Covid": expected a folder of one of 2 classes, got another name; ${usual('tb-xray')}`,
      `file "validation/Tuberculosis": expected a folder of each class, got nothing there; ${usual('tb-xray')}`,
      `file "${folder}": splits "train" and "test": expected each film in one of them, got 1 in both, the first "normal/normal-1.png"; fix: get the official lists again`,
      'file "training/Normal/Normal-2.png": signature: expected that of JPEG, got other bytes; fix: save the picture again as JPEG',
    ]);
  });
});

describe('regdb', () => {
  it('gives persons and cameras, and another side to each person in another trial', async () => {
    const folder = copy(writeRegdb);
    const dataset = await openPublished('regdb', folder);
    expect(dataset.classes).toEqual(['person 7', 'person 34']);
    expect([...dataset.splits.keys()].sort()).toEqual(['test', 'test-visible', 'train', 'train-visible']);
    const thermal = await all(dataset, 'train');
    expect(thermal.map(({ id, target }) => [id, target])).toEqual([
      ['Thermal/7/a_t_1.bmp', { kind: 'identity', id: 0, camera: 1 }],
      ['Thermal/7/a_t_2.bmp', { kind: 'identity', id: 0, camera: 1 }],
      ['Thermal/34/a_t_1.bmp', { kind: 'identity', id: 1, camera: 1 }],
      ['Thermal/34/a_t_2.bmp', { kind: 'identity', id: 1, camera: 1 }],
    ]);
    const heat = thermal[2].input;
    if (!('values' in heat)) throw new Error('no plane');
    expect([heat.width, heat.height, heat.values[0], heat.values[12 * 3 + 5]]).toEqual([12, 16, 54, 62]);
    const [visible] = await all(dataset, 'test-visible');
    if (!('pixels' in visible.input)) throw new Error('no picture');
    expect([...visible.input.pixels.subarray(3, 6)]).toEqual([23, 24, 25]);
    expect(visible.target).toEqual({ kind: 'identity', id: 0, camera: 0 });
    expect(dataset.splits.get('test')?.groups).toEqual(['2', '2', '120', '120']);
    const other = await openPublished('regdb', folder, { protocol: 'trial-2' });
    expect(other.splits.get('train')?.groups).toEqual(['2', '2', '120', '120']);
    const third = (await rejectionOf(() => openPublished('regdb', folder, { protocol: 'trial-3' }))).message;
    expect(third).toBe(
      `regdb: file "${folder}/idx/train_visible_3.txt": expected a readable file, got nothing there; ${usual('regdb')}`,
    );
  });

  it('finds all faults in one pass', async () => {
    const folder = copy(writeRegdb);
    change(folder, 'idx/train_visible_1.txt', (text) =>
      text.replace('a_v_2.bmp 0', 'a_v_2.bmp 5').replace('Visible/34/a_v_1', 'Visible/34/a_v_9').replace(/ 1\n$/, ''),
    );
    change(folder, 'idx/test_thermal_1.txt', (text) => text.replaceAll('120', '7'));
    rmSync(join(folder, 'Thermal/2/a_t_1.bmp'));
    put(folder, 'Thermal/34/a_t_1.bmp', bmpBytes(12, 16, 24, () => 1).subarray(0, 400));
    expect(await faultsOf('regdb', folder)).toEqual([
      `file "idx/train_visible_1.txt": line 2: expected 0, the label of person 7, got 5; ${row}`,
      `file "idx/train_visible_1.txt": line 4: expected Visible/<person>/<file> <label>, got "Visible/34/a_v_2.bmp"; ${row}`,
      'file "Visible/34/a_v_9.bmp": expected the file that idx/train_visible_1.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
      'file "Thermal/2/a_t_1.bmp": expected the file that idx/test_thermal_1.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
      'file "Thermal/7/a_t_1.bmp": expected label 1 for person 120 only, got person 7 too; fix: get the official lists again',
      'file "Thermal/7/a_t_2.bmp": expected label 1 for person 120 only, got person 7 too; fix: get the official lists again',
      `file "${folder}": splits "train" and "test": expected each person in one of them, got 1 in both, the first "7"; fix: get the official lists again`,
      'file "Thermal/34/a_t_1.bmp": pixels: expected 576 bytes from byte 54 on, got a file of 400; fix: save the picture again as PNG',
    ]);
  });
});

describe('llvip', () => {
  it('crops both pictures at the same pixels, a person and a background of its size', async () => {
    const folder = copy(writeLlvip);
    const dataset = await openPublished('llvip', folder);
    expect(dataset.classes).toEqual(['background', 'person']);
    const train = await all(dataset, 'train');
    expect(train.map(({ id, target }) => [id, answer(target)])).toEqual([
      ['infrared/train/010001.jpg#0', 1],
      ['infrared/train/010001.jpg#0-background', 0],
      ['infrared/train/010001.jpg#1', 1],
      ['infrared/train/010001.jpg#1-background', 0],
      ['infrared/train/010002.jpg#0', 1],
      ['infrared/train/010002.jpg#0-background', 0],
    ]);
    const { input } = train[0];
    expect([input.width, input.height, input.visible.width, input.visible.height]).toEqual([8, 16, 8, 16]);
    // Blocks 17 and 25: the box is 8 to 16, 16 to 32.
    expect([...new Set(input.values)]).toEqual([85, 125]);
    expect([...new Set(input.visible.pixels)]).toEqual([85, 125]);
    // Person boxes are blocks 17, 25, 5 and 13: none of their levels in a background.
    for (const at of [1, 3]) {
      expect([train[at].input.width, train[at].input.height]).toEqual([8, 16]);
      expect([...train[at].input.values].some((level) => [85, 125, 25, 65].includes(level))).toBe(false);
    }
    const pairs = await openPublished('llvip', folder, { protocol: 'pairs' });
    const [{ input: whole, target }] = await all(pairs, 'test');
    expect([whole.width, whole.height, whole.visible.width, target.kind]).toEqual([64, 48, 64, 'none']);
  });

  it('puts a background where no person is, and gives none where there is no place', async () => {
    const folder = copy(writeLlvip);
    const tiles = Array.from({ length: 12 }, (_, k) => {
      const [left, top] = [8 * (k % 4), 16 * Math.floor(k / 4)];
      return [left, top, left + 8, top + 16] as const;
    });
    put(folder, 'Annotations/010001.xml', annotation(tiles));
    put(folder, 'Annotations/010002.xml', annotation([[0, 0, 64, 48]]));
    const examples = await all(await openPublished('llvip', folder), 'train');
    expect(examples.map(({ target }) => answer(target))).toEqual([...tiles.flatMap(() => [1, 0]), 1]);
    for (const { input, target } of examples.slice(0, -1)) {
      // The persons have the left half, blocks 0 to 3 of each row of 8.
      const isLeft = [...input.values].map((level) => (level / 5) % 8 < 4);
      expect(new Set(isLeft)).toEqual(new Set([answer(target) === 1]));
    }
  });

  it('finds all faults in one pass, and refuses a link that leads outside', async () => {
    const folder = copy(writeLlvip);
    put(
      folder,
      'Annotations/010001.xml',
      annotation([
        [8, 16, 16, 32],
        [60, 0, 68, 8],
      ]).replace('<name>person', '<name>dog'),
    );
    rmSync(join(folder, 'Annotations/010002.xml'));
    put(folder, 'infrared/train/010003.jpg', published('blocks.jpg'));
    put(folder, 'visible/test/190002.jpg', published('blocks.jpg'));
    put(folder, 'infrared/test/190003.jpg', published('blocks.jpg'));
    put(folder, 'visible/test/190003.jpg', published('blocks.jpg'));
    put(folder, 'Annotations/190003.xml', annotation([[0, 0, 8, 8]]).slice(0, -20));
    rmSync(join(folder, 'infrared/test/190001.jpg'));
    symlinkSync('/etc/hostname', join(folder, 'infrared/test/190001.jpg'));
    expect(await faultsOf('llvip', folder)).toEqual([
      `file "Annotations/010001.xml": line 3: expected objects "person", got "dog"; ${row}`,
      `file "Annotations/010001.xml": line 4: expected a box inside 64 x 48, got 60, 0 to 68, 8; ${row}`,
      `file "Annotations/010002.xml": expected the boxes of 010002.jpg, got nothing there; ${usual('llvip')}`,
      `file "visible/train/010003.jpg": expected the partner, got nothing there; ${usual('llvip')}`,
      `file "${folder}": split "train": expected at least one example, got none; ${usual('llvip')}`,
      expect.stringMatching(/^file "Annotations\/190003.xml": line \d: expected XML, got .*; fix: get the file again$/),
      `file "infrared/test/190002.jpg": expected the partner, got nothing there; ${usual('llvip')}`,
      ...Array.from(
        { length: 2 },
        () =>
          `file "${folder}": expected a path inside the folder of the dataset, got "infrared/test/190001.jpg", which leaves it; ${usual('llvip')}`,
      ),
    ]);
  });
});

describe('damaged copies', () => {
  it('give faults of one line, and never another error', async () => {
    const writers: Readonly<Record<string, readonly [(folder: string) => void, readonly string[]]>> = {
      'inaturalist-2018': [writeInaturalist2018, ['train2018.json', 'val2018.json', 'categories.json']],
      'imagenet-1k': [
        (folder) => writeImagenet1k(folder, 'devkit'),
        ['ILSVRC2012_devkit_t12/data/meta.mat', 'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt'],
      ],
      'places-365': [writePlaces365, ['categories_places365.txt', 'places365_train_standard.txt', 'places365_val.txt']],
      'sun-rgbd': [
        writeSunRgbd,
        ['SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat', 'SUNRGBD/kv1/NYUdata/NYU0001/intrinsics.txt'],
      ],
      nyuv2: [writeNyuv2, ['splits.mat', 'classMapping40.mat']],
      'chestx-ray14': [writeChestXray14, ['Data_Entry_2017_v2020.csv', 'train_val_list.txt', 'test_list.txt']],
      regdb: [writeRegdb, ['idx/train_visible_1.txt', 'idx/test_thermal_1.txt', 'Thermal/7/a_t_1.bmp']],
      llvip: [writeLlvip, ['Annotations/010001.xml']],
    };
    const folders = new Map(Object.entries(writers).map(([name, [write]]) => [name, copy(write)]));
    const damagedFile = fc.constantFrom(
      ...Object.entries(writers).flatMap(([name, [, files]]) => files.map((file) => ({ name, file }))),
    );
    const edits = fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.constantFrom(0, 10, 32, 44, 45, 48, 57, 0x7b, 0xff),
        fc.nat({ max: 2 }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(damagedFile, edits, async ({ name, file }, changes) => {
        const path = join(folders.get(name) ?? '', file);
        const sound = readFileSync(path);
        let bytes = [...sound];
        for (const [place, byte, kind] of changes) {
          const at = Math.floor(place * bytes.length);
          if (kind === 0) bytes[at] = byte;
          else if (kind === 1) bytes.splice(at, 1, byte, byte);
          else bytes = bytes.slice(0, Math.max(1, at));
        }
        writeFileSync(path, Uint8Array.from(bytes));
        const { faults } = await checkPublished(name, folders.get(name) ?? '', { examples: 1 });
        writeFileSync(path, sound);
        for (const { message } of faults) expect(message).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 80 },
    );
  });
});
