import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { normalizeAxis, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { finiteNumber } from '../families/arguments.ts';
import { defineShapedComposite } from '../families/elementwise.ts';
import { greater } from '../greater/greater.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';
import { where } from '../where/where.ts';

export interface LeakyReluOptions {
  /** Slope below 0. Default 0.01. */
  readonly negativeSlope?: number;
}

export interface PreluOptions {
  /** Axis of the channels. Default 1; a tensor of less than two axes is one channel. */
  readonly axis?: number;
}

export const leakyReluOp = defineShapedComposite<{ readonly negativeSlope: number }>(
  'leakyRelu',
  (x, { negativeSlope }) => where(greater(x, 0), x, mul(x, negativeSlope)),
);

export const preluOp = defineComposite<{ readonly axis: number | null }>({
  name: 'prelu',
  infer: ([x, weight], { axis }) => {
    const dtype = sameDType('prelu', [x, weight]);
    floatOnly('prelu', x);
    const channels = axis === null ? 1 : x.shape[axis];
    const [n = 1] = weight.shape;
    if (weight.shape.length > 1 || (n !== 1 && n !== channels)) {
      throw new ShapeError(
        'prelu',
        `weight ${showShape(weight.shape)} does not fit x ${showShape(x.shape)} with its channels along ` +
          `${axis === null ? 'no axis' : `axis ${axis}`}; expected [1]${channels === 1 ? '' : ` or [${channels}]`}`,
      );
    }
    return [{ shape: x.shape, dtype }];
  },
  compose: ([x, weight], { axis }) => {
    const positive = greater(x, 0);
    // [C] -> [C, 1, ..., 1]
    const after = axis === null || weight.size === 1 ? 0 : x.rank - axis - 1;
    const slope = reshape(weight, weight.size === 1 ? [] : [weight.size, ...new Array<number>(after).fill(1)]);
    // Without its positive elements, so that an infinite one gives the weight no gradient of 0 · Infinity.
    return where(positive, x, mul(where(positive, 0, x), slope));
  },
});

/** x above 0, negativeSlope · x elsewhere; the gradient at 0 is negativeSlope. */
export const leakyRelu = (x: Tensor, { negativeSlope = 0.01 }: LeakyReluOptions = {}): Tensor =>
  compose(leakyReluOp, [x], { negativeSlope: finiteNumber('leakyRelu', 'negativeSlope', negativeSlope) });

/** leakyRelu with a learned slope: weight is [], [1], or [C] with one slope for each channel (He et al. 2015). */
export const prelu = (x: Tensor, weight: Tensor, { axis }: PreluOptions = {}): Tensor =>
  compose(preluOp, [x, weight], {
    axis: axis !== undefined ? normalizeAxis('prelu', axis, x.rank) : x.rank > 1 ? 1 : null,
  });
