// Heads of supervised tasks: one for each pair of modality and task.

import { evaluation, type Mode, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { ArgumentError, reshape, type Tensor } from '@omnigrad/tensor';
import { checkHead, type HeadConfig } from './head-config.ts';
import type { Interpolation } from './interpolation.ts';
import { SummaryHead } from './summary/decoder.ts';
import { DenseHead } from './tasks/dense.ts';
import { ElementHead } from './tasks/elements.ts';
import { EmbeddingHead } from './tasks/embedding.ts';
import { PointsHead } from './tasks/points.ts';
import { FlatHead, PooledHead } from './tasks/pooled.ts';

/** The module behind a head; several kinds of head share one kind of module. */
export type HeadNet = PooledHead | FlatHead | ElementHead | DenseHead | PointsHead | EmbeddingHead | SummaryHead;

const build = (scope: ParameterScope, config: HeadConfig, width: number, tokens: number): HeadNet => {
  switch (config.kind) {
    case 'classification':
    case 'labels':
    case 'regression':
      return new PooledHead(scope, config, width);
    case 'values':
      return new FlatHead(scope, config.outputs, width, tokens);
    case 'tokens':
      return new ElementHead(scope, config.outputs, width, null);
    case 'nodes':
      return new ElementHead(scope, config.outputs, width, { first: 0, count: config.nodes });
    case 'edges':
      return new ElementHead(scope, config.outputs, width, { first: config.nodes, count: config.edges });
    case 'dense':
      return new DenseHead(scope, config, width);
    case 'points':
      return new PointsHead(scope, config, width);
    case 'embedding':
      return new EmbeddingHead(scope, config, width);
    case 'summary':
      return new SummaryHead(scope, config, width);
  }
};

export class TaskHead extends Module {
  readonly config: HeadConfig;
  readonly net: HeadNet;

  /** `width` and `tokens` are those of g's output, the class token not counted. */
  constructor(scope: ParameterScope, config: HeadConfig, width: number, tokens: number) {
    super(scope);
    checkHead(config, tokens);
    this.config = config;
    this.net = build(scope, config, width, tokens);
  }

  /**
   * Tokens [B, 1 + T, width] -> see HeadConfig. `places` are for 'points'. A summary has no answer in one pass: its `net` writes
   * one token after another.
   */
  forward(tokens: Tokens, mode: Mode = evaluation, places: Interpolation | null = null): Tensor {
    const { net } = this;
    switch (net.kind) {
      case 'pooled':
      case 'flat':
      case 'elements':
      case 'dense':
        return net.forward(tokens);
      case 'points':
        return net.forward(tokens, places);
      case 'embedding':
        return net.forward(tokens, mode);
      case 'summary':
        throw new ArgumentError(
          'TaskHead',
          `${this.name} writes a text and has no answer in one pass; use summarise()`,
        );
    }
  }
}

/** [B, T, outputs] -> [B, T · outputs]. */
export const flattenTokens = (x: Tensor): Tensor => reshape(x, [x.shape[0], x.shape[1] * x.shape[2]]);
