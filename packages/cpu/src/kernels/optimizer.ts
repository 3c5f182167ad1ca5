// Updates over ranges of an arena: sum of squares for clipping, AdamW.

import type { ArenaRange } from '@omnigrad/tensor';
import { f32, f32x4, f64, f64x2, i32, type ModuleBuilder, v128 } from '../emitter/index.ts';
import type { KernelFamily } from './kernel.ts';
import { overLanes } from './lanes.ts';

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
    const rest1 = splat(f32.sub(one, hyper(1)));
    const rest2 = splat(f32.sub(one, hyper(2)));
    const eps = splat(hyper(3));
    const step = splat(f32.div(hyper(0), hyper(5)));
    const inverse2 = splat(f32.div(one, hyper(6)));
    // p - lr · wd · p, with 0 for ranges without decay
    const shrink = splat(f32.mul(f32.mul(hyper(0), hyper(4)), f32.convertI32U(p.decay)));
    const gradScale = splat(f32.load(p.gradScale));
    const { add, sub, mul, div, sqrt } = f32x4;
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

export const optimizerFamily: KernelFamily<'sumOfSquares' | 'adamw'> = {
  emit: (m) => {
    emitSumOfSquares(m);
    emitAdamW(m);
  },
  bind: (host) => {
    const sumOfSquares = host.fn('sum_of_squares');
    const storeF32 = host.fn('store_f32');
    const adamw = host.fn('adamw');
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
      adamw: ([param, grad, mean, square, hyper, gradScale], { ranges }) => {
        for (const { offset, length, decay } of ranges) {
          const at = offset * 4;
          adamw(param + at, grad + at, mean + at, square + at, hyper, gradScale, length, decay ? 1 : 0);
        }
      },
    };
  },
};
