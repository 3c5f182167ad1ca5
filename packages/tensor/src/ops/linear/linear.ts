import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, sameDType } from '../../op.ts';
import { showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { noBatch } from '../families/matrix.ts';
import { matmul, matmulOp } from '../matmul/matmul.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';

const rowsOf = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);

// y = x W + b.  dx = g Wᵀ, dW = xᵀ g over all rows, db = Σ rows of g.
export const linearOp = defineOp<NoAttrs>({
  name: 'linear',
  infer: (inputs) => {
    const [x, weight, bias] = inputs;
    const dtype = sameDType('linear', inputs);
    floatOnly('linear', x);
    if (weight.shape.length !== 2 || x.shape.length < 1 || x.shape[x.shape.length - 1] !== weight.shape[0]) {
      throw new ShapeError(
        'linear',
        `x ${showShape(x.shape)} does not fit weight ${showShape(weight.shape)}: the last axis of x must equal the first of [in, out]`,
      );
    }
    if (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[1]) {
      throw new ShapeError(
        'linear',
        `bias ${showShape(bias.shape)} does not fit weight ${showShape(weight.shape)}: expected [${weight.shape[1]}]`,
      );
    }
    return [{ shape: [...x.shape.slice(0, -1), weight.shape[1]], dtype }];
  },
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => [
    () => matmul(g.rank < 2 ? rowsOf(g) : g, c.input(1), { transB: true }),
    () => matmul(rowsOf(c.input(0)), rowsOf(g), { transA: true }),
    () => sum(rowsOf(g), { axes: 0 }),
  ],
  composite: ([x, weight, bias]) =>
    reshape(add(matmul(rowsOf(x), weight), bias), [...x.shape.slice(0, -1), weight.shape[1]]),
  reference: ([x, weight, bias], [out], attrs) => {
    const [k, n] = weight.shape;
    const rows = { shape: [sizeOf(x.shape.slice(0, -1)), k], dtype: x.dtype, data: x.data };
    matmulOp.reference([rows, weight], [{ ...out, shape: [rows.shape[0], n] }], {
      ...attrs,
      transA: false,
      transB: false,
    });
    for (let i = 0; i < out.data.length; i++) out.data[i] += bias.data[i % n];
  },
  cpu: ([x, weight], [out]) => {
    const [k, n] = weight.shape;
    const m = sizeOf(x.shape.slice(0, -1));
    if (sizeOf(out.shape) === 0) return cpuPlan([]);
    return cpuPlan([
      call('matmul', [input(0), input(1), input(2), output(0)], {
        m,
        n,
        k,
        transA: false,
        transB: false,
        lda: k,
        ldb: n,
        ldc: n,
        aOffset: 0,
        bOffset: 0,
        cOffset: 0,
        batch: noBatch,
        alpha: 1,
        bias: true,
      }),
    ]);
  },
});

/** x W + b: [..., in] x [in, out] + [out] -> [..., out]. */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => apply(linearOp, [x, weight, bias], noAttrs);
