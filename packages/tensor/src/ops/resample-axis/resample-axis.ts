import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly, type KernelOp } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type AxisMap, outputsOf, transposedMap } from '../families/axis-map.ts';

// out[.., i, ..] = Σ_t w_t x[.., c_t, ..] over the taps t of row i: one axis of a separable filter.
export const resampleAxisOp: KernelOp<{ readonly axis: number; readonly map: AxisMap }> = defineOp<{
  readonly axis: number;
  readonly map: AxisMap;
}>({
  name: 'resampleAxis',
  infer: ([x], { axis, map }) => {
    floatOnly('resampleAxis', x);
    return [{ shape: x.shape.map((d, i) => (i === axis ? outputsOf(map) : d)), dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => resampleAxis(g, c.attrs.axis, transposedMap(c.attrs.map))],
  reference: ([x], [out], { axis, map }) => {
    const { inputs: n, offsets, columns, weights } = map;
    const m = outputsOf(map);
    const outer = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    const [from, to] = [x.data, out.data];
    const line = new Float64Array(inner);
    for (let row = 0, i = 0, base = 0; row < outer * m; row++) {
      const end = offsets[i + 1];
      if (inner === 1) {
        let total = 0;
        for (let t = offsets[i]; t < end; t++) total += weights[t] * from[base + columns[t]];
        to[row] = total;
      } else {
        line.fill(0);
        for (let t = offsets[i]; t < end; t++) {
          const weight = weights[t];
          const start = (base + columns[t]) * inner;
          for (let j = 0; j < inner; j++) line[j] += weight * from[start + j];
        }
        to.set(line, row * inner);
      }
      if (++i === m) {
        i = 0;
        base += n;
      }
    }
  },
  cpu: (inputs, outputs, attrs) => {
    const { axis, map } = attrs;
    const [{ shape }] = inputs;
    return hostPlan(
      resampleAxisOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('resampleAxis', {
        outer: sizeOf(shape.slice(0, axis)),
        inner: sizeOf(shape.slice(axis + 1)),
        rows: map.rule?.rows ?? { kind: 'taps', ...map },
        transposed: map.rule?.transposed ?? false,
      }),
    );
  },
});

/** internal: a linear map along one axis, which is counted from the front. */
export const resampleAxis = (x: Tensor, axis: number, map: AxisMap): Tensor =>
  apply(resampleAxisOp, [x], { axis, map });

// The last axis is the slow one, with nothing contiguous beyond it, so its turn comes while there is less to do: first
// where it grows.
/** internal: one map for each axis from the third on. */
export const resample = (x: Tensor, maps: readonly AxisMap[]): Tensor => {
  const axes = maps.map((_, i) => i);
  const last = maps[maps.length - 1];
  if (outputsOf(last) > last.inputs) axes.reverse();
  return axes.reduce((y, i) => resampleAxis(y, 2 + i, maps[i]), x);
};
