// What a kernel is here: jobs, which are WebAssembly functions over a range of units, and a host function that turns the
// arguments of a CpuKernel into launches of them. Families of kernels come in files of their own; table.ts joins them.
//
// Every job has one signature, job(params, begin, end, workspace): `params` is where its parameters lie in memory, and
// [begin, end) are the units to do. Units are independent, and what a unit writes does not depend on the ranges: any split
// over threads gives the same bytes.

import type { CpuKernelArgs, CpuKernelName } from '@omnigrad/tensor';
import {
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f64,
  i32,
  type Local,
  type ModuleBuilder,
  type ParamLocals,
} from '../emitter/index.ts';
import { paramBytes } from '../layout.ts';

export interface EmitOptions {
  /** Use relaxed fused multiply-add in matrix products: faster, and other last bits on other machines. */
  readonly relaxedSimd: boolean;
  /** Rows of a tile of a matrix product: as many sums as the engine keeps in registers. No part of any bytes. */
  readonly panelRows: 4 | 5 | 6 | 8;
}

/** The usual rows of a tile on x86, where a sum with two roundings needs a register more. */
export const tileRowsOf = (relaxedSimd: boolean): EmitOptions['panelRows'] => (relaxedSimd ? 6 : 4);

type ParamType = 'i32' | 'f32' | 'f64';
export type JobParams = { readonly [name: string]: ParamType };

/** The units to do, and memory of the running thread alone. */
export interface Range {
  readonly begin: Local<'i32'>;
  readonly end: Local<'i32'>;
  /** Address of `workspaceBytes` bytes. */
  readonly workspace: Local<'i32'>;
}

export interface JobTools {
  readonly m: ModuleBuilder;
  readonly options: EmitOptions;
}

export interface Job<P extends JobParams = JobParams> {
  readonly name: string;
  readonly params: P;
  /** Of the parameters, in their order. */
  readonly names: readonly string[];
  /** The types of the parameters in their order, and the place of each in the parameter block. */
  readonly slots: readonly Slot[];
  readonly define: (tools: JobTools) => FunctionRef<'none'>;
}

interface Slot {
  readonly type: ParamType;
  /** Bytes from the begin of the block, which is aligned to 8. */
  readonly offset: number;
}

const slotsOf = (params: JobParams): Slot[] => {
  let end = 0;
  return Object.values(params).map((type) => {
    const width = type === 'f64' ? 8 : 4;
    const offset = Math.ceil(end / width) * width;
    end = offset + width;
    return { type, offset };
  });
};

const loads = { i32: i32.load, f32: f32.load, f64: f64.load } as const;

export const jobSignature = ['i32', 'i32', 'i32', 'i32'] as const;

export const defineJob = <P extends JobParams>(
  name: string,
  params: P,
  body: (f: FunctionBuilder, p: ParamLocals<P>, range: Range, tools: JobTools) => void,
): Job<P> => {
  const slots = slotsOf(params);
  if ((slots.at(-1)?.offset ?? 0) + 8 > paramBytes) throw new Error(`emitter: ${name} has too many parameters`);
  const define = (tools: JobTools): FunctionRef<'none'> =>
    tools.m.func(
      name,
      { params: 'i32', begin: 'i32', end: 'i32', workspace: 'i32' },
      (f, { params: block, ...range }) => {
        const locals = {} as { [K in keyof P]: Local<P[K]> };
        for (const [i, key] of Object.keys(params).entries()) {
          const at: keyof P = key;
          const { type, offset } = slots[i];
          locals[at] = f.let(loads[type](block, offset)) as Local<P[typeof at]>;
        }
        body(f, locals, range, tools);
      },
    );
  return { name, params, names: Object.keys(params), slots, define };
};

/** One job to run. */
export interface Launch {
  readonly job: Job;
  /** In the order of the job's parameters. */
  readonly values: readonly number[];
  readonly units: number;
  /** Rough nanoseconds of one unit on one core: decides whether threads help. */
  readonly cost: number;
  /** Units depend on each other: one thread does them in order. */
  readonly serial?: boolean;
}

/** Work of the host between launches. */
export interface HostStep {
  readonly run: () => void;
}

export type Step = Launch | HostStep;

/** `cost` is in nanoseconds a unit. */
export const launch = <P extends JobParams>(
  job: Job<P>,
  values: { readonly [K in keyof P]: number },
  units: number,
  cost: number,
): Launch => {
  const byName: { readonly [name: string]: number } = values;
  return { job, values: job.names.map((name) => byName[name]), units, cost };
};

/** What a launch may ask of the backend. */
export interface LaunchContext {
  readonly options: EmitOptions;
  /** Address of `bytes` bytes that stay until the next kernel asks. */
  scratch(bytes: number): number;
  /** The memory of all operands; another object after it has grown. */
  buffer(): ArrayBufferLike;
}

/** `at` holds the byte address of every operand, in the order of CpuKernelArgs. */
export type KernelTable = {
  readonly [K in CpuKernelName]: (
    at: readonly number[],
    args: CpuKernelArgs[K],
    context: LaunchContext,
  ) => readonly Step[];
};

export interface KernelFamily<K extends CpuKernelName> {
  readonly jobs: readonly Job[];
  readonly launches: Pick<KernelTable, K>;
}

/** One job per name. */
export const jobsByName = <N extends string, P extends JobParams>(
  names: readonly N[],
  make: (name: N) => Job<P>,
): { readonly [K in N]: Job<P> } => {
  const out: Partial<Record<N, Job<P>>> = {};
  for (const name of names) out[name] = make(name);
  return out as { readonly [K in N]: Job<P> };
};

/** Moves pointers to the first unit of the range: `bytes` each unit. */
export const skipTo = (
  f: FunctionBuilder,
  { begin }: Range,
  pointers: readonly (readonly [pointer: Local<'i32'>, bytes: Local<'i32'> | number])[],
): void => {
  for (const [pointer, bytes] of pointers) f.advance(pointer, i32.mul(begin, bytes));
};

/** Number of units in the range. */
export const countOf = (f: FunctionBuilder, { begin, end }: Range): Local<'i32'> => f.let(i32.sub(end, begin));
