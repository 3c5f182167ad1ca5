import {
  type BinaryFn,
  type CompareFn,
  type CpuKernelArgs,
  type CpuKernelName,
  call,
  type IntegerFn,
  input,
  type NumericArray,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import type { Launch } from '../src/dispatch.ts';
import { launchOf } from '../src/kernels/table.ts';
import { checkKernel, exact, few, integers, normals, rounding, runKernel } from './support.ts';

const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 100, 1027, 2049];
const zeros = (n: number): Float32Array => new Float32Array(n);

const launched = <K extends CpuKernelName>(kernel: K, operands: number, args: CpuKernelArgs[K]): Launch =>
  launchOf(
    kernel,
    call(
      kernel,
      Array.from({ length: operands }, (_, i) => input(i)),
      args,
    ),
    { ...leastAbilities, workgroupsPerAxis: 5 },
  );

describe('cast and fill', () => {
  const values = {
    f32: Float32Array.from([
      0,
      -0,
      1.9,
      -1.9,
      3e9,
      -3e9,
      5e9,
      NaN,
      Infinity,
      -Infinity,
      1e-40,
      77,
      2 ** 31,
      -(2 ** 31),
    ]),
    i32: Int32Array.from([0, 1, -1, 2147483647, -2147483648, 12345, 16777217]),
    u32: Uint32Array.from([0, 1, 4294967295, 16777217, 7, 2147483648]),
    bool: Uint32Array.from([0, 1, 1, 0, 1]),
  };
  const types = ['f32', 'i32', 'u32', 'bool'] as const;
  const empty = (to: (typeof types)[number], n: number): NumericArray =>
    to === 'f32' ? zeros(n) : to === 'i32' ? new Int32Array(n) : new Uint32Array(n);

  it('casts between all types', async () => {
    for (const from of types) {
      for (const to of types) {
        const x = values[from];
        await checkKernel('cast', [x, empty(to, x.length)], { from, to, n: x.length }, rounding);
      }
    }
    await checkKernel('cast', [zeros(0), empty('i32', 0)], { from: 'f32', to: 'i32', n: 0 }, exact);
    const n = 2051;
    await checkKernel('cast', [normals(n, 1, 100), empty('i32', n)], { from: 'f32', to: 'i32', n }, exact);
  });

  it('fills a range and nothing else', async () => {
    const bits = new Uint32Array(Float32Array.of(1.5).buffer)[0];
    for (const n of sizes) {
      for (const offset of [0, 4, 5, 7]) await checkKernel('fill', [normals(n + 9, 1)], { n, offset, bits }, exact);
    }
  });
});

/** Shapes of rank 1 to `rank` with these sizes and at most `limit` elements. */
const shapes = (sizes: readonly number[], rank: number, limit: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.constantFrom(...sizes), { minLength: 1, maxLength: rank })
    .filter((shape) => shape.reduce((n, d) => n * d, 1) <= limit);

/** A broadcast problem of rank 1 to 6: shape, and strides with some axes repeated or transposed. */
const broadcastCase = fc
  .record({
    shape: shapes([0, 1, 2, 3, 4, 5, 8, 9], 6, 3000),
    zeroed: fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 6, maxLength: 6 }),
    permute: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(({ shape, zeroed, permute, seed }) => {
    const stridesFor = (operand: 0 | 1 | 2): { strides: number[]; size: number } => {
      const strides = new Array<number>(shape.length).fill(0);
      let size = 1;
      const order = shape.map((_, i) => i);
      if (permute && operand === 1) order.reverse();
      for (const axis of order.reverse()) {
        if (zeroed[axis][operand]) continue;
        strides[axis] = size;
        size *= shape[axis];
      }
      return { strides, size: Math.max(size, 1) };
    };
    return {
      shape,
      size: shape.reduce((a, b) => a * b, 1),
      a: stridesFor(0),
      b: stridesFor(1),
      c: stridesFor(2),
      seed,
    };
  });

const binaryNames: readonly BinaryFn[] = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'reluBackward',
  'geluBackward',
  'geluTanhBackward',
  'siluBackward',
  'logisticLoss',
];

