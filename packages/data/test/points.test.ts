import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLas } from '../src/formats/las.ts';
import { decodeObj } from '../src/formats/obj.ts';
import { decodeOff } from '../src/formats/off.ts';
import { decodePcd } from '../src/formats/pcd.ts';
import { decodePly } from '../src/formats/ply.ts';
import type { Geometry, PointSet } from '../src/formats/points.ts';
import { decodeXyz } from '../src/formats/xyz.ts';
import { sampleSurface } from '../src/sampling/surface.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`points/${name}`);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const messageOf = (run: () => unknown): string => errorOf(run).message.replace('toy: file "/d/x": ', '');

const corners = Float32Array.from(
  [0, 1.5].flatMap((z) => [-0.25, 2].flatMap((y) => [0, 0.1].flatMap((x) => [x, y, z]))),
);
const triangles = [0, 1, 3, 0, 3, 2];
const quads = [
  [0, 1, 5, 4],
  [1, 3, 7, 5],
  [3, 2, 6, 7],
  [2, 0, 4, 6],
];
const fan = ([a, b, c, d]: number[]): number[] => [a, b, c, a, c, d];
const faces = Uint32Array.from([...triangles, ...quads.flatMap(fan)]);

/** What every reader promises of every value that it gives. */
function check({ count, positions, offset, attributes }: PointSet): void {
  expect(positions.length).toBe(count * 3);
  expect([...offset, ...positions].every(Number.isFinite)).toBe(true);
  for (const data of attributes.values()) {
    expect(data.length % count).toBe(0);
    expect([...data].every(Number.isFinite)).toBe(true);
  }
}
function checkGeometry({ points, mesh }: Geometry): void {
  check(points);
  if (mesh !== null) expect(mesh.faces.every((vertex) => vertex < points.count)).toBe(true);
}

describe('decodeOff', () => {
  it('reads what meshio wrote', () => {
    const { points, mesh } = decodeOff(file('box.off'), origin);
    expect(points).toEqual({ count: 8, positions: corners, offset: [0, 0, 0], attributes: new Map() });
    expect(mesh?.positions).toBe(points.positions);
    const halves = [0, 1].flatMap((half) => quads.flatMap((quad) => fan(quad).slice(half * 3, half * 3 + 3)));
    expect(mesh?.faces).toEqual(Uint32Array.from([...triangles, ...halves]));
  });

  it('reads the counts of ModelNet40 on the first line, comments, polygons and colours of faces', () => {
    const text = 'OFF4 1 0\n0 0 0 # a\n\n1 0 0\r\n1 1 0\n0 1e0 -0\n4 0 1 2 3 0.5 0.5 0.5\n';
    expect(decodeOff(bytesOf(text), origin).mesh?.faces).toEqual(Uint32Array.of(0, 1, 2, 0, 2, 3));
    expect(decodeOff(bytesOf('OFF\n1 0 0\n1 2 3'), origin).mesh).toBe(null);
  });

  it.each([
    ['nothing', '', 'line 0: expected "OFF", got the end of the file'],
    ['another format', 'ply\n', 'line 1: expected "OFF", got "ply"'],
    ['a variant', 'COFF\n1 0 0\n', 'line 1: expected plain "OFF", got "COFF"'],
    ['binary', 'OFF BINARY\n', 'line 1: expected plain "OFF", got "OFF BINARY"'],
    ['two counts', 'OFF\n1 0\n', 'line 2: expected the numbers of vertices, faces and edges, got "1 0"'],
    ['no vertices', 'OFF\n0 0 0\n', 'line 2: expected at least one point, got none'],
    ['a count bomb', 'OFF\n9999999 9999999 0\n', 'line 2: expected counts that fit 22 bytes, got 9999999 and 9999999'],
    ['too many', 'OFF\n60000000 0 0\n', 'line 2: expected at most 50000000 points, got 60000000'],
    ['cut short', 'OFF\n2 0 0\n1000 2000 3000\n', 'line 3: expected vertex 1, got the end of the file'],
    ['NaN', 'OFF\n1 0 0\n0 nan 0\n', 'line 3: expected a finite number, got "nan"'],
    ['a float overflow', 'OFF\n1 0 0\n0 0 1e300\n1', 'line 4: expected the end of the file, got "1"'],
    [
      'too large for a float',
      'OFF\n2 0 0\n0 0 1e300\n0 0 -1e300',
      'point 0, z: expected a number that a float holds, got 1e+300',
    ],
    ['no such vertex', 'OFF\n1 1 0\n0 0 0\n3 0 0 1\n', 'line 4: expected vertices from 0 to 0, got 1'],
    [
      'a face of 2',
      'OFF\n1 1 0\n0 0 0\n2 0 0 0\n',
      'line 4: expected a number of at least 3 and as many corners, got "2 0 0 0"',
    ],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeOff(bytesOf(text), origin))).toBe(
      `${message}; fix: export the mesh again as plain OFF`,
    );
  });
});

