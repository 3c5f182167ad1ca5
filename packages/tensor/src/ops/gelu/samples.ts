import { unarySamples } from '../../testing/families.ts';
import { float, floats } from '../../testing/sample.ts';
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
  extra: [
    { title: 'right half', inputs: [float([65], [0, 6])], out: [65], run: ([x]) => gelu(x) },
    // e^(-x²/2) takes over the rounding of x²: up to x² roundings, 81 at -9.
    {
      title: 'lower tail',
      inputs: [floats([-3, -5, -7, -8])],
      out: [4],
      run: ([x]) => gelu(x),
      // x Φ(x), Φ from tables of its tail: 1.3498980316300946e-3, 2.8665157187919391e-7, 1.279812543885835e-12, 6.220960574271785e-16
      expected: [-4.0496940948902835e-3, -1.4332578593959695e-6, -8.958687807200846e-12, -4.976768459417428e-15],
      tolerance: 10,
    },
    {
      title: 'lower tail, drawn',
      inputs: [float([65], [-9, -4])],
      out: [65],
      run: ([x]) => gelu(x),
      tolerance: 10,
    },
  ],
});
