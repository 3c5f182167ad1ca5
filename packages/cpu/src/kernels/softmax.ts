// Softmax and log softmax over rows, and their gradients. Rows stay in the first-level cache between the passes: maximum,
// exponentials with their sum, scaling.

import {
  type F64,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  type I32,
  i32,
  i32x4,
  type V128,
  v128,
} from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { blockedSums, extremeOfNumbers, type Lanes, overLanes } from './lanes.ts';
import { expNegative, log } from './math.ts';

const narrow = (value: F64): V128 => f32x4.splat(f32.demoteF64(value));

/**
 * Parts of a log-sum-exp: the maximum in every lane, and the sum of e^(x - maximum) as f64. A NaN is passed over by the
 * maximum and makes the sum NaN. `mask` changes the exponentials, `keep` stores them.
 */
export const maxAndSum = (
  f: FunctionBuilder,
  n: I32,
  load: (lanes: Lanes) => V128,
  keep?: (lanes: Lanes, e: V128) => void,
  mask: (lanes: Lanes, e: V128) => V128 = (_, e) => e,
): { max: V128; sum: F64 } => {
  const max = extremeOfNumbers(f, n, 'max', load);
  const terms = (lanes: Lanes): V128[] => [mask(lanes, expNegative(f, f32x4.sub(load(lanes), max)))];
  const store = keep === undefined ? undefined : (lanes: Lanes, [e]: readonly V128[]): void => keep(lanes, e);
  const [sum] = blockedSums(f, n, 1, terms, store);
  return { max, sum };
};

/** ln of an f64 through f32 lanes, as f64. */
export const logOfSum = (f: FunctionBuilder, sum: F64): F64 =>
  f64.promoteF32(f32x4.extractLane(log(f, narrow(sum)), 0));

const rowsParams = { x: 'i32', out: 'i32', n: 'i32' } as const;

const softmax = defineJob('softmax', { ...rowsParams, scale: 'f32' }, (f, p, range) => {
  const scale = f.let(f32x4.splat(p.scale));
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(f, range, [
    [p.x, rowBytes],
    [p.out, rowBytes],
  ]);
  f.times(countOf(f, range), () => {
    const { sum } = maxAndSum(
      f,
      p.n,
      (lanes) => f32x4.mul(lanes.load(p.x), scale),
      (lanes, e) => lanes.store(p.out, e),
    );
    const inverse = f.let(narrow(f64.div(f64.const(1), sum)));
    overLanes(f, p.n, (lanes) => lanes.store(p.out, f32x4.mul(lanes.load(p.out), inverse)), 2);
    f.advance(p.x, rowBytes);
    f.advance(p.out, rowBytes);
  });
});

const softmaxMasked = defineJob(
  'softmax_masked',
  { ...rowsParams, mask: 'i32', scale: 'f32', rowsPerMask: 'i32' },
  (f, p, range) => {
    const scale = f.let(f32x4.splat(p.scale));
    const rowBytes = f.let(i32.shl(p.n, 2));
    const maskRow = f.let(i32.divU(range.begin, p.rowsPerMask));
    f.advance(p.mask, i32.mul(maskRow, rowBytes));
    const untilNextMask = f.let(i32.sub(i32.mul(i32.add(maskRow, 1), p.rowsPerMask), range.begin));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.out, rowBytes],
    ]);
    const zero = i32x4.const(0);
    f.times(countOf(f, range), () => {
      const off = (lanes: Lanes): V128 => i32x4.eq(lanes.load(p.mask), zero);
      // lanes that are off do not take part: -infinity for the maximum, 0 after the exponential
      const { sum } = maxAndSum(
        f,
        p.n,
        (lanes) => v128.bitselect(f32x4.const(-Infinity), f32x4.mul(lanes.load(p.x), scale), off(lanes)),
        (lanes, e) => lanes.store(p.out, e),
        (lanes, e) => v128.andnot(e, off(lanes)),
      );
      const inverse = f.let(narrow(f64.div(f64.const(1), sum)));
      // no lane left: the sum is 0, its inverse infinite, and the row is 0
      f.set(inverse, v128.and(inverse, f32x4.ne(inverse, f32x4.const(Infinity))));
      overLanes(f, p.n, (lanes) => lanes.store(p.out, f32x4.mul(lanes.load(p.out), inverse)), 2);
      f.advance(p.x, rowBytes);
      f.advance(p.out, rowBytes);
      f.advance(untilNextMask, -1);
      f.if(i32.eqz(untilNextMask), () => {
        f.set(untilNextMask, p.rowsPerMask);
        f.advance(p.mask, rowBytes);
      });
    });
  },
);