describe('decodePly', () => {
  it.each(['box-ascii.ply', 'box-le.ply', 'box-be.ply'])('reads %s as meshio wrote it', (name) => {
    const { points, mesh } = decodePly(file(name), origin);
    expect(points.positions).toEqual(corners);
    expect(points.attributes).toEqual(
      new Map<string, unknown>([
        ['label', Int32Array.of(0, 1, 2, 3, 16777217, 5, 6, 2147483647)],
        ['red', Uint8Array.from({ length: 8 }, (_, at) => at * 36)],
        ['depth', Int16Array.of(-32768, 32767, 0, 1, 2, 3, 4, 5)],
        ['weight', Float64Array.from({ length: 8 }, (_, at) => at / 7)],
      ]),
    );
    expect(mesh?.faces).toEqual(faces);
  });

  const head = (...lines: string[]): string => `ply\nformat ascii 1.0\n${lines.join('\n')}\nend_header\n`;
  const xyz = ['property float x', 'property float y', 'property double z'];

  it('takes off what a float cannot hold, and passes over other elements and lists', () => {
    const text = head('comment c', 'element a 1', 'property list uchar int v', 'element vertex 2', ...xyz);
    const { points, mesh } = decodePly(bytesOf(`${text}2 5 6\n0 0 4000000.125\n0 0 4000001.25\n`), origin);
    expect(points.offset).toEqual([0, 0, 4000000]);
    expect(points.positions).toEqual(Float32Array.of(0, 0, 0.125, 0, 0, 1.25));
    expect(mesh).toBe(null);
  });

  it.each([
    ['nothing', '', 'line 1: expected "ply", got an empty file'],
    ['no end', 'ply\nformat ascii 1.0\n', 'header: expected "end_header" in the first 65536 bytes, got none'],
    ['no format', 'ply\nelement vertex 1\nend_header\n', 'header: expected a format, got none'],
    [
      'a format',
      head().replace('ascii', 'text'),
      'line 2: expected ascii, binary_little_endian or binary_big_endian, got "text"',
    ],
    ['a version', head().replace('1.0', '2.0'), 'line 2: expected version 1.0, got "2.0"'],
    ['a word', head('vertex 3'), 'line 3: expected format, element, property or comment, got "vertex"'],
    ['no vertices', head('element vertex 0', ...xyz), 'element vertex: expected at least one point, got none'],
    ['a negative count', head('element vertex -1'), 'line 3: expected a name and a number, got "vertex -1"'],
    ['a count bomb', head('element vertex 40000000', ...xyz), 'data: expected at least 240000000 bytes, got 0'],
    ['a type', head('element vertex 1', 'property int64 x'), 'line 4: expected a type of PLY, got "int64"'],
    [
      'a property of Object',
      head('element vertex 1', 'property toString x'),
      'line 4: expected a type of PLY, got "toString"',
    ],
    [
      'a name twice',
      head('element vertex 1', ...xyz, 'property int x'),
      'line 7: expected each property once, got "x" twice',
    ],
    ['no z', `${head('element vertex 1', ...xyz.slice(0, 2))}1 2`, 'header: expected one x, y and z a point, got x, y'],
    ['a cut line', `${head('element vertex 1', ...xyz)}1000 2000`, 'line 8: expected more values, got 2'],
    ['a long line', `${head('element vertex 1', ...xyz)}1 2 3 4`, 'line 8: expected 3 values, got 4'],
    ['NaN', `${head('element vertex 1', ...xyz)}1 2 nan`, 'line 8: expected a finite number, got "nan"'],
    [
      'a wide byte',
      `${head('element vertex 1', ...xyz, 'property uchar red')}1 2 3 256`,
      'line 9: expected a whole number from 0 to 255, got "256"',
    ],
    [
      'a short list',
      `${head('element vertex 1', ...xyz, 'element face 1', 'property list uchar int vertex_index')}1 2 3\n5 0 0`,
      'line 11: expected a list that fits the file, got one of 5',
    ],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodePly(bytesOf(text), origin))).toBe(`${message}; fix: export the file again as PLY 1.0`);
  });

  it('refuses binary files that are cut short, too long, or hold NaN', () => {
    const fix = '; fix: export the file again as PLY 1.0';
    const box = file('box-le.ply');
    expect(messageOf(() => decodePly(box.slice(0, -1), origin))).toBe(
      `face 5: expected a list that fits the file, got one of 4${fix}`,
    );
    expect(messageOf(() => decodePly(Uint8Array.of(...box, 0), origin))).toBe(
      `data: expected the end of the file after the last element, got 1 more bytes${fix}`,
    );
    const start = box.length - 8 * 27 - 2 * 13 - 4 * 17;
    box.fill(0xff, start + 27 + 4, start + 27 + 8);
    expect(messageOf(() => decodePly(box, origin))).toBe(`point 1, y: expected a finite number, got NaN${fix}`);
  });
});

