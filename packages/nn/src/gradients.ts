// From a loss to the gradient arenas.

import { type LossAndMore, scope, type Tensor, valueAndGradOrNull } from '@omnigrad/tensor';
import type { ParameterGroup } from './adamw.ts';

/**
 * Runs `fn`, differentiates its loss with respect to the parameters of `groups`, and adds each gradient to its arena.
 * Parameters outside the groups are constants. The result of `fn` belongs to the enclosing scope.
 */
export const accumulateGradients = <T extends Tensor | LossAndMore>(
  fn: () => T,
  groups: readonly Pick<ParameterGroup, 'arena' | 'parameters'>[],
): T =>
  scope(() => {
    const targets = groups.flatMap(({ arena, parameters }) =>
      parameters.filter((p) => p.trainable).map((parameter) => ({ arena, parameter })),
    );
    const { value, grads } = valueAndGradOrNull(
      fn,
      targets.map(({ parameter }) => parameter.value),
    );
    targets.forEach(({ arena, parameter }, i) => {
      const g = grads[i];
      if (g === null) return;
      arena.accumulate(parameter, g);
      g.dispose();
    });
    return value;
  });
