// Points on the surface of a solid, without a mesh: the ends of chords of random lines are spread evenly over it (Crofton).

import type { RawPoints } from '../datasets/dataset.ts';
import type { Appearance } from './latent.ts';
import type { Stream } from './random.ts';
import { rotation } from './scene.ts';
import { Chords, reach, type Solid, solids } from './solids.ts';

export const pointCount = 256;

/** `[count, 3]`, evenly by area, in the solid's own units. */
export function surfacePoints(solid: Solid, count: number, stream: Stream): Float64Array {
  const chords = new Chords();
  const out = new Float64Array(count * 3);
  let filled = 0;
  while (filled < count) {
    // A line with an even direction, through an even point of the disc across it.
    const dz = stream.uniform(-1, 1);
    const turn = stream.uniform(0, 2 * Math.PI);
    const level = Math.sqrt(1 - dz * dz);
    const [dx, dy] = [level * Math.cos(turn), level * Math.sin(turn)];
    const away = reach * Math.sqrt(stream.uniform());
    const around = stream.uniform(0, 2 * Math.PI);
    const [u, v] = [away * Math.cos(around), away * Math.sin(around)];
    // Across the line: (-sin, cos, 0) and its cross product with the direction.
    const [ax, ay] = [-Math.sin(turn), Math.cos(turn)];
    const [bx, by, bz] = [-dz * ay, dz * ax, dx * ay - dy * ax];
    const [ox, oy, oz] = [u * ax + v * bx, u * ay + v * by, v * bz];
    const runs = chords.cast(solid, ox, oy, oz, dx, dy, dz);
    for (let end = 0; end < 2 * runs && filled < count; end++) {
      const t = chords.ends[end];
      out[3 * filled] = ox + t * dx;
      out[3 * filled + 1] = oy + t * dy;
      out[3 * filled + 2] = oz + t * dz;
      filled++;
    }
  }
  return out;
}

/** x right, y ahead, z up, m. `tint` thins the far side, `speed` shears along x as a passing scanner does, `noise` is that of ranges. */
export function renderPoints({ kind, size, pose, tint, speed, noise, stream }: Appearance): RawPoints {
  const surface = surfacePoints(solids[kind], 2 * pointCount, stream);
  const m = rotation({
    yaw: 2 * Math.PI * pose,
    elevation: stream.uniform(-0.25, 0.25),
    roll: stream.uniform(-0.25, 0.25),
  });
  const scale = 0.2 + 0.3 * size;
  const stretch = [0, 1, 2].map(() => stream.uniform(0.85, 1.18));
  const shear = (stream.chance(0.5) ? 0.35 : -0.35) * speed;
  const deviation = scale * (0.01 + 0.09 * noise);
  const positions = new Float32Array(pointCount * 3);
  let kept = 0;
  for (let point = 0; kept < pointCount; point++) {
    const [x, y, z] = [0, 1, 2].map((axis) => stretch[axis] * surface[3 * point + axis]);
    const right = m[0] * x + m[1] * y + m[2] * z;
    const up = -(m[3] * x + m[4] * y + m[5] * z);
    const ahead = m[6] * x + m[7] * y + m[8] * z;
    // Enough must be left: the last ones are all kept.
    const needed = 2 * pointCount - point <= pointCount - kept;
    if (!needed && ahead > 0 && stream.chance(0.8 * (1 - tint))) continue;
    positions[3 * kept] = scale * (right + shear * up) + deviation * stream.normal();
    positions[3 * kept + 1] = scale * ahead + deviation * stream.normal();
    positions[3 * kept + 2] = scale * up + deviation * stream.normal();
    kept++;
  }
  return { positions, count: pointCount, features: null };
}
