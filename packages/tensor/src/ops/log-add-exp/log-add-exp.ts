import type { TensorSpec } from '../../backend.ts';
import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly, sameDType } from '../../op.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { equal } from '../equal/equal.ts';
import { binaryWalk, type NoAttrs, noAttrs, referenceBinary } from '../families/elementwise.ts';
import { mul } from '../mul/mul.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';
import { sub } from '../sub/sub.ts';
import { where } from '../where/where.ts';

// log(e^a + e^b) = m + log(1 + e^(-|a - b|)), m = max(a, b)
const logAddExpOf = (a: number, b: number): number =>
  a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

const reference = referenceBinary(logAddExpOf);

/** d/da = e^a / (e^a + e^b); a half where both are equal, infinities too. */
const shareOf = (a: Tensor, b: Tensor): Tensor => where(equal(a, b), 0.5, sigmoid(sub(a, b)));

export const logAddExpOp = defineOp<NoAttrs>({
  name: 'logAddExp',
  infer: (inputs: readonly TensorSpec[]) => {
    const dtype = sameDType('logAddExp', inputs);
    floatOnly('logAddExp', inputs[0]);
    return [{ shape: broadcastShapes('logAddExp', inputs[0].shape, inputs[1].shape), dtype }];
  },
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => [() => mul(g, shareOf(c.input(0), c.input(1))), () => mul(g, shareOf(c.input(1), c.input(0)))],
  reference,
  cpu: (inputs, outputs) =>
    hostPlan(
      reference,
      inputs,
      outputs,
      noAttrs,
      deviceCall('binaryFunction', { fn: 'logAddExp', type: 'f32', ...binaryWalk(inputs, outputs[0]) }),
    ),
});

/** log(e^a + e^b) without overflow, broadcasting as NumPy does. Equal infinities give themselves. */
export const logAddExp = (a: Tensor, b: Tensor): Tensor => apply(logAddExpOp, [a, b], noAttrs);
