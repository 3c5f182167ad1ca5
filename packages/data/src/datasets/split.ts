// Splits: the object, the two rules that make one, and the checks that every loader shares.

import { createHash } from 'node:crypto';
import { DataError } from '../errors.ts';
import { hashText } from '../sampling/hash.ts';
import type { Example, Split } from './dataset.ts';

/** @throws {DataError} empty; bad-value: a label that is not a class id */
export function createSplit<Raw>(
  source: string,
  name: 'train' | 'test',
  classCount: number,
  length: number,
  at: (index: number) => Example<Raw>,
): Split<Raw> {
  const fail = (code: 'empty' | 'out-of-range', expected: string, actual: string, fix: string): DataError =>
    new DataError({ code, source, file: null, place: `split "${name}"`, expected, actual, fix });
  if (length < 1) throw fail('empty', 'at least one example', 'none', 'check the data directory');
  // WebGPU clamps an id that is out of range and would train on the wrong row: the host is where it must be caught.
  for (let row = 0; row < length; row++) {
    const { label } = at(row);
    if (!Number.isInteger(label) || label < -1 || label >= classCount) {
      throw fail(
        'out-of-range',
        `class ids from -1 to ${classCount - 1}`,
        `${label} in row ${row}`,
        'check the labels',
      );
    }
  }
  return {
    name,
    length,
    get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        throw fail('out-of-range', `an index from 0 to ${length - 1}`, `${index}`, 'ask for a row that exists');
      }
      return at(index);
    },
  };
}

/** As `createSplit`, from examples in memory. */
export function splitOf<Raw>(
  source: string,
  name: 'train' | 'test',
  classCount: number,
  examples: readonly Example<Raw>[],
): Split<Raw> {
  return createSplit(source, name, classCount, examples.length, (index) => examples[index]);
}

/** True when the hash of the key falls into the lowest `fraction`: equal keys always fall on the same side. */
export function isHeldOut(key: string, fraction: number): boolean {
  return hashText(key) < fraction * 2 ** 32;
}

/**
 * Which of the rows are held out: in each class, the `round(fraction * n)` rows whose keys have the lowest hashes, and
 * those that share a key with the last of them. It does not depend on the order of the rows.
 */
export function stratifiedHeldOut(keys: readonly string[], labels: readonly number[], fraction: number): boolean[] {
  const heldOut = new Array<boolean>(keys.length).fill(false);
  for (const label of new Set(labels)) {
    const rows = keys.map((key, row) => ({ row, hash: hashText(key) })).filter(({ row }) => labels[row] === label);
    rows.sort((a, b) => a.hash - b.hash);
    const border = rows[Math.round(fraction * rows.length) - 1]?.hash ?? -1;
    for (const { row, hash } of rows) heldOut[row] = hash <= border;
  }
  return heldOut;
}

/** Stable hash of the parts, in order, each with its length, so that moving a border changes the result. */
export function fingerprintOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex').slice(0, 32);
}

/** Ids of both splits, for the fingerprint. */
export function membership(train: readonly Example<unknown>[], test: readonly Example<unknown>[]): string {
  const line = (side: string, examples: readonly Example<unknown>[]): string =>
    `${side} ${examples.map(({ id, label }) => `${id}=${label}`).join(' ')}`;
  return `${line('train', train)}\n${line('test', test)}`;
}
