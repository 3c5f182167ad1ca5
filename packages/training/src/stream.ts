// A stream: one modality with its data, its tokenizer and its tasks. Types of raw data, features and arrays stay inside;
// the rest of the training sees batches that can make tokens.

import { type Dataset, EpochSampler, type Example, type Modality, type Split } from '@omnigrad/data';
import { collateInterpolations, type HeadConfig, type Interpolation, type SearchOptions } from '@omnigrad/heads';
import type { Mode, ParameterScope, ReconstructionMask, Tokens } from '@omnigrad/nn';
import { ArgumentError, foldKey, type NumericArray, type RngKey } from '@omnigrad/tensor';
import type {
  Augment,
  MixSamples,
  OrderTarget,
  ReconstructionShape,
  ReconstructionTarget,
  Tokenizer,
} from '@omnigrad/tokenizers';
import { identityBatches } from './plan.ts';
import { ofMasked, ofTask } from './prefetch/host-batch.ts';
import type { StreamRecipe } from './prefetch/recipe.ts';
import type { Confusion, Forecast, Reconstruction } from './report-data.ts';
import type { IllustratedItem } from './streams/illustrate.ts';

/** What a task asks of the model's output for one example. */
export type TaskTarget =
  | { readonly kind: 'class'; readonly id: number }
  /** Of a mixed sample: `share` of the first class and the rest of the second. All targets of a batch are of one kind. */
  | { readonly kind: 'mixed'; readonly ids: readonly [number, number]; readonly share: number }
  /** As many values as the head emits for a sample; `weights` (0 or more) say which of them count. */
  | { readonly kind: 'values'; readonly values: Float32Array; readonly weights: Float32Array | null }
  /** One number a label: 1 where it is there, 0 where not, between them where that is not sure, -1 where it is unknown. */
  | { readonly kind: 'labels'; readonly labels: Float32Array }
  /** The class of each pixel (row by row), point, node or edge; -1 does not count. Points, nodes and edges may be fewer than places. */
  | { readonly kind: 'ids'; readonly ids: Int32Array }
  /** What is to be written, without begin and end. */
  | { readonly kind: 'text'; readonly ids: Int32Array }
  /** Nothing but that it belongs to the same row of the task's partner. */
  | { readonly kind: 'pair' };

/** Batches of a few identities with several examples each, in place of epochs: what batch-hard triplets want. */
export interface IdentitySampling {
  /** The identity of each train example. */
  readonly identities: Int32Array;
  /** Examples of each identity in a batch. */
  readonly each: number;
}

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

export interface TaskSpec<Raw, Features = unknown> {
  readonly name: string;
  readonly head: HeadConfig;
  /** What the model is shown; default the example itself. Corruption draws from `key`. */
  readonly input?: (example: Example<Raw>, key: RngKey) => Raw;
  readonly target: (example: Example<Raw>, key: RngKey) => TaskTarget;
  /** Whether `mix` of the stream may mix two samples of it: their classes are mixed as they are. */
  readonly mixable?: boolean;
  /** For heads of points: where the points of a shown sample lie among its groups. */
  places?(shown: Raw, features: Features): Interpolation;
  /** For heads of pairs: `modality/name` of the task whose examples belong to those of this one, row by row. */
  readonly partner?: string;
  /** Default: epochs without replacement. */
  readonly sampling?: IdentitySampling;
  /** How a text is searched for at evaluation. Default greedily. */
  readonly writing?: SearchOptions;
  /** What is kept of the answers of a test split: the numbers, or of each pixel, point, node or edge its class alone. Default 'numbers'. */
  readonly keeps?: 'numbers' | 'classes';
  /** At most this many test examples, from the front; default all. */
  readonly testLimit?: number;
  /**
   * Scores `outputs` [n, head outputs], the model's answer to the first n test examples (shown with testKey): numbers, or classes where it
   * keeps those. Of a head of texts, ids [n, length] with its end id behind each text. `partner`: the answers of the partner to the same rows.
   */
  readonly score: (
    outputs: Float32Array,
    count: number,
    testKey: (index: number) => RngKey,
    partner: Float32Array | null,
  ) => TaskResult;
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
  /** Keep prepared samples in memory: for those that cost more to prepare than to keep. Augmented ones are not kept. */
  readonly cacheFeatures: boolean;
  /** Changes each train sample at random before it is prepared. Test samples stay as they are. */
  readonly augment?: Augment<Raw>;
  /** Changes a prepared train sample at random: what is easier to do there, such as masking bars of a spectrogram. */
  readonly augmentFeatures?: (features: Features, key: RngKey) => Features;
  /** Mixes the train samples of tasks that are `mixable`, after `augment`. */
  readonly mix?: MixSamples<Raw>;
  readonly tasks: readonly TaskSpec<Raw, NoInfer<Features>>[];
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
  /** [size, points, 3] each; null for heads that ask for none. */
  readonly places: Interpolation | null;
  tokens(mode: Mode): Tokens;
  /** The host arrays that tokens() uploads. */
  uploads(): readonly NumericArray[];
}

