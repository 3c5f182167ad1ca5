// Learning rates as pure functions of the step, so that a resumed run needs no scheduler state.

import { ArgumentError } from '@omnigrad/tensor';

export interface WarmupCosine {
  /** Highest rate. */
  readonly base: number;
  /** Rate at the end. */
  readonly min: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * s < w: base · (s + 1) / w;  else min + (base - min) · (1 + cos(π (s - w) / (total - w))) / 2, and min after `total`.
 * (Loshchilov and Hutter 2017, one cycle, with linear warm-up.)
 */
export const warmupCosine = (step: number, { base, min, warmupSteps, totalSteps }: WarmupCosine): number => {
  if (!(totalSteps >= warmupSteps && warmupSteps >= 0)) {
    throw new ArgumentError(
      'warmupCosine',
      `warm-up of ${warmupSteps} steps does not fit ${totalSteps} steps in total`,
    );
  }
  if (step < warmupSteps) return (base * (step + 1)) / warmupSteps;
  if (step >= totalSteps) return min;
  const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
  return min + ((base - min) * (1 + Math.cos(Math.PI * progress))) / 2;
};
