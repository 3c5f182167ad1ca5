// f: the transformer that all modalities share, then three fully connected layers that reduce the width.

import {
  Linear,
  type Mode,
  Module,
  type Parameter,
  type ParameterScope,
  type Tokens,
  truncatedNormal,
} from '@omnigrad/nn';
import { concat, expand, ones, reshape, type Tensor } from '@omnigrad/tensor';
import type { TrunkConfig } from './config.ts';
import { Transformer } from './transformer.ts';

/** Three fully connected layers with ReLU between them. */
export class Reduction extends Module {
  readonly layers: readonly Linear[];

  constructor(scope: ParameterScope, width: number, widths: readonly [number, number, number]) {
    super(scope);
    const sizes = [width, ...widths];
    this.layers = widths.map((w, i) => new Linear(scope.child(`${i}`), sizes[i], w));
  }

  /** x [..., width] -> [..., widths[2]]. */
  forward(x: Tensor): Tensor {
    const [first, second, third] = this.layers;
    const activation = 'relu';
    return this.within(() => third.forward(second.forward(first.forward(x, { activation }), { activation })));
  }
}

/** The padding mask with a token that always exists put in front. */
const withClass = (tokens: Tokens, batch: number): Tokens['padding'] => {
  if (tokens.padding === null) return null;
  const { exists } = tokens.padding;
  return {
    kind: 'padding',
    exists: concat([ones([batch, 1], { dtype: 'bool', backend: exists.backend }), exists], { axis: 1 }),
  };
};

export class Trunk extends Module {
  readonly config: TrunkConfig;
  readonly classToken: Parameter;
  readonly transformer: Transformer;
  readonly reduction: Reduction;

  constructor(scope: ParameterScope, config: TrunkConfig) {
    super(scope);
    this.config = config;
    this.classToken = scope.param('classToken', [config.width], truncatedNormal(0.02), { decay: false });
    this.transformer = new Transformer(scope.child('transformer'), config);
    this.reduction = new Reduction(scope.child('reduction'), config.width, config.reduction);
  }

  /** tokens [B, T, width] -> [B, 1 + T, reduction[2]]; row 0 is the class token. */
  forward(tokens: Tokens, mode: Mode): Tokens {
    return this.within(() => {
      const [B] = tokens.x.expect('B T width');
      const { width } = this.config;
      // [width] -> [1, 1, width] -> [B, 1, width]
      const first = expand(reshape(this.classToken.value, [1, 1, width]), [B, 1, width]);
      const x = concat([first, tokens.x], { axis: 1 });
      const y = this.transformer.forward({ x, padding: withClass(tokens, B) }, mode);
      return { x: this.reduction.forward(y.x), padding: y.padding };
    });
  }
}
