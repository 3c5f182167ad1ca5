// All kernels: the families joined in one exhaustive table. A kernel that is missing here does not compile.

import type { CpuCall, CpuKernelArgs, CpuKernelName } from '@omnigrad/tensor';
import type { Abilities } from '../abilities.ts';
import type { Launch } from '../dispatch.ts';
import { attentionKernels } from './attention.ts';
import { elementwiseKernels } from './elementwise.ts';
import { hostKernels } from './host.ts';
import { indexKernels } from './index-rows.ts';
import type { KernelContext, Kernels } from './kernel.ts';
import { lossKernels } from './loss.ts';
import { matmulKernels } from './matmul.ts';
import { normKernels } from './norm.ts';
import { optimizerKernels } from './optimizer.ts';
import { randomKernels } from './random.ts';
import { reduceKernels } from './reduce.ts';
import { softmaxKernels } from './softmax.ts';
import { stridedKernels } from './strided.ts';

export const kernelTable: Kernels<CpuKernelName> = {
  ...elementwiseKernels,
  ...stridedKernels,
  ...reduceKernels,
  ...softmaxKernels,
  ...normKernels,
  ...lossKernels,
  ...matmulKernels,
  ...attentionKernels,
  ...indexKernels,
  ...randomKernels,
  ...optimizerKernels,
  ...hostKernels,
};

const dispatchesOf = <K extends CpuKernelName>(
  { kernel, args }: { readonly kernel: K; readonly args: CpuKernelArgs[K] },
  context: KernelContext,
): Launch => kernelTable[kernel](args, context);

/** What a kernel call of the op `op` asks of an adapter. Pure. */
export const launchOf = (op: string, call: CpuCall, abilities: Abilities): Launch =>
  dispatchesOf(call, { op, abilities, operands: call.operands.length });
