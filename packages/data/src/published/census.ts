// Adult and Bank Marketing: people as rows of numbers and categories.

import type { Column, RawTable } from '../datasets/dataset.ts';
import { isHeldOut } from '../datasets/split.ts';
import { presentMoments } from '../datasets/statistics.ts';
import { quote } from '../errors.ts';
import { parseDecimal } from '../formats/text-lines.ts';
import { faultAt, firstThere, linesOf, type Place } from './fields.ts';
import type { Folder } from './folder.ts';
import { fingerprintRows, type Row, reporting, requireRows, rowsSplit } from './lists.ts';
import type { PublishedDefinition, PublishedTable, Report } from './published.ts';

/** A definition whose dataset has the columns with their train statistics and categories. */
export interface TableDefinition extends PublishedDefinition<RawTable> {
  open: (...args: Parameters<PublishedDefinition<RawTable>['open']>) => Promise<PublishedTable>;
}

interface TableRow extends Row {
  readonly input: RawTable;
}

interface TableFile {
  /** Names, a `#` before those of numbers; the label is the last column of the file and not among them. */
  readonly columns: readonly string[];
  /** Texts of the label in the order of the ids. */
  readonly labels: readonly string[];
  readonly missing: string | null;
  cellsOf(line: string): readonly string[];
}

const isNumber = (column: string): boolean => column.startsWith('#');
const nameOf = (column: string): string => column.replace('#', '');

/** @param skip lines that hold no row @throws {DataError} of the file */
function readTable(
  folder: Folder,
  file: string,
  table: TableFile,
  skip: (line: string, number: number, place: Place) => boolean,
  report: Report,
): TableRow[] {
  const rows: TableRow[] = [];
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const place = { folder, file, place: `line ${number}` };
    reporting(report, () => {
      if (!skip(line, number, place)) rows.push(readRow(line, number, place, table));
    });
  }
  return rows;
}

function readRow(line: string, number: number, at: Place, { columns, labels, missing, cellsOf }: TableFile): TableRow {
  const cells = cellsOf(line);
  const width = columns.length + 1;
  if (cells.length !== width) throw faultAt(at, 'malformed', `${width} cells`, `${cells.length}`);
  const values = columns.map((column, k) => {
    const cell = cells[k];
    if (cell === missing) return null;
    const value = isNumber(column) ? parseDecimal(cell) : cell;
    if (value !== '' && (typeof value === 'string' || Number.isFinite(value))) return value;
    const expected = isNumber(column) ? 'a number' : 'a category';
    throw faultAt({ ...at, place: `${at.place}, column ${nameOf(column)}` }, 'bad-value', expected, quote(cell));
  });
  const id = labels.indexOf(cells[width - 1]);
  if (id < 0) throw faultAt(at, 'bad-value', `a label of ${labels.join(', ')}`, quote(cells[width - 1]));
  return { file: `${at.file}:${number}`, target: { kind: 'class', id }, input: { values } };
}

function tableDataset(
  folder: Folder,
  rule: string,
  table: TableFile,
  classes: readonly string[],
  splits: ReadonlyMap<string, readonly TableRow[]>,
): PublishedTable {
  for (const [name, rows] of splits) requireRows(folder, name, rows);
  const train = splits.get('train') ?? [];
  const texts = [...splits].map(([name, rows]) => `${name} ${rows.map(({ input }) => JSON.stringify(input.values))}`);
  return {
    name: folder.source,
    modality: 'tabular',
    classes,
    splits: new Map(
      [...splits].map(([name, rows]) => [
        name,
        rowsSplit<RawTable, TableRow>(folder, name, rows, ({ input }) => input),
      ]),
    ),
    columns: table.columns.map((column, k): Column => {
      const values = train.map(({ input }) => input.values[k]);
      const name = nameOf(column);
      if (isNumber(column)) {
        const present = values.map((value) => (typeof value === 'number' ? value : null));
        return { name, kind: 'numeric', ...presentMoments(present) };
      }
      const categories = new Set(values.filter((value) => typeof value === 'string'));
      return { name, kind: 'categorical', categories: [...categories].sort() };
    }),
    fingerprint: fingerprintRows([rule, ...texts].join('\n'), splits),
  };
}

const adultTable: TableFile = {
  columns: (
    '#age workclass #fnlwgt education #education-num marital-status occupation relationship race sex #capital-gain ' +
    '#capital-loss #hours-per-week native-country'
  ).split(' '),
  labels: ['<=50K', '>50K'],
  missing: '?',
  cellsOf: (line) => line.split(',').map((cell) => cell.trim()),
};

