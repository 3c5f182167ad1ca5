// Layer norm over rows and its gradient. Two passes for the variance; sums over rows go by columns in fixed blocks.

import { f32, f32x4, f64, f64x2, i32, type ModuleBuilder, v128 } from '../emitter/index.ts';
import { blockedColumns, columnValue, overStrips } from './columns.ts';
import type { KernelFamily } from './kernel.ts';
import { blockedSums, overLanes } from './lanes.ts';

const emitForward = (m: ModuleBuilder): void => {
  const params = {
    x: 'i32',
    gamma: 'i32',
    beta: 'i32',
    out: 'i32',
    mean: 'i32',
    rstd: 'i32',
    rows: 'i32',
    n: 'i32',
    eps: 'f64',
  } as const;
  // out = (x - mean) · rstd · gamma + beta
  m.func('layer_norm', params, (f, p) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const count = f.let(f64.convertI32U(p.n));
    f.times(p.rows, () => {
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
  });
};

const emitBackward = (m: ModuleBuilder): void => {
  const rowInputs = { x: 'i32', gamma: 'i32', mean: 'i32', rstd: 'i32', g: 'i32' } as const;
  // h = g · gamma, z = (x - mean) · rstd:  dx = rstd · (h - mean(h) - z · mean(h · z))
  m.func('layer_norm_dx', { ...rowInputs, dx: 'i32', rows: 'i32', n: 'i32' }, (f, p) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const count = f.let(f64.convertI32U(p.n));
    f.times(p.rows, () => {
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
  });

  // dgamma = sum of g · z, dbeta = sum of g, over rows
  const columnParams = {
    x: 'i32',
    mean: 'i32',
    rstd: 'i32',
    g: 'i32',
    dgamma: 'i32',
    dbeta: 'i32',
    rows: 'i32',
    n: 'i32',
  } as const;
  m.func('layer_norm_dgamma', columnParams, (f, p) => {
    const rowBytes = f.let(i32.shl(p.n, 2));
    const one = f64x2.const(1);
    overStrips(f, p.n, 2, (at, strip) => {
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
  });
};

export const normFamily: KernelFamily<'layerNorm' | 'layerNormBackward'> = {
  emit: (m) => {
    emitForward(m);
    emitBackward(m);
  },
  bind: (host) => {
    const forward = host.fn('layer_norm');
    const dxRows = host.fn('layer_norm_dx');
    const columns = host.fn('layer_norm_dgamma');
    return {
      layerNorm: ([x, gamma, beta, out, mean, rstd], { rows, n, eps }) =>
        void forward(x, gamma, beta, out, mean, rstd, rows, n, eps),
      layerNormBackward: ([x, gamma, mean, rstd, g, dx, dgamma, dbeta], { rows, n }) => {
        dxRows(x, gamma, mean, rstd, g, dx, rows, n);
        columns(x, mean, rstd, g, dgamma, dbeta, rows, n);
      },
    };
  },
};
