// One hyperspectral scene in MATLAB files: its cube, its map of classes, and patches around pixels.

import type { RawCube } from '../datasets/dataset.ts';
import { decodeMatlab } from '../formats/matlab.ts';
import type { NdArray } from '../formats/raster.ts';
import type { Folder } from './folder.ts';
import type { Report } from './published.ts';

/** Pavia Centre as doubles has 626 MB. */
const maxSceneBytes = 1024 * 1024 * 1024;

/** Values `[height, width, bands]`, as stored. */
export interface Scene {
  readonly height: number;
  readonly width: number;
  readonly bands: number;
  readonly values: NdArray['data'];
}

export function readArrays(folder: Folder, file: string): Map<string, NdArray> {
  const { bytes, origin } = folder.read(file, maxSceneBytes);
  const arrays = new Map<string, NdArray>();
  for (const [name, value] of decodeMatlab(bytes, origin, { maxBytes: maxSceneBytes })) {
    if (value.kind === 'numeric' || value.kind === 'logical') arrays.set(name, value);
  }
  return arrays;
}

/** The variable of this name, or the only one with so many axes. */
export function pick(
  folder: Folder,
  file: string,
  arrays: ReadonlyMap<string, NdArray>,
  name: string,
  rank: number,
): NdArray {
  const fits = [...arrays].filter(([, { shape }]) => shape.length === rank);
  const found = fits.find(([key]) => key === name) ?? (fits.length === 1 ? fits[0] : undefined);
  if (found !== undefined && found[1].data.length > 0) return found[1];
  const actual = [...arrays].map(([key, { shape }]) => `${key} [${shape.join(', ')}]`).join(', ') || 'none';
  throw folder.fault({ code: 'missing', file, expected: `a variable ${name} of ${rank} axes`, actual });
}

export function sceneOf({ shape, data }: NdArray): Scene {
  const [height, width, bands] = shape;
  return { height, width, bands, values: data };
}

/** Classes of the pixels; those that cannot be are reported and count as none. */
export function readMap(
  folder: Folder,
  file: string,
  { shape, data }: NdArray,
  scene: Scene,
  classes: number,
  report: Report,
): Uint8Array {
  if (shape[0] !== scene.height || shape[1] !== scene.width) {
    const expected = `${scene.height} x ${scene.width}, as the scene has`;
    throw folder.fault({ code: 'malformed', file, place: 'size', expected, actual: `${shape[0]} x ${shape[1]}` });
  }
  return Uint8Array.from({ length: data.length }, (_, at) => {
    const id = Number(data[at]);
    if (Number.isInteger(id) && id >= 0 && id <= classes) return id;
    const place = `row ${Math.floor(at / scene.width)}, column ${at % scene.width}`;
    const expected = `a class from 1 to ${classes}, or 0`;
    report(folder.fault({ code: 'bad-value', file, place, expected, actual: `${id}` }));
    return 0;
  });
}

/** A patch with mirrored edges: the pixel beyond the edge is the one on it. */
export function patchAround(
  { height, width, values, bands: all }: Scene,
  row: number,
  column: number,
  side: number,
  bands: number,
): RawCube {
  const mirrored = (at: number, size: number): number => {
    const place = ((at % (2 * size)) + 2 * size) % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  };
  const out = new Float32Array(side * side * bands);
  const radius = (side - 1) / 2;
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) {
      const from = (mirrored(row + r - radius, height) * width + mirrored(column + c - radius, width)) * all;
      const to = (r * side + c) * bands;
      for (let band = 0; band < bands; band++) out[to + band] = Number(values[from + band]);
    }
  }
  return { values: out, height: side, width: side, bands };
}
