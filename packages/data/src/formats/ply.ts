// PLY, ASCII and binary of either byte order, with whatever properties a vertex has, in their own types.

import { type Origin, quote } from '../errors.ts';
import {
  type AttributeArray,
  type AttributeType,
  checkPointCount,
  type Geometry,
  geometry,
  type PointOptions,
  pointSet,
  TriangleList,
} from './points.ts';
import { elements, type Fail, failer } from './raster.ts';
import { decodeText, Lines, parseCount, parseDecimal, splitSpaces } from './text-lines.ts';

const types: Readonly<Record<string, AttributeType>> = {
  char: 'i8',
  uchar: 'u8',
  short: 'i16',
  ushort: 'u16',
  int: 'i32',
  uint: 'u32',
  float: 'f32',
  double: 'f64',
  int8: 'i8',
  uint8: 'u8',
  int16: 'i16',
  uint16: 'u16',
  int32: 'i32',
  uint32: 'u32',
  float32: 'f32',
  float64: 'f64',
};

interface Property {
  readonly name: string;
  readonly type: AttributeType;
  /** The type of the length, for a list. */
  readonly length: AttributeType | null;
}

interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: Property[];
}

interface Header {
  readonly encoding: 'ascii' | 'binary_little_endian' | 'binary_big_endian';
  readonly elements: readonly PlyElement[];
  readonly lines: number;
  readonly end: number;
}

const maxHeaderBytes = 65536;
const fix = 'export the file again as PLY 1.0';

/**
 * Single properties of `vertex` are attributes under their names; lists of `vertex` and elements other than `vertex` and
 * `face` are read, so that an error in them is found, and dropped.
 * @throws {DataError} malformed, bad-value, empty, too-large, unsupported
 */
export function decodePly(bytes: Uint8Array, origin: Origin, options: PointOptions = {}): Geometry {
  const fail = failer(origin, fix);
  const header = readHeader(bytes, fail);
  const vertices = header.elements.find(({ name }) => name === 'vertex');
  if (vertices === undefined) throw fail('malformed', 'header', 'an element vertex', 'none');
  checkPointCount(vertices.count, options, fail, 'element vertex');
  checkRoom(header, bytes.length - header.end, fail);

  const source =
    header.encoding === 'ascii'
      ? new AsciiSource(bytes.subarray(header.end), header.lines, origin, fail)
      : new BinarySource(bytes.subarray(header.end), header.encoding === 'binary_little_endian', fail);
  const columns = new Map<string, AttributeArray>();
  const triangles = new TriangleList(options, fail);
  for (const element of header.elements) {
    const isVertex = element === vertices;
    const targets = element.properties.map(({ name, type, length }) => {
      if (!isVertex || length !== null) return null;
      const data = new elements[type](element.count);
      columns.set(name, data);
      return data;
    });
    for (let row = 0; row < element.count; row++) {
      source.begin(element.name, row);
      for (const [at, { name, type, length }] of element.properties.entries()) {
        const target = targets[at];
        if (length === null) {
          const value = source.read(type);
          if (target !== null) target[row] = value;
          continue;
        }
        const size = source.read(length);
        if (!Number.isInteger(size) || size < 0 || size > source.room(type)) {
          throw fail('malformed', source.place, `a list that fits the file`, `one of ${size}`);
        }
        const corners = Array.from({ length: size }, () => source.read(type));
        if (element.name === 'face' && (name === 'vertex_indices' || name === 'vertex_index')) {
          triangles.add(corners, vertices.count, source.place);
        }
      }
      source.end();
    }
  }
  source.finish();
  return geometry(pointSet(columns, vertices.count, fail), triangles.finish());
}

function readHeader(bytes: Uint8Array, fail: Fail): Header {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, maxHeaderBytes));
  const match = /(?:^|\n)end_header[ \t]*\r?\n/.exec(head);
  if (!/^ply[ \t]*\r?\n/.test(head)) {
    throw fail('malformed', 'line 1', '"ply"', bytes.length === 0 ? 'an empty file' : 'another format');
  }
  if (match === null) throw fail('malformed', 'header', `"end_header" in the first ${maxHeaderBytes} bytes`, 'none');
  const end = match.index + match[0].length;
  const lines = new Lines(head.slice(0, end), fail);
  const found: PlyElement[] = [];
  let encoding: Header['encoding'] | null = null;
  lines.next();
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const [word, ...rest] = splitSpaces(line);
    if (word === 'comment' || word === 'obj_info' || word === 'end_header') continue;
    if (word === 'format') {
      const [name, version] = rest;
      if (name !== 'ascii' && name !== 'binary_little_endian' && name !== 'binary_big_endian') {
        throw fail('malformed', lines.place, 'ascii, binary_little_endian or binary_big_endian', quote(name));
      }
      if (version !== '1.0') throw fail('unsupported', lines.place, 'version 1.0', quote(version));
      encoding = name;
    } else if (word === 'element') {
      const count = parseCount(rest[1] ?? '');
      if (rest.length !== 2 || Number.isNaN(count)) {
        throw fail('malformed', lines.place, 'a name and a number', quote(rest.join(' ')));
      }
      if (found.some(({ name }) => name === rest[0])) {
        throw fail('malformed', lines.place, 'each element once', `${quote(rest[0])} twice`);
      }
      found.push({ name: rest[0], count, properties: [] });
    } else if (word === 'property') {
      const properties = found.at(-1)?.properties;
      if (properties === undefined) throw fail('malformed', lines.place, 'an element before its properties', 'none');
      const property = readProperty(rest, lines.place, fail);
      if (properties.some(({ name }) => name === property.name)) {
        throw fail('malformed', lines.place, 'each property once', `${quote(property.name)} twice`);
      }
      properties.push(property);
    } else {
      throw fail('malformed', lines.place, 'format, element, property or comment', quote(word));
    }
  }
  if (encoding === null) throw fail('malformed', 'header', 'a format', 'none');
  return { encoding, elements: found, lines: lines.number, end };
}

