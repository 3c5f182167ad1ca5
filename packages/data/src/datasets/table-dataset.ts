// A table of any reader as a dataset: rows of numbers and texts, a label, two splits and the statistics of the train split.

import { DataError, quote } from '../errors.ts';
import type { Table, TableColumn } from '../formats/table.ts';
import type { Column, Example, RawTable, TableDataset } from './dataset.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';
import { presentMoments } from './statistics.ts';

export interface TableDatasetOptions {
  /** Of the set, also in errors. */
  readonly name: string;
  /** Column of the classes: texts, whole numbers or booleans; a missing one counts as no label. Left out: no labels. */
  readonly label?: string;
  /** Columns of the input, in this order. Default: all but the label. */
  readonly columns?: readonly string[];
  /** Columns whose numbers are ids, not amounts: they count as categories. */
  readonly categorical?: readonly string[];
  /** Held out in each class, by a hash of the row: equal rows fall on one side. Default: 0.3. */
  readonly testFraction?: number;
}

type Cell = number | string | null;

/**
 * Booleans become 0 and 1, dates milliseconds since 1970.
 * @throws {DataError} out-of-range for the options; unsupported: columns of bytes, of nested values, or of integers over 2^53;
 * bad-value: labels that are no classes; empty: a split without rows
 */
export function tableDataset(table: Table, options: TableDatasetOptions): TableDataset {
  const { name: source, label } = options;
  const testFraction = options.testFraction ?? 0.3;
  const fail = (code: DataError['code'], place: string, expected: string, actual: string, fix: string): DataError =>
    new DataError({ source, file: null, code, place, expected, actual, fix });
  const all = [...table.columns.keys()];
  const names = options.columns ?? all.filter((name) => name !== label);
  for (const name of [...names, ...(options.categorical ?? []), ...(label === undefined ? [] : [label])]) {
    if (table.columns.has(name)) continue;
    const known = all.slice(0, 8).map(quote).join(', ');
    throw fail('out-of-range', 'options', `some of ${known}`, quote(name), 'name columns of the table');
  }
  if (names.length === 0)
    throw fail('out-of-range', 'options', 'at least one column', 'none', 'name columns of the table');
  if (label !== undefined && names.includes(label)) {
    throw fail('out-of-range', 'options', 'a label that is no input', quote(label), 'leave it out of the columns');
  }
  if (!(testFraction > 0 && testFraction < 1)) {
    throw fail('out-of-range', 'testFraction', 'a number between 0 and 1', `${testFraction}`, 'correct it');
  }

  const categorical = new Set(options.categorical);
  const cells = names.map((name) => cellsOf(name, column(name)));
  const { classes, labels } = label === undefined ? { classes: [], labels: null } : labelsOf(label, column(label));
  const examples = Array.from({ length: table.length }, (_, row): Example<RawTable> => {
    return { input: { values: cells.map((values) => values[row]) }, label: labels?.[row] ?? -1, id: `row-${row}` };
  });
  const heldOut = stratifiedHeldOut(
    examples.map(({ input }) => JSON.stringify(input.values)),
    examples.map((example) => example.label),
    testFraction,
  );
  const train = examples.filter((_, row) => !heldOut[row]);
  const test = examples.filter((_, row) => heldOut[row]);
  const share = Math.round(testFraction * 100);
  const split = `${100 - share}/${share}${label === undefined ? '' : ' in each class'}, by a hash of the row`;
  const contents = JSON.stringify([names, examples.map(({ input }) => input.values)]);
  return {
    name: source,
    modality: 'tabular',
    classes,
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    columns: names.map((name, at) =>
      statisticsOf(
        name,
        train.map(({ input }) => input.values[at]),
      ),
    ),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), contents]),
  };

  function column(name: string): TableColumn {
    const found = table.columns.get(name);
    if (found === undefined) throw new Error(`column ${name} was there before`);
    return found;
  }

  function cellsOf(name: string, found: TableColumn): Cell[] {
    switch (found.kind) {
      case 'text':
        return [...found.values];
      case 'number':
      case 'boolean':
      case 'date': {
        const values = Array.from(found.values, (value, row) => (found.missing[row] === 1 ? null : value));
        return categorical.has(name) ? values.map((value) => (value === null ? null : String(value))) : values;
      }
      case 'integer':
        if (categorical.has(name)) {
          return Array.from(found.values, (value, row) => (found.missing[row] === 1 ? null : String(value)));
        }
        throw fail(
          'unsupported',
          `column ${quote(name)}`,
          'numbers below 2^53, or texts',
          'larger integers',
          'leave the column out, or call it categorical',
        );
      default:
        throw fail(
          'unsupported',
          `column ${quote(name)}`,
          'numbers or texts',
          found.kind === 'bytes' ? 'bytes' : 'nested values',
          'leave the column out by the option "columns"',
        );
    }
  }

  /** Classes in the order of the file where it lists them, else sorted. */
  function labelsOf(name: string, found: TableColumn): { classes: string[]; labels: number[] } {
    const values = cellsOf(name, found);
    const bad = values.findIndex((value) => typeof value === 'number' && !Number.isInteger(value));
    if (bad >= 0 || found.kind === 'date') {
      const actual = found.kind === 'date' ? 'a date' : `${values[bad]}`;
      const place = `row ${Math.max(bad, 0)}, column ${quote(name)}`;
      throw fail('bad-value', place, 'a class: a text, a whole number or a boolean', actual, 'choose another label');
    }
    const present = values.filter((value) => value !== null);
    const numeric = present.every((value) => typeof value === 'number');
    const sorted = [...new Set(present)].sort((a, b) =>
      numeric ? Number(a) - Number(b) : String(a) < String(b) ? -1 : 1,
    );
    const listed = found.kind === 'text' ? found.categories : undefined;
    const names = listed ?? sorted.map(String);
    const ids = new Map(names.map((text, id) => [text, id]));
    return {
      classes: [...names],
      labels: values.map((value) => (value === null ? -1 : (ids.get(String(value)) ?? -1))),
    };
  }

  function statisticsOf(name: string, values: readonly Cell[]): Column {
    const kind = column(name).kind;
    if (kind !== 'text' && !categorical.has(name)) {
      const numbers = values.map((value) => (typeof value === 'number' ? value : null));
      return { name, kind: 'numeric', ...presentMoments(numbers) };
    }
    const present = values.filter((value) => typeof value === 'string');
    return { name, kind: 'categorical', categories: [...new Set(present)].sort() };
  }
}
