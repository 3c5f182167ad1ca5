import { refusesGradient } from '../../testing/families.ts';
import { float, type OpSample, type OpSamples } from '../../testing/sample.ts';
import { softmax } from '../softmax/softmax.ts';
import { softmaxBackward } from './softmax-backward.ts';

const sample = (title: string, shape: readonly number[]): OpSample => ({
  title,
  inputs: [float(shape), float(shape)],
  out: shape,
  run: ([x, g]) => softmaxBackward(softmax(x), g),
  gradient: 'none',
  reduces: shape[shape.length - 1],
});

export const softmaxBackwardSamples: OpSamples = {
  class: 'rows',
  samples: [sample('one element', [1]), sample('rows', [3, 7]), sample('long', [2, 341]), sample('empty', [0, 3])],
  errors: [
    refusesGradient(
      'softmaxBackward',
      'second derivatives go through the composite of softmax',
      [float([3]), float([3])],
      ([y, g]) => softmaxBackward(y, g),
    ),
  ],
};
