// Runs one kernel on the backend and on the oracle, and compares. Operands carry guard elements that must not change.

import {
  arrayOf,
  type Backend,
  type BufferView,
  type CpuKernelArgs,
  type CpuKernelName,
  call,
  cpuPlan,
  type DType,
  input,
  type Kernel,
  type NumericArray,
} from '@omnigrad/tensor';
import { type Operand, type OracleKernel, oracle } from '@omnigrad/tensor/testing';
import { expect } from 'vitest';
import { createCpuBackend } from '../src/index.ts';

/** One backend for a whole test file: each holds a memory of its own. */
export const backend: Backend = createCpuBackend({ threads: 1 });

/** The same with threads that share all they can, however small, and other tiles. In a page that may not share memory: one thread. */
const threaded: readonly Backend[] = [
  createCpuBackend({ threads: 2, shareFrom: 0, tileRows: 5 }),
  createCpuBackend({ threads: 4, shareFrom: 0, tileRows: 8 }),
];

/** A small deterministic generator (a linear congruence, Knuth's MMIX constants). */
export const random = (seed: number): (() => number) => {
  let state = BigInt(seed) + 1n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 53;
  };
};

export const normals = (n: number, seed: number, scale = 1): Float32Array => {
  const next = random(seed);
  return Float32Array.from(
    { length: n },
    () => scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
};

export const integers = (n: number, seed: number, below: number): Int32Array => {
  const next = random(seed);
  return Int32Array.from({ length: n }, () => Math.floor(next() * below));
};

const dtypeOf = (data: NumericArray): DType =>
  data instanceof Float32Array
    ? 'f32'
    : data instanceof Int32Array
      ? 'i32'
      : data instanceof Uint32Array
        ? 'u32'
        : 'f64';

/** Elements before and after every operand; 64 keeps the 256-byte alignment of slots. */
const guard = 64;
const guardBits = 0x7fc0dead;

const kernelOf = <K extends CpuKernelName>(name: K, count: number, args: CpuKernelArgs[K]): Kernel<null> => ({
  name,
  reference: () => undefined,
  cpu: () =>
    cpuPlan([
      call(
        name,
        Array.from({ length: count }, (_, i) => input(i)),
        args,
      ),
    ]),
});

const sameBytes = (a: NumericArray, b: NumericArray): boolean => {
  const [x, y] = [a, b].map((data) => new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4));
  return x.every((word, i) => word === y[i]);
};

/**
 * Runs `name` once on copies of `operands` and returns what they hold afterwards. Fails if a guard changed, or if two or four
 * threads give other bytes.
 */
export const runKernel = <K extends CpuKernelName>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  on?: Backend,
): NumericArray[] => {
  if (on !== undefined) return runOn(on, name, operands, args);
  const results = runOn(backend, name, operands, args);
  for (const [t, other] of threaded.entries()) {
    const again = runOn(other, name, operands, args);
    for (const [i, result] of results.entries()) {
      if (!sameBytes(result, again[i]))
        throw new Error(`${name}: operand ${i} has other bytes with ${[2, 4][t]} threads`);
    }
  }
  return results;
};

const runOn = <K extends CpuKernelName>(
  on: Backend,
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
): NumericArray[] => {
  const before = on.memory().inUse;
  const views: BufferView[] = operands.map((data) => {
    const handle = on.allocate((data.length + 2 * guard) * 4, false);
    on.upload(handle, 0, new Uint32Array(data.length + 2 * guard).fill(guardBits));
    on.upload(handle, guard * 4, data);
    return { handle, byteOffset: guard * 4, shape: [data.length], dtype: dtypeOf(data) };
  });
  on.run(kernelOf(name, operands.length, args), views, [], null);
  const results = views.map((view, i) => {
    const result = on.readSync(view);
    const after = on.readSync({
      ...view,
      byteOffset: view.byteOffset + operands[i].length * 4,
      shape: [guard],
      dtype: 'u32',
    });
    const ahead = on.readSync({ ...view, byteOffset: 0, shape: [guard], dtype: 'u32' });
    for (const side of [ahead, after]) {
      if (side.some((bits) => bits !== guardBits)) throw new Error(`${name} wrote outside operand ${i}`);
    }
    on.release(view.handle);
    return result;
  });
  expect(on.memory().inUse).toBe(before);
  return results;
};

export interface Tolerance {
  /** Allowed |error| relative to the expected value, and absolutely. */
  readonly relative: number;
  readonly absolute: number;
}

export const exact: Tolerance = { relative: 0, absolute: 0 };
/** One or two roundings. */
export const rounding: Tolerance = { relative: 2.4e-7, absolute: 1e-37 };
export const few: Tolerance = { relative: 1e-6, absolute: 1e-7 };

export const expectClose = (label: string, got: NumericArray, want: ArrayLike<number>, t: Tolerance): void => {
  for (let i = 0; i < want.length; i++) {
    const expected = got instanceof Float32Array ? Math.fround(want[i]) : want[i];
    const same = Object.is(got[i], expected) || got[i] === expected;
    const error = Math.abs(got[i] - want[i]);
    if (!same && !(error <= t.absolute + t.relative * Math.abs(want[i]))) {
      throw new Error(`${label}[${i}]: got ${got[i]}, expected ${expected}, error ${error}`);
    }
  }
};

/** Runs kernel and oracle on the same operands and compares all of them afterwards. */
export const checkKernel = <K extends OracleKernel>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  tolerance: Tolerance,
): NumericArray[] => {
  const expected: Operand[] = operands.map((data) => Float64Array.from(data));
  oracle[name](expected, args);
  const got = runKernel(name, operands, args);
  for (const [i, data] of got.entries()) expectClose(`${name} operand ${i}`, data, expected[i], tolerance);
  return got;
};

export const zeros = (n: number, dtype: DType = 'f32'): NumericArray => arrayOf(dtype, n);
