// Embeddings: of what belongs together across modalities, and of who is who.

import {
  BatchNorm,
  constant,
  LayerNorm,
  Linear,
  type Mode,
  Module,
  onesInit,
  type Parameter,
  type ParameterScope,
  type Tokens,
  truncatedNormal,
} from '@omnigrad/nn';
import {
  add,
  div,
  matmul,
  maximum,
  minimum,
  mul,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@omnigrad/tensor';
import type { HeadConfig } from '../head-config.ts';
import { poolings } from '../pooling.ts';

type EmbeddingConfig = Extract<HeadConfig, { kind: 'embedding' }>;

/** Similarities are multiplied by at most this, as in CLIP. */
const mostScale = 100;

/** x [..., width] of length 1. The floor is under the root, so that the gradient at 0 is finite. */
export const unitRows = (x: Tensor): Tensor =>
  div(x, sqrt(maximum(sum(square(x), { axes: -1, keepDims: true }), 1e-24)));

export interface EmbeddingOutputs {
  /** What triplets compare, [B, width]. */
  readonly feature: Tensor;
  /** Of length 1, [B, width]: the answer. */
  readonly embedding: Tensor;
  /** [B, identities]; null for pairs. */
  readonly logits: Tensor | null;
}

/** Batch normalisation without a shift, and a classifier without one: BNNeck of Luo et al. (2019). */
class IdentityNeck extends Module {
  readonly norm: BatchNorm;
  readonly scale: Parameter;
  readonly classifier: Parameter;

  constructor(scope: ParameterScope, width: number, identities: number) {
    super(scope);
    this.norm = new BatchNorm(scope.child('norm'), width, { affine: false });
    this.scale = scope.param('scale', [width], onesInit);
    this.classifier = scope.param('classifier', [width, identities], truncatedNormal(0.02));
  }

  /** feature [B, width] -> the same shape. In training B must be 2 or more. */
  forward(feature: Tensor, mode: Mode): Tensor {
    return this.within(() => mul(this.norm.forward(feature, mode), this.scale.value));
  }
}

/** pool, norm, linear, and for identities a neck: tokens [B, 1 + T, width of g] -> vectors of length 1, [B, width]. */
export class EmbeddingHead extends Module {
  readonly kind = 'embedding';
  readonly config: EmbeddingConfig;
  readonly norm: LayerNorm;
  readonly out: Linear;
  readonly neck: IdentityNeck | null;
  /** The logarithm of what similarities of pairs are multiplied by, [1]. */
  readonly logScale: Parameter | null;

  constructor(scope: ParameterScope, config: EmbeddingConfig, width: number) {
    super(scope);
    const inputs = poolings[config.pooling ?? 'classAndMean'].widths * width;
    const { objective } = config;
    this.config = config;
    this.norm = new LayerNorm(scope.child('norm'), inputs);
    this.out = new Linear(scope.child('out'), inputs, config.width);
    this.neck =
      objective.kind === 'identities'
        ? new IdentityNeck(scope.child('neck'), config.width, objective.identities)
        : null;
    this.logScale =
      objective.kind === 'pairs'
        ? scope.param('logScale', [1], constant(-Math.log(objective.temperature ?? 0.07)), { decay: false })
        : null;
  }

  outputs(tokens: Tokens, mode: Mode): EmbeddingOutputs {
    return this.within(() => {
      const { pool } = poolings[this.config.pooling ?? 'classAndMean'];
      const feature = this.out.forward(this.norm.forward(pool(tokens)));
      if (this.neck === null) return { feature, embedding: unitRows(feature), logits: null };
      const normed = this.neck.forward(feature, mode);
      return { feature, embedding: unitRows(normed), logits: matmul(normed, this.neck.classifier.value) };
    });
  }

  forward(tokens: Tokens, mode: Mode): Tensor {
    return this.outputs(tokens, mode).embedding;
  }
}

/**
 * The logarithm of the scale that two heads of a pair share: the mean of theirs, at most log 100. Its gradient is that of the mean also beyond
 * the limit, so that a head that went too far can come back.
 */
export const sharedLogScale = (a: Parameter, b: Parameter): Tensor => {
  const mean = mul(add(a.value, b.value), 0.5);
  return add(mean, stopGradient(sub(minimum(mean, Math.log(mostScale)), mean)));
};