export const adult: TableDefinition = {
  name: 'adult',
  title: 'Adult (Census Income)',
  modality: 'tabular',
  task: 'tell whether a person earns more than 50,000 dollars a year',
  metric: 'accuracy; area under the ROC curve',
  licence: 'CC BY 4.0 (UCI)',
  source: 'https://archive.ics.uci.edu/dataset/2/adult',
  layout: [
    'adult.data: 14 columns and the label, parted by comma and space',
    'adult.test: the same after a first line "|1x3 Cross validator", each label with a full stop',
  ],
  split: 'official: adult.data with 32,561 rows trains, adult.test with 16,281 tests',
  counts: { train: 32_561, test: 16_281 },
  protocols: [],
  notes: [
    '"?" is a missing value: null. fnlwgt, the weight of the row in the census, is a column as elsewhere.',
    'Some rows come twice, as published, a few of them on both sides.',
  ],
  async open(folder, report) {
    const table = adultTable;
    const train = readTable(folder, 'adult.data', table, () => false, report);
    const test = readTable(
      folder,
      'adult.test',
      { ...table, cellsOf: (line) => table.cellsOf(line.replace(/\.\s*$/, '')) },
      (line, number) => number === 1 && line.startsWith('|'),
      report,
    );
    const splits = new Map([
      ['train', train],
      ['test', test],
    ]);
    return tableDataset(folder, 'official', table, adultTable.labels, splits);
  },
};

const bankColumns = {
  full: '#age job marital education default #balance housing loan contact #day month #duration #campaign #pdays #previous poutcome',
  additional:
    '#age job marital education default housing loan contact month day_of_week #duration #campaign #pdays #previous poutcome ' +
    '#emp.var.rate #cons.price.idx #cons.conf.idx #euribor3m #nr.employed',
} as const;

const bankFiles: Readonly<Record<keyof typeof bankColumns, readonly string[]>> = {
  full: ['bank-full.csv', 'bank/bank-full.csv'],
  additional: ['bank-additional-full.csv', 'bank-additional/bank-additional-full.csv'],
};

const testFraction = 0.2;

export const bankMarketing: TableDefinition = {
  name: 'bank-marketing',
  title: 'Bank Marketing',
  modality: 'tabular',
  task: 'tell whether a client subscribes to a deposit after a call',
  metric: 'area under the ROC curve; accuracy',
  licence: 'CC BY 4.0 (UCI)',
  source: 'https://archive.ics.uci.edu/dataset/222/bank+marketing',
  layout: [
    'full: bank-full.csv, 16 columns and y, parted by ";", texts in quotation marks',
    'additional: bank-additional/bank-additional-full.csv, 20 columns and y',
  ],
  split: `none is published; ours: ${testFraction * 100} % of the rows, by a hash of the row, test, so that copies of a row fall on one side`,
  protocols: Object.keys(bankColumns),
  notes: [
    '"unknown" is a category and -1 or 999 in pdays a number, as published.',
    'duration is only known after the call: a model to be used before it must leave this column out.',
    'bank.csv and bank-additional.csv, a tenth of the rows each, are not read.',
  ],
  async open(folder, report, { protocol = 'full' }) {
    const key = protocol === 'additional' ? 'additional' : 'full';
    const columns = bankColumns[key].split(' ');
    const names = [...columns.map(nameOf), 'y'];
    const table: TableFile = {
      columns,
      labels: ['no', 'yes'],
      missing: null,
      // No text in these files holds a quotation mark or a semicolon.
      cellsOf: (line) => line.split(';').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')),
    };
    const file = firstThere(folder, bankFiles[key], 'the rows');
    let isFirst = true;
    const rows = readTable(
      folder,
      file,
      table,
      (line, _, place) => {
        if (!isFirst) return false;
        isFirst = false;
        const header = table.cellsOf(line);
        if (header.join() === names.join()) return true;
        throw faultAt(
          place,
          'malformed',
          `the columns ${names.join(';')}`,
          quote(header.join(';')),
          'get the file again',
        );
      },
      report,
    );
    const held = rows.map(({ input }) => isHeldOut(JSON.stringify(input.values), testFraction));
    const splits = new Map([
      ['train', rows.filter((_, at) => !held[at])],
      ['test', rows.filter((_, at) => held[at])],
    ]);
    return tableDataset(folder, bankMarketing.split, table, table.labels, splits);
  },
};
