// Writes safetensors: deterministic bytes, aligned values. It does not touch the disk.

import { DataError, quote } from '../errors.ts';
import { byCodeUnit, dtypes, isCount, maxHeaderBytes, metadataKey, type SafeTensor } from './safetensors.ts';

/**
 * The same tensors and metadata give the same bytes, whatever the order of insertion. Header entries are sorted by
 * name; the values lie by element size, wide first, then by name, so that each tensor is aligned to its element.
 * @throws {DataError} bad-value: a shape that disagrees with its data, a name that is not well-formed Unicode
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = [...tensors.keys()].sort(byCodeUnit);
  const offsets = new Map<string, readonly [number, number]>();
  let end = 0;
  for (const name of [...names].sort(
    (a, b) => elementBytes(tensors, b) - elementBytes(tensors, a) || byCodeUnit(a, b),
  )) {
    const tensor = required(tensors, name);
    checkTensor(name, tensor);
    offsets.set(name, [end, end + tensor.data.byteLength]);
    end += tensor.data.byteLength;
  }
  const metadataEntries = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b));
  for (const [key, value] of metadataEntries) {
    checkText(`metadata ${quote(key)}`, key);
    checkText(`metadata ${quote(key)}`, value);
  }
  // Written by hand rather than through an object, where integer-like names ('10', '9') would be put in another order.
  const entries = names.map((name) => {
    const { dtype, shape } = required(tensors, name);
    const entry = { dtype, shape, data_offsets: required(offsets, name) };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  if (metadataEntries.length > 0) {
    const pairs = metadataEntries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    entries.unshift(`"${metadataKey}":{${pairs.join(',')}}`);
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > maxHeaderBytes) {
    throw encodeFailure('header', `at most ${maxHeaderBytes} bytes`, `${headerBytes}`, 'use fewer or shorter names');
  }
  const bytes = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, 8);
  for (const name of names) {
    const { data } = required(tensors, name);
    const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    bytes.set(values, 8 + headerBytes + required(offsets, name)[0]);
  }
  return bytes;
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  const place = `tensor ${quote(name)}`;
  checkText(place, name);
  if (name === metadataKey) throw encodeFailure(place, 'another name', 'a reserved one', 'rename the tensor');
  if (!(data instanceof dtypes[dtype].type)) {
    throw encodeFailure(place, dtypes[dtype].type.name, data.constructor.name, `match dtype ${dtype} and data`);
  }
  const count = shape.reduce((product, size) => (isCount(size) ? product * size : Number.NaN), 1);
  if (count !== data.length) {
    throw encodeFailure(place, `a shape of ${data.length} values`, `[${shape.join(', ')}]`, 'match shape and data');
  }
}

function checkText(place: string, text: unknown): void {
  // A lone surrogate would be written as U+FFFD and two names could become one.
  if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) {
    throw encodeFailure(
      place,
      'well-formed Unicode text',
      typeof text === 'string' ? 'a lone surrogate' : quote(text),
      'rename it',
    );
  }
}

function encodeFailure(place: string, expected: string, actual: string, fix: string): DataError {
  return new DataError({ code: 'bad-value', source: 'safetensors', file: null, place, expected, actual, fix });
}

function elementBytes(tensors: ReadonlyMap<string, SafeTensor>, name: string): number {
  return dtypes[required(tensors, name).dtype].bytes;
}

function required<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`safetensors: no entry ${String(key)}`);
  return value;
}
