import { grad } from '../../tape.ts';
import { elementLossSamples } from '../../testing/losses.ts';
import { float, floats } from '../../testing/sample.ts';
import { klDivergence } from './kl-divergence.ts';

export const klDivergenceSamples = elementLossSamples({
  name: 'klDivergence',
  run: klDivergence,
  range: [-3, -0.5],
  targets: [0.1, 1],
  terms: 3,
  reductions: "'mean', 'sum', 'none' or 'batchMean'",
  goldens: {
    'kl-divergence': ([x, t], { logTarget = false, batchMean = false, reduction = 'mean' }) =>
      klDivergence(x, t, { logTarget, reduction: batchMean ? 'batchMean' : reduction }),
  },
  edges: [
    [-1, 1, 1],
    [-2, 0.5, 0.5 * (Math.log(0.5) + 2)],
    [-1e4, 0.5, 0.5 * (Math.log(0.5) + 1e4)],
    [-1, 0, 0],
    [-Infinity, 0, 0],
    [-Infinity, 0.5, Infinity],
    [Number.NaN, 0.5, Number.NaN],
    [-1, Number.NaN, Number.NaN],
    [-1, -0.5, Number.NaN],
  ],
  extra: [
    {
      title: 'batch mean',
      inputs: [float([3, 4], [-3, 0]), float([3, 4], [0.1, 1])],
      out: [],
      run: ([x, t]) => klDivergence(x, t, { reduction: 'batchMean' }),
      reduces: 12,
    },
    {
      title: 'batch mean of nothing',
      inputs: [float([0, 4]), float([0, 4])],
      out: [],
      run: ([x, t]) => klDivergence(x, t, { reduction: 'batchMean' }),
      expected: [0],
    },
    {
      title: 'log target',
      inputs: [float([3, 4], [-3, 0]), float([3, 4], [-3, 0])],
      out: [3, 4],
      run: ([x, t]) => klDivergence(x, t, { logTarget: true, reduction: 'none' }),
      reduces: 2,
    },
    {
      title: 'log target, edges',
      inputs: [floats([-1, -Infinity, -Infinity, Number.NaN]), floats([-Infinity, -Infinity, 0, 0])],
      out: [4],
      run: ([x, t]) => klDivergence(x, t, { logTarget: true, reduction: 'none' }),
      expected: [0, 0, Infinity, Number.NaN],
      gradient: 'none',
    },
    {
      title: 'gradient at target 0',
      inputs: [floats([-1, -Infinity, -1]), floats([0, 0, 0.5])],
      out: [3],
      run: ([x, t]) => grad(() => klDivergence(x, t, { reduction: 'sum' }), [t])[0],
      expected: [0, 0, Math.log(0.5) + 2],
      gradient: 'none',
    },
  ],
  errors: [
    {
      title: 'batch mean of a scalar',
      inputs: [float([]), float([])],
      run: ([x, t]) => klDivergence(x, t, { reduction: 'batchMean' }),
      message: "klDivergence: reduction 'batchMean' divides by axis 0, which a scalar does not have",
    },
  ],
});
