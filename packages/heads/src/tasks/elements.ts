// Heads that answer for tokens: each patch, each node or each edge by itself.

import { LayerNorm, Linear, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { reshape, slice, type Tensor, where } from '@omnigrad/tensor';

/** Which tokens, counted without the class token; null: all of them, padding too. */
export type TokenRange = { readonly first: number; readonly count: number } | null;

/**
 * norm, linear: tokens [B, 1 + T, width] -> [B, count, outputs]. In a range, tokens that do not exist answer 0 and give no
 * gradient. Nodes of the graph tokenizer are its first tokens, edges those behind (TokenGT).
 */
export class ElementHead extends Module {
  readonly kind = 'elements';
  readonly norm: LayerNorm;
  readonly out: Linear;
  readonly range: TokenRange;

  constructor(scope: ParameterScope, outputs: number, width: number, range: TokenRange) {
    super(scope);
    this.norm = new LayerNorm(scope.child('norm'), width);
    this.out = new Linear(scope.child('out'), width, outputs);
    this.range = range;
  }

  forward({ x, padding }: Tokens): Tensor {
    return this.within(() => {
      const { range } = this;
      if (range === null) return this.out.forward(this.norm.forward(slice(x, { axis: 1, start: 1 })));
      const at = { axis: 1, start: 1 + range.first, end: 1 + range.first + range.count };
      const y = this.out.forward(this.norm.forward(slice(x, at)));
      if (padding === null) return y;
      return where(reshape(slice(padding.exists, at), [x.shape[0], range.count, 1]), y, 0);
    });
  }
}
