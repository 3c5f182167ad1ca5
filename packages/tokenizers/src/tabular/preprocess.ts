// A row -> standardised numbers, category ids, and which values are missing.

import type { RawTable } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { sampleError } from '../shared/errors.ts';
import type { TabularConfig } from './config.ts';

export interface TabularFeatures {
  /** [columns]: the standardised number of a numeric column, else 0. */
  readonly values: Float32Array;
  /** [columns]: the class of a categorical column, else 0. */
  readonly ids: Int32Array;
  /** [columns]: 1 where the value is missing; number and id are 0 there. */
  readonly missing: Uint8Array;
}

/** As TabularFeatures, [B, columns] each. */
export interface TabularArrays extends TabularFeatures {
  readonly batch: number;
}

/** A category that the train split did not have counts as missing: nothing was learned about it. */
export const preprocessRow = (raw: RawTable, { columns }: TabularConfig, sample?: string): TabularFeatures => {
  const C = columns.length;
  if (raw.values.length !== C) {
    throw sampleError('TabularTokenizer', sample, {
      expected: `${C} values`,
      came: `${raw.values.length}`,
      fix: 'give one value a column, null where it is missing',
    });
  }
  const values = new Float32Array(C);
  const ids = new Int32Array(C);
  const missing = new Uint8Array(C);
  columns.forEach((column, i) => {
    const value = raw.values[i];
    const refusal = (expected: string): Error =>
      sampleError('TabularTokenizer', sample, {
        expected: `${expected} in column ${column.name}`,
        came: typeof value === 'string' ? `"${value}"` : `${value}`,
        fix: 'use null for a missing value',
      });
    if (value === null) missing[i] = 1;
    else if (column.kind === 'numeric') {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refusal('a finite number');
      values[i] = (value - column.mean) / column.std;
    } else {
      if (typeof value !== 'string') throw refusal('a text');
      const id = column.categories.indexOf(value);
      if (id < 0) missing[i] = 1;
      else ids[i] = id;
    }
  });
  return { values, ids, missing };
};

export const collateRows = (rows: readonly TabularFeatures[], columns: number): TabularArrays => {
  if (rows.length === 0) throw new ArgumentError('TabularTokenizer', 'collate came without samples; pass at least one');
  const batch = rows.length;
  const values = new Float32Array(batch * columns);
  const ids = new Int32Array(batch * columns);
  const missing = new Uint8Array(batch * columns);
  rows.forEach((row, b) => {
    if (row.values.length !== columns) {
      throw new ArgumentError(
        'TabularTokenizer',
        `sample ${b} of the batch has ${row.values.length} columns, expected ${columns}; preprocess it with this tokenizer`,
      );
    }
    values.set(row.values, b * columns);
    ids.set(row.ids, b * columns);
    missing.set(row.missing, b * columns);
  });
  return { batch, values, ids, missing };
};
