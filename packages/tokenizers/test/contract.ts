// What every tokenizer must keep, checked once for each: see the names of the tests.

import {
  evaluation,
  Linear,
  type Parameter,
  ParameterArena,
  ParameterScope,
  type ReconstructionMask,
} from '@omnigrad/nn';
import {
  add,
  type Backend,
  capture,
  chamferDistance,
  cosineSimilarity,
  createReferenceBackend,
  crossEntropyRows,
  ids,
  mean,
  mul,
  type NumericArray,
  reshape,
  rngKey,
  scope,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  useBackend,
  valueAndGradOrNull,
} from '@omnigrad/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReconstructionShape, ReconstructionTarget, TokenEmbedding, Tokenizer } from '../src/index.ts';

export const width = 12;
const key = rngKey(7);

let backend: Backend;
export const onReferenceBackend = (): void => {
  beforeEach(() => {
    backend = createReferenceBackend();
    useBackend(backend);
  });
  afterEach(() => {
    useBackend(undefined);
    backend.dispose();
  });
};
export const referenceBackend = (): Backend => backend;

export interface ContractCase<Raw, Features, Arrays> {
  readonly make: (scope: ParameterScope) => Tokenizer<Raw, Features, Arrays>;
  /** At least four samples. */
  readonly raws: readonly Raw[];
  readonly hiddenCount: number;
  /** A copy of clean arrays with other content at the hidden tokens of `mask`, and nowhere else. */
  readonly disturb: (arrays: Arrays, mask: ReconstructionMask) => Arrays;
  /** Whether the clean content is told by the target at the hidden tokens. */
  readonly targetIsClean: (arrays: Arrays, masked: ReturnType<Tokenizer<Raw, Features, Arrays>['mask']>) => void;
}

/** A tokenizer with its parameters on the backend of the test. Dispose the arena. */
export const make = <T>(
  build: (scope: ParameterScope) => T,
): { readonly tokenizer: T; readonly arena: ParameterArena } => {
  const parameters = new ParameterScope();
  const tokenizer = build(parameters);
  return { tokenizer, arena: new ParameterArena(parameters, backend, rngKey(1)) };
};

/** The learned positions of tokens that have an order. */
export const positionsOf = ({ embedding }: { readonly embedding: TokenEmbedding }): Parameter => {
  if (embedding.positions === null) throw new Error('expected positions');
  return embedding.positions;
};

export const readTokens = <Raw, Features, Arrays>(
  tokenizer: Tokenizer<Raw, Features, Arrays>,
  arrays: Arrays,
  mask?: ReconstructionMask,
): { readonly shape: readonly number[]; readonly values: number[]; readonly exists: number[] | null } => {
  const { x, padding } = scope(() => tokenizer.forward(arrays, evaluation, mask));
  const result = {
    shape: x.shape,
    values: Array.from(x.readSync()),
    exists: padding === null ? null : Array.from(padding.exists.readSync()),
  };
  x.dispose();
  padding?.exists.dispose();
  return result;
};

