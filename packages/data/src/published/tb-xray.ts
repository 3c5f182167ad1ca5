// Tuberculosis chest X-rays (Rahman and others): healthy and diseased, two folders. The publishers give no split; those
// in use are the folders of SEViT, which Meta-Transformer took over, and whatever one draws.

import type { RawPlane } from '../datasets/dataset.ts';
import { stratifiedHeldOut } from '../datasets/split.ts';
import type { Folder } from './folder.ts';
import { classFolders, fingerprintRows, type Row, reporting, reportShared, requireRows, rowsSplit } from './lists.ts';
import { readGrey } from './pictures.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

const classes = ['Normal', 'Tuberculosis'] as const;
const heldOut = 0.2;
const database = 'TB_Chest_Radiography_Database';
const folders = { train: 'training', val: 'validation', test: 'testing' } as const;

/** Rows of the two class folders in `parent`, whose names may be in small letters. */
function twoClasses(folder: Folder, parent: string, report: Report): readonly Row[] {
  const names = folder.list(parent);
  const actual = classes.map((name) => names.find((other) => other.toLowerCase() === name.toLowerCase()) ?? name);
  const missing = actual.find((name) => !names.includes(name));
  if (missing !== undefined) {
    const file = parent === '' ? missing : `${parent}/${missing}`;
    throw folder.fault({ code: 'missing', file, expected: 'a folder of each class', actual: 'nothing there' });
  }
  return classFolders(folder, parent, ['.png', '.jpg', '.jpeg'], actual, report).rows;
}

export const tbXray: PublishedDefinition<RawPlane> = {
  name: 'tb-xray',
  title: 'Tuberculosis (TB) Chest X-ray Database',
  modality: 'xray',
  task: 'healthy or tuberculosis',
  metric: 'accuracy on test',
  licence: 'as Kaggle states it there; the parts have licences of their own',
  source:
    'Kaggle, tawsifurrahman/tuberculosis-tb-chest-xray-dataset; divided into folders: by the README of X-Ray/ in the Meta-Transformer repository',
  layout: [
    'protocol folders: training/<class>/*, validation/<class>/*, testing/<class>/*',
    `protocol hashed: ${database}/<class>/<class>-<number>.png, or the two class folders alone`,
    '<class>: Normal, Tuberculosis; .png, .jpg or .jpeg',
  ],
  split: `folders: train, val, test as the folders have it (7,000 in all); hashed: ${100 * heldOut} % of each class to test, by a hash of the file name`,
  protocols: ['folders', 'hashed'],
  notes: [
    'Without --protocol: the folders training/, validation/, testing/ where they are, else hashed.',
    'Nothing says which films are of one patient, so copies and repeats of a patient may lie on two sides.',
  ],
  async open(folder, report, { protocol }) {
    const usesFolders = protocol === undefined ? folder.exists(folders.train) : protocol === 'folders';
    const rows = new Map<string, readonly Row[]>();
    if (usesFolders) {
      for (const [name, path] of Object.entries(folders)) {
        reporting(report, () => {
          const found = twoClasses(folder, path, report);
          requireRows(folder, name, found);
          rows.set(name, found);
        });
      }
      // A file of the same name and class is the same film.
      const named = new Map(
        [...rows].map(([name, list]) => [
          name,
          list.map((row) => ({ ...row, group: row.file.slice(row.file.indexOf('/') + 1).toLowerCase() })),
        ]),
      );
      for (const pair of [
        ['train', 'val'],
        ['train', 'test'],
        ['val', 'test'],
      ] as const) {
        reportShared(folder, pair, named, 'film', report);
      }
    } else {
      const all = twoClasses(folder, folder.exists(database) ? database : '', report);
      const keys = all.map(({ file }) => file.slice(file.lastIndexOf('/') + 1));
      const labels = all.map(({ target }) => (target.kind === 'class' ? target.id : -1));
      const out = stratifiedHeldOut(keys, labels, heldOut);
      for (const name of ['train', 'test']) {
        const found = all.filter((_, at) => out[at] === (name === 'test'));
        requireRows(folder, name, found);
        rows.set(name, found);
      }
    }
    const splits = new Map<string, PublishedSplit<RawPlane>>(
      [...rows].map(([name, list]) => [name, rowsSplit(folder, name, list, ({ file }) => readGrey(folder, file))]),
    );
    const rule = usesFolders ? 'folders' : `hashed, ${heldOut}`;
    return { name: folder.source, modality: 'xray', classes, splits, fingerprint: fingerprintRows(rule, rows) };
  },
};
