// The .ts files of the UEA and UCR archives: one series a line, its channels parted by ":", its class or target last.

import { type Origin, quote } from '../errors.ts';
import { type Fail, failer } from './raster.ts';
import { checkRowCount, type TableOptions } from './table.ts';
import { decodeText, Lines, parseDecimal } from './text-lines.ts';

const maxLine = 64 * 1024 * 1024;

export interface TsSeries {
  readonly steps: number;
  /** `[steps, channels]`, NaN where it is missing */
  readonly values: Float64Array;
  /** `[steps, channels]`: 1 where the value is missing; null where none is. */
  readonly missing: Uint8Array | null;
  /** A class, by its place in `classes`; or the target of a regression; or null in a file without labels. */
  readonly label: number | null;
}

export interface TsFile {
  readonly name: string;
  readonly channels: number;
  readonly classes: readonly string[];
  readonly series: readonly TsSeries[];
}

/** Channels of one series must be of one length. @throws {DataError} malformed, bad-value, empty, too-large; unsupported: time stamps */
export function decodeTs(bytes: Uint8Array, origin: Origin, options: TableOptions = {}): TsFile {
  const fail = failer(origin, 'get the file again');
  const lines = new Lines(decodeText(bytes, origin, fail), fail, null, maxLine);
  const header = readHeader(lines, fail);
  const equal = header.get('equallength')?.[0] === 'true';
  const declared = header.get('serieslength') ?? header.get('dimension') ?? [];
  const classWords = header.get('classlabel') ?? ['false'];
  const classes = classWords[0] === 'true' ? classWords.slice(1) : [];
  const isTarget = header.get('targetlabel')?.[0] === 'true';
  if (classWords[0] === 'true' && (classes.length === 0 || new Set(classes).size !== classes.length)) {
    throw fail('malformed', 'header', 'at least one class, each once', classes.map(quote).join(', ') || 'none');
  }
  const index = new Map(classes.map((name, at) => [name, at]));
  const dimensions = Number(header.get('dimensions')?.[0] ?? Number.NaN);
  let channels = header.get('univariate')?.[0] === 'true' ? 1 : dimensions;
  let steps = equal && header.has('serieslength') ? Number(declared[0]) : Number.NaN;
  const series: TsSeries[] = [];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.startsWith('#') || line.startsWith('%')) continue;
    checkRowCount(series.length + 1, options, fail, lines.place);
    if (line.startsWith('(')) throw fail('unsupported', lines.place, 'values without time stamps', quote(line));
    const parts = line.split(':');
    let label: number | null = null;
    if (classes.length > 0 || isTarget) {
      const word = (parts.pop() ?? '').trim();
      const found = isTarget ? parseDecimal(word) : index.get(word);
      if (found === undefined || !Number.isFinite(found)) {
        throw fail('bad-value', lines.place, isTarget ? 'a finite target' : 'a class of the header', quote(word));
      }
      label = found;
    }
    if (Number.isNaN(channels)) channels = parts.length;
    if (parts.length !== channels) throw fail('malformed', lines.place, `${channels} channels`, `${parts.length}`);
    const one = readSeries(parts, label, lines.place, fail);
    if (equal && Number.isNaN(steps)) steps = one.steps;
    if (equal && one.steps !== steps) throw fail('malformed', lines.place, `${steps} steps, as all`, `${one.steps}`);
    if (one.missing !== null && header.get('missing')?.[0] === 'false') {
      throw fail('bad-value', lines.place, 'no missing value, as the header says', 'one');
    }
    series.push(one);
  }
  checkRowCount(series.length, options, fail);
  return { name: header.get('problemname')?.join(' ') ?? '', channels, classes, series };
}

function readHeader(lines: Lines, fail: Fail): Map<string, string[]> {
  const header = new Map<string, string[]>();
  for (;;) {
    const line = lines.need('"@data"');
    if (line.startsWith('#') || line.startsWith('%')) continue;
    const [word, ...rest] = line.split(/\s+/);
    if (!word.startsWith('@')) throw fail('malformed', lines.place, 'a line that begins with "@"', quote(line));
    const name = word.slice(1).toLowerCase();
    if (name === 'data') break;
    if (header.has(name)) throw fail('malformed', lines.place, 'each word once', `${quote(word)} twice`);
    header.set(
      name,
      name === 'problemname' || name === 'classlabel' ? flag(rest) : rest.map((part) => part.toLowerCase()),
    );
  }
  if (header.get('timestamps')?.[0] === 'true') {
    throw fail('unsupported', 'header', 'values without time stamps', '@timeStamps true');
  }
  for (const name of ['dimensions', 'serieslength']) {
    const value = header.get(name);
    if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value[0] ?? '')) {
      throw fail('malformed', 'header', `a number for @${name}`, quote(value[0]));
    }
  }
  return header;
}

const flag = ([first, ...rest]: readonly string[]): string[] =>
  first === undefined ? [] : [/^(true|false)$/i.test(first) ? first.toLowerCase() : first, ...rest];

function readSeries(parts: readonly string[], label: number | null, place: string, fail: Fail): TsSeries {
  const channels = parts.length;
  const rows = parts.map((part) => part.split(','));
  const steps = rows[0]?.length ?? 0;
  const values = new Float64Array(steps * channels);
  let missing: Uint8Array | null = null;
  for (const [channel, row] of rows.entries()) {
    if (row.length !== steps) throw fail('malformed', place, `${steps} steps in channel ${channel}`, `${row.length}`);
    for (const [step, cell] of row.entries()) {
      const at = step * channels + channel;
      const word = cell.trim();
      if (word === '?' || word === 'NaN') {
        missing ??= new Uint8Array(values.length);
        missing[at] = 1;
        values[at] = Number.NaN;
        continue;
      }
      const value = parseDecimal(word);
      if (!Number.isFinite(value)) {
        throw fail('bad-value', `${place}, channel ${channel}, step ${step}`, 'a finite number or "?"', quote(word));
      }
      values[at] = value;
    }
  }
  return { steps, values, missing, label };
}
