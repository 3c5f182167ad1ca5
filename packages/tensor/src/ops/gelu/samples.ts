import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { gelu } from './gelu.ts';

export const geluSamples = unarySamples({
  name: 'gelu',
  golden: 'gelu',
  run: gelu,
  edges: [
    [0, 0],
    [1, 0.5 * (1 + 0.6826894921370859)],
    [1e4, 1e4],
    [-1e4, 0],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'right half', inputs: [float([65], [0, 6])], out: [65], run: ([x]) => gelu(x) }],
});
