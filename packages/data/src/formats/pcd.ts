// PCD, the format of the Point Cloud Library: ASCII, binary, and compressed with LZF.

import { type Origin, quote } from '../errors.ts';
import { parseAs, readValue } from './ply.ts';
import {
  type AttributeArray,
  type AttributeType,
  checkPointCount,
  type PointOptions,
  type PointSet,
  pointSet,
} from './points.ts';
import { elements, type Fail, failer } from './raster.ts';
import { decodeText, Lines, parseCount, splitSpaces } from './text-lines.ts';

export interface PcdOptions extends PointOptions {
  /** Depth cameras write NaN for "saw nothing": drop such points, or refuse the file. Default: refuse. */
  readonly nonFinite?: 'refuse' | 'drop';
}

interface Field {
  readonly name: string;
  readonly type: AttributeType;
  readonly width: number;
}

interface Header {
  readonly fields: readonly Field[];
  readonly count: number;
  readonly encoding: string;
  readonly lines: number;
  readonly end: number;
}

const maxHeaderBytes = 65536;

/** LZF never makes more than 264 bytes out of 3. */
const maxLzfRatio = 88;

const types: Readonly<Record<string, AttributeType>> = {
  I1: 'i8',
  U1: 'u8',
  I2: 'i16',
  U2: 'u16',
  I4: 'i32',
  U4: 'u32',
  F4: 'f32',
  F8: 'f64',
};

/**
 * The fields are attributes under their names, with `[count, k]` values where COUNT is k. `rgb` and `rgba`, four bytes in
 * one number, become `red`, `green`, `blue` (and `alpha`). The viewpoint and the padding ("_") are passed over.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: fields of 64-bit integers
 */
export function decodePcd(bytes: Uint8Array, origin: Origin, options: PcdOptions = {}): PointSet {
  const fail = failer(origin, 'save the cloud again with the Point Cloud Library');
  const header = readHeader(bytes, options, fail);
  const body = bytes.subarray(header.end);
  const columns =
    header.encoding === 'ascii'
      ? readAscii(body, header, origin, fail)
      : header.encoding === 'binary'
        ? readBinary(body, header, fail)
        : readCompressed(body, header, fail);
  const named = new Map<string, AttributeArray>();
  for (const [name, data] of splitColours(header, columns)) {
    if (named.has(name)) throw fail('malformed', 'FIELDS', 'each field once', `${quote(name)} twice`);
    named.set(name, data);
  }
  const { kept, count } =
    options.nonFinite === 'drop' ? dropNonFinite(named, header.count) : { kept: named, count: header.count };
  checkPointCount(count, options, fail, 'points that are finite');
  return pointSet(kept, count, fail);
}

