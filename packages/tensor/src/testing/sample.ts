// What a test of an op is made of: inputs as data, the call, and what must come out. A sample names no backend, so every
// backend is held to the same list. Samples lie beside their op, in ops/<op>/samples.ts.

import type { DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { OpClass } from './tolerances.ts';

/** An input. Without `values` its elements are drawn from a key made of op, sample and position; all fit float32. */
export interface SampleTensor {
  readonly shape: Shape;
  /** Default: the float type of the backend. */
  readonly dtype?: 'i32' | 'u32' | 'bool';
  readonly values?: readonly number[];
  /** Low (inclusive) and high (exclusive) of drawn floats and integers. Default -2 to 2. */
  readonly range?: readonly [number, number];
  /** Drawn ids: i32 from 0 to idsBelow - 1. */
  readonly idsBelow?: number;
}

export interface OpSample {
  readonly title: string;
  readonly inputs: readonly SampleTensor[];
  /** The shape that must come out, written down and not worked out. */
  readonly out: Shape;
  /** Default: the float type of the backend. */
  readonly outDType?: DType;
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /** The values that must come out, where they can be told by hand. */
  readonly expected?: readonly number[];
  /** Inputs whose gradient is checked; 'none' where there is none or the function has a kink there. Default: every float input. */
  readonly gradient?: 'none' | readonly number[];
  /** Terms summed into one element of the result: errors grow with its square root. Default 1. */
  readonly reduces?: number;
  /** Size of the terms of a sum whose result, all elements of it, may cancel to less: the error stays theirs. Default 0. */
  readonly terms?: number;
  /** Multiplies the tolerance of the table. Every use says why, with a number. */
  readonly tolerance?: number;
  /** False where the call has nothing to do and hands its input back. */
  readonly runsKernel?: false;
}

export interface ErrorSample {
  readonly title: string;
  readonly inputs: readonly SampleTensor[];
  readonly run: (inputs: readonly Tensor[]) => void;
  /** The whole text; `{float}` stands for the float type of the backend. */
  readonly message: string;
}

/** What a golden case was made with; which of these are there depends on the file. */
export interface GoldenParameters {
  readonly axes?: readonly number[];
  readonly axis?: number;
  readonly keepDims?: boolean;
  readonly correction?: number;
  /** A string where JSON has no number for it: 'Infinity'. */
  readonly p?: number | string;
  readonly descending?: boolean;
  readonly k?: number;
  readonly largest?: boolean;
  readonly q?: number;
  readonly eps?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly ignoreIndex?: number | null;
  readonly labelSmoothing?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly min?: number;
  readonly max?: number;
  readonly negativeSlope?: number;
  readonly weight?: number;
  readonly value?: number;
  readonly shape?: Shape;
  readonly starts?: readonly number[];
  readonly ends?: readonly number[];
  readonly steps?: readonly number[];
  readonly widths?: readonly (readonly [number, number])[];
  readonly shifts?: readonly number[];
  readonly counts?: readonly number[];
  readonly diagonal?: number;
  readonly offset?: number;
  readonly spatial?: Shape;
  readonly kernel?: readonly number[];
  readonly stride?: readonly number[];
  readonly padding?: readonly number[];
  readonly dilation?: readonly number[];
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  readonly size?: readonly number[];
  readonly alignCorners?: boolean;
  readonly centred?: boolean;
  readonly reduction?: 'mean' | 'sum' | 'none';
  readonly delta?: number;
  readonly margin?: number;
  readonly gamma?: number;
  readonly swap?: boolean;
  readonly logTarget?: boolean;
  readonly temperature?: number;
  readonly normalize?: boolean;
  readonly symmetric?: boolean;
  readonly batchMean?: boolean;
  /** Names of the options that the last inputs are; a mask is i32 in the file. */
  readonly roles?: readonly string[];
  readonly equation?: string;
  /** A convolution's; a transposed one has no 'same'. */
  readonly outputPadding?: number | readonly number[];
  readonly groups?: number;
  readonly trailingAxes?: number;
  readonly training?: boolean;
  readonly momentum?: number;
  readonly causal?: boolean;
  readonly scale?: number;
  readonly base?: number;
  /** What input 3 of attention is. */
  readonly extra?: 'mask' | 'padding' | 'bias';
}

/** The call that a golden file of PyTorch stands for. */
export type GoldenRun = (inputs: readonly Tensor[], parameters: GoldenParameters) => Tensor;

export interface OpSamples {
  /** How far a result may be from the reference. */
  readonly class: OpClass;
  /** Calls by golden file, in packages/tensor/test/goldens/ops; several where several ways must agree with one file. */
  readonly goldens?: { readonly [file: string]: GoldenRun | readonly GoldenRun[] };
  readonly samples: readonly OpSample[];
  readonly errors: readonly ErrorSample[];
}

/** Floats drawn from a range. */
export const float = (shape: Shape, range?: readonly [number, number]): SampleTensor =>
  range === undefined ? { shape } : { shape, range };

/** Given floats in a vector, or in `shape`. */
export const floats = (values: readonly number[], shape: Shape = [values.length]): SampleTensor => ({ shape, values });

export const integers = (values: readonly number[], shape: Shape = [values.length]): SampleTensor => ({
  shape,
  values,
  dtype: 'i32',
});

export const unsigned = (values: readonly number[], shape: Shape = [values.length]): SampleTensor => ({
  shape,
  values,
  dtype: 'u32',
});

export const bools = (values: readonly number[], shape: Shape = [values.length]): SampleTensor => ({
  shape,
  values,
  dtype: 'bool',
});

/** Ids from 0 to limit - 1. */
export const idsBelow = (limit: number, shape: Shape): SampleTensor => ({ shape, idsBelow: limit });

/** Which inputs of a sample have their gradient checked. */
export const gradientInputs = (sample: OpSample): readonly number[] => {
  if (sample.gradient === 'none' || (sample.outDType !== undefined && sample.outDType !== 'f32')) return [];
  if (sample.gradient !== undefined) return sample.gradient;
  return sample.inputs.flatMap((x, i) => (x.dtype === undefined && x.idsBelow === undefined ? [i] : []));
};
