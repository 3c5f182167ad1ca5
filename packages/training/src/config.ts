// The one typed configuration of a run. Validated once, at the edge; every error is listed with its key.
// The paper publishes no widths, depths, rates or ratios: all defaults here are this project's own.

import { modalities } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { z } from 'zod';

const count = z.int().positive();
const fraction = z.number().min(0).max(1);
const rate = z.number().positive();

const transformer = z.strictObject({
  layers: count,
  heads: count,
  feedForward: count,
});

const model = z.strictObject({
  /** Width of tokens and of f. */
  width: count,
  trunk: transformer,
  /** Output widths of the three fully connected layers; the last is the width of g. */
  reduction: z.tuple([count, count, count]),
  g: transformer,
  crossHeads: count,
  /** Attend back to the features of f before a mask decoder. */
  decodeCross: z.boolean(),
  decoder: transformer.extend({ width: count }),
  norm: z.enum(['pre', 'post']),
  normEps: z.number().positive(),
  dropout: fraction.lt(1),
  /** Probability that a sample of a two-stream step goes without its partner: what makes single-stream inference safe. */
  partnerDrop: fraction,
});

const stage = z.strictObject({
  steps: z.int().nonnegative(),
  /** Samples a step; stages 2 and 3 give half to each stream. */
  batch: z.int().min(2).multipleOf(2),
  learningRate: rate,
  minLearningRate: z.number().nonnegative(),
  /** Steps of linear warm-up; at most `steps`. */
  warmup: z.int().nonnegative(),
  weightDecay: z.number().nonnegative(),
  beta2: fraction.lt(1),
  clipNorm: z.number().positive(),
});

export const runConfigSchema = z.strictObject({
  seed: z.int().nonnegative(),
  modalities: z.array(z.enum(modalities)).min(1),
  model,
  /** Stage 1 stays with a modality for this many steps before it draws the next. */
  switchEvery: count,
  stages: z.tuple([stage, stage, stage]),
  /** How often a task is drawn in stage 3, relative to the others; 1 where it is not named. Keys are `modality/task`. */
  taskWeights: z.record(z.string(), z.number().positive()),
  /** Steps between checkpoints. */
  checkpointEvery: count,
});

export type RunConfig = z.infer<typeof runConfigSchema>;
export type ModelConfig = RunConfig['model'];
export type StageConfig = RunConfig['stages'][number];
export type StageNumber = 1 | 2 | 3;

/** Checks what types cannot; lists every problem with its key in one line. Throws ArgumentError. */
export const parseRunConfig = (value: unknown): RunConfig => {
  const result = runConfigSchema.safeParse(value);
  const problems = result.success ? [] : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  if (result.success) {
    const { data } = result;
    const divides = (width: number, heads: number, key: string) => {
      if (width % heads !== 0) problems.push(`${key}: ${heads} heads do not divide the width ${width}`);
    };
    divides(data.model.width, data.model.trunk.heads, 'model.trunk.heads');
    divides(data.model.reduction[2], data.model.g.heads, 'model.g.heads');
    divides(data.model.reduction[2], data.model.crossHeads, 'model.crossHeads');
    divides(data.model.decoder.width, data.model.decoder.heads, 'model.decoder.heads');
    data.stages.forEach((s, i) => {
      if (s.warmup > s.steps) problems.push(`stages.${i}.warmup: ${s.warmup} is above its ${s.steps} steps`);
    });
    if (new Set(data.modalities).size !== data.modalities.length) problems.push('modalities: one is named twice');
    if (problems.length === 0) return data;
  }
  throw new ArgumentError(
    'config',
    `${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.join('; ')}`,
  );
};
