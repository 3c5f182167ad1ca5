import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly, type KernelOp } from '../../op.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { flatIds } from '../families/along-axis.ts';
import { noAttrs } from '../families/elementwise.ts';
import { takeOp } from '../take/take.ts';

// out = 0, then out[positions[i]] += g[i] in order of i; -1 goes nowhere.
export const takeBackwardOp: KernelOp<{ readonly shape: Shape }> = defineOp<{ readonly shape: Shape }>({
  name: 'takeBackward',
  infer: ([g], { shape }) => {
    floatOnly('takeBackward', g);
    return [{ shape, dtype: g.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, h) => [() => apply(takeOp, [h, c.input(1)], noAttrs), null],
  reference: ([g, positions], [out]) => {
    const [from, to, at] = [g.data, out.data, positions.data];
    to.fill(0);
    for (let i = 0; i < from.length; i++) if (at[i] >= 0) to[at[i]] += from[i];
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      takeBackwardOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scatterAddAlong', { ids: flatIds(inputs[1].shape), n: sizeOf(outputs[0].shape), onto: 'zeros' }),
    ),
});

/** internal: the adjoint of `take`. Positions i32 of the shape of g, -1 for none; they are not checked. */
export const takeBackward = (g: Tensor, positions: Tensor, shape: Shape): Tensor =>
  apply(takeBackwardOp, [g, positions], { shape });
