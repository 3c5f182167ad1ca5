// Wavefront OBJ: vertices and polygons. Materials, textures, normals and groups are passed over; lines and points have no surface.

import { type Origin, quote } from '../errors.ts';
import { checkPointCount, type Geometry, geometry, type PointOptions, pointSet, TriangleList } from './points.ts';
import { failer } from './raster.ts';
import { decodeText, Lines, parseDecimal, splitSpaces } from './text-lines.ts';

const passedOver = new Set(['vt', 'vn', 'vp', 'g', 'o', 's', 'mg', 'usemtl', 'mtllib', 'usemap', 'maplib', 'l', 'p']);
const freeForm = new Set([
  'cstype',
  'deg',
  'bmat',
  'step',
  'curv',
  'curv2',
  'surf',
  'parm',
  'trim',
  'hole',
  'scrv',
  'sp',
]);

/**
 * A vertex may have a colour (x y z r g b), if all have: attributes `red`, `green` and `blue` as the file has them. A weight
 * (x y z w) is passed over.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: free-form curves and surfaces
 */
export function decodeObj(bytes: Uint8Array, origin: Origin, options: PointOptions = {}): Geometry {
  const fail = failer(origin, 'export the mesh again');
  // A line that ends in "\" goes on in the next one; the spaces keep the numbers of the lines right but for such.
  const text = decodeText(bytes, origin, fail).replace(/\\\r?\n/g, ' ');
  const lines = new Lines(text, fail, '#');
  const values: number[] = [];
  const triangles = new TriangleList(options, fail);
  let width = 0;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const tokens = splitSpaces(line);
    const word = tokens[0];
    if (word === 'v') {
      const size = tokens.length === 7 ? 6 : 3;
      if (tokens.length !== 4 && tokens.length !== 5 && tokens.length !== 7) {
        throw fail('malformed', lines.place, '3 coordinates, and a weight or a colour', quote(line));
      }
      if (width !== 0 && size !== width) throw fail('malformed', lines.place, `${width} numbers, as before`, `${size}`);
      width = size;
      for (const token of tokens.slice(1)) {
        if (!Number.isFinite(parseDecimal(token)))
          throw fail('bad-value', lines.place, 'a finite number', quote(token));
      }
      for (const token of tokens.slice(1, width + 1)) values.push(Number(token));
      checkPointCount(values.length / width, options, fail, lines.place);
    } else if (word === 'f' || word === 'fo') {
      const known = width === 0 ? 0 : values.length / width;
      const corners = tokens.slice(1).map((token) => {
        const match = /^([+-]?\d{1,10})(?:\/-?\d*(?:\/-?\d*)?)?$/.exec(token);
        const index = match === null ? 0 : Number(match[1]);
        // Counted from 1, or, below 0, back from the newest vertex.
        if (index === 0 || index < -known) throw fail('malformed', lines.place, 'indices of vertices', quote(token));
        return index > 0 ? index - 1 : known + index;
      });
      triangles.add(corners, known, lines.place);
    } else if (freeForm.has(word)) {
      throw fail('unsupported', lines.place, 'polygons', `${quote(word)} (a free-form surface)`);
    } else if (!passedOver.has(word)) {
      throw fail('malformed', lines.place, 'a word of OBJ', quote(word));
    }
  }
  const count = width === 0 ? 0 : values.length / width;
  checkPointCount(count, options, fail, null);
  const names = ['x', 'y', 'z', 'red', 'green', 'blue'].slice(0, width);
  const columns = new Map(
    names.map((name, column) => {
      const data = column < 3 ? new Float64Array(count) : new Float32Array(count);
      for (let at = 0; at < count; at++) data[at] = values[at * width + column];
      return [name, data];
    }),
  );
  return geometry(pointSet(columns, count, fail), triangles.finish());
}
