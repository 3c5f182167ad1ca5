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
  type ModuleBuilder,
  select,
  v128,
} from '../emitter/index.ts';
import type { KernelFamily } from './kernel.ts';
import { type Lanes, overLanes, wideSums } from './lanes.ts';

const { add, sub, mul, div, sqrt } = f32x4;

/** Elements of one partial sum; a thread may take any of them without changing the bytes. */
const sumChunk = 65536;

const emitSumOfSquares = (m: ModuleBuilder): void => {
  m.valued('sum_of_squares', { x: 'i32', n: 'i32' }, 'f64', (f, p) => {
    const acc = Array.from({ length: 4 }, () => f.let(f64x2.const(0)));
    const addSquares = (into: number, wide: ReturnType<typeof f64x2.promoteLowF32x4>): void => {
      const x = f.let(wide);
      f.set(acc[into], f64x2.add(acc[into], f64x2.mul(x, x)));
    };
    f.times(i32.shrU(p.n, 3), () => {
      for (let half = 0; half < 4; half++) addSquares(half, f64x2.promoteLowF32x4(v128.load64Zero(p.x, half * 8)));
      f.advance(p.x, 32);
    });
    f.times(i32.and(p.n, 7), () => {
      addSquares(0, f64x2.promoteLowF32x4(v128.load32Zero(p.x)));
      f.advance(p.x, 4);
    });
    const all = f.let(f64x2.add(f64x2.add(acc[0], acc[1]), f64x2.add(acc[2], acc[3])));
    f.result(f64.add(f64x2.extractLane(all, 0), f64x2.extractLane(all, 1)));
  });
  m.func('store_f32', { out: 'i32', value: 'f64' }, (f, p) => f.storeF32(p.out, f32.demoteF64(p.value)));
};

