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
    const [lr, beta1, beta2, rest1, rest2, eps, decayRate, correct1, correct2] = hyper.data;
    for (const { offset, length, decay } of ranges) {
      for (let i = offset; i < offset + length; i++) {
        const g = grads.data[i] * gradScale.data[0];
        if (decay) params.data[i] -= lr * decayRate * params.data[i];
        m.data[i] = beta1 * m.data[i] + rest1 * g;
        v.data[i] = beta2 * v.data[i] + rest2 * g * g;
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
  /** [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t] */
  readonly hyper: Tensor;
  /** One element that multiplies every gradient: the clipping factor. */
  readonly gradScale: Tensor;
}

/** One AdamW step (Loshchilov and Hutter 2019) on the ranges, in place. */
export const adamwInPlace = (a: AdamWArenas, ranges: readonly ArenaRange[]): void =>
  applyInPlace(adamwKernel, [a.grads, a.hyper, a.gradScale], [a.params, a.m, a.v], { ranges });

/** Arenas of one length and the buffers of numbers that every update reads. */
export interface UpdateArenas {
  readonly params: Tensor;
  readonly grads: Tensor;
  /** The numbers of the step in the order that the update names. */
  readonly hyper: Tensor;
  /** One element that multiplies every gradient: the clipping factor. */
  readonly gradScale: Tensor;
}

const eachElement = (ranges: readonly ArenaRange[], visit: (i: number, decay: boolean) => void): void => {
  for (const { offset, length, decay } of ranges) for (let i = offset; i < offset + length; i++) visit(i, decay);
};

// d = g + wd · p (where decay);  b = momentum · b + share · d;  p -= lr · (nesterov ? d + momentum · b : b)
const sgdKernel: Kernel<Ranges & { readonly momentum: 'none' | 'plain' | 'nesterov' }> = {
  name: 'sgd',
  reference: ([grads, hyper, gradScale], [params, buffer], { ranges, momentum: kind }) => {
    const [lr, momentum, share, decayRate] = hyper.data;
    eachElement(ranges, (i, decay) => {
      const d = grads.data[i] * gradScale.data[0] + (decay ? decayRate * params.data[i] : 0);
      if (kind === 'none') {
        params.data[i] -= lr * d;
        return;
      }
      buffer.data[i] = momentum * buffer.data[i] + share * d;
      params.data[i] -= lr * (kind === 'nesterov' ? d + momentum * buffer.data[i] : buffer.data[i]);
    });
  },
  cpu: (_inputs, _outputs, { ranges, momentum }) => {
    const buffers = momentum === 'none' ? [] : [output(1)];
    return cpuPlan([call('sgd', [output(0), input(0), ...buffers, input(1), input(2)], { ranges, momentum })]);
  },
};

export interface SGDArenas extends UpdateArenas {
  /** Momentum, or null for SGD without it. */
  readonly buffer: Tensor | null;
}

/**
 * One SGD step in place, as torch.optim.SGD. `hyper` is [lr, momentum, share of the gradient that enters the buffer,
 * weightDecay]; the share is 1 in the first step and 1 - dampening afterwards.
 */
export const sgdInPlace = (a: SGDArenas, ranges: readonly ArenaRange[], nesterov: boolean): void => {
  const momentum = a.buffer === null ? 'none' : nesterov ? 'nesterov' : 'plain';
  const targets = a.buffer === null ? [a.params] : [a.params, a.buffer];
  applyInPlace(sgdKernel, [a.grads, a.hyper, a.gradScale], targets, { ranges, momentum });
};

// g += wd · p (where decay);  m, v as AdamW;  s = max(s, v);  p -= lr / c1 · m / (√((s or v) / c2) + eps)
const adamKernel: Kernel<Ranges & { readonly amsgrad: boolean }> = {
  name: 'adam',
  reference: ([grads, hyper, gradScale], [params, m, v, vMax], { ranges, amsgrad }) => {
    const [lr, beta1, beta2, rest1, rest2, eps, decayRate, correct1, correct2] = hyper.data;
    eachElement(ranges, (i, decay) => {
      const g = grads.data[i] * gradScale.data[0] + (decay ? decayRate * params.data[i] : 0);
      m.data[i] = beta1 * m.data[i] + rest1 * g;
      v.data[i] = beta2 * v.data[i] + rest2 * g * g;
      if (amsgrad) vMax.data[i] = Math.max(vMax.data[i], v.data[i]);
      const square = amsgrad ? vMax.data[i] : v.data[i];
      params.data[i] -= ((lr / correct1) * m.data[i]) / (Math.sqrt(square / correct2) + eps);
    });
  },
  cpu: (_inputs, _outputs, { ranges, amsgrad }) => {
    const state = [output(1), output(2), ...(amsgrad ? [output(3)] : [])];
    return cpuPlan([call('adam', [output(0), input(0), ...state, input(1), input(2)], { ranges, amsgrad })]);
  },
};

/** `hyper` is [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t]. */
export interface AdamArenas extends UpdateArenas {
  readonly m: Tensor;
  readonly v: Tensor;
  /** Largest v so far, for AMSGrad; null without it. */
  readonly vMax: Tensor | null;
}

/** One Adam step (Kingma and Ba 2015) with L2 weight decay in place, as torch.optim.Adam. */
export const adamInPlace = (a: AdamArenas, ranges: readonly ArenaRange[]): void => {
  const targets = [a.params, a.m, a.v, ...(a.vMax === null ? [] : [a.vMax])];
  applyInPlace(adamKernel, [a.grads, a.hyper, a.gradScale], targets, { ranges, amsgrad: a.vMax !== null });
};

// u = (m / c1) / (√(v / c2) + eps) + wd · p (where decay);  p -= lr · |p| / |u| · u, the ratio 1 where a norm is 0
const lambKernel: Kernel<Ranges> = {
  name: 'lamb',
  reference: ([grads, hyper, gradScale], [params, m, v], { ranges }) => {
    const [lr, beta1, beta2, rest1, rest2, eps, decayRate, correct1, correct2] = hyper.data;
    for (const range of ranges) {
      let weights = 0;
      let updates = 0;
      const update = (i: number, decay: boolean): number =>
        m.data[i] / correct1 / (Math.sqrt(v.data[i] / correct2) + eps) + (decay ? decayRate * params.data[i] : 0);
      eachElement([range], (i, decay) => {
        const g = grads.data[i] * gradScale.data[0];
        m.data[i] = beta1 * m.data[i] + rest1 * g;
        v.data[i] = beta2 * v.data[i] + rest2 * g * g;
        weights += params.data[i] ** 2;
        updates += update(i, decay) ** 2;
      });
      const ratio = weights === 0 || updates === 0 ? 1 : Math.sqrt(weights) / Math.sqrt(updates);
      eachElement([range], (i, decay) => {
        params.data[i] -= lr * ratio * update(i, decay);
      });
    }
  },
  cpu: (_inputs, _outputs, { ranges }) =>
    cpuPlan([call('lamb', [output(0), input(0), output(1), output(2), input(1), input(2)], { ranges })]),
};

/** One LAMB step (You et al. 2020, algorithm 2) in place. Each range is one parameter tensor with a trust ratio of its own. */
export const lambInPlace = (a: Omit<AdamArenas, 'vMax'>, ranges: readonly ArenaRange[]): void =>
  applyInPlace(lambKernel, [a.grads, a.hyper, a.gradScale], [a.params, a.m, a.v], { ranges });

// p -= lr · (sign(b1 m + (1 - b1) g) + wd · p (where decay));  m = b2 m + (1 - b2) g
const lionKernel: Kernel<Ranges> = {
  name: 'lion',
  reference: ([grads, hyper, gradScale], [params, m], { ranges }) => {
    const [lr, beta1, beta2, rest1, rest2, decayRate] = hyper.data;
    eachElement(ranges, (i, decay) => {
      const g = grads.data[i] * gradScale.data[0];
      const direction = Math.sign(beta1 * m.data[i] + rest1 * g);
      params.data[i] -= lr * (direction + (decay ? decayRate * params.data[i] : 0));
      m.data[i] = beta2 * m.data[i] + rest2 * g;
    });
  },
  cpu: (_inputs, _outputs, { ranges }) =>
    cpuPlan([call('lion', [output(0), input(0), output(1), input(1), input(2)], { ranges })]),
};

/** `hyper` is [lr, beta1, beta2, 1 - beta1, 1 - beta2, weightDecay]. */
export interface LionArenas extends UpdateArenas {
  readonly m: Tensor;
}

/** One Lion step (Chen et al. 2023, algorithm 2) in place. */
export const lionInPlace = (a: LionArenas, ranges: readonly ArenaRange[]): void =>
  applyInPlace(lionKernel, [a.grads, a.hyper, a.gradScale], [a.params, a.m], { ranges });

const lerpKernel: Kernel<Ranges> = {
  name: 'lerp',
  reference: ([x, rate], [y], { ranges }) =>
    eachElement(ranges, (i) => {
      y.data[i] += rate.data[0] * (x.data[i] - y.data[i]);
    }),
  cpu: (_inputs, _outputs, { ranges }) => cpuPlan([call('lerp', [output(0), input(0), input(1)], { ranges })]),
};

/** y += rate · (x - y) on the ranges of two arenas; `rate` has one element. */
export const lerpInPlace = (y: Tensor, x: Tensor, rate: Tensor, ranges: readonly ArenaRange[]): void =>
  applyInPlace(lerpKernel, [x, rate], [y], { ranges });

const swapKernel: Kernel<Ranges> = {
  name: 'swap',
  reference: (_inputs, [a, b], { ranges }) =>
    eachElement(ranges, (i) => {
      [a.data[i], b.data[i]] = [b.data[i], a.data[i]];
    }),
  cpu: (_inputs, _outputs, { ranges }) => cpuPlan([call('swap', [output(0), output(1)], { ranges })]),
};

/** Exchanges the ranges of two arenas, bit for bit. */
export const swapInPlace = (a: Tensor, b: Tensor, ranges: readonly ArenaRange[]): void =>
  applyInPlace(swapKernel, [], [a, b], { ranges });

const copyRangesKernel: Kernel<Ranges> = {
  name: 'copyRanges',
  reference: ([x], [y], { ranges }) =>
    eachElement(ranges, (i) => {
      y.data[i] = x.data[i];
    }),
  cpu: (_inputs, _outputs, { ranges }) =>
    cpuPlan(
      ranges.map(({ offset, length }) =>
        call('copy', [input(0), output(0)], {
          shape: [length],
          inStrides: [1],
          inOffset: offset,
          outStrides: [1],
          outOffset: offset,
        }),
      ),
    ),
};

/** y = x on the ranges of two arenas. */
export const copyRangesInPlace = (y: Tensor, x: Tensor, ranges: readonly ArenaRange[]): void =>
  applyInPlace(copyRangesKernel, [x], [y], { ranges });

const scaleKernel: Kernel<Ranges> = {
  name: 'scaleRanges',
  reference: ([factor], [x], { ranges }) =>
    eachElement(ranges, (i) => {
      x.data[i] *= factor.data[0];
    }),
  cpu: (_inputs, _outputs, { ranges }) => cpuPlan([call('scaleRanges', [output(0), input(0)], { ranges })]),
};

/** x *= factor on the ranges of an arena; `factor` has one element. */
export const scaleInPlace = (x: Tensor, factor: Tensor, ranges: readonly ArenaRange[]): void =>
  applyInPlace(scaleKernel, [factor], [x], { ranges });

const clampKernel: Kernel<Ranges & { readonly limit: number }> = {
  name: 'clampRanges',
  reference: (_inputs, [x], { ranges, limit }) =>
    eachElement(ranges, (i) => {
      x.data[i] = Math.max(-limit, Math.min(limit, x.data[i]));
    }),
  cpu: (_inputs, _outputs, { ranges, limit }) => cpuPlan([call('clampRanges', [output(0)], { ranges, limit })]),
};

/** x = max(-limit, min(limit, x)) on the ranges of an arena; NaN stays. */
export const clampInPlace = (x: Tensor, limit: number, ranges: readonly ArenaRange[]): void =>
  applyInPlace(clampKernel, [], [x], { ranges, limit });
