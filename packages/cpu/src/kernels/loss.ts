// Softmax cross entropy with label smoothing and an ignored id, and its gradient, a row at a time.

import { f32, f32x4, f64, i32, v128 } from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { blockedSums, overLanes } from './lanes.ts';
import { expNegative } from './math.ts';
import { logOfSum, maxAndSum } from './softmax.ts';

const forward = defineJob(
  'cross_entropy',
  { x: 'i32', ids: 'i32', loss: 'i32', lse: 'i32', n: 'i32', ignore: 'i32', smoothing: 'f64' },
  // lse = max + ln(sum of e^(x - max)); loss = lse - (1 - s) · x[id] - s · mean(x), in f64 so that large logits cancel
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.ids, 4],
      [p.loss, 4],
      [p.lse, 4],
    ]);
    f.times(countOf(f, range), () => {
      const { max, sum } = maxAndSum(f, p.n, (lanes) => lanes.load(p.x));
      const lse = f.let(f64.add(f64.promoteF32(f32x4.extractLane(max, 0)), logOfSum(f, sum)));
      f.storeF32(p.lse, f32.demoteF64(lse));
      const id = f.let(i32.load(p.ids));
      const loss = f.let(f64.const(0));
      f.if(i32.ne(id, p.ignore), () => {
        const target = f64.promoteF32(f32.load(i32.add(p.x, i32.shl(id, 2))));
        f.set(loss, f64.sub(lse, f64.mul(f64.sub(f64.const(1), p.smoothing), target)));
        f.if(f64.ne(p.smoothing, f64.const(0)), () => {
          const [total] = blockedSums(f, p.n, 1, (lanes) => [lanes.load(p.x)]);
          const mean = f64.div(total, f64.convertI32U(p.n));
          f.set(loss, f64.sub(loss, f64.mul(p.smoothing, mean)));
        });
      });
      f.storeF32(p.loss, f32.demoteF64(loss));
      f.advance(p.x, rowBytes);
      for (const pointer of [p.ids, p.loss, p.lse]) f.advance(pointer, 4);
    });
  },
);

const backward = defineJob(
  'cross_entropy_backward',
  {
    x: 'i32',
    ids: 'i32',
    lse: 'i32',
    g: 'i32',
    dx: 'i32',
    n: 'i32',
    ignore: 'i32',
    onTarget: 'f32',
    everywhere: 'f32',
  },
  // p = e^(x - lse) / sum of the same: the sum is 1 but for the rounding of lse, which a large logit makes large.
  // dx = g · (p - s/n), then g · (1 - s) less at the id.
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.dx, rowBytes],
      [p.ids, 4],
      [p.lse, 4],
      [p.g, 4],
    ]);
    const everywhere = f.let(f32x4.splat(p.everywhere));
    f.times(countOf(f, range), () => {
      const id = f.let(i32.load(p.ids));
      f.if(
        i32.eq(id, p.ignore),
        () => f.memoryFill(p.dx, 0, rowBytes),
        () => {
          const lse = f.let(v128.load32Splat(p.lse));
          const g = f.let(v128.load32Splat(p.g));
          const [sum] = blockedSums(
            f,
            p.n,
            1,
            (lanes) => [expNegative(f, f32x4.sub(lanes.load(p.x), lse))],
            (lanes, [e]) => lanes.store(p.dx, e),
          );
          const inverse = f.let(f32x4.splat(f32.demoteF64(f64.div(f64.const(1), sum))));
          overLanes(
            f,
            p.n,
            (lanes) => {
              const probability = f32x4.mul(lanes.load(p.dx), inverse);
              lanes.store(p.dx, f32x4.mul(g, f32x4.sub(probability, everywhere)));
            },
            2,
          );
          const target = f.let(i32.add(p.dx, i32.shl(id, 2)));
          f.storeF32(target, f32.sub(f32.load(target), f32.mul(f32.load(p.g), p.onTarget)));
        },
      );
      for (const pointer of [p.x, p.dx]) f.advance(pointer, rowBytes);
      for (const pointer of [p.ids, p.lse, p.g]) f.advance(pointer, 4);
    });
  },
);

export const lossFamily: KernelFamily<'crossEntropy' | 'crossEntropyBackward'> = {
  jobs: [forward, backward],
  launches: {
    crossEntropy: ([x, ids, loss, lse], { rows, n, ignoreIndex, smoothing }) => [
      launch(forward, { x, ids, loss, lse, n, ignore: ignoreIndex, smoothing }, rows, 40 + 1.2 * n),
    ],
    crossEntropyBackward: ([x, ids, lse, g, dx], { rows, n, ignoreIndex, smoothing }) => [
      launch(
        backward,
        { x, ids, lse, g, dx, n, ignore: ignoreIndex, onTarget: 1 - smoothing, everywhere: smoothing / n },
        rows,
        30 + 1.5 * n,
      ),
    ],
  },
};