/**
 * The host's half of a batch for reconstruction: plain objects and typed arrays, made for it alone, which a thread can hand
 * over. `whole` and `arrays` are the stream's own Arrays.
 */
export interface MaskedHostBatch {
  readonly kind: 'masked';
  readonly size: number;
  readonly whole: unknown;
  readonly arrays: unknown;
  readonly mask: ReconstructionMask;
  readonly target: ReconstructionTarget;
  readonly order: OrderTarget | null;
  readonly places: Float32Array | null;
}

/** The same of a batch for a task. */
export interface TaskHostBatch {
  readonly kind: 'task';
  readonly size: number;
  readonly arrays: unknown;
  readonly targets: readonly TaskTarget[];
  readonly places: Interpolation | null;
}

export type HostBatch = MaskedHostBatch | TaskHostBatch;

/** A batch of train examples as it is asked for. The same request gives the same batch, on every thread and at any time. */
export interface BatchRequest {
  readonly modality: Modality;
  /** The name of a task of the stream; null: hidden for reconstruction. */
  readonly task: string | null;
  readonly indices: Int32Array;
  readonly key: RngKey;
}

export interface StreamTask {
  readonly name: string;
  /** `modality/name`. */
  readonly id: string;
  readonly head: HeadConfig;
  readonly partner: string | null;
  readonly sampling: IdentitySampling | null;
  readonly writing: SearchOptions;
  readonly keeps: 'numbers' | 'classes';
  readonly testCount: number;
  train(indices: ArrayLike<number>, key: RngKey): TaskBatch;
  /** A batch that was prepared for this task of this stream, here or on another thread. */
  ofHost(batch: HostBatch): TaskBatch;
  test(indices: ArrayLike<number>): TaskBatch;
  score(outputs: Float32Array, partner: Float32Array | null): TaskResult;
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
  /** The host's half of a train batch: preprocess, collate, mask, targets. No tensors. */
  prepare(request: BatchRequest): HostBatch;
  /** A masked batch that was prepared for this stream, here or on another thread. */
  ofHost(batch: HostBatch): MaskedStreamBatch;
  /** Unmasked tokens of some examples, for evaluation and embeddings. */
  plain(split: 'train' | 'test', indices: ArrayLike<number>): { tokens(mode: Mode): Tokens };
}

/** A stream whose inner types are closed over. */
export interface StreamDefinition {
  readonly modality: Modality;
  readonly settings: unknown;
  readonly fingerprint: string;
  /** How another thread makes the same stream. Left out: its batches are prepared on the thread that trains. */
  readonly recipe?: StreamRecipe;
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

    const { augment, augmentFeatures, mix } = spec;
    const changes = augment !== undefined || augmentFeatures !== undefined;
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
    /** Example k of a train batch, changed by its own key. */
    const changed = (index: number, k: number, key: RngKey): Example<Raw> => {
      const { input, label, id } = spec.dataset.train.get(index);
      return { input: augment === undefined ? input : augment(input, foldKey(key, 'augment', k)), label, id };
    };
    const preparedChanged = (example: Example<Raw>, k: number, key: RngKey): Features => {
      const features = prepare(example);
      return augmentFeatures === undefined ? features : augmentFeatures(features, foldKey(key, 'features', k));
    };

    const maskedHost = (name: 'train' | 'test', indices: ArrayLike<number>, key: RngKey): MaskedHostBatch => {
      const whole =
        changes && name === 'train'
          ? tokenizer.collate(Array.from(indices, (i, k) => preparedChanged(changed(i, k, key), k, key)))
          : collate(name, indices);
      const { arrays, mask, target, order, places = null } = tokenizer.mask(whole, key);
      return { kind: 'masked', size: indices.length, whole, arrays, mask, target, order, places };
    };
    const maskedOf = (batch: HostBatch): MaskedStreamBatch => {
      const { size, mask, target, order, places, ...rest } = ofMasked(batch, spec.modality);
      const [arrays, whole] = [rest.arrays as Arrays, rest.whole as Arrays];
      return {
        ...{ size, mask, target, order, places },
        tokens: (mode) => tokenizer.forward(arrays, mode, mask),
        uploads: () => [...tokenizer.uploads(arrays, mask), mask.visible, mask.hidden],
        words: () => spec.words?.(tokenizer, arrays) ?? null,
        illustrate: (predictions) => spec.illustrate?.(tokenizer, whole, mask, predictions) ?? null,
      };
    };

