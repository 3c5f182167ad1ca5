// Opening a published dataset by name, and checking a copy of it.

import { DataError, quote } from '../errors.ts';
import { type Folder, openFolder } from './folder.ts';
import type { PublishedDataset, PublishedDefinition, PublishedOptions } from './published.ts';
import { definitions, type PublishedName, type PublishedRaw } from './registry.ts';

/** The names, in the order of docs/datasets.md. */
export const publishedNames = Object.keys(definitions).filter(isPublishedName);

export function isPublishedName(name: string): name is PublishedName {
  return Object.hasOwn(definitions, name);
}

/** @throws {DataError} missing: no dataset of that name; out-of-range: no such protocol */
function definitionOf(name: string, options: PublishedOptions): PublishedDefinition<PublishedRaw> {
  const fail = (code: 'missing' | 'out-of-range', expected: string, actual: string): DataError =>
    new DataError({ code, source: 'data', file: null, place: null, expected, actual, fix: 'choose one of them' });
  if (!isPublishedName(name)) throw fail('missing', `a dataset of ${publishedNames.join(', ')}`, quote(name));
  const definition = definitions[name];
  const { protocol } = options;
  if (protocol !== undefined && !definition.protocols.includes(protocol)) {
    const expected =
      definition.protocols.length === 0
        ? `no protocol for ${name}`
        : `a protocol of ${definition.protocols.join(', ')}`;
    throw fail('out-of-range', expected, quote(protocol));
  }
  return definition;
}

/** A user's copy of a published dataset. @throws {DataError} at the first fault of its lists and files named there */
export function openPublished<Name extends PublishedName>(
  name: Name,
  path: string,
  options?: PublishedOptions,
): ReturnType<(typeof definitions)[Name]['open']>;
export function openPublished(
  name: string,
  path: string,
  options: PublishedOptions = {},
): Promise<PublishedDataset<PublishedRaw>> {
  const definition = definitionOf(name, options);
  const stop = (fault: DataError): never => {
    throw fault;
  };
  return definition.open(openFolder(name, path), stop, options);
}

export interface CheckOptions extends PublishedOptions {
  /** Examples of each split to decode, evenly spread; Infinity: all. Default 100. */
  readonly examples?: number;
  /** Faults kept; more are only counted. Default 20. */
  readonly keep?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of every fault as it is found, also of those that are not kept. */
  readonly onFault?: (fault: DataError) => void;
}

export interface CheckResult {
  /** Null where the lists themselves cannot be read. */
  readonly dataset: PublishedDataset<PublishedRaw> | null;
  readonly decoded: number;
  readonly faults: readonly DataError[];
  readonly faultCount: number;
}

/** Looks through a copy: its lists, the files named there, and some examples from bytes to numbers. */
export async function checkPublished(name: string, path: string, options: CheckOptions = {}): Promise<CheckResult> {
  const { examples = 100, keep = 20, onProgress = () => {}, onFault = () => {} } = options;
  const faults: DataError[] = [];
  let faultCount = 0;
  const report = (fault: DataError): void => {
    faultCount++;
    onFault(fault);
    if (faults.length < keep) faults.push(fault);
  };
  const definition = definitionOf(name, options);
  const attempt = async <T>(action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      report(error);
      return null;
    }
  };
  const dataset = await attempt(async () => {
    const folder: Folder = openFolder(name, path);
    return definition.open(folder, report, options);
  });
  const splits = [...(dataset?.splits.values() ?? [])];
  const counts = splits.map(({ length }) => Math.min(length, examples));
  const total = counts.reduce((a, b) => a + b, 0);
  let decoded = 0;
  let done = 0;
  for (const [at, split] of splits.entries()) {
    for (let k = 0; k < counts[at]; k++) {
      const index = Math.floor((k * split.length) / counts[at]);
      if ((await attempt(() => split.get(index))) !== null) decoded++;
      onProgress(++done, total);
    }
  }
  return { dataset, decoded, faults, faultCount };
}
