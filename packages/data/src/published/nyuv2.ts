// NYU Depth v2, the 1,449 labelled frames: one MATLAB 7.3 file of 2.8 GB, of which an example reads its own block only.

import type { RawRgbDepth } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import { type Hdf5File, withHdf5File } from '../formats/hdf5-file.ts';
import { decodeMatlab, type MatlabValue } from '../formats/matlab.ts';
import type { Folder } from './folder.ts';
import { reporting } from './lists.ts';
import type { PublishedDefinition, PublishedExample, PublishedSplit, PublishedTarget, Report } from './published.ts';

const labelled = 'nyu_depth_v2_labeled.mat';
const splitsFile = 'splits.mat';
const mappingFile = 'classMapping40.mat';
const sides = { train: 'trainNdxs', test: 'testNdxs' } as const;

/** Of the colour camera, to which the depths are aligned: pixels, from the authors' toolbox. */
const focalLength = 518.857901;
const baseline = 0.075;

/** The nine kinds with most frames, and all others (Gupta and others 2015). */
const scenes: readonly string[] = [
  'bedroom',
  'kitchen',
  'living_room',
  'bathroom',
  'dining_room',
  'office',
  'home_office',
  'classroom',
  'bookstore',
  'others',
];

interface Frames {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** HDF5 has MATLAB's axes the other way round: [frames, 3, width, height] of 480 x 640 x 3 x 1449. */
function readSizes(folder: Folder, file: Hdf5File): Frames {
  const [count, channels, width, height] = file.shape('images');
  const expected = `images ${height} x ${width} x 3 x ${count}, depths and labels as large`;
  const planes = [count, width, height].join();
  const [depths, labels] = [file.shape('depths').join(), file.shape('labels').join()];
  if (channels !== 3 || file.shape('images').length !== 4 || depths !== planes || labels !== planes || count < 1) {
    throw folder.fault({ code: 'malformed', file: labelled, expected, actual: 'other sizes' });
  }
  return { count, height, width };
}

/** Numbers of a matrix with one row or column. */
function vectorOf(value: MatlabValue | undefined, folder: Folder, file: string, name: string): readonly number[] {
  if (value?.kind === 'numeric') return Array.from(value.data, Number);
  throw folder.fault({ code: 'malformed', file, place: name, expected: 'numbers', actual: 'another value' });
}

/** Frames from 0 on; MATLAB counts from 1. */
function readSplit(
  folder: Folder,
  variables: ReadonlyMap<string, MatlabValue>,
  side: keyof typeof sides,
  frames: Frames,
  taken: Map<number, string>,
  report: Report,
): number[] {
  const found: number[] = [];
  for (const [at, index] of vectorOf(variables.get(sides[side]), folder, splitsFile, sides[side]).entries()) {
    const place = `${sides[side]}(${at + 1})`;
    const other = taken.get(index);
    if (!(Number.isInteger(index) && index >= 1 && index <= frames.count)) {
      const expected = `a frame from 1 to ${frames.count}`;
      report(folder.fault({ code: 'out-of-range', file: splitsFile, place, expected, actual: `${index}` }));
    } else if (other !== undefined) {
      const actual = `frame ${index} in ${other} too`;
      report(folder.fault({ code: 'bad-value', file: splitsFile, place, expected: 'each frame once', actual }));
    } else {
      taken.set(index, sides[side]);
      found.push(index - 1);
    }
  }
  if (found.length > 0) return found;
  throw folder.fault({ code: 'empty', file: splitsFile, place: sides[side], expected: 'frames', actual: 'none' });
}

interface Mapping {
  readonly names: readonly string[];
  /** Class 0 to 39 by label; label 0, "unlabelled", is -1. */
  readonly classes: Int32Array;
}

function readMapping(folder: Folder): Mapping {
  const { bytes, origin } = folder.read(mappingFile);
  const variables = decodeMatlab(bytes, origin, { variables: ['mapClass', 'className'] });
  const list = variables.get('className');
  const names =
    list?.kind === 'cell' ? list.values.map((cell) => (cell.kind === 'text' ? (cell.rows[0] ?? '') : '')) : [];
  const map = vectorOf(variables.get('mapClass'), folder, mappingFile, 'mapClass');
  const bad = map.findIndex((id) => !(Number.isInteger(id) && id >= 1 && id <= names.length));
  if (names.length === 0 || map.length === 0 || bad >= 0) {
    const place = bad < 0 ? 'className' : `mapClass(${bad + 1})`;
    const expected = bad < 0 ? 'names of classes' : `a class from 1 to ${names.length}`;
    const actual = bad < 0 ? 'none' : `${map[bad]}`;
    throw folder.fault({ code: 'bad-value', file: mappingFile, place, expected, actual });
  }
  return { names, classes: Int32Array.from([-1, ...map.map((id) => id - 1)]) };
}

function readDense(
  folder: Folder,
  file: Hdf5File,
  index: number,
  { height, width }: Frames,
  classes: Int32Array,
): PublishedTarget {
  const block = file.read('labels', [index, 0, 0], [1, width, height]).data;
  const ids = new Int32Array(height * width);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const label = Number(block[x * height + y]);
      const id = classes[label];
      if (id === undefined) {
        const place = `labels, frame ${index + 1}, row ${y + 1}, column ${x + 1}`;
        const expected = `a label from 0 to ${classes.length - 1}`;
        throw folder.fault({ code: 'bad-value', file: labelled, place, expected, actual: `${label}` });
      }
      ids[y * width + x] = id;
    }
  }
  return { kind: 'dense', ids };
}

