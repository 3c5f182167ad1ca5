import type { Backend } from '../../backend.ts';
import { type DeviceDistribution, deviceCall, hostPlan } from '../../cpu-plan.ts';
import type { DType } from '../../dtype.ts';
import { ArgumentError, BackendError } from '../../errors.ts';
import { apply, defineOp, endsGradient, type KernelOp } from '../../op.ts';
import { type RngKey, randomNormal, randomPermutation, randomUniform, randomWords } from '../../rng.ts';
import { scope } from '../../scope.ts';
import { checkShape, type Shape, sizeOf } from '../../shape.ts';
import { currentBackend, Tensor } from '../../tensor.ts';
import { erfFloat64 } from '../erf/erf-float64.ts';
import { inverseNormal } from '../families/inverse-normal.ts';
import { keyAsTensor } from '../families/keys.ts';

/** Elements of a distribution; each is a function of the key and its position. */
export type Distribution =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'normal' }
  | {
      readonly kind: 'truncatedNormal';
      readonly mean: number;
      readonly std: number;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'bernoulli'; readonly p: number }
  | { readonly kind: 'integers'; readonly low: number; readonly high: number }
  | { readonly kind: 'permutation' };

/** Uniform on (0, 1) with 52 bits from words 2i and 2i + 1, for what 24 bits would make coarse: tails and wide ranges. A bit more would round up to 1. */
const wideUniform = (words: Uint32Array, i: number): number =>
  ((words[2 * i] >>> 6) * 2 ** 26 + (words[2 * i + 1] >>> 6) + 0.5) * 2 ** -52;

/** Probability below x standard deviations. */
const normalBelow = (x: number): number => (1 + erfFloat64(x / Math.SQRT2)) / 2;

/** The share of the standard normal distribution between two bounds in deviations; mirrored where both lie above the mean, where 1 - small would lose it. */
const shareBetween = (
  a: number,
  b: number,
): { readonly from: number; readonly share: number; readonly mirrored: boolean } => {
  const mirrored = a > 0;
  const [from, to] = mirrored ? [normalBelow(-b), normalBelow(-a)] : [normalBelow(a), normalBelow(b)];
  return { from, share: to - from, mirrored };
};

const draw = (distribution: Distribution, key: RngKey, n: number): ArrayLike<number> => {
  switch (distribution.kind) {
    case 'uniform':
      return randomUniform(key, n);
    case 'normal':
      return randomNormal(key, n);
    case 'truncatedNormal': {
      const { mean, std, low, high } = distribution;
      const { from, share, mirrored } = shareBetween((low - mean) / std, (high - mean) / std);
      const words = randomWords(key, 2 * n);
      return Float32Array.from({ length: n }, (_, i) => {
        const x = inverseNormal(from + share * wideUniform(words, i));
        return Math.min(high, Math.max(low, mean + std * (mirrored ? -x : x)));
      });
    }
    case 'bernoulli':
      return randomUniform(key, n).map((u) => (u < distribution.p ? 1 : 0));
    case 'integers': {
      const { low, high } = distribution;
      const words = randomWords(key, 2 * n);
      return Int32Array.from({ length: n }, (_, i) => low + Math.floor(wideUniform(words, i) * (high - low)));
    }
    case 'permutation':
      return randomPermutation(key, n);
  }
};

const onDevice = (distribution: Distribution): DeviceDistribution => {
  if (distribution.kind !== 'truncatedNormal') return distribution;
  const { mean, std, low, high } = distribution;
  return { ...distribution, ...shareBetween((low - mean) / std, (high - mean) / std) };
};

export interface RandomAttrs {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly distribution: Distribution;
}

