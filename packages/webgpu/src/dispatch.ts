// A kernel launch as data: the file, its constants, its uniforms, what is bound, and how many workgroups. Pure functions of
// shapes and abilities make them; only the recorder needs a GPU.

import type { Abilities } from './abilities.ts';
import type { WgslName } from './wgsl.ts';

/** A number of the uniform block, in the order of its struct. */
export interface Uniform {
  readonly type: 'u32' | 'i32' | 'f32';
  readonly value: number;
}

export const u32 = (value: number): Uniform => ({ type: 'u32', value });
export const i32 = (value: number): Uniform => ({ type: 'i32', value });
export const f32 = (value: number): Uniform => ({ type: 'f32', value });

/** An operand of the kernel call, or a block of scratch; `write` where the kernel writes it, or reads and writes. */
export interface Binding {
  readonly from: 'operand' | 'scratch';
  readonly index: number;
  readonly write: boolean;
}

export const reads = (index: number): Binding => ({ from: 'operand', index, write: false });
export const writes = (index: number): Binding => ({ from: 'operand', index, write: true });
export const scratchReads = (index: number): Binding => ({ from: 'scratch', index, write: false });
export const scratchWrites = (index: number): Binding => ({ from: 'scratch', index, write: true });

export interface Dispatch {
  readonly wgsl: WgslName;
  /** Default `main`. */
  readonly entry?: string;
  /** `override`s and `const`s of the file that differ from what it says; they choose the pipeline, so they are never sizes of tensors. */
  readonly constants?: Readonly<Record<string, number | boolean>>;
  /** Binding 0. */
  readonly uniforms: readonly Uniform[];
  /** Bindings 1, 2, ... in order. */
  readonly bindings: readonly Binding[];
  readonly workgroups: readonly [x: number, y: number, z: number];
}

export interface Launch {
  readonly dispatches: readonly Dispatch[];
  /** Bytes of each scratch block: alive for these dispatches only. */
  readonly scratch: readonly number[];
}

export const launch = (dispatches: readonly Dispatch[], scratch: readonly number[] = []): Launch => ({
  dispatches,
  scratch,
});

export const nothing: Launch = launch([]);

/** Invocations of a workgroup of the kernels that walk elements or rows one after the other. */
export const usualSize = 256;

/**
 * `count` workgroups in a row, folded into two axes where they are more than one may have; lib/grid.wgsl gives their number back,
 * and kernels must skip those at or past `count`.
 */
export const grid = (count: number, { workgroupsPerAxis }: Abilities): [number, number, number] => {
  if (count <= workgroupsPerAxis) return [count, 1, 1];
  const rows = Math.ceil(count / workgroupsPerAxis);
  return [Math.ceil(count / rows), rows, 1];
};

export const ceilDivide = (a: number, b: number): number => Math.ceil(a / b);