export const describeContract = <Raw, Features, Arrays>(name: string, c: ContractCase<Raw, Features, Arrays>): void => {
  describe(`${name} keeps the contract`, () => {
    onReferenceBackend();

    test('preprocess is deterministic and leaves its input alone', () => {
      const { tokenizer } = make(c.make);
      const before = structuredClone(c.raws);
      const once = c.raws.map((raw) => tokenizer.preprocess(raw));
      expect(c.raws.map((raw) => tokenizer.preprocess(raw))).toEqual(once);
      expect(c.raws).toEqual(before);
    });

    test('mask is a function of the key', () => {
      const { tokenizer } = make(c.make);
      const arrays = tokenizer.collate(c.raws.map((raw) => tokenizer.preprocess(raw)));
      const before = structuredClone(arrays);
      const masked = tokenizer.mask(arrays, key);
      expect(tokenizer.mask(arrays, key)).toEqual(masked);
      expect(tokenizer.mask(arrays, rngKey(8)).mask).not.toEqual(masked.mask);
      expect(arrays).toEqual(before);
    });

    test('hidden and visible tokens are all tokens, with a fixed number hidden', () => {
      const { tokenizer } = make(c.make);
      const arrays = tokenizer.collate(c.raws.map((raw) => tokenizer.preprocess(raw)));
      const B = c.raws.length;
      const T = tokenizer.tokenCount;
      for (let seed = 0; seed < 20; seed++) {
        const { mask } = tokenizer.mask(arrays, rngKey(seed));
        expect(mask.batch).toBe(B);
        expect(mask.hidden.length).toBe(B * c.hiddenCount);
        for (let b = 0; b < B; b++) {
          const hidden = mask.hidden.subarray(b * c.hiddenCount, (b + 1) * c.hiddenCount);
          const visible = mask.visible.subarray(b * (T - c.hiddenCount), (b + 1) * (T - c.hiddenCount));
          expect([...hidden, ...visible].sort((x, y) => x - y)).toEqual(Array.from({ length: T }, (_, t) => t));
        }
      }
    });

    test('a sample gives the same tokens alone and in a batch', () => {
      const { tokenizer, arena } = make(c.make);
      const features = c.raws.map((raw) => tokenizer.preprocess(raw));
      const together = readTokens(tokenizer, tokenizer.collate(features));
      expect(together.shape).toEqual([c.raws.length, tokenizer.tokenCount, width]);
      const alone = features.map((one) => readTokens(tokenizer, tokenizer.collate([one])));
      expect(alone.flatMap(({ values }) => values)).toEqual(together.values);
      expect(together.exists).toEqual(together.exists === null ? null : alone.flatMap(({ exists }) => exists));
      arena.dispose();
    });

    test('what is hidden does not reach the tokens', () => {
      const { tokenizer, arena } = make(c.make);
      const arrays = tokenizer.collate(c.raws.map((raw) => tokenizer.preprocess(raw)));
      const masked = tokenizer.mask(arrays, key);
      const other = c.disturb(arrays, masked.mask);
      expect(other).not.toEqual(arrays);
      const again = tokenizer.mask(other, key);
      expect(again.target).not.toEqual(masked.target);
      const tokens = readTokens(tokenizer, masked.arrays, masked.mask);
      const expected = tokenizer.maskMethod === 'drop' ? tokenizer.tokenCount - c.hiddenCount : tokenizer.tokenCount;
      expect(tokens.shape).toEqual([c.raws.length, expected, width]);
      const others = readTokens(tokenizer, again.arrays, again.mask).values;
      const gap = Math.max(...others.map((x, i) => Math.abs(x - tokens.values[i])));
      // Arrays are float32; statistics taken again from the visible part round once more.
      expect(gap).toBeLessThan(1e-6);
      arena.dispose();
    });

    test('the target is the clean data', () => {
      const { tokenizer } = make(c.make);
      const arrays = tokenizer.collate(c.raws.map((raw) => tokenizer.preprocess(raw)));
      c.targetIsClean(arrays, tokenizer.mask(arrays, key));
    });

    test('every parameter gets a gradient under a mask, and no bytes stay behind', () => {
      const start = backend.memory().inUse;
      const { tokenizer, arena } = make(c.make);
      const held = backend.memory().inUse;
      const arrays = tokenizer.collate(c.raws.map((raw) => tokenizer.preprocess(raw)));
      const masked = tokenizer.mask(arrays, key);
      scope(() => {
        const { grads } = valueAndGradOrNull(
          () => {
            const { x } = tokenizer.forward(masked.arrays, evaluation, masked.mask);
            const weights = tensor(
              Float32Array.from({ length: x.size }, (_, i) => Math.sin(i)),
              x.shape,
            );
            return sum(mul(mul(x, x), weights));
          },
          arena.parameters.map((p) => p.value),
        );
        const silent = arena.parameters.filter((_, i) => grads[i]?.readSync().every((g) => g === 0) ?? true);
        expect(silent.map((p) => p.name)).toEqual([]);
      });
      expect(backend.memory().inUse).toBe(held);
      arena.dispose();
      expect(backend.memory().inUse).toBe(start);
    });

    test('uploads() is all that forward() uploads: a captured step replays other batches', () => {
      const { tokenizer, arena } = make(c.make);
      const features = c.raws.map((raw) => tokenizer.preprocess(raw));
      for (const masking of [false, true]) {
        let arrays = tokenizer.collate(features);
        let mask: ReconstructionMask | undefined;
        // The step reads its batch from outside, as one that is replayed would: what it uploads decides.
        using step = capture(
          (_: { readonly uploads: readonly NumericArray[] }) => {
            const { x, padding } = tokenizer.forward(arrays, evaluation, mask);
            return { x, exists: padding === null ? [] : [padding.exists] };
          },
          { onlyInputs: true },
        );
        for (let i = 0; i < 4; i++) {
          arrays = tokenizer.collate([...features.slice(i), ...features.slice(0, i)]);
          if (masking) ({ arrays, mask } = tokenizer.mask(arrays, rngKey(i)));
          const wanted = readTokens(tokenizer, arrays, mask);
          scope(() => {
            const { x, exists } = step({ uploads: tokenizer.uploads(arrays, mask) });
            expect(Array.from(x.readSync())).toEqual(wanted.values);
            expect(exists.flatMap((e) => Array.from(e.readSync()))).toEqual(wanted.exists ?? []);
          });
        }
        expect(step.report()).toMatchObject({ recorded: 2, replayed: 2 });
      }
      arena.dispose();
    });

    test('a mask of another batch is refused', () => {
      const { tokenizer, arena } = make(c.make);
      const features = c.raws.map((raw) => tokenizer.preprocess(raw));
      const { mask } = tokenizer.mask(tokenizer.collate(features.slice(0, 2)), key);
      const T = tokenizer.tokenCount;
      expect(() => scope(() => tokenizer.forward(tokenizer.collate(features), evaluation, mask))).toThrow(
        `TokenEmbedding: the mask is for 2 samples of ${T} tokens, came ${features.length} of ${T}; use the mask that mask() gave with these arrays`,
      );
      arena.dispose();
    });

    test('an empty batch is refused', () => {
      const { tokenizer } = make(c.make);
      expect(() => tokenizer.collate([])).toThrow('collate came without samples; pass at least one');
    });
  });
};

