// One stream attends to the other on a residual branch, so that leaving it out is the identity.

import { LayerNorm, Linear, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { add, crossAttention, mul, type Tensor } from '@omnigrad/tensor';

/** Projections of the attention itself. */
export class CrossAttentionProjections extends Module {
  readonly query: Linear;
  readonly keyValue: Linear;
  readonly out: Linear;
  readonly heads: number;

  constructor(scope: ParameterScope, width: number, heads: number) {
    super(scope);
    this.query = new Linear(scope.child('query'), width, width);
    this.keyValue = new Linear(scope.child('keyValue'), width, 2 * width);
    this.out = new Linear(scope.child('out'), width, width);
    this.heads = heads;
  }

  /** A residual is added to the result. */
  forward(query: Tensor, context: Tokens, residual: Tensor | null = null): Tensor {
    return this.within(() => {
      const q = this.query.forward(query);
      const kv = this.keyValue.forward(context.x);
      const seen = crossAttention(q, kv, { heads: this.heads, mask: context.padding?.exists });
      return this.out.forward(seen, { residual });
    });
  }
}

export class CrossAttention extends Module {
  readonly normQuery: LayerNorm;
  readonly normContext: LayerNorm;
  readonly attention: CrossAttentionProjections;

  constructor(scope: ParameterScope, width: number, heads: number, normEps = 1e-5) {
    super(scope);
    this.normQuery = new LayerNorm(scope.child('normQuery'), width, normEps);
    this.normContext = new LayerNorm(scope.child('normContext'), width, normEps);
    this.attention = new CrossAttentionProjections(scope.child('attention'), width, heads);
  }

  /**
   * x + gate · attention(norm(x), norm(context)): x [B, Ta, width], context [B, Tb, width]. `gate` [B, 1, 1] holds 0 for
   * the samples that go without the partner in this step, 1 for the others.
   */
  forward(tokens: Tokens, context: Tokens, gate: Tensor | null = null): Tokens {
    return this.within(() => {
      const seen = { x: this.normContext.forward(context.x), padding: context.padding };
      const attend = (residual: Tensor | null): Tensor =>
        this.attention.forward(this.normQuery.forward(tokens.x), seen, residual);
      const x = gate === null ? attend(tokens.x) : add(tokens.x, mul(attend(null), gate));
      return { x, padding: tokens.padding };
    });
  }
}
