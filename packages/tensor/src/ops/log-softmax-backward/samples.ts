import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { logSoftmax } from '../log-softmax/log-softmax.ts';
import { logSoftmaxBackward } from './log-softmax-backward.ts';

const sample = (title: string, shape: readonly number[]): OpSample => ({
  title,
  inputs: [float(shape), float(shape)],
  out: shape,
  run: ([x, g]) => logSoftmaxBackward(logSoftmax(x), g),
  gradient: 'none',
  reduces: shape[shape.length - 1],
});

export const logSoftmaxBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [sample('one element', [1]), sample('rows', [3, 7]), sample('long', [2, 341]), sample('empty', [0, 3])],
  errors: [
    refusesGradient(
      'logSoftmaxBackward',
      'second derivatives go through the composite of logSoftmax',
      [float([3]), float([3])],
      ([y, g]) => logSoftmaxBackward(y, g),
    ),
  ],
};