describe('decodeObj', () => {
  it('reads what meshio wrote', () => {
    const { points, mesh } = decodeObj(file('box.obj'), origin);
    expect(points.positions).toEqual(corners);
    expect(mesh?.faces).toEqual(faces);
  });

  it('reads colours, indices counted back, continued lines and corners with textures', () => {
    const text = 'o a\nv 0 0 0 1 0 0\nv 1 0 0 0 \\\n.5 0\nv 0 1 0 0 0 1\nvt 0 0\nusemtl b\nf -3/1 2/1/1 3//1\nl 1 2\n';
    const { points, mesh } = decodeObj(bytesOf(text), origin);
    expect(points.attributes.get('green')).toEqual(Float32Array.of(0, 0.5, 0));
    expect(mesh?.faces).toEqual(Uint32Array.of(0, 1, 2));
  });

  it.each([
    ['nothing', '', 'expected at least one point, got none'],
    ['another format', 'OFF\n', 'line 1: expected a word of OBJ, got "OFF"'],
    ['a short vertex', 'v 1 2\n', 'line 1: expected 3 coordinates, and a weight or a colour, got "v 1 2"'],
    ['a word for a number', 'v 1 2 x\n', 'line 1: expected a finite number, got "x"'],
    ['colours for some', 'v 1 2 3\nv 1 2 3 0 0 0\n', 'line 2: expected 3 numbers, as before, got 6'],
    ['index 0', 'v 1 2 3\nf 0 1 1\n', 'line 2: expected indices of vertices, got "0"'],
    ['a vertex to come', 'v 1 2 3\nf 1 1 2\n', 'line 2: expected vertices from 0 to 0, got 1'],
    ['too far back', 'v 1 2 3\nf 1 1 -2\n', 'line 2: expected indices of vertices, got "-2"'],
    ['two corners', 'v 1 2 3\nf 1 1\n', 'line 2: expected at least 3 corners, got 2'],
    ['a curve', 'v 1 2 3\ncurv 0 1 1 2\n', 'line 2: expected polygons, got "curv" (a free-form surface)'],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeObj(bytesOf(text), origin))).toBe(`${message}; fix: export the mesh again`);
  });
});

