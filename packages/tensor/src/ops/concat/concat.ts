import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { checkShape, coalesce, normalizeAxis, sameShape, showShape, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { walk } from '../families/elementwise.ts';
import { reshape } from '../reshape/reshape.ts';
import { slice } from '../slice/slice.ts';

const starts = (inputs: readonly { readonly shape: readonly number[] }[], axis: number): number[] => {
  let at = 0;
  return inputs.map((x) => {
    const start = at;
    at += x.shape[axis];
    return start;
  });
};

export const concatOp = defineOp<{ readonly axis: number }>({
  name: 'concat',
  infer: (inputs, { axis }) => {
    const dtype = sameDType('concat', inputs);
    const [first] = inputs;
    inputs.forEach((x, k) => {
      const differs = x.shape.findIndex((d, i) => i !== axis && d !== first.shape[i]);
      if (x.shape.length !== first.shape.length || differs >= 0) {
        throw new ShapeError(
          'concat',
          `input ${k} ${showShape(x.shape)} does not fit input 0 ${showShape(first.shape)} beside axis ${axis}`,
        );
      }
    });
    const total = inputs.reduce((n, x) => n + x.shape[axis], 0);
    return [{ shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => {
    const { axis } = c.attrs;
    const from = starts(c.specs, axis);
    return c.specs.map((x, i) => () => slice(g, { axis, start: from[i], end: from[i] + x.shape[axis] }));
  },
  reference: (inputs, [out], { axis }) => {
    const strides = stridesOf(out.shape);
    const from = starts(inputs, axis);
    inputs.forEach((x, k) => {
      walk(x.shape, [strides], (i, [at]) => {
        out.data[at + from[k] * strides[axis]] = x.data[i];
      });
    });
  },
  cpu: (inputs, [out], { axis }) => {
    const outStrides = stridesOf(out.shape);
    const from = starts(inputs, axis);
    return cpuPlan(
      inputs.flatMap((x, k) => {
        if (sizeOf(x.shape) === 0) return [];
        const merged = coalesce(x.shape, [stridesOf(x.shape), outStrides]);
        return [
          call('copy', [input(k), output(0)], {
            shape: merged.shape,
            inStrides: merged.strides[0],
            inOffset: 0,
            outStrides: merged.strides[1],
            outOffset: from[k] * outStrides[axis],
          }),
        ];
      }),
    );
  },
});

/** Joins tensors along `axis`; all other axes must agree. */
export const concat = (inputs: readonly Tensor[], { axis = 0 }: { readonly axis?: number } = {}): Tensor => {
  if (inputs.length === 0) throw new ArgumentError('concat', 'came without tensors; pass at least one');
  return apply(concatOp, inputs, { axis: normalizeAxis('concat', axis, inputs[0].rank) });
};

/** Joins tensors of one shape along a new `axis`. */
export const stack = (inputs: readonly Tensor[], { axis = 0 }: { readonly axis?: number } = {}): Tensor => {
  if (inputs.length === 0) throw new ArgumentError('stack', 'came without tensors; pass at least one');
  const [{ shape }] = inputs;
  const a = normalizeAxis('stack', axis, shape.length + 1);
  sameDType('stack', inputs);
  inputs.forEach((x, k) => {
    if (!sameShape(x.shape, shape)) {
      throw new ShapeError('stack', `input ${k} ${showShape(x.shape)} differs from input 0 ${showShape(shape)}`);
    }
  });
  checkShape('stack', [inputs.length, ...shape]);
  return scope(() =>
    concat(
      inputs.map((x) => reshape(x, [...x.shape.slice(0, a), 1, ...x.shape.slice(a)])),
      { axis: a },
    ),
  );
};
