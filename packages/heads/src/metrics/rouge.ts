// ROUGE (Lin 2004) as Google's rouge_score 0.1.2 computes it, which follows ROUGE-1.5.5.

import { ArgumentError } from '@omnigrad/tensor';
import { meanOf } from './check.ts';
import type { PrecisionRecall } from './confusion.ts';
import { porterStem } from './porter.ts';

export interface RougeOptions {
  /** Stem words of more than three letters by Porter's algorithm. Default false, as in rouge_score. */
  readonly stem?: boolean;
}

type RougeType = 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum';

export type RougeScores = Readonly<Record<RougeType, PrecisionRecall>>;

/** Most words of one text times words of the other: steps of ROUGE-L, and bytes where a text is one sentence. */
export const ROUGE_CELLS = 2 ** 27;

/** Lower case; runs of a-z and 0-9 are words, all else parts them. */
export const rougeTokens = (text: string, options: RougeOptions = {}): string[] => {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return options.stem === true ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : [...words];
};

const scoresOf = (hits: number, predicted: number, reference: number): PrecisionRecall => {
  const precision = hits / Math.max(predicted, 1);
  const recall = hits / Math.max(reference, 1);
  return { precision, recall, f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
};

const countsOf = (grams: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
};

const ngrams = (words: readonly string[], n: number): string[] =>
  words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(' '));

const overlap = (predicted: readonly string[], reference: readonly string[], n: number): PrecisionRecall => {
  const own = ngrams(predicted, n);
  const other = ngrams(reference, n);
  const left = countsOf(other);
  let hits = 0;
  for (const [gram, count] of countsOf(own)) hits += Math.min(count, left.get(gram) ?? 0);
  return scoresOf(hits, own.length, other.length);
};

const SKIP_REFERENCE = 0;
const SKIP_PREDICTED = 1;
const BOTH = 2;

/** Length of the longest common subsequence, and where `steps` is given, the way to it. */
const commonLength = (reference: readonly string[], predicted: readonly string[], steps?: Uint8Array): number => {
  const columns = predicted.length;
  let above = new Int32Array(columns + 1);
  let row = new Int32Array(columns + 1);
  for (let i = 0; i < reference.length; i++) {
    for (let j = 0; j < columns; j++) {
      const equal = reference[i] === predicted[j];
      row[j + 1] = equal ? above[j] + 1 : Math.max(above[j + 1], row[j]);
      // Of two ways the one that skips the reference's word, as in rouge_score: the union below depends on it.
      if (steps) steps[i * columns + j] = equal ? BOTH : row[j] > above[j + 1] ? SKIP_PREDICTED : SKIP_REFERENCE;
    }
    [above, row] = [row, above];
  }
  return above[columns];
};

/** Marks the places in `reference` of one longest common subsequence. */
const markCommon = (reference: readonly string[], predicted: readonly string[], marks: Uint8Array): void => {
  const columns = predicted.length;
  const steps = new Uint8Array(reference.length * columns);
  commonLength(reference, predicted, steps);
  let i = reference.length - 1;
  let j = columns - 1;
  while (i >= 0 && j >= 0) {
    const step = steps[i * columns + j];
    if (step === BOTH) marks[i] = 1;
    if (step !== SKIP_PREDICTED) i--;
    if (step !== SKIP_REFERENCE) j--;
  }
};

/** Summary level: for each sentence of the reference the union of what it has in common with each predicted sentence. */
const unionOverlap = (predicted: readonly string[][], reference: readonly string[][]): PrecisionRecall => {
  const ownLeft = countsOf(predicted.flat());
  const otherLeft = countsOf(reference.flat());
  let hits = 0;
  for (const sentence of reference) {
    const marks = new Uint8Array(sentence.length);
    for (const own of predicted) markCommon(sentence, own, marks);
    for (let i = 0; i < sentence.length; i++) {
      const own = ownLeft.get(sentence[i]) ?? 0;
      const other = otherLeft.get(sentence[i]) ?? 0;
      // A word counts no more often than both sides have it (ROUGE-1.5.5; not in the paper).
      if (marks[i] === 0 || own === 0 || other === 0) continue;
      hits++;
      ownLeft.set(sentence[i], own - 1);
      otherLeft.set(sentence[i], other - 1);
    }
  }
  return scoresOf(hits, predicted.flat().length, reference.flat().length);
};

const againstOne = (prediction: string, reference: string, options: RougeOptions): RougeScores => {
  const own = rougeTokens(prediction, options);
  const other = rougeTokens(reference, options);
  if (own.length * other.length > ROUGE_CELLS) {
    const problem = `texts of ${own.length} and ${other.length} words are too long to compare`;
    throw new ArgumentError('rouge', `${problem}; the product may be at most ${ROUGE_CELLS}`);
  }
  const sentences = (text: string): string[][] => text.split('\n').map((line) => rougeTokens(line, options));
  return {
    rouge1: overlap(own, other, 1),
    rouge2: overlap(own, other, 2),
    rougeL: scoresOf(commonLength(other, own), own.length, other.length),
    rougeLsum: unionOverlap(sentences(prediction), sentences(reference)),
  };
};

const perType = (score: (type: RougeType) => PrecisionRecall): RougeScores => ({
  rouge1: score('rouge1'),
  rouge2: score('rouge2'),
  rougeL: score('rougeL'),
  rougeLsum: score('rougeLsum'),
});

/**
 * ROUGE-1, -2, -L and -Lsum of one text. ROUGE-L reads the text as one sentence; Lsum parts it at newlines, and only there.
 * Of several references each type takes the one with the best F1, the first of equals (rouge_score's `score_multi`).
 * A text without words scores 0.
 */
export const rouge = (
  prediction: string,
  references: string | readonly string[],
  options: RougeOptions = {},
): RougeScores => {
  const texts = typeof references === 'string' ? [references] : references;
  if (texts.length === 0) throw new ArgumentError('rouge', '0 references; there must be at least one');
  const all = texts.map((text) => againstOne(prediction, text, options));
  return perType((type) => all.map((s) => s[type]).reduce((best, s) => (s.f1 > best.f1 ? s : best)));
};

/** Means of `rouge` over texts: precision, recall and F1 each, so that the F1 is not that of the mean precision and recall. */
export const meanRouge = (
  predictions: readonly string[],
  references: readonly (string | readonly string[])[],
  options: RougeOptions = {},
): RougeScores => {
  if (predictions.length !== references.length || references.length === 0) {
    const problem = `${predictions.length} predictions for ${references.length} references`;
    throw new ArgumentError('meanRouge', `${problem}; both must be equal and above 0`);
  }
  const all = predictions.map((text, i) => rouge(text, references[i], options));
  return perType((type) => ({
    precision: meanOf(all.map((s) => s[type].precision)),
    recall: meanOf(all.map((s) => s[type].recall)),
    f1: meanOf(all.map((s) => s[type].f1)),
  }));
};