function readHeader(bytes: Uint8Array, options: PointOptions, fail: Fail): Header {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, maxHeaderBytes));
  const match = /(?:^|\n)DATA[^\n]*\n/.exec(head);
  if (match === null) throw fail('malformed', 'header', `"DATA" in the first ${maxHeaderBytes} bytes`, 'none');
  const end = match.index + match[0].length;
  const lines = new Lines(head.slice(0, end), fail, '#');
  const entries = new Map<string, string[]>();
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const [word, ...rest] = splitSpaces(line);
    if (entries.has(word)) throw fail('malformed', lines.place, 'each word once', `${quote(word)} twice`);
    entries.set(word, rest);
  }
  const get = (word: string, length?: number): string[] => {
    const found = entries.get(word);
    if (found === undefined || found.length === 0) throw fail('malformed', 'header', `a line ${word}`, 'none');
    if (length !== undefined && found.length !== length)
      throw fail('malformed', word, `${length} words`, `${found.length}`);
    return found;
  };
  const [version] = get('VERSION', 1);
  if (!/^0?\.7$/.test(version)) throw fail('unsupported', 'VERSION', '0.7', quote(version));
  const names = get('FIELDS');
  const sizes = get('SIZE', names.length);
  const kinds = get('TYPE', names.length);
  const counts = entries.has('COUNT') ? get('COUNT', names.length) : names.map(() => '1');
  const fields = names.map((name, at) => {
    const type = `${kinds[at]}${sizes[at]}`;
    if (!Object.hasOwn(types, type))
      throw fail('unsupported', `field ${quote(name)}`, Object.keys(types).join(', '), quote(type));
    const width = parseCount(counts[at]);
    if (!(width >= 1 && width <= 65536))
      throw fail('malformed', `field ${quote(name)}`, 'a COUNT from 1 to 65536', quote(counts[at]));
    return { name, type: types[type], width };
  });
  const count = parseCount(get('POINTS', 1)[0]);
  const [width, height] = [get('WIDTH', 1)[0], get('HEIGHT', 1)[0]].map(parseCount);
  if (Number.isNaN(count) || width * height !== count) {
    throw fail(
      'malformed',
      'POINTS',
      'WIDTH times HEIGHT',
      `${get('POINTS')[0]} for ${get('WIDTH')[0]} x ${get('HEIGHT')[0]}`,
    );
  }
  checkPointCount(count, options, fail, 'POINTS');
  const [encoding] = get('DATA', 1);
  if (encoding !== 'ascii' && encoding !== 'binary' && encoding !== 'binary_compressed') {
    throw fail('unsupported', 'DATA', 'ascii, binary or binary_compressed', quote(encoding));
  }
  return { fields, count, encoding, lines: lines.number, end };
}

function bytesPerPoint(fields: readonly Field[]): number {
  return fields.reduce((sum, { type, width }) => sum + elements[type].BYTES_PER_ELEMENT * width, 0);
}

const makeColumns = ({ fields, count }: Header): AttributeArray[] =>
  fields.map(({ type, width }) => new elements[type](count * width));

function readAscii(bytes: Uint8Array, header: Header, origin: Origin, fail: Fail): AttributeArray[] {
  const perPoint = header.fields.reduce((sum, { width }) => sum + width, 0);
  if (header.count * perPoint * 2 > bytes.length + 1) {
    throw fail('malformed', 'data', `${header.count} lines of ${perPoint} numbers`, `${bytes.length} bytes`);
  }
  const columns = makeColumns(header);
  const lines = new Lines(decodeText(bytes, origin, fail), fail, null, undefined, header.lines);
  for (let point = 0; point < header.count; point++) {
    const tokens = splitSpaces(lines.need(`point ${point}`));
    if (tokens.length !== perPoint) throw fail('malformed', lines.place, `${perPoint} numbers`, `${tokens.length}`);
    let at = 0;
    for (const [column, { type, width }] of header.fields.entries()) {
      for (let value = 0; value < width; value++) {
        const token = tokens[at++];
        const nothing = token.toLowerCase() === 'nan' && (type === 'f32' || type === 'f64');
        columns[column][point * width + value] = nothing ? Number.NaN : parseAs(type, token, lines.place, fail);
      }
    }
  }
  const rest = lines.next();
  if (rest !== null) throw fail('malformed', lines.place, 'the end of the file', quote(rest));
  return columns;
}

function readBinary(bytes: Uint8Array, header: Header, fail: Fail): AttributeArray[] {
  const size = bytesPerPoint(header.fields);
  checkEnd(bytes, header.count * size, header.count, fail);
  const columns = makeColumns(header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let point = 0; point < header.count; point++) {
    for (const [column, { type, width }] of header.fields.entries()) {
      for (let value = 0; value < width; value++) {
        columns[column][point * width + value] = readValue(view, at, type, true);
        at += elements[type].BYTES_PER_ELEMENT;
      }
    }
  }
  return columns;
}

/** The library maps whole pages, and leaves the rest of the last one or two as zeros. */
function checkEnd(bytes: Uint8Array, size: number, count: number, fail: Fail): void {
  const rest = bytes.subarray(size);
  if (bytes.length < size || rest.length > 8192 || rest.some((byte) => byte !== 0)) {
    throw fail('malformed', 'data', `${size} bytes for ${count} points`, `${bytes.length}`);
  }
}

