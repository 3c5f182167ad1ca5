// Loops in TypeScript over the operands' own memory: for ops that no step waits for.

import { arrayOf, sizeOf } from '@omnigrad/tensor';
import type { KernelFamily } from './job.ts';

export const hostFamily: KernelFamily<'host'> = {
  jobs: [],
  launches: {
    host: (at, { specs, loop }, context) => [
      {
        run: () =>
          loop(
            specs.map((spec, i) => ({
              ...spec,
              data: arrayOf(spec.dtype, sizeOf(spec.shape), context.buffer(), at[i]),
            })),
          ),
      },
    ],
  },
};
