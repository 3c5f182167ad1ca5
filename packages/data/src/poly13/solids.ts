// Ten solids built of convex parts, and where a line crosses them: exactly, without meshes or marching. Depth, shading,
// the path of an X-ray and points on the surface all come from the same crossings.

export type Vector = readonly [number, number, number];
type Axis = 0 | 1 | 2;

export type Part =
  | { readonly kind: 'ellipsoid'; readonly centre: Vector; readonly radii: Vector }
  | { readonly kind: 'box'; readonly centre: Vector; readonly half: Vector }
  | {
      readonly kind: 'cylinder';
      readonly centre: Vector;
      readonly axis: Axis;
      readonly radius: number;
      readonly half: number;
    }
  /** Upright: as wide as `radius` at z - half, a point at z + half. */
  | { readonly kind: 'cone'; readonly centre: Vector; readonly radius: number; readonly half: number };

/** The union of `parts` without the union of `holes`. z is up, and all of it is within 1.2 of the origin. */
export interface Solid {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly holes: readonly Part[];
}

export const reach = 1.2;

const box = (centre: Vector, half: Vector): Part => ({ kind: 'box', centre, half });
const ball = (centre: Vector, radius: number): Part => ({
  kind: 'ellipsoid',
  centre,
  radii: [radius, radius, radius],
});
const cylinder = (centre: Vector, axis: Axis, radius: number, half: number): Part => ({
  kind: 'cylinder',
  centre,
  axis,
  radius,
  half,
});

export const solids: readonly Solid[] = [
  { name: 'ball', parts: [ball([0, 0, 0], 0.75)], holes: [] },
  { name: 'cube', parts: [box([0, 0, 0], [0.6, 0.6, 0.6])], holes: [] },
  { name: 'rod', parts: [cylinder([0, 0, 0], 2, 0.27, 0.95)], holes: [] },
  { name: 'cone', parts: [{ kind: 'cone', centre: [0, 0, 0], radius: 0.75, half: 0.8 }], holes: [] },
  {
    name: 'dumbbell',
    parts: [ball([-0.62, 0, 0], 0.38), ball([0.62, 0, 0], 0.38), cylinder([0, 0, 0], 0, 0.13, 0.6)],
    holes: [],
  },
  {
    name: 'cross',
    parts: [box([0, 0, 0], [0.9, 0.2, 0.2]), box([0, 0, 0], [0.2, 0.9, 0.2]), box([0, 0, 0], [0.2, 0.2, 0.9])],
    holes: [],
  },
  { name: 'ring', parts: [cylinder([0, 0, 0], 1, 0.85, 0.22)], holes: [cylinder([0, 0, 0], 1, 0.5, 0.3)] },
  {
    name: 'table',
    parts: [
      box([0, 0, 0.5], [0.85, 0.6, 0.09]),
      ...[-1, 1].flatMap((x) => [-1, 1].map((y) => box([0.7 * x, 0.45 * y, -0.1], [0.1, 0.1, 0.55]))),
    ],
    holes: [],
  },
  {
    name: 'cup',
    parts: [cylinder([0, 0, 0], 2, 0.58, 0.72), box([0.72, 0, 0], [0.24, 0.09, 0.38])],
    holes: [cylinder([0, 0, 0.16], 2, 0.44, 0.72), box([0.72, 0, 0], [0.12, 0.1, 0.22])],
  },
  {
    name: 'staircase',
    parts: [0.2, 0.4, 0.6].map((half, step) => box([-0.54 + 0.54 * step, 0, -0.6 + half], [0.27, 0.5, half])),
    holes: [],
  },
];

/**
 * The crossings of one line after another. Lengths are along the direction, which must be of length 1; normals point out
 * of the solid. What `cast` finds stays until the next call.
 */
export class Chords {
  /** Runs inside the solid: `[enter, exit]` each, in order, from minus infinity on. */
  readonly ends = new Float64Array(32);
  /** Normal at each end. */
  readonly normals = new Float64Array(96);

  readonly #at = new Float64Array(32);
  readonly #turn = new Int8Array(32);
  readonly #isHole = new Uint8Array(32);
  readonly #normal = new Float64Array(96);
  readonly #order = new Int32Array(32);
  #events = 0;

