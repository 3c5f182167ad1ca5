// What a kernel of the table is: a pure function from the arguments of a call to dispatches.

import type { CpuKernelArgs, CpuKernelName } from '@omnigrad/tensor';
import type { Abilities } from '../abilities.ts';
import type { Launch } from '../dispatch.ts';

export interface KernelContext {
  /** For messages. */
  readonly op: string;
  readonly abilities: Abilities;
  /** How many operands the call has, which tells whether the optional ones are there. */
  readonly operands: number;
}

export type Kernels<K extends CpuKernelName> = {
  readonly [N in K]: (args: CpuKernelArgs[N], context: KernelContext) => Launch;
};

/** Calls the workgroups of a kernel that walks `n` elements, a fixed number each. */
export const elementsPerWorkgroup = 1024;
