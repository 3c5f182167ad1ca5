// ModelNet40 in the three forms in which it goes round: the meshes of Princeton, the resampled points with normals of
// PointNet++, and the HDF5 files of PointNet.

import type { RawPoints } from '../datasets/dataset.ts';
import type { DataError } from '../errors.ts';
import { quote } from '../errors.ts';
import { withHdf5File } from '../formats/hdf5-file.ts';
import { decodeOff } from '../formats/off.ts';
import type { PointSet } from '../formats/points.ts';
import { decodeXyz } from '../formats/xyz.ts';
import { hashText } from '../sampling/hash.ts';
import { sampleSurface } from '../sampling/surface.ts';
import { faultAt, firstThere, linesOf, rootOf, uniqueBy } from './fields.ts';
import type { Folder } from './folder.ts';
import { type PointRow, readHdf5Points, readPointLabels } from './hdf5-points.ts';
import {
  fingerprintRows,
  presentRows,
  reporting,
  reportingLater,
  reportSharedGroups,
  requireRows,
  rowsSplit,
} from './lists.ts';
import type { PublishedDataset, PublishedDefinition, PublishedOptions, Report } from './published.ts';
import { readSettings, ruleOf } from './settings.ts';

/** In the order of the ids that PointNet gave them: that of the alphabet. */
export const modelNet40Classes: readonly string[] = (
  'airplane bathtub bed bench bookshelf bottle bowl car chair cone cup curtain desk door dresser flower_pot glass_box guitar ' +
  'keyboard lamp laptop mantel monitor night_stand person piano plant radio range_hood sink sofa stairs stool table tent ' +
  'toilet tv_stand vase wardrobe xbox'
).split(' ');

const splitNames = ['train', 'test'] as const;

const settings = {
  points: {
    default: 1024,
    least: 1,
    most: 100_000,
    meaning: 'points of an example: drawn from the surface by area (off), or the first ones of the file',
  },
  normals: { default: 0, least: 0, most: 1, meaning: '1: the unit normal of each point as three features' },
  seed: { default: 0, least: 0, most: 2 ** 31 - 1, meaning: 'of the points drawn from the surface (off)' },
} as const;

/** Points of an example before they are cut to the number asked for. */
interface Source {
  readonly rows: ReadonlyMap<string, readonly PointRow[]>;
  readonly classes: readonly string[];
  read(row: PointRow): Promise<RawPoints> | RawPoints;
}

type Open = (folder: Folder, report: Report, setting: (name: keyof typeof settings) => number) => Promise<Source>;

/** The first `count` points of a set, and their normals where they are asked for. */
function firstPoints({ positions, attributes, count: all }: PointSet, count: number, normals: boolean): RawPoints {
  const kept = Math.min(count, all);
  const columns = ['nx', 'ny', 'nz'].map((axis) => attributes.get(axis));
  const features = normals ? new Float32Array(kept * 3) : null;
  if (features !== null) {
    for (const [axis, column] of columns.entries()) {
      if (column !== undefined) for (let at = 0; at < kept; at++) features[at * 3 + axis] = column[at];
    }
  }
  return { positions: positions.slice(0, kept * 3), count: kept, features };
}

const openMeshes: Open = async (folder, report, setting) => {
  const root = rootOf(folder, ['ModelNet40']);
  const rows = new Map<string, PointRow[]>(splitNames.map((split) => [split, []]));
  // What zip programs and the publisher put beside the classes.
  const ignored = /\.|^__MACOSX$|^README$/;
  for (const name of folder.list(root)) {
    if (ignored.test(name)) continue;
    const id = modelNet40Classes.indexOf(name);
    if (id < 0) {
      const expected = 'a folder of one of the 40 classes';
      report(folder.fault({ code: 'bad-value', file: `${root}${name}`, expected, actual: 'another name' }));
      continue;
    }
    for (const split of splitNames) {
      const place = `${root}${name}/${split}`;
      const files = reporting(report, () => folder.list(place)) ?? [];
      for (const file of files) {
        if (new RegExp(`^${name}_\\d{4}\\.off$`).test(file)) {
          rows.get(split)?.push({ file: `${place}/${file}`, target: { kind: 'class', id }, at: 0 });
          continue;
        }
        const expected = `a mesh named ${name}_<four digits>.off`;
        report(folder.fault({ code: 'bad-value', file: `${place}/${file}`, expected, actual: 'another file' }));
      }
    }
  }
  const [points, normals, seed] = [setting('points'), setting('normals') === 1, setting('seed')];
  return {
    rows,
    classes: modelNet40Classes,
    read({ file }) {
      const { bytes, origin } = folder.read(file);
      const { mesh } = decodeOff(bytes, origin);
      if (mesh === null) throw folder.fault({ code: 'empty', file, expected: 'triangles', actual: 'none' });
      return firstPoints(sampleSurface(mesh, points, [seed, hashText(file)]), points, normals);
    },
  };
};

