// Normalisations. Scales and shifts are `weight` and `bias`, as in PyTorch; none of them decays.

import { batchNorm, groupNorm, instanceNorm, layerNorm, overwrite, rmsNorm, type Tensor } from '@omnigrad/tensor';
import { onesInit, zerosInit } from '../init.ts';
import { type Mode, Module } from '../module.ts';
import type { Parameter, ParameterScope } from '../parameters.ts';

/** Layer normalisation over the last axis with scale and shift. */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly eps: number;

  constructor(scope: ParameterScope, width: number, eps = 1e-5) {
    super(scope);
    this.weight = scope.param('weight', [width], onesInit);
    this.bias = scope.param('bias', [width], zerosInit);
    this.eps = eps;
  }

  /** x [..., width] -> the same shape. */
  forward(x: Tensor): Tensor {
    return this.within(() => layerNorm(x, this.weight.value, this.bias.value, { eps: this.eps }));
  }
}

/** Root mean square normalisation over the last axis with a scale (Zhang and Sennrich 2019). */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly eps: number;

  constructor(scope: ParameterScope, width: number, eps = 1e-6) {
    super(scope);
    this.weight = scope.param('weight', [width], onesInit);
    this.eps = eps;
  }

  /** x [..., width] -> the same shape. */
  forward(x: Tensor): Tensor {
    return this.within(() => rmsNorm(x, this.weight.value, { eps: this.eps }));
  }
}

export interface ChannelNormOptions {
  readonly eps?: number;
  /** Whether there are `weight` and `bias`. Default: as in PyTorch, false for InstanceNorm and true for the others. */
  readonly affine?: boolean;
}

export interface BatchNormLayerOptions extends ChannelNormOptions {
  /** Weight of a batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
}

/** `weight` and `bias` of one value a channel, or none. */
const affineOf = (
  scope: ParameterScope,
  channels: number,
  affine: boolean,
): { readonly weight: Parameter | null; readonly bias: Parameter | null } =>
  affine
    ? { weight: scope.param('weight', [channels], onesInit), bias: scope.param('bias', [channels], zerosInit) }
    : { weight: null, bias: null };

/**
 * Batch normalisation of x [B, C, ...], for any number of positions (Ioffe and Szegedy 2015). `runningMean` and
 * `runningVariance` (unbiased) are buffers: each forward pass in training moves them on the device, in place, so that a
 * replayed step does too, and evaluation reads them.
 */
export class BatchNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: Parameter;
  readonly runningVariance: Parameter;
  readonly momentum: number;
  readonly eps: number;

  constructor(
    scope: ParameterScope,
    channels: number,
    { eps = 1e-5, momentum = 0.1, affine = true }: BatchNormLayerOptions = {},
  ) {
    super(scope);
    const { weight, bias } = affineOf(scope, channels, affine);
    this.weight = weight;
    this.bias = bias;
    this.runningMean = scope.buffer('runningMean', [channels], zerosInit);
    this.runningVariance = scope.buffer('runningVariance', [channels], onesInit);
    this.momentum = momentum;
    this.eps = eps;
  }

  /** x [B, C, ...] -> the same shape. */
  forward(x: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const [mean, variance] = [this.runningMean.value, this.runningVariance.value];
      const next = batchNorm(x, {
        training: mode.training,
        gamma: this.weight?.value ?? null,
        beta: this.bias?.value ?? null,
        mean,
        variance,
        momentum: this.momentum,
        eps: this.eps,
      });
      if (mode.training && next.mean !== null && next.variance !== null) {
        overwrite(mean, next.mean);
        overwrite(variance, next.variance);
        next.mean.dispose();
        next.variance.dispose();
      }
      return next.out;
    });
  }
}

/** Group normalisation of x [B, C, ...] (Wu and He 2018). */
export class GroupNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly groups: number;
  readonly eps: number;

  constructor(
    scope: ParameterScope,
    groups: number,
    channels: number,
    { eps = 1e-5, affine = true }: ChannelNormOptions = {},
  ) {
    super(scope);
    const { weight, bias } = affineOf(scope, channels, affine);
    this.weight = weight;
    this.bias = bias;
    this.groups = groups;
    this.eps = eps;
  }

  /** x [B, C, ...] -> the same shape. */
  forward(x: Tensor): Tensor {
    const [gamma, beta] = [this.weight?.value ?? null, this.bias?.value ?? null];
    return this.within(() => groupNorm(x, { groups: this.groups, gamma, beta, eps: this.eps }));
  }
}

/** Instance normalisation of x [B, C, ...], without running statistics (Ulyanov, Vedaldi and Lempitsky 2016). */
export class InstanceNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(scope: ParameterScope, channels: number, { eps = 1e-5, affine = false }: ChannelNormOptions = {}) {
    super(scope);
    const { weight, bias } = affineOf(scope, channels, affine);
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  /** x [B, C, ...] -> the same shape. */
  forward(x: Tensor): Tensor {
    const [gamma, beta] = [this.weight?.value ?? null, this.bias?.value ?? null];
    return this.within(() => instanceNorm(x, { gamma, beta, eps: this.eps }));
  }
}
