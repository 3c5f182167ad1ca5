// Layer norm over rows and its gradient. Two passes for the variance; sums over rows go by columns in fixed blocks.

import { f32, f32x4, f64, f64x2, i32, v128 } from '../emitter/index.ts';
import { blockedColumns, columnValue, overStrips } from './columns.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { blockedSums, overLanes } from './lanes.ts';

const forward = defineJob(
  'layer_norm',
  { x: 'i32', gamma: 'i32', beta: 'i32', out: 'i32', mean: 'i32', rstd: 'i32', n: 'i32', eps: 'f64' },
  // out = (x - mean) · rstd · gamma + beta
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const count = f.let(f64.convertI32U(p.n));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.out, rowBytes],
      [p.mean, 4],
      [p.rstd, 4],
    ]);
    f.times(countOf(f, range), () => {
      const [sum] = blockedSums(f, p.n, 1, (lanes) => [lanes.load(p.x)]);
      const mean = f.let(f32.demoteF64(f64.div(sum, count)));
      const means = f.let(f32x4.splat(mean));
      const [squares] = blockedSums(f, p.n, 1, (lanes) => {
        const d = f.let(f32x4.sub(lanes.load(p.x), means));
        return [f32x4.mul(d, d)];
      });
      const variance = f64.div(squares, count);
      const rstd = f.let(f32.demoteF64(f64.div(f64.const(1), f64.sqrt(f64.add(variance, p.eps)))));
      const rstds = f.let(f32x4.splat(rstd));
      overLanes(
        f,
        p.n,
        (lanes) => {
          const normal = f32x4.mul(f32x4.sub(lanes.load(p.x), means), rstds);
          lanes.store(p.out, f32x4.add(f32x4.mul(normal, lanes.load(p.gamma)), lanes.load(p.beta)));
        },
        2,
      );
      f.storeF32(p.mean, mean);
      f.storeF32(p.rstd, rstd);
      for (const pointer of [p.x, p.out]) f.advance(pointer, rowBytes);
      for (const pointer of [p.mean, p.rstd]) f.advance(pointer, 4);
    });
  },
);

// h = g · gamma, z = (x - mean) · rstd:  dx = rstd · (h - mean(h) - z · mean(h · z))
const backwardRows = defineJob(
  'layer_norm_dx',
  { x: 'i32', gamma: 'i32', mean: 'i32', rstd: 'i32', g: 'i32', dx: 'i32', n: 'i32' },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const count = f.let(f64.convertI32U(p.n));
    skipTo(f, range, [
      [p.x, rowBytes],
      [p.g, rowBytes],
      [p.dx, rowBytes],
      [p.mean, 4],
      [p.rstd, 4],
    ]);
    f.times(countOf(f, range), () => {
      const means = f.let(v128.load32Splat(p.mean));
      const rstds = f.let(v128.load32Splat(p.rstd));
      const [sumH, sumHz] = blockedSums(f, p.n, 2, (lanes) => {
        const h = f.let(f32x4.mul(lanes.load(p.g), lanes.load(p.gamma)));
        const z = f32x4.mul(f32x4.sub(lanes.load(p.x), means), rstds);
        return [h, f32x4.mul(h, z)];
      });
      const meanH = f.let(f32x4.splat(f32.demoteF64(f64.div(sumH, count))));
      const meanHz = f.let(f32x4.splat(f32.demoteF64(f64.div(sumHz, count))));
      overLanes(f, p.n, (lanes) => {
        const h = f32x4.mul(lanes.load(p.g), lanes.load(p.gamma));
        const z = f32x4.mul(f32x4.sub(lanes.load(p.x), means), rstds);
        lanes.store(p.dx, f32x4.mul(rstds, f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(z, meanHz))));
      });
      for (const pointer of [p.x, p.g, p.dx]) f.advance(pointer, rowBytes);
      for (const pointer of [p.mean, p.rstd]) f.advance(pointer, 4);
    });
  },
);

/** Columns of a unit: a cache line. */
const unitColumns = 16;

// dgamma = sum of g · z, dbeta = sum of g, over rows. A unit is 16 columns.
const backwardColumns = defineJob(
  'layer_norm_dgamma',
  { x: 'i32', mean: 'i32', rstd: 'i32', g: 'i32', dgamma: 'i32', dbeta: 'i32', rows: 'i32', n: 'i32' },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const one = f64x2.const(1);
    skipTo(
      f,
      range,
      [p.x, p.g, p.dgamma, p.dbeta].map((pointer) => [pointer, unitColumns * 4]),
    );
    const width = f.let(i32.sub(p.n, i32.mul(range.begin, unitColumns)));
    const most = f.let(i32.mul(countOf(f, range), unitColumns));
    f.if(i32.gtU(width, most), () => f.set(width, most));
    overStrips(f, width, 2, (at, strip) => {
      const x = f.let(i32.add(p.x, at));
      const g = f.let(i32.add(p.g, at));
      const mean = f.let(p.mean);
      const rstd = f.let(p.rstd);
      const sums = blockedColumns(f, p.rows, strip.vectors * 2, () => {
        const means = f.let(v128.load32Splat(mean));
        const rstds = f.let(v128.load32Splat(rstd));
        const values = Array.from({ length: strip.vectors }, (_, k) => {
          const gradient = f.let(strip.load(g, k));
          const z = f32x4.mul(f32x4.sub(strip.load(x, k), means), rstds);
          return [f32x4.mul(gradient, z), gradient];
        }).flat();
        return {
          values,
          advance: () => {
            for (const pointer of [x, g]) f.advance(pointer, rowBytes);
            for (const pointer of [mean, rstd]) f.advance(pointer, 4);
          },
        };
      });
      for (let k = 0; k < strip.vectors; k++) {
        strip.store(i32.add(p.dgamma, at), k, columnValue(sums[2 * k], one));
        strip.store(i32.add(p.dbeta, at), k, columnValue(sums[2 * k + 1], one));
      }
    });
  },
);

export const normFamily: KernelFamily<'layerNorm' | 'layerNormBackward'> = {
  jobs: [forward, backwardRows, backwardColumns],
  launches: {
    layerNorm: ([x, gamma, beta, out, mean, rstd], { rows, n, eps }) => [
      launch(forward, { x, gamma, beta, out, mean, rstd, n, eps }, rows, 20 + 0.6 * n),
    ],
    layerNormBackward: ([x, gamma, mean, rstd, g, dx, dgamma, dbeta], { rows, n }) => [
      launch(backwardRows, { x, gamma, mean, rstd, g, dx, n }, rows, 20 + 0.6 * n),
      launch(backwardColumns, { x, mean, rstd, g, dgamma, dbeta, rows, n }, Math.ceil(n / unitColumns), 5 * rows),
    ],
  },
};
