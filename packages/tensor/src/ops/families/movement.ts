// Builders for ops that move elements: everything is one strided copy, or a few of them.

import type { ReferenceArray } from '../../backend.ts';
import { type CpuCall, type CpuPlan, call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { coalesce, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { walk } from './elementwise.ts';

/** out[i] = x[offset + i · strides] in float64 or integers. */
export const referenceCopy = (
  x: ReferenceArray,
  out: ReferenceArray,
  strides: readonly number[],
  offset: number,
): void => {
  walk(out.shape, [strides], (i, [at]) => {
    out.data[i] = x.data[offset + at];
  });
};

/** A plan that gathers a contiguous output of `shape` from strided input. */
export const copyIn = (shape: Shape, inStrides: readonly number[], inOffset: number): CpuPlan =>
  cpuPlan(
    blockCalls('copy', { shape, from: { strides: inStrides, offset: inOffset }, to: { strides: stridesOf(shape) } }),
  );

/** One side of a block: element i lies at offset (default 0) + i · strides. */
export interface Strided {
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** A block of elements that moves: to[i] = from[i], or to[i] += from[i], for every index i of `shape`. */
export interface Block {
  readonly shape: Shape;
  readonly from: Strided;
  readonly to: Strided;
}

/** The same block the other way. */
export const reversedBlock = ({ shape, from, to }: Block): Block => ({ shape, from: to, to: from });

/** The calls that move a block of input 0 to output 0: one, or none where it is empty. */
export const blockCalls = (kernel: 'copy' | 'addStrided', { shape, from, to }: Block): CpuCall[] => {
  if (sizeOf(shape) === 0) return [];
  const merged = coalesce(shape, [from.strides, to.strides]);
  const args = {
    shape: merged.shape,
    inStrides: merged.strides[0],
    inOffset: from.offset ?? 0,
    outStrides: merged.strides[1],
    outOffset: to.offset ?? 0,
  };
  return [call(kernel, [input(0), output(0)], args)];
};

const referenceBlock = (x: ReferenceArray, out: ReferenceArray, block: Block, adds: boolean): void => {
  const { offset: x0 = 0 } = block.from;
  const { offset: out0 = 0 } = block.to;
  walk(block.shape, [block.from.strides, block.to.strides], (_, [from, to]) => {
    out.data[out0 + to] = x.data[x0 + from] + (adds ? out.data[out0 + to] : 0);
  });
};

/** Sets out to `value`, then writes the blocks. */
export const referenceCopyBlocks = (
  x: ReferenceArray,
  out: ReferenceArray,
  blocks: readonly Block[],
  value = 0,
): void => {
  out.data.fill(value);
  for (const block of blocks) referenceBlock(x, out, block, false);
};

/** Sets out to 0, then adds the blocks. */
export const referenceAddBlocks = (x: ReferenceArray, out: ReferenceArray, blocks: readonly Block[]): void => {
  out.data.fill(0);
  for (const block of blocks) referenceBlock(x, out, block, true);
};

/** Fills output 0 with a value given by its bits, then copies or adds the blocks. */
export const filledPlan = (kernel: 'copy' | 'addStrided', shape: Shape, blocks: readonly Block[], bits = 0): CpuPlan =>
  cpuPlan([
    call('fill', [output(0)], { n: sizeOf(shape), offset: 0, bits }),
    ...blocks.flatMap((block) => blockCalls(kernel, block)),
  ]);
