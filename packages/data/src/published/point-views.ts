// What of a cloud of points an eye sees, and the rows in which a lidar samples it. Points have y up, as in PointNet's files.

/** Where the eye stands: `tilt` turns it about x from straight below, `azimuth` about the vertical. */
export function eyeAt(distance: number, tilt: number, azimuth: number): readonly [number, number, number] {
  // In the frame of the meshes, z up; (x, y, z) of it is (-x, z, y) of PointNet's.
  const [x, y, z] = [
    -distance * Math.sin(tilt) * Math.sin(azimuth),
    distance * Math.sin(tilt) * Math.cos(azimuth),
    -distance * Math.cos(tilt),
  ];
  return [-x, z, y];
}

/**
 * Rows of the points that no other hides: none lies nearer by more than twice the spacing within one spacing of the ray. The
 * spacing is the mean distance of a point to its nearest neighbour, times 1.5, so that a closed surface has no holes.
 */
export function visibleFrom(
  points: Float32Array,
  distance: number,
  tilt: number,
  azimuth: number,
): { readonly visible: number[]; readonly eye: readonly [number, number, number] } {
  const eye = eyeAt(distance, tilt, azimuth);
  const count = points.length / 3;
  const far = new Float64Array(count);
  const direction = new Float64Array(points.length);
  for (let row = 0; row < count; row++) {
    const [x, y, z] = [0, 1, 2].map((axis) => points[row * 3 + axis] - eye[axis]);
    far[row] = Math.hypot(x, y, z) || 1e-9;
    direction.set([x / far[row], y / far[row], z / far[row]], row * 3);
  }
  const spacing = 1.5 * meanNearest(points);
  const visible: number[] = [];
  for (let row = 0; row < count; row++) {
    let hidden = false;
    for (let other = 0; other < count && !hidden; other++) {
      if (far[other] > far[row] - 2 * spacing) continue;
      const x = direction[row * 3] - direction[other * 3];
      const y = direction[row * 3 + 1] - direction[other * 3 + 1];
      const z = direction[row * 3 + 2] - direction[other * 3 + 2];
      hidden = (x * x + y * y + z * z) * far[other] * far[other] < spacing * spacing;
    }
    if (!hidden) visible.push(row);
  }
  return { visible, eye };
}

function meanNearest(points: Float32Array): number {
  const count = points.length / 3;
  let total = 0;
  for (let row = 0; row < count; row++) {
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < count; other++) {
      if (other === row) continue;
      const x = points[row * 3] - points[other * 3];
      const y = points[row * 3 + 1] - points[other * 3 + 1];
      const z = points[row * 3 + 2] - points[other * 3 + 2];
      least = Math.min(least, x * x + y * y + z * z);
    }
    total += Math.sqrt(least);
  }
  return total / count;
}

/** One degree. */
const rowAngle = Math.PI / 180;

/**
 * The points in rows of one degree of the angle from the vertical through the eye, counted from the least: of each row its
 * middle half, moved to the middle of the row. All points where that would leave none.
 */
export function lidarRows(points: Float32Array, eye: readonly [number, number, number]): Float32Array {
  const count = points.length / 3;
  const polar = Array.from({ length: count }, (_, row) => {
    const [x, y, z] = [0, 1, 2].map((axis) => points[row * 3 + axis] - eye[axis]);
    return { far: Math.hypot(x, y, z), angle: Math.atan2(Math.hypot(x, z), y), turn: Math.atan2(z, x) };
  });
  const least = Math.min(...polar.map(({ angle }) => angle));
  const out: number[] = [];
  for (const { far, angle, turn } of polar) {
    const place = (angle - least) / rowAngle;
    const within = place - Math.floor(place);
    if (within < 0.25 || within >= 0.75) continue;
    const middle = least + (Math.floor(place) + 0.5) * rowAngle;
    out.push(
      eye[0] + far * Math.sin(middle) * Math.cos(turn),
      eye[1] + far * Math.cos(middle),
      eye[2] + far * Math.sin(middle) * Math.sin(turn),
    );
  }
  return out.length === 0 ? points.slice() : Float32Array.from(out);
}
