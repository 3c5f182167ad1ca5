// HDF5, and with it MATLAB 7.3 and NetCDF-4: numbers and text of datasets, by h5wasm. Its browser build, also in Node:
// tried with h5wasm 0.10.3, an external link read another file of the disk in the build for Node, and none in this one,
// whose files lie in memory. No link is followed here in any case.

import type { Dataset, Group } from 'h5wasm';
import { DataError, type Origin, quote } from '../errors.ts';
import {
  checkFinite,
  countOf,
  elements,
  type Fail,
  type FiniteOptions,
  failer,
  type NumericArray,
  readElements,
  toRowMajor,
} from './raster.ts';

/** All values of a file together, unless `maxBytes` says otherwise. */
export const maxHdf5Bytes = 256 * 1024 * 1024;

const maxObjects = 10_000;
const maxDepth = 32;

export interface Hdf5Options extends FiniteOptions {
  readonly maxBytes?: number;
  /** Only these datasets, by path such as "train/images": others may then be of a kind that is refused. Default: all. */
  readonly datasets?: readonly string[];
}

export type Hdf5Value =
  /** Row-major. Of a MATLAB file with the axes as MATLAB has them. Booleans (enumerations) are Int8Array or Uint8Array. */
  | { readonly kind: 'numeric'; readonly shape: readonly number[]; readonly data: NumericArray }
  | { readonly kind: 'text'; readonly shape: readonly number[]; readonly values: readonly string[] };

/**
 * Values by path, without the first slash. Soft and external links are not followed.
 * @throws {DataError} malformed, unsupported (compounds, references, 16-bit floats, unknown filters), too-large, missing, bad-value
 */
export async function decodeHdf5(
  bytes: Uint8Array,
  origin: Origin,
  options: Hdf5Options = {},
): Promise<Map<string, Hdf5Value>> {
  const fail = failer(origin, 'write the file again with h5py, or name the datasets that are wanted');
  const start = findStart(bytes, fail);
  const isMatlab = start > 0 && String.fromCharCode(...bytes.subarray(0, 10)) === 'MATLAB 7.3';
  const h5 = await import('h5wasm');
  const { FS, activate_throwing_error_handler: throwErrors } = await h5.ready;
  // Without it HDF5 prints its errors.
  throwErrors();
  const path = 'file.h5';
  FS.writeFile(path, bytes);
  let file: InstanceType<typeof h5.File> | null = null;
  try {
    file = new h5.File(path, 'r');
    const reader: Reader = {
      isMatlab,
      origin,
      options,
      fail,
      left: options.maxBytes ?? maxHdf5Bytes,
      values: new Map(),
    };
    if (options.datasets === undefined) {
      walk(file, '', reader, { objects: 0 }, 0);
    } else {
      for (const name of options.datasets) readNamed(file, name, reader);
    }
    return reader.values;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw fail('malformed', null, 'an HDF5 file', firstLine(error));
  } finally {
    try {
      file?.close();
    } catch {
      // What is broken may not close; the next file has a handle of its own.
    }
    FS.unlink(path);
  }
}

interface Reader {
  readonly isMatlab: boolean;
  readonly origin: Origin;
  readonly options: Hdf5Options;
  readonly fail: Fail;
  left: number;
  readonly values: Map<string, Hdf5Value>;
}