const logSoftmax = defineJob('log_softmax', rowsParams, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(f, range, [
    [p.x, rowBytes],
    [p.out, rowBytes],
  ]);
  f.times(countOf(f, range), () => {
    const { max, sum } = maxAndSum(f, p.n, (lanes) => lanes.load(p.x));
    const logSum = f.let(narrow(logOfSum(f, sum)));
    overLanes(f, p.n, (lanes) => lanes.store(p.out, f32x4.sub(f32x4.sub(lanes.load(p.x), max), logSum)), 2);
    f.advance(p.x, rowBytes);
    f.advance(p.out, rowBytes);
  });
});

const gradientParams = { y: 'i32', g: 'i32', out: 'i32', n: 'i32' } as const;

const softmaxBackward = defineJob('softmax_backward', { ...gradientParams, scale: 'f32' }, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  const scale = f.let(f32x4.splat(p.scale));
  skipTo(
    f,
    range,
    [p.y, p.g, p.out].map((pointer) => [pointer, rowBytes]),
  );
  f.times(countOf(f, range), () => {
    const [dot] = blockedSums(f, p.n, 1, (lanes) => [f32x4.mul(lanes.load(p.y), lanes.load(p.g))]);
    const mean = f.let(narrow(dot));
    overLanes(
      f,
      p.n,
      (lanes) => {
        const centred = f32x4.sub(lanes.load(p.g), mean);
        lanes.store(p.out, f32x4.mul(f32x4.mul(lanes.load(p.y), scale), centred));
      },
      2,
    );
    for (const pointer of [p.y, p.g, p.out]) f.advance(pointer, rowBytes);
  });
});

const logSoftmaxBackward = defineJob('log_softmax_backward', gradientParams, (f, p, range) => {
  const rowBytes = f.let(i32.shl(p.n, 2));
  skipTo(
    f,
    range,
    [p.y, p.g, p.out].map((pointer) => [pointer, rowBytes]),
  );
  f.times(countOf(f, range), () => {
    const [total] = blockedSums(f, p.n, 1, (lanes) => [lanes.load(p.g)]);
    const sum = f.let(narrow(total));
    overLanes(f, p.n, (lanes) => {
      const e = expNegative(f, lanes.load(p.y));
      lanes.store(p.out, f32x4.sub(lanes.load(p.g), f32x4.mul(e, sum)));
    });
    for (const pointer of [p.y, p.g, p.out]) f.advance(pointer, rowBytes);
  });
});

export const softmaxFamily: KernelFamily<'softmax' | 'softmaxBackward' | 'logSoftmax' | 'logSoftmaxBackward'> = {
  jobs: [softmax, softmaxMasked, logSoftmax, softmaxBackward, logSoftmaxBackward],
  launches: {
    softmax: (at, { rows, n, scale, rowsPerMask }) => {
      const cost = 20 + 1.3 * n;
      if (at.length === 2) return [launch(softmax, { x: at[0], out: at[1], n, scale }, rows, cost)];
      const [x, mask, out] = at;
      return [launch(softmaxMasked, { x, mask, out, n, scale, rowsPerMask }, rows, cost)];
    },
    softmaxBackward: ([y, g, out], { rows, n, scale }) => [
      launch(softmaxBackward, { y, g, out, n, scale }, rows, 15 + 0.6 * n),
    ],
    logSoftmax: ([x, out], { rows, n }) => [launch(logSoftmax, { x, out, n }, rows, 30 + 1.3 * n)],
    logSoftmaxBackward: ([y, g, out], { rows, n }) => [
      launch(logSoftmaxBackward, { y, g, out, n }, rows, 15 + 1.2 * n),
    ],
  },
};
