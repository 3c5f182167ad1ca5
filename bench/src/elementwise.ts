// Passes over rows of 1024, which live on the bandwidth of memory if their arithmetic lets them.

import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { operand } from './operands.ts';

export const rowLength = 1024;

const rowCounts: { readonly [M in Machine]: number } = { cpu: 16384, gpu: 16384, 'software-gpu': 1024 };
export const rowCountOf = (machine: Machine): number => rowCounts[machine];

export const elementsOf = (machine: Machine): number => rowLength * rowCounts[machine];

export const elementwiseNames = ['copy', 'softmax', 'layer norm', 'gelu', 'adamw'] as const;
export type ElementwiseName = (typeof elementwiseNames)[number];

export const elementwiseNameOf = (name: string): ElementwiseName => {
  const known = elementwiseNames.find((one) => one === name);
  if (known === undefined) throw new Error(`bench: elementwise has no case ${name}`);
  return known;
};

/** Arrays read or written, each once. AdamW reads g for its norm, then p, m, v and g, and writes p, m and v. */
const arrays: { readonly [N in ElementwiseName]: number } = { copy: 2, softmax: 2, 'layer norm': 2, gelu: 2, adamw: 8 };

const titles: { readonly [N in ElementwiseName]?: string } = {
  adamw: 'AdamW, norm and clipping included',
  gelu: 'GELU (erf)',
};

export const elementwiseCases = (machine: Machine): Case[] =>
  elementwiseNames.map((name) => ({
    name,
    title: titles[name] ?? name,
    cost: 4 * elementsOf(machine) * arrays[name],
    repeats: machine === 'gpu' ? 50 : 1,
  }));

/** The input of all, also the gradient of AdamW; on [-2, 2). */
export const elementwiseInput = (machine: Machine): Float32Array => operand(1, elementsOf(machine), 4, -2);

/** Clipping that never clips: what is measured is its cost. */
export const adamWOptions = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.05,
  maxNorm: 1e6,
} as const;
