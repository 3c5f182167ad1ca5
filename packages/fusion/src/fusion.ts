// Fusion: cross-attention between two streams in each direction, then g, the second transformer, shared by both streams
// and all modalities. Inference runs one stream through g alone.

import { type Mode, Module, modeOf, type ParameterScope, type Tokens } from '@omnigrad/nn';
import type { Tensor } from '@omnigrad/tensor';
import { Transformer, type TransformerConfig } from '@omnigrad/trunk';
import { CrossAttention } from './cross-attention.ts';

export interface FusionConfig {
  /** g; its width is the last of the trunk's reduction. */
  readonly transformer: TransformerConfig;
  /** Heads of the cross-attention between the streams. */
  readonly crossHeads: number;
  /** After g, attend back to the modality's own features of f before a mask decoder. */
  readonly decodeCross: boolean;
}

export class Fusion extends Module {
  readonly config: FusionConfig;
  /** One block for both directions and all pairs of modalities. */
  readonly cross: CrossAttention;
  readonly g: Transformer;
  readonly back: CrossAttention | null;

  constructor(scope: ParameterScope, config: FusionConfig) {
    super(scope);
    const { width, normEps } = config.transformer;
    this.config = config;
    this.cross = new CrossAttention(scope.child('cross'), width, config.crossHeads, normEps);
    this.g = new Transformer(scope.child('g'), config.transformer);
    this.back = config.decodeCross ? new CrossAttention(scope.child('back'), width, config.crossHeads, normEps) : null;
  }

  /**
   * Two streams of one batch size, features of f: [B, Ta, width] and [B, Tb, width] -> g of each, after it has seen the
   * other. `gates` switch the partner off by sample (null: always on).
   */
  pair(
    a: Tokens,
    b: Tokens,
    mode: Mode,
    gates: readonly [Tensor | null, Tensor | null] = [null, null],
  ): [Tokens, Tokens] {
    return this.within(() => [
      this.g.forward(this.cross.forward(a, b, gates[0]), modeOf(mode, 'a')),
      this.g.forward(this.cross.forward(b, a, gates[1]), modeOf(mode, 'b')),
    ]);
  }

  /** One stream without a partner: g(f(x)), the path of inference. */
  single(tokens: Tokens, mode: Mode): Tokens {
    return this.within(() => this.g.forward(tokens, mode));
  }

  /** What a mask decoder sees: the output of g, attending back to the features of f of its own modality. */
  decoding(fused: Tokens, own: Tokens): Tokens {
    const { back } = this;
    return back === null ? fused : this.within(() => back.forward(fused, own));
  }
}
