import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { checkNumber, full } from '../../create.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, type KernelOp, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { alongAxis, axisOfIds, checkAlongAxis, cutToIds, idsAlong } from '../families/along-axis.ts';
import { less } from '../less/less.ts';
import type { AlongAxisOptions } from '../take-along-axis/take-along-axis.ts';
import { takeBackward } from '../take-backward/take-backward.ts';
import { where } from '../where/where.ts';

// The second output is the flat position in source that each element came from, -1 where it is that of x: what has
// no say in the result gets no gradient, duplicates included.
export const scatterOp: KernelOp<{ readonly axis: number }> = defineOp<{ readonly axis: number }>({
  name: 'scatter',
  infer: ([x, ids, source], { axis }) => {
    const dtype = sameDType('scatter', [x, source]);
    checkAlongAxis('scatter', x.shape, ids.shape, axis);
    if (!sameShape(ids.shape, source.shape)) {
      throw new ShapeError('scatter', `source ${showShape(source.shape)} differs from ids ${showShape(ids.shape)}`);
    }
    return [
      { shape: x.shape, dtype },
      { shape: x.shape, dtype: 'i32' },
    ];
  },
  saves: { inputs: [], outputs: [1] },
  vjp: (c, g) => [() => where(less(c.output(1), 0), g, 0), null, () => takeBackward(g, c.output(1), c.specs[2].shape)],
  reference: ([x, ids, source], [out, from], { axis }) => {
    from.data.fill(-1);
    alongAxis(x.shape, ids, axis, (i, position) => {
      from.data[position] = i;
    });
    for (let o = 0; o < out.data.length; o++) out.data[o] = from.data[o] < 0 ? x.data[o] : source.data[from.data[o]];
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      scatterOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('scatterAlong', {
        ids: idsAlong(inputs[0].shape, inputs[1].shape, attrs.axis),
        n: sizeOf(outputs[0].shape),
      }),
    ),
});

/**
 * x with source[.., i, ..] put at [.., ids[.., i, ..], ..] along `axis` (torch.scatter). ids i32 have the rank of x; of a
 * larger source the part of their shape is read, a number stands for all of it. Of equal ids the last in row-major order
 * wins and alone gets a gradient. Ids are checked on the host.
 */
export const scatter = (
  x: Tensor,
  ids: Tensor,
  source: Tensor | number,
  { axis = -1 }: AlongAxisOptions = {},
): Tensor => {
  const a = axisOfIds('scatter', x, ids, axis);
  if (typeof source === 'number') checkNumber('scatter', source, x.dtype);
  return scope(() => {
    const values =
      typeof source === 'number'
        ? full(ids.shape, source, { dtype: x.dtype, backend: x.backend })
        : cutToIds('scatter', source, ids.shape);
    return apply(scatterOp, [x, ids, values], { axis: a });
  });
};