describe('decodePcd', () => {
  const cloud = Array.from({ length: 40 }, (_, i) => i);

  it.each(['cloud-ascii.pcd', 'cloud-binary.pcd', 'cloud-compressed.pcd'])('reads %s as PCL wrote it', (name) => {
    const { count, positions, attributes } = decodePcd(file(name), origin);
    expect(count).toBe(40);
    expect(positions).toEqual(Float32Array.from(cloud.flatMap((i) => [i / 4, 0 - i, i % 3])));
    expect(attributes).toEqual(
      new Map<string, unknown>([
        ['red', Uint8Array.from(cloud)],
        ['green', Uint8Array.from(cloud, (i) => 2 * i)],
        ['blue', new Uint8Array(40).fill(255)],
        ['label', Uint32Array.from(cloud, (i) => i * 1000)],
        ['normal', Float32Array.from(cloud.flatMap(() => [0, 0, 1]))],
      ]),
    );
  });

  const head = (count: number, data: string, type = 'F'): string =>
    `VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F ${type}\nWIDTH ${count}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS ${count}\nDATA ${data}\n`;

  it('drops points that are NaN only when asked', () => {
    const text = `${head(3, 'ascii')}nan nan nan\n1 2 3\n4 5 NaN\n`;
    expect(decodePcd(bytesOf(text), origin, { nonFinite: 'drop' })).toEqual({
      count: 1,
      positions: Float32Array.of(1, 2, 3),
      offset: [0, 0, 0],
      attributes: new Map(),
    });
    const none = `${head(1, 'ascii')}nan nan nan\n`;
    const fix = '; fix: save the cloud again with the Point Cloud Library';
    expect(messageOf(() => decodePcd(bytesOf(none), origin, { nonFinite: 'drop' }))).toBe(
      `points that are finite: expected at least one point, got none${fix}`,
    );
    expect(messageOf(() => decodePcd(bytesOf(text), origin))).toBe(
      `point 0, x: expected a finite number, got NaN${fix}`,
    );
  });

  it.each([
    ['nothing', '', 'header: expected "DATA" in the first 65536 bytes, got none'],
    ['no fields', 'VERSION 0.7\nDATA ascii\n', 'header: expected a line FIELDS, got none'],
    ['an old version', head(1, 'ascii').replace('.7', '.5'), 'VERSION: expected 0.7, got ".5"'],
    [
      '64-bit integers',
      head(1, 'ascii', 'I').replace('SIZE 4 4 4', 'SIZE 4 4 8'),
      'field "z": expected I1, U1, I2, U2, I4, U4, F4, F8, got "I8"',
    ],
    [
      'counts that differ',
      head(2, 'ascii').replace('WIDTH 2', 'WIDTH 3'),
      'POINTS: expected WIDTH times HEIGHT, got 2 for 3 x 1',
    ],
    ['a count bomb', head(40000000, 'ascii'), 'data: expected 40000000 lines of 3 numbers, got 0 bytes'],
    ['a binary bomb', head(40000000, 'binary'), 'data: expected 480000000 bytes for 40000000 points, got 0'],
    ['a short line', `${head(1, 'ascii')}100 200\n`, 'line 10: expected 3 numbers, got 2'],
    ['more lines', `${head(1, 'ascii')}1 2 3\n4`, 'line 11: expected the end of the file, got "4"'],
    ['trailing bytes', `${head(1, 'binary')}${'\0'.repeat(12)}x`, 'data: expected 12 bytes for 1 points, got 13'],
    ['an encoding', head(1, 'zip'), 'DATA: expected ascii, binary or binary_compressed, got "zip"'],
    [
      'a compression bomb',
      `${head(40000000, 'binary_compressed')}\u0004\0\0\0\0\0\0\u007fabcd`,
      'data: expected 480000000 bytes for 40000000 points, got 2130706432 out of 4',
    ],
    [
      'a run before the start',
      `${head(1, 'binary_compressed')}\u0003\0\0\0\u000c\0\0\0 \0\0`,
      'byte 2 of the compressed data: expected LZF, got a run that leaves the data',
    ],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodePcd(bytesOf(text), origin))).toBe(
      `${message}; fix: save the cloud again with the Point Cloud Library`,
    );
  });
});

