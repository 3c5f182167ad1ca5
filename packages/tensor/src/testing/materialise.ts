// Samples as tensors: the same float32 numbers on every backend.

import type { Backend } from '../backend.ts';
import { arrayOf, type DType, type NumericArray } from '../dtype.ts';
import { foldKey, type RngKey, randomUniform, rngKey } from '../rng.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { type Tensor, tensor } from '../tensor.ts';
import type { SampleTensor } from './sample.ts';

const seed = rngKey(20240607);

/** `n` float32 numbers on [low, high). */
export const drawn = (key: RngKey, n: number, low = -2, high = 2): Float32Array =>
  randomUniform(key, n).map((u) => low + u * (high - low));

const elements = (name: string, index: number, x: SampleTensor, dtype: DType): NumericArray => {
  const n = sizeOf(x.shape);
  const array = arrayOf(dtype, n);
  const [low, high] = x.range ?? (dtype === 'u32' ? [0, 10] : dtype === 'i32' ? [-9, 10] : [-2, 2]);
  const draw = (from: number, to: number): Float32Array => drawn(foldKey(seed, name, index), n, from, to);
  if (x.values !== undefined) {
    if (x.values.length !== n)
      throw new Error(`${name}: input ${index} has ${x.values.length} values for [${x.shape}]`);
    array.set(x.values.map((v) => (dtype === 'f64' ? Math.fround(v) : v)));
  } else if (x.idsBelow !== undefined) array.set(draw(0, x.idsBelow).map(Math.floor));
  else if (dtype === 'bool') array.set(draw(0, 1).map((u) => (u < 0.6 ? 1 : 0)));
  else array.set(dtype === 'i32' || dtype === 'u32' ? draw(low, high).map(Math.floor) : draw(low, high));
  return array;
};

/** The inputs of the sample `name` on `backend`. */
export const materialise = (backend: Backend, name: string, inputs: readonly SampleTensor[]): Tensor[] =>
  inputs.map((x, index) => {
    const dtype = x.dtype ?? (x.idsBelow === undefined ? backend.floatDType : 'i32');
    return tensor(elements(name, index, x, dtype), x.shape, { dtype, backend });
  });

/** Weights on [-1, 1) that make a scalar of a result, so that no gradient is the same for all elements. */
export const weightsFor = (backend: Backend, name: string, shape: Shape): Tensor =>
  tensor(drawn(foldKey(seed, name, 'weights'), sizeOf(shape), -1, 1), shape, { backend, dtype: backend.floatDType });
