import { binarySamples } from '../../testing/families.ts';
import { mul } from './mul.ts';

export const mulSamples = binarySamples({
  name: 'mul',
  golden: 'mul',
  run: mul,
  withNumber: (a) => mul(a, -2.5),
  edges: [
    [0, Infinity, Number.NaN],
    [-1, Infinity, -Infinity],
    [Number.NaN, 0, Number.NaN],
    [2 ** 60, 2 ** 60, 2 ** 120],
  ],
  integers: [
    [-3, 5, -15, 4294967281],
    [65536, 65536, 0, 0],
    // The exact product needs 57 bits; only its low 32 remain.
    [123456789, 987654321, -67153019, 4227814277],
  ],
});
