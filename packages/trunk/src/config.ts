// Widths and depths of transformers. Values the paper does not state are this project's own (docs: README, "ours").

export interface TransformerConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the feed-forward layer. */
  readonly feedForward: number;
  /** 'pre' normalises the input of each part (default), 'post' its sum with the residual, as BERT does. */
  readonly norm: 'pre' | 'post';
  /** 1e-5 for pre-norm here; published BERT weights want 1e-12. */
  readonly normEps: number;
  /** Probability of dropping elements of each residual branch in training. */
  readonly dropout: number;
}

export interface TrunkConfig extends TransformerConfig {
  /** Output widths of the three fully connected layers that reduce the features. */
  readonly reduction: readonly [number, number, number];
}
