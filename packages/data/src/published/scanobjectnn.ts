// ScanObjectNN: objects cut out of scans of rooms, in its HDF5 files.

import type { RawPoints } from '../datasets/dataset.ts';
import type { DataError } from '../errors.ts';
import { withHdf5File } from '../formats/hdf5-file.ts';
import { faultAt, rootOf } from './fields.ts';
import { type PointRow, readHdf5Points, readPointLabels } from './hdf5-points.ts';
import { fingerprintRows, reportingLater, requireRows, rowsSplit } from './lists.ts';
import type { PublishedDefinition } from './published.ts';
import { readSettings, ruleOf } from './settings.ts';

const classes = 'bag bin box cabinet chair desk display door shelf table bed pillow sink sofa toilet'.split(' ');

/** Folder and end of the names of the two files. */
const variants: Readonly<Record<string, readonly [string, string]>> = {
  PB_T50_RS: ['main_split', 'objectdataset_augmentedrot_scale75'],
  OBJ_BG: ['main_split', 'objectdataset'],
  OBJ_ONLY: ['main_split_nobg', 'objectdataset'],
};

const settings = {
  points: { default: 2048, least: 1, most: 2048, meaning: 'the first points of each object' },
  mask: {
    default: 0,
    least: 0,
    most: 1,
    meaning: '1: as a feature of each point, the id of its part in the scan; -1 is background',
  },
} as const;

export const scanObjectNN: PublishedDefinition<RawPoints> = {
  name: 'scanobjectnn',
  title: 'ScanObjectNN',
  modality: 'pointcloud',
  task: 'classify a scanned object into 15 classes',
  metric: 'accuracy over all objects, and mean accuracy of the classes',
  licence: 'research only, by a form of the authors',
  source: 'https://hkust-vgd.github.io/scanobjectnn (h5_files.zip)',
  layout: [
    'main_split/{training,test}_objectdataset_augmentedrot_scale75.h5 (PB_T50_RS)',
    'main_split/{training,test}_objectdataset.h5 (OBJ_BG)',
    'main_split_nobg/{training,test}_objectdataset.h5 (OBJ_ONLY)',
    'each with data [n, 2048, 3], label [n], mask [n, 2048]',
  ],
  split:
    'official main split: 80 % of the objects train; 11,416 and 2,882 examples in PB_T50_RS, 2,309 and 581 in the other two',
  counts: { train: 11_416, test: 2882 },
  protocols: Object.keys(variants),
  settings,
  notes: [
    'The folder h5_files of the archive, or the one around it. The other four splits (split1 to split4) and the variants PB_T25, PB_T25_R and PB_T50_R are not read.',
    'The variants of one object in PB_T50_RS lie on one side; the files do not name the object, so this cannot be checked.',
  ],
  async open(folder, report, options) {
    const { protocol = 'PB_T50_RS' } = options;
    const setting = readSettings(folder, settings, options);
    const [sub, end] = variants[protocol];
    const root = rootOf(folder, ['h5_files']);
    const rows = new Map<string, PointRow[]>();
    for (const [split, begin] of [
      ['train', 'training'],
      ['test', 'test'],
    ]) {
      const file = `${root}${sub}/${begin}_${end}.h5`;
      const found: PointRow[] = [];
      rows.set(split, found);
      await reportingLater(report, async () => {
        const path = folder.file(file);
        const fault = (place: string, expected: string, actual: string): DataError =>
          folder.fault({ code: 'malformed', file, place, expected, actual });
        const { labels } = await withHdf5File(path, { source: folder.source, file: path }, (h5) => {
          const read = readPointLabels(h5, fault);
          const mask = h5.shape('mask');
          if (mask.length !== 2 || mask[0] !== read.labels.length || mask[1] !== read.points) {
            throw fault('dataset "mask"', `[${read.labels.length}, ${read.points}]`, `[${mask.join(', ')}]`);
          }
          return read;
        });
        for (const [at, id] of labels.entries()) {
          if (id >= 0 && id < classes.length)
            found.push({ file, id: `${file}#${at}`, target: { kind: 'class', id }, at });
          else {
            const place = { folder, file, place: `label ${at}` };
            report(faultAt(place, 'bad-value', `a class from 0 to ${classes.length - 1}`, `${id}`));
          }
        }
      });
    }
    for (const [name, list] of rows) requireRows(folder, name, list);
    return {
      name: folder.source,
      modality: 'pointcloud',
      classes,
      splits: new Map(
        [...rows].map(([name, list]) => [
          name,
          rowsSplit(folder, name, list, ({ file, at }) =>
            readHdf5Points(folder, file, at, setting('points'), setting('mask') === 1 ? 'mask' : null),
          ),
        ]),
      ),
      fingerprint: fingerprintRows(ruleOf(protocol, settings, options), rows),
    };
  },
};
