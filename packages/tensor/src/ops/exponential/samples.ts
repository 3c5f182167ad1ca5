import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { exp2, expm1, log1p, log2, log10 } from './exponential.ts';

export const expm1Samples = unarySamples({
  name: 'expm1',
  golden: 'expm1',
  run: expm1,
  edges: [
    [0, 0],
    [2 ** -40, Math.expm1(2 ** -40)],
    [-80, -1],
    [1e4, Infinity],
    [-1e4, -1],
    [Infinity, Infinity],
    [-Infinity, -1],
    [Number.NaN, Number.NaN],
  ],
  extra: [
    { title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => expm1(x) },
    { title: 'wide', inputs: [float([33], [-30, 30])], out: [33], run: ([x]) => expm1(x) },
  ],
});

export const exp2Samples = unarySamples({
  name: 'exp2',
  golden: 'exp2',
  run: exp2,
  edges: [
    [0, 1],
    [10, 1024],
    [-3, 0.125],
    [1e4, Infinity],
    [-1e4, 0],
    [Infinity, Infinity],
    [-Infinity, 0],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-60, 60])], out: [33], run: ([x]) => exp2(x) }],
});

export const log1pSamples = unarySamples({
  name: 'log1p',
  golden: 'log1p',
  run: log1p,
  range: [-0.8, 3],
  edges: [
    [0, 0],
    [2 ** -40, Math.log1p(2 ** -40)],
    [-1, -Infinity],
    [-2, Number.NaN],
    [1e4, Math.log(10001)],
    [-1e4, Number.NaN],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => log1p(x) }],
});

export const log2Samples = unarySamples({
  name: 'log2',
  golden: 'log2',
  run: log2,
  range: [0.1, 4],
  edges: [
    [1, 0],
    [8, 3],
    [2 ** -149, -149],
    [0, -Infinity],
    [-1, Number.NaN],
    [1e4, Math.log2(1e4)],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'close to one', inputs: [float([33], [0.99, 1.01])], out: [33], run: ([x]) => log2(x) }],
});

export const log10Samples = unarySamples({
  name: 'log10',
  golden: 'log10',
  run: log10,
  range: [0.1, 4],
  edges: [
    [1, 0],
    [1000, 3],
    [1e4, 4],
    [0, -Infinity],
    [-1, Number.NaN],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'close to one', inputs: [float([33], [0.99, 1.01])], out: [33], run: ([x]) => log10(x) }],
});
