// Divided space-time attention (Bertasius et al. 2021): x + time(norm x), then x + space(norm x). Their feed-forward layers are those of
// the trunk that follows.

import { LayerNorm, type Mode, Module, MultiHeadAttention, modeOf, type ParameterScope } from '@omnigrad/nn';
import { add, permute, reshape, type Tensor } from '@omnigrad/tensor';

export class DividedBlock extends Module {
  readonly timeNorm: LayerNorm;
  readonly time: MultiHeadAttention;
  readonly spaceNorm: LayerNorm;
  readonly space: MultiHeadAttention;

  constructor(scope: ParameterScope, width: number, heads: number) {
    super(scope);
    this.timeNorm = new LayerNorm(scope.child('timeNorm'), width);
    this.time = new MultiHeadAttention(scope.child('time'), width, { heads });
    this.spaceNorm = new LayerNorm(scope.child('spaceNorm'), width);
    this.space = new MultiHeadAttention(scope.child('space'), width, { heads });
  }

  /** x [B, L · S, width], moment by moment, of L moments -> the same. */
  forward(x: Tensor, moments: number, mode: Mode): Tensor {
    return this.within(() => {
      const [B, T, width] = x.expect('B T width');
      const places = T / moments;
      // [B, L · S, width] -> [B, L, S, width] -> [B, S, L, width] -> [B · S, L, width]
      const turned = permute(reshape(this.timeNorm.forward(x), [B, moments, places, width]), [0, 2, 1, 3]);
      const columns = reshape(turned, [B * places, moments, width]);
      const overTime = this.time.forward(columns, columns, columns, modeOf(mode, 'time'));
      // and back
      const back = permute(reshape(overTime, [B, places, moments, width]), [0, 2, 1, 3]);
      const y = add(x, reshape(back, [B, T, width]));
      // [B, L · S, width] -> [B · L, S, width]
      const frames = reshape(this.spaceNorm.forward(y), [B * moments, places, width]);
      const overSpace = this.space.forward(frames, frames, frames, modeOf(mode, 'space'));
      return add(y, reshape(overSpace, [B, T, width]));
    });
  }
}
