import { describe, expect, it } from 'vitest';
import { type TableDatasetOptions, tableDataset } from '../src/datasets/table-dataset.ts';
import { decodeArff } from '../src/formats/arff.ts';
import { decodeDelimited } from '../src/formats/delimited.ts';
import { decodeJsonTable } from '../src/formats/json.ts';
import type { Table } from '../src/formats/table.ts';
import { errorOf } from './fixtures.ts';

const origin = { source: 'toy', file: null };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = Array.from(
  { length: 40 },
  (_, row) => `${row / 4},${row % 3 === 0 ? '' : `c${row % 4}`},${row % 5},${row % 2 ? 'yes' : 'no'}`,
);
const csv = (): Table => decodeDelimited(bytesOf(`size,colour,shop,bought\n${rows.join('\n')}\n`), origin);

describe('tableDataset', () => {
  const dataset = tableDataset(csv(), { name: 'toy', label: 'bought', categorical: ['shop'] });

  it('splits rows of numbers and texts, with statistics of the train split', () => {
    expect([dataset.modality, dataset.classes, dataset.split]).toEqual([
      'tabular',
      ['no', 'yes'],
      '70/30 in each class, by a hash of the row',
    ]);
    expect([dataset.train.length, dataset.test.length]).toEqual([28, 12]);
    const both = [dataset.train, dataset.test].flatMap((split) =>
      Array.from({ length: split.length }, (_, at) => split.get(at)),
    );
    const ids = both.map(({ id }) => Number(id.slice(4)));
    expect([...ids].sort((a, b) => a - b)).toEqual(rows.map((_, row) => row));
    for (const { input, label, id } of both) {
      const row = Number(id.slice(4));
      expect(input.values).toEqual([row / 4, row % 3 === 0 ? null : `c${row % 4}`, `${row % 5}`]);
      expect(label).toBe(row % 2);
    }
    const sizes = ids.slice(0, 28).map((row) => row / 4);
    const mean = sizes.reduce((sum, size) => sum + size) / 28;
    const [size, colour, shop] = dataset.columns;
    expect(size).toMatchObject({ name: 'size', kind: 'numeric' });
    expect(size.kind === 'numeric' && Math.abs(size.mean - mean) < 1e-12).toBe(true);
    expect([colour, shop]).toEqual([
      { name: 'colour', kind: 'categorical', categories: ['c0', 'c1', 'c2', 'c3'] },
      { name: 'shop', kind: 'categorical', categories: ['0', '1', '2', '3', '4'] },
    ]);
  });

  it('gives the same set for the same table, and another fingerprint for another', () => {
    const again = tableDataset(csv(), { name: 'toy', label: 'bought', categorical: ['shop'] });
    expect(again.fingerprint).toBe(dataset.fingerprint);
    rows[3] = '9,c1,1,yes';
    expect(tableDataset(csv(), { name: 'toy', label: 'bought', categorical: ['shop'] }).fingerprint).not.toBe(
      dataset.fingerprint,
    );
    expect(tableDataset(csv(), { name: 'toy', label: 'bought' }).fingerprint).not.toBe(dataset.fingerprint);
  });

  it('takes classes in the order of the file, numbers in their own, and rows without a label', () => {
    const arff = '@relation r\n@attribute a real\n@attribute b {z, y, x}\n@data\n1,x\n2,y\n3,?\n4,x\n5,y\n6,y\n';
    const { classes, train, test } = tableDataset(decodeArff(bytesOf(arff), origin), {
      name: 'toy',
      label: 'b',
      testFraction: 0.5,
    });
    expect(classes).toEqual(['z', 'y', 'x']);
    const labels = [train, test].flatMap((split) =>
      Array.from({ length: split.length }, (_, at) => split.get(at).label),
    );
    expect(labels.sort()).toEqual([-1, 1, 1, 1, 2, 2]);
    const many = Array.from({ length: 24 }, (_, row) => `${row},${(row % 12) - 1}`).join('\n');
    const numeric = tableDataset(decodeDelimited(bytesOf(`a,b\n${many}\n`), origin), {
      name: 'toy',
      label: 'b',
      testFraction: 0.5,
    });
    expect(numeric.classes).toEqual(['-1', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
    expect(tableDataset(csv(), { name: 'toy', columns: ['size'] }).train.get(0).label).toBe(-1);
  });

  const json = decodeJsonTable(bytesOf('[{"a":[1],"b":0.5,"c":"x"},{"a":[2],"b":1,"c":"y"}]'), origin);
  const wide: Table = {
    length: 2,
    columns: new Map([
      ['id', { kind: 'integer', values: BigInt64Array.of(2n ** 60n, 1n), missing: new Uint8Array(2) }],
    ]),
  };
  it.each<[string, Table, Partial<TableDatasetOptions>, string]>([
    [
      'an unknown column',
      json,
      { columns: ['z'] },
      'options: expected some of "a", "b", "c", got "z"; fix: name columns of the table',
    ],
    [
      'an unknown label',
      json,
      { label: 'z' },
      'options: expected some of "a", "b", "c", got "z"; fix: name columns of the table',
    ],
    [
      'the label as input',
      json,
      { label: 'c', columns: ['c'] },
      'options: expected a label that is no input, got "c"; fix: leave it out of the columns',
    ],
    [
      'no column',
      json,
      { columns: [] },
      'options: expected at least one column, got none; fix: name columns of the table',
    ],
    [
      'a fraction',
      json,
      { columns: ['b'], testFraction: 1 },
      'testFraction: expected a number between 0 and 1, got 1; fix: correct it',
    ],
    [
      'lists',
      json,
      {},
      'column "a": expected numbers or texts, got nested values; fix: leave the column out by the option "columns"',
    ],
    [
      'large integers',
      wide,
      {},
      'column "id": expected numbers below 2^53, or texts, got larger integers; fix: leave the column out, or call it categorical',
    ],
    [
      'a label that is no class',
      json,
      { label: 'b', columns: ['c'] },
      'row 0, column "b": expected a class: a text, a whole number or a boolean, got 0.5; fix: choose another label',
    ],
    [
      'too few rows',
      json,
      { columns: ['c'], testFraction: 0.1 },
      'split "test": expected at least one example, got none; fix: check the data directory',
    ],
  ])('refuses: %s', (_, table, options, message) => {
    expect(errorOf(() => tableDataset(table, { name: 'toy', ...options })).message).toBe(`toy: ${message}`);
  });
});
