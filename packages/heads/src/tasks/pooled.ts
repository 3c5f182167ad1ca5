// Heads of one vector a sample: a class, labels, or values.

import { fixed, LayerNorm, Linear, Module, type Parameter, type ParameterScope, type Tokens } from '@omnigrad/nn';
import type { Tensor } from '@omnigrad/tensor';
import type { HeadConfig } from '../head-config.ts';
import { poolFlat, poolings } from '../pooling.ts';

type PooledConfig = Extract<HeadConfig, { kind: 'classification' | 'labels' | 'regression' }>;

const outputsOf = (config: PooledConfig): number => {
  switch (config.kind) {
    case 'classification':
      return config.classes;
    case 'labels':
      return config.labels;
    case 'regression':
      return config.outputs;
  }
};

const factorsOf = (scope: ParameterScope, name: string, values: readonly number[] | undefined): Parameter | null =>
  values === undefined ? null : scope.buffer(name, [values.length], fixed(Float32Array.from(values)));

/** pool, norm, linear: tokens [B, 1 + T, width] -> [B, outputs]. */
export class PooledHead extends Module {
  readonly kind = 'pooled';
  readonly config: PooledConfig;
  readonly norm: LayerNorm;
  readonly out: Linear;
  /** [labels] each, of labels that have them: factors of the loss, kept beside the weights as PyTorch keeps pos_weight. */
  readonly positiveWeight: Parameter | null;
  readonly weight: Parameter | null;

  constructor(scope: ParameterScope, config: PooledConfig, width: number) {
    super(scope);
    const inputs = poolings[config.pooling ?? 'classAndMean'].widths * width;
    this.config = config;
    this.norm = new LayerNorm(scope.child('norm'), inputs);
    this.out = new Linear(scope.child('out'), inputs, outputsOf(config));
    const labels = config.kind === 'labels' ? config : undefined;
    this.positiveWeight = factorsOf(scope, 'positiveWeight', labels?.positiveWeight);
    this.weight = factorsOf(scope, 'weight', labels?.weight);
  }

  forward(tokens: Tokens): Tensor {
    return this.within(() => {
      const { pool } = poolings[this.config.pooling ?? 'classAndMean'];
      return this.out.forward(this.norm.forward(pool(tokens)));
    });
  }
}

/** All tokens side by side, norm, linear: tokens [B, 1 + T, width] -> [B, outputs]. */
export class FlatHead extends Module {
  readonly kind = 'flat';
  readonly norm: LayerNorm;
  readonly out: Linear;

  constructor(scope: ParameterScope, outputs: number, width: number, tokens: number) {
    super(scope);
    const inputs = (tokens + 1) * width;
    this.norm = new LayerNorm(scope.child('norm'), inputs);
    this.out = new Linear(scope.child('out'), inputs, outputs);
  }

  forward(tokens: Tokens): Tensor {
    return this.within(() => this.out.forward(this.norm.forward(poolFlat(tokens))));
  }
}
