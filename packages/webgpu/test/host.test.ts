// Ops that the CPU runs as loops: the kernels that stand in for them, beside the reference function of each op in float64.

import {
  arrayOf,
  type CpuKernelArgs,
  type DType,
  isFloat,
  type Kernel,
  type MapRows,
  type NumericArray,
  ops,
  type ReferenceArray,
  sizeOf,
  type TensorSpec,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { hostKernels } from '../src/kernels/host.ts';
import { backend, exact, expectClose, integers, normals, random, runKernel, type Tolerance } from './support.ts';

interface Input extends TensorSpec {
  readonly data: NumericArray;
}

const dtypeOf = (data: NumericArray): DType =>
  data instanceof Float32Array ? 'f32' : data instanceof Int32Array ? 'i32' : 'u32';
const of = (data: NumericArray, shape: readonly number[] = [data.length], dtype = dtypeOf(data)): Input => ({
  data,
  shape,
  dtype,
});

interface TestOp<A> extends Kernel<A> {
  readonly infer: (inputs: readonly TensorSpec[], attrs: A) => readonly TensorSpec[];
}

const hostArgs = <A>(op: TestOp<A>, inputs: readonly TensorSpec[], attrs: A): CpuKernelArgs['host'] => {
  const [call] = op.cpu(inputs, op.infer(inputs, attrs), attrs).calls;
  if (call?.kernel !== 'host') throw new Error(`${op.name} does not loop on the host`);
  return call.args;
};

/** Runs the device call of an op; the outputs. */
const runOp = async <A>(op: TestOp<A>, inputs: readonly Input[], attrs: A): Promise<NumericArray[]> => {
  const outputs = op.infer(inputs, attrs).map(({ shape, dtype }) => arrayOf(dtype, sizeOf(shape)));
  const results = await runKernel('host', [...inputs.map(({ data }) => data), ...outputs], hostArgs(op, inputs, attrs));
  inputs.forEach(({ data }, i) => {
    expect(new Uint32Array(results[i].buffer)).toEqual(new Uint32Array(data.slice().buffer));
  });
  return results.slice(inputs.length);
};

const wanted = <A>(op: TestOp<A>, inputs: readonly Input[], attrs: A): NumericArray[] => {
  const given = inputs.map(
    ({ data, shape, dtype }): ReferenceArray => ({
      shape,
      dtype,
      data: isFloat(dtype) ? Float64Array.from(data) : data,
    }),
  );
  const outputs = op.infer(inputs, attrs).map(({ shape, dtype }): ReferenceArray => {
    const size = sizeOf(shape);
    return { shape, dtype, data: isFloat(dtype) ? new Float64Array(size) : arrayOf(dtype, size) };
  });
  op.reference(given, outputs, attrs);
  return outputs.map(({ data }) => data);
};

const checkOp = async <A>(
  op: TestOp<A>,
  inputs: readonly Input[],
  attrs: A,
  tolerance: Tolerance,
): Promise<NumericArray[]> => {
  const want = wanted(op, inputs, attrs);
  const got = await runOp(op, inputs, attrs);
  got.forEach((data, i) => {
    expectClose(`${op.name} output ${i}`, data, want[i], tolerance);
  });
  return got;
};

/** One rounding, and now and then the wrong side of a tie. */
const last: Tolerance = { relative: 1.2e-7, absolute: 1.2e-38 };
const few: Tolerance = { relative: 4e-7, absolute: 1.2e-38 };

const specials = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 3.5, 2 ** 100, -(2 ** -100), 1e-30, 7, -7, 6, 3, 0.1];
const pairs = (): [Float32Array, Float32Array] => [
  Float32Array.from(specials.flatMap((x) => specials.map(() => x))),
  Float32Array.from(specials.flatMap(() => specials)),
];
/** Floats over the whole range of exponents that stay clear of the ends. */
const wideFloats = (n: number, seed: number): Float32Array => {
  const next = random(seed);
  return Float32Array.from({ length: n }, () => (next() < 0.5 ? -1 : 1) * 2 ** (60 * next() - 30) * (1 + next()));
};

