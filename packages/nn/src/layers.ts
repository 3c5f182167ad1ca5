// The layers that everything is made of.

import { embedding, layerNorm, linear, type Tensor } from '@omnigrad/tensor';
import { type Init, onesInit, truncatedNormal, xavierUniform, zerosInit } from './init.ts';
import { Module } from './module.ts';
import type { Parameter, ParameterScope } from './parameters.ts';

/** y = x W + b, W stored [in, out]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(scope: ParameterScope, inputs: number, outputs: number, init: Init = xavierUniform) {
    super(scope);
    this.weight = scope.param('weight', [inputs, outputs], init);
    this.bias = scope.param('bias', [outputs], zerosInit);
  }

  /** x [..., in] -> [..., out]. */
  forward(x: Tensor): Tensor {
    return this.within(() => linear(x, this.weight.value, this.bias.value));
  }
}

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

/** A table of vectors, one for each id. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(scope: ParameterScope, count: number, width: number, init: Init = truncatedNormal(0.02)) {
    super(scope);
    this.weight = scope.param('weight', [count, width], init);
  }

  /** ids i32 [...] -> [..., width]. */
  forward(ids: Tensor): Tensor {
    return this.within(() => embedding(this.weight.value, ids));
  }
}
