import { unarySamples } from '../../testing/families.ts';
import { float } from '../../testing/sample.ts';
import { acosh, asinh, atanh, cosh, sinh } from './hyperbolic.ts';

export const sinhSamples = unarySamples({
  name: 'sinh',
  golden: 'sinh',
  run: sinh,
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1e4, Infinity],
    [-1e4, -Infinity],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [
    { title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => sinh(x) },
    { title: 'wide', inputs: [float([33], [-20, 20])], out: [33], run: ([x]) => sinh(x) },
  ],
});

export const coshSamples = unarySamples({
  name: 'cosh',
  golden: 'cosh',
  run: cosh,
  edges: [
    [0, 1],
    [1e4, Infinity],
    [-1e4, Infinity],
    [Infinity, Infinity],
    [-Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-20, 20])], out: [33], run: ([x]) => cosh(x) }],
});

export const asinhSamples = unarySamples({
  name: 'asinh',
  golden: 'asinh',
  run: asinh,
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1e4, Math.asinh(1e4)],
    [-1e4, -Math.asinh(1e4)],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => asinh(x) }],
});

export const acoshSamples = unarySamples({
  name: 'acosh',
  golden: 'acosh',
  run: acosh,
  range: [1.2, 4],
  edges: [
    [1, 0],
    [1e4, Math.acosh(1e4)],
    [0.5, Number.NaN],
    [-1e4, Number.NaN],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
});

export const atanhSamples = unarySamples({
  name: 'atanh',
  golden: 'atanh',
  run: atanh,
  range: [-0.8, 0.8],
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1, Infinity],
    [-1, -Infinity],
    [2, Number.NaN],
    [-1e4, Number.NaN],
    [Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'small', inputs: [float([33], [-0.01, 0.01])], out: [33], run: ([x]) => atanh(x) }],
});
