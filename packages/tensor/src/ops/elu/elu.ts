import { compose } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { expm1 } from '../exponential/exponential.ts';
import { finiteNumber, positiveNumber } from '../families/arguments.ts';
import { defineShapedComposite, type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { greater } from '../greater/greater.ts';
import { mul } from '../mul/mul.ts';
import { where } from '../where/where.ts';

export interface EluOptions {
  /** The limit at -Infinity is -alpha. Default 1. */
  readonly alpha?: number;
}

const times = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

/** x above 0, alpha · (e^(x · rate) - 1) elsewhere. */
const eluOf = (x: Tensor, alpha: number, rate: number): Tensor => {
  const positive = greater(x, 0);
  // The exponential sees no positive number: its overflow would turn the gradient 0 of that side into NaN.
  const below = where(positive, 0, x);
  return where(positive, x, times(expm1(times(below, rate)), alpha));
};

// Klambauer et al., Self-Normalizing Neural Networks (2017), equation 14
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

export const eluOp = defineShapedComposite<{ readonly alpha: number }>('elu', (x, { alpha }) => eluOf(x, alpha, 1));
export const seluOp = defineShapedComposite<NoAttrs>('selu', (x) => mul(eluOf(x, seluAlpha, 1), seluScale));
export const celuOp = defineShapedComposite<{ readonly alpha: number }>('celu', (x, { alpha }) =>
  eluOf(x, alpha, 1 / alpha),
);

/** x above 0, alpha · (e^x - 1) elsewhere (Clevert, Unterthiner and Hochreiter 2016). The gradient at 0 is alpha. */
export const elu = (x: Tensor, { alpha = 1 }: EluOptions = {}): Tensor =>
  compose(eluOp, [x], { alpha: finiteNumber('elu', 'alpha', alpha) });

/** elu with the alpha and scale that keep mean 0 and variance 1 (Klambauer et al. 2017). */
export const selu = (x: Tensor): Tensor => compose(seluOp, [x], noAttrs);

/** x above 0, alpha · (e^(x / alpha) - 1) elsewhere: smooth at 0 for every alpha above 0 (Barron 2017). */
export const celu = (x: Tensor, { alpha = 1 }: EluOptions = {}): Tensor =>
  compose(celuOp, [x], { alpha: positiveNumber('celu', 'alpha', alpha) });
