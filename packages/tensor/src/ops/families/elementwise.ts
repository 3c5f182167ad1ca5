// Builders for element-wise ops: one shape rule, one broadcast walk, one CPU plan for each family.

import type { ReferenceArray, TensorSpec } from '../../backend.ts';
import {
  type BinaryFn,
  type CompareFn,
  type CpuPlan,
  call,
  cpuPlan,
  type DeviceKernelArgs,
  deviceCall,
  hostPlan,
  type IntegerFn,
  input,
  output,
  type UnaryFn,
  wordType,
} from '../../cpu-plan.ts';
import { checkNumber, scalarLike } from '../../create.ts';
import { isFloat } from '../../dtype.ts';
import { DTypeError } from '../../errors.ts';
import {
  apply,
  type CompositeOp,
  defineComposite,
  defineOp,
  endsGradient,
  floatOnly,
  type KernelOp,
  type NotDifferentiable,
  sameDType,
  type VjpRule,
} from '../../op.ts';
import { broadcastShapes, broadcastStrides, coalesce, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

export type NoAttrs = Readonly<Record<never, never>>;
export const noAttrs: NoAttrs = {};

/** Calls `visit` with the flat positions of every operand for each element of `shape`, in row-major order. */
export const walk = (
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (out: number, positions: readonly number[]) => void,
): void => {
  const n = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  const at = strides.map(() => 0);
  for (let i = 0; i < n; i++) {
    visit(i, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      for (let k = 0; k < at.length; k++) at[k] += strides[k][axis];
      if (index[axis] < shape[axis]) break;
      for (let k = 0; k < at.length; k++) at[k] -= strides[k][axis] * shape[axis];
      index[axis] = 0;
    }
  }
};

/** out[i] = f(a[i], b[i]) with broadcasting. */
export const referenceBinary =
  (f: (a: number, b: number) => number) =>
  ([a, b]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
    const strides = [broadcastStrides(a.shape, out.shape), broadcastStrides(b.shape, out.shape)];
    walk(out.shape, strides, (i, [ia, ib]) => {
      out.data[i] = f(a.data[ia], b.data[ib]);
    });
  };

/** How a kernel walks two operands that are broadcast to `out`. */
export const binaryWalk = (inputs: readonly TensorSpec[], out: TensorSpec) => {
  const { shape, strides } = coalesce(
    out.shape,
    inputs.map((x) => broadcastStrides(x.shape, out.shape)),
  );
  return { shape, a: strides[0], b: strides[1] };
};

type DeviceUnary = DeviceKernelArgs['unaryFunction']['fn'];
type DeviceBinary = DeviceKernelArgs['binaryFunction']['fn'];

/** The CPU's kernel, or what a device runs where the CPU has none and loops over `f`. */
type KernelOf<Fn, DeviceFn> =
  | { readonly fn: Fn; readonly device?: undefined }
  | { readonly fn?: undefined; readonly device: DeviceFn };

type UnarySpec = KernelOf<UnaryFn, DeviceUnary> & {
  readonly name: string;
  readonly f: (x: number) => number;
  /** Where `f` serves i32 too, on the host: what a device runs. */
  readonly integers?: DeviceUnary;
  /** Which value the derivative is written in. */
  readonly saves: 'input' | 'output' | 'nothing';
  /** g times the derivative; `value` is the saved input or output (g itself where nothing is saved). */
  readonly pull: (value: Tensor, g: Tensor) => Tensor;
  readonly composite?: (x: Tensor) => Tensor;
};

export const defineUnary = (spec: UnarySpec): KernelOp<NoAttrs> => {
  const { composite, fn, device, integers } = spec;
  const reference = ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
    for (let i = 0; i < out.data.length; i++) out.data[i] = spec.f(x.data[i]);
  };
  return defineOp<NoAttrs>({
    name: spec.name,
    infer: ([x]) => {
      if (integers === undefined) floatOnly(spec.name, x);
      else if (!isFloat(x.dtype) && x.dtype !== 'i32')
        throw new DTypeError(spec.name, `expected a float or i32 tensor, came ${x.dtype}; cast() it`);
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    saves: { inputs: spec.saves === 'input' ? [0] : [], outputs: spec.saves === 'output' ? [0] : [] },
    vjp: (c, g) => [
      () => spec.pull(spec.saves === 'input' ? c.input(0) : spec.saves === 'output' ? c.output(0) : g, g),
    ],
    reference,
    cpu: (inputs, outputs, attrs) => {
      const n = sizeOf(outputs[0].shape);
      const onHost = (own: DeviceUnary): CpuPlan =>
        hostPlan(reference, inputs, outputs, attrs, deviceCall('unaryFunction', { fn: own, n }));
      if (integers !== undefined && !isFloat(outputs[0].dtype)) return onHost(integers);
      return fn === undefined ? onHost(device) : cpuPlan([call('unary', [input(0), output(0)], { fn, n })]);
    },
    ...(composite === undefined ? {} : { composite: ([x]: readonly Tensor[]) => composite(x) }),
  });
};

type BinarySpec = KernelOf<BinaryFn, DeviceBinary> & {
  readonly name: string;
  readonly f: (a: number, b: number) => number;
  /** Present where the op also works on i32 and u32: by a kernel, or by `f` on the host. */
  readonly integer?: { readonly fn: IntegerFn } | { readonly device: DeviceBinary };
  readonly saves: readonly number[];
  readonly vjp: VjpRule<NoAttrs> | NotDifferentiable;
};

/** 32-bit arithmetic: a product of doubles would lose the low bits that remain. */
const wrapping: { readonly [F in IntegerFn]: (a: number, b: number) => number } = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
};