function readProperty(words: readonly string[], place: string, fail: Fail): Property {
  const isList = words[0] === 'list';
  const [length, type, name] = isList ? [words[1], words[2], words[3]] : [null, words[0], words[1]];
  if (words.length !== (isList ? 4 : 2)) {
    throw fail('malformed', place, 'a type and a name, or list, two types and a name', quote(words.join(' ')));
  }
  for (const word of [type, length]) {
    if (word !== null && !Object.hasOwn(types, word)) throw fail('unsupported', place, 'a type of PLY', quote(word));
  }
  const lengthType = length === null ? null : types[length];
  if (lengthType === 'f32' || lengthType === 'f64') throw fail('malformed', place, 'a whole length', quote(length));
  return { name, type: types[type], length: lengthType };
}

/** Every value takes at least its bytes, or a digit and a space: counts over that are found before there is memory for them. */
function checkRoom(header: Header, room: number, fail: Fail): void {
  let least = 0;
  for (const { count, properties } of header.elements) {
    if (properties.length === 0 && count > 0) throw fail('malformed', 'header', 'properties of each element', 'none');
    for (const { type, length } of properties) {
      least += count * (header.encoding === 'ascii' ? 2 : elements[length ?? type].BYTES_PER_ELEMENT);
    }
  }
  // The last line may lack its line feed.
  if (least > room + 1) throw fail('malformed', 'data', `at least ${least} bytes`, `${room}`);
}

class BinarySource {
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #fail: Fail;
  #at = 0;
  #element = '';
  #row = 0;

  constructor(bytes: Uint8Array, littleEndian: boolean, fail: Fail) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = littleEndian;
    this.#fail = fail;
  }

  get place(): string {
    return `${this.#element} ${this.#row}`;
  }

  begin(element: string, row: number): void {
    this.#element = element;
    this.#row = row;
  }

  room(type: AttributeType): number {
    return Math.floor((this.#view.byteLength - this.#at) / elements[type].BYTES_PER_ELEMENT);
  }

  read(type: AttributeType): number {
    const at = this.#at;
    this.#at += elements[type].BYTES_PER_ELEMENT;
    if (this.#at > this.#view.byteLength)
      throw this.#fail('malformed', this.place, 'its values', 'the end of the file');
    return readValue(this.#view, at, type, this.#littleEndian);
  }

  end(): void {}

  finish(): void {
    const left = this.#view.byteLength - this.#at;
    if (left > 0)
      throw this.#fail('malformed', 'data', 'the end of the file after the last element', `${left} more bytes`);
  }
}

/** One number, whatever its type and byte order. */
export function readValue(view: DataView, at: number, type: AttributeType, littleEndian: boolean): number {
  switch (type) {
    case 'i8':
      return view.getInt8(at);
    case 'u8':
      return view.getUint8(at);
    case 'i16':
      return view.getInt16(at, littleEndian);
    case 'u16':
      return view.getUint16(at, littleEndian);
    case 'i32':
      return view.getInt32(at, littleEndian);
    case 'u32':
      return view.getUint32(at, littleEndian);
    case 'f32':
      return view.getFloat32(at, littleEndian);
    case 'f64':
      return view.getFloat64(at, littleEndian);
  }
}

/** A row of an element is a line. */
class AsciiSource {
  readonly #lines: Lines;
  readonly #fail: Fail;
  #tokens: string[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, headerLines: number, origin: Origin, fail: Fail) {
    this.#lines = new Lines(decodeText(bytes, origin, fail), fail, null, undefined, headerLines);
    this.#fail = fail;
  }

  get place(): string {
    return this.#lines.place;
  }

  begin(element: string, row: number): void {
    this.#tokens = splitSpaces(this.#lines.need(`${element} ${row}`));
    this.#at = 0;
  }

  room(): number {
    return this.#tokens.length - this.#at;
  }

  read(type: AttributeType): number {
    if (this.#at >= this.#tokens.length) {
      throw this.#fail('malformed', this.place, 'more values', `${this.#tokens.length}`);
    }
    const token = this.#tokens[this.#at++];
    return parseAs(type, token, this.place, this.#fail);
  }

  end(): void {
    if (this.#at === this.#tokens.length) return;
    throw this.#fail('malformed', this.place, `${this.#at} values`, `${this.#tokens.length}`);
  }

  finish(): void {
    const rest = this.#lines.next();
    if (rest !== null) throw this.#fail('malformed', this.place, 'the end of the file', quote(rest));
  }
}

/** A word as a number that `type` holds. @throws {DataError} bad-value */
export function parseAs(type: AttributeType, token: string, place: string, fail: Fail): number {
  const value = parseDecimal(token);
  if (!Number.isFinite(value)) throw fail('bad-value', place, 'a finite number', quote(token));
  if (type === 'f32' || type === 'f64') return value;
  const bits = elements[type].BYTES_PER_ELEMENT * 8;
  const [least, most] = type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  if (!Number.isInteger(value) || value < least || value > most) {
    throw fail('bad-value', place, `a whole number from ${least} to ${most}`, quote(token));
  }
  return value;
}
