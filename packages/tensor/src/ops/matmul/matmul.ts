import type { TensorSpec } from '../../backend.ts';
import { type CpuCall, type CpuKernelArgs, call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, sameDType } from '../../op.ts';
import { scope } from '../../scope.ts';
import { broadcastShapes, broadcastStrides, coalesce, type Shape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { walk } from '../families/elementwise.ts';
import { noBatch } from '../families/matrix.ts';
import { reshape } from '../reshape/reshape.ts';

export interface MatmulAttrs {
  readonly transA: boolean;
  readonly transB: boolean;
}

interface Dimensions {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number[];
}

const dimensions = (a: Shape, b: Shape, { transA, transB }: MatmulAttrs): Dimensions => {
  const [ar, ac] = a.slice(-2);
  const [br, bc] = b.slice(-2);
  return {
    m: transA ? ac : ar,
    k: transA ? ar : ac,
    n: transB ? br : bc,
    batch: broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2)),
  };
};

/** Batch strides of an operand, in elements, for every axis of the common batch. */
const batchStrides = (x: Shape, batch: Shape): number[] =>
  broadcastStrides(x.slice(0, -2), batch).map((s) => s * sizeOf(x.slice(-2)));

const checkInner = (a: TensorSpec, b: TensorSpec, { transA, transB }: MatmulAttrs): void => {
  // matmul() has made matrices of vectors, but for one beside a scalar.
  const scalar = [a, b].find((x) => x.shape.length < 1) ?? [a, b].find((x) => x.shape.length < 2);
  if (scalar !== undefined) {
    throw new ShapeError(
      'matmul',
      `expected tensors of rank 1 or more, came ${showShape(scalar.shape)}; mul() takes scalars`,
    );
  }
  const ka = a.shape[a.shape.length - (transA ? 2 : 1)];
  const kb = b.shape[b.shape.length - (transB ? 1 : 2)];
  if (ka === kb) return;
  const other = b.shape[b.shape.length - (transB ? 2 : 1)];
  const hint = other === ka ? `; did you mean matmul(a, b, { transB: ${!transB} })?` : '';
  throw new ShapeError(
    'matmul',
    `inner dimensions differ, a ${showShape(a.shape)}, b ${showShape(b.shape)}: ${ka} != ${kb}${hint}`,
  );
};

// C = op(A) op(B).  dA = G op(B)ᵀ, dB = op(A)ᵀ G, each transposed where the operand was.
export const matmulOp = defineOp<MatmulAttrs>({
  name: 'matmul',
  infer: (inputs, attrs) => {
    const [a, b] = inputs;
    const dtype = sameDType('matmul', inputs);
    floatOnly('matmul', a);
    checkInner(a, b, attrs);
    const { m, n, batch } = dimensions(a.shape, b.shape, attrs);
    return [{ shape: [...batch, m, n], dtype }];
  },
  saves: { inputs: [0, 1], outputs: [] },
  vjp: (c, g) => {
    const { transA, transB } = c.attrs;
    return [
      () =>
        transA ? matmul(c.input(1), g, { transA: transB, transB: true }) : matmul(g, c.input(1), { transB: !transB }),
      () =>
        transB ? matmul(g, c.input(0), { transA: true, transB: transA }) : matmul(c.input(0), g, { transA: !transA }),
    ];
  },
  reference: ([a, b], [out], attrs) => {
    const { m, n, k, batch } = dimensions(a.shape, b.shape, attrs);
    const [ai, ak] = attrs.transA ? [1, m] : [k, 1];
    const [bk, bj] = attrs.transB ? [1, k] : [n, 1];
    walk(batch, [batchStrides(a.shape, batch), batchStrides(b.shape, batch)], (p, [pa, pb]) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let l = 0; l < k; l++) total += a.data[pa + i * ai + l * ak] * b.data[pb + l * bk + j * bj];
          out.data[(p * m + i) * n + j] = total;
        }
      }
    });
  },
  cpu: ([a, b], [out], attrs) => {
    const { m, n, k, batch } = dimensions(a.shape, b.shape, attrs);
    if (sizeOf(out.shape) === 0) return cpuPlan([]);
    const { transA, transB } = attrs;
    const product = (
      rows: number,
      [aOffset, bOffset, cOffset]: readonly number[],
      of: CpuKernelArgs['matmul']['batch'],
    ): CpuCall =>
      call('matmul', [input(0), input(1), output(0)], {
        m: rows,
        n,
        k,
        transA,
        transB,
        aOffset,
        bOffset,
        cOffset,
        lda: transA ? m : k,
        ldb: transB ? k : n,
        ldc: n,
        alpha: 1,
        bias: false,
        batch: of,
      });
    if (batch.length === 0) return cpuPlan([product(m, [0, 0, 0], noBatch)]);
    const cStrides = batch.map((_, i) => sizeOf(batch.slice(i + 1)) * m * n);
    const merged = coalesce(batch, [batchStrides(a.shape, batch), batchStrides(b.shape, batch), cStrides]);
    const [as, bs, cs] = merged.strides;
    const rank = merged.shape.length;
    // One matrix b for every batch of a row-major a: the batch is just more rows.
    if (rank === 1 && bs[0] === 0 && !transA && as[0] === m * k) {
      return cpuPlan([product(merged.shape[0] * m, [0, 0, 0], noBatch)]);
    }
    // The kernel walks two batch axes; further ones are walked here.
    const split = Math.max(0, rank - 2);
    const inner = (s: readonly number[]): [number, number] => (rank === 1 ? [0, s[0]] : [s[split], s[split + 1]]);
    const counts = rank === 1 ? [1, merged.shape[0]] : [merged.shape[split], merged.shape[split + 1]];
    const calls: CpuCall[] = [];
    const of = { outer: counts[0], inner: counts[1], a: inner(as), b: inner(bs), c: inner(cs) };
    walk(
      merged.shape.slice(0, split),
      [as, bs, cs].map((x) => x.slice(0, split)),
      (_i, offsets) => {
        calls.push(product(m, [...offsets], of));
      },
    );
    return cpuPlan(calls);
  },
});

