// SGD, Adam, LAMB and Lion: their options, their numbers, their kernels. AdamW has a file of its own.

import { ArgumentError, adamInPlace, lambInPlace, lionInPlace, sgdInPlace } from '@omnigrad/tensor';
import { type AdamWOptions, checkBetas } from './adamw.ts';
import { Optimizer, type OptimizerGroup, type UpdateRule } from './optimizer.ts';
import { belowOne, finite, requireOption, share } from './option-checks.ts';

export interface SGDOptions {
  readonly momentum: number;
  /** The share of the gradient that does not enter the momentum, from the second step on. */
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

const sgdRule: UpdateRule<SGDOptions> = {
  name: 'SGD',
  defaults: { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
  check: ({ momentum, dampening, nesterov, weightDecay }) => {
    requireOption('SGD', 'momentum', momentum, belowOne);
    requireOption('SGD', 'dampening', dampening, share);
    requireOption('SGD', 'weightDecay', weightDecay, finite);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError(
        'SGD',
        `nesterov came with momentum ${momentum} and dampening ${dampening}; it needs momentum above 0 and no dampening`,
      );
    }
  },
  state: ({ momentum }) => (momentum === 0 ? [] : ['momentum']),
  numbers: ({ momentum, dampening, weightDecay }, lr, t) => [lr, momentum, t === 1 ? 1 : 1 - dampening, weightDecay],
  update: ({ ranges, state, ...arenas }, { nesterov }) =>
    sgdInPlace({ ...arenas, buffer: state.momentum ?? null }, ranges, nesterov),
};

/**
 * Stochastic gradient descent, as torch.optim.SGD:
 *   d = g + wd p;  b = momentum b + (1 - dampening) d, or d in the first step;  p -= lr (nesterov ? d + momentum b : b)
 * Weight decay applies to the parameters whose `decay` is set.
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(groups: readonly OptimizerGroup<SGDOptions>[], options: Partial<SGDOptions> = {}) {
    super(sgdRule, groups, options);
  }
}

export interface AdamOptions extends AdamWOptions {
  /** Divide by the largest v so far (Reddi et al. 2018). */
  readonly amsgrad: boolean;
}

/** [lr, b1, b2, 1 - b1, 1 - b2, eps, wd, c1, c2]: the differences are taken here, where they lose nothing. */
const momentNumbers = (o: AdamWOptions, lr: number, t: number): number[] => {
  const { beta1, beta2, eps, weightDecay } = o;
  return [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1 ** t, 1 - beta2 ** t];
};

const adamRule: UpdateRule<AdamOptions> = {
  name: 'Adam',
  defaults: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, amsgrad: false },
  check: (options) => checkBetas('Adam', options),
  state: ({ amsgrad }) => (amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v']),
  numbers: momentNumbers,
  update: ({ ranges, state: { m, v, vMax }, ...arenas }) =>
    adamInPlace({ ...arenas, m, v, vMax: vMax ?? null }, ranges),
};

/**
 * Adam (Kingma and Ba 2015) with L2 weight decay, as torch.optim.Adam:
 *   g += wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;  p -= lr (m / c1) / (√(v / c2) + eps),  c = 1 - b^t
 * Weight decay applies to the parameters whose `decay` is set.
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(groups: readonly OptimizerGroup<AdamOptions>[], options: Partial<AdamOptions> = {}) {
    super(adamRule, groups, options);
  }
}

export type LAMBOptions = AdamWOptions;

const lambRule: UpdateRule<LAMBOptions> = {
  name: 'LAMB',
  defaults: { beta1: 0.9, beta2: 0.999, eps: 1e-6, weightDecay: 0.01 },
  check: (options) => checkBetas('LAMB', options),
  state: () => ['m', 'v'],
  numbers: momentNumbers,
  separate: true,
  update: ({ ranges, state: { m, v }, ...arenas }) => lambInPlace({ ...arenas, m, v }, ranges),
};

/**
 * LAMB (You et al. 2020, algorithm 2, φ the identity), a trust ratio for each parameter tensor:
 *   m, v as Adam;  u = (m / c1) / (√(v / c2) + eps) + wd p;  p -= lr |p| / |u| u,  the ratio 1 where a norm is 0
 * Weight decay applies to the parameters whose `decay` is set, the ratio to all.
 */
export class LAMB extends Optimizer<LAMBOptions> {
  constructor(groups: readonly OptimizerGroup<LAMBOptions>[], options: Partial<LAMBOptions> = {}) {
    super(lambRule, groups, options);
  }
}

export interface LionOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
}

const lionRule: UpdateRule<LionOptions> = {
  name: 'Lion',
  defaults: { beta1: 0.9, beta2: 0.99, weightDecay: 0 },
  check: ({ beta1, beta2, weightDecay }) => {
    requireOption('Lion', 'beta1', beta1, belowOne);
    requireOption('Lion', 'beta2', beta2, belowOne);
    requireOption('Lion', 'weightDecay', weightDecay, finite);
  },
  state: () => ['m'],
  numbers: ({ beta1, beta2, weightDecay }, lr) => [lr, beta1, beta2, 1 - beta1, 1 - beta2, weightDecay],
  update: ({ ranges, state: { m }, ...arenas }) => lionInPlace({ ...arenas, m }, ranges),
};

/**
 * Lion (Chen et al. 2023, algorithm 2):  p -= lr (sign(b1 m + (1 - b1) g) + wd p);  m = b2 m + (1 - b2) g
 * Weight decay applies to the parameters whose `decay` is set.
 */
export class Lion extends Optimizer<LionOptions> {
  constructor(groups: readonly OptimizerGroup<LionOptions>[], options: Partial<LionOptions> = {}) {
    super(lionRule, groups, options);
  }
}