/** Clean patches with other numbers in the hidden ones, for the tokenizers made of patches. */
export const disturbPatches = <A extends { readonly patches: Float32Array }>(
  arrays: A,
  mask: ReconstructionMask,
): A => {
  const patches = arrays.patches.slice();
  const T = (mask.hidden.length + mask.visible.length) / mask.batch;
  const P = patches.length / (mask.batch * T);
  const count = mask.hidden.length / mask.batch;
  mask.hidden.forEach((token, i) => {
    const start = (Math.floor(i / count) * T + token) * P;
    for (let j = 0; j < P; j++) patches[start + j] += 1 + Math.cos(start + j);
  });
  return { ...arrays, patches };
};

/** The numbers of the hidden patches, in the order of the mask. */
export const hiddenPatches = (patches: Float32Array, mask: ReconstructionMask): Float32Array[] => {
  const T = (mask.hidden.length + mask.visible.length) / mask.batch;
  const P = patches.length / (mask.batch * T);
  const count = mask.hidden.length / mask.batch;
  return Array.from(mask.hidden, (token, i) => {
    const start = (Math.floor(i / count) * T + token) * P;
    return patches.slice(start, start + P);
  });
};

/** Numbers that a hidden token's prediction has. */
const outputsOf = (shape: ReconstructionShape): number => {
  switch (shape.kind) {
    case 'values':
    case 'cosine':
      return shape.width;
    case 'points':
      return 3 * shape.points;
    case 'ids':
      return shape.classes;
    case 'columns':
      return 1 + Math.max(...shape.categories);
  }
};

