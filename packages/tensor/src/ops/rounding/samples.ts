import { unarySamples } from '../../testing/families.ts';
import { ceil, floor, round, trunc } from './rounding.ts';

export const floorSamples = unarySamples({
  class: 'exact',
  name: 'floor',
  golden: 'floor',
  run: floor,
  edges: [
    [-1.5, -2],
    [-0.5, -1],
    [0, 0],
    [1.5, 1],
    [2, 2],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
    [1e4, 1e4],
    [-1e4, -1e4],
  ],
});

export const ceilSamples = unarySamples({
  class: 'exact',
  name: 'ceil',
  golden: 'ceil',
  run: ceil,
  edges: [
    [-1.5, -1],
    [-0.5, 0],
    [0, 0],
    [1.5, 2],
    [2, 2],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
    [1e4, 1e4],
    [-1e4, -1e4],
  ],
});

export const roundSamples = unarySamples({
  class: 'exact',
  name: 'round',
  golden: 'round',
  run: round,
  edges: [
    [-2.5, -2],
    [-1.5, -2],
    [-0.5, 0],
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [2.6, 3],
    [8388609, 8388609],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
    [1e4, 1e4],
    [-1e4, -1e4],
  ],
});

export const truncSamples = unarySamples({
  class: 'exact',
  name: 'trunc',
  golden: 'trunc',
  run: trunc,
  edges: [
    [-1.5, -1],
    [-0.5, 0],
    [0, 0],
    [1.5, 1],
    [2, 2],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
    [1e4, 1e4],
    [-1e4, -1e4],
  ],
});
