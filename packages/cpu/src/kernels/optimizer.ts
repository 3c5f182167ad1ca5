// Updates over ranges of an arena: clipping, the steps of the optimisers, averages of weights.

import type { ArenaRange } from '@omnigrad/tensor';
import {
  type F32,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  type I32,
  i32,
  type Local,
  select,
  type V128,
  v128,
} from '../emitter/index.ts';
import {
  countOf,
  defineJob,
  type Job,
  type JobParams,
  jobsByName,
  type KernelFamily,
  type Launch,
  launch,
  type Range,
  skipTo,
} from './job.ts';
import { type Lanes, overLanes, wideSums } from './lanes.ts';

const { add, sub, mul, div, sqrt } = f32x4;

/** Elements of one partial sum of squares: part of the bytes of the sum. */
const sumChunk = 65536;

/** Moves the arrays to the first element of the range, and gives the number of elements. A unit is an element. */
const elementsOf = (f: FunctionBuilder, range: Range, arrays: readonly Local<'i32'>[]): Local<'i32'> => {
  skipTo(
    f,
    range,
    arrays.map((pointer) => [pointer, 4]),
  );
  return countOf(f, range);
};

// The squares of a chunk in f64, at partial[chunk]. A unit is a chunk.
const sumOfSquares = defineJob('sum_of_squares', { x: 'i32', partial: 'i32', n: 'i32' }, (f, p, range) => {
  skipTo(f, range, [
    [p.x, sumChunk * 4],
    [p.partial, 8],
  ]);
  const left = f.let(i32.sub(p.n, i32.mul(range.begin, sumChunk)));
  f.times(countOf(f, range), () => {
    const n = f.let(select(i32.gtU(left, sumChunk), i32.const(sumChunk), left));
    const acc = Array.from({ length: 4 }, () => f.let(f64x2.const(0)));
    const addSquares = (into: number, wide: V128): void => {
      const x = f.let(wide);
      f.set(acc[into], f64x2.add(acc[into], f64x2.mul(x, x)));
    };
    f.times(i32.shrU(n, 3), () => {
      for (let half = 0; half < 4; half++) addSquares(half, f64x2.promoteLowF32x4(v128.load64Zero(p.x, half * 8)));
      f.advance(p.x, 32);
    });
    f.times(i32.and(n, 7), () => {
      addSquares(0, f64x2.promoteLowF32x4(v128.load32Zero(p.x)));
      f.advance(p.x, 4);
    });
    const all = f.let(f64x2.add(f64x2.add(acc[0], acc[1]), f64x2.add(acc[2], acc[3])));
    f.storeF64(p.partial, f64.add(f64x2.extractLane(all, 0), f64x2.extractLane(all, 1)));
    f.advance(p.partial, 8);
    f.set(left, i32.sub(left, n));
  });
});

// out = the sum of the partial sums in their order.
const addSquares = defineJob('add_squares', { partial: 'i32', out: 'i32', count: 'i32' }, (f, p) => {
  const total = f.let(f64.const(0));
  f.times(p.count, () => {
    f.set(total, f64.add(total, f64.load(p.partial)));
    f.advance(p.partial, 8);
  });
  f.storeF32(p.out, f32.demoteF64(total));
});

const momentParams = {
  param: 'i32',
  grad: 'i32',
  m: 'i32',
  v: 'i32',
  hyper: 'i32',
  gradScale: 'i32',
  decay: 'i32',
} as const;

const adamw = defineJob('adamw', momentParams, (f, p, range) => {
  const n = elementsOf(f, range, [p.param, p.grad, p.m, p.v]);
  const one = f32.const(1);
  const hyper = (slot: number): ReturnType<typeof f32.load> => f32.load(p.hyper, slot * 4);
  const splat = (value: ReturnType<typeof f32.load>) => f.let(f32x4.splat(value));
  const beta1 = splat(hyper(1));
  const beta2 = splat(hyper(2));
  const rest1 = splat(hyper(3));
  const rest2 = splat(hyper(4));
  const eps = splat(hyper(5));
  const step = splat(f32.div(hyper(0), hyper(7)));
  const inverse2 = splat(f32.div(one, hyper(8)));
  // p - lr · wd · p, with 0 for ranges without decay
  const shrink = splat(f32.mul(f32.mul(hyper(0), hyper(6)), f32.convertI32U(p.decay)));
  const gradScale = splat(f32.load(p.gradScale));
  overLanes(f, n, (lanes) => {
    const g = f.let(mul(lanes.load(p.grad), gradScale));
    const mean = f.let(add(mul(lanes.load(p.m), beta1), mul(g, rest1)));
    const square = f.let(add(mul(lanes.load(p.v), beta2), mul(mul(g, g), rest2)));
    const w = f.let(lanes.load(p.param));
    const kept = sub(w, mul(w, shrink));
    const update = div(mul(mean, step), add(sqrt(mul(square, inverse2)), eps));
    lanes.store(p.m, mean);
    lanes.store(p.v, square);
    lanes.store(p.param, sub(kept, update));
  });
});

