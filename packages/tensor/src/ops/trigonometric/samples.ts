import { grad } from '../../tape.ts';
import { binarySamples, unarySamples } from '../../testing/families.ts';
import { float, floats, type OpSamples } from '../../testing/sample.ts';
import { stack } from '../concat/concat.ts';
import { mul } from '../mul/mul.ts';
import { sum } from '../sum/sum.ts';
import { acos, asin, atan, atan2, cos, sin, tan } from './trigonometric.ts';

export const sinSamples = unarySamples({
  name: 'sin',
  golden: 'sin',
  run: sin,
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1e4, Math.sin(1e4)],
    [-1e4, -Math.sin(1e4)],
    [Infinity, Number.NaN],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-50, 50])], out: [33], run: ([x]) => sin(x) }],
});

export const cosSamples = unarySamples({
  name: 'cos',
  golden: 'cos',
  run: cos,
  edges: [
    [0, 1],
    [1e4, Math.cos(1e4)],
    [-1e4, Math.cos(1e4)],
    [Infinity, Number.NaN],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-50, 50])], out: [33], run: ([x]) => cos(x) }],
});

export const tanSamples = unarySamples({
  name: 'tan',
  golden: 'tan',
  run: tan,
  range: [-1.2, 1.2],
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1e4, Math.tan(1e4)],
    [-1e4, -Math.tan(1e4)],
    [Infinity, Number.NaN],
    [-Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'beyond a quarter turn', inputs: [float([33], [1.8, 4.5])], out: [33], run: ([x]) => tan(x) }],
});

export const asinSamples = unarySamples({
  name: 'asin',
  golden: 'asin',
  run: asin,
  range: [-0.9, 0.9],
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1, Math.PI / 2],
    [-1, -Math.PI / 2],
    [2, Number.NaN],
    [-1e4, Number.NaN],
    [Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
});

export const acosSamples = unarySamples({
  name: 'acos',
  golden: 'acos',
  run: acos,
  range: [-0.9, 0.9],
  edges: [
    [0, Math.PI / 2],
    [1, 0],
    [-1, Math.PI],
    [2, Number.NaN],
    [-1e4, Number.NaN],
    [Infinity, Number.NaN],
    [Number.NaN, Number.NaN],
  ],
});

export const atanSamples = unarySamples({
  name: 'atan',
  golden: 'atan',
  run: atan,
  edges: [
    [0, 0],
    [2 ** -40, 2 ** -40],
    [1, Math.PI / 4],
    [1e4, Math.atan(1e4)],
    [-1e4, -Math.atan(1e4)],
    [Infinity, Math.PI / 2],
    [-Infinity, -Math.PI / 2],
    [Number.NaN, Number.NaN],
  ],
  extra: [{ title: 'wide', inputs: [float([33], [-50, 50])], out: [33], run: ([x]) => atan(x) }],
});

const atan2Family = binarySamples({
  class: 'function',
  name: 'atan2',
  golden: 'atan2',
  run: atan2,
  withNumber: (a) => atan2(a, 0.5),
  rangeB: [0.5, 2],
  // atan2(x, x) is constant, and float32 has nothing to compare with a gradient of 0.
  repeated: (x) => mul(x, atan2(x, x)),
  edges: [
    [0, 1, 0],
    [0, -1, Math.PI],
    [-0, -1, -Math.PI],
    [1, 0, Math.PI / 2],
    [0, 0, 0],
    [1e4, -1e4, (3 * Math.PI) / 4],
    [Infinity, Infinity, Math.PI / 4],
    [-Infinity, 1, -Math.PI / 2],
    [1, Infinity, 0],
    [Number.NaN, 1, Number.NaN],
    [1, Number.NaN, Number.NaN],
  ],
});

export const atan2Samples: OpSamples = {
  ...atan2Family,
  samples: [
    ...atan2Family.samples,
    {
      title: 'gradient at the origin',
      inputs: [float([3]), floats([0, 0, 0])],
      out: [2, 3],
      run: ([y, x]) => stack(grad(() => sum(atan2(mul(y, 0), x)), [x, y])),
      expected: [0, 0, 0, 0, 0, 0],
      gradient: 'none',
    },
  ],
};
