// Tasks other than one class a sample, each with its metric: labels, classes of pixels, points, nodes and edges, pairs, identities, texts.

import type { Dataset, Example } from '@omnigrad/data';
import {
  confusionMatrix,
  type HeadConfig,
  meanAveragePrecision,
  meanIntersectionOverUnion,
  meanRouge,
  recallAtK,
  reidentification,
  retrievalRanks,
} from '@omnigrad/heads';
import type { TaskResult, TaskSpec } from '../stream.ts';

/** A classical method on the test split of a task, asked for when the task is scored. */
export interface Classical {
  readonly method: string;
  readonly value: number;
}

type Head<K extends HeadConfig['kind']> = Extract<HeadConfig, { kind: K }>;

interface Shared<Raw, K extends HeadConfig['kind']> {
  readonly name: string;
  readonly dataset: Dataset<Raw>;
  readonly head: Head<K>;
  readonly baseline: (count: number) => Classical;
}

/** Train examples that chance is measured on, at most. */
const measured = 512;

const trainOf = <Raw>({ train }: Dataset<Raw>): Example<Raw>[] =>
  Array.from({ length: Math.min(measured, train.length) }, (_, i) => train.get(i));

const resultOf = (
  metric: string,
  value: number,
  chance: number,
  count: number,
  { method, ...b }: Classical,
): TaskResult => ({
  ...{ metric, higherIsBetter: true, value, chance, baseline: b.value, baselineName: method, testCount: count },
});

const testsOf = <Raw>({ test }: Dataset<Raw>, count: number): Example<Raw>[] =>
  Array.from({ length: count }, (_, i) => test.get(i));

/** Any of several labels, by mean average precision. `labelsOf`: one number a label, as a target of kind labels. */
export const labelsTask = <Raw>({
  labelsOf,
  ...task
}: Shared<Raw, 'labels'> & { readonly labelsOf: (example: Example<Raw>) => Float32Array }): TaskSpec<Raw> => ({
  name: task.name,
  head: task.head,
  target: (example) => ({ kind: 'labels', labels: labelsOf(example) }),
  score: (outputs, count) => {
    const { labels } = task.head;
    const truth = testsOf(task.dataset, count).flatMap((example) => [...labelsOf(example)]);
    // rows with an unknown label are left out of what is scored, of all labels
    const known = Array.from({ length: count }, (_, i) => i).filter((i) =>
      truth.slice(i * labels, (i + 1) * labels).every((v) => v === 0 || v === 1),
    );
    const rows = (of: ArrayLike<number>) =>
      Float64Array.from(
        { length: known.length * labels },
        (_, i) => of[known[Math.floor(i / labels)] * labels + (i % labels)],
      );
    const [scores, marks] = [rows(outputs), rows(truth)];
    const flat = new Float64Array(marks.length);
    return resultOf(
      'mAP',
      meanAveragePrecision(scores, marks, labels).mean,
      meanAveragePrecision(flat, marks, labels).mean,
      known.length,
      task.baseline(count),
    );
  },
});

/**
 * A class for each pixel, point, node or edge, by mean intersection over union of one matrix over all tests. Chance is the most frequent class
 * of the train split, everywhere.
 */
export const elementsTask = <Raw, Features = unknown>({
  idsOf,
  places,
  ...task
}: Shared<Raw, 'dense' | 'points' | 'nodes' | 'edges'> & {
  readonly idsOf: (example: Example<Raw>) => Int32Array;
  readonly places?: TaskSpec<Raw, Features>['places'];
}): TaskSpec<Raw, Features> => ({
  name: task.name,
  head: task.head,
  ...(places === undefined ? {} : { places }),
  keeps: 'classes',
  target: (example) => ({ kind: 'ids', ids: idsOf(example) }),
  score: (predicted, count) => {
    const classes = task.head.outputs;
    const each = predicted.length / count;
    const counts = new Float64Array(classes);
    for (const example of trainOf(task.dataset)) for (const id of idsOf(example)) if (id >= 0) counts[id]++;
    const usual = counts.indexOf(Math.max(...counts));
    const total = (guess: (i: number, k: number) => number): number => {
      const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      testsOf(task.dataset, count).forEach((example, i) => {
        const truth = idsOf(example);
        const own = confusionMatrix(
          Int32Array.from(truth, (_, k) => guess(i, k)),
          truth,
          classes,
          { ignoreIndex: -1 },
        );
        own.forEach((row, a) => {
          row.forEach((n, b) => {
            matrix[a][b] += n;
          });
        });
      });
      return meanIntersectionOverUnion(matrix);
    };
    return resultOf(
      'mIoU',
      total((i, k) => predicted[i * each + k]),
      total(() => usual),
      count,
      task.baseline(count),
    );
  },
});

