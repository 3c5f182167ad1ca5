// The model of the golden files: a transformer whose parameters have no prefix, and the reduction.

import type { ParameterScope } from '@omnigrad/nn';
import type { GoldenFile } from '@omnigrad/tensor/testing';
import { Reduction, Transformer } from '../src/index.ts';

interface EncoderParameters {
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly blocks: number;
  readonly reduction: readonly [number, number, number];
  readonly norm: 'pre' | 'post';
  /** AdamW's file needs `eps` for the optimiser. */
  readonly layerNormEps?: number;
  readonly eps: number;
}

export const encoderOf = (at: ParameterScope, file: GoldenFile): { transformer: Transformer; reduction: Reduction } => {
  const p = JSON.parse(file.metadata.config) as EncoderParameters;
  return {
    transformer: new Transformer(at, {
      width: p.width,
      heads: p.heads,
      feedForward: p.hidden,
      layers: p.blocks,
      norm: p.norm,
      normEps: p.layerNormEps ?? p.eps,
      dropout: 0,
    }),
    reduction: new Reduction(at.child('reduction'), p.width, p.reduction),
  };
};
