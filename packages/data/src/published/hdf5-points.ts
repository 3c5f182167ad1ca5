// Point clouds in HDF5 as PointNet began it: `data` `[n, points, 3]` and `label` `[n]` or `[n, 1]`.

import type { RawPoints } from '../datasets/dataset.ts';
import type { DataError } from '../errors.ts';
import { type Hdf5File, withHdf5File } from '../formats/hdf5-file.ts';
import type { Folder } from './folder.ts';
import type { Row } from './lists.ts';

/** `at`: which example of its file. */
export interface PointRow extends Row {
  readonly at: number;
}

/** Ids of classes, `[n]` or `[n, 1]`, and the sizes of `data`, `[n, points, 3]`. @throws {DataError} */
export function readPointLabels(
  file: Hdf5File,
  fault: (place: string, expected: string, actual: string) => DataError,
): { readonly labels: readonly number[]; readonly points: number } {
  const [data, label] = [file.shape('data'), file.shape('label')];
  if (data.length !== 3 || data[2] !== 3) throw fault('dataset "data"', '[n, points, 3]', `[${data.join(', ')}]`);
  const [count, points] = data;
  if (label[0] !== count || label.length > 2 || (label[1] ?? 1) !== 1) {
    throw fault('dataset "label"', `[${count}] or [${count}, 1]`, `[${label.join(', ')}]`);
  }
  const values =
    count === 0
      ? []
      : file.read(
          'label',
          label.map(() => 0),
          label,
        ).data;
  return { labels: Array.from(values, Number), points };
}

/** The first `points` of example `at`. `features` names a dataset `[n, points, k]` or `[n, points]` that goes with them. */
export async function readHdf5Points(
  folder: Folder,
  file: string,
  at: number,
  points: number,
  features: string | null,
): Promise<RawPoints> {
  const path = folder.file(file);
  return withHdf5File(path, { source: folder.source, file: path }, (h5) => {
    const count = Math.min(points, h5.shape('data')[1]);
    const block = (name: string): Float32Array => {
      const [, , ...rest] = h5.shape(name);
      return Float32Array.from(h5.read(name, [at, 0, ...rest.map(() => 0)], [1, count, ...rest]).data, Number);
    };
    return { positions: block('data'), count, features: features === null ? null : block(features) };
  });
}
