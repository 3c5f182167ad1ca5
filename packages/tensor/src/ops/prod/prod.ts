import type { ReferenceArray } from '../../backend.ts';
import { deviceCall, hostPlan, wordType } from '../../cpu-plan.ts';
import type { DType } from '../../dtype.ts';
import { isFloat } from '../../dtype.ts';
import { apply, defineOp } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { concat } from '../concat/concat.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import type { ReduceOptions } from '../families/reduction.ts';
import { overReducedRows, rowsLayout, rowsShape } from '../families/rows.ts';
import { mul } from '../mul/mul.ts';
import { prodBackward } from '../prod-backward/prod-backward.ts';
import { slice } from '../slice/slice.ts';
import { sum } from '../sum/sum.ts';

const reference = ([x]: readonly ReferenceArray[], [out]: readonly ReferenceArray[]): void => {
  const { rows, n } = rowsLayout(x.shape);
  const whole = !isFloat(x.dtype);
  for (let r = 0; r < rows; r++) {
    let product = 1;
    for (let i = r * n; i < (r + 1) * n; i++) {
      product = whole ? Math.imul(product, x.data[i]) : product * x.data[i];
    }
    out.data[r] = product;
  }
};

/** The product by halves: made of mul alone, so right to any order whatever is 0. */
const byHalves = (x: Tensor): Tensor => {
  let y = x;
  let n = x.shape[x.rank - 1];
  if (n === 0) return add(sum(x, { axes: -1 }), 1);
  while (n > 1) {
    const half = n >> 1;
    const product = mul(
      slice(y, { axis: -1, start: 0, end: half }),
      slice(y, { axis: -1, start: half, end: 2 * half }),
    );
    y = n % 2 === 0 ? product : concat([product, slice(y, { axis: -1, start: n - 1, end: n })], { axis: -1 });
    n -= half;
  }
  return sum(y, { axes: -1 });
};

export const prodOp = defineOp<NoAttrs>({
  name: 'prod',
  infer: ([x]) => {
    const dtype: DType = x.dtype === 'bool' ? 'i32' : x.dtype;
    return [{ shape: rowsShape(x.shape), dtype }];
  },
  saves: { inputs: [0], outputs: [] },
  vjp: (c, g) => [() => prodBackward(c.input(0), g)],
  composite: ([x]) => byHalves(x),
  reference,
  cpu: (inputs, outputs, attrs) => {
    const { rows, n } = rowsLayout(inputs[0].shape);
    return hostPlan(
      reference,
      inputs,
      outputs,
      attrs,
      deviceCall('fold', {
        fn: 'prod',
        type: wordType(outputs[0].dtype),
        outer: { shape: [rows], strides: [n] },
        inner: { shape: [n], strides: [1] },
      }),
    );
  },
});

/**
 * Product over `axes`; of nothing it is 1. The gradient is the product of the others, also where elements are 0. Integers
 * wrap at 32 bits; bool gives i32.
 */
export const prod = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  overReducedRows('prod', x, options, (rows) => apply(prodOp, [rows], noAttrs));
