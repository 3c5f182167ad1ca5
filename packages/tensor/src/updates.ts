// Kernels that write into arenas in place: gradient accumulation and optimiser steps. They are no ops: no tape sees
// them, and nothing outside nn and the training loop should call them. Learning rate, step count and gradient scale are
// buffer contents, so that a captured step can be replayed with new ones.

import type { Kernel } from './backend.ts';
import { type ArenaRange, call, cpuPlan, input, output } from './cpu-plan.ts';
import { ShapeError } from './errors.ts';
import { applyInPlace } from './op.ts';
import { sameShape, showShape, sizeOf } from './shape.ts';
import type { Tensor } from './tensor.ts';

const accumulateKernel: Kernel<{ readonly offset: number }> = {
  name: 'accumulate',
  reference: ([x], [y], { offset }) => {
    for (let i = 0; i < x.data.length; i++) y.data[offset + i] += x.data[i];
  },
  cpu: ([x], _outputs, { offset }) =>
    cpuPlan([call('accumulate', [input(0), output(0)], { n: sizeOf(x.shape), yOffset: offset })]),
};

/** arena[offset ...] += x: the one place where parameter gradients are summed. */
export const accumulateInto = (arena: Tensor, offset: number, x: Tensor): void =>
  applyInPlace(accumulateKernel, [x], [arena], { offset });

const overwriteKernel: Kernel<Readonly<Record<never, never>>> = {
  name: 'overwrite',
  reference: ([x], [y]) => {
    y.data.set(x.data);
  },
  cpu: ([x]) => {
    const walk = { shape: [sizeOf(x.shape)], inStrides: [1], inOffset: 0, outStrides: [1], outOffset: 0 };
    return cpuPlan([call('copy', [input(0), output(0)], walk)]);
  },
};

/** target = x, in place: how state that a step carries along, such as running statistics, takes its next value. */
export const overwrite = (target: Tensor, x: Tensor): void => {
  if (!sameShape(target.shape, x.shape) || target.dtype !== x.dtype) {
    throw new ShapeError(
      'overwrite',
      `the target is ${target.dtype} ${showShape(target.shape)}, came ${x.dtype} ${showShape(x.shape)}`,
    );
  }
  if (x.size > 0) applyInPlace(overwriteKernel, [x], [target], {});
};

interface Ranges {
  readonly ranges: readonly ArenaRange[];
}

const sumOfSquaresKernel: Kernel<Ranges> = {
  name: 'sumOfSquares',
  reference: ([x], [out], { ranges }) => {
    let total = 0;
    for (const { offset, length } of ranges) {
      for (let i = offset; i < offset + length; i++) total += x.data[i] ** 2;
    }
    out.data[0] = total;
  },
  cpu: (_inputs, _outputs, { ranges }) => cpuPlan([call('sumOfSquares', [input(0), output(0)], { ranges })]),
};

/** out = Σ x² over the ranges of an arena; `out` has one element. */
export const sumOfSquaresInto = (out: Tensor, arena: Tensor, ranges: readonly ArenaRange[]): void =>
  applyInPlace(sumOfSquaresKernel, [arena], [out], { ranges });

// p -= lr · wd · p (where decay);  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;  p -= lr / c1 · m / (√(v / c2) + eps)
const adamwKernel: Kernel<Ranges> = {
  name: 'adamw',
  reference: ([grads, hyper, gradScale], [params, m, v], { ranges }) => {
    const [lr, beta1, beta2, eps, decayRate, correct1, correct2] = hyper.data;
    for (const { offset, length, decay } of ranges) {
      for (let i = offset; i < offset + length; i++) {
        const g = grads.data[i] * gradScale.data[0];
        if (decay) params.data[i] -= lr * decayRate * params.data[i];
        m.data[i] = beta1 * m.data[i] + (1 - beta1) * g;
        v.data[i] = beta2 * v.data[i] + (1 - beta2) * g * g;
        params.data[i] -= ((lr / correct1) * m.data[i]) / (Math.sqrt(v.data[i] / correct2) + eps);
      }
    }
  },
  cpu: (_inputs, _outputs, { ranges }) =>
    cpuPlan([call('adamw', [output(0), input(0), output(1), output(2), input(1), input(2)], { ranges })]),
};

/** The arenas of an AdamW step; all of one length. */
export interface AdamWArenas {
  readonly params: Tensor;
  readonly grads: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  /** [lr, beta1, beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t] */
  readonly hyper: Tensor;
  /** One element that multiplies every gradient: the clipping factor. */
  readonly gradScale: Tensor;
}

/** One AdamW step (Loshchilov and Hutter 2019) on the ranges, in place. */
export const adamwInPlace = (a: AdamWArenas, ranges: readonly ArenaRange[]): void =>
  applyInPlace(adamwKernel, [a.grads, a.hyper, a.gradScale], [a.params, a.m, a.v], { ranges });