/** Two sizes, then one field after the other, compressed as a whole. */
function readCompressed(bytes: Uint8Array, header: Header, fail: Fail): AttributeArray[] {
  const size = header.count * bytesPerPoint(header.fields);
  if (bytes.length < 8) throw fail('malformed', 'data', 'at least 8 bytes', `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [packed, unpacked] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (unpacked !== size || size > packed * maxLzfRatio) {
    throw fail('malformed', 'data', `${size} bytes for ${header.count} points`, `${unpacked} out of ${packed}`);
  }
  checkEnd(bytes, 8 + packed, header.count, fail);
  const plain = decompressLzf(bytes.subarray(8, 8 + packed), size, fail);
  const data = new DataView(plain.buffer);
  const columns = makeColumns(header);
  let at = 0;
  for (const [column, { type }] of header.fields.entries()) {
    const values = columns[column];
    for (let value = 0; value < values.length; value++) {
      values[value] = readValue(data, at, type, true);
      at += elements[type].BYTES_PER_ELEMENT;
    }
  }
  return columns;
}

/**
 * LZF: a byte below 32 says how many bytes follow as they are, less 1; above, its high 3 bits are a length less 2 (7: the
 * next byte adds to it) and its low 5 bits with the next byte a distance back, less 1.
 */
function decompressLzf(bytes: Uint8Array, size: number, fail: Fail): Uint8Array {
  const out = new Uint8Array(size);
  let to = 0;
  let at = 0;
  const broken = (): Error =>
    fail('malformed', `byte ${at} of the compressed data`, 'LZF', 'a run that leaves the data');
  while (at < bytes.length) {
    const control = bytes[at++];
    if (control < 32) {
      const length = control + 1;
      if (at + length > bytes.length || to + length > size) throw broken();
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length = (control >> 5) + 2;
    if (at + (length === 9 ? 2 : 1) > bytes.length) throw broken();
    if (length === 9) length += bytes[at++];
    const from = to - ((control & 31) << 8) - bytes[at++] - 1;
    if (from < 0 || to + length > size) throw broken();
    // Byte by byte: a run may overlap what it makes.
    for (let step = 0; step < length; step++) out[to++] = out[from + step];
  }
  if (to !== size) throw fail('malformed', 'data', `${size} bytes when decompressed`, `${to}`);
  return out;
}

function splitColours({ fields, count }: Header, columns: readonly AttributeArray[]): [string, AttributeArray][] {
  return fields.flatMap(({ name, width }, at): [string, AttributeArray][] => {
    const data = columns[at];
    if (name === '_') return [];
    if ((name !== 'rgb' && name !== 'rgba') || width !== 1 || data.BYTES_PER_ELEMENT !== 4) return [[name, data]];
    // In memory 0xAARRGGBB, whatever type the field is said to have.
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const channels = [
      ['red', 2],
      ['green', 1],
      ['blue', 0],
      ['alpha', 3],
    ] as const;
    return channels
      .slice(0, name.length)
      .map(([channel, byte]) => [channel, Uint8Array.from({ length: count }, (_, point) => raw[point * 4 + byte])]);
  });
}

function dropNonFinite(
  columns: ReadonlyMap<string, AttributeArray>,
  count: number,
): { kept: Map<string, AttributeArray>; count: number } {
  const keep: number[] = [];
  for (let point = 0; point < count; point++) {
    let finite = true;
    for (const data of columns.values()) {
      const width = data.length / count;
      for (let value = 0; value < width; value++) finite &&= Number.isFinite(data[point * width + value]);
    }
    if (finite) keep.push(point);
  }
  const kept = new Map<string, AttributeArray>();
  for (const [name, data] of columns) {
    const width = data.length / count;
    const out = data.slice(0, keep.length * width);
    for (const [to, point] of keep.entries()) out.set(data.subarray(point * width, (point + 1) * width), to * width);
    kept.set(name, out);
  }
  return { kept, count: keep.length };
}