  /** How many runs there are. */
  cast({ parts, holes }: Solid, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
    const along = ox * dx + oy * dy + oz * dz;
    if (ox * ox + oy * oy + oz * oz - along * along > reach * reach) return 0;
    this.#events = 0;
    for (const part of parts) this.#cross(part, 0, ox, oy, oz, dx, dy, dz);
    if (this.#events === 0) return 0;
    for (const part of holes) this.#cross(part, 1, ox, oy, oz, dx, dy, dz);
    return this.#runs();
  }

  /** Length inside the solid. */
  length(solid: Solid, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
    const runs = this.cast(solid, ox, oy, oz, dx, dy, dz);
    let sum = 0;
    for (let run = 0; run < runs; run++) sum += this.ends[2 * run + 1] - this.ends[2 * run];
    return sum;
  }

  #runs(): number {
    const order = this.#order;
    for (let i = 0; i < this.#events; i++) {
      let j = i;
      // Where two parts touch, the one that begins comes first, so that no seam opens between them.
      while (j > 0 && this.#isAfter(order[j - 1], i)) {
        order[j] = order[j - 1];
        j--;
      }
      order[j] = i;
    }
    let solidDepth = 0;
    let holeDepth = 0;
    let inside = false;
    let runs = 0;
    for (let i = 0; i < this.#events; i++) {
      const event = order[i];
      if (this.#isHole[event] === 1) holeDepth += this.#turn[event];
      else solidDepth += this.#turn[event];
      const now = solidDepth > 0 && holeDepth === 0;
      if (now === inside) continue;
      const end = 2 * runs + (now ? 0 : 1);
      this.ends[end] = this.#at[event];
      const sign = this.#isHole[event] === 1 ? -1 : 1;
      for (let k = 0; k < 3; k++) this.normals[3 * end + k] = sign * this.#normal[3 * event + k];
      if (!now) runs++;
      inside = now;
    }
    return runs;
  }

  #isAfter(a: number, b: number): boolean {
    const gap = this.#at[a] - this.#at[b];
    return gap > 1e-12 || (gap > -1e-12 && this.#turn[a] < this.#turn[b]);
  }

  #add(at: number, turn: 1 | -1, isHole: 0 | 1, nx: number, ny: number, nz: number): void {
    const event = this.#events++;
    this.#at[event] = at;
    this.#turn[event] = turn;
    this.#isHole[event] = isHole;
    this.#normal[3 * event] = nx;
    this.#normal[3 * event + 1] = ny;
    this.#normal[3 * event + 2] = nz;
  }

