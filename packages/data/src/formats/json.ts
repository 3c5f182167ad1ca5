// Rows of JSON: an array of objects, or one object a line (JSONL).

import { type Origin, quote } from '../errors.ts';
import { type Fail, failer } from './raster.ts';
import { parseJson } from './read-file.ts';
import { checkRowCount, type Table, type TableOptions, tableOf } from './table.ts';
import { decodeText, Lines, maxTextBytes } from './text-lines.ts';

type Row = Record<string, unknown>;

/** A key that a row lacks, and null, are missing values. @throws {DataError} malformed, bad-value, empty, too-large */
export function decodeJsonTable(bytes: Uint8Array, origin: Origin, options: TableOptions = {}): Table {
  const fail = failer(origin, 'correct the file');
  const parsed = parseJson(decodeText(bytes, origin, fail), origin, 'correct the file');
  if (!Array.isArray(parsed)) throw fail('malformed', null, 'an array of objects', quote(parsed));
  checkRowCount(parsed.length, options, fail);
  const rows = parsed.map((row: unknown, at) => asRow(row, `row ${at}`, fail));
  return tableOf(rows, fail, options);
}

/** Empty lines are passed over. @throws {DataError} as `decodeJsonTable`, with the number of the line */
export function decodeJsonLines(bytes: Uint8Array, origin: Origin, options: TableOptions = {}): Table {
  const fail = failer(origin, 'correct that line');
  const lines = new Lines(decodeText(bytes, origin, fail), fail, null, maxTextBytes);
  const rows: Row[] = [];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    checkRowCount(rows.length + 1, options, fail, lines.place);
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      throw fail('malformed', lines.place, 'JSON', error instanceof Error ? error.message : String(error));
    }
    rows.push(asRow(parsed, lines.place, fail));
  }
  checkRowCount(rows.length, options, fail);
  return tableOf(rows, fail, options);
}

function asRow(value: unknown, place: string, fail: Fail): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('malformed', place, 'an object', quote(value));
  }
  return Object.fromEntries(Object.entries(value));
}
