// Builder for reductions over any axes.

import { call, cpuPlan, input, output, type ReduceFn, scratch } from '../../cpu-plan.ts';
import { defineOp, floatOnly, type KernelOp, type VjpRule } from '../../op.ts';
import { coalesce, reducedShape, type Shape, sizeOf } from '../../shape.ts';
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
  readonly saves: { readonly inputs: readonly number[]; readonly outputs: readonly number[] };
  readonly vjp: VjpRule<ReduceAttrs>;
}

export const defineReduction = (spec: ReduceSpec): KernelOp<ReduceAttrs> =>
  defineOp<ReduceAttrs>({
    name: spec.name,
    infer: ([x], { axes, keepDims }) => {
      floatOnly(spec.name, x);
      return [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }];
    },
    saves: spec.saves,
    vjp: spec.vjp,
    reference: ([x], [out], { axes }) => {
      const order = reductionOrder(x.shape.length, axes);
      const shape = order.map((a) => x.shape[a]);
      const n = sizeOf(axes.map((a) => x.shape[a]));
      out.data.fill(spec.identity);
      const sums = new Float64Array(out.data.length).fill(spec.identity);
      walk(shape, [permutedStrides(x.shape, order)], (i, [at]) => {
        const o = Math.floor(i / n);
        sums[o] = spec.step(sums[o], x.data[at]);
      });
      for (let o = 0; o < sums.length; o++) out.data[o] = spec.finish?.(sums[o], n) ?? sums[o];
    },
    cpu: ([x], _outputs, { axes }) => {
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
