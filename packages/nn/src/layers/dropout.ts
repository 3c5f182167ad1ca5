// Dropout as a layer: of elements, of channels, of the branches of whole samples. All are the identity in evaluation.

import {
  ArgumentError,
  channelDropout,
  dropout,
  dropPath,
  type KeySource,
  keyTensor,
  scope,
  type Tensor,
} from '@omnigrad/tensor';
import { type Mode, Module, modeOf } from '../module.ts';
import type { ParameterScope } from '../parameters.ts';

/** A probability, and a key of its own for each layer: layers of one model drop different things. */
abstract class DropoutLayer extends Module {
  readonly p: number;

  constructor(at: ParameterScope, name: string, p: number) {
    super(at);
    if (!(p >= 0 && p < 1)) throw new ArgumentError(name, `p must be in [0, 1), came ${p}`);
    this.p = p;
  }

  /** What falls depends on the key of `mode` and the name of this layer. */
  forward(x: Tensor, mode: Mode): Tensor {
    const own = modeOf(mode, this.name);
    return this.within(() => (own.training && this.p > 0 ? this.drop(x, own.key) : x));
  }

  protected abstract drop(x: Tensor, key: KeySource): Tensor;
}

/** Sets elements to 0 with probability p in training and scales the rest by 1 / (1 - p). */
export class Dropout extends DropoutLayer {
  constructor(at: ParameterScope, p: number) {
    super(at, 'Dropout', p);
  }

  protected override drop(x: Tensor, key: KeySource): Tensor {
    return dropout(x, key, this.p);
  }
}

/** Dropout of whole channels of x [B, C, ...spatial] (torch.nn.Dropout1d, 2d and 3d; Tompson et al. 2015). */
export class ChannelDropout extends DropoutLayer {
  constructor(at: ParameterScope, p: number) {
    super(at, 'ChannelDropout', p);
  }

  protected override drop(x: Tensor, key: KeySource): Tensor {
    return scope(() => channelDropout(x, keyTensor(key, x), this.p));
  }
}

/** Stochastic depth (Huang et al. 2016): drops whole samples of x [B, ...], the branch of a residual block. */
export class DropPath extends DropoutLayer {
  constructor(at: ParameterScope, p: number) {
    super(at, 'DropPath', p);
  }

  protected override drop(x: Tensor, key: KeySource): Tensor {
    return scope(() => dropPath(x, keyTensor(key, x), this.p));
  }
}
