// What most definitions share: lists of files with a label, folders that are classes, and splits of rows read on demand.

import { fingerprintOf } from '../datasets/split.ts';
import { DataError, quote } from '../errors.ts';
import type { Folder } from './folder.ts';
import type { PublishedExample, PublishedSplit, PublishedTarget, Report } from './published.ts';

/** One example before its file is read. */
export interface Row {
  /** Path inside the folder; also the example's id, unless it has another. */
  readonly file: string;
  /** Of an example that is a part of its file. */
  readonly id?: string;
  readonly target: PublishedTarget;
  readonly group?: string;
}

/** A split whose examples are read from the files of `rows`. */
export function rowsSplit<Raw, R extends Row = Row>(
  folder: Folder,
  name: string,
  rows: readonly R[],
  read: (row: R) => Promise<Raw> | Raw,
): PublishedSplit<Raw> {
  const split = examplesSplit(folder, name, rows, async (row: R) => ({
    input: await read(row),
    target: row.target,
    id: row.id ?? row.file,
  }));
  return { ...split, target: (index) => rowAt(folder, name, rows, index).target };
}

/** @throws {DataError} out-of-range */
function rowAt<R extends Row>(folder: Folder, name: string, rows: readonly R[], index: number): R {
  const row = rows[index];
  if (row !== undefined) return row;
  const [expected, place] = [`an index from 0 to ${rows.length - 1}`, `split "${name}"`];
  throw folder.fault({ code: 'out-of-range', file: null, place, expected, actual: `${index}` });
}

/** The same where the target, too, is in the files: `read` gives all of an example. */
export function examplesSplit<Raw, R extends Row = Row>(
  folder: Folder,
  name: string,
  rows: readonly R[],
  read: (row: R) => Promise<PublishedExample<Raw>> | PublishedExample<Raw>,
): PublishedSplit<Raw> {
  const groups = rows.some(({ group }) => group !== undefined) ? rows.map(({ group }) => group ?? '') : null;
  return {
    name,
    length: rows.length,
    groups,
    async get(index): Promise<PublishedExample<Raw>> {
      return read(rowAt(folder, name, rows, index));
    },
  };
}

/** The rows whose files are there; a missing one is reported. A folder is listed once, however many rows name it. */
export function presentRows<R extends Row>(folder: Folder, rows: readonly R[], report: Report, listedIn: string): R[] {
  const isThere = presence(folder);
  return rows.filter(({ file }) => {
    if (isThere(file)) return true;
    if (file.startsWith('/') || file.split(/[/\\]/).includes('..')) {
      // The fault is another one: the path leads outside.
      reporting(report, () => folder.file(file));
      return false;
    }
    const expected = `the file that ${listedIn} names`;
    report(
      folder.fault({
        code: 'missing',
        file,
        expected,
        actual: 'nothing there',
        fix: 'get the missing file again, or take its row out of the list',
      }),
    );
    return false;
  });
}

/** Whether a file is there, as `exists` says, for a million of them in a few folders. */
export function presence(folder: Folder): (file: string) => boolean {
  const folders = new Map<string, ReadonlySet<string>>();
  return (file) => {
    const slash = file.lastIndexOf('/');
    const parent = file.slice(0, Math.max(slash, 0));
    let names = folders.get(parent);
    if (names === undefined) {
      names = new Set(folder.exists(parent) ? folder.list(parent) : []);
      folders.set(parent, names);
    }
    return names.has(file.slice(slash + 1));
  };
}

/** Reports groups (patients, persons) that are on two sides. */
export function reportShared(
  folder: Folder,
  [one, other]: readonly [string, string],
  splits: ReadonlyMap<string, readonly Row[]>,
  what: string,
  report: Report,
): void {
  const here = new Set(splits.get(one)?.map(({ group }) => group));
  const shared = new Set(
    splits.get(other)?.flatMap(({ group }) => (group !== undefined && here.has(group) ? [group] : [])),
  );
  if (shared.size === 0) return;
  const [first] = shared;
  report(
    folder.fault({
      code: 'bad-value',
      file: null,
      place: `splits "${one}" and "${other}"`,
      expected: `each ${what} in one of them`,
      actual: `${shared.size} in both, the first ${quote(first)}`,
      fix: 'get the official lists again',
    }),
  );
}

