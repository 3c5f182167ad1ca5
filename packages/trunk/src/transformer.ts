// BERT-style transformer encoder (Devlin et al. 2019), pre-norm or post-norm.

import { drop, LayerNorm, Linear, type Mode, Module, modeOf, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { add, selfAttention, type Tensor } from '@omnigrad/tensor';
import type { TransformerConfig } from './config.ts';

/** Multi-head self-attention with one packed projection. */
export class SelfAttention extends Module {
  readonly qkv: Linear;
  readonly out: Linear;
  readonly heads: number;

  constructor(scope: ParameterScope, width: number, heads: number) {
    super(scope);
    this.qkv = new Linear(scope.child('qkv'), width, 3 * width);
    this.out = new Linear(scope.child('out'), width, width);
    this.heads = heads;
  }

  /** x [B, T, width] -> the same shape; a residual is added to the result. */
  forward({ x, padding }: Tokens, residual: Tensor | null = null): Tensor {
    return this.within(() => {
      const seen = selfAttention(this.qkv.forward(x), { heads: this.heads, mask: padding?.exists });
      return this.out.forward(seen, { residual });
    });
  }
}

/** fc2(gelu(fc1(x))). */
export class Mlp extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor(scope: ParameterScope, width: number, hidden: number) {
    super(scope);
    this.fc1 = new Linear(scope.child('fc1'), width, hidden);
    this.fc2 = new Linear(scope.child('fc2'), hidden, width);
  }

  /** x [..., width] -> the same shape; a residual is added to the result. */
  forward(x: Tensor, residual: Tensor | null = null): Tensor {
    return this.within(() => this.fc2.forward(this.fc1.forward(x, { activation: 'gelu' }), { residual }));
  }
}

/** Attention and feed-forward, each on a residual branch. */
export class TransformerBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attention: SelfAttention;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly config: TransformerConfig;

  constructor(scope: ParameterScope, config: TransformerConfig) {
    super(scope);
    const { width, heads, feedForward, normEps } = config;
    this.norm1 = new LayerNorm(scope.child('norm1'), width, normEps);
    this.attention = new SelfAttention(scope.child('attention'), width, heads);
    this.norm2 = new LayerNorm(scope.child('norm2'), width, normEps);
    this.mlp = new Mlp(scope.child('mlp'), width, feedForward);
    this.config = config;
  }

  // pre:  x = x + attention(norm1(x));  x = x + mlp(norm2(x))
  // post: x = norm1(x + attention(x));  x = norm2(x + mlp(x))
  forward({ x, padding }: Tokens, mode: Mode): Tokens {
    const { norm, dropout } = this.config;
    const drops = mode.training && dropout > 0;
    /** from + branch: in the pass of the branch's last product, unless something is dropped between the two. */
    const sum = (from: Tensor, name: string, branch: (residual: Tensor | null) => Tensor): Tensor =>
      drops ? add(from, drop(branch(null), dropout, modeOf(mode, name))) : branch(from);
    const attend = (from: Tensor, seen: Tensor): Tensor =>
      sum(from, 'attention', (residual) => this.attention.forward({ x: seen, padding }, residual));
    const feed = (from: Tensor, seen: Tensor): Tensor =>
      sum(from, 'mlp', (residual) => this.mlp.forward(seen, residual));
    return this.within(() => {
      if (norm === 'pre') {
        const a = attend(x, this.norm1.forward(x));
        return { x: feed(a, this.norm2.forward(a)), padding };
      }
      const a = this.norm1.forward(attend(x, x));
      return { x: this.norm2.forward(feed(a, a)), padding };
    });
  }
}

/** A stack of blocks; a pre-norm stack ends with a normalisation. */
export class Transformer extends Module {
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm | null;

  constructor(scope: ParameterScope, config: TransformerConfig) {
    super(scope);
    const blocks = scope.child('blocks');
    this.blocks = Array.from({ length: config.layers }, (_, i) => new TransformerBlock(blocks.child(`${i}`), config));
    this.norm = config.norm === 'pre' ? new LayerNorm(scope.child('norm'), config.width, config.normEps) : null;
  }

  /** x [B, T, width] -> the same shape. */
  forward(tokens: Tokens, mode: Mode): Tokens {
    return this.within(() => {
      let y = tokens;
      this.blocks.forEach((block, i) => {
        y = block.forward(y, modeOf(mode, i));
      });
      return this.norm === null ? y : { x: this.norm.forward(y.x), padding: y.padding };
    });
  }
}
