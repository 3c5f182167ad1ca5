// Answers for points, from tokens of groups.

import { LayerNorm, Linear, Module, type ParameterScope, type Tokens } from '@omnigrad/nn';
import {
  add,
  gatherRows,
  gelu,
  ids,
  mul,
  reshape,
  ShapeError,
  slice,
  sum,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import type { HeadConfig } from '../head-config.ts';
import { type Interpolation, neighbours } from '../interpolation.ts';
import { poolClassAndMean } from '../pooling.ts';

type PointsConfig = Extract<HeadConfig, { kind: 'points' }>;

/**
 * Feature propagation (PointNet++, Point-MAE): each point takes the features of its three nearest groups, weighted, beside its own
 * coordinates and what the whole cloud is; layers on each point follow. Tokens [B, 1 + G, width] -> [B, points, outputs].
 */
export class PointsHead extends Module {
  readonly kind = 'points';
  readonly config: PointsConfig;
  readonly norm: LayerNorm;
  readonly local: Linear;
  readonly position: Linear;
  readonly global: Linear;
  readonly hiddenNorm: LayerNorm;
  readonly hidden: Linear;
  readonly out: Linear;

  constructor(scope: ParameterScope, config: PointsConfig, width: number) {
    super(scope);
    const { hidden, outputs } = config;
    this.config = config;
    this.norm = new LayerNorm(scope.child('norm'), width);
    this.local = new Linear(scope.child('local'), width, hidden);
    this.position = new Linear(scope.child('position'), 3, hidden);
    this.global = new Linear(scope.child('global'), 2 * width, hidden);
    this.hiddenNorm = new LayerNorm(scope.child('hiddenNorm'), hidden);
    this.hidden = new Linear(scope.child('hidden'), hidden, hidden);
    this.out = new Linear(scope.child('out'), hidden, outputs);
  }

  /** `places` of the batch: [B, points, 3] each. */
  forward(tokens: Tokens, places: Interpolation | null): Tensor {
    return this.within(() => {
      const { points: N, hidden: H } = this.config;
      const { backend } = tokens.x;
      const [B, , width] = tokens.x.expect('B T width');
      if (places === null || places.weights.length !== B * N * neighbours) {
        const came = places === null ? 'none' : `places of ${places.weights.length / neighbours / B}`;
        throw new ShapeError(
          'PointsHead',
          `expected the places of ${N} points a sample, came ${came}; interpolate() them`,
        );
      }
      const x = this.norm.forward(tokens.x);
      const groups = slice(x, { axis: 1, start: 1 });
      const near = gatherRows(groups, ids(places.indices, [B, N * neighbours], { backend })); // [B, N · 3, width]
      const weights = tensor(places.weights, [B, N, neighbours, 1], { backend });
      const own = sum(mul(reshape(near, [B, N, neighbours, width]), weights), { axes: 2 }); // [B, N, width]
      const stand = this.position.forward(tensor(places.positions, [B, N, 3], { backend }));
      const whole = this.global.forward(poolClassAndMean({ x, padding: tokens.padding })); // [B, H]
      const first = add(this.local.forward(own, { residual: stand }), reshape(whole, [B, 1, H]));
      const second = this.hidden.forward(gelu(this.hiddenNorm.forward(first)), { activation: 'gelu' });
      return this.out.forward(second);
    });
  }
}
