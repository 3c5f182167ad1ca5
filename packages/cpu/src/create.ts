// How a CPU backend is made: options, the module for this engine, emitted and compiled once a process, and its parts put together.

import { BackendError } from '@omnigrad/tensor';
import { CpuBackend, type CpuBackendInstance } from './backend.ts';
import { f32x4, ModuleBuilder } from './emitter/index.ts';
import { Executor, usualShareFrom } from './executor.ts';
import { type HostThreads, hostThreads } from './host-threads.ts';
import type { EmitOptions } from './kernels/job.ts';
import { maximumThreads } from './kernels/pool.ts';
import { emitKernels, jobs, type KernelModule, workspaceBytes } from './kernels/table.ts';
import { constantsAddress, firstAddress } from './layout.ts';
import { blockBytes, LinearMemory, maximumPages, pageBytes } from './memory.ts';
import { profiledIfAsked } from './profile-environment.ts';
import { poolFunctionsOf, ThreadPool } from './thread-pool.ts';
import { chooseTile, tileSizes } from './tile-choice.ts';
import { type WasmInstance, type WasmModule, wasm } from './web-assembly.ts';

export interface CpuBackendOptions {
  /**
   * Fused multiply-add in matrix products where the engine has relaxed SIMD (Node 22 and later, current browsers). Default true;
   * with false a product has the same bytes on every engine and machine.
   */
  readonly relaxedSimd?: boolean;
  /** Upper limit of memory in bytes, at most and by default 4 GiB. */
  readonly memoryLimit?: number;
  /** A memory that threads can share. Default: where SharedArrayBuffer exists. */
  readonly shared?: boolean;
  /** Threads that compute, the caller among them: 1 to 64. Default: the processors. One where memory is not shared. */
  readonly threads?: number;
  /** Rough nanoseconds of work from which a kernel is shared among threads. Default 12 000. */
  readonly shareFrom?: number;
  /** Rows of a tile of a matrix product. Default: the fastest on this engine, measured once a machine in some 60 ms. */
  readonly tileRows?: 4 | 5 | 6 | 8;
}

/** Whether the engine has relaxed SIMD: tried on a module of one instruction. */
export const hasRelaxedSimd = (): boolean => {
  const m = new ModuleBuilder();
  m.valued('probe', {}, 'v128', (f) => {
    const x = f32x4.const(1);
    f.result(f32x4.relaxedMadd(x, x, x));
  });
  return wasm.validate(m.finish());
};

/** Its own blocks, and the page that stays free. */
const leastMemory = (Math.ceil((firstAddress + blockBytes(workspaceBytes)) / pageBytes) + 1) * pageBytes;

interface Recipe extends EmitOptions {
  readonly shared: boolean;
  readonly pages: number;
  readonly threads: number;
  readonly shareFrom: number;
  readonly host: HostThreads | null;
}

const recipeOf = (options: CpuBackendOptions): Recipe => {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= maximumThreads)) {
    throw new BackendError('cpu', `threads must be a whole number from 1 to ${maximumThreads}, came ${threads}`);
  }
  const { tileRows } = options;
  if (tileRows !== undefined && !tileSizes.includes(tileRows)) {
    throw new BackendError('cpu', `tileRows must be one of ${tileSizes.join(', ')}, came ${tileRows}`);
  }
  const { memoryLimit = maximumPages * pageBytes } = options;
  if (!(memoryLimit >= leastMemory)) {
    throw new BackendError('cpu', `memoryLimit must be at least ${leastMemory} bytes, came ${memoryLimit}`);
  }
  const shared = options.shared ?? typeof SharedArrayBuffer === 'function';
  const host = shared ? hostThreads() : null;
  const relaxedSimd = options.relaxedSimd !== false && hasRelaxedSimd();
  return {
    shared,
    host,
    relaxedSimd,
    panelRows: tileRows ?? chooseTile(relaxedSimd),
    pages: Math.min(maximumPages, Math.floor(memoryLimit / pageBytes)),
    threads: host === null ? 1 : Math.min(maximumThreads, threads ?? host.parallelism),
    shareFrom: options.shareFrom ?? usualShareFrom,
  };
};

/** Emitted modules by recipe: all backends of a process share them. */
const emitted = new Map<string, KernelModule>();
const compiled = new Map<string, WasmModule>();

const keyOf = ({ shared, relaxedSimd, panelRows }: Recipe): string => `${shared} ${relaxedSimd} ${panelRows}`;

const kernelsOf = (recipe: Recipe): KernelModule => {
  const key = keyOf(recipe);
  const known = emitted.get(key);
  if (known !== undefined) return known;
  const kernels = emitKernels({ shared: recipe.shared, initialPages: 1, maximumPages }, recipe);
  emitted.set(key, kernels);
  return kernels;
};

const assemble = (
  recipe: Recipe,
  module: WasmModule,
  memory: LinearMemory,
  { exports }: WasmInstance,
): CpuBackendInstance => {
  new Uint32Array(memory.wasm.buffer, constantsAddress).set(kernelsOf(recipe).constants);
  const workspace = memory.allocate(workspaceBytes, 0);
  const { host, threads, shareFrom } = recipe;
  const pool =
    host === null || threads === 1
      ? null
      : new ThreadPool({
          host,
          module,
          memory: memory.wasm,
          functions: poolFunctionsOf(exports),
          workspace,
          allocateWorkspace: () => memory.tryAllocate(workspaceBytes),
          threads,
        });
  const executor = new Executor({ jobs, exports, memory: memory.wasm, workspace, pool, shareFrom });
  return profiledIfAsked(new CpuBackend(memory, recipe, executor, pool));
};

/**
 * The CPU backend, at once. Emits and compiles about 200 KB of WebAssembly the first time in a process. In Node OMNIGRAD_PROFILE=1
 * in the environment makes it a profiled one (profile-environment.ts).
 */
export const createCpuBackend = (options: CpuBackendOptions = {}): CpuBackendInstance => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = compiled.get(key) ?? new wasm.Module(kernelsOf(recipe).bytes);
  compiled.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(recipe, module, memory, new wasm.Instance(module, { env: { memory: memory.wasm } }));
};

/** As createCpuBackend, for a browser's main thread, which may refuse to compile at once. */
export const createCpuBackendAsync = async (options: CpuBackendOptions = {}): Promise<CpuBackendInstance> => {
  const recipe = recipeOf(options);
  const key = keyOf(recipe);
  const module = compiled.get(key) ?? (await wasm.compile(kernelsOf(recipe).bytes));
  compiled.set(key, module);
  const memory = new LinearMemory(recipe);
  return assemble(recipe, module, memory, await wasm.instantiate(module, { env: { memory: memory.wasm } }));
};
