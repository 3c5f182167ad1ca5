// Kernels over rows on every way that they may go: as the adapter wants them (one subgroup a row on SwiftShader), with several subgroups a row,
// without subgroups, and as on an adapter whose workgroups hold short rows only, so that longer ones go by parts.

import { type CpuCall, type CpuKernelArgs, type CpuKernelName, call, input, type NumericArray } from '@omnigrad/tensor';
import { type Operand, type OracleKernel, oracle } from '@omnigrad/tensor/testing';
import { leastAbilities } from '../src/abilities.ts';
import { createWebGpuBackend, type WebGpuBackendInstance } from '../src/index.ts';
import { launchOf } from '../src/kernels/table.ts';
import { backend, expectClose, runKernel, type Tolerance } from './support.ts';

/** A backend that plans for other abilities than it has. */
export const withAbilities = async (
  abilities: Partial<WebGpuBackendInstance['abilities']>,
): Promise<WebGpuBackendInstance> => {
  const made = await createWebGpuBackend({ software: true });
  return Object.assign(made, { abilities: { ...made.abilities, ...abilities } });
};

/** The subgroups are those of the adapter whatever is said here, and the kernels ask for their size. */
const wide = await withAbilities({ subgroups: { least: 4, most: 32 } });
const plain = await withAbilities({ subgroups: null });
/** Rows above 1024 elements are long. */
const narrow = await withAbilities({ subgroups: null, workgroupSize: 64 });

export const backends: readonly WebGpuBackendInstance[] = [backend, wide, plain, narrow];

const callOf = <K extends CpuKernelName>(kernel: K, args: CpuKernelArgs[K], operands: number): CpuCall =>
  call(
    kernel,
    Array.from({ length: operands }, (_, i) => input(i)),
    args,
  );

/** Those of `on` that go different ways. */
const different = <K extends CpuKernelName>(
  name: K,
  args: CpuKernelArgs[K],
  operands: number,
  on: readonly WebGpuBackendInstance[],
): WebGpuBackendInstance[] => {
  const ways = on.map(({ abilities }) => JSON.stringify(launchOf(name, callOf(name, args, operands), abilities)));
  return on.filter((_, i) => ways.indexOf(ways[i]) === i);
};

/** Runs kernel and oracle on the same operands, on every backend, and compares all of them afterwards. */
export const checkRows = async <K extends OracleKernel>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  tolerance: Tolerance,
  on: readonly WebGpuBackendInstance[] = backends,
): Promise<NumericArray[]> => {
  const expected: Operand[] = operands.map((data) => Float64Array.from(data));
  oracle[name](expected, args);
  let last: NumericArray[] = [];
  for (const each of different(name, args, operands.length, on)) {
    last = await runKernel(name, operands, args, each);
    for (const [i, data] of last.entries()) {
      const label = `${name} operand ${i} on backend ${on.indexOf(each)} with ${JSON.stringify(args)}`;
      expectClose(label, data, expected[i], tolerance);
    }
  }
  return last;
};

/** For the checks that all backends share. */
export const everyWay = { check: checkRows };

/** What `operand` holds afterwards, in every way. */
export const resultsOf = async <K extends CpuKernelName>(
  name: K,
  operands: readonly NumericArray[],
  args: CpuKernelArgs[K],
  operand: number,
): Promise<number[][]> => {
  const results: number[][] = [];
  for (const each of different(name, args, operands.length, backends)) {
    results.push(Array.from((await runKernel(name, operands, args, each))[operand]));
  }
  return results;
};

export const zeros = (n: number): Float32Array => new Float32Array(n);

/** What a call asks of an adapter that can do the least, or of another. */
export const plan = <K extends CpuKernelName>(
  kernel: K,
  args: CpuKernelArgs[K],
  operands: number,
  abilities: Partial<WebGpuBackendInstance['abilities']> = {},
) =>
  launchOf(kernel, callOf(kernel, args, operands), {
    ...leastAbilities,
    ...abilities,
  });

/** Files and constants of a call, which shapes of one class share. */
export const pipelinesOf = (launch: ReturnType<typeof plan>): string =>
  JSON.stringify(launch.dispatches.map(({ wgsl, entry, constants }) => [wgsl, entry, constants]));
