// What the pictures of docs/modalities are drawn from: one model of the quickstart's sizes, trained on all thirteen modalities in stage 1, and
// what its mask decoders make of held-out samples.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCpuBackend } from '@omnigrad/cpu';
import { type Modality, modalities } from '@omnigrad/data';
import { noGrad, rngKey, scope, useBackend } from '@omnigrad/tensor';
import {
  decode,
  type Illustration,
  type MaskedStreamBatch,
  type OmniVec2,
  openRun,
  type Reconstruction,
  type RunConfig,
  type Stream,
  train,
} from '@omnigrad/training';
import { loadStreams } from '../../src/data-packages.ts';
import { defaultConfig } from '../../src/defaults.ts';

/** A text as the model saw it, with the truth and the guess of each hidden place. */
export interface HiddenWords {
  readonly seen: readonly string[];
  readonly hidden: readonly { readonly position: number; readonly truth: string; readonly guess: string }[];
}

/** Hidden cells of a row: numbers are standardised, of a class its id. */
export interface HiddenCells {
  readonly hidden: readonly { readonly column: number; readonly truth: number | null; readonly guess: number }[];
}

export interface ModalitySample {
  readonly modality: Modality;
  readonly title: string;
  /** Which test example it is. */
  readonly index: number;
  readonly tokens: number;
  readonly hidden: readonly number[];
  readonly picture: (Omit<Reconstruction, 'items'> & { readonly item: Reconstruction['items'][number] }) | null;
  readonly words: HiddenWords | null;
  readonly cells: HiddenCells | null;
}

/** Test examples of each modality. */
const each = 6;

const largest = (values: ArrayLike<number>, start: number, end: number): number => {
  let best = start;
  for (let i = start; i < end; i++) if (values[i] > values[best]) best = i;
  return best - start;
};

const wordsOf = (batch: MaskedStreamBatch, answers: Float32Array): (HiddenWords | null)[] => {
  const { target, mask, size } = batch;
  const words = batch.words();
  if (words === null || target.kind !== 'ids') return new Array<null>(size).fill(null);
  const [count, length] = [mask.hidden.length / size, words.seen.length / size];
  return Array.from({ length: size }, (_, b) => ({
    seen: words.seen.slice(b * length, (b + 1) * length),
    hidden: Array.from({ length: count }, (_h, h) => b * count + h)
      .filter((i) => target.ids[i] !== -100)
      .map((i) => ({
        position: mask.hidden[i],
        truth: words.name(target.ids[i]),
        guess: words.name(largest(answers, i * target.classes, (i + 1) * target.classes)),
      })),
  }));
};

const cellsOf = ({ target, size }: MaskedStreamBatch, answers: Float32Array): (HiddenCells | null)[] => {
  if (target.kind !== 'columns') return new Array<null>(size).fill(null);
  const { columns, categories, values, weights, ids } = target;
  const outputs = categories.reduce((sum, n) => sum + Math.max(1, n), 0);
  const count = columns.length / size;
  return Array.from({ length: size }, (_, b) => ({
    hidden: Array.from({ length: count }, (_h, h) => {
      const i = b * count + h;
      const column = columns[i];
      const first = i * outputs + categories.slice(0, column).reduce((sum, n) => sum + Math.max(1, n), 0);
      const isNumber = categories[column] === 0;
      const known = isNumber ? (weights[i] === 1 ? values[i] : null) : ids[i] === -100 ? null : ids[i];
      return {
        column,
        truth: known,
        guess: isNumber ? answers[first] : largest(answers, first, first + categories[column]),
      };
    }),
  }));
};

const pictureOf = (modality: Modality, title: string, { items, ...shape }: Illustration, b: number) => ({
  ...{ modality, ...shape },
  item: { title, ...items[b] },
});

const samplesOf = async (model: OmniVec2, stream: Stream): Promise<ModalitySample[]> => {
  const mode = { training: false } as const;
  const indices = Array.from({ length: each }, (_, i) => Math.floor((i * stream.testCount) / each));
  const batch = stream.masked('test', indices, rngKey(5));
  const answer = noGrad(() =>
    scope(() => decode(model, stream, model.features(batch.tokens(mode), mode), batch, mode).hidden),
  );
  const answers = Float32Array.from(await answer.read());
  answer.dispose();
  const picture = batch.illustrate(answers);
  const [words, cells] = [wordsOf(batch, answers), cellsOf(batch, answers)];
  const count = batch.mask.hidden.length / each;
  return indices.map((index, b) => {
    const title = stream.classes[stream.label('test', index)] ?? '';
    return {
      ...{ modality: stream.modality, title, index, tokens: stream.tokenCount },
      hidden: [...batch.mask.hidden.subarray(b * count, (b + 1) * count)],
      picture: picture === null ? null : pictureOf(stream.modality, title, picture, b),
      words: words[b],
      cells: cells[b],
    };
  });
};

/** `steps` of stage 1, and what came of it. */
export const trainSamples = async (steps: number): Promise<ModalitySample[]> => {
  const usual = defaultConfig({ seed: 1, modalities: [...modalities] });
  const config: RunConfig = {
    ...usual,
    stages: [
      { ...usual.stages[0], steps, learningRate: 2e-3, minLearningRate: 4e-5, warmup: Math.min(100, steps) },
      { ...usual.stages[1], steps: 0, warmup: 0 },
      { ...usual.stages[2], steps: 0, warmup: 0 },
    ],
    checkpointEvery: 1_000_000,
  };
  const from = fileURLToPath(new URL('../../../../examples/quickstart/src/main.ts', import.meta.url));
  const streams = await loadStreams(config.modalities, from, () => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-pictures-'));
  const backend = createCpuBackend();
  const previous = useBackend(backend);
  const samples: ModalitySample[] = [];
  try {
    using run = openRun({ dir: join(folder, 'run'), mode: 'new' });
    const outcome = await train({
      ...{ config, streams, backend, run, resume: null, stopRequested: () => false },
      events: {
        step: ({ step, losses }) => {
          if (step % 100 === 0) console.log(`step ${step} of ${steps}`, JSON.stringify(losses));
        },
      },
      beforeDecodersDrop: async (model) => {
        for (const stream of model.streams) samples.push(...(await samplesOf(model, stream)));
      },
    });
    if (outcome.status === 'finished') outcome.model.dispose();
  } finally {
    useBackend(previous);
    backend.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  return samples;
};
