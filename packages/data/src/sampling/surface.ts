// Points spread evenly over the surface of a mesh: how a CAD model becomes a point cloud.

import { DataError } from '../errors.ts';
import type { Mesh, PointSet } from '../formats/points.ts';
import { hashCounter } from './hash.ts';
import type { Seed } from './shuffle.ts';

/**
 * `count` points, each on a triangle drawn by its area, evenly within it. Point `i` depends on the mesh, the seed and `i`
 * alone, so more points begin with the same ones. Attributes: `nx`, `ny`, `nz`, the unit normal of the triangle by the
 * right-hand rule, and `face`, its index.
 * @throws {DataError} empty, when the mesh has no area; out-of-range
 */
export function sampleSurface(mesh: Mesh, count: number, seed: Seed): PointSet {
  const { positions, faces, offset } = mesh;
  const fail = (code: 'empty' | 'out-of-range', expected: string, actual: string, fix: string): DataError =>
    new DataError({ code, source: 'surface', file: null, place: null, expected, actual, fix });
  if (!Number.isSafeInteger(count) || count < 1 || count > 0x3fffffff) {
    throw fail('out-of-range', 'a whole number of points of at least 1', `${count}`, 'pass a number of points');
  }
  const triangles = faces.length / 3;
  const sums = new Float64Array(triangles);
  let total = 0;
  for (let face = 0; face < triangles; face++) {
    const [x, y, z] = normalOf(positions, faces, face);
    total += Math.sqrt(x * x + y * y + z * z);
    sums[face] = total;
  }
  if (!(total > 0 && Number.isFinite(total))) {
    throw fail('empty', 'a surface with an area', `${triangles} triangles of area ${total}`, 'leave this mesh out');
  }
  const out = new Float32Array(count * 3);
  const normals = [0, 1, 2].map(() => new Float32Array(count));
  const drawn = new Uint32Array(count);
  for (let point = 0; point < count; point++) {
    const random = (which: number): number => hashCounter(seed, point * 4 + which) / 2 ** 32;
    // Below 1, so that the last triangle is not drawn by rounding: it may have no area.
    const face = firstOver(sums, Math.min(random(0) + random(1) / 2 ** 32, 1 - 2 ** -53) * total);
    // The root makes the spread even: without it points crowd at the first corner.
    const away = Math.sqrt(random(2));
    const along = random(3);
    const weights = [1 - away, away * (1 - along), away * along];
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let corner = 0; corner < 3; corner++)
        sum += weights[corner] * positions[faces[face * 3 + corner] * 3 + axis];
      out[point * 3 + axis] = sum;
    }
    const normal = normalOf(positions, faces, face);
    const length = Math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2);
    for (const [axis, data] of normals.entries()) data[point] = normal[axis] / length;
    drawn[point] = face;
  }
  const [nx, ny, nz] = normals;
  const attributes = new Map(Object.entries({ nx, ny, nz, face: drawn }));
  return { count, positions: out, offset, attributes };
}

/** The cross product of two sides: as long as twice the area. */
function normalOf(positions: Float32Array, faces: Uint32Array, face: number): readonly [number, number, number] {
  const [a, b, c] = [faces[face * 3] * 3, faces[face * 3 + 1] * 3, faces[face * 3 + 2] * 3];
  const side = (from: number, to: number, axis: number): number => positions[to + axis] - positions[from + axis];
  const [ux, uy, uz] = [side(a, b, 0), side(a, b, 1), side(a, b, 2)];
  const [vx, vy, vz] = [side(a, c, 0), side(a, c, 1), side(a, c, 2)];
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}

/** The first sum over the value: never a triangle without area, whose sum is that of the one before. */
function firstOver(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
