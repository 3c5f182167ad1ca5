import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { defineOp, notDifferentiable } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { NoAttrs } from '../families/elementwise.ts';
import { rowsOver } from '../families/rows.ts';

// x̂ = (x - μ) r, h = g γ:  dx = r · (h - mean(h) - x̂ · mean(h x̂));  dγ = Σ rows g x̂;  dβ = Σ rows g
export const layerNormBackwardOp = defineOp<NoAttrs>({
  name: 'layerNormBackward',
  infer: ([x, gamma]) => [
    { shape: x.shape, dtype: x.dtype },
    { shape: gamma.shape, dtype: x.dtype },
    { shape: gamma.shape, dtype: x.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('second derivatives go through the composite of layerNorm'),
  reference: ([x, gamma, means, rstds, g], [dx, dgamma, dbeta]) => {
    dgamma.data.fill(0);
    dbeta.data.fill(0);
    rowsOver(x, (start, n, row) => {
      const r = rstds.data[row];
      let meanH = 0;
      let meanHx = 0;
      for (let i = 0; i < n; i++) {
        const hat = (x.data[start + i] - means.data[row]) * r;
        const h = g.data[start + i] * gamma.data[i];
        meanH += h / n;
        meanHx += (h * hat) / n;
        dgamma.data[i] += g.data[start + i] * hat;
        dbeta.data[i] += g.data[start + i];
      }
      for (let i = 0; i < n; i++) {
        const hat = (x.data[start + i] - means.data[row]) * r;
        dx.data[start + i] = r * (g.data[start + i] * gamma.data[i] - meanH - hat * meanHx);
      }
    });
  },
  cpu: ([x]) => {
    const n = x.shape[x.shape.length - 1];
    const rows = sizeOf(x.shape.slice(0, -1));
    const operands = [0, 1, 2, 3, 4].map(input);
    return cpuPlan([call('layerNormBackward', [...operands, output(0), output(1), output(2)], { rows, n })]);
  },
});
