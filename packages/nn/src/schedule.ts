// Learning rates as pure functions of the step, so that a resumed run needs no scheduler state.

import { ArgumentError } from '@omnigrad/tensor';
import { finite, openShare, positive, requireOption, wholeNumber, wholePositive } from './option-checks.ts';

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

/** A rate as a function of the step, counted from 0. */
export type Schedule = (step: number) => number;

export interface ConstantRate {
  readonly base: number;
}

/** base */
export const constantRate = (step: number, { base }: ConstantRate): number => {
  requireOption('constantRate', 'step', step, wholeNumber);
  requireOption('constantRate', 'base', base, finite);
  return base;
};

export interface LinearWarmup {
  readonly base: number;
  readonly warmupSteps: number;
}

/** base · min(1, (s + 1) / w); torch's LinearLR from 1 / w to 1 in w - 1 steps. */
export const linearWarmup = (step: number, { base, warmupSteps }: LinearWarmup): number => {
  requireOption('linearWarmup', 'step', step, wholeNumber);
  requireOption('linearWarmup', 'base', base, finite);
  requireOption('linearWarmup', 'warmupSteps', warmupSteps, wholeNumber);
  return step < warmupSteps ? (base * (step + 1)) / warmupSteps : base;
};

export interface LinearDecay {
  readonly base: number;
  readonly min: number;
  readonly totalSteps: number;
}

/** base + (min - base) · s / total, and min after `total`; torch's LinearLR from 1 to min / base. */
export const linearDecay = (step: number, options: LinearDecay): number =>
  decay('linearDecay', step, { ...options, power: 1 });

export interface PolynomialDecay extends LinearDecay {
  readonly power: number;
}

/** min + (base - min) · (1 - s / total)^power, and min after `total`; torch's PolynomialLR where min is 0. */
export const polynomialDecay = (step: number, options: PolynomialDecay): number =>
  decay('polynomialDecay', step, options);

const decay = (op: string, step: number, { base, min, totalSteps, power }: PolynomialDecay): number => {
  requireOption(op, 'step', step, wholeNumber);
  requireOption(op, 'base', base, finite);
  requireOption(op, 'min', min, finite);
  requireOption(op, 'totalSteps', totalSteps, wholePositive);
  requireOption(op, 'power', power, positive);
  return step >= totalSteps ? min : min + (base - min) * (1 - step / totalSteps) ** power;
};

export interface StepDecay {
  readonly base: number;
  readonly gamma: number;
  /** Steps between two multiplications. */
  readonly every: number;
}

/** base · gamma^⌊s / every⌋ (torch's StepLR). */
export const stepDecay = (step: number, { base, gamma, every }: StepDecay): number => {
  requireOption('stepDecay', 'step', step, wholeNumber);
  requireOption('stepDecay', 'base', base, finite);
  requireOption('stepDecay', 'gamma', gamma, positive);
  requireOption('stepDecay', 'every', every, wholePositive);
  return base * gamma ** Math.floor(step / every);
};

export interface MultiStepDecay {
  readonly base: number;
  readonly gamma: number;
  /** Steps at which the rate is multiplied; one that is listed twice counts twice. */
  readonly milestones: readonly number[];
}

/** base · gamma^(number of milestones up to s) (torch's MultiStepLR). */
export const multiStepDecay = (step: number, { base, gamma, milestones }: MultiStepDecay): number => {
  requireOption('multiStepDecay', 'step', step, wholeNumber);
  requireOption('multiStepDecay', 'base', base, finite);
  requireOption('multiStepDecay', 'gamma', gamma, positive);
  for (const milestone of milestones) requireOption('multiStepDecay', 'a milestone', milestone, wholeNumber);
  return base * gamma ** milestones.filter((milestone) => milestone <= step).length;
};

export interface ExponentialDecay {
  readonly base: number;
  readonly gamma: number;
}

/** base · gamma^s (torch's ExponentialLR). */
export const exponentialDecay = (step: number, { base, gamma }: ExponentialDecay): number => {
  requireOption('exponentialDecay', 'step', step, wholeNumber);
  requireOption('exponentialDecay', 'base', base, finite);
  requireOption('exponentialDecay', 'gamma', gamma, positive);
  return base * gamma ** step;
};

