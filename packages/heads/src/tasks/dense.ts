// Answers for pixels, from tokens of patches.

import { LayerNorm, Linear, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { permute, reshape, resizeBilinear, ShapeError, slice, type Tensor } from '@omnigrad/tensor';
import type { HeadConfig } from '../head-config.ts';

type DenseConfig = Extract<HeadConfig, { kind: 'dense' }>;

/**
 * A light decoder: tokens [B, 1 + rows · columns, width] -> [B, H, W, outputs]. 'shuffle': one linear layer makes all pixels of a
 * patch from its token (sub-pixel convolution of kernel 1, Shi et al. 2016). 'bilinear': one answer a token, interpolated
 * without aligned corners (Strudel et al. 2021, linear decoder; Zheng et al. 2021, SETR-Naive with `hidden`).
 */
export class DenseHead extends Module {
  readonly kind = 'dense';
  readonly config: DenseConfig;
  readonly norm: LayerNorm;
  readonly hidden: Linear | null;
  readonly out: Linear;

  constructor(scope: ParameterScope, config: DenseConfig, width: number) {
    super(scope);
    const { layout, outputs, upsampling, hidden = 0 } = config;
    const each = upsampling === 'shuffle' ? layout.patchRows * layout.patchColumns * outputs : outputs;
    this.config = config;
    this.norm = new LayerNorm(scope.child('norm'), width);
    this.hidden = hidden === 0 ? null : new Linear(scope.child('hidden'), width, hidden);
    this.out = new Linear(scope.child('out'), hidden === 0 ? width : hidden, each);
  }

  forward({ x, padding }: Tokens): Tensor {
    return this.within(() => {
      const { layout, outputs: K, upsampling } = this.config;
      const { rows: R, columns: C, patchRows: P, patchColumns: Q } = layout;
      const B = x.shape[0];
      if (padding !== null || x.shape[1] !== 1 + R * C) {
        const came = padding !== null ? 'padded ones' : `${x.shape[1] - 1}`;
        throw new ShapeError('DenseHead', `expected ${R * C} tokens, one a patch, came ${came}`);
      }
      const features = this.norm.forward(slice(x, { axis: 1, start: 1 }));
      const y = this.out.forward(this.hidden?.forward(features, { activation: 'gelu' }) ?? features);
      if (upsampling === 'shuffle') {
        // [B, R · C, P · Q · K] -> [B, R, C, P, Q, K] -> [B, R, P, C, Q, K] -> [B, H, W, K]
        return reshape(permute(reshape(y, [B, R, C, P, Q, K]), [0, 1, 3, 2, 4, 5]), [B, R * P, C * Q, K]);
      }
      // [B, R · C, K] -> [B, K, R, C] -> [B, K, H, W] -> [B, H, W, K]
      const planes = permute(reshape(y, [B, R, C, K]), [0, 3, 1, 2]);
      return permute(resizeBilinear(planes, [R * P, C * Q]), [0, 2, 3, 1]);
    });
  }
}
