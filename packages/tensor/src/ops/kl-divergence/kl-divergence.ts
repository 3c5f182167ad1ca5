import { ArgumentError } from '../../errors.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { equal } from '../equal/equal.ts';
import { exp } from '../exp/exp.ts';
import { applyLoss, checkReduction, defineElementLoss, type LossOptions, type Reduction } from '../families/loss.ts';
import { log } from '../log/log.ts';
import { mul } from '../mul/mul.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

// p (log p - x), 0 where p is 0 whatever x is. There both are replaced before they are used: the logarithm's gradient is not finite.
export const klDivergenceOp = defineElementLoss<{ readonly logTarget: boolean }>(
  'klDivergence',
  (input, target, { logTarget }) => {
    const impossible = equal(target, logTarget ? -Infinity : 0);
    const x = where(impossible, 0, input);
    const t = where(impossible, logTarget ? 0 : 1, target);
    const terms = logTarget ? mul(exp(t), sub(t, x)) : mul(t, sub(log(t), x));
    return where(impossible, 0, terms);
  },
);

export interface KlDivergenceOptions extends Omit<LossOptions, 'reduction'> {
  /** 'batchMean' divides the sum by the size of axis 0, as the definition does; 'mean' by that of all. Default 'mean'. */
  readonly reduction?: Reduction | 'batchMean';
  /** The target holds log-probabilities. Default false. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence of log-probabilities `input` from probabilities `target` of one shape: Σ p (log p - input).
 * Where the target is 0 (or its logarithm -Infinity) the term and both gradients are 0.
 */
export const klDivergence = (input: Tensor, target: Tensor, options: KlDivergenceOptions = {}): Tensor => {
  const { reduction = 'mean', logTarget = false, ...common } = options;
  if (reduction !== 'batchMean') {
    checkReduction('klDivergence', reduction, 'batchMean');
    return applyLoss(klDivergenceOp, [input, target], { logTarget }, { reduction, ...common });
  }
  if (input.rank === 0)
    throw new ArgumentError('klDivergence', "reduction 'batchMean' divides by axis 0, which a scalar does not have");
  return scope(() =>
    mul(
      applyLoss(klDivergenceOp, [input, target], { logTarget }, { reduction: 'sum', ...common }),
      1 / Math.max(1, input.shape[0]),
    ),
  );
};