const emitAdamW = (m: ModuleBuilder): void => {
  const params = {
    param: 'i32',
    grad: 'i32',
    m: 'i32',
    v: 'i32',
    hyper: 'i32',
    gradScale: 'i32',
    n: 'i32',
    decay: 'i32',
  } as const;
  m.func('adamw', params, (f, p) => {
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
    overLanes(f, p.n, (lanes) => {
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
};

/** The numbers of a step, each in all lanes. */
const numbersAt = (f: FunctionBuilder, hyper: I32) => {
  const at = (slot: number): F32 => f32.load(hyper, slot * 4);
  return { at, splat: (value: F32) => f.let(f32x4.splat(value)) };
};

/** Weight decay of a range: 0 where it does not apply. */
const decayOf = (rate: F32, decay: I32): F32 => f32.mul(rate, f32.convertI32U(decay));

const emitSGD = (m: ModuleBuilder): void => {
  const params = { param: 'i32', grad: 'i32', hyper: 'i32', gradScale: 'i32', n: 'i32', decay: 'i32' } as const;
  const numbers = (f: FunctionBuilder, p: { hyper: I32; gradScale: I32; decay: I32 }) => {
    const { at, splat } = numbersAt(f, p.hyper);
    return {
      lr: splat(at(0)),
      momentum: splat(at(1)),
      share: splat(at(2)),
      decay: splat(decayOf(at(3), p.decay)),
      gradScale: splat(f32.load(p.gradScale)),
    };
  };
  m.func('sgd', params, (f, p) => {
    const { lr, decay, gradScale } = numbers(f, p);
    overLanes(f, p.n, (lanes) => {
      const w = f.let(lanes.load(p.param));
      const d = add(mul(lanes.load(p.grad), gradScale), mul(w, decay));
      lanes.store(p.param, sub(w, mul(d, lr)));
    });
  });
  for (const kind of ['plain', 'nesterov'] as const) {
    m.func(`sgd_${kind}`, { ...params, buffer: 'i32' }, (f, p) => {
      const { lr, momentum, share, decay, gradScale } = numbers(f, p);
      overLanes(f, p.n, (lanes) => {
        const w = f.let(lanes.load(p.param));
        const d = f.let(add(mul(lanes.load(p.grad), gradScale), mul(w, decay)));
        const b = f.let(add(mul(lanes.load(p.buffer), momentum), mul(d, share)));
        lanes.store(p.buffer, b);
        lanes.store(p.param, sub(w, mul(kind === 'nesterov' ? add(d, mul(b, momentum)) : b, lr)));
      });
    });
  }
};

const momentParams = {
  param: 'i32',
  grad: 'i32',
  m: 'i32',
  v: 'i32',
  hyper: 'i32',
  gradScale: 'i32',
  n: 'i32',
  decay: 'i32',
} as const;

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

const emitAdam = (m: ModuleBuilder): void => {
  for (const amsgrad of [false, true]) {
    m.func(amsgrad ? 'adam_amsgrad' : 'adam', { ...momentParams, vMax: 'i32' }, (f, p) => {
      const { lr, beta1, beta2, rest1, rest2, eps, decay, correct1, inverse2, gradScale } = momentNumbers(f, p);
      const step = f.let(f32x4.splat(f32.div(lr, correct1)));
      overLanes(f, p.n, (lanes) => {
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
  }
};

const emitLamb = (m: ModuleBuilder): void => {
  m.func('lamb', momentParams, (f, p) => {
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
};

const emitLion = (m: ModuleBuilder): void => {
  const params = {
    param: 'i32',
    grad: 'i32',
    m: 'i32',
    hyper: 'i32',
    gradScale: 'i32',
    n: 'i32',
    decay: 'i32',
  } as const;
  m.func('lion', params, (f, p) => {
    const { at, splat } = numbersAt(f, p.hyper);
    const [lr, beta1, beta2, rest1, rest2] = [0, 1, 2, 3, 4].map((slot) => splat(at(slot)));
    const decay = splat(decayOf(at(5), p.decay));
    const gradScale = splat(f32.load(p.gradScale));
    const [one, zero] = [f32x4.const(1), f32x4.const(0)];
    overLanes(f, p.n, (lanes) => {
      const w = f.let(lanes.load(p.param));
      const mean = f.let(lanes.load(p.m));
      const g = f.let(mul(lanes.load(p.grad), gradScale));
      const c = f.let(add(mul(mean, beta1), mul(g, rest1)));
      const sign = sub(v128.and(one, f32x4.gt(c, zero)), v128.and(one, f32x4.lt(c, zero)));
      const direction = v128.bitselect(c, sign, f32x4.ne(c, c));
      lanes.store(p.param, sub(w, mul(add(direction, mul(w, decay)), lr)));
      lanes.store(p.m, add(mul(mean, beta2), mul(g, rest2)));
    });
  });
};

const emitRangeFunctions = (m: ModuleBuilder): void => {
  m.func('lerp', { y: 'i32', x: 'i32', rate: 'i32', n: 'i32' }, (f, p) => {
    const rate = f.let(v128.load32Splat(p.rate));
    overLanes(f, p.n, (lanes) => {
      const y = f.let(lanes.load(p.y));
      lanes.store(p.y, add(y, mul(sub(lanes.load(p.x), y), rate)));
    });
  });
  m.func('swap', { a: 'i32', b: 'i32', n: 'i32' }, (f, p) => {
    overLanes(f, p.n, (lanes) => {
      const a = f.let(lanes.load(p.a));
      lanes.store(p.a, lanes.load(p.b));
      lanes.store(p.b, a);
    });
  });
  m.func('scale_ranges', { x: 'i32', factor: 'i32', n: 'i32' }, (f, p) => {
    const factor = f.let(v128.load32Splat(p.factor));
    overLanes(f, p.n, (lanes) => lanes.store(p.x, mul(lanes.load(p.x), factor)));
  });
  m.func('clamp_ranges', { x: 'i32', n: 'i32', limit: 'f32' }, (f, p) => {
    const high = f.let(f32x4.splat(p.limit));
    const low = f.let(f32x4.neg(high));
    overLanes(f, p.n, (lanes) => lanes.store(p.x, f32x4.max(low, f32x4.min(high, lanes.load(p.x)))));
  });
};

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
  emit: (m) => {
    emitSumOfSquares(m);
    emitAdamW(m);
    emitSGD(m);
    emitAdam(m);
    emitLamb(m);
    emitLion(m);
    emitRangeFunctions(m);
  },
  bind: (host) => {
    const sumOfSquares = host.fn('sum_of_squares');
    const storeF32 = host.fn('store_f32');
    const adamw = host.fn('adamw');
    const sgd = { none: host.fn('sgd'), plain: host.fn('sgd_plain'), nesterov: host.fn('sgd_nesterov') };
    const [adam, amsgrad, lamb, lion] = ['adam', 'adam_amsgrad', 'lamb', 'lion'].map((name) => host.fn(name));
    const [lerp, swap, scale, clamp] = ['lerp', 'swap', 'scale_ranges', 'clamp_ranges'].map((name) => host.fn(name));
    const eachRange = (ranges: readonly ArenaRange[], run: (at: number, n: number, decay: number) => void): void => {
      for (const { offset, length, decay } of ranges) run(offset * 4, length, decay ? 1 : 0);
    };
    const rangeSum = (x: number, { offset, length }: ArenaRange): number => {
      let sum = 0;
      for (let done = 0; done < length; done += sumChunk) {
        sum += sumOfSquares(x + (offset + done) * 4, Math.min(sumChunk, length - done));
      }
      return sum;
    };
    return {
      sumOfSquares: ([x, out], { ranges }) => {
        let sum = 0;
        for (const range of ranges) sum += rangeSum(x, range);
        storeF32(out, sum);
      },
      adamw: ([param, grad, mean, square, hyper, gradScale], { ranges }) =>
        eachRange(ranges, (at, n, decay) => {
          adamw(param + at, grad + at, mean + at, square + at, hyper, gradScale, n, decay);
        }),
      sgd: (operands, { ranges, momentum }) => {
        const [param, grad] = operands;
        const [hyper, gradScale] = operands.slice(-2);
        eachRange(ranges, (at, n, decay) => {
          sgd[momentum](param + at, grad + at, hyper, gradScale, n, decay, operands[2] + at);
        });
      },
      adam: (operands, { ranges, amsgrad: keepsMax }) => {
        const [param, grad, mean, square, largest] = operands;
        const [hyper, gradScale] = operands.slice(-2);
        const step = keepsMax ? amsgrad : adam;
        eachRange(ranges, (at, n, decay) => {
          step(param + at, grad + at, mean + at, square + at, hyper, gradScale, n, decay, largest + at);
        });
      },
      lamb: ([param, grad, mean, square, hyper, gradScale], { ranges }) =>
        eachRange(ranges, (at, n, decay) => {
          lamb(param + at, grad + at, mean + at, square + at, hyper, gradScale, n, decay);
        }),
      lion: ([param, grad, mean, hyper, gradScale], { ranges }) =>
        eachRange(ranges, (at, n, decay) => {
          lion(param + at, grad + at, mean + at, hyper, gradScale, n, decay);
        }),
      lerp: ([y, x, rate], { ranges }) => eachRange(ranges, (at, n) => lerp(y + at, x + at, rate, n)),
      swap: ([a, b], { ranges }) => eachRange(ranges, (at, n) => swap(a + at, b + at, n)),
      scaleRanges: ([x, factor], { ranges }) => eachRange(ranges, (at, n) => scale(x + at, factor, n)),
      clampRanges: ([x], { ranges, limit }) => eachRange(ranges, (at, n) => clamp(x + at, n, limit)),
    };
  },
};
