// Runs one kernel on the GPU and on the oracle, and compares. Operands carry guard elements that must not change.

import type { BufferView, CpuKernelArgs, CpuKernelName, NumericArray } from '@omnigrad/tensor';
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
import { createWebGpuBackend, type WebGpuBackendInstance } from '../src/index.ts';

export {
  drawIntegers as integers,
  drawNormals as normals,
  exact,
  expectClose,
  few,
  generator as random,
  rounding,
  type Tolerance,
} from '@omnigrad/tensor/testing';

/** One backend for a whole test file. */
export const backend: WebGpuBackendInstance = await createWebGpuBackend({ software: true });

/** Runs `name` once on copies of `operands` and returns what they hold afterwards. Fails if a guard changed. */
export const runKernel = async <K extends CpuKernelName>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  on: WebGpuBackendInstance = backend,
): Promise<NumericArray[]> => {
  const before = on.memory().inUse;
  const views: BufferView[] = operands.map((data) => {
    const handle = on.allocate((data.length + 2 * guardElements) * 4, false);
    on.upload(handle, 0, new Uint32Array(data.length + 2 * guardElements).fill(guardBits));
    on.upload(handle, guardElements * 4, data);
    return { handle, byteOffset: guardElements * 4, shape: [data.length], dtype: dtypeOf(data) };
  });
  on.run(singleKernel(name, operands.length, args), views, [], null);
  const reads = views.map((view, i) => ({
    result: on.read(view),
    ahead: on.read({ ...view, byteOffset: 0, shape: [guardElements], dtype: 'u32' }),
    after: on.read({
      ...view,
      byteOffset: view.byteOffset + operands[i].length * 4,
      shape: [guardElements],
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

export const harness: KernelHarness = {
  denormals: false,
  farAngles: true,
  tailError: 1e-6,
  run: (name, operands, args) => runKernel(name, operands, args),
  check: checkKernel,
};

/** A test for each of the cases that all backends share. */
export const testCases = (cases: readonly KernelCase[]): void => {
  for (const { title, holds } of cases) it(title, () => holds(harness));
};