describe('functions of one element', () => {
  it('erfc and cbrt', async () => {
    const x = Float32Array.from([...normals(1500, 1, 3), ...wideFloats(1000, 2), ...specials]);
    await checkOp(ops.cbrt, [of(x)], {}, few);
    await checkOp(
      ops.erfc,
      [of(x.map((v) => Math.max(-9, Math.min(9, v))))],
      {},
      { relative: 5e-7, absolute: 1.2e-38 },
    );
    await checkOp(ops.cbrt, [of(new Float32Array(0))], {}, exact);
  });

  it('i32', async () => {
    const x = of(Int32Array.of(0, 1, -1, 2147483647, -2147483648, 77, -12345));
    for (const op of [ops.abs, ops.neg, ops.sign]) await checkOp(op, [x], {}, exact);
  });
});

describe('functions of two elements', () => {
  it('remainders and quotients of floats are exact', async () => {
    const [a, b] = pairs();
    const [c, d] = [wideFloats(3000, 3), wideFloats(3000, 4)];
    const [e, f] = [normals(2000, 5, 100), normals(2000, 6)];
    for (const op of [ops.remainder, ops.fmod, ops.floorDivide]) {
      for (const [x, y] of [
        [a, b],
        [c, d],
        [e, f],
      ]) {
        await checkOp(op, [of(x), of(y)], {}, op === ops.fmod ? exact : { relative: 1.2e-7, absolute: 1.2e-38 });
      }
    }
  });

  it('of integers', async () => {
    const edges = [1, -1, 2, -3, 7, 2147483647, -2147483648, 1000003, -77];
    const a = Int32Array.from(edges.concat(0).flatMap((x) => edges.map(() => x)));
    const b = Int32Array.from(edges.concat(0).flatMap(() => edges));
    for (const op of [ops.remainder, ops.fmod, ops.floorDivide, ops.maximum, ops.minimum]) {
      await checkOp(op, [of(a), of(b)], {}, exact);
      await checkOp(op, [of(Uint32Array.from(a)), of(Uint32Array.from(b))], {}, exact);
    }
  });

  it('atan2 and logAddExp', async () => {
    const [a, b] = pairs();
    await checkOp(ops.atan2, [of(a), of(b)], {}, few);
    await checkOp(ops.atan2, [of(wideFloats(2000, 7)), of(wideFloats(2000, 8))], {}, few);
    await checkOp(ops.atan2, [of(normals(2000, 7)), of(normals(2000, 8))], {}, few);
    await checkOp(ops.logAddExp, [of(a), of(b)], {}, few);
    await checkOp(ops.logAddExp, [of(normals(3000, 9)), of(normals(3000, 10))], {}, few);
    await checkOp(ops.logAddExp, [of(normals(3000, 11, 30)), of(normals(3000, 12, 30))], {}, few);
  });

  it('broadcasts', async () => {
    const a = of(normals(2 * 2 * 2 * 3, 1), [2, 1, 2, 1, 2, 3]);
    const b = of(normals(3 * 2 * 2 * 3, 2), [1, 3, 1, 2, 2, 3]);
    await checkOp(ops.fmod, [a, b], {}, exact);
    await checkOp(ops.atan2, [of(normals(1, 1), []), of(normals(6, 2), [2, 3])], {}, few);
    await checkOp(ops.atan2, [of(new Float32Array(0), [0, 3]), of(normals(3, 2), [3])], {}, few);
  });
});