/** A vector counts as one row on the left and one column on the right; the result has no axis for it. */
const vectorProduct = (a: Tensor, b: Tensor, { transA, transB }: MatmulAttrs): Tensor => {
  for (const [name, x, turned] of [
    ['a', a, transA],
    ['b', b, transB],
  ] as const) {
    if (x.rank > 1 || !turned) continue;
    throw new ArgumentError(
      'matmul',
      `${name} ${showShape(x.shape)} is a vector, which trans${name.toUpperCase()} cannot turn; leave it out`,
    );
  }
  const ka = a.rank === 1 ? a.shape[0] : a.shape[a.rank - (transA ? 2 : 1)];
  const kb = b.rank === 1 ? b.shape[0] : b.shape[b.rank - (transB ? 1 : 2)];
  if (ka !== kb) {
    throw new ShapeError(
      'matmul',
      `inner dimensions differ, a ${showShape(a.shape)}, b ${showShape(b.shape)}: ${ka} != ${kb}`,
    );
  }
  const row = (x: Tensor): Tensor => reshape(x, [1, ka]);
  return scope(() => {
    if (a.rank === 1) {
      // [1, k] x [..., k, n] -> [..., 1, n] -> [..., n]
      const y = apply(matmulOp, [row(a), b.rank === 1 ? reshape(b, [ka, 1]) : b], { transA: false, transB });
      return reshape(y, b.rank === 1 ? [] : [...y.shape.slice(0, -2), y.shape[y.rank - 1]]);
    }
    // A v = (vᵀ Aᵀ)ᵀ: one row keeps every lane of the kernel busy, where one column would leave most idle.
    const m = a.shape[a.rank - (transA ? 1 : 2)];
    const rows = transA ? a : reshape(a, [sizeOf(a.shape.slice(0, -1)), ka]);
    return reshape(apply(matmulOp, [row(b), rows], { transA: false, transB: !transA }), [...a.shape.slice(0, -2), m]);
  });
};

/**
 * Matrix product over the last two axes, leading axes broadcast: [..., m, k] x [..., k, n] -> [..., m, n]. A vector is one
 * row on the left and one column on the right, and leaves no axis: [..., m, k] x [k] -> [..., m], [k] x [k] -> [].
 * transA and transB read an operand as its transpose, at no cost.
 */
export const matmul = (
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false }: { readonly transA?: boolean; readonly transB?: boolean } = {},
): Tensor =>
  (a.rank === 1 && b.rank > 0) || (b.rank === 1 && a.rank > 0)
    ? vectorProduct(a, b, { transA, transB })
    : apply(matmulOp, [a, b], { transA, transB });
