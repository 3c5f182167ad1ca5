// MATLAB files of version 5 (also 6 and 7, which deflate their variables): numbers, logicals, text, cells and structs.
// Version 7.3 is HDF5: `decodeHdf5`. Refused by name: version 4, complex and sparse arrays, objects, function handles.

import { type Origin, quote } from '../errors.ts';
import { inflate } from './inflate.ts';
import {
  checkFinite,
  countOf,
  type Element,
  elements,
  type Fail,
  type FiniteOptions,
  failer,
  type NumericArray,
  readElements,
  toRowMajor,
} from './raster.ts';

/** All inflated bytes and all values of a file, each, unless `maxBytes` says otherwise. */
export const maxMatlabBytes = 256 * 1024 * 1024;

const maxDepth = 32;

export interface MatlabOptions extends FiniteOptions {
  readonly maxBytes?: number;
  /** Only these variables: others may then be of a kind that is refused. Default: all. */
  readonly variables?: readonly string[];
}

/** Arrays, cells and structs are row-major here. */
export type MatlabValue =
  | { readonly kind: 'numeric'; readonly shape: readonly number[]; readonly data: NumericArray }
  | { readonly kind: 'logical'; readonly shape: readonly number[]; readonly data: Uint8Array }
  /** A line for each row. */
  | { readonly kind: 'text'; readonly rows: readonly string[] }
  | { readonly kind: 'cell'; readonly shape: readonly number[]; readonly values: readonly MatlabValue[] }
  /** Of each field its value in every element of the struct array. */
  | {
      readonly kind: 'struct';
      readonly shape: readonly number[];
      readonly fields: ReadonlyMap<string, readonly MatlabValue[]>;
    };

/** Types of stored elements. */
const stored: Readonly<Record<number, Element>> = {
  1: 'i8',
  2: 'u8',
  3: 'i16',
  4: 'u16',
  5: 'i32',
  6: 'u32',
  7: 'f32',
  9: 'f64',
  12: 'i64',
  13: 'u64',
};
const miMatrix = 14;
const miCompressed = 15;

/** Classes of numeric arrays. */
const classes: Readonly<Record<number, Element>> = {
  6: 'f64',
  7: 'f32',
  8: 'i8',
  9: 'u8',
  10: 'i16',
  11: 'u16',
  12: 'i32',
  13: 'u32',
  14: 'i64',
  15: 'u64',
};
const otherClasses: Readonly<Record<number, string>> = {
  3: 'an object',
  5: 'a sparse array',
  16: 'a function handle',
  17: 'an object',
};

/** @throws {DataError} malformed, unsupported, too-large (before anything of that size is made), bad-value */
export function decodeMatlab(bytes: Uint8Array, origin: Origin, options: MatlabOptions = {}): Map<string, MatlabValue> {
  const fail = failer(origin, 'save the variables again with save -v7');
  const littleEndian = readFileHeader(bytes, fail);
  const limit = options.maxBytes ?? maxMatlabBytes;
  const context: Context = { littleEndian, origin, options, fail, limit, inflated: 0, decoded: 0 };
  const variables = new Map<string, MatlabValue>();
  const reader: Reader = { bytes, at: 128, end: bytes.length };
  while (reader.at < reader.end) {
    const place = `byte ${reader.at}`;
    let element = readElement(reader, context, place);
    if (element.type === miCompressed) {
      const { data, used } = inflate(element.data, 'zlib', limit - context.inflated, place, fail);
      if (used !== element.data.length)
        throw fail('malformed', place, `${used} packed bytes`, `${element.data.length}`);
      context.inflated += data.length;
      const inner: Reader = { bytes: data, at: 0, end: data.length };
      element = readElement(inner, context, place);
      if (inner.at !== inner.end)
        throw fail('malformed', place, 'one variable', `${inner.end - inner.at} bytes after it`);
    }
    if (element.type !== miMatrix) throw fail('malformed', place, 'a variable', `an element of type ${element.type}`);
    const array = openArray(element.data, context, place);
    if (options.variables !== undefined && !options.variables.includes(array.name)) continue;
    // The workspace of functions has no name and is no variable.
    if (array.name === '') continue;
    const where = `variable ${quote(array.name)}`;
    if (variables.has(array.name)) throw fail('malformed', where, 'each name once', 'it twice');
    variables.set(array.name, readArray(array, context, where, 0));
  }
  for (const name of options.variables ?? []) {
    if (!variables.has(name)) throw fail('missing', null, `a variable ${quote(name)}`, 'none');
  }
  return variables;
}