describe('folds', () => {
  it('integers, along any axes', async () => {
    const shape = [3, 5, 4, 7];
    const next = random(1);
    const i = of(
      Int32Array.from({ length: 420 }, () => Math.floor((next() - 0.5) * 2 ** 32)),
      shape,
    );
    const u = of(Uint32Array.from(i.data), shape);
    for (const axes of [[0], [1], [3], [0, 2], [1, 3], [0, 1, 2, 3], []]) {
      for (const x of [i, u]) {
        for (const op of [ops.sum, ops.max, ops.min]) await checkOp(op, [x], { axes, keepDims: false }, exact);
      }
      const bools = of(
        integers(420, 2, 2).map((v) => v),
        shape,
        'bool',
      );
      await checkOp(ops.sum, [{ ...bools, data: Uint32Array.from(bools.data) }], { axes, keepDims: true }, exact);
    }
    for (const n of [0, 1, 255, 256, 257, 3000]) {
      await checkOp(ops.sum, [of(integers(n, n, 2 ** 31 - 1))], { axes: [0], keepDims: false }, exact);
      await checkOp(ops.prod, [of(integers(n, n, 2 ** 31 - 1))], {}, exact);
    }
  });

  it('products, also where parts leave the range of float32', async () => {
    for (const n of [0, 1, 3, 4, 31, 33, 257, 1500]) {
      const next = random(n);
      const x = of(
        Float32Array.from({ length: 3 * n }, () => 4 ** (next() - 0.5) * (next() < 0.5 ? -1 : 1)),
        [3, n],
      );
      await checkOp(ops.prod, [x], {}, last);
    }
    const odd = [2 ** 100, 2 ** 100, 2 ** -100, 2 ** -99, Infinity, -2, 1, 1, Infinity, 0, 1, 1, 1, Number.NaN, 2, 3];
    await checkOp(ops.prod, [of(Float32Array.from(odd), [4, 4])], {}, last);
  });

  it('norms', async () => {
    for (const p of [0, 0.5, 1, 1.5, 2, 3, 7.25, Infinity, -Infinity, -1, -2.5]) {
      for (const n of [1, 2, 7, 33, 700]) {
        await checkOp(ops.norm, [of(normals(3 * n, n), [3, n])], { p }, few);
      }
      const odd = [1, Number.NaN, Infinity, 1, 3, -4, 3 * 2 ** 100, -(2 ** 102), 3 * 2 ** -100, 2 ** -98, 0, 0, 0, 5];
      await checkOp(ops.norm, [of(Float32Array.from(odd), [7, 2])], { p }, few);
    }
    await checkOp(ops.norm, [of(new Float32Array(0), [2, 0])], { p: 2 }, exact);
  });
});

describe('scans', () => {
  const lengths = [1, 3, 17, 64, 65, 1025, 2500];

  it('sums', async () => {
    for (const n of lengths) {
      for (const reverse of [false, true]) {
        // running sums cancel: the error is that of one rounding of what is left, and 2^-45 of the parts
        await checkOp(ops.cumsum, [of(normals(3 * n, n), [3, n])], { reverse }, { relative: 1.3e-7, absolute: 1e-11 });
        await checkOp(ops.cumsum, [of(integers(n, n, 2 ** 31 - 1))], { reverse }, exact);
      }
    }
    const odd = [1, Number.NaN, 2, Infinity, 1, -Infinity, 1e10, 1, -1e10, 3e38, 3e38, 1];
    await checkOp(ops.cumsum, [of(Float32Array.from(odd), [4, 3])], { reverse: false }, last);
    await checkOp(ops.cumsum, [of(new Float32Array(0), [0, 3])], { reverse: false }, exact);
    await checkOp(ops.cumsum, [of(new Float32Array(0), [3, 0])], { reverse: false }, exact);
  });

  it('products', async () => {
    for (const n of lengths) {
      const next = random(n);
      const x = Float32Array.from({ length: 2 * n }, () => 2 ** (next() - 0.5) * (next() < 0.5 ? -1 : 1));
      await checkOp(ops.cumprod, [of(x, [2, n])], {}, last);
      await checkOp(ops.cumprod, [of(integers(n, n, 2 ** 31 - 1))], {}, exact);
    }
    const odd = [1, Number.NaN, 0, Infinity, -1, 0, 2 ** 120, -4, 2 ** -120, 2 ** 100, 2 ** 100, 2 ** -100];
    await checkOp(ops.cumprod, [of(Float32Array.from(odd), [4, 3])], {}, last);
  });

  it('maxima and minima, with the last of equals', async () => {
    for (const n of lengths) {
      const x = Float32Array.from(normals(3 * n, n), (v) => Math.round(2 * v));
      for (const op of [ops.cummax, ops.cummin]) {
        await checkOp(op, [of(x, [3, n])], {}, exact);
        await checkOp(op, [of(Int32Array.from(x), [3, n])], {}, exact);
        await checkOp(op, [of(Uint32Array.from(x), [3, n])], {}, exact);
      }
    }
    const odd = [0, -0, 1, Number.NaN, 2, Number.NaN, -Infinity, Infinity, -Infinity, -2147483648, 2147483647, 1];
    for (const op of [ops.cummax, ops.cummin]) {
      await checkOp(op, [of(Float32Array.from(odd), [4, 3])], {}, exact);
      await checkOp(op, [of(Int32Array.from(odd), [4, 3])], {}, exact);
    }
  });

  it('logarithms of sums', async () => {
    for (const n of lengths) {
      await checkOp(ops.logCumsumExp, [of(normals(2 * n, n), [2, n])], {}, { relative: 3e-7, absolute: 1e-11 });
      await checkOp(ops.logCumsumExp, [of(normals(2 * n, n, 50), [2, n])], {}, { relative: 3e-7, absolute: 1e-9 });
    }
    const odd = [-Infinity, -Infinity, 2, 1, Infinity, -Infinity, 1, Number.NaN, 2, -1e4, -1e4, 1e4, 88, 89, 3e38];
    await checkOp(ops.logCumsumExp, [of(Float32Array.from(odd), [5, 3])], {}, few);
  });

  it('gradients of products and of logarithms of sums', async () => {
    for (const n of lengths) {
      const next = random(n);
      const x = of(
        Float32Array.from({ length: 2 * n }, () => 2 ** (next() - 0.5) * (next() < 0.5 ? -1 : 1)),
        [2, n],
      );
      const g = of(normals(2 * n, n), [2, n]);
      await checkOp(ops.prodBackward, [x, of(normals(2, n))], {}, few);
      // the parts of a sum cancel
      const parts = Math.max(
        ...wanted(ops.cumprodBackward, [x, of(g.data.map(Math.abs), [2, n])], {})[0].map(Math.abs),
      );
      await checkOp(ops.cumprodBackward, [x, g], {}, { relative: 1e-6, absolute: 1e-6 * parts });
      await checkOp(
        ops.logCumsumExpBackward,
        [of(normals(2 * n, n, 3), [2, n]), g],
        {},
        { relative: 2e-6, absolute: 5e-6 },
      );
    }
    const zeros = of(Float32Array.of(2, 3, -4, 2, 0, -4, 0, 3, 0), [3, 3]);
    await checkOp(ops.prodBackward, [zeros, of(Float32Array.of(1, 2, 3))], {}, exact);
    await checkOp(ops.cumprodBackward, [zeros, of(normals(9, 1), [3, 3])], {}, few);
    const infinite = of(Float32Array.of(-Infinity, -Infinity, 2));
    await checkOp(ops.logCumsumExpBackward, [infinite, of(Float32Array.of(1, 1, 1))], {}, exact);
  });
});

