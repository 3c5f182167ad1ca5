// CSV into typed columns. csv-parse does the quoting; this file turns its errors into DataErrors with line numbers and
// refuses what must never reach training: NaN, infinities and empty cells in a number column.

import { CsvError, parse } from 'csv-parse/sync';
import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';

export interface CsvColumn {
  readonly name: string;
  readonly type: 'number' | 'text';
}

export interface CsvOptions {
  /** True: the first line names the columns, in any order. False: columns are taken by position. */
  readonly header: boolean;
  readonly columns: readonly CsvColumn[];
  readonly delimiter?: string;
}

export interface CsvTable {
  readonly length: number;
  /** Line of the file on which each row ends, counted from 1. */
  readonly lines: Int32Array;
  /** Values of a number column, all finite. */
  numbers(name: string): Float64Array;
  /** Values of a text column, none empty. */
  texts(name: string): readonly string[];
}

// Decimal only: Number() would also take '0x10', '' and ' '.
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Columns that are not asked for are ignored. @throws {DataError} malformed, bad-value, empty */
export function parseCsv(text: string, origin: Origin, options: CsvOptions): CsvTable {
  const { records, lines: allLines } = readRecords(text, origin, options.delimiter ?? ',');
  const firstRow = options.header ? 1 : 0;
  const length = records.length - firstRow;
  if (length < 1) throw failure(origin, 'empty', null, 'at least one row', 'none', 'get the file again');

  const header = options.header ? records[0] : null;
  const width = records[0].length;
  const lines = Int32Array.from(allLines.slice(firstRow));
  const numbers = new Map<string, Float64Array>();
  const texts = new Map<string, readonly string[]>();
  for (const [position, { name, type }] of options.columns.entries()) {
    const at = header === null ? position : header.indexOf(name);
    if (at < 0 || at >= width) {
      const actual = header === null ? `${width} columns` : header.map(quote).join(', ');
      throw failure(origin, 'malformed', 'line 1', `a column ${quote(name)}`, actual, 'get the file again');
    }
    const cell = (row: number): string => records[row + firstRow][at].trim();
    const bad = (row: number, expected: string): DataError => {
      const place = `line ${lines[row]}, column ${quote(name)}`;
      const actual = cell(row) === '' ? 'an empty cell' : quote(cell(row));
      return failure(origin, 'bad-value', place, expected, actual, 'correct or remove the row');
    };
    if (type === 'number') {
      const values = new Float64Array(length);
      for (let row = 0; row < length; row++) {
        const raw = cell(row);
        const value = decimal.test(raw) ? Number(raw) : Number.NaN;
        if (!Number.isFinite(value)) throw bad(row, 'a finite number');
        values[row] = value;
      }
      numbers.set(name, values);
    } else {
      const values = Array.from({ length }, (_, row) => cell(row));
      const empty = values.indexOf('');
      if (empty >= 0) throw bad(empty, 'a text');
      texts.set(name, values);
    }
  }
  return {
    length,
    lines,
    numbers: (name) => column(origin, numbers, name, 'number'),
    texts: (name) => column(origin, texts, name, 'text'),
  };
}

/**
 * All records with the line on which each ends.
 * @param quotes false: a quotation mark is a character as any other, as in the TSV files of GLUE
 */
export function readRecords(
  text: string,
  origin: Origin,
  delimiter: string,
  quotes = true,
): { records: string[][]; lines: number[] } {
  const fix = 'correct that line';
  const lines: number[] = [];
  try {
    const records = parse(text, {
      delimiter,
      quote: quotes ? '"' : false,
      bom: true,
      skip_empty_lines: true,
      on_record: (record: string[], info) => {
        lines.push(info.lines);
        return record;
      },
    });
    return { records, lines };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = `line ${String(error.lines)}`;
    switch (error.code) {
      case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
        const record = error.record;
        const actual = Array.isArray(record) ? `${record.length}` : 'another number';
        throw failure(origin, 'malformed', line, 'as many cells as in the first line', actual, fix);
      }
      case 'CSV_QUOTE_NOT_CLOSED': {
        // csv-parse only knows where the file ends; the open record begins after the last good one.
        const place = `the row that begins after line ${lines.at(-1) ?? 0}`;
        throw failure(origin, 'malformed', place, 'a closing quote', 'the end of the file', fix);
      }
      default:
        throw failure(origin, 'malformed', line, 'CSV', error.message, fix);
    }
  }
}

function column<T>(origin: Origin, columns: ReadonlyMap<string, T>, name: string, type: string): T {
  const values = columns.get(name);
  if (values !== undefined) return values;
  const fix = 'name it in the options of parseCsv';
  throw failure(origin, 'out-of-range', null, `a ${type} column ${quote(name)}`, 'no such column', fix);
}

function failure(
  origin: Origin,
  code: DataErrorCode,
  place: string | null,
  expected: string,
  actual: string,
  fix: string,
): DataError {
  return new DataError({ ...origin, code, place, expected, actual, fix });
}
