// What the readers of point clouds and meshes give back. The readers are own code: three 0.187's (24 MB) take a word for NaN
// and a file cut short for a smaller one, and know no limits. Both give the same values for the goldens.

import type { Element, Fail } from './raster.ts';

/** Numbers of points and of triangles of one file, unless the options say otherwise. */
export const maxPoints = 50_000_000;

export type AttributeArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
export type AttributeType = Exclude<Element, 'i64' | 'u64'>;

export interface PointSet {
  readonly count: number;
  /** `[count, 3]`, all finite */
  readonly positions: Float32Array;
  /**
   * What was taken off the positions: 0 on an axis on which a float holds them to a millimetre, that is while all are within
   * 10,000 of 0, or where the file itself has floats; else the smallest, rounded down. Earth-bound coordinates need it.
   */
  readonly offset: readonly [number, number, number];
  /** `[count]`, or `[count, k]` where a format has k values a point; with the names and types of the file, all finite. */
  readonly attributes: ReadonlyMap<string, AttributeArray>;
}

export interface Mesh {
  /** `[vertices, 3]` */
  readonly positions: Float32Array;
  readonly offset: readonly [number, number, number];
  /** `[triangles, 3]`: indices of vertices. Polygons are cut as a fan from their first corner, which is right where they are convex. */
  readonly faces: Uint32Array;
}

/** A file that may hold both; the mesh shares the positions of the points. */
export interface Geometry {
  readonly points: PointSet;
  readonly mesh: Mesh | null;
}

export interface PointOptions {
  /** Refuse files with more points or triangles. Default: `maxPoints`. */
  readonly maxPoints?: number;
}

/** @throws {DataError} empty, too-large: asked before memory for `count` is taken */
export function checkPointCount(count: number, options: PointOptions, fail: Fail, place: string | null): void {
  const limit = options.maxPoints ?? maxPoints;
  if (count === 0) throw fail('empty', place, 'at least one point', 'none');
  if (count > limit) throw fail('too-large', place, `at most ${limit} points`, `${count}`);
}

/** Columns `x`, `y` and `z` become the positions, the others attributes. @throws {DataError} malformed, bad-value */
export function pointSet(columns: ReadonlyMap<string, AttributeArray>, count: number, fail: Fail): PointSet {
  for (const [name, data] of columns) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const point = Math.floor(bad / (data.length / count));
    throw fail('bad-value', `point ${point}, ${name}`, 'a finite number', `${data[bad]}`);
  }
  const positions = new Float32Array(count * 3);
  const offset: [number, number, number] = [0, 0, 0];
  const attributes = new Map(columns);
  for (const [axis, name] of (['x', 'y', 'z'] as const).entries()) {
    const data = columns.get(name);
    if (data === undefined || data.length !== count) {
      throw fail('malformed', 'header', 'one x, y and z a point', [...columns.keys()].join(', ') || 'nothing');
    }
    attributes.delete(name);
    const shift = data instanceof Float32Array ? 0 : offsetOf(data);
    offset[axis] = shift;
    for (let at = 0; at < count; at++) positions[at * 3 + axis] = data[at] - shift;
    const bad =
      data instanceof Float64Array ? data.findIndex((_, at) => !Number.isFinite(positions[at * 3 + axis])) : -1;
    if (bad >= 0) throw fail('bad-value', `point ${bad}, ${name}`, 'a number that a float holds', `${data[bad]}`);
  }
  return { count, positions, offset, attributes };
}

function offsetOf(values: AttributeArray): number {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least < -10_000 || most > 10_000 ? Math.floor(least) : 0;
}

/** Triangles as they come, of polygons of any size. */
export class TriangleList {
  readonly #fail: Fail;
  readonly #limit: number;
  #data = new Uint32Array(192);
  #length = 0;

  constructor(options: PointOptions, fail: Fail) {
    this.#limit = options.maxPoints ?? maxPoints;
    this.#fail = fail;
  }

  /** @throws {DataError} malformed: fewer than three corners, or a vertex that is not there */
  add(corners: readonly number[], vertices: number, place: string): void {
    if (corners.length < 3) throw this.#fail('malformed', place, 'at least 3 corners', `${corners.length}`);
    for (const corner of corners) {
      if (!Number.isInteger(corner) || corner < 0 || corner >= vertices) {
        throw this.#fail('malformed', place, `vertices from 0 to ${vertices - 1}`, `${corner}`);
      }
    }
    const length = this.#length + (corners.length - 2) * 3;
    if (length > this.#limit * 3) throw this.#fail('too-large', place, `at most ${this.#limit} triangles`, 'more');
    if (length > this.#data.length) {
      const grown = new Uint32Array(Math.max(length, this.#data.length * 2));
      grown.set(this.#data.subarray(0, this.#length));
      this.#data = grown;
    }
    for (let corner = 2; corner < corners.length; corner++) {
      this.#data[this.#length++] = corners[0];
      this.#data[this.#length++] = corners[corner - 1];
      this.#data[this.#length++] = corners[corner];
    }
  }

  /** `[triangles, 3]` */
  finish(): Uint32Array {
    return this.#data.slice(0, this.#length);
  }
}

/** `geometry` of these points; without a triangle there is no mesh. */
export function geometry(points: PointSet, faces: Uint32Array): Geometry {
  const { positions, offset } = points;
  return { points, mesh: faces.length === 0 ? null : { positions, offset, faces } };
}
