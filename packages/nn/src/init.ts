// Initialisers: host numbers from an explicit key.

import { foldKey, type RngKey, randomNormal, randomUniform, type Shape, sizeOf } from '@omnigrad/tensor';

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

/** Uniform on ±√(6 / (in + out)) for weights [in, out] (Glorot and Bengio 2010). */
export const xavierUniform: Init = (key, shape) => {
  const [fanIn, fanOut] = shape.slice(-2);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return randomUniform(key, shape).map((u) => bound * (2 * u - 1));
};

/** The given numbers, for fixed tables. */
export const fixed =
  (values: Float32Array): Init =>
  () =>
    values;
