// SUN RGB-D: indoor scenes from four depth cameras, with the scene's kind.

import type { RawRgbDepth } from '../datasets/dataset.ts';
import { quote } from '../errors.ts';
import { decodeMatlab } from '../formats/matlab.ts';
import { faultAt, linesOf, type Place, uniqueBy } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, reporting, reportShared, requireRows, rowsSplit } from './lists.ts';
import { readRaster, readRgb } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

/** Between the two eyes, m, by the sensor that the path begins with (Omnivore). */
const baselines: Readonly<Record<string, number>> = { kv1: 0.075, kv2: 0.075, realsense: 0.095, xtion: 0.095 };

/** The kinds with more than 80 pictures: the classification benchmark of the authors. */
const scenes: readonly string[] = [
  'bathroom',
  'bedroom',
  'classroom',
  'computer_room',
  'conference_room',
  'corridor',
  'dining_area',
  'dining_room',
  'discussion_area',
  'furniture_store',
  'home_office',
  'kitchen',
  'lab',
  'lecture_theatre',
  'library',
  'living_room',
  'office',
  'rest_space',
  'study_space',
];

const splitFiles = [
  'SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat',
  'traintestSUNRGBD/allsplit.mat',
  'allsplit.mat',
] as const;
const lists = { train: 'alltrain', test: 'alltest' } as const;

interface FrameRow extends Row {
  readonly picture: string;
  readonly depth: string;
  readonly intrinsics: string;
  readonly baseline: number;
}

interface Listed {
  /** `kv1/NYUdata/NYU0001` */
  readonly path: string;
  readonly at: Place;
}

