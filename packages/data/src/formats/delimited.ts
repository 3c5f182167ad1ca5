// CSV and TSV in which values may be missing, as a table of numbers and texts. `parseCsv` is for files in which none may.

import { type DataError, type Origin, quote } from '../errors.ts';
import { readRecords } from './csv.ts';
import { failer } from './raster.ts';
import { checkRowCount, columnOf, type Table, type TableColumn, type TableOptions } from './table.ts';
import { decodeText, parseDecimal } from './text-lines.ts';

export interface DelimitedOptions extends TableOptions {
  /** Default: a tab where the first line has one, else a comma. */
  readonly delimiter?: string;
  /** Names of the columns, where the file has no line of them. Default: the first line. */
  readonly names?: readonly string[];
  /** Cells that mean "no value", without the spaces around them. Default: the empty one only. */
  readonly missing?: readonly string[];
  /** Kinds of columns by name. Default: numbers where all present cells are decimal numbers, else texts. */
  readonly kinds?: Readonly<Record<string, 'number' | 'text'>>;
  /** Whether `"` encloses cells. Default: not in files with tabs. */
  readonly quotes?: boolean;
}

/** @throws {DataError} malformed, bad-value, empty, too-large, out-of-range for the options */
export function decodeDelimited(bytes: Uint8Array, origin: Origin, options: DelimitedOptions = {}): Table {
  const fail = failer(origin, 'correct that line');
  const text = decodeText(bytes, origin, fail);
  const delimiter = options.delimiter ?? (/^[^\n]*\t/.test(text) ? '\t' : ',');
  const { records, lines } = readRecords(text, origin, delimiter, options.quotes ?? delimiter !== '\t');
  const first = options.names === undefined ? 1 : 0;
  const length = Math.max(records.length - first, 0);
  checkRowCount(length, options, fail);
  const names = options.names ?? records[0].map((name) => name.trim());
  if (names.length !== records[0].length) {
    throw fail('malformed', `line ${lines[0]}`, `${names.length} cells`, `${records[0].length}`);
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw fail('malformed', 'line 1', 'each name once', `${quote(twice)} twice`);
  for (const name of Object.keys(options.kinds ?? {})) {
    if (!names.includes(name)) throw fail('out-of-range', 'kinds', 'names of columns', quote(name));
  }
  const missing = new Set(options.missing ?? ['']);
  const columns = new Map<string, TableColumn>();
  for (const [at, name] of names.entries()) {
    const cells = Array.from({ length }, (_, row) => {
      const cell = records[row + first][at].trim();
      return missing.has(cell) ? null : cell;
    });
    const wanted = options.kinds !== undefined && Object.hasOwn(options.kinds, name) ? options.kinds[name] : null;
    const bad = (row: number, expected: string): DataError =>
      fail('bad-value', `line ${lines[row + first]}, column ${quote(name)}`, expected, quote(cells[row]));
    const notNumber = cells.findIndex((cell) => cell !== null && Number.isNaN(parseDecimal(cell)));
    if (wanted === 'text' || (wanted === null && notNumber >= 0)) {
      // A word for "not a number" among numbers is a fault of the data, not a category.
      const values = cells.filter((cell) => cell !== null);
      const stray = cells.findIndex((cell) => cell !== null && /^[+-]?(nan|inf(inity)?)$/i.test(cell));
      if (wanted === null && stray >= 0 && values.some((cell) => Number.isFinite(parseDecimal(cell)))) {
        throw bad(stray, 'a finite number, or one of the missing values');
      }
      columns.set(name, { kind: 'text', values: cells });
      continue;
    }
    if (notNumber >= 0) throw bad(notNumber, 'a finite number');
    const values = cells.map((cell) => (cell === null ? null : Number(cell)));
    const infinite = values.findIndex((value) => value !== null && !Number.isFinite(value));
    if (infinite >= 0) throw bad(infinite, 'a finite number');
    columns.set(name, columnOf(values, name, fail));
  }
  return { length, columns };
}
