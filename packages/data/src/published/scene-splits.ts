// Which pixels of a scene train and which test: by chance, or by squares that keep patches apart.

import { hashCounter } from '../sampling/hash.ts';
import { shuffledIndices } from '../sampling/shuffle.ts';
import type { Row } from './lists.ts';
import type { Scene } from './scene-files.ts';

/** Draws of the tiles among which the best is taken. */
const tileDraws = 64;

export interface PixelRow extends Row {
  readonly row: number;
  readonly column: number;
}

export type Sides = Readonly<Record<'train' | 'test', PixelRow[]>>;

export interface SplitChoice {
  /** Train pixels of a class, at most half of it. */
  readonly perClass: number;
  /** Sides of a square and of a patch, in pixels. */
  readonly tile: number;
  readonly patch: number;
  readonly seed: number;
}

export const pixelOf = (at: number, width: number, id: number, group?: string): PixelRow => {
  const [row, column] = [Math.floor(at / width), at % width];
  const target = { kind: 'class', id: id - 1 } as const;
  return { file: `${row},${column}`, target, row, column, ...(group === undefined ? {} : { group }) };
};

/** Of each class `perClass` pixels train, at most half of them; all others test. */
export function randomSides(map: Uint8Array, width: number, { perClass, seed }: SplitChoice): Sides {
  const sides: Sides = { train: [], test: [] };
  for (const id of [...new Set(map)].sort((a, b) => a - b)) {
    if (id === 0) continue;
    const pixels = [...map.keys()].filter((at) => map[at] === id);
    const train = Math.min(perClass, Math.floor(pixels.length / 2));
    for (const [place, at] of shuffledIndices(pixels.length, [seed, id]).entries()) {
      sides[place < train ? 'train' : 'test'].push(pixelOf(pixels[at], width, id));
    }
  }
  return sides;
}

/**
 * Squares go to one side or the other, and only pixels are kept whose patch lies on one side, so that no pixel is seen on both.
 * Of some draws the one with the most classes on both sides is taken, then the one nearest to half of the pixels.
 */
export function spatialSides(map: Uint8Array, { height, width }: Scene, { patch, tile, seed }: SplitChoice): Sides {
  const radius = (patch - 1) / 2;
  const across = Math.ceil(width / tile);
  const tileOf = (row: number, column: number): number => Math.floor(row / tile) * across + Math.floor(column / tile);
  // A patch reaches the tiles at its four corners at most, being no larger than one.
  const inside = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  const pixels = [...map.keys()].flatMap((at) => {
    if (map[at] === 0) return [];
    const [row, column] = [Math.floor(at / width), at % width];
    const rows = [inside(row - radius, height), inside(row + radius, height)];
    const columns = [inside(column - radius, width), inside(column + radius, width)];
    const tiles = new Set([tileOf(row, column), ...rows.flatMap((r) => columns.map((c) => tileOf(r, c)))]);
    return [{ at, id: map[at], tiles: [...tiles] }];
  });
  const tileCount = across * Math.ceil(height / tile);
  const sidesOf = (draw: number): Uint8Array =>
    Uint8Array.from({ length: tileCount }, (_, place) => (hashCounter([seed, draw], place) < 2 ** 31 ? 1 : 0));
  let best = { tileSides: sidesOf(0), classes: -1, away: 1 };
  for (let draw = 0; draw < tileDraws; draw++) {
    const tileSides = sidesOf(draw);
    const counts = new Uint32Array(512);
    for (const { id, tiles } of pixels) {
      const side = tileSides[tiles[0]];
      if (tiles.every((place) => tileSides[place] === side)) counts[id * 2 + side]++;
    }
    const found = counts.filter((count) => count > 0).length;
    const train = counts.reduce((sum, count, at) => sum + (at % 2) * count, 0);
    const kept = counts.reduce((sum, count) => sum + count, 0);
    const away = kept === 0 ? 1 : Math.abs(train / kept - 0.5);
    if (found > best.classes || (found === best.classes && away < best.away)) {
      best = { tileSides, classes: found, away };
    }
  }
  const sides: Sides = { train: [], test: [] };
  for (const { at, id, tiles } of pixels) {
    const side = best.tileSides[tiles[0]];
    if (tiles.some((place) => best.tileSides[place] !== side)) continue;
    const group = `tile ${Math.floor(tiles[0] / across)},${tiles[0] % across}`;
    sides[side === 1 ? 'train' : 'test'].push(pixelOf(at, width, id, group));
  }
  return sides;
}
