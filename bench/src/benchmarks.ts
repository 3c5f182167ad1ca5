// What can be measured: the benchmarks, their cases, and what the ceiling of each is counted in.

import { attentionCases } from './attention.ts';
import type { Case } from './case.ts';
import { elementsOf, elementwiseCases } from './elementwise.ts';
import type { Machine } from './machine.ts';
import { matmulCases } from './matmul.ts';
import { matrixFlopPerForward, matrixFlopPerStep, model, optimiser } from './train-step.ts';

export interface Benchmark {
  readonly title: string;
  readonly cases: readonly Case[];
  readonly costIn: 'flop' | 'bytes';
}

const encoder =
  `pre-norm encoder, ${model.layers} layers, width ${model.width}, ${model.heads} heads, feed-forward ${model.feedForward} (GELU), ` +
  `${model.tokens} tokens, batch ${model.batch}, f32`;

/** Steps and passes in one measurement. */
const repeatsOn = (machine: Machine): number => (machine === 'gpu' ? 10 : 1);

export const benchmarks = {
  'train-step': (machine) => ({
    title:
      `Train step: ${encoder},\nmean-squared loss, forward + backward + AdamW (rate ${optimiser.learningRate}) on every parameter; ` +
      `${(matrixFlopPerStep / 1e9).toFixed(1)} GFLOP of matrix products a step.`,
    cases: [{ name: 'step', title: 'train step', cost: matrixFlopPerStep, repeats: repeatsOn(machine) }],
    costIn: 'flop',
  }),
  forward: (machine) => ({
    title: `Forward pass: ${encoder}; ${(matrixFlopPerForward / 1e9).toFixed(1)} GFLOP of matrix products.`,
    cases: [
      {
        name: 'forward',
        title: 'forward pass of its encoder',
        cost: matrixFlopPerForward,
        repeats: repeatsOn(machine),
      },
    ],
    costIn: 'flop',
  }),
  matmul: (machine) => ({
    title: `Matrix products, f32: squares${machine === 'cpu' ? ', and those of the train step' : ''}.`,
    cases: matmulCases(machine),
    costIn: 'flop',
  }),
  attention: (machine) => ({
    title: 'Attention, f32, no mask.',
    cases: attentionCases(machine),
    costIn: 'flop',
  }),
  elementwise: (machine) => ({
    title: `Passes over ${elementsOf(machine) / 2 ** 20} M f32 elements in rows of 1024.`,
    cases: elementwiseCases(machine),
    costIn: 'bytes',
  }),
} satisfies { readonly [name: string]: (machine: Machine) => Benchmark };

export type BenchmarkName = keyof typeof benchmarks;
export const benchmarkNames = Object.keys(benchmarks) as BenchmarkName[];
export const benchmarkOf = (name: BenchmarkName, machine: Machine): Benchmark => benchmarks[name](machine);