const openResampled: Open = async (folder, report, setting) => {
  const root = rootOf(folder, ['modelnet40_normal_resampled']);
  const namesFile = `${root}modelnet40_shape_names.txt`;
  const classes = [...linesOf(folder.readText(namesFile).text)].map(({ line }) => line.trim());
  const rows = new Map<string, PointRow[]>();
  for (const split of splitNames) {
    const list = `${root}modelnet40_${split}.txt`;
    const found: (PointRow & { readonly number: number })[] = [];
    for (const { line, number } of linesOf(folder.readText(list).text)) {
      const name = line.trim();
      const group = /^(.+)_\d{4}$/.exec(name)?.[1] ?? '';
      const id = classes.indexOf(group);
      if (id < 0) {
        const expected = 'a class of modelnet40_shape_names.txt and four digits, such as chair_0001';
        report(faultAt({ folder, file: list, place: `line ${number}` }, 'bad-value', expected, quote(name)));
        continue;
      }
      found.push({ file: `${root}${group}/${name}.txt`, target: { kind: 'class', id }, at: 0, number });
    }
    const once = uniqueBy(
      found,
      ({ file }) => file,
      ({ number }) => ({ folder, file: list, place: `line ${number}` }),
      report,
    );
    rows.set(split, presentRows(folder, once, report, list));
  }
  const files = new Map([...rows].map(([split, list]) => [split, list.map(({ file }) => file)]));
  reportSharedGroups(folder, files, 'file', report);
  return {
    rows,
    classes,
    read({ file }) {
      const { bytes, origin } = folder.read(file);
      const set = decodeXyz(bytes, origin, { columns: ['x', 'y', 'z', 'nx', 'ny', 'nz'] });
      return firstPoints(set, setting('points'), setting('normals') === 1);
    },
  };
};

const openHdf5: Open = async (folder, report, setting) => {
  const root = rootOf(folder, ['modelnet40_ply_hdf5_2048']);
  const named = `${root}shape_names.txt`;
  const classes = folder.exists(named)
    ? [...linesOf(folder.readText(named).text)].map(({ line }) => line.trim())
    : modelNet40Classes;
  const rows = new Map<string, PointRow[]>();
  for (const split of splitNames) {
    const list = firstThere(folder, [`${root}${split}_files.txt`], `the list of the ${split} files`);
    const found: PointRow[] = [];
    for (const { line, number } of linesOf(folder.readText(list).text)) {
      // The paths are those of PointNet's own checkout: only their last part is this folder's.
      const name = line.trim().split('/').pop() ?? '';
      if (!/^[\w-]+\.h5$/.test(name)) {
        const at = { folder, file: list, place: `line ${number}` };
        report(faultAt(at, 'bad-value', 'a path of an .h5 file', quote(line.trim())));
        continue;
      }
      const file = `${root}${name}`;
      const [present] = presentRows(folder, [{ file, target: { kind: 'none' } }], report, list);
      if (present === undefined) continue;
      const read = async (): Promise<void> => {
        const origin = { source: folder.source, file: folder.file(file) };
        const fault = (place: string, expected: string, actual: string): DataError =>
          folder.fault({ code: 'malformed', file, place, expected, actual });
        const { labels } = await withHdf5File(folder.file(file), origin, (h5) => readPointLabels(h5, fault));
        for (const [at, id] of labels.entries()) {
          if (id >= 0 && id < classes.length) {
            found.push({ file, id: `${file}#${at}`, target: { kind: 'class', id }, at });
          } else {
            const expected = `a class from 0 to ${classes.length - 1}`;
            report(faultAt({ folder, file, place: `label ${at}` }, 'bad-value', expected, `${id}`));
          }
        }
      };
      await reportingLater(report, read);
    }
    rows.set(split, found);
  }
  return {
    rows,
    classes,
    read({ file, at }) {
      return readHdf5Points(folder, file, at, setting('points'), setting('normals') === 1 ? 'normal' : null);
    },
  };
};

const forms: Readonly<Record<string, Open>> = {
  off: openMeshes,
  'normal-resampled': openResampled,
  'hdf5-2048': openHdf5,
};

async function open(folder: Folder, report: Report, options: PublishedOptions): Promise<PublishedDataset<RawPoints>> {
  const { protocol = 'off' } = options;
  const setting = readSettings(folder, settings, options);
  const { rows, classes, read } = await forms[protocol](folder, report, setting);
  for (const [name, list] of rows) requireRows(folder, name, list);
  return {
    name: folder.source,
    modality: 'pointcloud',
    classes,
    splits: new Map([...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, read)])),
    fingerprint: fingerprintRows(ruleOf(protocol, settings, options), rows),
  };
}

export const modelNet40: PublishedDefinition<RawPoints> = {
  name: 'modelnet40',
  title: 'ModelNet40',
  modality: 'pointcloud',
  task: 'classify the shape of an object into 40 classes',
  metric: 'accuracy over all objects, and mean accuracy of the classes',
  licence: 'research only; the models belong to their authors (terms on the page)',
  source:
    'https://modelnet.cs.princeton.edu (ModelNet40.zip); the other two forms: the data pages of PointNet++ and PointNet, Stanford',
  layout: [
    'off: <class>/{train,test}/<class>_<number of 4 digits>.off',
    'normal-resampled: modelnet40_shape_names.txt, modelnet40_{train,test}.txt, <class>/<class>_<number>.txt of lines x,y,z,nx,ny,nz',
    'hdf5-2048: {train,test}_files.txt, shape_names.txt, ply_data_{train,test}<n>.h5 with data [n, 2048, 3], label [n, 1], normal',
  ],
  split: 'official: 9,843 train and 2,468 test objects (9,840 in the HDF5 form)',
  counts: { train: 9843, test: 2468 },
  protocols: Object.keys(forms),
  settings,
  notes: [
    'Class ids are those of the alphabet, as in PointNet; a form with a list of names takes the ids from it.',
    'off: points are drawn by the area of the triangles from a seed, so they differ from those of the other forms.',
    'The paths in train_files.txt name folders of another program; only the last part is used.',
    'The .dat pickles of Point-BERT (8,192 points) are not read.',
  ],
  open,
};
