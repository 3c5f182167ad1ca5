// Runs one kernel on the GPU and on the oracle, and compares. Operands carry guard elements that must not change.

import {
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
import { createWebGpuBackend, type WebGpuBackendInstance } from '../src/index.ts';

/** One backend for a whole test file. */
export const backend: WebGpuBackendInstance = await createWebGpuBackend({ software: true });

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

/** Runs `name` once on copies of `operands` and returns what they hold afterwards. Fails if a guard changed. */
export const runKernel = async <K extends CpuKernelName>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  on: WebGpuBackendInstance = backend,
): Promise<NumericArray[]> => {
  const before = on.memory().inUse;
  const views: BufferView[] = operands.map((data) => {
    const handle = on.allocate((data.length + 2 * guard) * 4, false);
    on.upload(handle, 0, new Uint32Array(data.length + 2 * guard).fill(guardBits));
    on.upload(handle, guard * 4, data);
    return { handle, byteOffset: guard * 4, shape: [data.length], dtype: dtypeOf(data) };
  });
  on.run(kernelOf(name, operands.length, args), views, [], null);
  const reads = views.map((view, i) => ({
    result: on.read(view),
    ahead: on.read({ ...view, byteOffset: 0, shape: [guard], dtype: 'u32' }),
    after: on.read({
      ...view,
      byteOffset: view.byteOffset + operands[i].length * 4,
      shape: [guard],
      dtype: 'u32',
    }),
  }));
  for (const view of views) on.release(view.handle);
  const results: NumericArray[] = [];
  for (const [i, { result, ahead, after }] of reads.entries()) {
    for (const side of [await ahead, await after]) {
      if (side.some((bits) => bits !== guardBits)) throw new Error(`${name} wrote outside operand ${i}`);
    }
    results.push(await result);
  }
  expect(on.memory().inUse).toBe(before);
  return results;
};

export interface Tolerance {
  /** Allowed |error| relative to the expected value, and absolutely. */
  readonly relative: number;
  readonly absolute: number;
}

export const exact: Tolerance = { relative: 0, absolute: 0 };
/** One or two roundings. WebGPU may flush numbers below the smallest normal one to 0. */
export const rounding: Tolerance = { relative: 2.4e-7, absolute: 1.2e-38 };
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
export const checkKernel = async <K extends OracleKernel>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  tolerance: Tolerance,
): Promise<NumericArray[]> => {
  const expected: Operand[] = operands.map((data) => Float64Array.from(data));
  oracle[name](expected, args);
  const got = await runKernel(name, operands, args);
  for (const [i, data] of got.entries()) expectClose(`${name} operand ${i}`, data, expected[i], tolerance);
  return got;
};
