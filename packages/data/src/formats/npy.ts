// NPY (one NumPy array) and NPZ (a zip of them), versions 1 to 3. Own code: npyjs 1.2.0 lets through what must be refused
// (a length that does not fit the shape, axes in Fortran order left as they are, keys twice) and fails on unaligned data.
// Pickled objects are refused by name and never looked at.

import { DataError, type Origin, quote } from '../errors.ts';
import {
  checkFinite,
  countOf,
  type Element,
  elements,
  type Fail,
  type FiniteOptions,
  failer,
  type NdArray,
  readElements,
  toRowMajor,
} from './raster.ts';
import { readZip } from './zip.ts';

/** All arrays of an NPZ together, unless `maxBytes` says otherwise. */
export const maxNpzBytes = 256 * 1024 * 1024;

export interface NpzOptions extends FiniteOptions {
  readonly maxBytes?: number;
}

const fix = 'write the array again with numpy.save';

const dtypes: Readonly<Record<string, Element | 'bool' | 'f16'>> = {
  b1: 'bool',
  i1: 'i8',
  u1: 'u8',
  i2: 'i16',
  u2: 'u16',
  i4: 'i32',
  u4: 'u32',
  i8: 'i64',
  u8: 'u64',
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
};

/**
 * Row-major whatever the order in the file. Booleans come as a Uint8Array of 0 and 1, half floats as a Float32Array.
 * @throws {DataError} malformed, unsupported (objects, text, records, complex numbers, dates), bad-value
 */
export function decodeNpy(bytes: Uint8Array, origin: Origin, options: FiniteOptions = {}): NdArray {
  const fail = failer(origin, fix);
  const { type, stored, littleEndian, descr, fortran, shape, dataStart } = layoutOf(bytes, fail);
  const size = elements[stored].BYTES_PER_ELEMENT;
  const wanted = countOf(shape, size);
  if (wanted === null) throw fail('too-large', 'shape', 'below 2^53 bytes', `[${shape.join(', ')}]`);
  const raw = bytes.subarray(dataStart);
  if (raw.length !== wanted) {
    throw fail('malformed', 'data', `${wanted} bytes for ${descr} [${shape.join(', ')}]`, `${raw.length}`);
  }
  const ordered = fortran && shape.length > 1 ? toRowMajor(raw, shape, size) : raw;
  const data = readElements(stored, ordered, littleEndian);
  if (type === 'bool') {
    const at = ordered.findIndex((value) => value > 1);
    if (at >= 0) throw fail('bad-value', `value ${at}`, 'a boolean, 0 or 1', `${ordered[at]}`);
  }
  const values = data instanceof Uint16Array && type === 'f16' ? Float32Array.from(data, halfToNumber) : data;
  checkFinite(values, options, origin);
  return { shape, data: values };
}

/** What the header of an NPY says: enough to read some rows of an array that is larger than memory. */
export interface NpyLayout {
  readonly shape: readonly number[];
  /** As stored: booleans as u8, half floats as u16. */
  readonly stored: Element;
  readonly type: Element | 'bool' | 'f16';
  readonly littleEndian: boolean;
  /** First axis fastest. */
  readonly fortran: boolean;
  readonly dataStart: number;
}

/** Bytes from the start of a file that hold every header. */
export const maxNpyHeaderBytes = 65_535 + 12;

/** @param bytes the first `maxNpyHeaderBytes` of the file, or all of a shorter one @throws {DataError} malformed, unsupported */
export function readNpyLayout(bytes: Uint8Array, origin: Origin): NpyLayout {
  return layoutOf(bytes, failer(origin, fix));
}

function layoutOf(bytes: Uint8Array, fail: Fail): NpyLayout & { readonly descr: string } {
  const { descr, fortran, shape, dataStart } = readHeader(bytes, fail);
  const match = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(descr);
  const type = match === null || !Object.hasOwn(dtypes, match[2]) ? undefined : dtypes[match[2]];
  if (match === null || type === undefined) {
    const what = descr.includes('O') ? ' (pickled Python objects; nothing was executed)' : '';
    throw fail('unsupported', 'descr', 'booleans, integers or floats', `${quote(descr)}${what}`);
  }
  const stored: Element = type === 'bool' ? 'u8' : type === 'f16' ? 'u16' : type;
  if (elements[stored].BYTES_PER_ELEMENT > 1 && match[1] !== '<' && match[1] !== '>') {
    throw fail('malformed', 'descr', 'a byte order, < or >', quote(descr));
  }
  return { type, stored, littleEndian: match[1] !== '>', descr, fortran, shape, dataStart };
}