/** The signature lies at 0, 512, 1024, 2048 ...: MATLAB puts a text of 512 bytes before it. */
export function findStart(bytes: Uint8Array, fail: Fail): number {
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  for (let at = 0; at + 8 <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (signature.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  throw fail('malformed', 'signature', 'that of HDF5', bytes.length === 0 ? 'an empty file' : 'other bytes');
}

function walk(group: Group, prefix: string, reader: Reader, seen: { objects: number }, depth: number): void {
  const { fail } = reader;
  if (depth > maxDepth) throw fail('too-large', quote(prefix), `at most ${maxDepth} levels`, 'more');
  for (const name of group.keys()) {
    if (++seen.objects > maxObjects) throw fail('too-large', null, `at most ${maxObjects} objects`, 'more');
    const path = prefix === '' ? name : `${prefix}/${name}`;
    // Where MATLAB keeps what references point to.
    if (reader.isMatlab && (name === '#refs#' || name === '#subsystem#')) continue;
    // h5wasm takes this path from the root.
    if (group.get_link(`/${path}`) !== null) continue;
    const entity = group.get(name);
    if (isGroup(entity)) walk(entity, path, reader, seen, depth + 1);
    else if (isDataset(entity)) reader.values.set(path, readDataset(entity, path, reader));
  }
}

function readNamed(root: Group, name: string, reader: Reader): void {
  const { fail } = reader;
  let group = root;
  const parts = name.split('/').filter((part) => part !== '');
  for (const [at, part] of parts.entries()) {
    const keys = group.keys();
    const entity =
      keys.includes(part) && group.get_link(`/${parts.slice(0, at + 1).join('/')}`) === null ? group.get(part) : null;
    if (at === parts.length - 1 && isDataset(entity)) {
      reader.values.set(parts.join('/'), readDataset(entity, name, reader));
      return;
    }
    if (!isGroup(entity)) {
      const shown = keys
        .slice(0, 8)
        .map((key) => quote(key))
        .join(', ');
      throw fail('missing', null, `a dataset ${quote(name)}`, keys.length === 0 ? 'an empty group' : shown);
    }
    group = entity;
  }
  throw fail('missing', null, `a dataset ${quote(name)}`, 'a group');
}

// The classes of h5wasm are there only once it is imported; what they hold tells them apart as well.
export function isGroup(entity: unknown): entity is Group {
  return typeof entity === 'object' && entity !== null && 'type' in entity && entity.type === 'Group';
}
export function isDataset(entity: unknown): entity is Dataset {
  return typeof entity === 'object' && entity !== null && 'type' in entity && entity.type === 'Dataset';
}

/** Classes of HDF5 datatypes. */
export const classNames = [
  'integers',
  'floats',
  'times',
  'text',
  'bit fields',
  'opaque bytes',
  'compounds',
  'references',
  'enumerations',
  'variable lengths',
  'arrays',
];

function readDataset(dataset: Dataset, path: string, reader: Reader): Hdf5Value {
  const { fail, options, origin } = reader;
  const place = `dataset ${quote(path)}`;
  const { metadata } = dataset;
  const shape = metadata.shape;
  if (shape === null || shape === undefined) throw fail('empty', place, 'values', 'an empty dataspace');
  const isText = metadata.type === 3;
  const kind = metadata.type === 8 ? (metadata.enum_type?.type ?? -1) : metadata.type;
  const element = kind === 0 ? integerOf(metadata.size, metadata.signed) : kind === 1 ? floatOf(metadata.size) : null;
  if (!isText && element === null) {
    const what = `${classNames[metadata.type] ?? `class ${metadata.type}`} of ${metadata.size} bytes`;
    throw fail('unsupported', place, 'integers, floats of 32 or 64 bits, or text', what);
  }
  // Of text of variable length these are the pointers; the characters lie in the file itself.
  const bytes = countOf(shape, metadata.size);
  if (bytes === null || bytes > reader.left) {
    throw fail('too-large', place, `at most ${reader.left} bytes`, `${shape.join(' x ')} x ${metadata.size} bytes`);
  }
  reader.left -= bytes;
  const known = dataset.filters.find(({ id }) => id < 1 || id > 6);
  if (known !== undefined) throw fail('unsupported', place, 'the filters of HDF5 itself', `filter ${known.id}`);

  const count = shape.reduce((product, size) => product * size, 1);
  const value: unknown = dataset.value;
  const matlab = reader.isMatlab ? attributeText(dataset, 'MATLAB_class') : null;
  if (isText) {
    const values = count === 1 && typeof value === 'string' ? [value] : value;
    if (!Array.isArray(values) || values.length !== count || !values.every((text) => typeof text === 'string')) {
      throw fail('malformed', place, `${count} texts`, 'other values');
    }
    return { kind: 'text', shape, values };
  }
  if (element === null) throw fail('unsupported', place, 'numbers', 'others');
  const raw = bytesOf(value, element);
  if (raw === null || raw.length !== bytes) throw fail('malformed', place, `${count} numbers`, 'others');
  if (matlab === null) {
    const data = readElements(element, raw, true);
    checkFinite(data, options, origin, `${place}, value`);
    return { kind: 'numeric', shape, data };
  }
  // MATLAB writes its sizes in place of an empty array.
  const isEmpty = Object.hasOwn(dataset.attrs, 'MATLAB_empty');
  const axes = isEmpty ? Array.from(readElements(element, raw, true), Number) : [...shape].reverse();
  const size = elements[element].BYTES_PER_ELEMENT;
  const data = isEmpty ? new elements[element](0) : readElements(element, toRowMajor(raw, axes, size), true);
  if (matlab === 'char') return { kind: 'text', shape: axes.slice(0, -1), values: rowsOf(data, axes) };
  checkFinite(data, options, origin, `${place}, value`);
  return { kind: 'numeric', shape: axes, data };
}

export function integerOf(
  size: number,
  signed: boolean,
): 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | null {
  if (size === 1) return signed ? 'i8' : 'u8';
  if (size === 2) return signed ? 'i16' : 'u16';
  if (size === 4) return signed ? 'i32' : 'u32';
  if (size === 8) return signed ? 'i64' : 'u64';
  return null;
}

export function floatOf(size: number): 'f32' | 'f64' | null {
  return size === 4 ? 'f32' : size === 8 ? 'f64' : null;
}

/** h5wasm gives a scalar as a number. */
export function bytesOf(value: unknown, element: keyof typeof elements): Uint8Array | null {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === 'bigint') {
    return new Uint8Array((element === 'i64' ? BigInt64Array.of(value) : BigUint64Array.of(value)).buffer);
  }
  if (typeof value !== 'number' || element === 'i64' || element === 'u64') return null;
  return new Uint8Array(elements[element].of(value).buffer);
}

function attributeText(dataset: Dataset, name: string): string | null {
  const attributes = dataset.attrs;
  const value: unknown = Object.hasOwn(attributes, name) ? attributes[name].value : null;
  return typeof value === 'string' ? value : null;
}

function rowsOf(data: NumericArray, axes: readonly number[]): string[] {
  const columns = axes[axes.length - 1] ?? 0;
  const rows = columns === 0 ? 0 : data.length / columns;
  return Array.from({ length: rows }, (_, row) => {
    let text = '';
    for (let column = 0; column < columns; column++) text += String.fromCharCode(Number(data[row * columns + column]));
    return text;
  });
}

/** HDF5 reports a stack of calls; the first line says what went wrong. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return quote(text.split('\n')[0].trim());
}
