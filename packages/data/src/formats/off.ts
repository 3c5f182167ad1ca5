// OFF, the format of ModelNet: a word, three counts, vertices, polygons. Own code: no library reads it.

import { type Origin, quote } from '../errors.ts';
import { checkPointCount, type Geometry, geometry, type PointOptions, pointSet, TriangleList } from './points.ts';
import { failer } from './raster.ts';
import { decodeText, Lines, parseCount, parseDecimal, splitSpaces } from './text-lines.ts';

/**
 * Colours of faces are passed over. The counts may follow "OFF" on its line, even without a space: ModelNet40 has such files.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: binary, and the variants with normals or colours
 */
export function decodeOff(bytes: Uint8Array, origin: Origin, options: PointOptions = {}): Geometry {
  const fail = failer(origin, 'export the mesh again as plain OFF');
  const lines = new Lines(decodeText(bytes, origin, fail), fail, '#');
  const first = lines.need('"OFF"');
  const head = /^([A-Z0-9]*OFF)(\s+BINARY)?(.*)$/i.exec(first);
  if (head === null || (head[1] !== 'OFF' && !/^(ST)?C?N?4?n?OFF$/.test(head[1]))) {
    throw fail('malformed', lines.place, '"OFF"', quote(first));
  }
  if (head[1] !== 'OFF' || head[2] !== undefined) throw fail('unsupported', lines.place, 'plain "OFF"', quote(first));
  const counts = splitSpaces(head[3].trim() === '' ? lines.need('three counts') : head[3].trim());
  const [vertices, faces, edges] = counts.map(parseCount);
  if (counts.length !== 3 || Number.isNaN(vertices + faces + edges)) {
    throw fail('malformed', lines.place, 'the numbers of vertices, faces and edges', quote(counts.join(' ')));
  }
  checkPointCount(vertices, options, fail, lines.place);
  // A vertex takes at least "0 0 0\n", a face "3 0 0 0\n": more are a lie, found before there is memory for them.
  if (vertices * 6 + faces * 8 > bytes.length + 1) {
    throw fail('malformed', lines.place, `counts that fit ${bytes.length} bytes`, `${vertices} and ${faces}`);
  }
  const columns = ['x', 'y', 'z'].map((name) => [name, new Float64Array(vertices)] as const);
  for (let vertex = 0; vertex < vertices; vertex++) {
    const line = lines.need(`vertex ${vertex}`);
    const tokens = splitSpaces(line);
    if (tokens.length !== 3) throw fail('malformed', lines.place, '3 coordinates', quote(line));
    for (const [axis, token] of tokens.entries()) {
      const value = parseDecimal(token);
      if (!Number.isFinite(value)) throw fail('bad-value', lines.place, 'a finite number', quote(token));
      columns[axis][1][vertex] = value;
    }
  }
  const triangles = new TriangleList(options, fail);
  for (let face = 0; face < faces; face++) {
    const tokens = splitSpaces(lines.need(`face ${face}`));
    const corners = parseCount(tokens[0]);
    const colours = tokens.length - 1 - corners;
    if (!(corners >= 3) || !(colours >= 0 && colours <= 4)) {
      throw fail('malformed', lines.place, 'a number of at least 3 and as many corners', quote(tokens.join(' ')));
    }
    triangles.add(tokens.slice(1, corners + 1).map(parseCount), vertices, lines.place);
  }
  const rest = lines.next();
  if (rest !== null) throw fail('malformed', lines.place, 'the end of the file', quote(rest));
  return geometry(pointSet(new Map(columns), vertices, fail), triangles.finish());
}
