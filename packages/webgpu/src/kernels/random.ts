// Dropout. Its random numbers are those of every backend, bit for bit.

import { ceilDivide, f32, grid, launch, nothing, reads, u32, writes } from '../dispatch.ts';
import type { Kernels } from './kernel.ts';

/** Elements of a workgroup: two vec4s an invocation. */
const perWorkgroup = 2048;

export const randomKernels: Kernels<'dropout'> = {
  dropout: ({ n, p }, { abilities }) => {
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'elementwise/dropout',
        // an element stays where its 24-bit number is at least the threshold: none does for p = 1
        uniforms: [u32(n), u32(Math.ceil(p * 2 ** 24)), f32(p === 1 ? 0 : 1 / (1 - p))],
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: grid(ceilDivide(n, perWorkgroup), abilities),
      },
    ]);
  },
};