describe('elements by id', () => {
  it('take, and its adjoint', async () => {
    const x = of(normals(60, 1), [3, 4, 5]);
    for (const n of [0, 1, 255, 2000]) {
      const at = Int32Array.from(integers(n, n, 61), (v) => v - 1);
      await checkOp(ops.take, [x, of(at, [n])], {}, exact);
      await checkOp(ops.take, [of(integers(60, 3, 99)), of(at, [n])], {}, exact);
      const sums = { relative: 1.2e-7, absolute: 1e-13 };
      await checkOp(ops.takeBackward, [of(normals(n, 2)), of(at)], { shape: [3, 4, 5] }, sums);
      await checkOp(
        ops.takeBackward,
        [of(wideFloats(n, 2)), of(at)],
        { shape: [60] },
        { relative: 1.2e-7, absolute: 1e-4 },
      );
    }
  });

  it('sums are exact, whatever the order and the size of the parts', async () => {
    const parts = [1e30, 1, -1e30, 2 ** -149, 1e-40, -3e38, 3e38, 7, 2 ** -100, -1e-40, 2 ** 127, -(2 ** 127), 0.1];
    const g = Float32Array.from({ length: 13 * 5 }, (_, i) => parts[(i * 7) % 13]);
    const [sums] = await runOp(ops.takeBackward, [of(g), of(Int32Array.from(g, (_, i) => i % 5))], { shape: [5] });
    // exact sums in units of 2^-149
    const unit = (x: number): bigint => {
      const bits = new Uint32Array(Float32Array.of(x).buffer)[0];
      const e = Math.max((bits >>> 23) & 255, 1);
      const m = (bits & 0x7fffff) + (((bits >>> 23) & 255) > 0 ? 0x800000 : 0);
      return (bits >>> 31 ? -1n : 1n) * (BigInt(m) << BigInt(e - 1));
    };
    for (let p = 0; p < 5; p++) {
      let total = 0n;
      for (let i = p; i < g.length; i += 5) total += unit(g[i]);
      // of a BigInt, Number rounds to nearest; 2^149 of them are one
      const half = Number(total / 2n ** 60n) * 2 ** -89;
      expect(Math.abs(sums[p] - half)).toBeLessThanOrEqual(6e-8 * Math.abs(half) + 2 ** -80);
    }
    const special = [Infinity, 1, 2, -Infinity, Infinity, 3, Number.NaN, 1, 2, 3e38, 3e38, 3e38];
    const at = Int32Array.from({ length: 12 }, (_, i) => Math.floor(i / 3));
    const [odd] = await runOp(ops.takeBackward, [of(Float32Array.from(special)), of(at)], { shape: [4] });
    expect(Array.from(odd)).toEqual([Infinity, Number.NaN, Number.NaN, Infinity]);
  });

  it('takeAlongAxis, scatter and scatterAdd along any axis', async () => {
    const shape = [4, 5, 3];
    const x = of(normals(60, 1), shape);
    for (const [axis, idsShape] of [
      [0, [9, 5, 3]],
      [1, [4, 2, 2]],
      [2, [3, 5, 8]],
      [1, [4, 40, 3]],
      [0, [0, 5, 3]],
    ] as const) {
      const size = sizeOf(idsShape);
      const ids = of(integers(size, 2, shape[axis]), idsShape);
      const source = of(normals(size, 3), idsShape);
      if (axis < 2 && size > 0) await checkOp(ops.takeAlongAxis, [x, ids], { axis }, exact);
      await checkOp(ops.scatter, [x, ids, source], { axis }, exact);
      await checkOp(
        ops.scatter,
        [of(integers(60, 1, 9), shape), ids, of(integers(size, 2, 9), idsShape)],
        { axis },
        exact,
      );
      await checkOp(ops.scatterAdd, [x, ids, source], { axis }, { relative: 1.2e-7, absolute: 1e-13 });
    }
  });

  it('gives the same bits each time', async () => {
    const at = of(integers(3000, 5, 7));
    const g = of(wideFloats(3000, 6));
    const runs = await Promise.all([1, 2, 3].map(() => runOp(ops.takeBackward, [g, at], { shape: [7] })));
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('oneHot', async () => {
    for (const [n, classes] of [
      [0, 3],
      [1, 1],
      [300, 7],
    ]) {
      await checkOp(ops.oneHot, [of(integers(n, 1, classes))], { classes, dtype: 'f32' as const }, exact);
    }
  });
});

describe('orders', () => {
  const ordered = async (x: Input, k: number): Promise<void> => {
    for (const descending of [false, true]) await checkOp(ops.sort, [x], { descending, k }, exact);
  };

  it('sorts rows of every length, stably', async () => {
    for (const n of [1, 2, 3, 9, 64, 255, 1024, 1025, 2048, 5000]) {
      const rows = n < 100 ? 37 : 3;
      const x = Float32Array.from(normals(rows * n, n, 20), (v, i) => (i % 17 === 0 ? Number.NaN : Math.round(v)));
      await ordered(of(x, [rows, n]), n);
      await ordered(of(x, [rows, n]), Math.ceil(n / 3));
    }
  });

  it('sorts integers and special numbers', async () => {
    const next = random(1);
    const i = Int32Array.from({ length: 3000 }, () => Math.floor((next() - 0.5) * 2 ** 32));
    await ordered(of(i), 3000);
    await ordered(of(Uint32Array.from(i)), 3000);
    await ordered(of(Uint32Array.of(0xffffffff, 0, 0xffffffff, 5, 0)), 5);
    await ordered(of(Float32Array.from([...specials, ...specials, 1e-40, -1e-40])), 2 * specials.length + 2);
    await ordered(of(new Float32Array(0), [0, 3]), 3);
    await ordered(of(new Float32Array(0), [3, 0]), 0);
    await ordered(of(normals(6, 1), [2, 3]), 0);
  });

  it('searches sorted lists', async () => {
    for (const right of [false, true]) {
      for (const n of [0, 1, 2, 31, 300]) {
        const sorted = Float32Array.from(normals(n, n), (v) => Math.round(3 * v)).sort();
        const values = of(Float32Array.from([...normals(90, 3).map((v) => Math.round(3 * v)), ...specials]), [2, 53]);
        await checkOp(ops.searchSorted, [of(sorted), values], { right }, exact);
        await checkOp(ops.searchSorted, [of(Int32Array.from(sorted)), of(integers(7, 1, 5))], { right }, exact);
        const lists = of(Float32Array.from([...sorted, ...sorted.map((v) => v + 1)]), [2, n]);
        await checkOp(ops.searchSorted, [lists, values], { right }, exact);
      }
      const odd = Float32Array.of(-Infinity, -1, -0, 0, 2, Infinity, Number.NaN, Number.NaN);
      await checkOp(ops.searchSorted, [of(odd), of(Float32Array.from(specials))], { right }, exact);
      await checkOp(
        ops.searchSorted,
        [of(new Float32Array(0), [0, 3]), of(new Float32Array(0), [0, 2])],
        { right },
        exact,
      );
    }
  });

  it('finds nearest rows', async () => {
    for (const [groups, n, m, width] of [
      [1, 1, 1, 3],
      [2, 33, 40, 3],
      [1, 9, 300, 17],
      [3, 4, 5, 0],
      [0, 3, 3, 2],
    ]) {
      const a = of(
        normals(groups * n * width, 1).map((v) => Math.round(2 * v)),
        [groups, n, width],
      );
      const b = of(
        normals(groups * m * width, 2).map((v) => Math.round(2 * v)),
        [groups, m, width],
      );
      await checkOp(ops.nearestRows, [a, b], {}, exact);
      const mask = of(Uint32Array.from(integers(groups * m, 3, 2)), [groups, m], 'bool');
      await checkOp(ops.nearestRows, [a, b, mask], {}, exact);
      await checkOp(ops.nearestRows, [a, b, { ...mask, data: new Uint32Array(groups * m) }], {}, exact);
    }
    // differences that float32 sums do not hold
    const a = of(Float32Array.of(1e4, 1), [1, 1, 2]);
    const b = of(Float32Array.of(0, 1.001, 0, 1, Infinity, 0, 0, 0.999), [1, 4, 2]);
    await checkOp(ops.nearestRows, [a, b], {}, exact);
    const odd = of(Float32Array.of(1, Infinity, Number.NaN, 1, 0, Number.NaN), [1, 3, 2]);
    await checkOp(ops.nearestRows, [a, odd], {}, exact);
    await checkOp(ops.nearestRows, [of(Float32Array.of(Infinity, 0), [1, 1, 2]), b], {}, exact);
  });
});

describe('windows', () => {
  const sliding = (size: number, kernel: number, stride: number, padding: number, dilation: number) => {
    const windows = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
    const begins = Array.from({ length: windows }, (_, i) => i * stride - padding);
    const skipped = begins.map((b) => (b < 0 ? Math.ceil(-b / dilation) : 0));
    const starts = begins.map((b, i) => b + skipped[i] * dilation);
    const counts = starts.map((s, i) =>
      Math.max(0, Math.min(kernel - skipped[i], Math.floor((size - 1 - s) / dilation) + 1)),
    );
    const rule = { kind: 'sliding' as const, kernel, stride, padding, countIncludePad: false };
    return { size, starts, counts, step: dilation, divisors: counts, rule };
  };
  const adaptive = (size: number, windows: number) => {
    const starts = Array.from({ length: windows }, (_, i) => Math.floor((i * size) / windows));
    const counts = starts.map((s, i) => Math.ceil(((i + 1) * size) / windows) - s);
    return { size, starts, counts, step: 1, divisors: counts, rule: { kind: 'adaptive' as const } };
  };

  it('largest elements and their places', async () => {
    for (const windows of [
      [sliding(7, 2, 2, 0, 1)],
      [sliding(2, 2, 1, 1, 3), sliding(9, 3, 2, 1, 2)],
      [adaptive(7, 3), adaptive(5, 8)],
      [sliding(4, 2, 1, 1, 1), adaptive(6, 4), sliding(5, 3, 1, 0, 1)],
    ]) {
      const shape = [2, 3, ...windows.map(({ size }) => size)];
      const x = Float32Array.from(normals(sizeOf(shape), 1), (v, i) => (i % 11 === 3 ? Number.NaN : Math.round(2 * v)));
      await checkOp(ops.maxPool, [of(x, shape)], { windows }, exact);
      await checkOp(
        ops.maxPool,
        [
          of(
            x.map((v) => (v > 0 ? 0 : -0)),
            shape,
          ),
        ],
        { windows },
        exact,
      );
    }
    await checkOp(ops.maxPool, [of(new Float32Array(0), [0, 3, 5])], { windows: [sliding(5, 2, 2, 0, 1)] }, exact);
  });

  interface Rows {
    readonly inputs: number;
    readonly rows: readonly (readonly (readonly [column: number, weight: number])[])[];
  }

  const adjoint = ({ inputs, rows }: Rows): Rows => ({
    inputs: rows.length,
    rows: Array.from({ length: inputs }, (_, column) =>
      rows.flatMap((row, i) => row.filter(([c]) => c === column).map(([, weight]) => [i, weight] as const)),
    ),
  });

  const mapOf = ({ inputs, rows }: Rows, formula: MapRows, transposed: boolean) => {
    const offsets = new Int32Array(rows.length + 1);
    rows.forEach((row, i) => {
      offsets[i + 1] = offsets[i] + row.length;
    });
    const columns = Int32Array.from(rows.flat(), ([column]) => column);
    const weights = Float64Array.from(rows.flat(), ([, weight]) => weight);
    return { inputs, offsets, columns, weights, rule: { rows: formula, transposed } };
  };

  /** The formula and its adjoint, beside the rows. */
  const checkMap = async (rows: Rows, formula: MapRows, inner = 3, back = true): Promise<void> => {
    for (const transposed of back ? [false, true] : [false]) {
      const map = mapOf(transposed ? adjoint(rows) : rows, formula, transposed);
      const x = of(normals(2 * map.inputs * inner, 1), [2, map.inputs, inner]);
      // sums cancel; the weights are rounded
      await checkOp(ops.resampleAxis, [x], { axis: 1, map }, { relative: 3e-7, absolute: 2e-7 });
    }
  };

  it('averages and their adjoints', async () => {
    const padded = { ...sliding(9, 3, 2, 1, 1), divisors: [3, 3, 3, 3, 3] };
    for (const windows of [
      sliding(7, 2, 2, 0, 1),
      sliding(8, 5, 1, 2, 1),
      sliding(9, 2, 3, 1, 1),
      sliding(9, 3, 2, 0, 2),
      sliding(1, 1, 1, 0, 1),
      { ...padded, rule: { ...padded.rule, countIncludePad: true } },
      adaptive(7, 3),
      adaptive(5, 8),
      adaptive(6, 6),
    ]) {
      const { size, starts, counts, step, divisors, rule } = windows;
      const rows = starts.map((s, i) =>
        Array.from({ length: counts[i] }, (_, t) => [s + t * step, 1 / divisors[i]] as const),
      );
      await checkMap({ inputs: size, rows }, { kind: 'mean', axis: { size, windows: starts.length, step, rule } });
    }
  });

  const linearRows = (n: number, m: number, alignCorners: boolean): Rows => ({
    inputs: n,
    rows: Array.from({ length: m }, (_, i) => {
      const at = alignCorners ? (m > 1 ? (i * (n - 1)) / (m - 1) : 0) : Math.max(0, ((i + 0.5) * n) / m - 0.5);
      const low = Math.min(Math.floor(at), n - 1);
      const share = low === n - 1 ? 0 : at - low;
      return share === 0 ? [[low, 1] as const] : [[low, 1 - share] as const, [low + 1, share] as const];
    }),
  });

  it('interpolations and their adjoints', async () => {
    for (const [n, m] of [
      [1, 1],
      [1, 5],
      [5, 1],
      [4, 9],
      [9, 4],
      [7, 7],
      [2, 300],
      [300, 7],
    ]) {
      for (const alignCorners of [false, true]) {
        await checkMap(linearRows(n, m, alignCorners), { kind: 'linear', inputs: n, outputs: m, alignCorners });
      }
    }
  });

  it('positions whose products leave 32 bits', async () => {
    for (const alignCorners of [false, true]) {
      const formula = { kind: 'linear' as const, inputs: 40_000, outputs: 130_000, alignCorners };
      await checkMap(linearRows(40_000, 130_000, alignCorners), formula, 1, false);
    }
    const windows = [adaptive(70_001, 70_000)];
    await checkOp(ops.maxPool, [of(normals(70_001, 1), [1, 1, 70_001])], { windows }, exact);
  });

  it('maps along an axis given tap by tap, and their adjoints', async () => {
    const map = {
      inputs: 4,
      offsets: Int32Array.of(0, 2, 2, 5, 6),
      columns: Int32Array.of(0, 3, 1, 2, 3, 0),
      weights: Float64Array.of(0.5, -2, 1, 3, 0.25, 7),
      rule: null,
    };
    await checkOp(ops.resampleAxis, [of(normals(40, 1), [2, 4, 5])], { axis: 1, map }, few);
    const rows = 50;
    const long = {
      inputs: 9,
      offsets: Int32Array.from({ length: rows + 1 }, (_, i) => 3 * i),
      columns: integers(3 * rows, 1, 9),
      weights: Float64Array.from(normals(3 * rows, 2)),
      rule: null,
    };
    await checkOp(
      ops.resampleAxis,
      [of(normals(18, 1), [2, 9])],
      { axis: 1, map: long },
      { relative: 4e-7, absolute: 1e-7 },
    );
  });
});

describe('random numbers', () => {
  const key = (seed: number) => of(Uint32Array.of(0xa4093822, seed));
  const draw = (kind: unknown, n: number, dtype: DType) => ({ shape: [n], dtype, distribution: kind }) as never;

  it('the same bits as on the host', async () => {
    for (const n of [0, 1, 2, 3, 4, 5, 1000, 1025]) {
      await checkOp(ops.random, [key(n)], draw({ kind: 'uniform' }, n, 'f32'), exact);
      for (const p of [0, 0.1, 0.625, 1]) {
        await checkOp(ops.random, [key(n)], draw({ kind: 'bernoulli', p }, n, 'bool'), exact);
      }
      for (const [low, high] of [
        [-3, 4],
        [7, 8],
        [0, 2 ** 31],
        [-(2 ** 31), 2 ** 31],
        [-5, 1000003],
      ]) {
        await checkOp(ops.random, [key(n)], draw({ kind: 'integers', low, high }, n, 'i32'), exact);
      }
      await checkOp(ops.random, [key(n)], draw({ kind: 'permutation' }, n, 'i32'), exact);
    }
    await checkOp(ops.random, [key(1)], draw({ kind: 'permutation' }, 3000, 'i32'), exact);
  });

  it('normal ones but for a last place', async () => {
    for (const n of [1, 2, 3, 4, 5, 4001]) {
      await checkOp(ops.random, [key(n)], draw({ kind: 'normal' }, n, 'f32'), last);
    }
  });

  it('truncated normal ones but for a last place', async () => {
    for (const [mean, std, low, high] of [
      [0, 1, -2, 2],
      [3, 2, -1, 7],
      [1, 0.5, 2.5, Infinity],
      [0, 1, -Infinity, -4],
      [0, 0.02, -2, 2],
    ]) {
      const kind = { kind: 'truncatedNormal', mean, std, low, high };
      await checkOp(ops.random, [key(3)], draw(kind, 2001, 'f32'), { relative: 1.3e-7, absolute: 1e-11 });
    }
  });
});

describe('launches', () => {
  it('keep shapes out of constants', () => {
    const keyOf = (n: number): string => {
      const args = hostArgs(ops.cumsum, [{ shape: [3, n], dtype: 'f32' }], { reverse: false });
      const context = { op: 'cumsum', abilities: leastAbilities, operands: 2 };
      return JSON.stringify(hostKernels.host(args, context).dispatches.map(({ constants }) => constants));
    };
    expect(keyOf(5000)).toBe(keyOf(77777));
  });

  it('fold rows of workgroups that are too long', async () => {
    const abilities = { ...leastAbilities, workgroupsPerAxis: 3 };
    const args = hostArgs(ops.oneHot, [{ shape: [5000], dtype: 'i32' }], { classes: 2, dtype: 'f32' });
    const [{ workgroups }] = hostKernels.host(args, { op: 'oneHot', abilities, operands: 2 }).dispatches;
    expect(workgroups).toEqual([3, 4, 1]);
    expect(backend.abilities.workgroupsPerAxis).toBeGreaterThan(3);
  });
});

describe('any shape', () => {
  it('folds, scans and sorts', async () => {
    const dims = fc.array(fc.constantFrom(1, 2, 3, 5, 16, 17, 40), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(dims, fc.nat(3), async (shape, seed) => {
        const size = sizeOf(shape);
        const x = of(normals(size, seed), shape);
        const k = shape[shape.length - 1];
        await checkOp(ops.sort, [x], { descending: seed % 2 === 0, k }, exact);
        await checkOp(ops.cummax, [x], {}, exact);
        await checkOp(ops.norm, [x], { p: 2 }, few);
        const axes = shape.map((_, i) => i).filter((i) => (seed >> i) % 2 === 0);
        await checkOp(ops.max, [of(integers(size, seed, 100), shape)], { axes, keepDims: false }, exact);
      }),
      { numRuns: 12 },
    );
  });
});
