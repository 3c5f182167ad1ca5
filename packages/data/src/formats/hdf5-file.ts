// Parts of an HDF5 file that is larger than memory: `decodeHdf5` takes a whole file, this one a path, and reads only the
// blocks asked for. h5wasm's browser build sees one virtual file whose bytes come from the file's descriptor, so that no
// link inside can lead to another file of the disk.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Dataset, Group, File as H5File } from 'h5wasm';
import { DataError, type Origin, quote } from '../errors.ts';
import { bytesOf, classNames, findStart, firstLine, floatOf, integerOf, isDataset, isGroup } from './hdf5.ts';
import { checkFinite, countOf, type Fail, type FiniteOptions, failer, type NdArray, readElements } from './raster.ts';

/** Bytes of one block, and of one chunk of the file, which HDF5 unpacks as a whole. */
export const maxHdf5BlockBytes = 64 * 1024 * 1024;

/** Texts of one cell array, and characters of one. */
const maxCellTexts = 100_000;
const maxCellCharacters = 1000;

export interface Hdf5File {
  /** Sizes with the slowest axis first. MATLAB shows them the other way round. @throws {DataError} missing, unsupported */
  shape(dataset: string): readonly number[];
  /**
   * The block of `count` elements a side that begins at `start`, row-major in the order of `shape`.
   * @throws {DataError} missing, unsupported, too-large, out-of-range, malformed, bad-value
   */
  read(dataset: string, start: readonly number[], count: readonly number[], options?: FiniteOptions): NdArray;
  /** A MATLAB cell array of texts, in the order of the file. @throws {DataError} missing, unsupported, too-large, malformed */
  cellTexts(dataset: string): readonly string[];
}

/** Opens the file of `path` for `action`, which must not keep it. @throws {DataError} what `action` throws; unreadable, malformed */
export async function withHdf5File<T>(path: string, origin: Origin, action: (file: Hdf5File) => T): Promise<T> {
  const fail = failer(origin, 'get the file again');
  const h5 = await import('h5wasm');
  const { FS, activate_throwing_error_handler: throwErrors } = await h5.ready;
  throwErrors();
  const descriptor = openOrFail(path, fail);
  const name = 'large.h5';
  let file: H5File | null = null;
  try {
    const size = fstatSync(descriptor).size;
    const prefix = new Uint8Array(Math.min(size, 1 << 20));
    readSync(descriptor, prefix, 0, prefix.length, 0);
    findStart(prefix, fail);
    FS.writeFile(name, new Uint8Array(0));
    const { node } = FS.lookupPath(name, {});
    Object.defineProperty(node, 'usedBytes', { get: () => size });
    Object.assign(node, { stream_ops: streamOf(descriptor, size) });
    file = new h5.File(name, 'r');
    return action(readerOf(file, origin, fail));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw fail('malformed', null, 'an HDF5 file', firstLine(error));
  } finally {
    try {
      file?.close();
    } catch {
      // What is broken may not close; the next file has a handle of its own.
    }
    if (FS.analyzePath(name).exists) FS.unlink(name);
    closeSync(descriptor);
  }
}

function openOrFail(path: string, fail: Fail): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    throw fail(code === 'ENOENT' ? 'missing' : 'unreadable', null, 'a readable file', code);
  }
}

/** What Emscripten asks of a file that is open for reading. */
function streamOf(descriptor: number, size: number): object {
  return {
    llseek: (stream: { readonly position: number }, offset: number, whence: number): number =>
      offset + (whence === 1 ? stream.position : whence === 2 ? size : 0),
    read: (_stream: unknown, heap: Uint8Array | Int8Array, offset: number, length: number, position: number): number =>
      readSync(descriptor, heap, offset, length, position),
  };
}

