// Builders for ops that move elements: everything is one strided copy.

import type { ReferenceArray } from '../../backend.ts';
import { type CpuPlan, call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { coalesce, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { walk } from './elementwise.ts';

/** out[i] = x[offset + i · strides] in float64 or integers. */
export const referenceCopy = (
  x: ReferenceArray,
  out: ReferenceArray,
  strides: readonly number[],
  offset: number,
): void => {
  walk(out.shape, [strides], (i, [at]) => {
    out.data[i] = x.data[offset + at];
  });
};

/** A plan that gathers a contiguous output of `shape` from strided input. */
export const copyIn = (shape: Shape, inStrides: readonly number[], inOffset: number): CpuPlan => {
  if (sizeOf(shape) === 0) return cpuPlan([]);
  const merged = coalesce(shape, [inStrides, stridesOf(shape)]);
  return cpuPlan([
    call('copy', [input(0), output(0)], {
      shape: merged.shape,
      inStrides: merged.strides[0],
      inOffset,
      outStrides: merged.strides[1],
      outOffset: 0,
    }),
  ]);
};
