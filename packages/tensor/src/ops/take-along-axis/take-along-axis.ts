import { call, cpuPlan, deviceCall, hostPlan, input, output } from '../../cpu-plan.ts';
import { zeros } from '../../create.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { sameShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { alongAxis, axisOfIds, checkAlongAxis, idsAlong } from '../families/along-axis.ts';
import { scatterAddOp } from '../scatter-add/scatter-add.ts';

// out[.., i, ..] = x[.., ids[.., i, ..], ..]
export const takeAlongAxisOp: KernelOp<{ readonly axis: number }> = defineOp<{ readonly axis: number }>({
  name: 'takeAlongAxis',
  infer: ([x, ids], { axis }) => {
    checkAlongAxis('takeAlongAxis', x.shape, ids.shape, axis);
    return [{ shape: ids.shape, dtype: x.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [
    () => {
      const empty = zeros(c.specs[0].shape, { dtype: g.dtype, backend: g.backend });
      return apply(scatterAddOp, [empty, c.input(1), g], c.attrs);
    },
    null,
  ],
  reference: ([x, ids], [out], { axis }) => {
    const [from, to] = [x.data, out.data];
    alongAxis(x.shape, ids, axis, (i, position) => {
      to[i] = from[position];
    });
  },
  cpu: (inputs, outputs, attrs) => {
    const [{ shape }, ids] = inputs;
    const { axis } = attrs;
    const outer = shape.slice(0, axis);
    if (sizeOf(ids.shape) === 0) return cpuPlan([]);
    // Along the last axis each row of x is a table of rows of width 1.
    if (sizeOf(shape.slice(axis + 1)) === 1 && sameShape(outer, ids.shape.slice(0, axis))) {
      return cpuPlan([
        call('gatherRows', [input(0), input(1), output(0)], {
          groups: sizeOf(outer),
          rows: ids.shape[axis],
          tableRows: shape[axis],
          width: 1,
        }),
      ]);
    }
    return hostPlan(
      takeAlongAxisOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('takeAlong', { ids: idsAlong(shape, ids.shape, axis) }),
    );
  },
});

export interface AlongAxisOptions {
  /** The axis that the ids count along, negative from the back. Default the last. */
  readonly axis?: number;
}

/**
 * Elements by id along `axis`: out[.., i, ..] = x[.., ids[.., i, ..], ..], of the shape of ids (i32, the rank of x, along
 * the other axes no longer than x). That is torch.gather, and NumPy's take_along_axis without broadcasting. Ids are
 * checked on the host.
 */
export const takeAlongAxis = (x: Tensor, ids: Tensor, { axis = -1 }: AlongAxisOptions = {}): Tensor => {
  const a = axisOfIds('takeAlongAxis', x, ids, axis);
  return apply(takeAlongAxisOp, [x, ids], { axis: a });
};

/** Another name for `takeAlongAxis`, PyTorch's. */
export const gather = takeAlongAxis;