function readerOf(file: H5File, origin: Origin, fail: Fail): Hdf5File {
  const datasetOf = (name: string): Dataset => {
    let group: Group = file;
    const parts = name.split('/').filter((part) => part !== '');
    for (const [at, part] of parts.entries()) {
      const path = `/${parts.slice(0, at + 1).join('/')}`;
      const entity = group.keys().includes(part) && group.get_link(path) === null ? group.get(part) : null;
      if (at === parts.length - 1 && isDataset(entity)) return entity;
      if (!isGroup(entity)) break;
      group = entity;
    }
    throw fail('missing', null, `a dataset ${quote(name)}`, 'none');
  };
  const shapeOf = (dataset: Dataset, place: string): readonly number[] => {
    const { shape, chunks, size } = dataset.metadata;
    if (shape === null || shape === undefined) throw fail('empty', place, 'values', 'an empty dataspace');
    const chunk = chunks === null ? 0 : countOf(chunks, size);
    if (chunk === null || chunk > maxHdf5BlockBytes) {
      throw fail(
        'too-large',
        place,
        `chunks of at most ${maxHdf5BlockBytes} bytes`,
        `${chunks?.join(' x ')} x ${size}`,
      );
    }
    const filter = dataset.filters.find(({ id }) => id < 1 || id > 6);
    if (filter !== undefined) throw fail('unsupported', place, 'the filters of HDF5 itself', `filter ${filter.id}`);
    return shape;
  };
  const read = (dataset: Dataset, place: string, start: readonly number[], count: readonly number[]): NdArray => {
    const shape = shapeOf(dataset, place);
    const { type, size, signed } = dataset.metadata;
    const element = type === 0 ? integerOf(size, signed) : type === 1 ? floatOf(size) : null;
    if (element === null) {
      const what = `${classNames[type] ?? `class ${type}`} of ${size} bytes`;
      throw fail('unsupported', place, 'integers, or floats of 32 or 64 bits', what);
    }
    const outside = (at: number): boolean => !(start[at] >= 0 && count[at] >= 1 && start[at] + count[at] <= shape[at]);
    if (start.length !== shape.length || count.length !== shape.length || shape.some((_, at) => outside(at))) {
      const block = `[${start.join(', ')}] and ${count.join(' x ')} from there`;
      throw fail('out-of-range', place, `a block of ${shape.join(' x ')}`, block);
    }
    const bytes = countOf(count, size);
    if (bytes === null || bytes > maxHdf5BlockBytes) {
      throw fail('too-large', place, `at most ${maxHdf5BlockBytes} bytes`, `${count.join(' x ')} x ${size} bytes`);
    }
    const raw = bytesOf(dataset.slice(start.map((from, at) => [from, from + count[at]])), element);
    if (raw === null || raw.length !== bytes) {
      throw fail('malformed', place, `${bytes} bytes`, raw === null ? 'no numbers' : `${raw.length}`);
    }
    return { shape: count, data: readElements(element, raw, true) };
  };
  const placeOf = (name: string): string => `dataset ${quote(name)}`;
  return {
    shape: (name) => shapeOf(datasetOf(name), placeOf(name)),
    read: (name, start, count, options = {}) => {
      const block = read(datasetOf(name), placeOf(name), start, count);
      checkFinite(block.data, options, origin, `${placeOf(name)}, value`);
      return block;
    },
    cellTexts: (name) => {
      const place = placeOf(name);
      const dataset = datasetOf(name);
      const count = countOf(shapeOf(dataset, place));
      const { type, ref_type: kind } = dataset.metadata;
      if (type !== 7 || kind !== 'object') {
        throw fail('unsupported', place, 'a cell array', classNames[type] ?? 'another kind');
      }
      if (count === null || count > maxCellTexts)
        throw fail('too-large', place, `at most ${maxCellTexts} texts`, 'more');
      const references: unknown = dataset.value;
      if (!Array.isArray(references) || references.length !== count) {
        throw fail('malformed', place, `${count} references`, 'others');
      }
      return references.map((reference, at) => {
        const target: unknown = file.dereference(reference);
        const where = `${place}, cell ${at + 1}`;
        if (!isDataset(target)) throw fail('malformed', where, 'a text', 'none');
        const shape = shapeOf(target, where);
        const length = countOf(shape);
        if (length === 0) return '';
        if (length === null || length > maxCellCharacters) {
          throw fail('too-large', where, `at most ${maxCellCharacters} characters`, 'more');
        }
        const { data } = read(
          target,
          where,
          shape.map(() => 0),
          shape,
        );
        if (!(data instanceof Uint16Array)) throw fail('unsupported', where, 'characters of 16 bits', 'other values');
        return String.fromCharCode(...data);
      });
    },
  };
}
