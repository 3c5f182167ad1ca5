import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { DTypeError } from '../../errors.ts';
import { apply, defineOp, type KernelOp } from '../../op.ts';
import { activeRecording } from '../../recording-state.ts';
import { scope } from '../../scope.ts';
import { broadcastShapes, broadcastStrides, type Shape, sizeOf } from '../../shape.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { flatIds } from '../families/along-axis.ts';
import { type NoAttrs, noAttrs, walk } from '../families/elementwise.ts';
import { checkIds } from '../families/ids.ts';
import { takeBackward } from '../take-backward/take-backward.ts';

// out[i] = x[positions[i]] in row-major order; a position of -1, which users cannot write, gives 0.
export const takeOp: KernelOp<NoAttrs> = defineOp<NoAttrs>({
  name: 'take',
  infer: ([x, positions]) => [{ shape: positions.shape, dtype: x.dtype }],
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [() => takeBackward(g, c.input(1), c.specs[0].shape), null],
  reference: ([x, positions], [out]) => {
    const [from, to, at] = [x.data, out.data, positions.data];
    for (let i = 0; i < to.length; i++) to[i] = at[i] < 0 ? 0 : from[at[i]];
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(takeOp.reference, inputs, outputs, attrs, deviceCall('takeAlong', { ids: flatIds(inputs[1].shape) })),
});

/**
 * Elements by their row-major position, as if x were flat (torch.take): ids i32 of any shape -> the same shape. Ids are
 * checked on the host.
 */
export const take = (x: Tensor, ids: Tensor): Tensor => {
  checkIds('take', ids, x.size);
  return apply(takeOp, [x, ids], noAttrs);
};

/** Flat positions where a mask, broadcast to `shape`, is true. */
const positionsOf = (mask: Tensor, shape: Shape): Int32Array => {
  // in a captured step, which has no one shape for the result, readSync() refuses
  const values = activeRecording(mask.backend) === null && mask.host !== undefined ? mask.host : mask.readSync();
  const found = new Int32Array(sizeOf(shape));
  let n = 0;
  walk(shape, [broadcastStrides(mask.shape, shape)], (i, at) => {
    if (values[at[0]] !== 0) found[n++] = i;
  });
  return found.slice(0, n);
};

/**
 * The elements of x where the bool mask is true, in row-major order -> [count]; x and mask broadcast. The mask is read on
 * the host and decides the shape, so a captured step keeps the choice it was captured with: maskedFill() or where() do not.
 */
export const maskedSelect = (x: Tensor, mask: Tensor): Tensor => {
  if (mask.dtype !== 'bool') {
    throw new DTypeError('maskedSelect', `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
  }
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  return scope(() => take(expand(x, shape), tensor(positionsOf(mask, shape), { backend: x.backend })));
};
