// Sets that are converted once, when `omnigrad data fetch` installs them, and then read in a moment: a few arrays in a
// safetensors file. The conversion is a pure function of the package's files; nothing here fetches anything.

import { DataError, type Origin, quote } from '../errors.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import type { SafeTensor } from '../formats/safetensors.ts';
import { decodeSafetensors } from '../formats/safetensors-decode.ts';
import { encodeSafetensors } from '../formats/safetensors-encode.ts';

/** Told now and then how far a conversion is. */
export type Progress = (done: number, total: number) => void;

/** From the unpacked package to the files of the cache. */
export interface Preparation {
  /** Raised whenever the files come out otherwise. */
  readonly version: number;
  /** @throws {DataError} of the package's files */
  prepare(dir: string, progress: Progress): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** What a fetched set is called where `openDirectory` wants a package. */
export const fetchedName = (name: string): string => `${name} (omnigrad data fetch ${name} --force)`;

export interface PreparedFile {
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  /** `[n]` or `[n, ...]`, checked: `shape` with null where any size will do. @throws {DataError} malformed */
  floats(name: string, shape: readonly (number | null)[]): Float32Array;
  integers(name: string, shape: readonly (number | null)[]): Int32Array;
  bytesOf(name: string, shape: readonly (number | null)[]): Uint8Array;
  /** @throws {DataError} malformed: no such tensor */
  shapeOf(name: string): readonly number[];
  /** A list of texts. @throws {DataError} malformed */
  texts(name: string): string[];
}

/** Arrays and lists of texts of one set. */
export function encodePrepared(
  tensors: Readonly<Record<string, SafeTensor>>,
  texts: Readonly<Record<string, readonly string[]>>,
): Uint8Array {
  return encodeSafetensors(
    new Map(Object.entries(tensors)),
    Object.fromEntries(Object.entries(texts).map(([name, list]) => [name, JSON.stringify(list)])),
  );
}

export const floatTensor = (data: Float32Array, shape: readonly number[]): SafeTensor => ({
  dtype: 'F32',
  shape,
  data,
});
export const intTensor = (data: Int32Array, shape: readonly number[]): SafeTensor => ({ dtype: 'I32', shape, data });
export const byteTensor = (data: Uint8Array, shape: readonly number[]): SafeTensor => ({ dtype: 'U8', shape, data });

/** @throws {DataError} missing, unreadable, malformed */
export function readPrepared(source: string, dir: string, file: string, packageName: string): PreparedFile {
  const directory = openDirectory(source, dir, fetchedName(packageName));
  const { bytes, origin } = readDataFile(directory, file);
  const { tensors, metadata } = decodeSafetensors(bytes, origin.file ?? file);
  const fail = (place: string, expected: string, actual: string): DataError =>
    new DataError({
      ...origin,
      code: 'malformed',
      place,
      expected,
      actual,
      fix: `omnigrad data fetch ${packageName} --force`,
    });
  const tensor = (name: string, dtype: SafeTensor['dtype'], shape: readonly (number | null)[]): SafeTensor => {
    const found = tensors.get(name);
    const shown = `${dtype} [${shape.map((size) => size ?? 'any').join(', ')}]`;
    if (found === undefined) throw fail(`tensor ${quote(name)}`, shown, 'none');
    const fits =
      found.dtype === dtype &&
      found.shape.length === shape.length &&
      shape.every((size, axis) => size === null || size === found.shape[axis]);
    if (!fits) throw fail(`tensor ${quote(name)}`, shown, `${found.dtype} [${found.shape.join(', ')}]`);
    return found;
  };
  return {
    bytes,
    origin,
    floats: (name, shape) => {
      const { data } = tensor(name, 'F32', shape);
      return data instanceof Float32Array ? data : Float32Array.from(data);
    },
    integers: (name, shape) => {
      const { data } = tensor(name, 'I32', shape);
      return data instanceof Int32Array ? data : Int32Array.from(data);
    },
    bytesOf: (name, shape) => {
      const { data } = tensor(name, 'U8', shape);
      return data instanceof Uint8Array ? data : Uint8Array.from(data);
    },
    shapeOf: (name) => {
      const found = tensors.get(name);
      if (found === undefined) throw fail(`tensor ${quote(name)}`, 'a tensor', 'none');
      return found.shape;
    },
    texts: (name) => {
      const text = Object.hasOwn(metadata, name) ? metadata[name] : 'null';
      let list: unknown = null;
      try {
        list = JSON.parse(text);
      } catch {
        // refused below
      }
      if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) {
        throw fail(`metadata ${quote(name)}`, 'a list of texts', quote(text));
      }
      return list.map(String);
    },
  };
}