describe('broadcast', () => {
  it('binary agrees over random shapes and strides', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastCase, fc.constantFrom(...binaryNames), async ({ shape, size, a, b, seed }, fn) => {
        const x = normals(a.size, seed);
        const left = fn === 'pow' ? x.map(Math.abs) : x;
        const light = fn === 'pow' || fn === 'logisticLoss' || /^(gelu|silu)/.test(fn) ? few : exact;
        await checkKernel(
          'binary',
          [left, normals(b.size, seed + 1), zeros(size)],
          { fn, shape, a: a.strides, b: b.strides },
          light,
        );
      }),
      { numRuns: 120, seed: 1 },
    );
  });

  it('binary agrees on the fast layouts at every size', async () => {
    for (const n of sizes) {
      for (const [a, b] of [
        [1, 1],
        [0, 1],
        [1, 0],
        [3, 1],
      ]) {
        const operands = [normals(Math.max(1, n * a), n), normals(Math.max(1, n * b), n + 1), zeros(n)];
        await checkKernel('binary', operands, { fn: 'mul', shape: [n], a: [a], b: [b] }, exact);
        const rows = [normals(Math.max(1, 3 * n * a), n), normals(Math.max(1, n * b), n + 1), zeros(3 * n)];
        await checkKernel('binary', rows, { fn: 'add', shape: [3, n], a: [n * a, a], b: [0, b] }, exact);
      }
    }
  });

  it('integer, compare and select agree', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastCase, fc.nat(17), async ({ shape, size, a, b, c, seed }, pick) => {
        const args = { shape, a: a.strides, b: b.strides };
        const integer = (['add', 'sub', 'mul'] as const satisfies readonly IntegerFn[])[pick % 3];
        const [x, y] = [integers(a.size, seed, 9), integers(b.size, seed + 1, 9)];
        await checkKernel('integer', [x, y, new Int32Array(size)], { ...args, fn: integer }, exact);
        const names: readonly CompareFn[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'];
        const dtype = (['f32', 'i32', 'u32'] as const)[pick % 3];
        const typed = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[dtype];
        const operands = [typed.from(x), typed.from(y), new Uint32Array(size)];
        await checkKernel('compare', operands, { ...args, fn: names[pick % 6], dtype }, exact);
        const cond = Uint32Array.from(integers(c.size, seed + 2, 2));
        await checkKernel(
          'select',
          [cond, normals(a.size, 5), normals(b.size, 6), zeros(size)],
          { ...args, cond: c.strides },
          exact,
        );
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  const run = async (fn: BinaryFn, a: number[], b: number[]): Promise<number[]> => {
    const args: CpuKernelArgs['binary'] = { fn, shape: [a.length], a: [1], b: [1] };
    const [, , out] = await runKernel('binary', [Float32Array.from(a), Float32Array.from(b), zeros(a.length)], args);
    return Array.from(out);
  };

  it('handles NaN and infinities', async () => {
    expect(await run('maximum', [NaN, 1, -1], [1, NaN, 2])).toEqual([NaN, NaN, 2]);
    expect(await run('minimum', [NaN, 1, -1], [1, NaN, 2])).toEqual([NaN, NaN, -1]);
    expect(await run('reluBackward', [-1, 0, 2, 1, NaN], [5, 5, 5, NaN, 1])).toEqual([0, 0, 5, NaN, 0]);
    expect(await run('geluBackward', [-100, 100, -Infinity, Infinity, NaN], [1, 2, 1, 1, 1])).toEqual([
      0,
      2,
      0,
      1,
      NaN,
    ]);
    const limits = [-1e4, 1e4, -Infinity, Infinity, NaN];
    const positive = (values: number[]): number[] => values.map((v) => v + 0);
    expect(positive(await run('geluTanhBackward', limits, [1, 2, 1, 1, 1]))).toEqual([0, 2, 0, 1, NaN]);
    expect(positive(await run('siluBackward', limits, [1, 2, 1, 1, 1]))).toEqual([0, 2, 0, 1, NaN]);
    const quotients = await run(
      'div',
      [1, -1, 0, Infinity, 1, NaN, 1e38, 3e38, 1e38],
      [0, 0, 0, 2, -Infinity, 1, 3e38, 1e-5, 1e38],
    );
    expect(positive(quotients)).toEqual([
      Infinity,
      -Infinity,
      NaN,
      Infinity,
      0,
      NaN,
      Math.fround(Math.fround(1e38) / Math.fround(3e38)),
      Infinity,
      1,
    ]);
    // Two wrong by 100, two right by 20, NaN on either side; a loss of 2e-9 keeps its digits.
    const losses = await run('logisticLoss', [1e4, -1e4, 20, 0, NaN, 0], [0, 1, 1, 0.25, 0, NaN]);
    const tail = Math.fround(Math.log1p(Math.exp(-20)));
    expect(Math.abs(losses[2] / tail - 1)).toBeLessThan(1e-6);
    expect([losses[0], losses[1], losses[4], losses[5]]).toEqual([1e4, 1e4, NaN, NaN]);
    expect(losses[3]).toBeCloseTo(Math.LN2, 6);
  });

  it('pow follows IEEE 754 and keeps its digits', async () => {
    const bases = [2, -2, -2, -2, 0, 0, -0, 0, Infinity, -Infinity, NaN, NaN, 0.5, 2, 1, -1, 10, 1e-30, -8, 3, -1, 2];
    const powers = [
      10,
      3,
      2,
      0.5,
      2,
      -1,
      -3,
      0,
      -1,
      3,
      0,
      1,
      Infinity,
      -Infinity,
      NaN,
      -Infinity,
      40,
      1,
      1 / 3,
      1e30,
      3e9,
      -1e38,
    ];
    const got = await run('pow', bases, powers);
    const want = bases.map((x, i) => (Math.abs(x) === 1 ? 1 : Math.fround(Math.fround(x) ** Math.fround(powers[i]))));
    expect(got.map((x) => x + 0)).toEqual(want.map((x) => x + 0));
    // results from 2^-120 to 2^120, near 1 and far from it
    const n = 4000;
    const a = Float32Array.from(normals(n, 1), (x, i) => (i % 2 === 0 ? Math.exp(10 * x) : 1 + x * 1e-3));
    const b = Float32Array.from(a, (x, i) => Math.fround((120 * Math.sin(i)) / Math.log2(x)));
    const out = await run('pow', [...a], [...b]);
    let largest = 0;
    out.forEach((y, i) => {
      largest = Math.max(largest, Math.abs(y / a[i] ** b[i] - 1));
    });
    if (process.env.OMNIGRAD_SHOW_ULP) console.log('pow, relative', largest);
    expect(largest).toBeLessThan(5e-7);
  });

  it('compares by all bits', async () => {
    const ints = Int32Array.from([2147483647, -2147483648, 123456789]);
    await checkKernel(
      'integer',
      [ints, Int32Array.from([1, -1, 987654321]), new Int32Array(3)],
      { fn: 'mul', shape: [3], a: [1], b: [1] },
      exact,
    );
    const values = [NaN, NaN, 1e-40, -1e-40, 0, -0, Infinity, -Infinity, -1, 3];
    const others = [NaN, 1, 0, 1e-40, -0, 0, Infinity, Infinity, NaN, -3];
    for (const fn of ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const) {
      const operands = [Float32Array.from(values), Float32Array.from(others), new Uint32Array(10)];
      await checkKernel('compare', operands, { fn, dtype: 'f32', shape: [10], a: [1], b: [1] }, exact);
      const signed = [Int32Array.of(-1, 1, -2147483648), Int32Array.of(1, 1, 2147483647), new Uint32Array(3)];
      await checkKernel('compare', signed, { fn, dtype: 'i32', shape: [3], a: [1], b: [1] }, exact);
      const large = [Uint32Array.of(4294967295, 0, 5), Uint32Array.of(1, 1, 5), new Uint32Array(3)];
      await checkKernel('compare', large, { fn, dtype: 'u32', shape: [3], a: [1], b: [1] }, exact);
    }
  });

  it('has one pipeline a function', () => {
    const of = (shape: number[], a: number[], b: number[]) => launched('binary', 3, { fn: 'div', shape, a, b });
    const [small, large] = [of([3, 5], [5, 1], [0, 1]), of([8, 2048 * 7], [2048 * 7, 1], [1, 0])];
    expect(small.dispatches[0].constants).toEqual(large.dispatches[0].constants);
    expect(large.dispatches[0].workgroups).toEqual([5, 12, 1]);
    expect(of([0, 5], [5, 1], [0, 1]).dispatches).toEqual([]);
  });
});

describe('copy', () => {
  it('agrees for slices, permutes, reversals and offsets', async () => {
    const dims = shapes([1, 2, 3, 4, 5, 7, 8, 9, 20], 5, 4000);
    const problem = dims.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        order: fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
        pad: fc.array(fc.nat(2), { minLength: shape.length, maxLength: shape.length }),
        flip: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
        outPad: fc.nat(3),
      }),
    );
    await fc.assert(
      fc.asyncProperty(problem, async ({ shape, order, pad, flip, outPad }) => {
        // x is laid out in `order`, padded; some axes are read backwards
        const inStrides = new Array<number>(shape.length);
        let size = 1;
        for (const axis of [...order].reverse()) {
          inStrides[axis] = size;
          size *= shape[axis] + pad[axis];
        }
        let inOffset = 0;
        shape.forEach((d, axis) => {
          if (flip[axis]) {
            inOffset += inStrides[axis] * (d - 1);
            inStrides[axis] = -inStrides[axis];
          }
        });
        const outStrides = new Array<number>(shape.length);
        let outSize = 1;
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          outStrides[axis] = outSize;
          outSize *= shape[axis] + (axis === shape.length - 1 ? outPad : 0);
        }
        const args = { shape, inStrides, inOffset, outStrides, outOffset: 2 };
        await checkKernel('copy', [normals(size, 7), normals(outSize + 2, 8)], args, exact);
        await checkKernel('addStrided', [normals(size, 7), normals(outSize + 2, 8)], args, exact);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  const add = async (shape: number[], inStrides: number[], outStrides: number[], x: number, out: number) => {
    const args = { shape, inStrides, inOffset: 1, outStrides, outOffset: 2 };
    await checkKernel('addStrided', [normals(x, 1), normals(out, 2)], args, exact);
  };

  it('adds to what is there, dense, strided and transposed', async () => {
    await add([3, 7], [7, 1], [9, 1], 22, 29);
    await add([2, 3, 5], [15, 5, 1], [60, 20, 2], 31, 112);
    await add([5, 9], [1, 5], [9, 1], 46, 47);
    await add([40, 70], [1, 40], [70, 1], 2801, 2802);
    await add([2, 3, 2, 3, 3], [54, 18, 9, 3, 1], [128, 40, 16, 5, 1], 109, 260);
    await add([300], [1], [1], 301, 302);
    await add([0, 3], [3, 1], [3, 1], 2, 3);
  });

  it('adds along strides of 0, backwards and over gaps', async () => {
    // up to nine terms of size 1 in float32
    const summed = { relative: 0, absolute: 2e-6 };
    const sums = { shape: [3, 4, 5], inStrides: [20, 5, 1], inOffset: 0, outStrides: [5, 0, 1], outOffset: 1 };
    await checkKernel('addStrided', [normals(60, 1), normals(17, 2)], sums, summed);
    const one = { shape: [7, 9], inStrides: [9, 1], inOffset: 0, outStrides: [1, 0], outOffset: 0 };
    await checkKernel('addStrided', [normals(63, 1), normals(7, 2)], one, summed);
    const backwards = { shape: [2, 6], inStrides: [6, 1], inOffset: 0, outStrides: [14, -2], outOffset: 11 };
    await checkKernel('addStrided', [normals(12, 1), normals(28, 2)], backwards, exact);
    const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
    await checkKernel('addStrided', [normals(3, 1), normals(3, 2)], nothing, exact);
  });

  it('sums long axes in parts', async () => {
    const all = { shape: [100, 301], inStrides: [301, 1], inOffset: 0, outStrides: [0, 0], outOffset: 2 };
    await checkKernel('addStrided', [normals(30100, 1), normals(4, 2)], all, { relative: 1e-6, absolute: 3e-5 });
    const columns = { shape: [1000, 3, 5], inStrides: [15, 5, 1], inOffset: 0, outStrides: [0, 5, 1], outOffset: 0 };
    await checkKernel('addStrided', [normals(15000, 3), normals(15, 4)], columns, { relative: 1e-6, absolute: 1e-5 });
    const ones = { shape: [1 << 20], inStrides: [0], inOffset: 0, outStrides: [0], outOffset: 0 };
    const [, total] = await runKernel('addStrided', [Float32Array.of(0.1), zeros(1)], ones);
    expect(Math.abs(total[0] / (2 ** 20 * Math.fround(0.1)) - 1)).toBeLessThan(3e-6);
  });

  it('adds where windows overlap', async () => {
    // element i + j of out is met by several (i, j)
    const fold = { shape: [4, 9], inStrides: [9, 1], inOffset: 0, outStrides: [1, 1], outOffset: 1 };
    await checkKernel('addStrided', [normals(36, 1), normals(14, 2)], fold, { relative: 1e-6, absolute: 2e-6 });
    const windows = {
      shape: [2, 3, 5, 3],
      inStrides: [45, 15, 1, 5],
      inOffset: 0,
      outStrides: [20, 0, 2, 1],
      outOffset: 0,
    };
    await checkKernel('addStrided', [normals(90, 1), normals(40, 2)], windows, { relative: 1e-6, absolute: 2e-6 });
  });

  it('copies long rows, repeats by stride 0, and nothing', async () => {
    const long = { shape: [3, 700], inStrides: [800, 1], inOffset: 1, outStrides: [701, 1], outOffset: 0 };
    await checkKernel('copy', [normals(2400, 1), zeros(2103)], long, exact);
    const repeat = { shape: [5, 6], inStrides: [0, 0], inOffset: 2, outStrides: [6, 1], outOffset: 0 };
    await checkKernel('copy', [normals(4, 1), zeros(30)], repeat, exact);
    const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
    await checkKernel('copy', [normals(3, 1), zeros(3)], nothing, exact);
    const last = { shape: [4, 3], inStrides: [3, 1], inOffset: 0, outStrides: [0, 1], outOffset: 0 };
    await checkKernel('copy', [normals(12, 1), zeros(3)], last, exact);
    const one = { shape: [], inStrides: [], inOffset: 3, outStrides: [], outOffset: 1 };
    await checkKernel('copy', [normals(4, 1), zeros(3)], one, exact);
    const axes = Array<number>(10).fill(2);
    const strides = axes.map((_, i) => 3 ** (9 - i));
    const many = { shape: axes, inStrides: strides, inOffset: 0, outStrides: strides.map((s) => 2 * s), outOffset: 1 };
    await checkKernel('copy', [normals(3 ** 10, 1), zeros(2 * 3 ** 10)], many, exact);
  });

  it('transposes tiles', async () => {
    for (const [rows, columns] of [
      [16, 16],
      [31, 33],
      [32, 32],
      [33, 65],
      [100, 17],
    ]) {
      const shape = [3, rows, columns];
      const inStrides = [rows * columns, 1, rows];
      const args = { shape, inStrides, inOffset: 0, outStrides: [rows * columns, columns, 1], outOffset: 0 };
      expect(launched('copy', 2, args).dispatches[0].wgsl).toBe('elementwise/transpose');
      await checkKernel('copy', [normals(3 * rows * columns, 1), zeros(3 * rows * columns)], args, exact);
    }
  });

  it('moves heads by vec4s', async () => {
    // [batch, token, head, 8] to [batch, head, token, 8]
    const args = {
      shape: [2, 3, 5, 8],
      inStrides: [120, 8, 24, 1],
      inOffset: 4,
      outStrides: [120, 40, 8, 1],
      outOffset: 8,
    };
    expect(launched('copy', 2, args).dispatches.map(({ entry }) => entry)).toEqual(['vectors']);
    await checkKernel('copy', [normals(244, 1), zeros(250)], args, exact);
    await checkKernel('addStrided', [normals(244, 1), normals(250, 2)], args, exact);
  });

  it('folds many workgroups into rows', () => {
    const n = 1 << 16;
    const args = { shape: [n], inStrides: [1], inOffset: 1, outStrides: [1], outOffset: 0 };
    const [{ workgroups, constants, entry }] = launched('copy', 2, args).dispatches;
    expect([workgroups, constants, entry]).toEqual([[5, 13, 1], { ADD: false }, 'scalars']);
  });
});
