// Builder for reductions over any axes.

import type { ReferenceArray, TensorSpec } from '../../backend.ts';
import {
  call,
  cpuPlan,
  type DeviceKernelArgs,
  deviceCall,
  hostPlan,
  input,
  type OffsetWalk,
  output,
  type ReduceFn,
  scratch,
  wordType,
} from '../../cpu-plan.ts';
import { type DType, isFloat } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import { defineOp, floatOnly, type KernelOp, type VjpRule } from '../../op.ts';
import { coalesce, reducedShape, type Shape, showShape, sizeOf, stridesOf } from '../../shape.ts';
import { permutedStrides, reductionLayout, reductionOrder, walk } from './elementwise.ts';

export interface ReduceAttrs {
  /** Sorted, from the front. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceOptions {
  /** One axis or several, negative from the back; all when left out. */
  readonly axes?: number | readonly number[];
  /** Keep reduced axes as size 1. Default false. */
  readonly keepDims?: boolean;
}

/** Shape of the result with the reduced axes kept as 1: what broadcasts against the input. */
export const keptShape = (shape: Shape, axes: readonly number[]): number[] => reducedShape(shape, axes, true);

interface ReduceSpec {
  readonly name: string;
  readonly fn: ReduceFn;
  readonly identity: number;
  readonly step: (acc: number, x: number) => number;
  readonly finish?: (acc: number, n: number) => number;
  /** On integers: what each dtype gives, what a device runs, and the step where it is another. */
  readonly whole?: {
    readonly dtypes: { readonly [D in DType]?: DType };
    readonly device: DeviceKernelArgs['fold']['fn'];
    readonly step?: (acc: number, x: number) => number;
  };
  readonly saves: { readonly inputs: readonly number[]; readonly outputs: readonly number[] };
  readonly vjp: VjpRule<ReduceAttrs>;
}

const dtypeOf = (spec: ReduceSpec, x: TensorSpec, axes: readonly number[]): DType => {
  const dtype = spec.whole?.dtypes[x.dtype];
  if (dtype === undefined) {
    floatOnly(spec.name, x);
    return x.dtype;
  }
  if (!Number.isFinite(spec.identity) && axes.some((a) => x.shape[a] === 0)) {
    throw new ArgumentError(spec.name, `no ${x.dtype} is the ${spec.name} of nothing: ${showShape(x.shape)} is empty`);
  }
  return dtype;
};

const referenceOf =
  (spec: ReduceSpec) =>
  ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[], { axes }: ReduceAttrs): void => {
    const step = isFloat(x.dtype) ? spec.step : (spec.whole?.step ?? spec.step);
    const order = reductionOrder(x.shape.length, axes);
    const shape = order.map((a) => x.shape[a]);
    const n = sizeOf(axes.map((a) => x.shape[a]));
    const sums = new Float64Array(out.data.length).fill(spec.identity);
    walk(shape, [permutedStrides(x.shape, order)], (i, [at]) => {
      const o = Math.floor(i / n);
      sums[o] = step(sums[o], x.data[at]);
    });
    for (let o = 0; o < sums.length; o++) out.data[o] = spec.finish?.(sums[o], n) ?? sums[o];
  };

/** The loops of integers on the CPU: straight through memory where the axes are neighbours. */
const wholeLoops =
  (spec: ReduceSpec, reference: ReturnType<typeof referenceOf>) =>
  ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[], attrs: ReduceAttrs): void => {
    const layout = reductionLayout(x.shape, attrs.axes);
    if (layout === null) {
      reference([x], [out], attrs);
      return;
    }
    const step = spec.whole?.step ?? spec.step;
    const { outer, n, inner } = layout;
    const [from, to] = [x.data, out.data];
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        let acc = spec.identity;
        for (let i = 0, at = o * n * inner + c; i < n; i++, at += inner) acc = step(acc, from[at]);
        to[o * inner + c] = acc;
      }
    }
  };

const foldWalks = (shape: Shape, axes: readonly number[]): { outer: OffsetWalk; inner: OffsetWalk } => {
  const own = stridesOf(shape);
  const over = (list: readonly number[]): OffsetWalk => {
    const { shape: merged, strides } = coalesce(
      list.map((a) => shape[a]),
      [list.map((a) => own[a])],
    );
    return { shape: merged, strides: strides[0] };
  };
  return { outer: over(shape.map((_, a) => a).filter((a) => !axes.includes(a))), inner: over(axes) };
};

export const defineReduction = (spec: ReduceSpec): KernelOp<ReduceAttrs> => {
  const reference = referenceOf(spec);
  const loops = wholeLoops(spec, reference);
  return defineOp<ReduceAttrs>({
    name: spec.name,
    infer: ([x], { axes, keepDims }) => [
      { shape: reducedShape(x.shape, axes, keepDims), dtype: dtypeOf(spec, x, axes) },
    ],
    saves: spec.saves,
    vjp: spec.vjp,
    reference,
    cpu: ([x], [out], { axes, keepDims }) => {
      if (spec.whole !== undefined && !isFloat(x.dtype)) {
        const fold = { fn: spec.whole.device, type: wordType(x.dtype), ...foldWalks(x.shape, axes) };
        const device = deviceCall('fold', fold);
        return hostPlan(loops, [x], [out], { axes, keepDims }, device);
      }
      const layout = reductionLayout(x.shape, axes);
      if (layout !== null) return cpuPlan([call('reduce', [input(0), output(0)], { fn: spec.fn, ...layout })]);
      const order = reductionOrder(x.shape.length, axes);
      const walkOf = coalesce(
        order.map((a) => x.shape[a]),
        [permutedStrides(x.shape, order)],
      );
      const n = sizeOf(axes.map((a) => x.shape[a]));
      const size = sizeOf(x.shape);
      const dense = walkOf.shape.map((_, i) => sizeOf(walkOf.shape.slice(i + 1)));
      return cpuPlan(
        [
          call('copy', [input(0), scratch(0)], {
            shape: walkOf.shape,
            inStrides: walkOf.strides[0],
            inOffset: 0,
            outStrides: dense,
            outOffset: 0,
          }),
          call('reduce', [scratch(0), output(0)], {
            fn: spec.fn,
            outer: n === 0 ? sizeOf(reducedShape(x.shape, axes, false)) : size / n,
            n,
            inner: 1,
          }),
        ],
        [size * 4],
      );
    },
  });
};
