// A stream: one modality with its data, its tokenizer and its tasks. Types of raw data, features and arrays stay inside;
// the rest of the training sees batches that can make tokens.

import { type Dataset, EpochSampler, type Example, type Modality, type Split } from '@omnigrad/data';
import type { HeadConfig } from '@omnigrad/heads';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import { foldKey, type NumericArray, type RngKey } from '@omnigrad/tensor';
import type { OrderTarget, ReconstructionShape, ReconstructionTarget, Tokenizer } from '@omnigrad/tokenizers';
import type { Confusion, Forecast, Reconstruction } from './report-data.ts';
import type { IllustratedItem } from './streams/illustrate.ts';

/** What a task asks of the model's output for one example. */
export type TaskTarget =
  | { readonly kind: 'class'; readonly id: number }
  /** As many values as the head emits for a sample; `weights` (0 or more) say which of them count. */
  | { readonly kind: 'values'; readonly values: Float32Array; readonly weights: Float32Array | null };

/** The outcome of a task on its test split, as the closing table and the report show it. */
export interface TaskResult {
  readonly metric: string;
  readonly higherIsBetter: boolean;
  readonly value: number;
  /** What no input at all gives. */
  readonly chance: number;
  readonly baseline: number;
  readonly baselineName: string;
  readonly testCount: number;
  /** Stronger or other classical methods on the same split, for the report. */
  readonly others?: readonly { readonly name: string; readonly value: number }[];
  readonly confusion?: Confusion;
  readonly forecasts?: readonly Forecast[];
}

export interface TaskSpec<Raw> {
  readonly name: string;
  readonly head: HeadConfig;
  /** What the model is shown; default the example itself. Corruption draws from `key`. */
  readonly input?: (example: Example<Raw>, key: RngKey) => Raw;
  readonly target: (example: Example<Raw>, key: RngKey) => TaskTarget;
  /** At most this many test examples, from the front; default all. */
  readonly testLimit?: number;
  /** Scores `outputs` [n, head outputs], the model's answer to the first n test examples (shown with testKey). */
  readonly score: (outputs: Float32Array, count: number, testKey: (index: number) => RngKey) => TaskResult;
}

/** Samples of a masked batch as a person looks at them. */
export type Illustration = Omit<Reconstruction, 'modality' | 'items'> & { readonly items: readonly IllustratedItem[] };

export interface Words {
  readonly seen: readonly string[];
  readonly name: (id: number) => string;
}

export interface StreamSpec<Raw, Features, Arrays, T extends Tokenizer<Raw, Features, Arrays>> {
  readonly modality: Modality;
  readonly dataset: Dataset<Raw>;
  /** The intersection lets the compiler find Features and Arrays from the tokenizer's own types. */
  readonly tokenizer: (scope: ParameterScope, width: number) => T & Tokenizer<Raw, Features, Arrays>;
  /** Keep prepared samples in memory: for those that cost more to prepare than to keep. */
  readonly cacheFeatures: boolean;
  readonly tasks: readonly TaskSpec<Raw>[];
  /** Everything that shapes this stream beyond the data (patch sizes, vocabulary hash); goes into the config hash. */
  readonly settings: unknown;
  /** Pictures from the predictions [B, Th, width] at the hidden tokens. */
  readonly illustrate?: (
    tokenizer: T,
    arrays: Arrays,
    mask: ReconstructionMask,
    predictions: Float32Array,
  ) => Illustration;
  /** For modalities whose tokens are words: those of a batch [B, T] as f sees them, and the name of an id. */
  readonly words?: (tokenizer: T, arrays: Arrays) => Words;
}

/** A batch hidden for reconstruction. */
export interface MaskedStreamBatch {
  readonly size: number;
  readonly mask: ReconstructionMask;
  readonly target: ReconstructionTarget;
  readonly order: OrderTarget | null;
  /** [size, T, placeWidth] of the tokenizer. */
  readonly places: Float32Array | null;
  tokens(mode: Mode): Tokens;
  /** The host arrays that tokens() and a decoder with `mask` upload, without `places`. */
  uploads(): readonly NumericArray[];
  /** Null where the modality has no picture. */
  illustrate(predictions: Float32Array): Illustration | null;
  /** Null where tokens are no words. */
  words(): Words | null;
}

export interface TaskBatch {
  readonly size: number;
  readonly targets: readonly TaskTarget[];
  tokens(mode: Mode): Tokens;
  /** The host arrays that tokens() uploads. */
  uploads(): readonly NumericArray[];
}

export interface StreamTask {
  readonly name: string;
  /** `modality/name`. */
  readonly id: string;
  readonly head: HeadConfig;
  readonly testCount: number;
  train(indices: ArrayLike<number>, key: RngKey): TaskBatch;
  test(indices: ArrayLike<number>): TaskBatch;
  score(outputs: Float32Array): TaskResult;
}

