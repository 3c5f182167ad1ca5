// All kernels: the families joined into one module, and the exhaustive table over it.

import { BackendError } from '@omnigrad/tensor';
import { type MemoryImport, ModuleBuilder } from '../emitter/index.ts';
import { broadcastFamily } from './broadcast.ts';
import { copyFamily } from './copy.ts';
import { elementwiseFamily } from './elementwise.ts';
import { hostFamily } from './host.ts';
import type { EmitOptions, KernelHost, KernelTable, WasmFunction } from './kernel.ts';
import { lossFamily } from './loss.ts';
import { matmulFamily } from './matmul.ts';
import { normFamily } from './norm.ts';
import { optimizerFamily } from './optimizer.ts';
import { randomFamily } from './random.ts';
import { reduceFamily } from './reduce.ts';
import { rowsFamily } from './rows.ts';
import { softmaxFamily } from './softmax.ts';
import { statisticsFamily } from './statistics.ts';

const families = [
  elementwiseFamily,
  broadcastFamily,
  copyFamily,
  reduceFamily,
  softmaxFamily,
  statisticsFamily,
  normFamily,
  lossFamily,
  matmulFamily,
  rowsFamily,
  randomFamily,
  optimizerFamily,
  hostFamily,
] as const;

/** The bytes of the module with every kernel; a pure function of its arguments. */
export const emitKernels = (memory: MemoryImport, options: EmitOptions): Uint8Array => {
  const m = new ModuleBuilder(memory);
  for (const family of families) family.emit(m, options);
  return m.finish();
};

/** A kernel that is missing here does not compile. */
export const bindKernels = (
  exports: { readonly [name: string]: unknown },
  workspace: number,
  buffer: () => ArrayBufferLike,
): KernelTable => {
  const fn = (name: string): WasmFunction => {
    const found = exports[name];
    if (typeof found !== 'function') throw new BackendError('cpu', `kernel function ${name} was not emitted`);
    return found as WasmFunction;
  };
  const host: KernelHost = { fn, workspace, buffer };
  return {
    ...elementwiseFamily.bind(host),
    ...broadcastFamily.bind(host),
    ...copyFamily.bind(host),
    ...reduceFamily.bind(host),
    ...softmaxFamily.bind(host),
    ...statisticsFamily.bind(host),
    ...normFamily.bind(host),
    ...lossFamily.bind(host),
    ...matmulFamily.bind(host),
    ...rowsFamily.bind(host),
    ...randomFamily.bind(host),
    ...optimizerFamily.bind(host),
    ...hostFamily.bind(host),
  };
};
