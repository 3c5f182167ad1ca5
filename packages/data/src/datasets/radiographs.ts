// Radiographs of a volume of attenuation by the law of Beer and Lambert: a point source, a flat detector, noise of counted
// photons. Simulated projections, and to be called so.

import type { Stream } from '../poly13/random.ts';

/** A grid of attenuation in 1/mm; the middle of the volume is the origin. */
export interface AttenuationVolume {
  /** `[slices, rows, columns]` along z, y and x. */
  readonly values: Float32Array;
  readonly shape: readonly [number, number, number];
  /** mm between neighbours along z, y and x. */
  readonly spacing: readonly [number, number, number];
}

export interface RadiographView {
  /** Of the source around the z axis, and above the x-y plane, rad. */
  readonly yaw: number;
  readonly elevation: number;
  /** Of the detector around the beam, rad. */
  readonly roll: number;
  /** mm: of the middle of the detector from the beam that goes through the origin. */
  readonly shift: readonly [number, number];
}

/** mm from the source to the middle of the volume, and on to the detector. */
const sourceDistance = 1000;
const detectorDistance = 200;
/** mm along a ray between two samples. */
const stride = 2;
/** Photons on a pixel without anything in the beam. */
const photons = 20_000;

/**
 * Line integrals `-ln(counted / sent)` of a square detector of `side` pixels, each `pitch` mm wide: 0 is air. Row 0 is where z is high.
 */
export function radiograph(
  volume: AttenuationVolume,
  { yaw, elevation, roll, shift }: RadiographView,
  side: number,
  pitch: number,
  stream: Stream,
): Float32Array {
  const level = Math.cos(elevation);
  const toSource = [level * Math.cos(yaw), level * Math.sin(yaw), Math.sin(elevation)];
  const across = [-Math.sin(yaw), Math.cos(yaw), 0];
  const up = [-Math.sin(elevation) * Math.cos(yaw), -Math.sin(elevation) * Math.sin(yaw), level];
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const right = across.map((value, axis) => cos * value + sin * up[axis]);
  const top = up.map((value, axis) => cos * value - sin * across[axis]);
  const source = toSource.map((value) => value * sourceDistance);
  // What encloses the volume from every side.
  const [nz, ny, nx] = volume.shape;
  const [sz, sy, sx] = volume.spacing;
  const radius = Math.sqrt((nz * sz) ** 2 + (ny * sy) ** 2 + (nx * sx) ** 2) / 2;
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const u = (column + 0.5 - side / 2) * pitch + shift[0];
      const v = (side / 2 - row - 0.5) * pitch + shift[1];
      const ray = [0, 1, 2].map(
        (axis) => u * right[axis] + v * top[axis] - toSource[axis] * (sourceDistance + detectorDistance),
      );
      const length = Math.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2);
      const [dx, dy, dz] = ray.map((value) => value / length);
      let sum = 0;
      for (let t = sourceDistance - radius; t < sourceDistance + radius; t += stride) {
        const x = (source[0] + t * dx) / sx + (nx - 1) / 2;
        const y = (source[1] + t * dy) / sy + (ny - 1) / 2;
        const z = (source[2] + t * dz) / sz + (nz - 1) / 2;
        if (x >= 0 && y >= 0 && z >= 0 && x < nx - 1 && y < ny - 1 && z < nz - 1) sum += sampleAt(volume, x, y, z);
      }
      const expected = photons * Math.exp(-sum * stride);
      // A count of photons, as a normal one of the same mean and variance.
      const counted = Math.max(1, expected + Math.sqrt(expected) * stream.normal());
      out[row * side + column] = -Math.log(counted / photons);
    }
  return out;
}

/** Trilinear, at a place inside. */
function sampleAt({ values, shape: [, ny, nx] }: AttenuationVolume, x: number, y: number, z: number): number {
  const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const [fx, fy, fz] = [x - x0, y - y0, z - z0];
  const at = (z0 * ny + y0) * nx + x0;
  const below = ny * nx;
  const near =
    (values[at] * (1 - fx) + values[at + 1] * fx) * (1 - fy) +
    (values[at + nx] * (1 - fx) + values[at + nx + 1] * fx) * fy;
  const far =
    (values[at + below] * (1 - fx) + values[at + below + 1] * fx) * (1 - fy) +
    (values[at + below + nx] * (1 - fx) + values[at + below + nx + 1] * fx) * fy;
  return near * (1 - fz) + far * fz;
}

/** Means over blocks of `[depth, rows, columns]` voxels; what is left over at the ends is dropped. */
export function shrink(
  { values, shape: [nz, ny, nx], spacing }: AttenuationVolume,
  block: readonly [number, number, number],
): AttenuationVolume {
  const [mz, my, mx] = [Math.floor(nz / block[0]), Math.floor(ny / block[1]), Math.floor(nx / block[2])];
  const out = new Float32Array(mz * my * mx);
  const share = 1 / (block[0] * block[1] * block[2]);
  for (let z = 0; z < mz * block[0]; z++)
    for (let y = 0; y < my * block[1]; y++) {
      const from = (z * ny + y) * nx;
      const to = (Math.floor(z / block[0]) * my + Math.floor(y / block[1])) * mx;
      for (let x = 0; x < mx; x++) {
        let sum = 0;
        for (let k = 0; k < block[2]; k++) sum += values[from + x * block[2] + k];
        out[to + x] += sum * share;
      }
    }
  return {
    values: out,
    shape: [mz, my, mx],
    spacing: [spacing[0] * block[0], spacing[1] * block[1], spacing[2] * block[2]],
  };
}