/** Folders of `parent` as classes, in the order of their names, and the files in them that end with one of `endings`. */
export function classFolders(
  folder: Folder,
  parent: string,
  endings: readonly string[],
  classes: readonly string[] | null,
  report: Report,
): { readonly classes: readonly string[]; readonly rows: readonly Row[] } {
  const names = folder.list(parent).filter((name) => !name.includes('.'));
  const known = classes ?? names;
  const rows: Row[] = [];
  for (const name of names) {
    const id = known.indexOf(name);
    const place = parent === '' ? name : `${parent}/${name}`;
    if (id < 0) {
      const expected = `a folder of one of ${known.length} classes`;
      report(folder.fault({ code: 'bad-value', file: place, expected, actual: 'another name' }));
      continue;
    }
    const files = folder.list(place).filter((file) => endings.some((ending) => file.toLowerCase().endsWith(ending)));
    if (files.length === 0) {
      report(folder.fault({ code: 'empty', file: place, expected: `files ${endings.join(' or ')}`, actual: 'none' }));
    }
    // One object a class, not one an example: there may be a million.
    const target: PublishedTarget = { kind: 'class', id };
    for (const file of files) rows.push({ file: `${place}/${file}`, target });
  }
  return { classes: known, rows };
}

/** Reports groups that lie in two splits: what is known of a subject, a place or a recording in one would tell the other. */
export function reportSharedGroups(
  folder: Folder,
  splits: ReadonlyMap<string, readonly (string | undefined)[]>,
  what: string,
  report: Report,
): void {
  const sides = new Map<string, string>();
  const shared = new Set<string>();
  for (const [split, groups] of splits) {
    for (const group of new Set(groups)) {
      if (group === undefined) continue;
      const other = sides.get(group);
      sides.set(group, split);
      if (other === undefined || shared.has(group)) continue;
      shared.add(group);
      report(
        folder.fault({
          code: 'bad-value',
          file: null,
          place: `${what} ${group}`,
          expected: 'it in one split',
          actual: `it in ${other} and ${split}`,
          fix: 'take it out of one of them, or get the lists again',
        }),
      );
    }
  }
}

/** Throws `empty` where a split has no rows: nothing could be trained or scored. */
export function requireRows(folder: Folder, name: string, rows: readonly Row[]): void {
  if (rows.length > 0) return;
  throw folder.fault({
    code: 'empty',
    file: null,
    place: `split "${name}"`,
    expected: 'at least one example',
    actual: 'none',
  });
}

/** Of the lists read: each split's name, ids and targets, and the rule. */
export function fingerprintRows(rule: string, splits: ReadonlyMap<string, readonly Row[]>): string {
  const lines = [...splits].map(([name, rows]) =>
    [name, ...rows.map(({ file, id = file, target, group = '' }) => `${id}\t${group}\t${targetText(target)}`)].join(
      '\n',
    ),
  );
  return fingerprintOf([rule, ...lines]);
}

function targetText(target: PublishedTarget): string {
  switch (target.kind) {
    case 'class':
      return `${target.id}`;
    case 'labels':
      return target.ids.join('|');
    case 'values':
      return target.values.join(' ');
    case 'dense':
      return `${target.ids.length} ids`;
    case 'texts':
      return JSON.stringify(target.texts);
    case 'identity':
      return `${target.id} ${target.camera}`;
    case 'none':
      return '';
  }
}

/** Runs `action`; a DataError goes to `report`, and the answer is null. */
export function reporting<T>(report: Report, action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    report(error);
    return null;
  }
}

/** The same for what takes its time. */
export async function reportingLater<T>(report: Report, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    report(error);
    return null;
  }
}