  #cross(part: Part, isHole: 0 | 1, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): void {
    const [cx, cy, cz] = part.centre;
    const x = ox - cx;
    const y = oy - cy;
    const z = oz - cz;
    switch (part.kind) {
      case 'ellipsoid': {
        const [rx, ry, rz] = part.radii;
        const a = (dx / rx) ** 2 + (dy / ry) ** 2 + (dz / rz) ** 2;
        const b = (x * dx) / (rx * rx) + (y * dy) / (ry * ry) + (z * dz) / (rz * rz);
        const c = (x / rx) ** 2 + (y / ry) ** 2 + (z / rz) ** 2 - 1;
        const root = b * b - a * c;
        if (!(root > 0)) return;
        for (const turn of [1, -1] as const) {
          const t = (-b - turn * Math.sqrt(root)) / a;
          const nx = (x + t * dx) / (rx * rx);
          const ny = (y + t * dy) / (ry * ry);
          const nz = (z + t * dz) / (rz * rz);
          const n = Math.sqrt(nx * nx + ny * ny + nz * nz);
          this.#add(t, turn, isHole, nx / n, ny / n, nz / n);
        }
        return;
      }
      case 'box': {
        const [hx, hy, hz] = part.half;
        let enter = -Infinity;
        let exit = Infinity;
        let enterAxis = 0;
        let exitAxis = 0;
        for (let axis = 0; axis < 3; axis++) {
          const o = axis === 0 ? x : axis === 1 ? y : z;
          const d = axis === 0 ? dx : axis === 1 ? dy : dz;
          const h = axis === 0 ? hx : axis === 1 ? hy : hz;
          if (d === 0) {
            if (Math.abs(o) > h) return;
            continue;
          }
          const near = (-o - (d > 0 ? h : -h)) / d;
          const far = (-o + (d > 0 ? h : -h)) / d;
          if (near > enter) {
            enter = near;
            enterAxis = axis;
          }
          if (far < exit) {
            exit = far;
            exitAxis = axis;
          }
        }
        if (!(exit > enter)) return;
        const side = (axis: number, which: number): number =>
          axis !== which ? 0 : Math.sign(axis === 0 ? dx : axis === 1 ? dy : dz);
        this.#add(enter, 1, isHole, -side(0, enterAxis), -side(1, enterAxis), -side(2, enterAxis));
        this.#add(exit, -1, isHole, side(0, exitAxis), side(1, exitAxis), side(2, exitAxis));
        return;
      }
      case 'cylinder': {
        const { axis, radius, half } = part;
        // u and v span the circle, w is along the axis.
        const [u, v, w] = axis === 0 ? [y, z, x] : axis === 1 ? [z, x, y] : [x, y, z];
        const [du, dv, dw] = axis === 0 ? [dy, dz, dx] : axis === 1 ? [dz, dx, dy] : [dx, dy, dz];
        let enter = -Infinity;
        let exit = Infinity;
        if (dw !== 0) {
          enter = (-w - (dw > 0 ? half : -half)) / dw;
          exit = (-w + (dw > 0 ? half : -half)) / dw;
        } else if (Math.abs(w) > half) return;
        let byCapIn = true;
        let byCapOut = true;
        const a = du * du + dv * dv;
        const c = u * u + v * v - radius * radius;
        if (a > 0) {
          const b = u * du + v * dv;
          const root = b * b - a * c;
          if (!(root > 0)) return;
          const near = (-b - Math.sqrt(root)) / a;
          const far = (-b + Math.sqrt(root)) / a;
          if (near > enter) {
            enter = near;
            byCapIn = false;
          }
          if (far < exit) {
            exit = far;
            byCapOut = false;
          }
        } else if (c > 0) return;
        if (!(exit > enter)) return;
        this.#round(enter, 1, isHole, axis, byCapIn, u, v, du, dv, dw, radius);
        this.#round(exit, -1, isHole, axis, byCapOut, u, v, du, dv, dw, radius);
        return;
      }
      case 'cone': {
        const { radius, half } = part;
        // x^2 + y^2 = (slope (half - z))^2
        const slope = radius / (2 * half);
        const k = slope * slope;
        const fromTop = half - z;
        const a = dx * dx + dy * dy - k * dz * dz;
        const b = x * dx + y * dy + k * fromTop * dz;
        const c = x * x + y * y - k * fromTop * fromTop;
        let enter = Infinity;
        let exit = -Infinity;
        let byBaseIn = false;
        let byBaseOut = false;
        const consider = (t: number, byBase: boolean): void => {
          if (t < enter) {
            enter = t;
            byBaseIn = byBase;
          }
          if (t > exit) {
            exit = t;
            byBaseOut = byBase;
          }
        };
        const root = b * b - a * c;
        if (a !== 0 && root > 0) {
          for (const sign of [-1, 1]) {
            const t = (-b + sign * Math.sqrt(root)) / a;
            if (Math.abs(z + t * dz) <= half) consider(t, false);
          }
        }
        if (dz !== 0) {
          const t = (-half - z) / dz;
          if ((x + t * dx) ** 2 + (y + t * dy) ** 2 <= radius * radius) consider(t, true);
        }
        if (!(exit > enter)) return;
        for (const turn of [1, -1] as const) {
          const t = turn === 1 ? enter : exit;
          if (turn === 1 ? byBaseIn : byBaseOut) {
            this.#add(t, turn, isHole, 0, 0, -1);
            continue;
          }
          const nx = x + t * dx;
          const ny = y + t * dy;
          const nz = k * (fromTop - t * dz);
          const n = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
          this.#add(t, turn, isHole, nx / n, ny / n, nz / n);
        }
      }
    }
  }

  /** An end on a cylinder: on a flat cap, or on the round. */
  #round(
    t: number,
    turn: 1 | -1,
    isHole: 0 | 1,
    axis: Axis,
    byCap: boolean,
    u: number,
    v: number,
    du: number,
    dv: number,
    dw: number,
    radius: number,
  ): void {
    const nu = byCap ? 0 : (u + t * du) / radius;
    const nv = byCap ? 0 : (v + t * dv) / radius;
    const nw = byCap ? -turn * Math.sign(dw) : 0;
    if (axis === 0) this.#add(t, turn, isHole, nw, nu, nv);
    else if (axis === 1) this.#add(t, turn, isHole, nv, nw, nu);
    else this.#add(t, turn, isHole, nu, nv, nw);
  }
}

/** Of the box around the solid, along x, y and z, and of the solid itself: of 48 x 48 parallel lines, each exact. */
export function measure(solid: Solid): { readonly extent: Vector; readonly volume: number } {
  const most = [0, 1, 2].map((axis) => Math.max(...solid.parts.map((part) => part.centre[axis] + halfOf(part, axis))));
  const least = [0, 1, 2].map((axis) => Math.min(...solid.parts.map((part) => part.centre[axis] - halfOf(part, axis))));
  const [length, width, height] = most.map((far, axis) => far - least[axis]);
  const chords = new Chords();
  const lines = 48;
  let sum = 0;
  // The lines share out the box, so that flat sides are cut nowhere.
  for (let row = 0; row < lines; row++)
    for (let column = 0; column < lines; column++) {
      const [x, y] = [least[0] + ((column + 0.5) * length) / lines, least[1] + ((row + 0.5) * width) / lines];
      sum += chords.length(solid, x, y, 0, 0, 0, 1);
    }
  return { extent: [length, width, height], volume: (sum * length * width) / lines ** 2 };
}

function halfOf(part: Part, axis: number): number {
  switch (part.kind) {
    case 'ellipsoid':
      return part.radii[axis];
    case 'box':
      return part.half[axis];
    case 'cylinder':
      return axis === part.axis ? part.half : part.radius;
    case 'cone':
      return axis === 2 ? part.half : part.radius;
  }
}