describe('decodeXyz', () => {
  it('reads S3DIS, plain XYZ, and named columns parted by commas', () => {
    const room = decodeXyz(bytesOf('-15.6 40.2 2.1 102 9 255\n-15.5 40.2 2.1 0 0 0\n'), origin);
    expect(room.positions).toEqual(Float32Array.of(-15.6, 40.2, 2.1, -15.5, 40.2, 2.1));
    expect(room.attributes.get('blue')).toEqual(Uint8Array.of(255, 0));
    expect(decodeXyz(bytesOf('# a\n1 2 3'), origin).count).toBe(1);
    const columns = ['x', 'y', 'z', 'nx', 'ny', 'nz', 'label'];
    const shape = decodeXyz(bytesOf('1,2,3,0,0,1,4294967295\n'), origin, { columns });
    expect(shape.attributes.get('nz')).toEqual(Float32Array.of(1));
    expect(shape.attributes.get('label')).toEqual(Uint32Array.of(4294967295));
    const many = decodeXyz(bytesOf('1 2 3\n'.repeat(3000)), origin);
    expect([many.count, many.positions[8999]]).toEqual([3000, 3]);
  });

  it.each([
    ['nothing', '\n', undefined, 'expected at least one point, got none'],
    ['four numbers', '1 2 3 4', undefined, 'columns: expected names for 4 numbers a line, got none'],
    ['ragged', '1 2 3\n1 2', undefined, 'line 2: expected 3 numbers, got 2'],
    [
      'S3DIS with its broken byte',
      '1 2 3 185 187 204\n1 2 3 185\u0010 187 2\n',
      undefined,
      'line 2: expected a finite number, got "185\\u0010"',
    ],
    ['a colour of 256', '1 2 3 0 0 256', undefined, 'line 1: expected a whole number from 0 to 255, got "256"'],
    ['NaN', '1 2 NaN', undefined, 'line 1: expected a finite number, got "NaN"'],
    ['no z', '1 2 3', ['x', 'y', 'label'], 'columns: expected x, y and z, each name once, got "x", "y", "label"'],
    ['wrong width', '1 2 3', ['x', 'y', 'z', 'label'], 'line 1: expected 4 numbers, got 3'],
  ])('refuses: %s', (_, text, columns, message) => {
    expect(messageOf(() => decodeXyz(bytesOf(text), origin, { columns }))).toBe(`${message}; fix: correct that line`);
  });
});

