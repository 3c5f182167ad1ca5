import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly, notDifferentiable } from '../../op.ts';
import { normalizeAxis, reducedShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { reductionLayout } from '../families/elementwise.ts';

export const argmaxOp = defineOp<{ readonly axis: number }>({
  name: 'argmax',
  infer: ([x], { axis }) => {
    floatOnly('argmax', x);
    if (x.shape[axis] === 0) throw new ArgumentError('argmax', `axis ${axis} of [${x.shape.join(', ')}] is empty`);
    return [{ shape: reducedShape(x.shape, [axis], false), dtype: 'i32' }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: notDifferentiable('argmax is constant almost everywhere'),
  reference: ([x], [out], { axis }) => {
    const n = x.shape[axis];
    const inner = sizeOf(x.shape.slice(axis + 1));
    for (let o = 0; o < out.data.length; o++) {
      const base = Math.floor(o / inner) * n * inner + (o % inner);
      let best = 0;
      for (let i = 1; i < n; i++) {
        const held = x.data[base + best * inner];
        const next = x.data[base + i * inner];
        if (next > held || (Number.isNaN(next) && !Number.isNaN(held))) best = i;
      }
      out.data[o] = best;
    }
  },
  cpu: ([x], _outputs, { axis }) => {
    const layout = reductionLayout(x.shape, [axis]);
    return cpuPlan(layout === null ? [] : [call('argmax', [input(0), output(0)], layout)]);
  },
});

/** Position of the first largest value along `axis` (default the last), as i32; NaN counts as largest. */
export const argmax = (x: Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor =>
  apply(argmaxOp, [x], { axis: normalizeAxis('argmax', axis, x.rank) });