/** The numbers of a step, each in all lanes. */
const numbersAt = (f: FunctionBuilder, hyper: I32) => {
  const at = (slot: number): F32 => f32.load(hyper, slot * 4);
  return { at, splat: (value: F32) => f.let(f32x4.splat(value)) };
};

/** Weight decay of a range: 0 where it does not apply. */
const decayOf = (rate: F32, decay: I32): F32 => f32.mul(rate, f32.convertI32U(decay));

const sgdParams = { param: 'i32', grad: 'i32', hyper: 'i32', gradScale: 'i32', decay: 'i32' } as const;
const sgdNumbers = (f: FunctionBuilder, p: { hyper: I32; gradScale: I32; decay: I32 }) => {
  const { at, splat } = numbersAt(f, p.hyper);
  return {
    lr: splat(at(0)),
    momentum: splat(at(1)),
    share: splat(at(2)),
    decay: splat(decayOf(at(3), p.decay)),
    gradScale: splat(f32.load(p.gradScale)),
  };
};

const sgdPlain = defineJob('sgd', sgdParams, (f, p, range) => {
  const n = elementsOf(f, range, [p.param, p.grad]);
  const { lr, decay, gradScale } = sgdNumbers(f, p);
  overLanes(f, n, (lanes) => {
    const w = f.let(lanes.load(p.param));
    const d = add(mul(lanes.load(p.grad), gradScale), mul(w, decay));
    lanes.store(p.param, sub(w, mul(d, lr)));
  });
});

const sgdMomentum = jobsByName(['plain', 'nesterov'], (kind) =>
  defineJob(`sgd_${kind}`, { ...sgdParams, buffer: 'i32' }, (f, p, range) => {
    const n = elementsOf(f, range, [p.param, p.grad, p.buffer]);
    const { lr, momentum, share, decay, gradScale } = sgdNumbers(f, p);
    overLanes(f, n, (lanes) => {
      const w = f.let(lanes.load(p.param));
      const d = f.let(add(mul(lanes.load(p.grad), gradScale), mul(w, decay)));
      const b = f.let(add(mul(lanes.load(p.buffer), momentum), mul(d, share)));
      lanes.store(p.buffer, b);
      lanes.store(p.param, sub(w, mul(kind === 'nesterov' ? add(d, mul(b, momentum)) : b, lr)));
    });
  }),
);

type MomentParams = { readonly [K in keyof typeof momentParams]: I32 };

/** hyper = [lr, beta1, beta2, 1 - beta1, 1 - beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t] */
const momentNumbers = (f: FunctionBuilder, p: MomentParams) => {
  const { at, splat } = numbersAt(f, p.hyper);
  return {
    lr: at(0),
    beta1: splat(at(1)),
    beta2: splat(at(2)),
    rest1: splat(at(3)),
    rest2: splat(at(4)),
    eps: splat(at(5)),
    decay: splat(decayOf(at(6), p.decay)),
    correct1: at(7),
    inverse2: splat(f32.div(f32.const(1), at(8))),
    gradScale: splat(f32.load(p.gradScale)),
  };
};

const adamJob = (amsgrad: boolean) =>
  defineJob(amsgrad ? 'adam_amsgrad' : 'adam', { ...momentParams, vMax: 'i32' }, (f, p, range) => {
    const n = elementsOf(f, range, [p.param, p.grad, p.m, p.v, p.vMax]);
    const { lr, beta1, beta2, rest1, rest2, eps, decay, correct1, inverse2, gradScale } = momentNumbers(f, p);
    const step = f.let(f32x4.splat(f32.div(lr, correct1)));
    overLanes(f, n, (lanes) => {
      const w = f.let(lanes.load(p.param));
      const g = f.let(add(mul(lanes.load(p.grad), gradScale), mul(w, decay)));
      const mean = f.let(add(mul(lanes.load(p.m), beta1), mul(g, rest1)));
      const square = f.let(add(mul(lanes.load(p.v), beta2), mul(mul(g, g), rest2)));
      lanes.store(p.m, mean);
      lanes.store(p.v, square);
      if (amsgrad) {
        f.set(square, f32x4.max(lanes.load(p.vMax), square));
        lanes.store(p.vMax, square);
      }
      lanes.store(p.param, sub(w, div(mul(mean, step), add(sqrt(mul(square, inverse2)), eps))));
    });
  });
