// Dropout as a layer.

import { ArgumentError, type Tensor } from '@omnigrad/tensor';
import { drop, type Mode, Module, modeOf } from '../module.ts';
import type { ParameterScope } from '../parameters.ts';

/** Sets elements to 0 with probability p in training and scales the rest by 1 / (1 - p); the identity in evaluation. */
export class Dropout extends Module {
  readonly p: number;

  constructor(scope: ParameterScope, p: number) {
    super(scope);
    if (!(p >= 0 && p < 1)) throw new ArgumentError('Dropout', `p must be in [0, 1), came ${p}`);
    this.p = p;
  }

  /** The elements depend on the key of `mode` and the name of this layer: layers of one model drop different ones. */
  forward(x: Tensor, mode: Mode): Tensor {
    return this.within(() => drop(x, this.p, modeOf(mode, this.name)));
  }
}