    const tasks = spec.tasks.map((task) => {
      const id = `${spec.modality}/${task.name}`;
      const testKey = testKeyOf(spec.modality, task.name);
      const testCount = Math.min(task.testLimit ?? Infinity, spec.dataset.test.length);
      const { input, target } = task;
      const shown = (example: Example<Raw>, key: RngKey): Example<Raw> =>
        input === undefined ? example : { ...example, input: input(example, key) };
      const targetsOf = (examples: readonly Example<Raw>[], keys: readonly RngKey[]): TaskTarget[] =>
        examples.map((example, k) => target(example, keys[k]));
      const hostOf = (
        seen: readonly Example<Raw>[],
        prepared: readonly Features[],
        targets: readonly TaskTarget[],
      ): TaskHostBatch => {
        const places = task.places?.bind(task);
        return {
          ...{ kind: 'task', size: seen.length, arrays: tokenizer.collate(prepared), targets },
          places: places === undefined ? null : collateInterpolations(seen.map((e, k) => places(e.input, prepared[k]))),
        };
      };
      /** Examples as they are in the split, so that prepared ones may serve. */
      const plainHost = (name: 'train' | 'test', list: readonly number[], keys: readonly RngKey[]): TaskHostBatch => {
        const examples = list.map((i) => splitOf(name).get(i));
        const seen = examples.map((example, k) => shown(example, keys[k]));
        const prepared =
          input === undefined ? list.map((i) => features(name, i)) : seen.map((example) => prepare(example));
        return hostOf(seen, prepared, targetsOf(examples, keys));
      };
      const changedHost = (list: readonly number[], keys: readonly RngKey[], key: RngKey): TaskHostBatch => {
        const examples = list.map((i, k) => changed(i, k, key));
        const mixed =
          task.mixable === true
            ? mix?.(
                examples.map((e) => e.input),
                foldKey(key, 'mix'),
              )
            : undefined;
        const used = mixed === undefined ? examples : examples.map((e, k) => ({ ...e, input: mixed.samples[k] }));
        const seen = used.map((e, k) => shown(e, keys[k]));
        const prepared = seen.map((e, k) => preparedChanged(e, k, key));
        const targets =
          mixed === undefined
            ? targetsOf(examples, keys)
            : examples.map(({ label }, k): TaskTarget => {
                const ids: [number, number] = [label, examples[mixed.partners[k]].label];
                return { kind: 'mixed', ids, share: mixed.shares[k] };
              });
        return hostOf(seen, prepared, targets);
      };
      const trainHost = (indices: ArrayLike<number>, key: RngKey): TaskHostBatch => {
        const list = Array.from(indices);
        const keys = list.map((_, k) => foldKey(key, k));
        const plain = !changes && (mix === undefined || task.mixable !== true);
        return plain ? plainHost('train', list, keys) : changedHost(list, keys, key);
      };
      const ofHost = (batch: HostBatch): TaskBatch => {
        const { size, targets, places, ...rest } = ofTask(batch, id);
        const arrays = rest.arrays as Arrays;
        return {
          ...{ size, targets, places },
          tokens: (mode) => tokenizer.forward(arrays, mode),
          uploads: () => tokenizer.uploads(arrays),
        };
      };
      const own: StreamTask = {
        name: task.name,
        id,
        head: task.head,
        partner: task.partner ?? null,
        sampling: task.sampling ?? null,
        writing: task.writing ?? {},
        keeps: task.keeps ?? 'numbers',
        testCount,
        train: (indices, key) => ofHost(trainHost(indices, key)),
        ofHost,
        test: (indices) => {
          const list = Array.from(indices);
          return ofHost(plainHost('test', list, list.map(testKey)));
        },
        score: (outputs, partner) => task.score(outputs, testCount, testKey, partner),
      };
      return { own, trainHost };
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
      tasks: tasks.map(({ own }) => own),
      classes: spec.dataset.classes,
      label: (name, index) => splitOf(name).get(index).label,
      masked: (name, indices, key) => maskedOf(maskedHost(name, indices, key)),
      prepare: ({ task, indices, key }) => {
        if (task === null) return maskedHost('train', indices, key);
        const found = tasks.find(({ own }) => own.name === task);
        if (found === undefined) throw new ArgumentError('Stream', `${spec.modality} has no task ${task}`);
        return found.trainHost(indices, key);
      },
      ofHost: maskedOf,
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

/** The train examples of batch `batchIndex` of a task. Partners, which are always drawn together, get the same rows. */
export const taskIndices = (
  stream: Stream,
  { id, partner, sampling }: StreamTask,
  seedKey: RngKey,
): ((batchIndex: number, size: number) => Int32Array) => {
  if (sampling === null) return trainIndices(stream, seedKey, partner === null ? id : [id, partner].sort().join(' '));
  if (sampling.identities.length !== stream.trainCount) {
    throw new ArgumentError(
      'taskIndices',
      `${id} has ${sampling.identities.length} identities for ${stream.trainCount} train examples; give one each`,
    );
  }
  return identityBatches(sampling, foldKey(seedKey, 'sampler', id));
};
