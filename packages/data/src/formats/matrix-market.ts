// Matrix Market (.mtx): sparse matrices as lists of entries, dense ones column by column.

import { type Origin, quote } from '../errors.ts';
import type { Graph, GraphOptions } from './graph.ts';
import { checkGraphSize } from './graph.ts';
import { countOf, type Fail, failer, maxDecodedBytes, type NdArray } from './raster.ts';
import { columnOf } from './table.ts';
import { decodeText, Lines, parseCount, parseDecimal, splitSpaces } from './text-lines.ts';

export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** `[entries, 2]`: row and column from 0 on, in the order of the file; a symmetric entry is followed by its mirror image. */
  readonly indices: Uint32Array;
  /** `[entries]`; 1 in a matrix that is only a pattern. */
  readonly values: Float64Array;
  /** Whether the file says that it is symmetric: then a graph of it is undirected. */
  readonly symmetric: boolean;
}

const fix = 'write the matrix again, for example with scipy.io.mmwrite';

/**
 * `[rows, columns]` as an array, or its entries where the file is sparse; all of it, also where the file has only one
 * triangle. Limits: 2^32 - 1 rows and columns, and the bytes of a picture (`maxDecodedBytes`) for a dense matrix.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: complex numbers
 */
export function decodeMatrixMarket(bytes: Uint8Array, origin: Origin): SparseMatrix | NdArray {
  const fail = failer(origin, fix);
  const text = decodeText(bytes, origin, fail);
  const first = /^%%MatrixMarket[ \t]+(\w+)[ \t]+(\w+)[ \t]+(\w+)[ \t]+([\w-]+)[ \t]*\r?(?:\n|$)/i.exec(text);
  if (first === null) throw fail('malformed', 'line 1', '"%%MatrixMarket matrix ..."', quote(text.split('\n', 1)[0]));
  const [object, layout, field, symmetry] = first.slice(1).map((word) => word.toLowerCase());
  if (object !== 'matrix') throw fail('unsupported', 'line 1', 'a matrix', quote(object));
  if (layout !== 'coordinate' && layout !== 'array')
    throw fail('malformed', 'line 1', 'coordinate or array', quote(layout));
  if (
    !['real', 'double', 'integer', 'unsigned-integer', 'pattern'].includes(field) ||
    (field === 'pattern' && layout === 'array')
  ) {
    throw fail('unsupported', 'line 1', 'real or integer values, or a sparse pattern', quote(field));
  }
  if (symmetry !== 'general' && symmetry !== 'symmetric' && symmetry !== 'skew-symmetric') {
    throw fail('unsupported', 'line 1', 'general, symmetric or skew-symmetric', quote(symmetry));
  }
  const lines = new Lines(text, fail, '%');
  const sizes = splitSpaces(lines.need('the size')).map(parseCount);
  const [rows, columns] = sizes;
  if (sizes.length !== (layout === 'array' ? 2 : 3) || sizes.some(Number.isNaN)) {
    throw fail(
      'malformed',
      lines.place,
      layout === 'array' ? 'rows and columns' : 'rows, columns and entries',
      'other words',
    );
  }
  if (rows === 0 || columns === 0)
    throw fail('empty', lines.place, 'at least one row and column', `${rows} x ${columns}`);
  if (rows > 0xffffffff || columns > 0xffffffff)
    throw fail('too-large', lines.place, 'at most 4294967295 rows and columns', `${rows} x ${columns}`);
  if (symmetry !== 'general' && rows !== columns) {
    throw fail('malformed', lines.place, `a square for a ${symmetry} matrix`, `${rows} x ${columns}`);
  }
  const read = (token: string): number => {
    const value = field === 'pattern' ? 1 : parseDecimal(token);
    if (!Number.isFinite(value)) throw fail('bad-value', lines.place, 'a finite number', quote(token));
    if (field.endsWith('integer') && !Number.isSafeInteger(value)) {
      throw fail('bad-value', lines.place, 'a whole number below 2^53', quote(token));
    }
    return value;
  };
  const result =
    layout === 'array'
      ? readDense(lines, rows, columns, symmetry, bytes.length, read, fail)
      : readSparse(lines, [rows, columns, sizes[2]], symmetry, field === 'pattern' ? 2 : 3, bytes.length, read, fail);
  const rest = lines.next();
  if (rest !== null) throw fail('malformed', lines.place, 'the end of the file', quote(rest));
  return result;
}

type Read = (token: string) => number;

