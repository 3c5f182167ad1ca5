// ARFF, the format of Weka: typed columns, dense or sparse rows, "?" for what is missing.

import { type Origin, quote } from '../errors.ts';
import { type Fail, failer } from './raster.ts';
import { checkRowCount, columnOf, type Table, type TableColumn, type TableOptions, Timestamp } from './table.ts';
import { decodeText, Lines, parseCount, parseDecimal } from './text-lines.ts';

const maxLine = 64 * 1024 * 1024;

interface Attribute {
  readonly name: string;
  readonly type: 'numeric' | 'integer' | 'string' | 'date' | 'nominal';
  readonly categories: readonly string[];
}

/**
 * A nominal column has its categories. Dates are read in the one form that ARFF has without being told another.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: relational attributes, other dates, weights
 */
export function decodeArff(bytes: Uint8Array, origin: Origin, options: TableOptions = {}): Table {
  const fail = failer(origin, 'correct that line');
  const lines = new Lines(decodeText(bytes, origin, fail), fail, null, maxLine);
  const attributes = readHeader(lines, fail);
  const cells: unknown[][] = attributes.map(() => []);
  let length = 0;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.startsWith('%')) continue;
    checkRowCount(++length, options, fail, lines.place);
    const isSparse = line.startsWith('{');
    const row = isSparse ? sparseRow(line, attributes, lines.place, fail) : tokens(line, lines.place, fail);
    if (row.length !== attributes.length) {
      // A weight is one more cell in braces.
      const weighted = !isSparse && row.length === attributes.length + 1 && /\}$/.test(line);
      if (weighted) throw fail('unsupported', lines.place, 'rows without weights', quote(line));
      throw fail('malformed', lines.place, `${attributes.length} values`, `${row.length}`);
    }
    for (const [at, attribute] of attributes.entries())
      cells[at].push(parseCell(row[at], attribute, lines.place, fail));
  }
  checkRowCount(length, options, fail);
  const columns = new Map<string, TableColumn>();
  for (const [at, { name, type, categories }] of attributes.entries()) {
    const column = columnOf(cells[at], name, fail);
    const isText = type === 'string' || type === 'nominal';
    if (isText) {
      const values = column.kind === 'text' ? column.values : cells[at].map(() => null);
      columns.set(name, { kind: 'text', values, ...(type === 'nominal' ? { categories } : {}) });
    } else columns.set(name, column);
  }
  return { length, columns };
}

function readHeader(lines: Lines, fail: Fail): Attribute[] {
  const attributes: Attribute[] = [];
  let named = false;
  for (;;) {
    const line = lines.need('"@data"');
    if (line.startsWith('%')) continue;
    const word = /^@\w+/.exec(line)?.[0].toLowerCase();
    if (word === '@relation') named = true;
    else if (word === '@attribute') attributes.push(readAttribute(line.slice(word.length).trim(), lines.place, fail));
    else if (word === '@data') break;
    else throw fail('malformed', lines.place, '@relation, @attribute or @data', quote(line));
  }
  if (!named) throw fail('malformed', lines.place, '@relation before @data', 'none');
  if (attributes.length === 0) throw fail('empty', lines.place, 'at least one @attribute', 'none');
  const seen = new Set<string>();
  for (const { name } of attributes) {
    if (seen.has(name)) throw fail('malformed', 'header', 'each attribute once', `${quote(name)} twice`);
    seen.add(name);
  }
  return attributes;
}

function readAttribute(text: string, place: string, fail: Fail): Attribute {
  const match = /^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s{]+))\s*(.*)$/.exec(text);
  if (match === null) throw fail('malformed', place, 'a name and a type', quote(text));
  const name = unescaped(match[1] ?? match[2] ?? match[3]);
  const type = match[4].trim();
  const word = type.toLowerCase();
  if (type.startsWith('{')) {
    if (!type.endsWith('}')) throw fail('malformed', place, 'a closing "}"', quote(type));
    const categories = tokens(type.slice(1, -1), place, fail).map((token) => token.text);
    return { name, type: 'nominal', categories };
  }
  if (word === 'numeric' || word === 'real') return { name, type: 'numeric', categories: [] };
  if (word === 'integer' || word === 'string') return { name, type: word, categories: [] };
  if (/^date(\s+["']?yyyy-MM-dd'?T'?HH:mm:ss["']?)?$/i.test(type)) return { name, type: 'date', categories: [] };
  throw fail('unsupported', place, 'numeric, integer, string, date or {nominal}', quote(type));
}

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** Cells parted by commas; a cell in quotes may hold any character, with backslashes before some. */
function tokens(line: string, place: string, fail: Fail): Token[] {
  const out: Token[] = [];
  const cell = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"]*))\s*(,|$)/y;
  for (let more = true; more; ) {
    const match = cell.exec(line);
    if (match === null) throw fail('malformed', place, 'values parted by commas', quote(line));
    const quoted = match[1] ?? match[2];
    out.push(
      quoted === undefined ? { text: match[3].trim(), quoted: false } : { text: unescaped(quoted), quoted: true },
    );
    more = match[4] === ',';
  }
  return out;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}

/** `{index value, ...}`: what is not there is 0, or the first category, as Weka has it. */
function sparseRow(line: string, attributes: readonly Attribute[], place: string, fail: Fail): Token[] {
  if (!line.endsWith('}')) throw fail('malformed', place, 'a closing "}"', quote(line));
  const row = attributes.map(({ type, categories }): Token => {
    if (type === 'nominal') return { text: categories[0], quoted: true };
    return type === 'string' ? { text: '', quoted: true } : { text: '0', quoted: false };
  });
  const inner = line.slice(1, -1).trim();
  let last = -1;
  const pair = /\s*(\d+)\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"]*))\s*(,|$)/y;
  for (let more = inner !== ''; more; ) {
    const match = pair.exec(inner);
    const index = match === null ? Number.NaN : parseCount(match[1]);
    if (match === null || !(index > last && index < attributes.length)) {
      throw fail('malformed', place, `rising indices below ${attributes.length}, each with a value`, quote(line));
    }
    const quoted = match[2] ?? match[3];
    row[index] =
      quoted === undefined ? { text: match[4].trim(), quoted: false } : { text: unescaped(quoted), quoted: true };
    last = index;
    more = match[5] === ',';
  }
  return row;
}

function parseCell({ text, quoted }: Token, { name, type, categories }: Attribute, place: string, fail: Fail): unknown {
  if (text === '?' && !quoted) return null;
  const bad = (expected: string): Error => fail('bad-value', `${place}, column ${quote(name)}`, expected, quote(text));
  switch (type) {
    case 'nominal':
      if (!categories.includes(text)) throw bad(`one of ${categories.slice(0, 8).map(quote).join(', ')}`);
      return text;
    case 'string':
      return text;
    case 'date': {
      const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
      if (Number.isNaN(time)) throw bad('a date such as 2001-04-03T12:12:12');
      return new Timestamp(time);
    }
    default: {
      const value = parseDecimal(text);
      if (!Number.isFinite(value) || (type === 'integer' && !Number.isInteger(value))) {
        throw bad(type === 'integer' ? 'a whole number' : 'a finite number');
      }
      return value;
    }
  }
}