function readInput(folder: Folder, file: Hdf5File, index: number, { height, width }: Frames): RawRgbDepth {
  const metres = file.read('depths', [index, 0, 0], [1, width, height]).data;
  const colours = file.read('images', [index, 0, 0, 0], [1, 3, width, height]).data;
  if (!(colours instanceof Uint8Array)) {
    throw folder.fault({
      code: 'malformed',
      file: labelled,
      place: 'images',
      expected: 'bytes',
      actual: 'other numbers',
    });
  }
  const depth = new Float32Array(height * width);
  const pixels = new Uint8Array(height * width * 3);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const to = y * width + x;
      const from = x * height + y;
      depth[to] = Number(metres[from]);
      for (let channel = 0; channel < 3; channel++) pixels[3 * to + channel] = colours[channel * width * height + from];
    }
  }
  const bad = depth.findIndex((metre) => metre < 0);
  if (bad >= 0) {
    const place = `depths, frame ${index + 1}, row ${Math.floor(bad / width) + 1}, column ${(bad % width) + 1}`;
    throw folder.fault({ code: 'bad-value', file: labelled, place, expected: 'at least 0 m', actual: `${depth[bad]}` });
  }
  return { depth, height, width, focalLength, baseline, image: { pixels, height, width, channels: 3 } };
}

export const nyuv2: PublishedDefinition<RawRgbDepth> = {
  name: 'nyuv2',
  title: 'NYU Depth v2 (labelled)',
  modality: 'depth',
  with: ['image'],
  task: 'protocol segmentation: the class of each pixel, one of 40; protocol scene: the kind of room, one of 10',
  metric: 'mean intersection over union of the 40 classes on test; accuracy on test (scene)',
  licence: 'not stated by the authors',
  source:
    'cs.nyu.edu, page of Nathan Silberman: nyu_depth_v2_labeled.mat; splits.mat and classMapping40.mat from github.com/ankurhanda/nyuv2-meta-data',
  layout: [
    `${labelled}: images 480 x 640 x 3 x 1449, depths and labels 480 x 640 x 1449, sceneTypes 1449`,
    `${splitsFile}: trainNdxs, testNdxs, frames counted from 1`,
    `${mappingFile}: mapClass (class of each of the 894 labels, from 1), className (only for segmentation)`,
  ],
  split: 'official: train 795, test 654 frames',
  counts: { train: 795, test: 654 },
  protocols: ['segmentation', 'scene'],
  notes: [
    'An example reads its own block of the file: the whole is never in memory.',
    'Depth is `depths`, with the holes filled; `rawDepths`, instances and accelerations are not read. Focal length 518.86 pixels, that of the colour camera; baseline 0.075 m (Kinect v1).',
    'Label 0 becomes -1 and is not scored; the 40 classes begin at 0.',
    'An input holds the picture of the same pixels in `image`.',
  ],
  async open(folder, report, { protocol = 'segmentation' }) {
    const path = folder.file(labelled);
    const origin = { source: folder.source, file: path };
    const mapping = protocol === 'segmentation' ? readMapping(folder) : null;
    const { frames, kinds } = await withHdf5File(path, origin, (file) => ({
      frames: readSizes(folder, file),
      kinds: protocol === 'scene' ? file.cellTexts('sceneTypes') : null,
    }));
    if (kinds !== null && kinds.length !== frames.count) {
      const expected = `${frames.count} texts in sceneTypes`;
      throw folder.fault({ code: 'malformed', file: labelled, expected, actual: `${kinds.length}` });
    }
    const { bytes, origin: splitsOrigin } = folder.read(splitsFile);
    const variables = decodeMatlab(bytes, splitsOrigin);
    const taken = new Map<number, string>();
    const splits = new Map<string, PublishedSplit<RawRgbDepth>>();
    const parts: string[] = [
      protocol,
      `${frames.count} ${frames.height} ${frames.width}`,
      mapping?.classes.join() ?? '',
    ];
    for (const side of ['train', 'test'] as const) {
      const rows = reporting(report, () => readSplit(folder, variables, side, frames, taken, report));
      if (rows === null) continue;
      parts.push(`${side} ${rows.map((index) => `${index}${kinds === null ? '' : ` ${kinds[index]}`}`).join()}`);
      const frameOf = (at: number): number => {
        const index = rows[at];
        if (index !== undefined) return index;
        const [expected, place] = [`an index from 0 to ${rows.length - 1}`, `split "${side}"`];
        throw folder.fault({ code: 'out-of-range', file: null, place, expected, actual: `${at}` });
      };
      const sceneOf = (index: number): PublishedTarget => {
        const id = scenes.indexOf(kinds?.[index] ?? '');
        return { kind: 'class', id: id < 0 ? scenes.length - 1 : id };
      };
      splits.set(side, {
        name: side,
        length: rows.length,
        groups: null,
        ...(kinds === null ? {} : { target: (at: number) => sceneOf(frameOf(at)) }),
        async get(at): Promise<PublishedExample<RawRgbDepth>> {
          const index = frameOf(at);
          return withHdf5File(path, origin, (file) => {
            const input = readInput(folder, file, index, frames);
            const target: PublishedTarget =
              kinds !== null
                ? sceneOf(index)
                : readDense(folder, file, index, frames, mapping?.classes ?? new Int32Array(0));
            return { input, target, id: `frame ${index + 1}` };
          });
        },
      });
    }
    const classes = mapping?.names ?? scenes;
    return { name: folder.source, modality: 'depth', classes, splits, fingerprint: fingerprintOf(parts) };
  },
};
