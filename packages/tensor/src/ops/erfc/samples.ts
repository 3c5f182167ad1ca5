import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { erfc } from './erfc.ts';

export const erfcSamples = unarySamples({
  name: 'erfc',
  golden: 'erfc',
  run: erfc,
  edges: [
    [0, 1],
    [1, 0.15729920705028513],
    [8, 1.1224297172982928e-29],
    [-2, 1.995322265018953],
    [1e4, 0],
    [-1e4, 2],
    [Infinity, 0],
    [-Infinity, 2],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([65], [-5, 5])], out: [65], run: ([x]) => erfc(x) }],
});
