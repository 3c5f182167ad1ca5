// All kernels: the families joined into one module, and the exhaustive table over them.

import { type MemoryImport, ModuleBuilder } from '../emitter/index.ts';
import { constantsAddress, constantsBytes } from '../layout.ts';
import { attentionBytes, attentionFamily } from './attention.ts';
import { broadcastFamily } from './broadcast.ts';
import { copyFamily } from './copy.ts';
import { elementwiseFamily } from './elementwise.ts';
import { hostFamily } from './host.ts';
import type { EmitOptions, Job, KernelTable } from './job.ts';
import { lossFamily } from './loss.ts';
import { gemmBytes, matmulFamily } from './matmul.ts';
import { normFamily } from './norm.ts';
import { optimizerFamily } from './optimizer.ts';
import { emitPool } from './pool.ts';
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
  attentionFamily,
  rowsFamily,
  randomFamily,
  optimizerFamily,
  hostFamily,
] as const;

/** In the order of the module's table. */
export const jobs: readonly Job[] = families.flatMap((family) => [...family.jobs]);

/** Bytes that each thread has for itself. */
export const workspaceBytes = Math.max(gemmBytes, attentionBytes);

export interface KernelModule {
  readonly bytes: Uint8Array;
  /** To be put at constantsAddress. */
  readonly constants: Uint32Array;
}

/** The module with every job; a pure function of its arguments. */
export const emitKernels = (memory: MemoryImport, options: EmitOptions): KernelModule => {
  const m = new ModuleBuilder(memory, { fused: options.relaxedSimd, constantsAddress });
  m.table(jobs.map((job) => job.define({ m, options })));
  if (memory.shared) emitPool(m);
  const { constants } = m;
  if (constants.byteLength > constantsBytes) throw new Error('emitter: more constants than layout.ts has room for');
  return { bytes: m.finish(), constants };
};

/** A kernel that is missing here does not compile. */
export const kernelTable: KernelTable = {
  ...elementwiseFamily.launches,
  ...broadcastFamily.launches,
  ...copyFamily.launches,
  ...reduceFamily.launches,
  ...softmaxFamily.launches,
  ...statisticsFamily.launches,
  ...normFamily.launches,
  ...lossFamily.launches,
  ...matmulFamily.launches,
  ...attentionFamily.launches,
  ...rowsFamily.launches,
  ...randomFamily.launches,
  ...optimizerFamily.launches,
  ...hostFamily.launches,
};