/** Finds the row of the partner task that belongs to each row, by R@1 among all test examples. */
export const pairTask = <Raw>(
  task: Omit<Shared<Raw, 'embedding'>, 'dataset'> & { readonly partner: string; readonly testLimit?: number },
): TaskSpec<Raw> => ({
  name: task.name,
  head: task.head,
  partner: task.partner,
  ...(task.testLimit === undefined ? {} : { testLimit: task.testLimit }),
  target: () => ({ kind: 'pair' }),
  score: (outputs, count, _testKey, partner) => {
    const rows = Array.from({ length: count }, (_, i) => i);
    const ranks = retrievalRanks(similarities(outputs, partner ?? outputs, count), rows, rows);
    const others = [5, 10].map((k) => ({ name: `R@${k}`, value: recallAtK(ranks, k) }));
    return { ...resultOf('R@1', recallAtK(ranks, 1), 1 / count, count, task.baseline(count)), others };
  },
});

/** Inner products [count, count] of rows. */
const similarities = (a: Float32Array, b: Float32Array, count: number): Float64Array => {
  const width = a.length / count;
  const out = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[i * width + k] * b[j * width + k];
      out[i * count + j] = sum;
    }
  }
  return out;
};

/** Finds others of the same identity among all test examples, by mAP. With cameras, only those of another camera count. */
export const identityTask = <Raw>({
  identityOf,
  cameraOf,
  each,
  ...task
}: Shared<Raw, 'embedding'> & {
  readonly identityOf: (example: Example<Raw>) => number;
  readonly cameraOf?: (example: Example<Raw>) => number;
  /** Train examples of an identity in a batch. Default 4. */
  readonly each?: number;
}): TaskSpec<Raw> => ({
  name: task.name,
  head: task.head,
  sampling: {
    identities: Int32Array.from({ length: task.dataset.train.length }, (_, i) => identityOf(task.dataset.train.get(i))),
    each: each ?? 4,
  },
  target: (example) => ({ kind: 'class', id: identityOf(example) }),
  score: (outputs, count) => {
    const tests = testsOf(task.dataset, count);
    const who = tests.map(identityOf);
    // a camera of its own for each: nothing but the query itself is passed over
    const cameras = tests.map((example, i) => cameraOf?.(example) ?? i);
    const measure = (distances: Float64Array) =>
      reidentification({
        ...{ distances, queryIds: who, galleryIds: who, queryCameras: cameras, galleryCameras: cameras, ranks: [1] },
      });
    const found = measure(similarities(outputs, outputs, count).map((s) => -s));
    const chance = measure(new Float64Array(count * count)).meanAveragePrecision;
    return {
      ...resultOf('mAP', found.meanAveragePrecision, chance, count, task.baseline(count)),
      others: [
        { name: 'Rank-1', value: found.rankK[0] },
        { name: 'mINP', value: found.meanInverseNegativePenalty },
      ],
    };
  },
});

/** Writes a text, by the F1 of ROUGE-L against the references. Chance is the first text of the train split for every example. */
export const summaryTask = <Raw>({
  idsOf,
  textOf,
  referencesOf,
  writing,
  ...task
}: Shared<Raw, 'summary'> & {
  /** What is to be written, without begin and end. */
  readonly idsOf: (example: Example<Raw>) => Int32Array;
  readonly textOf: (ids: readonly number[]) => string;
  readonly referencesOf: (example: Example<Raw>) => readonly string[];
  readonly writing?: TaskSpec<Raw>['writing'];
}): TaskSpec<Raw> => ({
  name: task.name,
  head: task.head,
  ...(writing === undefined ? {} : { writing }),
  target: (example) => ({ kind: 'text', ids: idsOf(example) }),
  score: (outputs, count) => {
    const { length, endId } = task.head;
    const texts = Array.from({ length: count }, (_, i) => {
      const row = [...outputs.subarray(i * length, (i + 1) * length)];
      const end = row.indexOf(endId);
      return textOf(end < 0 ? row : row.slice(0, end));
    });
    const references = testsOf(task.dataset, count).map(referencesOf);
    const scores = meanRouge(texts, references, { stem: true });
    const same = referencesOf(task.dataset.train.get(0))[0];
    const chance = meanRouge(
      texts.map(() => same),
      references,
      { stem: true },
    ).rougeL.f1;
    return {
      ...resultOf('ROUGE-L', scores.rougeL.f1, chance, count, task.baseline(count)),
      others: [
        { name: 'ROUGE-1', value: scores.rouge1.f1 },
        { name: 'ROUGE-2', value: scores.rouge2.f1 },
      ],
    };
  },
});
