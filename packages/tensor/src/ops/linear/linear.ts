import type { TensorSpec } from '../../backend.ts';
import { type Activation, call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, type KernelOp, sameDType } from '../../op.ts';
import { sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { noBatch } from '../families/matrix.ts';
import { gelu, geluOp } from '../gelu/gelu.ts';
import { geluBackward } from '../gelu-backward/gelu-backward.ts';
import { geluTanh, geluTanhBackward, geluTanhOp } from '../gelu-tanh/gelu-tanh.ts';
import { matmul, matmulOp } from '../matmul/matmul.ts';
import { relu, reluOp } from '../relu/relu.ts';
import { reluBackward } from '../relu-backward/relu-backward.ts';
import { reshape } from '../reshape/reshape.ts';
import { silu, siluBackward, siluOp } from '../silu/silu.ts';
import { sum } from '../sum/sum.ts';

export interface LinearAttrs {
  readonly activation: Activation | null;
  /** Whether input 3 is there. */
  readonly residual: boolean;
}

interface ActivationParts {
  readonly op: KernelOp<NoAttrs>;
  readonly apply: (x: Tensor) => Tensor;
  readonly backward: (x: Tensor, g: Tensor) => Tensor;
}

const activations: { readonly [A in Activation]: ActivationParts } = {
  relu: { op: reluOp, apply: relu, backward: reluBackward },
  gelu: { op: geluOp, apply: gelu, backward: geluBackward },
  geluTanh: { op: geluTanhOp, apply: geluTanh, backward: geluTanhBackward },
  silu: { op: siluOp, apply: silu, backward: siluBackward },
};

const rowsOf = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);

const check = (inputs: readonly TensorSpec[]): TensorSpec => {
  const [x, weight, bias, residual] = inputs;
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
  const shape = [...x.shape.slice(0, -1), weight.shape[1]];
  if (residual !== undefined && !sameShape(residual.shape, shape)) {
    throw new ShapeError('linear', `the residual must be ${showShape(shape)}, came ${showShape(residual.shape)}`);
  }
  return { shape, dtype };
};

// z = x W + b, y = activation(z) + residual.  dz = g · activation'(z), dx = dz Wᵀ, dW = xᵀ dz over all rows, db = Σ rows of dz.
export const linearOp = defineOp<LinearAttrs>({
  name: 'linear',
  infer: (inputs, { activation }) => {
    const out = check(inputs);
    return activation === null ? [out] : [out, out];
  },
  saves: { inputs: [0, 1], outputs: [1] },
  vjp: (c, g) => {
    const { activation, residual } = c.attrs;
    let before: Tensor | undefined;
    /** [rows, out], once for all three. */
    const dz = (): Tensor => {
      before ??= rowsOf(activation === null ? g : activations[activation].backward(c.output(1), g));
      return before;
    };
    return [
      () => reshape(matmul(dz(), c.input(1), { transB: true }), c.specs[0].shape),
      () => matmul(rowsOf(c.input(0)), dz(), { transA: true }),
      () => sum(dz(), { axes: 0 }),
      ...(residual ? [() => g] : []),
    ];
  },
  composite: ([x, weight, bias, residual], { activation }) => {
    const z = reshape(add(matmul(rowsOf(x), weight), bias), [...x.shape.slice(0, -1), weight.shape[1]]);
    const y = activation === null ? z : activations[activation].apply(z);
    return residual === undefined ? y : add(residual, y);
  },
  reference: ([x, weight, bias, residual], [out, before = out], { activation }) => {
    const [k, n] = weight.shape;
    const rows = { shape: [sizeOf(x.shape.slice(0, -1)), k], dtype: x.dtype, data: x.data };
    matmulOp.reference([rows, weight], [{ ...before, shape: [rows.shape[0], n] }], { transA: false, transB: false });
    for (let i = 0; i < before.data.length; i++) before.data[i] += bias.data[i % n];
    if (activation !== null) activations[activation].op.reference([before], [out], noAttrs);
    if (residual !== undefined) for (let i = 0; i < out.data.length; i++) out.data[i] += residual.data[i];
  },
  cpu: ([x, weight], [out], { activation, residual }) => {
    const [k, n] = weight.shape;
    const m = sizeOf(x.shape.slice(0, -1));
    if (sizeOf(out.shape) === 0) return cpuPlan([]);
    const operands = [
      ...[input(0), input(1), input(2)],
      ...(residual ? [input(3)] : []),
      output(0),
      ...(activation === null ? [] : [output(1)]),
    ];
    return cpuPlan([
      call('matmul', operands, {
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
        activation,
        residual,
      }),
    ]);
  },
});

export interface LinearOptions {
  /** What the product passes through before the residual is added. Default: nothing. */
  readonly activation?: Activation | null;
  /** [..., out], added to the result. */
  readonly residual?: Tensor | null;
}

/** activation(x W + b) + residual in one pass: [..., in] x [in, out] + [out] -> [..., out]. */
export const linear = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  { activation = null, residual = null }: LinearOptions = {},
): Tensor => {
  if (activation !== null && !(activation in activations)) {
    throw new ArgumentError(
      'linear',
      `activation must be one of ${Object.keys(activations).join(', ')}, came ${activation}`,
    );
  }
  const inputs = residual === null ? [x, weight, bias] : [x, weight, bias, residual];
  return apply(linearOp, inputs, { activation, residual: residual !== null });
};