const adam = adamJob(false);
const amsgrad = adamJob(true);

// A unit is the whole range: its norms come between its two passes.
const lamb = defineJob('lamb', { ...momentParams, n: 'i32' }, (f, p) => {
  const { lr, beta1, beta2, rest1, rest2, eps, decay, correct1, inverse2, gradScale } = momentNumbers(f, p);
  const inverse1 = f.let(f32x4.splat(f32.div(f32.const(1), correct1)));
  const updateOf = (mean: ReturnType<Lanes['load']>, square: typeof mean, w: typeof mean) =>
    add(div(mul(mean, inverse1), add(sqrt(mul(square, inverse2)), eps)), mul(w, decay));
  // In f64: f32 loses squares of what is below 1e-23 or above 1e19.
  const [weights, updates] = wideSums(
    f,
    p.n,
    2,
    (lanes) => {
      const w = f.let(lanes.load(p.param));
      const g = f.let(mul(lanes.load(p.grad), gradScale));
      const mean = f.let(add(mul(lanes.load(p.m), beta1), mul(g, rest1)));
      const square = f.let(add(mul(lanes.load(p.v), beta2), mul(mul(g, g), rest2)));
      lanes.store(p.m, mean);
      lanes.store(p.v, square);
      const update = f.let(updateOf(mean, square, w));
      return [w, update];
    },
    (pairs) => pairs.map((x) => f64x2.mul(x, x)),
  );
  const zero = f64.const(0);
  const ratio = select(
    i32.and(f64.ne(weights, zero), f64.ne(updates, zero)),
    f64.div(f64.sqrt(weights), f64.sqrt(updates)),
    f64.const(1),
  );
  const step = f.let(f32x4.splat(f32.demoteF64(f64.mul(f64.promoteF32(lr), ratio))));
  overLanes(f, p.n, (lanes) => {
    const w = f.let(lanes.load(p.param));
    lanes.store(p.param, sub(w, mul(updateOf(lanes.load(p.m), lanes.load(p.v), w), step)));
  });
});

const lion = defineJob(
  'lion',
  { param: 'i32', grad: 'i32', m: 'i32', hyper: 'i32', gradScale: 'i32', decay: 'i32' },
  (f, p, range) => {
    const n = elementsOf(f, range, [p.param, p.grad, p.m]);
    const { at, splat } = numbersAt(f, p.hyper);
    const [lr, beta1, beta2, rest1, rest2] = [0, 1, 2, 3, 4].map((slot) => splat(at(slot)));
    const decay = splat(decayOf(at(5), p.decay));
    const gradScale = splat(f32.load(p.gradScale));
    const [one, zero] = [f32x4.const(1), f32x4.const(0)];
    overLanes(f, n, (lanes) => {
      const w = f.let(lanes.load(p.param));
      const mean = f.let(lanes.load(p.m));
      const g = f.let(mul(lanes.load(p.grad), gradScale));
      const c = f.let(add(mul(mean, beta1), mul(g, rest1)));
      const sign = sub(v128.and(one, f32x4.gt(c, zero)), v128.and(one, f32x4.lt(c, zero)));
      const direction = v128.bitselect(c, sign, f32x4.ne(c, c));
      lanes.store(p.param, sub(w, mul(add(direction, mul(w, decay)), lr)));
      lanes.store(p.m, add(mul(mean, beta2), mul(g, rest2)));
    });
  },
);

const lerp = defineJob('lerp', { y: 'i32', x: 'i32', rate: 'i32' }, (f, p, range) => {
  const n = elementsOf(f, range, [p.y, p.x]);
  const rate = f.let(v128.load32Splat(p.rate));
  overLanes(f, n, (lanes) => {
    const y = f.let(lanes.load(p.y));
    lanes.store(p.y, add(y, mul(sub(lanes.load(p.x), y), rate)));
  });
});

const swap = defineJob('swap', { a: 'i32', b: 'i32' }, (f, p, range) => {
  const n = elementsOf(f, range, [p.a, p.b]);
  overLanes(f, n, (lanes) => {
    const a = f.let(lanes.load(p.a));
    lanes.store(p.a, lanes.load(p.b));
    lanes.store(p.b, a);
  });
});

const scale = defineJob('scale_ranges', { x: 'i32', factor: 'i32' }, (f, p, range) => {
  const n = elementsOf(f, range, [p.x]);
  const factor = f.let(v128.load32Splat(p.factor));
  overLanes(f, n, (lanes) => lanes.store(p.x, mul(lanes.load(p.x), factor)));
});

