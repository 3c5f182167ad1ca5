// Fields of the JSON, CSV and TSV lists that come with a dataset: each is asked for by its type, and what is not of it is a
// fault that names the row.

import { type DataError, type DataErrorCode, quote } from '../errors.ts';
import { parseJson } from '../formats/read-file.ts';
import type { Folder } from './folder.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Where something stands in a list of the dataset, for its errors. */
export interface Place {
  readonly folder: Folder;
  readonly file: string;
  readonly place: string;
}

export function faultAt(at: Place, code: DataErrorCode, expected: string, actual: string, fix?: string): DataError {
  const { folder, file, place } = at;
  return folder.fault({ code, file, place, expected, actual, fix: fix ?? 'correct or remove that row' });
}

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function recordOf(value: unknown, at: Place): JsonRecord {
  if (isRecord(value)) return value;
  throw faultAt(at, 'malformed', 'an object', quote(value));
}

export function arrayOf(value: unknown, at: Place): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw faultAt(at, 'malformed', 'an array', quote(value));
}

const own = (record: JsonRecord, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined);

/** A text that is not empty. */
export function textField(record: JsonRecord, key: string, at: Place): string {
  const value = own(record, key);
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw faultAt(at, 'bad-value', `a text in ${quote(key)}`, quote(value));
}

/** A text, or null where the key is not there. */
export function optionalText(record: JsonRecord, key: string, at: Place): string | null {
  return own(record, key) === undefined ? null : textField(record, key, at);
}

/** A finite number, also one written as a text. */
export function numberField(record: JsonRecord, key: string, at: Place): number {
  const value = own(record, key);
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw faultAt(at, 'bad-value', `a number in ${quote(key)}`, quote(value));
}

/** A whole file of JSON. @throws {DataError} missing, malformed */
export function readJsonFile(folder: Folder, file: string): unknown {
  const { text, origin } = folder.readText(file);
  return parseJson(text, origin, 'get the file again');
}

/** One line of a JSONL file. @throws {DataError} malformed */
export function parseJsonLine(line: string, at: Place): JsonRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw faultAt(at, 'malformed', 'a line of JSON', error instanceof Error ? error.message : String(error));
  }
  return recordOf(parsed, at);
}

/** The lines of a file with their numbers from 1, without the empty ones; a carriage return at the end is dropped. */
export function* linesOf(text: string): Generator<{ readonly line: string; readonly number: number }> {
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    at = end + 1;
    number++;
    if (line.trim() !== '') yield { line, number };
  }
}

/** First of the paths that is there. @throws {DataError} missing: names the first */
export function firstThere(folder: Folder, paths: readonly string[], what: string): string {
  const found = paths.find((path) => folder.exists(path));
  if (found !== undefined) return found;
  const others = paths.length > 1 ? ` (or ${paths.slice(1).join(', ')})` : '';
  throw folder.fault({ code: 'missing', file: paths[0], expected: `${what}${others}`, actual: 'nothing there' });
}

/** The first of these folders that is there, with a slash; else nothing: the copy itself is that folder. */
export function rootOf(folder: Folder, names: readonly string[]): string {
  const found = names.find((name) => folder.exists(name));
  return found === undefined ? '' : `${found}/`;
}

/** Reports the ids that come twice and gives the rows of the first of each. */
export function uniqueBy<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  placeOf: (row: T) => Place,
  report: (fault: DataError) => void,
): T[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = keyOf(row);
    if (seen.has(key)) {
      report(faultAt(placeOf(row), 'bad-value', 'each example once', `${quote(key)} twice`));
      return false;
    }
    seen.add(key);
    return true;
  });
}

/** `uniqueBy` the file that each row names. */
export const uniqueFiles = <T extends { readonly file: string; readonly at: Place }>(
  rows: readonly T[],
  report: (fault: DataError) => void,
): T[] =>
  uniqueBy(
    rows,
    (row) => row.file,
    ({ at }) => at,
    report,
  );

/** The cells of one line of CSV: bare, or in quotation marks that are doubled inside. Null where a quotation mark is open. */
export function csvCells(line: string, delimiter = ','): string[] | null {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    if (line[at] !== '"') {
      const found = line.indexOf(delimiter, at);
      cells.push(line.slice(at, found < 0 ? undefined : found).trim());
      if (found < 0) return cells;
      at = found + 1;
      continue;
    }
    const parts: string[] = [];
    let end = at + 1;
    for (;;) {
      const quotation = line.indexOf('"', end);
      if (quotation < 0) return null;
      parts.push(line.slice(end, quotation));
      end = quotation + 1;
      if (line[end] !== '"') break;
      parts.push('"');
      end++;
    }
    cells.push(parts.join(''));
    if (end === line.length) return cells;
    if (line[end] !== delimiter) return null;
    at = end + 1;
  }
}

export interface CsvRow {
  readonly at: Place;
  /** The cell of a column of the header, '' where there is no such column. */
  cell(name: string): string;
}

/**
 * Rows of a CSV with a header that must have `columns`; a row with another number of cells is reported and left out.
 * @throws {DataError} missing, unreadable; malformed: a column is not there
 */
export function readCsvRows(
  folder: Folder,
  file: string,
  columns: readonly string[],
  report: (fault: DataError) => void,
): CsvRow[] {
  const rows: CsvRow[] = [];
  let header: readonly string[] | null = null;
  for (const { line, number } of linesOf(folder.readText(file).text)) {
    const at: Place = { folder, file, place: `line ${number}` };
    const cells = csvCells(line);
    if (header === null) {
      const names = cells ?? [];
      const absent = columns.find((column) => !names.includes(column));
      if (absent !== undefined) {
        const actual = names.map(quote).join(', ').slice(0, 120);
        throw faultAt(at, 'malformed', `a column ${quote(absent)}`, actual, 'get the file again');
      }
      header = names;
      continue;
    }
    if (cells === null || cells.length !== header.length) {
      const actual = cells === null ? 'a quotation mark out of place' : `${cells.length}`;
      report(faultAt(at, 'malformed', `${header.length} cells as in the header`, actual));
      continue;
    }
    const names = header;
    rows.push({ at, cell: (name) => cells[names.indexOf(name)] ?? '' });
  }
  if (header === null) {
    throw folder.fault({ code: 'empty', file, expected: `a header of ${columns.join(', ')}`, actual: 'an empty file' });
  }
  return rows;
}

/** A whole number from `least` to `most`. */
export function wholeNumber(text: string, least: number, most: number, what: string, at: Place): number {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw faultAt(at, 'bad-value', `${what} from ${least} to ${most}`, quote(text));
}