/** A spec bound to its tokenizer's parameters. */
export interface Stream {
  readonly modality: Modality;
  readonly tokenCount: number;
  readonly maskMethod: 'drop' | 'replace';
  readonly reconstruction: ReconstructionShape;
  /** 0 where the number of a token says where it stands. */
  readonly placeWidth: number;
  readonly fingerprint: string;
  readonly trainCount: number;
  readonly testCount: number;
  readonly tasks: readonly StreamTask[];
  readonly classes: readonly string[];
  label(split: 'train' | 'test', index: number): number;
  masked(split: 'train' | 'test', indices: ArrayLike<number>, key: RngKey): MaskedStreamBatch;
  /** Unmasked tokens of some examples, for evaluation and embeddings. */
  plain(split: 'train' | 'test', indices: ArrayLike<number>): { tokens(mode: Mode): Tokens };
}

/** A stream whose inner types are closed over. */
export interface StreamDefinition {
  readonly modality: Modality;
  readonly settings: unknown;
  readonly fingerprint: string;
  bind(scope: ParameterScope, width: number): Stream;
}

/** Test corruption depends on the example alone, so that every evaluation sees the same. */
const testKeyOf =
  (modality: string, task: string) =>
  (index: number): RngKey =>
    foldKey([0x74657374, 0x6b657973], modality, task, index);

export const defineStream = <Raw, Features, Arrays, T extends Tokenizer<Raw, Features, Arrays>>(
  spec: StreamSpec<Raw, Features, Arrays, T>,
): StreamDefinition => ({
  modality: spec.modality,
  settings: spec.settings,
  fingerprint: spec.dataset.fingerprint,
  bind: (scope, width) => {
    const tokenizer = spec.tokenizer(scope, width);
    const caches = { train: new Map<number, Features>(), test: new Map<number, Features>() };
    const splitOf = (name: 'train' | 'test'): Split<Raw> => spec.dataset[name];

    const prepare = ({ input, id }: Example<Raw>): Features => tokenizer.preprocess(input, id);
    const features = (name: 'train' | 'test', index: number): Features => {
      if (!spec.cacheFeatures) return prepare(splitOf(name).get(index));
      const held = caches[name].get(index);
      if (held !== undefined) return held;
      const made = prepare(splitOf(name).get(index));
      caches[name].set(index, made);
      return made;
    };
    const collate = (name: 'train' | 'test', indices: ArrayLike<number>): Arrays =>
      tokenizer.collate(Array.from(indices, (i) => features(name, i)));

    const tasks = spec.tasks.map((task): StreamTask => {
      const id = `${spec.modality}/${task.name}`;
      const testKey = testKeyOf(spec.modality, task.name);
      const testCount = Math.min(task.testLimit ?? Infinity, spec.dataset.test.length);
      const batch = (name: 'train' | 'test', indices: ArrayLike<number>, keyOf: (i: number) => RngKey): TaskBatch => {
        const list = Array.from(indices);
        const examples = list.map((i) => splitOf(name).get(i));
        const keys = list.map((_, k) => keyOf(name === 'test' ? list[k] : k));
        const { input } = task;
        const arrays =
          input === undefined
            ? collate(name, list)
            : tokenizer.collate(
                examples.map((example, k) => tokenizer.preprocess(input(example, keys[k]), example.id)),
              );
        return {
          size: list.length,
          targets: examples.map((example, k) => task.target(example, keys[k])),
          tokens: (mode) => tokenizer.forward(arrays, mode),
          uploads: () => tokenizer.uploads(arrays),
        };
      };
      return {
        name: task.name,
        id,
        head: task.head,
        testCount,
        train: (indices, key) => batch('train', indices, (k) => foldKey(key, k)),
        test: (indices) => batch('test', indices, testKey),
        score: (outputs) => task.score(outputs, testCount, testKey),
      };
    });

    return {
      modality: spec.modality,
      tokenCount: tokenizer.tokenCount,
      maskMethod: tokenizer.maskMethod,
      reconstruction: tokenizer.reconstruction,
      placeWidth: tokenizer.placeWidth ?? 0,
      fingerprint: spec.dataset.fingerprint,
      trainCount: spec.dataset.train.length,
      testCount: spec.dataset.test.length,
      tasks,
      classes: spec.dataset.classes,
      label: (name, index) => splitOf(name).get(index).label,
      masked: (name, indices, key) => {
        const whole = collate(name, indices);
        const { arrays, mask, target, order, places = null } = tokenizer.mask(whole, key);
        return {
          size: indices.length,
          mask,
          target,
          order,
          places,
          tokens: (mode) => tokenizer.forward(arrays, mode, mask),
          uploads: () => [...tokenizer.uploads(arrays, mask), mask.visible, mask.hidden],
          words: () => spec.words?.(tokenizer, arrays) ?? null,
          illustrate: (predictions) => spec.illustrate?.(tokenizer, whole, mask, predictions) ?? null,
        };
      },
      plain: (name, indices) => {
        const arrays = collate(name, indices);
        return { tokens: (mode) => tokenizer.forward(arrays, mode) };
      },
    };
  },
});

/** The train examples of batch `batchIndex` of a stream in a stage; epochs without replacement. */
export const trainIndices = (
  stream: Stream,
  seedKey: RngKey,
  purpose: string,
): ((batchIndex: number, size: number) => Int32Array) => {
  const [a, b] = foldKey(seedKey, 'sampler', purpose);
  const sampler = new EpochSampler(stream.trainCount, [a, b]);
  return (batchIndex, size) => sampler.batch(batchIndex, size);
};
