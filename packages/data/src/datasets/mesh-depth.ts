// What a depth camera like the first Kinect sees of a mesh that stands on a floor before a wall: a z-buffer, then the
// noise, the steps of disparity and the holes of such a sensor. Simulated, and to be called so.

import type { Mesh } from '../formats/points.ts';
import { kinectDeviation, quantised } from '../poly13/cameras.ts';
import type { Stream } from '../poly13/random.ts';
import type { RawDepth } from './dataset.ts';

export const depthSide = 32;
/** pixels: a field of view of 53 degrees. */
export const depthFocal = 32;
/** m, of a Kinect. */
export const depthBaseline = 0.075;
/** m: farther the sensor gives nothing. */
const farthest = 8;
/** Shares of pixels without an answer: beside an edge, at a grazing angle, and anywhere. */
const lostAtEdge = 0.7;
const lostGrazing = 0.7;
const lostAnywhere = 0.01;

type Vector = readonly [number, number, number];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Vector): Vector => {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
};
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** z up, floor at 0; the camera looks at the middle of the mesh from a height and a side drawn from `stream`. */
export function depthView(mesh: Mesh, stream: Stream): RawDepth {
  const [low, high] = bounds(mesh);
  const half = [0, 1, 2].map((axis) => (high[axis] - low[axis]) / 2);
  const radius = Math.sqrt(half[0] ** 2 + half[1] ** 2 + half[2] ** 2);
  // As large in the picture whatever its size; never nearer than the sensor sees.
  const distance = Math.max(0.7, (2 * radius * depthFocal) / stream.uniform(18, 26));
  const [yaw, elevation] = [stream.uniform(0, 2 * Math.PI), stream.uniform(0.1, 0.7)];
  const level = Math.cos(elevation);
  const back: Vector = [level * Math.cos(yaw), level * Math.sin(yaw), Math.sin(elevation)];
  const middle: Vector = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
  const eye: Vector = [
    middle[0] + distance * back[0] + stream.uniform(-0.1, 0.1) * radius,
    middle[1] + distance * back[1] + stream.uniform(-0.1, 0.1) * radius,
    middle[2] + distance * back[2] + stream.uniform(-0.1, 0.1) * radius,
  ];
  const ahead: Vector = [-back[0], -back[1], -back[2]];
  const right = unit(cross(ahead, [0, 0, 1]));
  const down = cross(ahead, right);
  const { depth, facing } = zBuffer(mesh, eye, right, down, ahead);

  // An upright wall behind it, turned a little.
  const turn = yaw + stream.uniform(-0.35, 0.35);
  const wallNormal: Vector = [Math.cos(turn), Math.sin(turn), 0];
  const wallAt = -(Math.hypot(half[0], half[1]) + stream.uniform(0.2, 1.2));
  for (let at = 0; at < depth.length; at++) {
    const x = ((at % depthSide) + 0.5 - depthSide / 2) / depthFocal;
    const y = (Math.floor(at / depthSide) + 0.5 - depthSide / 2) / depthFocal;
    const ray: Vector = [
      ahead[0] + x * right[0] + y * down[0],
      ahead[1] + x * right[1] + y * down[1],
      ahead[2] + x * right[2] + y * down[2],
    ];
    const length = Math.sqrt(dot(ray, ray));
    const planes: readonly (readonly [Vector, number])[] = [
      [[0, 0, 1], 0],
      [wallNormal, wallAt + middle[0] * wallNormal[0] + middle[1] * wallNormal[1]],
    ];
    for (const [normal, offset] of planes) {
      const slope = dot(ray, normal);
      const z = (offset - dot(eye, normal)) / slope;
      if (!(slope < 0 && z > 0 && z < depth[at])) continue;
      depth[at] = z;
      facing[at] = -slope / length;
    }
  }
  const out = new Float32Array(depth.length);
  for (let at = 0; at < out.length; at++) {
    const z = depth[at];
    // To the right of an edge the projector's light is hidden from the camera.
    const isShadow = at % depthSide > 0 && z - depth[at - 1] > 0.1;
    const lost = isShadow ? lostAtEdge : facing[at] < 0.25 ? lostGrazing : lostAnywhere;
    const noisy = z + kinectDeviation(z) * stream.normal();
    out[at] = stream.chance(lost) || !(z < farthest) ? 0 : quantised(noisy);
  }
  return { depth: out, height: depthSide, width: depthSide, focalLength: depthFocal, baseline: depthBaseline };
}