/** The loss of predictions [hidden, outputs]; of columns the first output is the number, the others are logits. */
const lossOf = (predicted: Tensor, target: ReconstructionTarget): Tensor => {
  switch (target.kind) {
    case 'values':
      return mean(square(sub(predicted, tensor(target.values, predicted.shape))));
    case 'points': {
      const clouds = [predicted.shape[0], target.points, 3];
      return mean(chamferDistance(reshape(predicted, clouds), tensor(target.values, clouds)));
    }
    case 'cosine': {
      const cosine = cosineSimilarity(predicted, tensor(target.values, predicted.shape), { axis: 1 });
      return mean(mul(square(sub(cosine, 1)), tensor(target.weights, cosine.shape)));
    }
    case 'ids':
      return mean(crossEntropyRows(predicted, ids(target.ids, [target.ids.length])));
    case 'columns': {
      const [count, outputs] = predicted.shape;
      const number = reshape(slice(predicted, { axis: 1, start: 0, end: 1 }), [count]);
      const error = square(sub(number, tensor(target.values, [count])));
      const logits = slice(predicted, { axis: 1, start: 1, end: outputs });
      const entropy = crossEntropyRows(logits, ids(target.ids, [count]));
      return mean(add(mul(error, tensor(target.weights, [count])), entropy));
    }
  }
};

/** Numbers by name: `tokens`, `loss`, and the gradient of each parameter. */
export type Reconstructed = ReadonlyMap<string, Float64Array>;

/**
 * A masked batch on a backend: its tokens, and the gradients of the loss of its target, which a linear layer predicts from a sum of all
 * tokens, each with a weight of its own.
 */
export const reconstructOn = async <Raw, Features, Arrays>(
  on: Backend,
  { make: build, raws }: Pick<ContractCase<Raw, Features, Arrays>, 'make' | 'raws'>,
): Promise<Reconstructed> => {
  const previous = useBackend(on);
  const parameters = new ParameterScope();
  const tokenizer = build(parameters.child('tokenizer'));
  const masked = tokenizer.mask(tokenizer.collate(raws.map((raw) => tokenizer.preprocess(raw))), key);
  const [B, hidden] = [raws.length, masked.mask.hidden.length / raws.length];
  const outputs = outputsOf(tokenizer.reconstruction);
  const readOut = new Linear(parameters.child('readOut'), width, hidden * outputs);
  const arena = new ParameterArena(parameters, on, rngKey(1));
  const found = new Map<string, Float64Array>();
  const keep = async (name: string, x: Tensor): Promise<void> => {
    found.set(name, Float64Array.from(await x.read()));
    x.dispose();
  };
  try {
    await keep(
      'tokens',
      scope(() => tokenizer.forward(masked.arrays, evaluation, masked.mask).x),
    );
    const { value, grads } = valueAndGradOrNull(
      () => {
        const { x } = tokenizer.forward(masked.arrays, evaluation, masked.mask);
        const count = x.shape[1];
        const weights = Float32Array.from({ length: count }, (_, t) => Math.cos(t));
        const seen = sum(mul(x, tensor(weights, [count, 1])), { axes: 1 });
        return lossOf(reshape(readOut.forward(seen), [B * hidden, outputs]), masked.target);
      },
      arena.parameters.map((p) => p.value),
    );
    await keep('loss', value);
    for (const [i, gradient] of grads.entries()) {
      if (gradient !== null) await keep(arena.parameters[i].name, gradient);
    }
  } finally {
    arena.dispose();
    useBackend(previous);
  }
  return found;
};

/** The largest difference of each entry, relative to its largest number on either backend. */
export const relativeGaps = (a: Reconstructed, b: Reconstructed): Map<string, number> =>
  new Map(
    [...a].map(([name, values]) => {
      const others = b.get(name) ?? [];
      const size = Math.max(...values.map(Math.abs), ...Array.from(others, Math.abs), Number.MIN_VALUE);
      const gap = values.reduce((most, x, i) => Math.max(most, Math.abs(x - (others[i] ?? Number.NaN))), 0);
      return [name, gap / size];
    }),
  );
