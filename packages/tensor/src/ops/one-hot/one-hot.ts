import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import type { DType } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, endsGradient, type KernelOp } from '../../op.ts';
import { checkShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkIds } from '../families/ids.ts';

export const oneHotOp: KernelOp<{ readonly classes: number; readonly dtype: DType }> = defineOp<{
  readonly classes: number;
  readonly dtype: DType;
}>({
  name: 'oneHot',
  infer: ([ids], { classes, dtype }) => {
    const shape = [...ids.shape, classes];
    checkShape('oneHot', shape);
    return [{ shape, dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: endsGradient('ids have no gradient'),
  reference: ([ids], [out], { classes }) => {
    out.data.fill(0);
    for (let i = 0; i < ids.data.length; i++) out.data[i * classes + ids.data[i]] = 1;
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      oneHotOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('oneHot', { n: sizeOf(inputs[0].shape), classes: attrs.classes }),
    ),
});

/** Rows with 1 at the id and 0 elsewhere, in the backend's float type: ids i32 [...] -> [..., classes]. Ids are checked on the host. */
export const oneHot = (ids: Tensor, classes: number): Tensor => {
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new ArgumentError('oneHot', `classes must be a whole number above 0, came ${classes}`);
  }
  checkIds('oneHot', ids, classes);
  return apply(oneHotOp, [ids], { classes, dtype: ids.backend.floatDType });
};