const clamp = defineJob('clamp_ranges', { x: 'i32', limit: 'f32' }, (f, p, range) => {
  const n = elementsOf(f, range, [p.x]);
  const high = f.let(f32x4.splat(p.limit));
  const low = f.let(f32x4.neg(high));
  overLanes(f, n, (lanes) => lanes.store(p.x, f32x4.max(low, f32x4.min(high, lanes.load(p.x)))));
});

/** One launch a range, over its elements. */
const overRanges = <P extends JobParams>(
  job: Job<P>,
  ranges: readonly ArenaRange[],
  cost: number,
  valuesAt: (bytes: number, decay: number) => { readonly [K in keyof P]: number },
): Launch[] =>
  ranges.map(({ offset, length, decay }) => launch(job, valuesAt(offset * 4, decay ? 1 : 0), length, cost));

const chunksOf = ({ length }: ArenaRange): number => Math.ceil(length / sumChunk);

type OptimizerKernel =
  | 'sumOfSquares'
  | 'adamw'
  | 'sgd'
  | 'adam'
  | 'lamb'
  | 'lion'
  | 'lerp'
  | 'swap'
  | 'scaleRanges'
  | 'clampRanges';

export const optimizerFamily: KernelFamily<OptimizerKernel> = {
  jobs: [
    sumOfSquares,
    addSquares,
    adamw,
    sgdPlain,
    ...Object.values(sgdMomentum),
    adam,
    amsgrad,
    lamb,
    lion,
    lerp,
    swap,
    scale,
    clamp,
  ],
  launches: {
    sumOfSquares: ([x, out], { ranges }, context) => {
      const count = ranges.reduce((sum, range) => sum + chunksOf(range), 0);
      const partial = context.scratch(count * 8);
      let done = 0;
      const sums = ranges.map((range) => {
        const at = partial + done * 8;
        done += chunksOf(range);
        return launch(
          sumOfSquares,
          { x: x + range.offset * 4, partial: at, n: range.length },
          chunksOf(range),
          0.3 * Math.min(range.length, sumChunk),
        );
      });
      return [...sums, launch(addSquares, { partial, out, count }, 1, count)];
    },
    adamw: ([param, grad, mean, square, hyper, gradScale], { ranges }) =>
      overRanges(adamw, ranges, 0.7, (at, decay) => ({
        param: param + at,
        grad: grad + at,
        m: mean + at,
        v: square + at,
        hyper,
        gradScale,
        decay,
      })),
    sgd: (operands, { ranges, momentum }) => {
      const [param, grad, buffer] = operands;
      const [hyper, gradScale] = operands.slice(-2);
      const shared = (at: number, decay: number) => ({ param: param + at, grad: grad + at, hyper, gradScale, decay });
      if (momentum === 'none') return overRanges(sgdPlain, ranges, 0.4, shared);
      return overRanges(sgdMomentum[momentum], ranges, 0.5, (at, decay) => ({
        ...shared(at, decay),
        buffer: buffer + at,
      }));
    },
    adam: (operands, { ranges, amsgrad: keepsMax }) => {
      const [param, grad, mean, square, largest] = operands;
      const [hyper, gradScale] = operands.slice(-2);
      return overRanges(keepsMax ? amsgrad : adam, ranges, 0.8, (at, decay) => ({
        param: param + at,
        grad: grad + at,
        m: mean + at,
        v: square + at,
        hyper,
        gradScale,
        decay,
        vMax: largest + at,
      }));
    },
    lamb: ([param, grad, mean, square, hyper, gradScale], { ranges }) =>
      ranges.map(({ offset, length, decay }) =>
        launch(
          lamb,
          {
            param: param + offset * 4,
            grad: grad + offset * 4,
            m: mean + offset * 4,
            v: square + offset * 4,
            hyper,
            gradScale,
            decay: decay ? 1 : 0,
            n: length,
          },
          1,
          2 * length,
        ),
      ),
    lion: ([param, grad, mean, hyper, gradScale], { ranges }) =>
      overRanges(lion, ranges, 0.6, (at, decay) => ({
        param: param + at,
        grad: grad + at,
        m: mean + at,
        hyper,
        gradScale,
        decay,
      })),
    lerp: ([y, x, rate], { ranges }) => overRanges(lerp, ranges, 0.35, (at) => ({ y: y + at, x: x + at, rate })),
    swap: ([a, b], { ranges }) => overRanges(swap, ranges, 0.4, (at) => ({ a: a + at, b: b + at })),
    scaleRanges: ([x, factor], { ranges }) => overRanges(scale, ranges, 0.25, (at) => ({ x: x + at, factor })),
    clampRanges: ([x], { ranges, limit }) => overRanges(clamp, ranges, 0.25, (at) => ({ x: x + at, limit })),
  },
};
