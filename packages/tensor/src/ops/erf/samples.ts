import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { erf } from './erf.ts';

export const erfSamples = unarySamples({
  name: 'erf',
  golden: 'erf',
  run: erf,
  edges: [
    [0, 0],
    // erf(1), Abramowitz and Stegun, table 7.1
    [1, 0.8427007929497149],
    [-2, -0.9953222650189527],
    // erf(x) = 2/√π (x - x³/3 + ...)
    [2 ** -20, (2 / Math.sqrt(Math.PI)) * (2 ** -20 - 2 ** -60 / 3)],
    [1e4, 1],
    [-1e4, -1],
    [Infinity, 1],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([65], [-5, 5])], out: [65], run: ([x]) => erf(x) }],
});
