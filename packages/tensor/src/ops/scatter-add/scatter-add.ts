import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, type KernelOp, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { alongAxis, axisOfIds, checkAlongAxis, cutToIds, idsAlong } from '../families/along-axis.ts';
import { type AlongAxisOptions, takeAlongAxisOp } from '../take-along-axis/take-along-axis.ts';

export const scatterAddOp: KernelOp<{ readonly axis: number }> = defineOp<{ readonly axis: number }>({
  name: 'scatterAdd',
  infer: ([x, ids, source], { axis }) => {
    const dtype = sameDType('scatterAdd', [x, source]);
    floatOnly('scatterAdd', x);
    checkAlongAxis('scatterAdd', x.shape, ids.shape, axis);
    if (!sameShape(ids.shape, source.shape)) {
      throw new ShapeError('scatterAdd', `source ${showShape(source.shape)} differs from ids ${showShape(ids.shape)}`);
    }
    return [{ shape: x.shape, dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [() => g, null, () => apply(takeAlongAxisOp, [g, c.input(1)], c.attrs)],
  reference: ([x, ids, source], [out], { axis }) => {
    const [to, from] = [out.data, source.data];
    to.set(x.data);
    alongAxis(x.shape, ids, axis, (i, position) => {
      to[position] += from[i];
    });
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      scatterAddOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scatterAddAlong', {
        ids: idsAlong(inputs[0].shape, inputs[1].shape, attrs.axis),
        n: sizeOf(outputs[0].shape),
        onto: 'x',
      }),
    ),
});

/**
 * x with source[.., i, ..] added at [.., ids[.., i, ..], ..] along `axis` (torch.scatter_add). ids i32 have the rank of x;
 * of a larger source the part of their shape is read. Elements of one id add up in row-major order, the same in every
 * run. Ids are checked on the host.
 */
export const scatterAdd = (x: Tensor, ids: Tensor, source: Tensor, { axis = -1 }: AlongAxisOptions = {}): Tensor => {
  const a = axisOfIds('scatterAdd', x, ids, axis);
  return scope(() => apply(scatterAddOp, [x, ids, cutToIds('scatterAdd', source, ids.shape)], { axis: a }));
};
