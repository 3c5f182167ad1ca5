import { valueAndGrad } from '../../tape.ts';
import { float, type OpSamples } from '../../testing/sample.ts';
import { argmax } from '../argmax/argmax.ts';
import { cast } from '../cast/cast.ts';
import { mul } from '../mul/mul.ts';
import { sum } from '../sum/sum.ts';
import { stopGradient } from './stop-gradient.ts';

export const stopGradientSamples: OpSamples = {
  class: 'exact',
  samples: [
    { title: 'one element', inputs: [float([1])], out: [1], run: ([x]) => stopGradient(x), gradient: 'none' },
    { title: 'empty', inputs: [float([0, 2])], out: [0, 2], run: ([x]) => stopGradient(x), gradient: 'none' },
    {
      title: 'rank 6',
      inputs: [float([1, 2, 1, 2, 1, 3])],
      out: [1, 2, 1, 2, 1, 3],
      run: ([x]) => stopGradient(x),
      gradient: 'none',
    },
    {
      title: 'before an op without gradient',
      inputs: [float([2, 3])],
      out: [2, 3],
      run: ([x]) => {
        const best = cast(argmax(stopGradient(x)), x.dtype);
        return mul(x, sum(best));
      },
    },
  ],
  errors: [
    {
      title: 'nothing else to differentiate',
      inputs: [float([3])],
      run: ([x]) => {
        valueAndGrad(() => sum(stopGradient(x)), [x]);
      },
      message: 'valueAndGrad: the loss does not depend on any tensor of `wrt`; check stopGradient() and noGrad()',
    },
  ],
};