interface Context {
  readonly littleEndian: boolean;
  readonly origin: Origin;
  readonly options: MatlabOptions;
  readonly fail: Fail;
  readonly limit: number;
  inflated: number;
  decoded: number;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

interface StoredElement {
  readonly type: number;
  readonly data: Uint8Array;
}

function readFileHeader(bytes: Uint8Array, fail: Fail): boolean {
  const hdf5 = [0x89, 0x48, 0x44, 0x46];
  const text = String.fromCharCode(...bytes.subarray(0, 19));
  if (text.startsWith('MATLAB 7.3 MAT-file') || hdf5.every((byte, at) => bytes[at] === byte)) {
    throw fail('unsupported', 'header', 'version 5', 'version 7.3, which is HDF5: decodeHdf5 reads it');
  }
  const mark = String.fromCharCode(...bytes.subarray(126, 128));
  if (bytes.length < 128 || (mark !== 'IM' && mark !== 'MI')) {
    const actual = bytes.length < 128 ? `${bytes.length} bytes` : 'another version or format';
    throw fail(bytes.length < 128 ? 'malformed' : 'unsupported', 'header', '128 bytes of a MATLAB 5 file', actual);
  }
  const littleEndian = mark === 'IM';
  const version = viewOf(bytes).getUint16(124, littleEndian);
  if (version !== 0x0100) throw fail('unsupported', 'header', 'version 0x0100', `0x${version.toString(16)}`);
  return littleEndian;
}

/** Type and length, then the data; up to 4 bytes may lie in the second half of the tag. */
function readElement(reader: Reader, { littleEndian, fail }: Context, place: string): StoredElement {
  const { bytes, at, end } = reader;
  if (at + 8 > end) throw fail('malformed', place, 'an element', 'the end of the data');
  const view = viewOf(bytes);
  const first = view.getUint32(at, littleEndian);
  const small = first >>> 16;
  if (small !== 0) {
    if (small > 4) throw fail('malformed', place, 'at most 4 bytes in a tag', `${small}`);
    reader.at = at + 8;
    return { type: first & 0xffff, data: bytes.subarray(at + 4, at + 4 + small) };
  }
  const length = view.getUint32(at + 4, littleEndian);
  if (at + 8 + length > end) throw fail('malformed', place, `at most ${end - at - 8} bytes`, `${length}`);
  // Everything but a compressed variable is padded to 8 bytes; the last padding of a variable may be missing.
  const padded = first === miCompressed ? length : Math.ceil(length / 8) * 8;
  reader.at = Math.min(end, at + 8 + padded);
  return { type: first, data: bytes.subarray(at + 8, at + 8 + length) };
}

interface OpenArray {
  readonly name: string;
  readonly klass: number;
  readonly complex: boolean;
  readonly logical: boolean;
  readonly shape: readonly number[];
  readonly reader: Reader;
}

const empty: OpenArray = {
  name: '',
  klass: 6,
  complex: false,
  logical: false,
  shape: [0, 0],
  reader: { bytes: new Uint8Array(0), at: 0, end: 0 },
};

/** Flags, sizes and name of an array. */
function openArray(bytes: Uint8Array, context: Context, place: string): OpenArray {
  if (bytes.length === 0) return empty;
  const { littleEndian, fail } = context;
  const reader: Reader = { bytes, at: 0, end: bytes.length };
  const flags = readElement(reader, context, place);
  if (flags.type !== 6 || flags.data.length !== 8)
    throw fail('malformed', place, 'the flags of an array', `type ${flags.type}`);
  const bits = viewOf(flags.data).getUint32(0, littleEndian);
  const klass = bits & 0xff;
  if (klass === 17) throw fail('unsupported', place, 'numbers, logicals, text, cells, structs', otherClasses[17]);
  const sizes = readElement(reader, context, place);
  const rank = sizes.data.length / 4;
  if ((sizes.type !== 5 && sizes.type !== 6) || !Number.isInteger(rank) || rank < 2 || rank > 32) {
    throw fail('malformed', place, '2 to 32 sizes', `${sizes.data.length} bytes of type ${sizes.type}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => viewOf(sizes.data).getInt32(4 * axis, littleEndian));
  if (shape.some((size) => size < 0)) throw fail('malformed', place, 'sizes of at least 0', `[${shape.join(', ')}]`);
  const name = readElement(reader, context, place);
  if (name.type !== 1 && name.type !== 16) throw fail('malformed', place, 'a name', `an element of type ${name.type}`);
  return {
    name: new TextDecoder().decode(name.data),
    klass,
    complex: (bits & 0x800) !== 0,
    logical: (bits & 0x200) !== 0,
    shape,
    reader,
  };
}

function readArray(array: OpenArray, context: Context, place: string, depth: number): MatlabValue {
  const { klass, shape, reader } = array;
  const { fail } = context;
  if (depth > maxDepth) throw fail('too-large', place, `at most ${maxDepth} levels`, 'more');
  const type = klass === 4 ? 'u16' : klass === 1 || klass === 2 ? 'u64' : classes[klass];
  if (type === undefined || array.complex) {
    const what = array.complex ? 'a complex array' : (otherClasses[klass] ?? `class ${klass}`);
    throw fail('unsupported', place, 'numbers, logicals, text, cells, structs', what);
  }
  const size = elements[type].BYTES_PER_ELEMENT;
  const bytes = countOf(shape, size);
  if (bytes === null || context.decoded + bytes > context.limit) {
    throw fail(
      'too-large',
      place,
      `at most ${context.limit} bytes in all variables`,
      `${shape.join(' x ')} x ${size} more`,
    );
  }
  context.decoded += bytes;
  const count = bytes / size;
  const value =
    array === empty
      ? ({ kind: 'numeric', shape, data: new Float64Array(0) } as const)
      : klass === 1
        ? readCell(array, count, context, place, depth)
        : klass === 2
          ? readStruct(array, count, context, place, depth)
          : klass === 4
            ? readText(array, count, context, place)
            : readNumbers(array, type, count, context, place);
  if (reader.at !== reader.end)
    throw fail('malformed', place, 'the end of the array', `${reader.end - reader.at} bytes more`);
  return value;
}

/** MATLAB stores doubles that are small whole numbers as such: they come back as the class says. */
function readNumbers(
  { shape, reader, logical }: OpenArray,
  type: Element,
  count: number,
  context: Context,
  place: string,
): MatlabValue {
  const { littleEndian, fail } = context;
  const element = readElement(reader, context, place);
  const from = stored[element.type];
  if (from === undefined) throw fail('malformed', place, 'numbers', `an element of type ${element.type}`);
  const size = elements[from].BYTES_PER_ELEMENT;
  if (element.data.length !== count * size) {
    throw fail('malformed', place, `${count * size} bytes for [${shape.join(', ')}]`, `${element.data.length}`);
  }
  const raw = readElements(from, toRowMajor(element.data, shape, size), littleEndian);
  if (logical) {
    const data = new Uint8Array(count);
    for (let at = 0; at < count; at++) data[at] = Number(raw[at]) === 0 ? 0 : 1;
    return { kind: 'logical', shape, data };
  }
  const data = from === type ? raw : convert(raw, type);
  if (data === null) throw fail('malformed', place, `values of the class ${type}`, `stored ${from} that do not fit`);
  checkFinite(data, context.options, context.origin, `${place}, value`);
  return { kind: 'numeric', shape, data };
}

/** To another type, or null where that would change a value. */
function convert(raw: NumericArray, type: Element): NumericArray | null {
  if (type === 'i64' || type === 'u64') {
    const data = type === 'i64' ? new BigInt64Array(raw.length) : new BigUint64Array(raw.length);
    for (let at = 0; at < raw.length; at++) {
      const value = raw[at];
      if (typeof value === 'number' && !Number.isInteger(value)) return null;
      data[at] = BigInt(value);
      if (data[at] !== BigInt(value)) return null;
    }
    return data;
  }
  const data = new elements[type](raw.length);
  for (let at = 0; at < raw.length; at++) {
    const value = Number(raw[at]);
    data[at] = value;
    if (type !== 'f32' && type !== 'f64' && data[at] !== value) return null;
  }
  return data;
}

function readText({ shape, reader }: OpenArray, count: number, context: Context, place: string): MatlabValue {
  const { littleEndian, fail } = context;
  const { type, data } = readElement(reader, context, place);
  if (shape.length !== 2) throw fail('unsupported', place, 'text of rows and columns', `[${shape.join(', ')}]`);
  let text: string;
  if (type === 16) text = new TextDecoder().decode(data);
  else if (type === 1 || type === 2) text = new TextDecoder('latin1').decode(data);
  else if (type === 4 || type === 17) {
    text = '';
    for (let at = 0; at + 2 <= data.length; at += 2)
      text += String.fromCharCode(viewOf(data).getUint16(at, littleEndian));
  } else throw fail('unsupported', place, 'text of 8 or 16 bits', `an element of type ${type}`);
  const [rows, columns] = shape;
  // MATLAB writes no character for empty text, and counts UTF-16 units.
  if (text.length !== count) throw fail('malformed', place, `${count} characters`, `${text.length}`);
  return {
    kind: 'text',
    rows: Array.from({ length: rows }, (_, row) => {
      if (rows === 1) return text;
      return Array.from({ length: columns }, (_, column) => text[column * rows + row]).join('');
    }),
  };
}

/** Elements lie with the first axis fastest; this is where each goes. */
function rowMajorOrder(shape: readonly number[], count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  return new Uint32Array(toRowMajor(new Uint8Array(order.buffer), shape, 4).buffer);
}

function readNested(
  { reader }: OpenArray,
  count: number,
  context: Context,
  place: string,
  depth: number,
): MatlabValue[] {
  // Each takes a tag of 8 bytes at least: a count that lies is found before the loop.
  if (count * 8 > reader.end - reader.at) {
    throw context.fail('malformed', place, `${count} values`, `${reader.end - reader.at} bytes`);
  }
  return Array.from({ length: count }, (_, at) => {
    const where = `${place}, value ${at}`;
    const { type, data } = readElement(reader, context, where);
    if (type !== miMatrix) throw context.fail('malformed', where, 'an array', `an element of type ${type}`);
    return readArray(openArray(data, context, where), context, where, depth + 1);
  });
}

function readCell(array: OpenArray, count: number, context: Context, place: string, depth: number): MatlabValue {
  const values = readNested(array, count, context, place, depth);
  return {
    kind: 'cell',
    shape: array.shape,
    values: Array.from(rowMajorOrder(array.shape, count), (at) => values[at]),
  };
}

function readStruct(array: OpenArray, count: number, context: Context, place: string, depth: number): MatlabValue {
  const { fail, littleEndian } = context;
  const { shape, reader } = array;
  const lengths = readElement(reader, context, place);
  if (lengths.type !== 5 || lengths.data.length !== 4)
    throw fail('malformed', place, 'the length of names', `type ${lengths.type}`);
  const length = viewOf(lengths.data).getInt32(0, littleEndian);
  const text = readElement(reader, context, place);
  if (text.type !== 1 || length < 1 || text.data.length % length !== 0) {
    throw fail('malformed', place, `names of ${length} bytes`, `${text.data.length} bytes of type ${text.type}`);
  }
  const names: string[] = [];
  for (let at = 0; at < text.data.length; at += length) {
    const name = new TextDecoder().decode(text.data.subarray(at, at + length)).split('\0')[0];
    if (names.includes(name)) throw fail('malformed', place, 'each field once', `${quote(name)} twice`);
    names.push(name);
  }
  const values = readNested(array, count * names.length, context, place, depth);
  const order = rowMajorOrder(shape, count);
  const fields = names.map((name, field): [string, MatlabValue[]] => [
    name,
    Array.from(order, (element) => values[element * names.length + field]),
  ]);
  return { kind: 'struct', shape, fields: new Map(fields) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