/** The nearest surface at the middle of each pixel, along the optical axis, and the cosine to it; infinity where there is none. */
function zBuffer(
  { positions, faces }: Mesh,
  eye: Vector,
  right: Vector,
  down: Vector,
  ahead: Vector,
): { depth: Float64Array; facing: Float64Array } {
  const depth = new Float64Array(depthSide * depthSide).fill(Infinity);
  const facing = new Float64Array(depthSide * depthSide).fill(1);
  const count = positions.length / 3;
  // u, v in pixels and 1 / z.
  const seen = new Float64Array(count * 3);
  for (let vertex = 0; vertex < count; vertex++) {
    const x = positions[vertex * 3] - eye[0];
    const y = positions[vertex * 3 + 1] - eye[1];
    const z = positions[vertex * 3 + 2] - eye[2];
    const away = x * ahead[0] + y * ahead[1] + z * ahead[2];
    seen[vertex * 3] = (depthFocal * (x * right[0] + y * right[1] + z * right[2])) / away + depthSide / 2;
    seen[vertex * 3 + 1] = (depthFocal * (x * down[0] + y * down[1] + z * down[2])) / away + depthSide / 2;
    // Behind the camera, or too near: the triangle is left out. The mesh lies before it by construction.
    seen[vertex * 3 + 2] = away > 0.05 ? 1 / away : Number.NaN;
  }
  for (let face = 0; face < faces.length; face += 3) {
    const [a, b, c] = [faces[face] * 3, faces[face + 1] * 3, faces[face + 2] * 3];
    const [au, av, bu, bv, cu, cv] = [seen[a], seen[a + 1], seen[b], seen[b + 1], seen[c], seen[c + 1]];
    const area = (bu - au) * (cv - av) - (cu - au) * (bv - av);
    if (!(Math.abs(area) > 0)) continue;
    const firstColumn = Math.max(0, Math.ceil(Math.min(au, bu, cu) - 0.5));
    const lastColumn = Math.min(depthSide - 1, Math.floor(Math.max(au, bu, cu) - 0.5));
    const firstRow = Math.max(0, Math.ceil(Math.min(av, bv, cv) - 0.5));
    const lastRow = Math.min(depthSide - 1, Math.floor(Math.max(av, bv, cv) - 0.5));
    if (firstColumn > lastColumn || firstRow > lastRow) continue;
    let cosine = -1;
    for (let row = firstRow; row <= lastRow; row++)
      for (let column = firstColumn; column <= lastColumn; column++) {
        const [u, v] = [column + 0.5, row + 0.5];
        const wa = ((bu - u) * (cv - v) - (cu - u) * (bv - v)) / area;
        const wb = ((cu - u) * (av - v) - (au - u) * (cv - v)) / area;
        const wc = 1 - wa - wb;
        if (!(wa >= 0 && wb >= 0 && wc >= 0)) continue;
        const z = 1 / (wa * seen[a + 2] + wb * seen[b + 2] + wc * seen[c + 2]);
        const at = row * depthSide + column;
        if (!(z < depth[at])) continue;
        if (cosine < 0) cosine = cosineTo(positions, a, b, c, eye);
        depth[at] = z;
        facing[at] = cosine;
      }
  }
  return { depth, facing };
}

/** Of the angle between the triangle's normal, either of the two, and the way to the eye. */
function cosineTo(p: Float32Array, a: number, b: number, c: number, eye: Vector): number {
  const normal = cross(
    [p[b] - p[a], p[b + 1] - p[a + 1], p[b + 2] - p[a + 2]],
    [p[c] - p[a], p[c + 1] - p[a + 1], p[c + 2] - p[a + 2]],
  );
  const way: Vector = [eye[0] - p[a], eye[1] - p[a + 1], eye[2] - p[a + 2]];
  const length = Math.sqrt(dot(normal, normal) * dot(way, way));
  return length > 0 ? Math.abs(dot(normal, way)) / length : 1;
}

/** Of the vertices that belong to triangles. */
function bounds({ positions, faces }: Mesh): [number[], number[]] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const vertex of faces) {
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis], positions[vertex * 3 + axis]);
      high[axis] = Math.max(high[axis], positions[vertex * 3 + axis]);
    }
  }
  return [low, high];
}
