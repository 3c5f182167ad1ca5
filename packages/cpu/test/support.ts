// Runs one kernel on the backend and on the oracle, and compares. Operands carry guard elements that must not change.

import {
  arrayOf,
  type Backend,
  type BufferView,
  type CpuKernelArgs,
  type CpuKernelName,
  type DType,
  type NumericArray,
} from '@omnigrad/tensor';
import {
  dtypeOf,
  expectClose,
  guardBits,
  guardElements,
  type KernelCase,
  type KernelHarness,
  type Operand,
  type OracleKernel,
  oracle,
  singleKernel,
  type Tolerance,
} from '@omnigrad/tensor/testing';
import { expect, it } from 'vitest';
import { createCpuBackend } from '../src/index.ts';

export {
  drawIntegers as integers,
  drawNormals as normals,
  exact,
  expectClose,
  few,
  rounding,
  type Tolerance,
} from '@omnigrad/tensor/testing';

/** One backend for a whole test file: each holds a memory of its own. */
export const backend: Backend = createCpuBackend({ threads: 1 });

/** The same with threads that share all they can, however small, and other tiles. In a page that may not share memory: one thread. */
const threaded: readonly Backend[] = [
  createCpuBackend({ threads: 2, shareFrom: 0, tileRows: 5 }),
  createCpuBackend({ threads: 4, shareFrom: 0, tileRows: 8 }),
];

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
    const handle = on.allocate((data.length + 2 * guardElements) * 4, false);
    on.upload(handle, 0, new Uint32Array(data.length + 2 * guardElements).fill(guardBits));
    on.upload(handle, guardElements * 4, data);
    return { handle, byteOffset: guardElements * 4, shape: [data.length], dtype: dtypeOf(data) };
  });
  on.run(singleKernel(name, operands.length, args), views, [], null);
  const results = views.map((view, i) => {
    const result = on.readSync(view);
    const after = on.readSync({
      ...view,
      byteOffset: view.byteOffset + operands[i].length * 4,
      shape: [guardElements],
      dtype: 'u32',
    });
    const ahead = on.readSync({ ...view, byteOffset: 0, shape: [guardElements], dtype: 'u32' });
    for (const side of [ahead, after]) {
      if (side.some((bits) => bits !== guardBits)) throw new Error(`${name} wrote outside operand ${i}`);
    }
    on.release(view.handle);
    return result;
  });
  expect(on.memory().inUse).toBe(before);
  return results;
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

export const harness: KernelHarness = {
  denormals: true,
  farAngles: false,
  tailError: 1.2e-6,
  run: (name, operands, args) => runKernel(name, operands, args),
  check: checkKernel,
};

/** A test for each of the cases that all backends share. */
export const testCases = (cases: readonly KernelCase[]): void => {
  for (const { title, holds } of cases) it(title, () => holds(harness));
};