export interface CosineRestarts {
  readonly base: number;
  readonly min: number;
  /** Steps of the first cycle. */
  readonly period: number;
  /** Each cycle is so many times as long as the one before. Default: 1. */
  readonly factor?: number;
}

/** min + (base - min) · (1 + cos(π t / T)) / 2, t steps into a cycle of T (Loshchilov and Hutter 2017; torch's CosineAnnealingWarmRestarts). */
export const cosineRestarts = (step: number, { base, min, period, factor = 1 }: CosineRestarts): number => {
  requireOption('cosineRestarts', 'step', step, wholeNumber);
  requireOption('cosineRestarts', 'base', base, finite);
  requireOption('cosineRestarts', 'min', min, finite);
  requireOption('cosineRestarts', 'period', period, wholePositive);
  requireOption('cosineRestarts', 'factor', factor, wholePositive);
  let [into, length] = factor === 1 ? [step % period, period] : [step, period];
  while (into >= length) {
    into -= length;
    length *= factor;
  }
  return min + ((base - min) * (1 + Math.cos((Math.PI * into) / length))) / 2;
};

export interface OneCycle {
  /** Highest rate. */
  readonly max: number;
  readonly totalSteps: number;
  /** Share of the steps that rise. Default: 0.3. */
  readonly warmupShare?: number;
  /** Default: cos. */
  readonly anneal?: 'cos' | 'linear';
  /** The first rate is max / divideFirst. Default: 25. */
  readonly divideFirst?: number;
  /** The last rate is the first / divideLast. Default: 10000. */
  readonly divideLast?: number;
}

/**
 * From max / divideFirst up to max at step warmupShare · total - 1, and down to the last rate at step total - 1, where it stays
 * (Smith and Topin 2017, two phases; torch's OneCycleLR).
 */
export const oneCycle = (step: number, options: OneCycle): number => {
  const { max, totalSteps, warmupShare = 0.3, anneal = 'cos', divideFirst = 25, divideLast = 1e4 } = options;
  requireOption('oneCycle', 'step', step, wholeNumber);
  requireOption('oneCycle', 'max', max, finite);
  requireOption('oneCycle', 'totalSteps', totalSteps, wholePositive);
  requireOption('oneCycle', 'warmupShare', warmupShare, openShare);
  requireOption('oneCycle', 'divideFirst', divideFirst, positive);
  requireOption('oneCycle', 'divideLast', divideLast, positive);
  const first = max / divideFirst;
  const last = first / divideLast;
  const top = warmupShare * totalSteps - 1;
  const between = (from: number, to: number, progress: number): number =>
    anneal === 'linear' ? from + (to - from) * progress : to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
  if (step <= top) return top === 0 ? max : between(first, max, step / top);
  return step >= totalSteps - 1 ? last : between(max, last, (step - top) / (totalSteps - 1 - top));
};

export interface SchedulePart {
  readonly rate: Schedule;
  /** Steps that this part lasts; Infinity for the last. */
  readonly steps: number;
}

/** One schedule after the other, each counting from its own step 0 (torch's SequentialLR). The last part goes on for ever. */
export const sequence = (parts: readonly SchedulePart[]): Schedule => {
  if (parts.length === 0) throw new ArgumentError('sequence', 'came without parts; pass at least one');
  parts.forEach(({ steps }, i) => {
    if (i < parts.length - 1 || steps !== Infinity) requireOption('sequence', `steps of part ${i}`, steps, wholeNumber);
  });
  return (step) => {
    requireOption('sequence', 'step', step, wholeNumber);
    let into = step;
    for (const { rate, steps } of parts.slice(0, -1)) {
      if (into < steps) return rate(into);
      into -= steps;
    }
    return parts[parts.length - 1].rate(into);
  };
};

/** A linear rise to the first rate of `rate` in `warmupSteps` steps, (s + 1) / w of it, and then `rate` from its step 0. */
export const withWarmup = (warmupSteps: number, rate: Schedule): Schedule =>
  sequence([
    { rate: (step) => linearWarmup(step, { base: rate(0), warmupSteps }), steps: warmupSteps },
    { rate, steps: Infinity },
  ]);
