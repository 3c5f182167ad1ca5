// Initialisers: host numbers from an explicit key.

import {
  ArgumentError,
  foldKey,
  type RngKey,
  randomNormal,
  randomUniform,
  type Shape,
  showShape,
  sizeOf,
} from '@omnigrad/tensor';

export type Init = (key: RngKey, shape: Shape) => Float32Array;

export const constant =
  (value: number): Init =>
  (_key, shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

export const zerosInit: Init = constant(0);
export const onesInit: Init = constant(1);

/** Normal of deviation `std` before draws beyond two deviations are drawn again: 0.88 std after it (BERT and ViT use 0.02). */
export const truncatedNormal =
  (std: number): Init =>
  (key, shape) => {
    const out = new Float32Array(sizeOf(shape));
    for (let n = 0, round = 0; n < out.length; round++) {
      for (const x of randomNormal(foldKey(key, round), out.length - n)) if (Math.abs(x) <= 2) out[n++] = std * x;
    }
    return out;
  };

/** Uniform on [low, high). */
export const uniformInit =
  (low: number, high: number): Init =>
  (key, shape) =>
    randomUniform(key, shape).map((u) => low + (high - low) * u);

const normalOf = (std: number, key: RngKey, shape: Shape): Float32Array => randomNormal(key, shape).map((x) => std * x);

/**
 * internal Terms of each output and uses of each input. Matrices are [in, out]; weights of convolutions [out, in, ...kernel],
 * and transposed ones are read in the same way, as PyTorch does.
 */
export const fansOf = (shape: Shape): { readonly fanIn: number; readonly fanOut: number } => {
  if (shape.length < 2) {
    throw new ArgumentError(
      'init',
      `a weight needs two axes, came ${showShape(shape)}; take constant() or uniformInit()`,
    );
  }
  const [first, second, ...kernel] = shape;
  if (kernel.length === 0) return { fanIn: first, fanOut: second };
  const taps = sizeOf(kernel);
  return { fanIn: second * taps, fanOut: first * taps };
};

/** Uniform on ±√(6 / (in + out)) (Glorot and Bengio 2010). */
export const xavierUniform: Init = (key, shape) => {
  const { fanIn, fanOut } = fansOf(shape);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return randomUniform(key, shape).map((u) => bound * (2 * u - 1));
};

/** Normal of variance 2 / (in + out) (Glorot and Bengio 2010). */
export const xavierNormal: Init = (key, shape) => {
  const { fanIn, fanOut } = fansOf(shape);
  return normalOf(Math.sqrt(2 / (fanIn + fanOut)), key, shape);
};

export interface KaimingOptions {
  /** What keeps its variance: activations ('fanIn') or gradients ('fanOut'). Default 'fanIn'. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** Slope a of the leaky ReLU behind the layer; √5 makes the bound 1 / √fanIn, PyTorch's default of a layer. Default 0, ReLU. */
  readonly negativeSlope?: number;
}

/** √(2 / ((1 + a²) fan)) (He et al. 2015). */
const kaimingStd = (shape: Shape, { mode = 'fanIn', negativeSlope = 0 }: KaimingOptions): number =>
  Math.sqrt(2 / ((1 + negativeSlope ** 2) * fansOf(shape)[mode]));

/** Uniform of variance 2 / ((1 + a²) fan), on ±√3 of its deviation (He et al. 2015). */
export const kaimingUniform =
  (options: KaimingOptions = {}): Init =>
  (key, shape) => {
    const bound = Math.sqrt(3) * kaimingStd(shape, options);
    return randomUniform(key, shape).map((u) => bound * (2 * u - 1));
  };

/** Normal of variance 2 / ((1 + a²) fan) (He et al. 2015). */
export const kaimingNormal =
  (options: KaimingOptions = {}): Init =>
  (key, shape) =>
    normalOf(kaimingStd(shape, options), key, shape);

/** Makes `rows` rows of n numbers orthonormal, in order; twice, so that rounding leaves nothing behind (Giraud et al. 2005). */
const orthonormalize = (a: Float64Array, rows: number, n: number): void => {
  const row = (i: number): Float64Array => a.subarray(i * n, (i + 1) * n);
  const dot = (x: Float64Array, y: Float64Array): number => {
    let total = 0;
    for (let k = 0; k < n; k++) total += x[k] * y[k];
    return total;
  };
  for (let i = 0; i < rows; i++) {
    const x = row(i);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const y = row(j);
        const along = dot(x, y);
        for (let k = 0; k < n; k++) x[k] -= along * y[k];
      }
    }
    const length = Math.sqrt(dot(x, x));
    for (let k = 0; k < n; k++) x[k] /= length;
  }
};

/**
 * `gain` times a matrix whose rows or columns, whichever are fewer, are orthonormal, every such matrix as likely as any other
 * (Saxe et al. 2014, torch.nn.init.orthogonal_). Axes from the second on are columns.
 */
export const orthogonal =
  (gain = 1): Init =>
  (key, shape) => {
    fansOf(shape);
    const rows = shape[0];
    const columns = sizeOf(shape.slice(1));
    const [fewer, more] = rows <= columns ? [rows, columns] : [columns, rows];
    const a = Float64Array.from(randomNormal(key, fewer * more));
    orthonormalize(a, fewer, more);
    return Float32Array.from({ length: fewer * more }, (_, i) => {
      // [fewer, more] is [rows, columns], or its transpose.
      const at = rows <= columns ? i : (i % columns) * more + Math.floor(i / columns);
      return gain * a[at];
    });
  };

/** The given numbers, for fixed tables. */
export const fixed =
  (values: Float32Array): Init =>
  () =>
    values;
