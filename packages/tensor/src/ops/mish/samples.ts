import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { mish, softsign } from './mish.ts';

export const mishSamples = unarySamples({
  name: 'mish',
  golden: 'mish',
  run: mish,
  edges: [
    [0, 0],
    [1, 0.8650983882673103],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-20, 20])], out: [33], run: ([x]) => mish(x) }],
});

export const softsignSamples = unarySamples({
  name: 'softsign',
  golden: 'softsign',
  run: softsign,
  edges: [
    [0, 0],
    [1, 0.5],
    [-3, -0.75],
    [1e4, 1e4 / 10001],
    [-1e4, -1e4 / 10001],
    [Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
});
