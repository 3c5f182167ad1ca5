// Passes over 16 M elements, rows of 1024, which live on the bandwidth of memory if their arithmetic lets them.

import type { Case } from './case.ts';
import { operand } from './operands.ts';

export const rowLength = 1024;
export const rowCount = 16384;
export const elements = rowLength * rowCount;

export const elementwiseNames = ['copy', 'softmax', 'layer norm', 'gelu', 'adamw'] as const;
export type ElementwiseName = (typeof elementwiseNames)[number];

export const elementwiseNameOf = (name: string): ElementwiseName => {
  const known = elementwiseNames.find((one) => one === name);
  if (known === undefined) throw new Error(`bench: elementwise has no case ${name}`);
  return known;
};

/** Arrays read or written, each once. AdamW reads g for its norm, then p, m, v and g, and writes p, m and v. */
const arrays: { readonly [N in ElementwiseName]: number } = { copy: 2, softmax: 2, 'layer norm': 2, gelu: 2, adamw: 8 };

export const elementwiseCases: readonly Case[] = elementwiseNames.map((name) => ({
  name,
  title: name === 'adamw' ? 'AdamW, norm and clipping included' : name === 'gelu' ? 'GELU (erf)' : name,
  cost: 4 * elements * arrays[name],
}));

/** The input of all, also the gradient of AdamW; on [-2, 2). */
export const elementwiseInput = (): Float32Array => operand(1, elements, 4, -2);

/** Clipping that never clips: what is measured is its cost. */
export const adamWOptions = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.05,
  maxNorm: 1e6,
} as const;