export const randomOp: KernelOp<RandomAttrs> = defineOp<RandomAttrs>({
  name: 'random',
  infer: (_inputs, { shape, dtype }) => [{ shape, dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: endsGradient('random numbers do not depend on a float'),
  reference: ([key], [out], { distribution }) => {
    out.data.set(draw(distribution, [key.data[0], key.data[1]], out.data.length));
  },
  cpu: (inputs, outputs, attrs) =>
    hostPlan(
      randomOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('random', { n: sizeOf(attrs.shape), distribution: onDevice(attrs.distribution) }),
    ),
});

export interface RandomOptions {
  /** Where the numbers are made. Default: the backend of a key that is a tensor, else the current one. */
  readonly backend?: Backend;
}

const random = (
  op: string,
  key: RngKey | Tensor,
  shape: Shape,
  distribution: Distribution,
  dtype: DType | 'float',
  options: RandomOptions,
): Tensor => {
  checkShape(op, shape);
  const own = key instanceof Tensor ? key.backend : undefined;
  const backend = options.backend ?? own ?? currentBackend();
  if (own !== undefined && own !== backend) {
    throw new BackendError(op, `the key lives on ${own.name} and not on ${backend.name}; move one of them`);
  }
  return scope(() =>
    apply(randomOp, [keyAsTensor(op, key, backend)], {
      shape: [...shape],
      dtype: dtype === 'float' ? backend.floatDType : dtype,
      distribution,
    }),
  );
};

/** The numbers of `uniform`, on [0, 1), from a key that may be a tensor u32 [2]: a captured step replays with its contents. */
export const uniformByKey = (key: RngKey | Tensor, shape: Shape, options: RandomOptions = {}): Tensor =>
  random('uniformByKey', key, shape, { kind: 'uniform' }, 'float', options);

/** The numbers of `normal`, of mean 0 and deviation 1, from a key that may be a tensor u32 [2]. */
export const normalByKey = (key: RngKey | Tensor, shape: Shape, options: RandomOptions = {}): Tensor =>
  random('normalByKey', key, shape, { kind: 'normal' }, 'float', options);

/** True with probability p in [0, 1], as bool; where `dropout` of the same key and p drops. Key: two words or a tensor u32 [2]. */
export const bernoulli = (key: RngKey | Tensor, shape: Shape, p: number, options: RandomOptions = {}): Tensor => {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError('bernoulli', `p must be in [0, 1], came ${p}`);
  return random('bernoulli', key, shape, { kind: 'bernoulli', p }, 'bool', options);
};

/** Whole numbers from `low` to `high` - 1, each as likely, as i32. Key: two words or a tensor u32 [2]. */
export const randomIntegers = (
  key: RngKey | Tensor,
  shape: Shape,
  low: number,
  high: number,
  options: RandomOptions = {},
): Tensor => {
  const whole = Number.isInteger(low) && Number.isInteger(high);
  if (!(whole && low >= -(2 ** 31) && high <= 2 ** 31 && low < high)) {
    throw new ArgumentError(
      'randomIntegers',
      `expected whole numbers low < high from -2^31 to 2^31, came ${low} and ${high}`,
    );
  }
  return random('randomIntegers', key, shape, { kind: 'integers', low, high }, 'i32', options);
};

export interface TruncatedNormalOptions extends RandomOptions {
  /** Of the distribution before it is cut. Default 0. */
  readonly mean?: number;
  /** Of the distribution before it is cut. Default 1. */
  readonly std?: number;
  /** Bounds of the result, not in deviations. Default -2 and 2. */
  readonly low?: number;
  readonly high?: number;
}

/**
 * Normal numbers given that they lie between `low` and `high` (torch.nn.init.trunc_normal_), by the inverse of the
 * distribution function. Key: two words or a tensor u32 [2]. Throws where the bounds hold less than 1e-8 of the
 * distribution.
 */
export const truncatedNormalByKey = (
  key: RngKey | Tensor,
  shape: Shape,
  { mean = 0, std = 1, low = -2, high = 2, ...options }: TruncatedNormalOptions = {},
): Tensor => {
  if (!(Number.isFinite(mean) && Number.isFinite(std) && std > 0 && low < high)) {
    throw new ArgumentError(
      'truncatedNormalByKey',
      `expected a finite mean, std > 0 and low < high, came mean ${mean}, std ${std}, low ${low}, high ${high}`,
    );
  }
  if (!(shareBetween((low - mean) / std, (high - mean) / std).share >= 1e-8)) {
    throw new ArgumentError(
      'truncatedNormalByKey',
      `next to nothing of mean ${mean} and std ${std} lies between ${low} and ${high}; move the bounds nearer`,
    );
  }
  return random(
    'truncatedNormalByKey',
    key,
    shape,
    { kind: 'truncatedNormal', mean, std, low, high },
    'float',
    options,
  );
};

/** 0 to n - 1 in random order, as i32 [n]; ids for indexSelect(). Key: two words or a tensor u32 [2]. */
export const permutation = (key: RngKey | Tensor, n: number, options: RandomOptions = {}): Tensor => {
  if (!(Number.isInteger(n) && n >= 0 && n < 2 ** 31)) {
    throw new ArgumentError('permutation', `n must be a whole number >= 0, came ${n}`);
  }
  return random('permutation', key, [n], { kind: 'permutation' }, 'i32', options);
};
