// Layer norm over rows and its gradient. Two passes for the variance; sums over rows go by columns in fixed blocks.

import { f32, f32x4, f64, i32, v128 } from '../emitter/index.ts';
import { keepColumns, overSegments, segmentParams, segmentsOf, sumColumns } from './columns.ts';
import { countOf, defineJob, type KernelFamily, type Launch, launch, skipTo } from './job.ts';
import { blockedSums, overLanes } from './lanes.ts';
import { addParts } from './reduce.ts';

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

// Sums of g · z and of g over rows, as doubles [part, n] for addParts.
const backwardColumns = defineJob(
  'layer_norm_dgamma',
  { x: 'i32', mean: 'i32', rstd: 'i32', g: 'i32', gamma: 'i32', beta: 'i32', ...segmentParams },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.inner, 2));
    const names = ['x', 'g', 'mean', 'rstd'] as const;
    const base = names.map(() => f.local('i32'));
    const from = names.map(() => f.local('i32'));
    const [x, g, mean, rstd] = from;
    overSegments(f, p, range, ({ part, firstRow, rows, firstColumn, columns }) => {
      for (const [i, name] of names.entries()) {
        const inRow = i < 2 ? i32.add(i32.mul(firstRow, rowBytes), i32.shl(firstColumn, 2)) : i32.shl(firstRow, 2);
        f.set(base[i], i32.add(p[name], inRow));
      }
      const place = { rows, columns, sums: range.workspace };
      sumColumns(f, place, 2, {
        begin: (at) => {
          for (const [i, pointer] of from.entries()) f.set(pointer, i < 2 ? i32.add(base[i], at) : base[i]);
        },
        next: (strip) => {
          const means = f.let(v128.load32Splat(mean));
          const rstds = f.let(v128.load32Splat(rstd));
          const values = Array.from({ length: strip.vectors }, (_, k) => {
            const gradient = f.let(strip.load(g, k));
            const z = f32x4.mul(f32x4.sub(strip.load(x, k), means), rstds);
            return [f.let(f32x4.mul(gradient, z)), gradient];
          }).flat();
          for (const pointer of [x, g]) f.advance(pointer, rowBytes);
          for (const pointer of [mean, rstd]) f.advance(pointer, 4);
          return values;
        },
        nextBlock: () => {
          for (const [i, pointer] of base.entries()) f.advance(pointer, i < 2 ? i32.shl(rowBytes, 4) : 64);
        },
      });
      const at = f.let(i32.shl(i32.add(i32.mul(part, p.inner), firstColumn), 3));
      keepColumns(f, place, 0, i32.add(p.gamma, at));
      keepColumns(f, place, 1, i32.add(p.beta, at));
    });
  },
);

export const normFamily: KernelFamily<'layerNorm' | 'layerNormBackward'> = {
  jobs: [forward, backwardRows, backwardColumns],
  launches: {
    layerNorm: ([x, gamma, beta, out, mean, rstd], { rows, n, eps }) => [
      launch(forward, { x, gamma, beta, out, mean, rstd, n, eps }, rows, 20 + 0.6 * n),
    ],
    layerNormBackward: ([x, gamma, mean, rstd, g, dx, dgamma, dbeta], { rows, n }, context) => {
      const { units, values } = segmentsOf(1, rows, n);
      const { parts } = values;
      const bytes = parts * n * 8;
      const partial = context.scratch(2 * bytes);
      const columns = { x, mean, rstd, g, gamma: partial, beta: partial + bytes, ...values };
      const sum = (from: number, out: number): Launch =>
        launch(addParts, { partial: from, out, parts, inner: n, divisor: 1 }, n, 2 * parts);
      return [
        launch(backwardRows, { x, gamma, mean, rstd, g, dx, n }, rows, 20 + 0.6 * n),
        launch(backwardColumns, columns, units, 20 + (0.3 * rows * n) / Math.max(1, units)),
        sum(partial, dgamma),
        sum(partial + bytes, dbeta),
      ];
    },
  },
};
