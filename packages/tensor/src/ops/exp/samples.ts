import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { exp } from './exp.ts';

export const expSamples = unarySamples({
  name: 'exp',
  golden: 'exp',
  run: exp,
  edges: [
    [0, 1],
    [1, Math.E],
    [88, Math.exp(88)],
    [-87, Math.exp(-87)],
    [1e4, Infinity],
    [-1e4, 0],
    [Infinity, Infinity],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-80, 80])], out: [33], run: ([x]) => exp(x) }],
});
