// Evaluation: every task on its test split through the single-stream path head(g(f(x))), and the embedding map.

import { argmaxRows, poolClassAndMean, type SummaryHead, summarise } from '@omnigrad/heads';
import { evaluation } from '@omnigrad/nn';
import { ArgumentError, foldKey, noGrad, type RngKey, scope } from '@omnigrad/tensor';
import { decode } from './losses.ts';
import type { OmniVec2 } from './model.ts';
import type { EmbeddingPoint, Reconstruction, TextExample } from './report-data.ts';
import type { MaskedStreamBatch, Stream, StreamTask, TaskBatch, TaskResult, Words } from './stream.ts';

export interface EvaluatedTask {
  readonly modality: string;
  readonly task: string;
  readonly result: TaskResult;
}

/** Lets signals and timers run between batches. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a head answers in one pass. */
const answers = async (model: OmniVec2, batch: TaskBatch, { id }: StreamTask) => {
  const { tokens, places } = batch;
  const answer = noGrad(() => scope(() => model.predict(id, tokens(evaluation), evaluation, places)));
  const values = await answer.read();
  answer.dispose();
  return values;
};

/** Ids [size, length] that a head of texts writes, its end id behind each text. */
const writtenTexts = async (
  model: OmniVec2,
  head: SummaryHead,
  { size, tokens }: TaskBatch,
  task: StreamTask,
): Promise<Float32Array> => {
  const { length, endId } = head.config;
  const seen = noGrad(() => scope(() => model.alone(tokens(evaluation), evaluation)));
  try {
    const out = new Float32Array(size * length).fill(endId);
    const texts = await summarise(head, seen, task.writing);
    texts.forEach(({ ids }, i) => {
      out.set(ids, i * length);
    });
    return out;
  } finally {
    seen.x.dispose();
    seen.padding?.exists.dispose();
  }
};

/** Numbers of a test split's answers that are held, at most: 1 GiB. */
export const MOST_ANSWERS = 2 ** 28;

/** The head's answers to the whole test split: [testCount, outputs], row-major; classes where the task keeps those. */
export const predictTest = async (model: OmniVec2, task: StreamTask, batchSize: number): Promise<Float32Array> => {
  let out = new Float32Array(0);
  for (let start = 0; start < task.testCount; start += batchSize) {
    const size = Math.min(batchSize, task.testCount - start);
    const indices = Array.from({ length: size }, (_, i) => start + i);
    const batch = task.test(indices);
    const { net } = model.head(task.id);
    const given =
      net.kind === 'summary' ? await writtenTexts(model, net, batch, task) : await answers(model, batch, task);
    const values = task.keeps === 'classes' && 'outputs' in task.head ? argmaxRows(given, task.head.outputs) : given;
    const each = values.length / size;
    if (task.testCount * each > MOST_ANSWERS) {
      throw new ArgumentError(
        'predictTest',
        `${task.id} answers ${task.testCount} tests with ${each} numbers each; at most ${MOST_ANSWERS} are held: set its testLimit, or keep classes`,
      );
    }
    if (out.length === 0) out = new Float32Array(task.testCount * each);
    out.set(values, start * each);
    await breathe();
  }
  return out;
};

const partnerOf = (model: OmniVec2, id: string): StreamTask => {
  const found = model.streams.flatMap(({ tasks }) => tasks).find((task) => task.id === id);
  if (found === undefined) throw new ArgumentError('evaluateTask', `${id} is no task of this model`);
  return found;
};

export const evaluateTask = async (
  model: OmniVec2,
  stream: Stream,
  task: StreamTask,
  batchSize: number,
): Promise<EvaluatedTask> => ({
  modality: stream.modality,
  task: task.name,
  result: task.score(
    await predictTest(model, task, batchSize),
    task.partner === null ? null : await predictTest(model, partnerOf(model, task.partner), batchSize),
  ),
});

/** Pooled output of g for the first `count` test examples of every stream. */
export const embeddings = async (model: OmniVec2, count: number): Promise<EmbeddingPoint[]> => {
  const out: EmbeddingPoint[] = [];
  for (const stream of model.streams) {
    const indices = Array.from({ length: Math.min(count, stream.testCount) }, (_, i) =>
      Math.floor((i * stream.testCount) / Math.min(count, stream.testCount)),
    );
    const batch = stream.plain('test', indices);
    const pooled = noGrad(() =>
      scope(() =>
        poolClassAndMean(model.fusion.single(model.features(batch.tokens(evaluation), evaluation), evaluation)),
      ),
    );
    const values = await pooled.read();
    const width = pooled.shape[1];
    pooled.dispose();
    indices.forEach((index, i) => {
      const label = stream.classes[stream.label('test', index)] ?? '';
      const vector = Array.from(values.subarray(i * width, (i + 1) * width), (v) => Number(v.toPrecision(6)));
      out.push({ modality: stream.modality, label, vector });
    });
    await breathe();
  }
  return out;
};

/** The same hidden tokens at every evaluation. */
const illustrationKey: RngKey = [0x70696374, 0x75726573];

/** Masked test samples and what the decoders made of them, for people to look at. */
export interface Illustrations {
  readonly reconstructions: readonly Reconstruction[];
  readonly texts: readonly TextExample[];
}

const textExamples = (batch: MaskedStreamBatch, answers: Float32Array, { seen, name }: Words): TextExample[] => {
  const { target, mask } = batch;
  if (target.kind !== 'ids') return [];
  const each = mask.hidden.length / batch.size;
  const length = seen.length / batch.size;
  const guesses = argmaxRows(answers, target.classes);
  return Array.from({ length: batch.size }, (_, b) => {
    const places = Array.from({ length: each }, (_h, h) => b * each + h).filter((i) => target.ids[i] !== -100);
    const text = seen.slice(b * length, (b + 1) * length);
    const end = text.indexOf('[PAD]');
    return {
      text: end < 0 ? [...text] : text.slice(0, end),
      hidden: places.map((i) => ({ position: mask.hidden[i], truth: name(target.ids[i]), guess: name(guesses[i]) })),
    };
  });
};

/**
 * Masked test samples of every modality, reconstructed through f, g and the modality's decoder, one stream alone. Needs
 * the decoders, so before stage 3.
 */
export const illustrations = async (model: OmniVec2, count: number): Promise<Illustrations> => {
  const reconstructions: Reconstruction[] = [];
  const texts: TextExample[] = [];
  for (const stream of model.streams) {
    if (stream.reconstruction.kind === 'columns') continue;
    const size = Math.min(count, stream.testCount);
    const indices = Array.from({ length: size }, (_, i) => Math.floor((i * stream.testCount) / size));
    const batch = stream.masked('test', indices, foldKey(illustrationKey, stream.modality));
    const answer = noGrad(() =>
      scope(() => {
        const own = model.features(batch.tokens(evaluation), evaluation);
        const seen = model.fusion.decoding(model.fusion.single(own, evaluation), own);
        return decode(model, stream, seen, batch, evaluation).hidden;
      }),
    );
    const values = Float32Array.from(await answer.read());
    answer.dispose();
    const words = batch.words();
    if (words !== null) texts.push(...textExamples(batch, values, words));
    const picture = batch.illustrate(values);
    if (picture === null) continue;
    const items = picture.items.map((item, i) => ({
      title: stream.classes[stream.label('test', indices[i])] ?? `test ${indices[i]}`,
      ...item,
    }));
    reconstructions.push({ modality: stream.modality, ...picture, items });
    await breathe();
  }
  return { reconstructions, texts };
};