describe('decodeLas', () => {
  it.each([0, 1, 2, 3, 6, 7, 8])('reads format %i', (format) => {
    const { count, positions, offset, attributes } = decodeLas(file(`format${format}.las`), origin);
    expect([count, ...offset]).toEqual([3, 499999, 4000250, 0]);
    const places = [0, 1, 2].flatMap((i) => [i + 0.995, i * 0.001, 100 - i * 0.07]);
    expect(Math.max(...positions.map((value, at) => Math.abs(value - places[at])))).toBeLessThan(1e-5);
    const wide = format >= 6;
    expect(attributes).toEqual(
      new Map<string, unknown>(
        Object.entries({
          intensity: Uint16Array.of(65535, 65534, 65533),
          return_number: Uint8Array.of(1, 2, 3),
          number_of_returns: new Uint8Array(3).fill(wide ? 15 : 3),
          classification: wide ? Uint8Array.of(64, 65, 66) : Uint8Array.of(2, 3, 4),
          classification_flags: new Uint8Array(3).fill(wide ? 10 : 5),
          ...(wide ? { scanner_channel: Uint8Array.of(0, 1, 2) } : {}),
          scan_angle: wide ? Float32Array.of(-90, -89.994, -89.988) : Int8Array.of(-90, -89, -88),
          user_data: Uint8Array.of(200, 201, 202),
          point_source_id: Uint16Array.of(1000, 1001, 1002),
          scan_direction_flag: Uint8Array.of(0, 1, 0),
          edge_of_flight_line: Uint8Array.of(0, 0, 1),
          ...([1, 3, 6, 7, 8].includes(format) ? { gps_time: Float64Array.of(1e9, 1e9 + 0.125, 1e9 + 0.25) } : {}),
          ...([2, 3, 7, 8].includes(format)
            ? { red: new Uint16Array(3).fill(65535), green: Uint16Array.of(0, 256, 512), blue: Uint16Array.of(0, 1, 2) }
            : {}),
          ...(format === 8 ? { nir: Uint16Array.of(40000, 40001, 40002) } : {}),
        }),
      ),
    );
  });

  const changed = (change: (view: DataView) => void, name = 'format0.las'): Uint8Array => {
    const bytes = file(name);
    change(new DataView(bytes.buffer, bytes.byteOffset));
    return bytes;
  };

  it.each([
    ['nothing', new Uint8Array(0), 'magic number: expected "LASF", got an empty file'],
    ['a cut header', file('format0.las').slice(0, 100), 'header: expected at least 227 bytes, got 100'],
    [
      'LAZ',
      changed((view) => view.setUint8(104, 0x83)),
      'point format: expected uncompressed points, got LAZ, 3 compressed',
    ],
    ['waveforms', changed((view) => view.setUint8(104, 4)), 'point format: expected 0, 1, 2, 3, 6, 7, 8, got 4'],
    ['an old version', changed((view) => view.setUint8(25, 1)), 'version: expected 1.2 to 1.4, got 1.1'],
    [
      'short records',
      changed((view) => view.setUint16(105, 19, true)),
      'record length: expected at least 20 for format 0, got 19',
    ],
    [
      'no points',
      changed((view) => view.setUint32(107, 0, true)),
      'number of points: expected at least one point, got none',
    ],
    [
      'a count bomb',
      changed((view) => view.setUint32(107, 40000000, true)),
      'points: expected 40000000 x 20 bytes from byte 227 on, got 60',
    ],
    [
      '64 bits of count',
      changed((view) => view.setBigUint64(247, 2n ** 60n, true), 'format6.las'),
      'number of points: expected at most 50000000 points, got 1152921504606847000',
    ],
    [
      'two counts',
      changed((view) => view.setUint32(107, 2, true), 'format6.las'),
      'number of points: expected one number in both fields, got 2 and 3',
    ],
    ['cut points', file('format3.las').slice(0, -1), 'points: expected 3 x 36 bytes from byte 227 on, got 107'],
    [
      'a scale of NaN',
      changed((view) => view.setFloat64(139, Number.NaN, true)),
      'scale and offset of y: expected finite numbers, no scale of 0, got NaN and 4000000',
    ],
    [
      'points in the header',
      changed((view) => view.setUint32(96, 100, true)),
      'points: expected 3 x 20 bytes from byte 100 on, got 187',
    ],
  ])('refuses: %s', (_, bytes, message) => {
    expect(messageOf(() => decodeLas(bytes, origin))).toBe(
      `${message}; fix: export the points again as uncompressed LAS 1.2 to 1.4`,
    );
  });
});

