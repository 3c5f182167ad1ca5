// The small PointNet of a group (Point-BERT): layers on each point, the maximum over the points beside each, layers again, a maximum. Point-BERT
// normalises over the batch between them; here each point is normalised alone, so that a sample does not depend on its batch.

import { LayerNorm, Linear, Module, type ParameterScope } from '@omnigrad/nn';
import { concat, expand, max, relu, type Tensor } from '@omnigrad/tensor';

export class PointNet extends Module {
  readonly first: Linear;
  readonly firstNorm: LayerNorm;
  readonly second: Linear;
  readonly third: Linear;
  readonly thirdNorm: LayerNorm;
  readonly fourth: Linear;

  constructor(scope: ParameterScope, inputs: number, hidden: number, width: number) {
    super(scope);
    this.first = new Linear(scope.child('first'), inputs, hidden);
    this.firstNorm = new LayerNorm(scope.child('firstNorm'), hidden);
    this.second = new Linear(scope.child('second'), hidden, 2 * hidden);
    this.third = new Linear(scope.child('third'), 4 * hidden, 4 * hidden);
    this.thirdNorm = new LayerNorm(scope.child('thirdNorm'), 4 * hidden);
    this.fourth = new Linear(scope.child('fourth'), 4 * hidden, width);
  }

  /** x [B, G, K, inputs] -> [B, G, width], whatever the order of the K points. */
  forward(x: Tensor): Tensor {
    return this.within(() => {
      const own = this.second.forward(relu(this.firstNorm.forward(this.first.forward(x)))); // [B, G, K, 2 h]
      const whole = expand(max(own, { axes: 2, keepDims: true }), own.shape);
      const both = concat([whole, own], { axis: 3 }); // [B, G, K, 4 h]
      return max(this.fourth.forward(relu(this.thirdNorm.forward(this.third.forward(both)))), { axes: 2 });
    });
  }
}
