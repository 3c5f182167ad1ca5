// Tensors from nothing: constants and random numbers from explicit keys.

import type { Backend, Kernel, TensorSpec } from './backend.ts';
import { call, cpuPlan, output } from './cpu-plan.ts';
import type { DType } from './dtype.ts';
import { BackendError } from './errors.ts';
import { applyInPlace } from './op.ts';
import { type RngKey, randomNormal, randomUniform } from './rng.ts';
import { checkShape, type Shape, sizeOf } from './shape.ts';
import { allocateTensor, currentBackend, type Tensor, type TensorOptions, tensor } from './tensor.ts';

const lanes = new DataView(new ArrayBuffer(4));

/** The 32 bits that hold `value` in `dtype`, as a u32. */
export const bitsOf = (dtype: DType, value: number): number => {
  switch (dtype) {
    case 'f32':
      lanes.setFloat32(0, value);
      break;
    case 'i32':
      lanes.setInt32(0, value);
      break;
    case 'u32':
      lanes.setUint32(0, value);
      break;
    case 'bool':
      lanes.setUint32(0, value === 0 ? 0 : 1);
      break;
    case 'f64':
      throw new BackendError('fill', 'f64 has no 32-bit form');
  }
  return lanes.getUint32(0);
};

export const fillKernel: Kernel<{ readonly value: number }> = {
  name: 'fill',
  reference: (_inputs, [out], { value }) => {
    out.data.fill(value);
  },
  cpu: (_inputs, [out], { value }) =>
    cpuPlan([call('fill', [output(0)], { n: sizeOf(out.shape), offset: 0, bits: bitsOf(out.dtype, value) })]),
};

/** Sets every element of `target`, in place: for arenas and fresh tensors only. */
export const fill = (target: Tensor, value: number): void => applyInPlace(fillKernel, [], [target], { value });

/** A tensor of one value. */
export const full = (shape: Shape, value: number, options: TensorOptions = {}): Tensor => {
  checkShape('full', shape);
  const backend: Backend = options.backend ?? currentBackend();
  const spec: TensorSpec = { shape: [...shape], dtype: options.dtype ?? backend.floatDType };
  const out = allocateTensor(backend, spec);
  fill(out, value);
  return out;
};

export const zeros = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 0, options);
export const ones = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 1, options);

/** A scalar in the dtype and on the backend of `like`: how numbers enter an op. */
export const scalarLike = (value: number, like: Tensor): Tensor =>
  full([], value, { dtype: like.dtype, backend: like.backend });

/** Standard normal numbers from `key`. */
export const normal = (key: RngKey, shape: Shape, options: TensorOptions = {}): Tensor =>
  tensor(randomNormal(key, shape), shape, options);

/** Uniform numbers on [0, 1) from `key`. */
export const uniform = (key: RngKey, shape: Shape, options: TensorOptions = {}): Tensor =>
  tensor(randomUniform(key, shape), shape, options);