describe('sampleSurface', () => {
  // Two triangles in the plane z = 1, of area 1 and 3, and one of none.
  const mesh = {
    positions: Float32Array.of(0, 0, 1, 2, 0, 1, 0, 1, 1, 0, -3, 1),
    offset: [0, 0, 0] as const,
    faces: Uint32Array.of(0, 1, 2, 0, 3, 1, 0, 0, 1),
  };

  it('draws triangles by their area and is even within them', () => {
    const { positions, attributes } = sampleSurface(mesh, 20_000, [1, 2]);
    const faceOf = attributes.get('face') ?? [];
    const drawn = [0, 1, 2].map((face) => faceOf.filter((value) => value === face).length);
    expect(drawn[2]).toBe(0);
    // Three deviations of a binomial: 3 sqrt(20000 x 0.25 x 0.75).
    expect(Math.abs(drawn[0] - 5000)).toBeLessThan(184);
    let sums = [0, 0];
    for (let point = 0; point < 20_000; point++) {
      if (faceOf[point] === 0) sums = [sums[0] + positions[point * 3], sums[1] + positions[point * 3 + 1]];
    }
    // The mean of an even spread is the centre of the triangle, (2/3, 1/3); its deviation is 0.47 / sqrt(5000).
    expect(Math.abs(sums[0] / drawn[0] - 2 / 3)).toBeLessThan(0.02);
    expect(Math.abs(sums[1] / drawn[0] - 1 / 3)).toBeLessThan(0.02);
    expect(positions.every((value, at) => at % 3 !== 2 || value === 1)).toBe(true);
    expect(attributes.get('nz')?.every((value) => value === 1)).toBe(true);
  });

  it('gives the same points again, more begin with the same, another seed others', () => {
    const few = sampleSurface(mesh, 10, [7, 0]);
    expect(sampleSurface(mesh, 20, [7, 0]).positions.slice(0, 30)).toEqual(few.positions);
    expect(sampleSurface(mesh, 10, [8, 0]).positions).not.toEqual(few.positions);
    expect([...few.positions.slice(0, 2)].map((value) => value.toFixed(6))).toEqual(['0.678710', '-0.449232']);
  });

  it('names a mesh without area and a count that is none', () => {
    const flat = { ...mesh, faces: Uint32Array.of(0, 0, 1) };
    expect(errorOf(() => sampleSurface(flat, 5, [0, 0])).message).toBe(
      'surface: expected a surface with an area, got 1 triangles of area 0; fix: leave this mesh out',
    );
    expect(errorOf(() => sampleSurface(mesh, 0, [0, 0])).message).toBe(
      'surface: expected a whole number of points of at least 1, got 0; fix: pass a number of points',
    );
  });
});

describe('any damage gives points or a DataError', () => {
  it.each([
    ['OFF', ['box.off'], (bytes: Uint8Array) => checkGeometry(decodeOff(bytes, origin))],
    ['OBJ', ['box.obj'], (bytes: Uint8Array) => checkGeometry(decodeObj(bytes, origin))],
    [
      'PLY',
      ['box-ascii.ply', 'box-le.ply', 'box-be.ply'],
      (bytes: Uint8Array) => checkGeometry(decodePly(bytes, origin)),
    ],
    [
      'PCD',
      ['cloud-ascii.pcd', 'cloud-binary.pcd', 'cloud-compressed.pcd'],
      (bytes: Uint8Array) => check(decodePcd(bytes, origin)),
    ],
    ['LAS', ['format0.las', 'format3.las', 'format8.las'], (bytes: Uint8Array) => check(decodeLas(bytes, origin))],
  ])('%s', async (_, names, read) => {
    await survives(
      names.map((name) => `points/${name}`),
      read,
      { within: 450 },
    );
  });

  it('XYZ, of any text', () => {
    const text = fc.string({ unit: fc.constantFrom('1', '.', ',', '\n', 'e', '-', ' ', '2', '#', 'é') });
    fc.assert(
      fc.property(text, (value) => {
        try {
          check(decodeXyz(bytesOf(value), origin));
        } catch (error) {
          expect(error).toHaveProperty('name', 'DataError');
        }
      }),
    );
  });
});
