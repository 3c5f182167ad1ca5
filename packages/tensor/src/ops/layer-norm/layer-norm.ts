import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { full } from '../../create.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, applyAll, defineOp, floatOnly, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { div } from '../div/div.ts';
import { checkEps } from '../families/normalisation.ts';
import { rowsOver } from '../families/rows.ts';
import { layerNormBackwardOp } from '../layer-norm-backward/layer-norm-backward.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { square } from '../square/square.ts';
import { sub } from '../sub/sub.ts';

// y = (x - μ) · r · γ + β over the last axis, r = 1 / √(σ² + ε), σ² the biased variance (Ba, Kiros and Hinton 2016)
export const layerNormOp = defineOp<{ readonly eps: number }>({
  name: 'layerNorm',
  infer: (inputs) => {
    const [x, gamma, beta] = inputs;
    const dtype = sameDType('layerNorm', inputs);
    floatOnly('layerNorm', x);
    const n = x.shape[x.shape.length - 1];
    for (const p of [gamma, beta]) {
      if (p.shape.length !== 1 || p.shape[0] !== n) {
        throw new ShapeError(
          'layerNorm',
          `x ${showShape(x.shape)} wants gamma and beta [${n}], came ${showShape(gamma.shape)} and ${showShape(beta.shape)}`,
        );
      }
    }
    const rows = x.shape.slice(0, -1);
    return [
      { shape: x.shape, dtype },
      { shape: rows, dtype },
      { shape: rows, dtype },
    ];
  },
  saves: { inputs: [0, 1], outputs: [1, 2] },
  vjp: (c, g) => {
    // One kernel gives all three; whichever thunk runs first runs it.
    let all: Tensor[] | undefined;
    const part = (i: number) => () => {
      all ??= applyAll(layerNormBackwardOp, [c.input(0), c.input(1), c.output(1), c.output(2), g], {});
      return all[i];
    };
    return [part(0), part(1), part(2)];
  },
  composite: ([x, gamma, beta], { eps }) => {
    const centred = sub(x, mean(x, { axes: -1, keepDims: true }));
    const variance = mean(square(centred), { axes: -1, keepDims: true });
    return add(mul(div(centred, sqrt(add(variance, eps))), gamma), beta);
  },
  reference: ([x, gamma, beta], [out, means, rstds], { eps }) =>
    rowsOver(x, (start, n, row) => {
      let mu = 0;
      for (let i = 0; i < n; i++) mu += x.data[start + i];
      mu /= n;
      let variance = 0;
      for (let i = 0; i < n; i++) variance += (x.data[start + i] - mu) ** 2;
      const r = 1 / Math.sqrt(variance / n + eps);
      means.data[row] = mu;
      rstds.data[row] = r;
      for (let i = 0; i < n; i++) out.data[start + i] = (x.data[start + i] - mu) * r * gamma.data[i] + beta.data[i];
    }),
  cpu: ([x], _outputs, { eps }) => {
    const n = x.shape[x.shape.length - 1];
    const rows = sizeOf(x.shape.slice(0, -1));
    return cpuPlan([
      call('layerNorm', [input(0), input(1), input(2), output(0), output(1), output(2)], { rows, n, eps }),
    ]);
  },
});

export interface LayerNormOptions {
  readonly eps?: number;
  /** How many trailing axes are normalised together. Default: the rank of gamma or beta, 1 without them. */
  readonly trailingAxes?: number;
}

/**
 * Layer normalisation over the last axis, x [..., n] with gamma and beta [n], or over as many trailing axes as gamma and
 * beta have: x [..., *shape], gamma and beta of `shape`. Either of them may be null: no scale, no shift.
 */
export const layerNorm = (
  x: Tensor,
  gamma: Tensor | null = null,
  beta: Tensor | null = null,
  { eps = 1e-5, trailingAxes }: LayerNormOptions = {},
): Tensor => {
  checkEps('layerNorm', eps);
  if (x.rank === 0)
    throw new ShapeError('layerNorm', 'x is a scalar: there is no axis to normalise over; reshape() it');
  if (trailingAxes !== undefined && !(Number.isInteger(trailingAxes) && trailingAxes >= 1 && trailingAxes <= x.rank)) {
    throw new ArgumentError(
      'layerNorm',
      `trailingAxes must be a whole number from 1 to ${x.rank}, came ${trailingAxes}`,
    );
  }
  const axes = trailingAxes ?? Math.min(x.rank, Math.max(1, gamma?.rank ?? beta?.rank ?? 1));
  if (axes === 1 && gamma !== null && beta !== null) return apply(layerNormOp, [x, gamma, beta], { eps });
  const lead = x.shape.slice(0, x.rank - axes);
  const shape = x.shape.slice(x.rank - axes);
  if ([gamma, beta].some((p) => p !== null && !sameShape(p.shape, shape))) {
    const [a, b] = [gamma, beta].map((p) => (p === null ? 'none' : showShape(p.shape)));
    throw new ShapeError(
      'layerNorm',
      `x ${showShape(x.shape)} wants gamma and beta ${showShape(shape)}, came ${a} and ${b}`,
    );
  }
  const n = sizeOf(shape);
  return scope(() => {
    const flat = (p: Tensor | null, value: number): Tensor =>
      p === null ? full([n], value, { dtype: x.dtype, backend: x.backend }) : reshape(p, [n]);
    // [..., *shape] -> [..., n] and back
    return reshape(apply(layerNormOp, [reshape(x, [...lead, n]), flat(gamma, 1), flat(beta, 0)], { eps }), x.shape);
  });
};
