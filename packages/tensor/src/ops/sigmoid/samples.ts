import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { sigmoid } from './sigmoid.ts';

export const sigmoidSamples = unarySamples({
  name: 'sigmoid',
  golden: 'sigmoid',
  run: sigmoid,
  edges: [
    [0, 0.5],
    [-80, Math.exp(-80)],
    [1e4, 1],
    [-1e4, 0],
    [Infinity, 1],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-30, 30])], out: [33], run: ([x]) => sigmoid(x) }],
});
