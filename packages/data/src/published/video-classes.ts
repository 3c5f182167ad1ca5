// What the sets of clips with one class each share, once their lists are read.

import type { RawVideo } from '../datasets/dataset.ts';
import { type ClipSetting, readClip } from './clips.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, requireRows, rowsSplit } from './lists.ts';
import type { PublishedDataset } from './published.ts';

/** @throws {DataError} empty: a split without rows */
export function clipDataset(
  folder: Folder,
  rule: string,
  classes: readonly string[],
  rows: ReadonlyMap<string, readonly Row[]>,
  setting: ClipSetting,
): PublishedDataset<RawVideo> {
  const splits = new Map(
    [...rows].map(([name, list]) => {
      requireRows(folder, name, list);
      return [name, rowsSplit(folder, name, list, ({ file }) => readClip(folder, file, setting))];
    }),
  );
  return { name: folder.source, modality: 'video', classes, splits, fingerprint: fingerprintRows(rule, rows) };
}
