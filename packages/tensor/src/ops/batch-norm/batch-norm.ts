import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { defineComposite, floatOnly, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { showShape, sizeOf } from '../../shape.ts';
import { noGrad } from '../../tape-stack.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { besideChannels, checkChannels, checkEps, present, unpackPresent } from '../families/normalisation.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { square } from '../square/square.ts';
import { stopGradient } from '../stop-gradient/stop-gradient.ts';
import { sub } from '../sub/sub.ts';

export interface BatchNormOptions {
  /** With the statistics of this batch, or with the running ones. */
  readonly training: boolean;
  /** Scale of each channel, [C]. */
  readonly gamma?: Tensor | null;
  /** Shift of each channel, [C]. */
  readonly beta?: Tensor | null;
  /** Running mean [C]; constant to every gradient. Needed in evaluation. */
  readonly mean?: Tensor | null;
  /** Running unbiased variance [C]; there where `mean` is. */
  readonly variance?: Tensor | null;
  /** Weight of this batch in the new running statistics. Default 0.1. */
  readonly momentum?: number;
  readonly eps?: number;
}

export interface BatchNormResult {
  /** As x. */
  readonly out: Tensor;
  /** The running statistics after this batch [C]: those given in evaluation, null in training without any. */
  readonly mean: Tensor | null;
  readonly variance: Tensor | null;
}

export interface BatchNormAttrs {
  readonly training: boolean;
  readonly momentum: number;
  readonly eps: number;
  readonly has: readonly [gamma: boolean, beta: boolean, mean: boolean, variance: boolean];
}

/** Mean over batch and positions of x [B, C, S] -> [C]: neighbours first, so that no axis has to move. */
const channelMean = (x: Tensor): Tensor => mean(mean(x, { axes: -1 }), { axes: 0 });

const infer = (inputs: readonly TensorSpec[], { training, has }: BatchNormAttrs): TensorSpec[] => {
  const [x, ...rest] = inputs;
  const dtype = sameDType('batchNorm', inputs);
  floatOnly('batchNorm', x);
  const [gamma, beta, mu, variance] = unpackPresent(rest, has);
  checkChannels('batchNorm', x, { gamma, beta, mean: mu, variance });
  if (has[2] !== has[3])
    throw new ArgumentError('batchNorm', 'mean and variance come together; one of them is missing');
  if (!training && !has[2]) throw new ArgumentError('batchNorm', 'evaluation wants a running mean and variance');
  const terms = x.shape[0] * sizeOf(x.shape.slice(2));
  if (training && terms < 2) {
    throw new ShapeError(
      'batchNorm',
      `training wants more than one value a channel, came ${terms} in x ${showShape(x.shape)}`,
    );
  }
  return [{ shape: x.shape, dtype }];
};

// y = (x - μ) / √(σ² + ε) · γ + β, σ² the biased variance (Ioffe and Szegedy 2015). x - μ is made first, because x and μ
// times γ / σ apart would lose the digits that they share.
const normalise = ([x, ...rest]: readonly Tensor[], { training, momentum, eps, has }: BatchNormAttrs) => {
  const [gamma, beta, runningMean, runningVariance] = unpackPresent(rest, has);
  const [B, C] = x.shape;
  const flat = reshape(x, [B, C, sizeOf(x.shape.slice(2))]); // [B, C, S]
  const known = !training && runningMean !== null && runningVariance !== null;
  const mu = known ? stopGradient(runningMean) : channelMean(flat);
  const centred = sub(flat, besideChannels(mu, 3));
  const variance = known ? stopGradient(runningVariance) : channelMean(square(centred));
  const root = sqrt(add(variance, eps));
  const scaled =
    gamma === null ? div(centred, besideChannels(root, 3)) : mul(centred, besideChannels(div(gamma, root), 3));
  const y = reshape(beta === null ? scaled : add(scaled, besideChannels(beta, 3)), x.shape);
  if (known || runningMean === null || runningVariance === null) {
    return { out: y, mean: runningMean, variance: runningVariance };
  }
  const n = B * flat.shape[2];
  // new = (1 - momentum) · old + momentum · this batch, with the unbiased variance
  const moved = (old: Tensor, batch: Tensor, weight: number): Tensor =>
    add(mul(old, 1 - momentum), mul(batch, momentum * weight));
  return noGrad(() => ({
    out: y,
    mean: moved(runningMean, mu, 1),
    variance: moved(runningVariance, variance, n / (n - 1)),
  }));
};

export const batchNormOp = defineComposite<BatchNormAttrs>({
  name: 'batchNorm',
  infer,
  compose: (inputs, attrs) => normalise(inputs, attrs).out,
});

/**
 * Batch normalisation: x [B, C, ...], each channel over batch and positions. Pure: in training the new running statistics
 * are results, without gradient, and the caller keeps them. As in PyTorch the batch is normalised with the biased variance
 * and the running variance is the unbiased one. Throws in training for fewer than two values a channel.
 */
export const batchNorm = (
  x: Tensor,
  { training, gamma, beta, mean: mu, variance, momentum = 0.1, eps = 1e-5 }: BatchNormOptions,
): BatchNormResult => {
  checkEps('batchNorm', eps);
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new ArgumentError('batchNorm', `momentum must be in [0, 1], came ${momentum}`);
  }
  const there = (p: Tensor | null | undefined): boolean => (p ?? null) !== null;
  const attrs: BatchNormAttrs = {
    training,
    momentum,
    eps,
    has: [there(gamma), there(beta), there(mu), there(variance)],
  };
  const inputs = present(x, gamma, beta, mu, variance);
  batchNormOp.infer(inputs, attrs);
  return scope(() => normalise(inputs, attrs));
};
