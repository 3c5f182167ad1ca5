import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { tanh } from './tanh.ts';

export const tanhSamples = unarySamples({
  name: 'tanh',
  golden: 'tanh',
  run: tanh,
  edges: [
    [0, 0],
    [2 ** -20, Math.tanh(2 ** -20)],
    [1e4, 1],
    [-1e4, -1],
    [Infinity, 1],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => tanh(x) }],
});