/**
 * The arrays of an NPZ by their names without ".npy", in the order of the file.
 * @throws {DataError} as `decodeNpy`, too-large (before anything of that size is inflated), and on a zip that is not whole
 */
export function decodeNpz(bytes: Uint8Array, origin: Origin, options: NpzOptions = {}): Map<string, NdArray> {
  const fail = failer(origin, 'write the file again with numpy.savez');
  const arrays = new Map<string, NdArray>();
  for (const { name, data } of readZip(bytes, options.maxBytes ?? maxNpzBytes, fail)) {
    if (!name.endsWith('.npy')) throw fail('unsupported', `entry ${quote(name)}`, 'only .npy files', 'another file');
    const key = name.slice(0, -4);
    try {
      arrays.set(key, decodeNpy(data, origin, options));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const place = [`entry ${quote(name)}`, error.place].filter((part) => part !== null).join(', ');
      const { code, expected, actual } = error;
      throw new DataError({ ...origin, code, place, expected, actual, fix: error.fix });
    }
  }
  return arrays;
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** The header is a Python dictionary of three keys; it is matched, never evaluated. */
function readHeader(bytes: Uint8Array, fail: Fail): Header {
  const magic = '\u0093NUMPY';
  const start = String.fromCharCode(...bytes.subarray(0, 6));
  if (start !== magic) {
    const actual = bytes.length === 0 ? 'an empty file' : start.startsWith('PK') ? 'a zip (an NPZ?)' : 'other bytes';
    throw fail('malformed', 'magic number', 'that of NPY', actual);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthBytes = bytes[6] === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes)
    throw fail('malformed', 'header', `at least ${8 + lengthBytes} bytes`, `${bytes.length}`);
  if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] !== 0) {
    throw fail('unsupported', 'version', '1.0, 2.0 or 3.0', `${bytes[6]}.${bytes[7]}`);
  }
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = 8 + lengthBytes + length;
  const left = Math.min(bytes.length - 8 - lengthBytes, 65535);
  if (length > left) throw fail('malformed', 'header length', `at most ${left}`, `${length}`);
  const text = new TextDecoder('latin1').decode(bytes.subarray(8 + lengthBytes, dataStart)).trim();
  if (!text.startsWith('{') || !text.endsWith('}')) throw fail('malformed', 'header', 'a dictionary', quote(text));

  const found = new Map<string, string>();
  let rest = text.slice(1, -1).trim();
  while (rest !== '') {
    const pair = /^(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\)|\[.*\])\s*(?:,\s*|$)/.exec(rest);
    if (pair === null) throw fail('malformed', 'header', 'descr, fortran_order and shape', quote(rest));
    if (found.has(pair[2])) throw fail('malformed', 'header', 'each key once', `${quote(pair[2])} twice`);
    found.set(pair[2], pair[3]);
    rest = rest.slice(pair[0].length);
  }
  const descr = found.get('descr');
  const order = found.get('fortran_order');
  const shape = found.get('shape');
  if (found.size !== 3 || descr === undefined || order === undefined || shape === undefined) {
    throw fail('malformed', 'header', 'descr, fortran_order and shape', [...found.keys()].join(', ') || 'no key');
  }
  if (descr.startsWith('[')) throw fail('unsupported', 'descr', 'booleans, integers or floats', 'records');
  if (order !== 'True' && order !== 'False') throw fail('malformed', 'fortran_order', 'True or False', quote(order));
  if (!/^\((\s*\d+L?\s*,)*\s*(\d+L?\s*)?\)$/.test(shape)) throw fail('malformed', 'shape', 'a tuple of sizes', shape);
  const sizes = (shape.match(/\d+/g) ?? []).map(Number);
  if (sizes.length > 32) throw fail('unsupported', 'shape', 'at most 32 axes', `${sizes.length}`);
  return { descr: descr.slice(1, -1), fortran: order === 'True', shape: sizes, dataStart };
}

/** IEEE 754 binary16: exact in a Float32Array. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
