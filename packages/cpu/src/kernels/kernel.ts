// What a kernel is here: WebAssembly functions emitted into the one module, and a host function that calls them with byte
// addresses. Families of kernels come in files of their own; table.ts joins them.

import type { CpuKernelArgs, CpuKernelName } from '@omnigrad/tensor';
import type { ModuleBuilder } from '../emitter/index.ts';

/** `at` holds the byte address of every operand, in the order of CpuKernelArgs. */
export type KernelTable = { readonly [K in CpuKernelName]: (at: readonly number[], args: CpuKernelArgs[K]) => void };

export type WasmFunction = (...args: number[]) => number;

export interface EmitOptions {
  /** Use relaxed fused multiply-add in matmul: faster, and other last bits on other machines. */
  readonly relaxedSimd: boolean;
}

export interface KernelHost {
  /** An exported function of the module. */
  fn(name: string): WasmFunction;
  /** Address of `workspaceBytes` bytes for packing; one per thread. */
  readonly workspace: number;
  /** The memory of all operands; another object after it has grown. */
  buffer(): ArrayBufferLike;
}

export interface KernelFamily<K extends CpuKernelName> {
  readonly emit: (m: ModuleBuilder, options: EmitOptions) => void;
  readonly bind: (host: KernelHost) => Pick<KernelTable, K>;
}

/** One function per name. */
export const bindAll = <N extends string>(
  names: readonly N[],
  host: KernelHost,
  prefix: string,
): { readonly [K in N]: WasmFunction } => {
  const out: Partial<Record<N, WasmFunction>> = {};
  for (const name of names) out[name] = host.fn(prefix + name);
  return out as { readonly [K in N]: WasmFunction };
};
