import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { checkNumber, full, zeros } from '../../create.ts';
import { DTypeError } from '../../errors.ts';
import { apply, defineOp, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { broadcastShapes, broadcastStrides, coalesce } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type NoAttrs, noAttrs, walk } from '../families/elementwise.ts';

export const whereOp = defineOp<NoAttrs>({
  name: 'where',
  infer: ([condition, a, b]) => {
    if (condition.dtype !== 'bool')
      throw new DTypeError('where', `the condition must be bool, came ${condition.dtype}; compare or cast() it`);
    const dtype = sameDType('where', [a, b]);
    return [{ shape: broadcastShapes('where', condition.shape, broadcastShapes('where', a.shape, b.shape)), dtype }];
  },
  saves: { inputs: [0], outputs: [] },
  vjp: (c, g) => {
    const nothing = (): Tensor => zeros([], { dtype: g.dtype, backend: g.backend });
    return [null, () => where(c.input(0), g, nothing()), () => where(c.input(0), nothing(), g)];
  },
  reference: ([condition, a, b], [out]) => {
    const strides = [condition, a, b].map((x) => broadcastStrides(x.shape, out.shape));
    walk(out.shape, strides, (i, [ic, ia, ib]) => {
      out.data[i] = condition.data[ic] !== 0 ? a.data[ia] : b.data[ib];
    });
  },
  cpu: (inputs, [out]) => {
    const { shape, strides } = coalesce(
      out.shape,
      inputs.map((x) => broadcastStrides(x.shape, out.shape)),
    );
    return cpuPlan([
      call('select', [input(0), input(1), input(2), output(0)], {
        shape,
        cond: strides[0],
        a: strides[1],
        b: strides[2],
      }),
    ]);
  },
});

/** condition ? a : b with broadcasting. The side that was not taken gets gradient 0, also where it is NaN. */
export const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor => {
  if (typeof a !== 'number' && typeof b !== 'number') return apply(whereOp, [condition, a, b], noAttrs);
  const { backend } = condition;
  // A number takes the dtype of the tensor beside it, two numbers the backend's float type.
  const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : backend.floatDType;
  for (const v of [a, b]) if (typeof v === 'number') checkNumber('where', v, dtype);
  return scope(() => {
    const [x, y] = [a, b].map((v) => (typeof v === 'number' ? full([], v, { dtype, backend }) : v));
    return apply(whereOp, [condition, x, y], noAttrs);
  });
};
