// What the readers of pictures and arrays give back, and the checks that they share: sizes before memory, and no NaN by
// accident. Used in pages, too: nothing of Node.

import { DataError, type DataErrorCode, type Origin } from '../errors.ts';

/** The element types that files hold, by the names of this package. 64-bit integers stay exact, as BigInt. */
export const elements = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export type Element = keyof typeof elements;
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Row-major; a scalar has the shape []. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

/** One picture, `[height, width, channels]`. Integers run from 0 to 2^bitDepth - 1 unless the array is signed. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Bits that a sample has in the file: 1, 2, 4 or 8 in a Uint8Array, 9 to 16 in a Uint16Array, and so on. */
  readonly bitDepth: number;
  readonly data: Exclude<NumericArray, BigInt64Array | BigUint64Array>;
}

/** Decoded bytes of one picture or array, unless `maxBytes` says otherwise. */
export const maxDecodedBytes = 128 * 1024 * 1024;

export interface SizeOptions {
  /** Refuse what would decode to more bytes than this. Default: `maxDecodedBytes`. */
  readonly maxBytes?: number;
}

export interface FiniteOptions {
  /** What to do about NaN and infinities: they are an error unless they are known to mean "no data". Default: refuse. */
  readonly nonFinite?: 'refuse' | 'keep';
}

export type Fail = (code: DataErrorCode, place: string | null, expected: string, actual: string) => DataError;

export function failer(origin: Origin, fix: string): Fail {
  return (code, place, expected, actual) => new DataError({ ...origin, code, place, expected, actual, fix });
}

/** Runs a library and turns whatever it throws into a DataError; our own pass through. */
export function named(fail: Fail, what: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  return fail('malformed', null, what, error instanceof Error ? error.message : String(error));
}

/** The product of sizes, exact or null. A zero does not hide an overflow before it. */
export function countOf(sizes: readonly number[], bytesEach = 1): number | null {
  let count = bytesEach;
  for (const size of sizes) {
    if (size > 0) count *= size;
    if (!Number.isSafeInteger(count)) return null;
  }
  return sizes.includes(0) ? 0 : count;
}

/** Bytes of an array of these sizes. @throws {DataError} too-large: asked before anything of that size is made */
export function decodedBytes(
  sizes: readonly number[],
  bytesEach: number,
  options: SizeOptions,
  fail: Fail,
  place = 'size',
): number {
  const limit = options.maxBytes ?? maxDecodedBytes;
  const bytes = countOf(sizes, bytesEach);
  if (bytes === null || bytes > limit) {
    throw fail('too-large', place, `at most ${limit} bytes when decoded`, `${sizes.join(' x ')} x ${bytesEach} bytes`);
  }
  return bytes;
}

/** A copy of the bytes as numbers of this machine, which is little-endian wherever WebAssembly runs. */
export function readElements(type: Element, bytes: Uint8Array, littleEndian: boolean): NumericArray {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  const size = elements[type].BYTES_PER_ELEMENT;
  if (!littleEndian && size > 1) {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return new elements[type](copy.buffer);
}

/** From the first axis fastest (Fortran, MATLAB) to the last axis fastest. */
export function toRowMajor(bytes: Uint8Array, shape: readonly number[], bytesEach: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  if (bytes.length === 0) return out;
  const rank = shape.length;
  const strides: number[] = [];
  let stride = bytesEach;
  for (const size of shape) {
    strides.push(stride);
    stride *= size;
  }
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += bytesEach) {
    for (let byte = 0; byte < bytesEach; byte++) out[to + byte] = bytes[from + byte];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** @throws {DataError} bad-value, unless the options keep what is not finite */
export function checkFinite(data: NumericArray, options: FiniteOptions, origin: Origin, where = 'value'): void {
  if (options.nonFinite === 'keep' || !(data instanceof Float32Array || data instanceof Float64Array)) return;
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at])) continue;
    const fail = failer(origin, 'correct the file, or pass nonFinite: "keep" if such values mean "no data"');
    throw fail('bad-value', `${where} ${at}`, 'a finite number', `${data[at]}`);
  }
}
