// Clipping of gradients in their arenas, without the host seeing a number of them.

import {
  ArgumentError,
  add,
  type Backend,
  clampInPlace,
  div,
  full,
  minimum,
  scaleInPlace,
  scope,
  sqrt,
  sumOfSquaresInto,
  type Tensor,
  zeros,
} from '@omnigrad/tensor';
import { finite, requireOption } from './option-checks.ts';
import { type ParameterGroup, trainable } from './parameters.ts';

type Gradients = Pick<ParameterGroup, 'arena' | 'parameters' | 'frozen'>;

/** √ Σ g² over all parameters, [1]. Sums in float64, groups in float32. */
export const globalNorm = (groups: readonly Gradients[], backend: Backend): Tensor =>
  scope(() => {
    let squares = zeros([1], { backend });
    for (const { arena, parameters } of groups) {
      const part = zeros([1], { backend });
      sumOfSquaresInto(part, arena.grads, arena.ranges(parameters));
      squares = add(squares, part);
    }
    return sqrt(squares);
  });

export const requireMaxNorm = (op: string, maxNorm: number): void => {
  if (!(maxNorm >= 0)) throw new ArgumentError(op, `maxNorm is ${maxNorm}; use a number of at least 0`);
};

/** min(1, maxNorm / (norm + 1e-6)), [1]; 1 for a maxNorm of Infinity. */
export const clipFactor = (norm: Tensor, maxNorm: number): Tensor => {
  const { backend } = norm;
  if (maxNorm === Infinity) return full([1], 1, { backend });
  return scope(() => minimum(div(full([1], maxNorm, { backend }), add(norm, 1e-6)), 1));
};

const trained = (op: string, groups: readonly Gradients[]): { groups: Gradients[]; backend: Backend } => {
  if (groups.length === 0) throw new ArgumentError(op, 'came without parameter groups; pass at least one');
  return {
    groups: groups.map((group) => ({ arena: group.arena, parameters: trainable(group) })),
    backend: groups[0].arena.values.backend,
  };
};

/**
 * Scales all gradients of the groups by min(1, maxNorm / (norm + 1e-6)) in place, norm = √ Σ g² over all of them, and
 * returns the norm before, [1] (torch.nn.utils.clip_grad_norm_). A norm of Infinity makes finite gradients 0 and infinite
 * ones NaN; a norm of NaN makes all NaN. Frozen parameters are left out. A parameter that is listed twice counts twice.
 */
export const clipGradNorm = (groups: readonly Gradients[], maxNorm: number): Tensor =>
  scope(() => {
    const on = trained('clipGradNorm', groups);
    requireMaxNorm('clipGradNorm', maxNorm);
    const norm = globalNorm(on.groups, on.backend);
    const factor = clipFactor(norm, maxNorm);
    for (const { arena, parameters } of on.groups) scaleInPlace(arena.grads, factor, arena.ranges(parameters));
    return norm;
  });

/**
 * g = max(-maxValue, min(maxValue, g)) for all gradients of the groups, in place (torch.nn.utils.clip_grad_value_).
 * Infinity becomes maxValue, NaN stays. Frozen parameters are left out.
 */
export const clipGradValue = (groups: readonly Gradients[], maxValue: number): void => {
  requireOption('clipGradValue', 'maxValue', maxValue, finite);
  for (const { arena, parameters } of trained('clipGradValue', groups).groups) {
    clampInPlace(arena.grads, maxValue, arena.ranges(parameters));
  }
};
