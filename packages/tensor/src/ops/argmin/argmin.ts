import { call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly, notDifferentiable } from '../../op.ts';
import { normalizeAxis, reducedShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { reductionLayout } from '../families/elementwise.ts';

export const argminOp = defineOp<{ readonly axis: number }>({
  name: 'argmin',
  infer: ([x], { axis }) => {
    floatOnly('argmin', x);
    if (x.shape[axis] === 0) throw new ArgumentError('argmin', `axis ${axis} of ${showShape(x.shape)} is empty`);
    return [{ shape: reducedShape(x.shape, [axis], false), dtype: 'i32' }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('argmin is constant almost everywhere'),
  reference: ([x], [out], { axis }) => {
    const n = x.shape[axis];
    const inner = sizeOf(x.shape.slice(axis + 1));
    for (let o = 0; o < out.data.length; o++) {
      const base = Math.floor(o / inner) * n * inner + (o % inner);
      let best = 0;
      for (let i = 1; i < n; i++) {
        const held = x.data[base + best * inner];
        const next = x.data[base + i * inner];
        if (next < held || (Number.isNaN(next) && !Number.isNaN(held))) best = i;
      }
      out.data[o] = best;
    }
  },
  // The largest of -x.
  cpu: ([x], _outputs, { axis }) => {
    const layout = reductionLayout(x.shape, [axis]);
    const size = sizeOf(x.shape);
    if (layout === null || size === 0) return cpuPlan([]);
    return cpuPlan(
      [call('unary', [input(0), scratch(0)], { fn: 'neg', n: size }), call('argmax', [scratch(0), output(0)], layout)],
      [size * 4],
    );
  },
});

/** Position of the first smallest value along `axis` (default the last), as i32; NaN counts as smallest. */
export const argmin = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  apply(argminOp, [x], { axis: normalizeAxis('argmin', axis, x.rank) });
