import { apply, compose } from '../../op.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { positiveNumber } from '../families/arguments.ts';
import { defineShapedComposite, defineUnary, type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { neg } from '../neg/neg.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';

export interface SoftplusOptions {
  /** Sharpness, above 0. Default 1. */
  readonly beta?: number;
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)
export const softplusOp = defineUnary({
  name: 'softplus',
  fn: 'softplus',
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  saves: 'input',
  pull: (x, g) => mul(g, sigmoid(x)),
});

export const logSigmoidOp = defineShapedComposite<NoAttrs>('logSigmoid', (x) => neg(softplus(neg(x))));

/** ln(1 + e^(beta · x)) / beta, without a threshold and without overflow. */
export const softplus = (x: Tensor, { beta = 1 }: SoftplusOptions = {}): Tensor => {
  positiveNumber('softplus', 'beta', beta);
  if (beta === 1) return apply(softplusOp, [x], noAttrs);
  return scope(() => mul(apply(softplusOp, [mul(x, beta)], noAttrs), 1 / beta));
};

/** ln(sigmoid(x)), which is x where sigmoid(x) would vanish. */
export const logSigmoid = (x: Tensor): Tensor => compose(logSigmoidOp, [x], noAttrs);
