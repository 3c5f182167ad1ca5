// Rows of an NPY that may be larger than memory: each is read from its place in the file.

import type { DataError } from '../errors.ts';
import { maxNpyHeaderBytes, readNpyLayout } from '../formats/npy.ts';
import { checkFinite, countOf, elements, readElements } from '../formats/raster.ts';
import type { Folder } from './folder.ts';

export interface NpyRows {
  readonly shape: readonly number[];
  /** Row `index` of the first axis; whole numbers of 64 bits and half floats are not read. @throws {DataError} bad-value */
  row(index: number): Float64Array;
}

/** @throws {DataError} missing, malformed: also a file that is shorter or longer than its header says; unsupported */
export function openNpyRows(folder: Folder, file: string): NpyRows {
  const size = folder.size(file);
  const { bytes, origin } = folder.readRange(file, 0, Math.min(size, maxNpyHeaderBytes));
  const { shape, stored, type, littleEndian, fortran, dataStart } = readNpyLayout(bytes, origin);
  const fail = (code: 'malformed' | 'unsupported', place: string, expected: string, actual: string): DataError =>
    folder.fault({ code, file, place, expected, actual });
  if (type === 'f16' || stored === 'i64' || stored === 'u64' || (fortran && shape.length > 1)) {
    const actual = fortran ? 'the order of Fortran' : type;
    throw fail('unsupported', 'header', 'row-major numbers of 8, 16, 32 bits or doubles', actual);
  }
  const bytesEach = elements[stored].BYTES_PER_ELEMENT;
  const total = countOf(shape, bytesEach);
  if (shape.length === 0 || total === null || total !== size - dataStart) {
    throw fail('malformed', 'data', `${total ?? 'too many'} bytes for [${shape.join(', ')}]`, `${size - dataStart}`);
  }
  const width = shape.slice(1).reduce((product, side) => product * side, 1);
  return {
    shape,
    row(index) {
      const raw = folder.readRange(file, dataStart + index * width * bytesEach, width * bytesEach);
      const values = readElements(stored, raw.bytes, littleEndian);
      checkFinite(values, {}, origin, `row ${index}, value`);
      return Float64Array.from(values, Number);
    },
  };
}
