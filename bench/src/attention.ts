// Attention over a long sequence, forward and backward: q, k, v and the gradient of the result are [1, heads, tokens, depth].

import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { operand } from './operands.ts';

export interface AttentionSize {
  readonly heads: number;
  readonly tokens: number;
  readonly depth: number;
}

const sizes: { readonly [M in Machine]: AttentionSize } = {
  cpu: { heads: 8, tokens: 4096, depth: 64 },
  gpu: { heads: 8, tokens: 4096, depth: 64 },
  'software-gpu': { heads: 4, tokens: 512, depth: 64 },
};

export const attentionSize = (machine: Machine): AttentionSize => sizes[machine];

export const attentionShape = (machine: Machine): [number, number, number, number] => {
  const { heads, tokens, depth } = sizes[machine];
  return [1, heads, tokens, depth];
};

/** q, k, v, then the gradient of the result; on [-1, 1), [0, 1) where sums of results must not cancel. */
export const attentionInputs = (machine: Machine): Float32Array[] => {
  const { heads, tokens, depth } = sizes[machine];
  const n = heads * tokens * depth;
  return [operand(1, n, 2, -1), operand(2, n, 2, -1), operand(3, n), operand(4, n)];
};

export const attentionNames = ['attention forward', 'attention'] as const;
export type AttentionName = (typeof attentionNames)[number];

export const attentionNameOf = (name: string): AttentionName => {
  const known = attentionNames.find((one) => one === name);
  if (known === undefined) throw new Error(`bench: attention has no case ${name}`);
  return known;
};

export const attentionCases = (machine: Machine): Case[] => {
  const { heads, tokens, depth } = sizes[machine];
  const what = `${heads} heads of ${depth}, ${tokens} tokens`;
  // 2 T² D for each of q kᵀ and p v, and two products in the backward pass for each; products done again do not count
  const cost = 4 * heads * tokens ** 2 * depth;
  const repeats = machine === 'gpu' ? 10 : 1;
  const forward: Case = { name: 'attention forward', title: `${what}, forward`, cost, repeats };
  const both: Case = { name: 'attention', title: `${what}, forward + backward`, cost: 3 * cost, repeats };
  return machine === 'cpu' ? [both] : [forward, both];
};
