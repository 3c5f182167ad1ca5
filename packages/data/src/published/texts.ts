// Texts that are in the lists themselves, and so in memory: an example is a row, not a file.

import { createHash } from 'node:crypto';
import type { RawText } from '../datasets/dataset.ts';
import { fingerprintOf } from '../datasets/split.ts';
import type { Folder } from './folder.ts';
import { type Row, requireRows, rowsSplit } from './lists.ts';
import type { PublishedDataset, PublishedSplit } from './published.ts';

/** `file` is the name of the row: `<file>:<line>`, or the authors' id. */
export interface TextRow extends Row {
  readonly input: RawText;
  /** Line or row, for faults found later. */
  readonly place: string;
}

/**
 * @param rule goes into the fingerprint, together with all texts and targets
 * @throws {DataError} empty: a split without rows
 */
export function textDataset(
  folder: Folder,
  rule: string,
  classes: readonly string[],
  rows: ReadonlyMap<string, readonly TextRow[]>,
): PublishedDataset<RawText> {
  const splits = new Map<string, PublishedSplit<RawText>>();
  const digests: string[] = [];
  for (const [name, list] of rows) {
    requireRows(folder, name, list);
    splits.set(
      name,
      rowsSplit(folder, name, list, ({ input }) => input),
    );
    const hash = createHash('sha256');
    for (const { file, input, target } of list) hash.update(`${JSON.stringify([file, input, target])}\n`);
    digests.push(`${name} ${hash.digest('hex')}`);
  }
  return { name: folder.source, modality: 'text', classes, splits, fingerprint: fingerprintOf([rule, ...digests]) };
}
