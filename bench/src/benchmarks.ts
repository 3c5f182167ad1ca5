// What can be measured: the benchmarks, their cases, and what the ceiling of each is counted in.

import { attentionCases } from './attention.ts';
import type { Case } from './case.ts';
import { elementwiseCases } from './elementwise.ts';
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

export const benchmarks = {
  'train-step': {
    title:
      `Train step: ${encoder},\nmean-squared loss, forward + backward + AdamW (rate ${optimiser.learningRate}) on every parameter; ` +
      `${(matrixFlopPerStep / 1e9).toFixed(1)} GFLOP of matrix products a step.`,
    cases: [{ name: 'step', title: 'train step', cost: matrixFlopPerStep }],
    costIn: 'flop',
  },
  forward: {
    title: `Forward pass: ${encoder}; ${(matrixFlopPerForward / 1e9).toFixed(1)} GFLOP of matrix products.`,
    cases: [{ name: 'forward', title: 'forward pass of its encoder', cost: matrixFlopPerForward }],
    costIn: 'flop',
  },
  matmul: { title: 'Matrix products, f32: squares, and those of the train step.', cases: matmulCases, costIn: 'flop' },
  attention: { title: 'Attention, f32, no mask.', cases: attentionCases, costIn: 'flop' },
  elementwise: { title: 'Passes over 16 M f32 elements in rows of 1024.', cases: elementwiseCases, costIn: 'bytes' },
} satisfies { readonly [name: string]: Benchmark };

export type BenchmarkName = keyof typeof benchmarks;
export const benchmarkNames = Object.keys(benchmarks) as BenchmarkName[];
export const benchmarkOf = (name: BenchmarkName): Benchmark => benchmarks[name];