function readSparse(
  lines: Lines,
  [rows, columns, count]: readonly [number, number, number],
  symmetry: string,
  width: number,
  length: number,
  read: Read,
  fail: Fail,
): SparseMatrix {
  if (count * width * 2 > length) throw fail('malformed', lines.place, `entries that fit ${length} bytes`, `${count}`);
  const room = symmetry === 'general' ? count : count * 2;
  const indices = new Uint32Array(room * 2);
  const values = new Float64Array(room);
  const seen = new Float64Array(count);
  let to = 0;
  const put = (row: number, column: number, value: number): void => {
    indices[to * 2] = row;
    indices[to * 2 + 1] = column;
    values[to++] = value;
  };
  for (let entry = 0; entry < count; entry++) {
    const line = lines.need(`entry ${entry}`);
    const tokens = splitSpaces(line);
    if (tokens.length !== width) throw fail('malformed', lines.place, `${width} numbers`, quote(line));
    const [row, column] = [parseCount(tokens[0]), parseCount(tokens[1])];
    if (!(row >= 1 && row <= rows && column >= 1 && column <= columns)) {
      throw fail(
        'malformed',
        lines.place,
        `a place in ${rows} x ${columns}, from 1 on`,
        quote(`${tokens[0]} ${tokens[1]}`),
      );
    }
    if (symmetry !== 'general' && (column > row || (symmetry === 'skew-symmetric' && column === row))) {
      throw fail('malformed', lines.place, `the lower triangle of a ${symmetry} matrix`, `${row} ${column}`);
    }
    seen[entry] = (row - 1) * columns + column;
    const value = read(tokens[2] ?? '');
    put(row - 1, column - 1, value);
    if (symmetry !== 'general' && row !== column)
      put(column - 1, row - 1, symmetry === 'symmetric' ? value : 0 - value);
  }
  // Over 2^53 places two may have one number: then two entries are not told apart, and none is refused for it.
  if (rows * columns <= Number.MAX_SAFE_INTEGER) {
    seen.sort();
    const twice = seen.findIndex((place, at) => at > 0 && place === seen[at - 1]);
    if (twice >= 0) {
      const place = seen[twice] - 1;
      throw fail(
        'malformed',
        null,
        'each entry once',
        `${Math.floor(place / columns) + 1} ${(place % columns) + 1} twice`,
      );
    }
  }
  return {
    rows,
    columns,
    indices: indices.slice(0, to * 2),
    values: values.slice(0, to),
    symmetric: symmetry === 'symmetric',
  };
}

function readDense(
  lines: Lines,
  rows: number,
  columns: number,
  symmetry: string,
  length: number,
  read: Read,
  fail: Fail,
): NdArray {
  const bytes = countOf([rows, columns], 8);
  if (bytes === null || bytes > maxDecodedBytes) {
    throw fail(
      'too-large',
      lines.place,
      `at most ${maxDecodedBytes} bytes when decoded`,
      `${rows} x ${columns} x 8 bytes`,
    );
  }
  const data = new Float64Array(rows * columns);
  const begin = (column: number): number =>
    symmetry === 'general' ? 0 : symmetry === 'symmetric' ? column : column + 1;
  const least = symmetry === 'general' ? rows * columns : (rows * (rows - 1)) / 2;
  if (least * 2 > length) throw fail('malformed', lines.place, `values that fit ${length} bytes`, `${least}`);
  for (let column = 0; column < columns; column++) {
    for (let row = begin(column); row < rows; row++) {
      const value = read(lines.need(`the value of row ${row + 1}, column ${column + 1}`));
      data[row * columns + column] = value;
      if (symmetry !== 'general') data[column * columns + row] = symmetry === 'symmetric' ? value : 0 - value;
    }
  }
  return { shape: [rows, columns], data };
}

/**
 * The graph whose adjacency matrix this is: an edge for each entry, with its value as the feature `weight`. A symmetric
 * matrix makes an undirected graph.
 * @throws {DataError} malformed, when it is not square; too-large
 */
export function graphOfMatrix(matrix: SparseMatrix, origin: Origin, options: GraphOptions = {}): Graph {
  const fail = failer(origin, 'give the adjacency matrix of a graph');
  const { rows, columns, indices, values, symmetric } = matrix;
  if (rows !== columns) throw fail('malformed', null, 'a square matrix', `${rows} x ${columns}`);
  checkGraphSize(rows, 'nodes', options, fail, null);
  checkGraphSize(values.length, 'edges', options, fail, null);
  const kept = [...values.keys()].filter((at) => !symmetric || indices[at * 2] >= indices[at * 2 + 1]);
  const edges = Uint32Array.from(kept.flatMap((at) => [indices[at * 2], indices[at * 2 + 1]]));
  const weights = kept.map((at) => values[at]);
  return {
    nodes: rows,
    directed: !symmetric,
    edges,
    names: null,
    nodeFeatures: new Map(),
    edgeFeatures: new Map([['weight', columnOf(weights, 'weight', fail)]]),
  };
}
