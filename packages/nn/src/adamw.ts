// AdamW.

import { ArgumentError, adamwInPlace, sizeOf, type Tensor } from '@omnigrad/tensor';
import { Optimizer, type OptimizerGroup, type UpdateRule } from './optimizer.ts';
import { belowOne, finite, positive, requireOption } from './option-checks.ts';
import type { Parameter } from './parameters.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

export const adamWDefaults: AdamWOptions = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.05 };

/** State of one parameter as a checkpoint stores it; m and v are views to dispose after use. */
export interface Moments {
  readonly parameter: Parameter;
  readonly m: Tensor;
  readonly v: Tensor;
}

/** internal The checks that Adam and its kin share. */
export const checkBetas = (op: string, { beta1, beta2, eps, weightDecay }: AdamWOptions): void => {
  requireOption(op, 'beta1', beta1, belowOne);
  requireOption(op, 'beta2', beta2, belowOne);
  requireOption(op, 'eps', eps, positive);
  requireOption(op, 'weightDecay', weightDecay, finite);
};

const rule: UpdateRule<AdamWOptions> = {
  name: 'AdamW',
  defaults: adamWDefaults,
  check: (options) => checkBetas('AdamW', options),
  state: () => ['m', 'v'],
  numbers: ({ beta1, beta2, eps, weightDecay }, lr, t) => [
    lr,
    beta1,
    beta2,
    1 - beta1,
    1 - beta2,
    eps,
    weightDecay,
    1 - beta1 ** t,
    1 - beta2 ** t,
  ],
  update: ({ params, grads, hyper, gradScale, state: { m, v }, ranges }) =>
    adamwInPlace({ params, grads, m, v, hyper, gradScale }, ranges),
};

/**
 * AdamW (Loshchilov and Hutter 2019), as torch.optim.AdamW with decay on the parameters whose `decay` is set:
 *   p -= lr wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;  p -= lr (m / c1) / (√(v / c2) + eps),  c = 1 - b^t
 */
export class AdamW extends Optimizer<AdamWOptions> {
  constructor(groups: readonly OptimizerGroup<AdamWOptions>[], options: Partial<AdamWOptions> = {}) {
    super(rule, groups, options);
  }

  /** Views of every parameter's moments. */
  moments(): Moments[] {
    return this.state().map(({ parameter, state: { m, v } }) => ({ parameter, m, v }));
  }

  /** Overwrites the moments of one parameter. */
  restoreMoments(parameter: Parameter, m: ArrayLike<number>, v: ArrayLike<number>): void {
    const size = sizeOf(parameter.shape);
    const wrong = [m, v].find(({ length }) => length !== size);
    if (wrong !== undefined && this.trains(parameter)) {
      throw new ArgumentError('AdamW', `${parameter.name} has ${size} elements, came moments of ${wrong.length}`);
    }
    this.restoreState(parameter, { m, v });
  }
}
