// Heads of supervised tasks: one for each pair of modality and task.

import { LayerNorm, Linear, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { reshape, slice, type Tensor } from '@omnigrad/tensor';
import { poolClassAndMean, poolFlat } from './pooling.ts';

export type HeadConfig =
  /** Pooled features -> logits [B, classes]. */
  | { readonly kind: 'classification'; readonly classes: number }
  /** All tokens, flattened -> values [B, outputs] (forecasts, regressions). */
  | { readonly kind: 'values'; readonly outputs: number }
  /** Each token -> `outputs` values of its own, [B, T, outputs] (pixels). */
  | { readonly kind: 'tokens'; readonly outputs: number };

export class TaskHead extends Module {
  readonly config: HeadConfig;
  readonly norm: LayerNorm;
  readonly out: Linear;

  /** `width` and `tokens` are those of g's output, the class token not counted. */
  constructor(scope: ParameterScope, config: HeadConfig, width: number, tokens: number) {
    super(scope);
    this.config = config;
    const inputs = { classification: 2 * width, values: (tokens + 1) * width, tokens: width }[config.kind];
    this.norm = new LayerNorm(scope.child('norm'), inputs);
    this.out = new Linear(
      scope.child('out'),
      inputs,
      config.kind === 'classification' ? config.classes : config.outputs,
    );
  }

  /** Tokens [B, 1 + T, width] -> see HeadConfig. */
  forward(tokens: Tokens): Tensor {
    return this.within(() => {
      switch (this.config.kind) {
        case 'classification':
          return this.out.forward(this.norm.forward(poolClassAndMean(tokens)));
        case 'values':
          return this.out.forward(this.norm.forward(poolFlat(tokens)));
        case 'tokens': {
          const own = slice(tokens.x, { axis: 1, start: 1 });
          return this.out.forward(this.norm.forward(own));
        }
      }
    });
  }
}

/** [B, T, outputs] -> [B, T · outputs]. */
export const flattenTokens = (x: Tensor): Tensor => reshape(x, [x.shape[0], x.shape[1] * x.shape[2]]);