/** Folders of a split, from the cells of allsplit.mat or the lines of train.txt and test.txt. */
function readSplit(folder: Folder, name: keyof typeof lists, report: Report): Listed[] {
  const matlab = splitFiles.find((file) => folder.exists(file));
  const plain = `${name}.txt`;
  let entries: { readonly text: string; readonly at: Place }[];
  if (matlab !== undefined) {
    const { bytes, origin } = folder.read(matlab);
    const value = decodeMatlab(bytes, origin, { variables: [lists[name]] }).get(lists[name]);
    if (value?.kind !== 'cell') {
      const expected = `a cell array ${lists[name]}`;
      throw folder.fault({ code: 'malformed', file: matlab, expected, actual: 'another value' });
    }
    entries = value.values.map((cell, k) => ({
      text: cell.kind === 'text' ? (cell.rows[0] ?? '') : '',
      at: { folder, file: matlab, place: `${lists[name]}{${k + 1}}` },
    }));
  } else if (folder.exists(plain)) {
    entries = [...linesOf(folder.readText(plain).text)].map(({ line, number }) => ({
      text: line.trim(),
      at: { folder, file: plain, place: `line ${number}` },
    }));
  } else {
    const expected = `the official split (or ${splitFiles.slice(1).join(', ')}, or train.txt and test.txt)`;
    throw folder.fault({ code: 'missing', file: splitFiles[0], expected, actual: 'nothing there' });
  }
  const found: Listed[] = [];
  for (const { text, at } of entries) {
    // The authors' own disk comes first: /n/fs/sun3d/data/SUNRGBD/kv2/...
    const [, path] = /(?:^|\/)((?:kv1|kv2|realsense|xtion)\/.+?)\/*$/.exec(text) ?? [];
    if (path === undefined) report(faultAt(at, 'bad-value', 'a folder of kv1, kv2, realsense or xtion', quote(text)));
    else found.push({ path, at });
  }
  return uniqueBy(
    found,
    ({ path }) => path,
    ({ at }) => at,
    report,
  );
}

/** The one file of a folder that ends so. */
function onlyFile(folder: Folder, path: string, ending: string): string {
  const files = folder.list(path).filter((name) => name.endsWith(ending));
  if (files.length === 1) return `${path}/${files[0]}`;
  const code = files.length === 0 ? 'missing' : 'bad-value';
  throw folder.fault({ code, file: path, expected: `one file *${ending}`, actual: `${files.length}` });
}

/** Null: a scene of none of the 19 kinds. */
function frameRow(folder: Folder, root: string, { path, at }: Listed, depth: string): FrameRow | null {
  const frame = `${root}${path}`;
  if (!folder.exists(frame)) {
    throw faultAt(
      at,
      'missing',
      `the folder ${frame}`,
      'nothing there',
      'get it again, or take its row out of the list',
    );
  }
  const scene = folder.readText(`${frame}/scene.txt`, 4096).text.trim();
  const id = scenes.indexOf(scene);
  if (scene === '')
    throw folder.fault({ code: 'empty', file: `${frame}/scene.txt`, expected: 'a scene', actual: 'none' });
  if (id < 0) return null;
  return {
    file: path,
    target: { kind: 'class', id },
    group: path,
    picture: onlyFile(folder, `${frame}/image`, '.jpg'),
    depth: onlyFile(folder, `${frame}/${depth}`, '.png'),
    intrinsics: `${frame}/intrinsics.txt`,
    baseline: baselines[path.split('/')[0]],
  };
}

/** First of the nine numbers of the camera matrix, in pixels. */
function readFocalLength(folder: Folder, file: string): number {
  const numbers = folder.readText(file, 4096).text.trim().split(/\s+/).map(Number);
  if (numbers.length === 9 && numbers.every(Number.isFinite) && numbers[0] > 0) return numbers[0];
  const expected = '9 numbers, the first a focal length';
  throw folder.fault({
    code: 'malformed',
    file,
    expected,
    actual: `${numbers.length} values, the first ${numbers[0]}`,
  });
}

async function readFrame(folder: Folder, row: FrameRow): Promise<RawRgbDepth> {
  const { data, width, height, channels, bitDepth } = await readRaster(folder, row.depth);
  if (channels !== 1 || bitDepth !== 16) {
    const actual = `${channels} of ${bitDepth}`;
    throw folder.fault({ code: 'unsupported', file: row.depth, expected: 'one channel of 16 bits', actual });
  }
  const image = await readRgb(folder, row.picture);
  if (image.width !== width || image.height !== height) {
    const actual = `${image.width} x ${image.height}`;
    throw folder.fault({
      code: 'bad-value',
      file: row.picture,
      expected: `${width} x ${height}, as its depth`,
      actual,
    });
  }
  // The upper 13 bits are millimetres, the lower 3 those above 8191: turned right by 3.
  const depth = Float32Array.from(data, (value) => (((value >> 3) | (value << 13)) & 0xffff) / 1000);
  const focalLength = readFocalLength(folder, row.intrinsics);
  return { depth, height, width, focalLength, baseline: row.baseline, image };
}

export const sunRgbd: PublishedDefinition<RawRgbDepth> = {
  name: 'sun-rgbd',
  title: 'SUN RGB-D',
  modality: 'depth',
  with: ['image'],
  task: 'kind of scene, one of the 19 with more than 80 pictures',
  metric: 'accuracy on test, also as mean over the classes',
  licence: 'not stated by the authors; the parts (NYU Depth v2, B3DO, SUN3D) have terms of their own',
  source: 'rgbd.cs.princeton.edu: SUNRGBD.zip and SUNRGBDtoolbox.zip',
  layout: [
    'SUNRGBD/<sensor>/.../<frame>/, or the sensor folders alone; <sensor>: kv1, kv2, realsense, xtion',
    '  image/<name>.jpg',
    '  depth_bfx/<name>.png (holes filled), depth/<name>.png (as measured): 16 bits, millimetres turned left by 3 bits',
    '  intrinsics.txt: the 9 numbers of the camera matrix',
    '  scene.txt: the kind of scene',
    'SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat: alltrain, alltest; or train.txt and test.txt with a folder a line',
  ],
  split: 'official: of 5,285 train and 5,050 test frames those of the 19 scenes, 4,845 and 4,659',
  counts: { train: 4845, test: 4659 },
  protocols: ['filled', 'measured'],
  notes: [
    'Protocol filled reads depth_bfx/, measured reads depth/. Depth is in m and 0 where there is none; it is not cut at 8 m as the toolbox does.',
    'Baselines for disparity: kv1 and kv2 0.075 m, realsense and xtion 0.095 m, as Omnivore has them (the last a guess of its authors). The disparity script of Omnivore divides the stored value by 1000 without turning its bits, so its disparities differ.',
    'Frames of other scenes are left out. Masks and boxes (seg.mat, annotation*) are not read.',
    'An input holds the picture of the same pixels in `image`.',
  ],
  async open(folder, report, { protocol = 'filled' }) {
    const root = folder.exists('SUNRGBD') ? 'SUNRGBD/' : '';
    const rows = new Map<string, readonly FrameRow[]>();
    for (const name of ['train', 'test'] as const) {
      reporting(report, () => {
        const found: FrameRow[] = [];
        for (const listed of readSplit(folder, name, report)) {
          const depth = protocol === 'filled' ? 'depth_bfx' : 'depth';
          const row = reporting(report, () => frameRow(folder, root, listed, depth));
          if (row !== null) found.push(row);
        }
        requireRows(folder, name, found);
        rows.set(name, found);
      });
    }
    reportShared(folder, ['train', 'test'], rows, 'frame', report);
    const splits = new Map<string, PublishedSplit<RawRgbDepth>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, (row) => readFrame(folder, row))]),
    );
    return {
      name: folder.source,
      modality: 'depth',
      classes: scenes,
      splits,
      fingerprint: fingerprintRows(protocol, rows),
    };
  },
};
