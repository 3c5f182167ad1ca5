import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { log } from './log.ts';

export const logSamples = unarySamples({
  name: 'log',
  golden: 'log',
  run: log,
  range: [0.1, 4],
  edges: [
    [1, 0],
    [0, -Infinity],
    [-1, Number.NaN],
    [2 ** -126, -126 * Math.LN2],
    [2 ** -149, -149 * Math.LN2],
    [2 ** 127, 127 * Math.LN2],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'close to one', inputs: [float([33], [0.99, 1.01])], out: [33], run: ([x]) => log(x) }],
});
