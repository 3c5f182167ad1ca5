// One number a row: variance and log-sum-exp.

import { type F64, f32, f32x4, f64, f64x2, i32, v128 } from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { blockedSums, extreme, type Lanes, wideSums } from './lanes.ts';
import { expNegative } from './math.ts';
import { logOfSum } from './softmax.ts';

const variance = defineJob('variance', { x: 'i32', out: 'i32', n: 'i32', divisor: 'f64' }, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(f, range, [
    [p.x, rowBytes],
    [p.out, 4],
  ]);
  const count = f.let(f64.convertI32U(p.n));
  const sum = f.let(f64.const(0));
  f.times(countOf(f, range), () => {
    f.set(sum, f64.const(0));
    // an empty row has no first element to read
    f.if(p.n, () => {
      // beside the first element, so that equal ones have no variance at all
      const first = f.let(v128.load32Splat(p.x));
      const [total] = blockedSums(f, p.n, 1, (lanes) => [f32x4.sub(lanes.load(p.x), first)]);
      const offset = f64.div(total, count);
      const mean = f32.demoteF64(f64.add(f64.promoteF32(f32x4.extractLane(first, 0)), offset));
      const means = f.let(f32x4.splat(mean));
      // the rounding of the mean comes off the squares
      const [rest, squares] = blockedSums(f, p.n, 2, (lanes) => {
        const d = f.let(f32x4.sub(lanes.load(p.x), means));
        return [d, f32x4.mul(d, d)];
      });
      const setSum = (all: F64, leftOver: F64): void =>
        f.set(sum, f64.max(f64.sub(all, f64.div(f64.mul(leftOver, leftOver), count)), f64.const(0)));
      setSum(squares, rest);
      // Not finite: a difference or a square left f32, or the input is not. f64 holds all that f32 numbers can give.
      f.if(f64.ne(f64.sub(sum, sum), f64.const(0)), () => {
        const load = (lanes: Lanes) => [f.let(lanes.load(p.x))];
        const from = f.let(f64x2.promoteLowF32x4(first));
        const [wideTotal] = wideSums(f, p.n, 1, load, ([x]) => [f64x2.sub(x, from)]);
        const wideMean = f.let(f64x2.add(from, f64x2.splat(f64.div(wideTotal, count))));
        const [wideRest, wideSquares] = wideSums(f, p.n, 2, load, ([x]) => {
          const d = f.let(f64x2.sub(x, wideMean));
          return [d, f64x2.mul(d, d)];
        });
        setSum(wideSquares, wideRest);
      });
    });
    f.storeF32(p.out, f32.demoteF64(f64.div(sum, p.divisor)));
    f.advance(p.x, rowBytes);
    f.advance(p.out, 4);
  });
});

const logSumExp = defineJob('log_sum_exp', { x: 'i32', out: 'i32', n: 'i32' }, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(f, range, [
    [p.x, rowBytes],
    [p.out, 4],
  ]);
  f.times(countOf(f, range), () => {
    const max = extreme(f, p.n, 'max', (lanes) => lanes.load(p.x));
    const result = f.let(f32x4.extractLane(max, 0));
    // x - x is 0 for finite numbers only
    f.if(f32.eq(f32.sub(result, result), f32.const(0)), () => {
      const [sum] = blockedSums(f, p.n, 1, (lanes) => [expNegative(f, f32x4.sub(lanes.load(p.x), max))]);
      f.set(result, f32.demoteF64(f64.add(f64.promoteF32(result), logOfSum(f, sum))));
    });
    f.storeF32(p.out, result);
    f.advance(p.x, rowBytes);
    f.advance(p.out, 4);
  });
});

export const statisticsFamily: KernelFamily<'variance' | 'logSumExp'> = {
  jobs: [variance, logSumExp],
  launches: {
    variance: ([x, out], { rows, n, divisor }) => [launch(variance, { x, out, n, divisor }, rows, 10 + 0.4 * n)],
    logSumExp: ([x, out], { rows, n }) => [launch(logSumExp, { x, out, n }, rows, 20 + 1.2 * n)],
  },
};