/** floats of one dtype (integers where the spec says so), broadcast as in NumPy. */
export const defineBinary = (spec: BinarySpec): KernelOp<NoAttrs> => {
  const { fn, device, integer } = spec;
  const reference = (inputs: readonly ReferenceArray[], outputs: readonly ReferenceArray[]): void => {
    const wraps = integer !== undefined && 'fn' in integer && !isFloat(outputs[0].dtype);
    referenceBinary(wraps ? wrapping[integer.fn] : spec.f)(inputs, outputs);
  };
  return defineOp<NoAttrs>({
    name: spec.name,
    infer: (inputs) => {
      const dtype = sameDType(spec.name, inputs);
      if (!isFloat(dtype) && (integer === undefined || dtype === 'bool')) {
        throw new DTypeError(spec.name, `is not defined for ${dtype}; cast() to a float type`);
      }
      return [{ shape: broadcastShapes(spec.name, inputs[0].shape, inputs[1].shape), dtype }];
    },
    saves: { inputs: spec.saves, outputs: [] },
    vjp: spec.vjp,
    reference,
    cpu: (inputs, outputs, attrs) => {
      const [out] = outputs;
      const operands = [input(0), input(1), output(0)];
      const where = binaryWalk(inputs, out);
      const onHost = (own: DeviceBinary): CpuPlan => {
        const args = { fn: own, type: wordType(out.dtype), ...where };
        return hostPlan(reference, inputs, outputs, attrs, deviceCall('binaryFunction', args));
      };
      if (integer !== undefined && !isFloat(out.dtype)) {
        return 'fn' in integer
          ? cpuPlan([call('integer', operands, { fn: integer.fn, ...where })])
          : onHost(integer.device);
      }
      return fn === undefined ? onHost(device) : cpuPlan([call('binary', operands, { fn, ...where })]);
    },
  });
};

/** Applies a binary op. A number becomes a scalar beside `a`, freed with the call. */
export const applyBinary = (op: KernelOp<NoAttrs>, a: Tensor, b: Tensor | number): Tensor => {
  if (typeof b !== 'number') return apply(op, [a, b], noAttrs);
  checkNumber(op.name, b, a.dtype);
  const scalar = scalarLike(b, a);
  try {
    return apply(op, [a, scalar], noAttrs);
  } finally {
    scalar.dispose();
  }
};

/** A composite of one float tensor that keeps its shape. */
export const defineShapedComposite = <A>(name: string, of: (x: Tensor, attrs: A) => Tensor): CompositeOp<A> =>
  defineComposite<A>({
    name,
    infer: ([x]) => {
      floatOnly(name, x);
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    compose: ([x], attrs) => of(x, attrs),
  });

/** Comparisons give bool and no gradient. */
export const defineCompare = (name: string, fn: CompareFn, f: (a: number, b: number) => boolean): KernelOp<NoAttrs> =>
  defineOp<NoAttrs>({
    name,
    infer: (inputs) => {
      sameDType(name, inputs);
      return [{ shape: broadcastShapes(name, inputs[0].shape, inputs[1].shape), dtype: 'bool' }];
    },
    saves: { inputs: [], outputs: [] },
    vjp: endsGradient('a comparison is constant almost everywhere'),
    reference: referenceBinary((a, b) => (f(a, b) ? 1 : 0)),
    cpu: (inputs, [out]) => {
      const { dtype } = inputs[0];
      return cpuPlan([
        call('compare', [input(0), input(1), output(0)], {
          fn,
          dtype: dtype === 'i32' ? 'i32' : isFloat(dtype) ? 'f32' : 'u32',
          ...binaryWalk(inputs, out),
        }),
      ]);
    },
  });

/** Splits the axes of a reduction into [outer, n, inner] where the reduced axes are neighbours. */
export const reductionLayout = (
  shape: Shape,
  axes: readonly number[],
): { outer: number; n: number; inner: number } | null => {
  if (axes.length === 0) return { outer: sizeOf(shape), n: 1, inner: 1 };
  const first = axes[0];
  const last = axes[axes.length - 1];
  if (last - first + 1 !== axes.length) return null;
  return {
    outer: sizeOf(shape.slice(0, first)),
    n: sizeOf(shape.slice(first, last + 1)),
    inner: sizeOf(shape.slice(last + 1)),
  };
};

/** Axes not reduced first, then the reduced ones: how a scattered reduction becomes one over the last axis. */
export const reductionOrder = (rank: number, axes: readonly number[]): number[] => [
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i)),
  ...axes,
];

/** Strides that read a contiguous tensor of `shape` in the order of `axes`. */
export const permutedStrides = (shape: Shape, axes: readonly number[]): number[] => {
  const own = stridesOf(shape);
  return axes.map((a) => own[a]);
};
