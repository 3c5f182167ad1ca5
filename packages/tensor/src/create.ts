// Tensors from nothing: constants and random numbers from explicit keys.

import type { Backend, Kernel, TensorSpec } from './backend.ts';
import { call, cpuPlan, output } from './cpu-plan.ts';
import { arrayOf, type DType, isFloat } from './dtype.ts';
import { ArgumentError, BackendError } from './errors.ts';
import { applyInPlace } from './op.ts';
import { type RngKey, randomNormal, randomUniform } from './rng.ts';
import { checkShape, type Shape, sizeOf } from './shape.ts';
import { allocateTensor, currentBackend, reshapeView, type Tensor, type TensorOptions, tensor } from './tensor.ts';

const integerRange: { readonly [D in 'i32' | 'u32' | 'bool']: readonly [number, number] } = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

/** A number that becomes an element of `dtype`: any for floats, a whole number in range for the others. */
export const checkNumber = (op: string, value: number, dtype: DType): void => {
  if (isFloat(dtype)) return;
  const [low, high] = integerRange[dtype];
  if (!(Number.isInteger(value) && value >= low && value <= high)) {
    throw new ArgumentError(op, `${value} is no ${dtype}: expected a whole number from ${low} to ${high}`);
  }
};

const lanes = new DataView(new ArrayBuffer(4));

/** The 32 bits that hold `value` in `dtype`, as a u32. */
export const bitsOf = (dtype: DType, value: number): number => {
  checkNumber('fill', value, dtype);
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
export const fill = (target: Tensor, value: number): void => {
  checkNumber('fill', value, target.dtype);
  applyInPlace(fillKernel, [], [target], { value });
};

/** A tensor of one value. */
export const full = (shape: Shape, value: number, options: TensorOptions = {}): Tensor => {
  checkShape('full', shape);
  const backend: Backend = options.backend ?? currentBackend();
  const spec: TensorSpec = { shape: [...shape], dtype: options.dtype ?? backend.floatDType };
  checkNumber('full', value, spec.dtype);
  const out = allocateTensor(backend, spec);
  fill(out, value);
  return out;
};

export const zeros = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 0, options);
export const ones = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 1, options);

/** A scalar in the dtype and on the backend of `like`: how numbers enter an op. */
export const scalarLike = (value: number, like: Tensor): Tensor =>
  full([], value, { dtype: like.dtype, backend: like.backend });

/** A tensor of one value with the shape, dtype (unless given) and backend of `like`. */
export const fullLike = (like: Tensor, value: number, options: TensorOptions = {}): Tensor =>
  full(like.shape, value, { dtype: like.dtype, backend: like.backend, ...options });
export const zerosLike = (like: Tensor, options: TensorOptions = {}): Tensor => fullLike(like, 0, options);
export const onesLike = (like: Tensor, options: TensorOptions = {}): Tensor => fullLike(like, 1, options);

/** A vector of n values made on the host. */
const generated = (op: string, n: number, at: (i: number) => number, options: TensorOptions): Tensor => {
  const backend = options.backend ?? currentBackend();
  const dtype = options.dtype ?? backend.floatDType;
  const data = arrayOf(dtype, n);
  for (let i = 0; i < n; i++) {
    const value = at(i);
    checkNumber(op, value, dtype);
    data[i] = value;
  }
  return tensor(data, [n], { dtype, backend });
};

/**
 * start, start + step, ... below `end` (above it where step < 0): `arange(n)`, `arange(start, end)`, `arange(start, end, step)`.
 * ceil((end - start) / step) elements, of the backend's float type unless `dtype` says another.
 */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(...args: readonly (number | TensorOptions | undefined)[]): Tensor {
  const numbers = args.filter((x) => typeof x === 'number');
  const options = args.find((x) => typeof x === 'object') ?? {};
  const [start, end, step = 1] = numbers.length === 1 ? [0, numbers[0]] : numbers;
  const n = Math.max(0, Math.ceil((end - start) / step));
  if (!Number.isFinite(start) || !Number.isFinite(end) || !Number.isFinite(step) || step === 0 || n > 2 ** 31) {
    throw new ArgumentError('arange', `${start} to ${end} in steps of ${step} is no finite range`);
  }
  checkShape('arange', [n]);
  return generated('arange', n, (i) => start + i * step, options);
}

/** `count` numbers from `start` to `end`, both included, at even distances. */
export const linspace = (start: number, end: number, count: number, options: TensorOptions = {}): Tensor => {
  if (!Number.isFinite(start) || !Number.isFinite(end) || !Number.isInteger(count) || count < 0) {
    throw new ArgumentError('linspace', `${count} numbers from ${start} to ${end} are no finite range`);
  }
  // From the nearer end, so that both ends are exact.
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  checkShape('linspace', [count]);
  return generated(
    'linspace',
    count,
    (i) => (2 * i < count ? start + i * step : end - (count - 1 - i) * step),
    options,
  );
};

/** Ones on the diagonal of a matrix [rows, columns] (default square), zeros elsewhere. */
export const eye = (rows: number, columns = rows, options: TensorOptions = {}): Tensor => {
  checkShape('eye', [rows, columns]);
  const flat = generated('eye', rows * columns, (i) => (Math.floor(i / columns) === i % columns ? 1 : 0), options);
  const out = reshapeView(flat, [rows, columns]);
  flat.dispose();
  return out;
};

/** Standard normal numbers from `key`. */
export const normal = (key: RngKey, shape: Shape, options: TensorOptions = {}): Tensor =>
  tensor(randomNormal(key, shape), shape, options);

/** Uniform numbers on [0, 1) from `key`. */
export const uniform = (key: RngKey, shape: Shape, options: TensorOptions = {}): Tensor =>
  tensor(randomUniform(key, shape), shape, options);
