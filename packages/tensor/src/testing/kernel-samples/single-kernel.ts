// One kernel as an op of its own, and operands with guards around them: what every backend's harness is made of.

import type { Kernel } from '../../backend.ts';
import { type CpuKernelArgs, type CpuKernelName, call, cpuPlan, input } from '../../cpu-plan.ts';
import type { DType, NumericArray } from '../../dtype.ts';

/** Elements before and after every operand, which must not change; 64 keeps the 256-byte alignment of slots. */
export const guardElements = 64;
/** A NaN in float32. */
export const guardBits = 0x7fc0dead;

export const dtypeOf = (data: NumericArray): DType => {
  if (data instanceof Float32Array) return 'f32';
  if (data instanceof Int32Array) return 'i32';
  return data instanceof Uint32Array ? 'u32' : 'f64';
};

/** An op that is one call of a kernel on `count` operands. */
export const singleKernel = <K extends CpuKernelName>(
  name: K,
  count: number,
  args: CpuKernelArgs[K],
): Kernel<null> => ({
  name,
  reference: () => undefined,
  cpu: () =>
    cpuPlan([
      call(
        name,
        Array.from({ length: count }, (_, i) => input(i)),
        args,
      ),
    ]),
});
