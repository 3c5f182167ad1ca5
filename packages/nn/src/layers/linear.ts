// Products with a weight, and tables of vectors.

import { embedding, type LinearOptions, linear, type Tensor } from '@omnigrad/tensor';
import { type Init, truncatedNormal, xavierUniform, zerosInit } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter, ParameterScope } from '../parameters.ts';

/** y = x W + b, W stored [in, out]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(scope: ParameterScope, inputs: number, outputs: number, init: Init = xavierUniform) {
    super(scope);
    this.weight = scope.param('weight', [inputs, outputs], init);
    this.bias = scope.param('bias', [outputs], zerosInit);
  }

  /** x [..., in] -> [..., out], then an activation and a residual in the same pass where asked for. */
  forward(x: Tensor, options?: LinearOptions): Tensor {
    return this.within(() => linear(x, this.weight.value, this.bias.value, options));
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
