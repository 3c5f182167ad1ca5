// ModelNet40-C: the test objects of ModelNet40 under fifteen corruptions of five severities. `corruptPoints` makes such
// corruptions of any points.

import type { RawPoints } from '../datasets/dataset.ts';
import { decodeNpy } from '../formats/npy.ts';
import { faultAt, rootOf } from './fields.ts';
import type { Folder } from './folder.ts';
import type { PointRow } from './hdf5-points.ts';
import { fingerprintRows, reporting, requireRows, rowsSplit } from './lists.ts';
import { modelNet40Classes } from './modelnet40.ts';
import { type NpyRows, openNpyRows } from './npy-rows.ts';
import { pointCorruptions, severities } from './point-corruptions.ts';
import type { PublishedDefinition, PublishedSplit, Report } from './published.ts';

/** Class ids of the objects, `[n]` or `[n, 1]`. */
function readLabels(folder: Folder, file: string, report: Report): number[] {
  const { bytes, origin } = folder.read(file);
  const { shape, data } = decodeNpy(bytes, origin);
  if (shape.length > 2 || (shape[1] ?? 1) !== 1 || shape.length === 0) {
    throw folder.fault({
      code: 'malformed',
      file,
      place: 'shape',
      expected: '[n] or [n, 1]',
      actual: `[${shape.join(', ')}]`,
    });
  }
  const labels = Array.from(data, Number);
  for (const [at, label] of labels.entries()) {
    if (label >= 0 && label < modelNet40Classes.length) continue;
    const expected = `a class from 0 to ${modelNet40Classes.length - 1}`;
    report(faultAt({ folder, file, place: `row ${at}` }, 'bad-value', expected, `${label}`));
  }
  return labels;
}

export const modelNet40C: PublishedDefinition<RawPoints> = {
  name: 'modelnet40-c',
  title: 'ModelNet40-C',
  modality: 'pointcloud',
  task: 'classify corrupted objects with a model that was trained on clean ones',
  metric: 'error rate of each corruption and severity, and their mean',
  licence: 'CC BY 4.0 (Zenodo); the objects are those of ModelNet40',
  source: 'https://github.com/jiachens/ModelNet40-C (archive on Zenodo)',
  layout: ['data_<corruption>_<1..5>.npy: [2468, points, 3]', 'label.npy: [2468, 1]'],
  split:
    'no training part: one split for each corruption and severity, named <corruption>-<severity>, all of the same 2,468 test objects',
  counts: Object.fromEntries(
    pointCorruptions.flatMap((corruption) => severities.map((severity) => [`${corruption}-${severity}`, 2468])),
  ),
  protocols: ['all', ...pointCorruptions],
  notes: [
    `Corruptions: ${pointCorruptions.join(', ')}. distortion is the free-form (FFD) one, density the decrease.`,
    'The protocol of one corruption opens a copy that has its five files and label.npy only.',
    'In occlusion and lidar the number stands for a direction of view and not for a severity.',
    'data_original.npy and the corruption "scale" of the generator are no part of the fifteen and are not read.',
  ],
  async open(folder, report, { protocol = 'all' }) {
    const root = rootOf(folder, ['modelnet40_c']);
    const labels = readLabels(folder, `${root}label.npy`, report);
    const splits = new Map<string, PublishedSplit<RawPoints>>();
    const rows = new Map<string, readonly PointRow[]>();
    for (const corruption of pointCorruptions) {
      if (protocol !== 'all' && protocol !== corruption) continue;
      for (const severity of severities) {
        const [name, file] = [`${corruption}-${severity}`, `${root}data_${corruption}_${severity}.npy`];
        const array = reporting(report, () => openClouds(folder, file, labels.length));
        if (array === null) continue;
        const found = labels.flatMap((id, at): PointRow[] =>
          id >= 0 && id < modelNet40Classes.length
            ? [{ file, id: `${file}#${at}`, target: { kind: 'class', id }, at }]
            : [],
        );
        requireRows(folder, name, found);
        rows.set(name, found);
        splits.set(
          name,
          rowsSplit(folder, name, found, ({ at }) => ({
            positions: Float32Array.from(array.row(at)),
            count: array.shape[1],
            features: null,
          })),
        );
      }
    }
    if (splits.size === 0) requireRows(folder, protocol, []);
    return {
      name: folder.source,
      modality: 'pointcloud',
      classes: modelNet40Classes,
      splits,
      fingerprint: fingerprintRows(protocol, rows),
    };
  },
};

function openClouds(folder: Folder, file: string, count: number): NpyRows {
  const array = openNpyRows(folder, file);
  const { shape } = array;
  if (shape.length !== 3 || shape[2] !== 3 || shape[0] !== count || shape[1] < 1) {
    const expected = `[${count}, points, 3], a row for each of label.npy`;
    throw folder.fault({ code: 'malformed', file, place: 'shape', expected, actual: `[${shape.join(', ')}]` });
  }
  return array;
}
