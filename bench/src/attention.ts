// Attention over a long sequence, forward and backward: q, k, v and the gradient of the result are [1, heads, tokens, depth].

import type { Case } from './case.ts';
import { operand } from './operands.ts';

export const attention = { heads: 8, tokens: 4096, depth: 64 } as const;

const { heads, tokens, depth } = attention;

export const attentionShape = [1, heads, tokens, depth] as const;

/** q, k, v, then the gradient of the result; on [-1, 1), [0, 1) where sums of results must not cancel. */
export const attentionInputs = (): Float32Array[] => {
  const n = heads * tokens * depth;
  return [operand(1, n, 2, -1), operand(2, n, 2, -1), operand(3, n), operand(4, n)];
};

export const attentionCases: readonly Case[] = [
  {
    name: 'attention',
    title: `${heads} heads of ${depth}, ${tokens} tokens, forward + backward`,
    // 2 T² D for each of q kᵀ and p v, and two products in the backward pass for each; products done again do not count
    cost: 3 * 4 * heads * tokens ** 2 * depth,
  },
];
