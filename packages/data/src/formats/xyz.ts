// Points as lines of numbers, parted by spaces or commas: XYZ, the objects of S3DIS (x y z r g b), ModelNet40 with normals.

import { type Origin, quote } from '../errors.ts';
import { parseAs } from './ply.ts';
import { type AttributeArray, checkPointCount, type PointOptions, type PointSet, pointSet } from './points.ts';
import { failer } from './raster.ts';
import { decodeText, Lines, splitSpaces } from './text-lines.ts';

export interface XyzOptions extends PointOptions {
  /**
   * What the numbers of a line are; x, y and z must be among them. Columns `red`, `green`, `blue`, `alpha` and `label` are
   * whole numbers (0 to 255; 0 to 2^32 - 1), others floats. Default: x y z for 3 numbers, x y z red green blue for 6.
   */
  readonly columns?: readonly string[];
}

const wholeColumns: Readonly<Record<string, 'u8' | 'u32'>> = {
  red: 'u8',
  green: 'u8',
  blue: 'u8',
  alpha: 'u8',
  label: 'u32',
};
const colours = ['x', 'y', 'z', 'red', 'green', 'blue'];

/** A "#" begins a comment. @throws {DataError} malformed, bad-value, empty, too-large, out-of-range for the options */
export function decodeXyz(bytes: Uint8Array, origin: Origin, options: XyzOptions = {}): PointSet {
  const fail = failer(origin, 'correct that line');
  const lines = new Lines(decodeText(bytes, origin, fail), fail, '#');
  let line = lines.next();
  if (line === null) throw fail('empty', null, 'at least one point', 'none');
  const separate = line.includes(',') ? (text: string) => text.split(',').map((token) => token.trim()) : splitSpaces;
  const width = separate(line).length;
  const names = options.columns ?? (width === 3 ? colours.slice(0, 3) : width === 6 ? colours : null);
  if (names === null) throw fail('out-of-range', 'columns', `names for ${width} numbers a line`, 'none');
  if (names.length !== width) throw fail('malformed', lines.place, `${names.length} numbers`, `${width}`);
  if (new Set(names).size !== names.length || !['x', 'y', 'z'].every((axis) => names.includes(axis))) {
    throw fail('out-of-range', 'columns', 'x, y and z, each name once', names.map(quote).join(', '));
  }
  const types = names.map((name) => (Object.hasOwn(wholeColumns, name) ? wholeColumns[name] : 'f64'));
  const values: Float64Array[] = names.map(() => new Float64Array(1024));
  let count = 0;
  for (; line !== null; line = lines.next()) {
    const tokens = separate(line);
    if (tokens.length !== width) throw fail('malformed', lines.place, `${width} numbers`, `${tokens.length}`);
    checkPointCount(count + 1, options, fail, lines.place);
    for (const [column, token] of tokens.entries()) {
      if (count === values[column].length) {
        const grown = new Float64Array(count * 2);
        grown.set(values[column]);
        values[column] = grown;
      }
      values[column][count] = parseAs(types[column], token, lines.place, fail);
    }
    count++;
  }
  const columns = names.map((name, at): [string, AttributeArray] => {
    const data = values[at].subarray(0, count);
    if (name === 'x' || name === 'y' || name === 'z') return [name, data];
    return [
      name,
      types[at] === 'u8'
        ? Uint8Array.from(data)
        : types[at] === 'u32'
          ? Uint32Array.from(data)
          : Float32Array.from(data),
    ];
  });
  return pointSet(new Map(columns), count, fail);
}
