// A solid somewhere before a camera. Camera axes: x right, y down, z forward; the eye is at the origin.

import { Chords, reach, type Solid } from './solids.ts';

export interface Placement {
  /** Turn about the solid's own vertical, rad. */
  readonly yaw: number;
  /** How far the camera looks down on it, rad. */
  readonly elevation: number;
  /** Turn about the line of sight, rad. */
  readonly roll: number;
  /** m for each unit of the solid. */
  readonly scale: number;
  /** Of the solid's middle, m. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export class Scene {
  /** First surface before the eye, m along the ray; infinite where there is none. */
  distance = Infinity;
  /** Of the surface, in camera axes. */
  nx = 0;
  ny = 0;
  nz = 0;
  /** How high on the solid, in its own units. */
  height = 0;

  readonly #solid: Solid;
  readonly #chords = new Chords();
  /** Rows are the camera axes in those of the solid. */
  readonly #turn: readonly number[];
  readonly #place: Placement;

  constructor(solid: Solid, place: Placement) {
    this.#solid = solid;
    this.#place = place;
    this.#turn = rotation(place);
  }

  /** Aims at what `dx, dy, dz` (length 1) meets, with the solid moved by `shiftX, shiftY`. Whether it meets any. */
  look(dx: number, dy: number, dz: number, shiftX = 0, shiftY = 0): boolean {
    const m = this.#turn;
    const runs = this.#cast(dx, dy, dz, shiftX, shiftY);
    const { ends, normals } = this.#chords;
    this.distance = Infinity;
    if (runs === 0 || ends[0] <= 0) return false;
    const [nx, ny, nz] = normals;
    this.nx = m[0] * nx + m[1] * ny + m[2] * nz;
    this.ny = m[3] * nx + m[4] * ny + m[5] * nz;
    this.nz = m[6] * nx + m[7] * ny + m[8] * nz;
    this.distance = ends[0] * this.#place.scale;
    this.height = this.#originZ + ends[0] * this.#directionZ;
    return true;
  }

  /** m of the line that are inside the solid. */
  thickness(dx: number, dy: number, dz: number, shiftX = 0, shiftY = 0): number {
    const runs = this.#cast(dx, dy, dz, shiftX, shiftY);
    let sum = 0;
    for (let run = 0; run < runs; run++) sum += this.#chords.ends[2 * run + 1] - this.#chords.ends[2 * run];
    return sum * this.#place.scale;
  }

  #originZ = 0;
  #directionZ = 0;

  #cast(dx: number, dy: number, dz: number, shiftX: number, shiftY: number): number {
    const { x, y, z, scale } = this.#place;
    // Most rays pass by: they are told by the ball around the solid, before anything is turned.
    const [cx, cy] = [x + shiftX, y + shiftY];
    const along = cx * dx + cy * dy + z * dz;
    if (cx * cx + cy * cy + z * z - along * along > (reach * scale) ** 2) return 0;
    const m = this.#turn;
    const px = -cx / scale;
    const py = -cy / scale;
    const pz = -z / scale;
    this.#originZ = m[2] * px + m[5] * py + m[8] * pz;
    this.#directionZ = m[2] * dx + m[5] * dy + m[8] * dz;
    return this.#chords.cast(
      this.#solid,
      m[0] * px + m[3] * py + m[6] * pz,
      m[1] * px + m[4] * py + m[7] * pz,
      this.#originZ,
      m[0] * dx + m[3] * dy + m[6] * dz,
      m[1] * dx + m[4] * dy + m[7] * dz,
      this.#directionZ,
    );
  }
}

/** From the solid's axes, z up, to the camera's: yaw, then upright before the camera, then elevation, then roll. */
export function rotation({ yaw, elevation, roll }: Pick<Placement, 'yaw' | 'elevation' | 'roll'>): number[] {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [ce, se] = [Math.cos(elevation), Math.sin(elevation)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  // The solid's x, y, z -> x, -z, y, turned by yaw before, tipped towards the eye after.
  const a = [cy, -sy, 0];
  const b = [-se * sy, -se * cy, -ce];
  const c = [ce * sy, ce * cy, -se];
  return [...a.map((value, k) => cr * value - sr * b[k]), ...a.map((value, k) => sr * value + cr * b[k]), ...c];
}

/** Of a pinhole camera: the direction through a point of the picture, `[width, height]` pixels with a focal length in pixels. */
export function rayThrough(
  column: number,
  row: number,
  width: number,
  height: number,
  focal: number,
): [number, number, number] {
  const x = (column - width / 2) / focal;
  const y = (row - height / 2) / focal;
  const length = Math.sqrt(x * x + y * y + 1);
  return [x / length, y / length, 1 / length];
}
