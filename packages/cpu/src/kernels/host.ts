// Loops in TypeScript over the operands' own memory: for ops that no step waits for.

import { arrayOf, sizeOf } from '@omnigrad/tensor';
import type { KernelFamily } from './kernel.ts';

export const hostFamily: KernelFamily<'host'> = {
  emit: () => undefined,
  bind: ({ buffer }) => ({
    host: (at, { specs, loop }) =>
      loop(specs.map((spec, i) => ({ ...spec, data: arrayOf(spec.dtype, sizeOf(spec.shape), buffer(), at[i]) }))),
  }),
};
