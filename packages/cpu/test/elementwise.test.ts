import type { BinaryFn, CompareFn, CpuKernelArgs, IntegerFn, UnaryFn } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel, exact, few, integers, normals, rounding, runKernel, type Tolerance, zeros } from './support.ts';

const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 100, 1027];

const unaryTolerance: { readonly [F in UnaryFn]: Tolerance } = {
  neg: exact,
  abs: exact,
  sign: exact,
  floor: exact,
  ceil: exact,
  round: exact,
  trunc: exact,
  exp: few,
  exp2: few,
  expm1: few,
  log: few,
  log2: few,
  log10: few,
  log1p: few,
  sqrt: exact,
  rsqrt: rounding,
  reciprocal: exact,
  square: exact,
  tanh: few,
  sigmoid: few,
  relu: exact,
  gelu: few,
  geluTanh: few,
  erf: few,
  silu: few,
  softplus: few,
  sin: few,
  cos: few,
  tan: few,
  sinh: few,
  cosh: few,
  asin: few,
  acos: few,
  atan: few,
  asinh: few,
  acosh: few,
  atanh: few,
  softsign: rounding,
};
const unaryNames = Object.keys(unaryTolerance) as UnaryFn[];
const positive: ReadonlySet<UnaryFn> = new Set(['log', 'log2', 'log10', 'log1p', 'sqrt', 'rsqrt']);

describe('unary', () => {
  it.each(unaryNames)('%s agrees with float64 for every size', (fn) => {
    for (const n of sizes) {
      const x = normals(n, n, 2);
      const operand = positive.has(fn) ? x.map(Math.abs) : x;
      checkKernel('unary', [operand, zeros(n)], { fn, n }, unaryTolerance[fn]);
    }
  });

  it.each(unaryNames)('%s gives an element the same bytes wherever it stands', (fn) => {
    const x = normals(64, 3, 3).map(Math.abs);
    const [, whole] = runKernel('unary', [x, zeros(64)], { fn, n: 64 });
    for (const [from, n] of [
      [1, 63],
      [2, 5],
      [61, 3],
      [7, 1],
    ]) {
      const [, part] = runKernel('unary', [x.slice(from, from + n), zeros(n)], { fn, n });
      expect(part).toEqual(whole.slice(from, from + n));
    }
  });

  it.each([
    ['exp', [-Infinity, -200, 89, Infinity, NaN, 0, -0], [0, 0, Infinity, Infinity, NaN, 1, 1]],
    ['log', [0, -0, -1, Infinity, -Infinity, NaN, 1], [-Infinity, -Infinity, NaN, Infinity, NaN, NaN, 0]],
    ['tanh', [-Infinity, -50, 50, Infinity, NaN, 0, 1e-30], [-1, -1, 1, 1, NaN, 0, 1e-30]],
    ['sigmoid', [-Infinity, -200, 200, Infinity, NaN, 0], [0, 0, 1, 1, NaN, 0.5]],
    ['relu', [-Infinity, -1, 0, 1, Infinity, NaN], [0, 0, 0, 1, Infinity, NaN]],
    ['gelu', [-200, -20, 0, 200, Infinity, NaN], [0, 0, 0, 200, Infinity, NaN]],
    ['erf', [-Infinity, -10, 10, Infinity, NaN, 0], [-1, -1, 1, 1, NaN, 0]],
    ['softplus', [-Infinity, -200, 200, Infinity, NaN], [0, 0, 200, Infinity, NaN]],
    ['sin', [Infinity, -Infinity, NaN, 0], [NaN, NaN, NaN, 0]],
    ['cos', [Infinity, -Infinity, NaN, 0], [NaN, NaN, NaN, 1]],
    ['sign', [-Infinity, -2, -0, 0, 3, NaN], [-1, -1, -0, 0, 1, NaN]],
    [
      'floor',
      [-1.5, -0.5, -0, 1.5, Infinity, NaN, 16777217, 2 ** 40],
      [-2, -1, -0, 1, Infinity, NaN, 16777216, 2 ** 40],
    ],
    ['ceil', [-1.5, -0.5, -0, 1.5, -Infinity, NaN], [-1, -0, -0, 2, -Infinity, NaN]],
    ['round', [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 2.6, Infinity, NaN], [-2, -2, -0, 0, 2, 2, 4, 3, Infinity, NaN]],
    ['trunc', [-1.5, -0.5, 0.5, 1.5, -Infinity, NaN], [-1, -0, 0, 1, -Infinity, NaN]],
    [
      'exp2',
      [-Infinity, -200, -149, -3, 0, 10, 127, 128, Infinity, NaN],
      [0, 0, 2 ** -149, 0.125, 1, 1024, 2 ** 127, Infinity, Infinity, NaN],
    ],
    ['expm1', [-Infinity, -1e4, 89, Infinity, NaN, 0, 1e-30], [-1, -1, Infinity, Infinity, NaN, 0, 1e-30]],
    ['log2', [0, -1, Infinity, NaN, 1, 8, 2 ** -149, 2 ** 127], [-Infinity, NaN, Infinity, NaN, 0, 3, -149, 127]],
    ['log10', [0, -1, Infinity, NaN, 1, 10], [-Infinity, NaN, Infinity, NaN, 0, 1]],
    ['log1p', [-1, -2, Infinity, -Infinity, NaN, 0, 1e-30], [-Infinity, NaN, Infinity, NaN, NaN, 0, 1e-30]],
    ['geluTanh', [-200, -1e30, 0, 200, Infinity, NaN], [0, 0, 0, 200, Infinity, NaN]],
    ['tan', [Infinity, -Infinity, NaN, 0, 1e-30], [NaN, NaN, NaN, 0, 1e-30]],
    [
      'sinh',
      [-Infinity, -200, 200, Infinity, NaN, 0, 1e-30],
      [-Infinity, -Infinity, Infinity, Infinity, NaN, 0, 1e-30],
    ],
    ['cosh', [-Infinity, -200, 200, Infinity, NaN, 0], [Infinity, Infinity, Infinity, Infinity, NaN, 1]],
    ['asin', [-1, 1, 0, 1e-30, -2, Infinity, NaN], [-Math.PI / 2, Math.PI / 2, 0, 1e-30, NaN, NaN, NaN]],
    ['acos', [-1, 1, -2, Infinity, -Infinity, NaN], [Math.PI, 0, NaN, NaN, NaN, NaN]],
    ['atan', [-Infinity, Infinity, 3e38, 0, 1e-30, NaN], [-Math.PI / 2, Math.PI / 2, Math.PI / 2, 0, 1e-30, NaN]],
    ['asinh', [-Infinity, Infinity, 0, 1e-30, NaN], [-Infinity, Infinity, 0, 1e-30, NaN]],
    ['acosh', [1, 0.5, -3, Infinity, -Infinity, NaN], [0, NaN, NaN, Infinity, NaN, NaN]],
    ['atanh', [-1, 1, 0, 1e-30, 2, -2, Infinity, NaN], [-Infinity, Infinity, 0, 1e-30, NaN, NaN, NaN, NaN]],
    ['softsign', [-1e4, 0, 3, 3e38, Infinity, NaN], [-1e4 / 10001, 0, 0.75, 1, NaN, NaN]],
    ['sqrt', [-1, 0, Infinity, NaN], [NaN, 0, Infinity, NaN]],
    ['rsqrt', [0, Infinity, NaN], [Infinity, 0, NaN]],
    ['reciprocal', [0, -0, Infinity, NaN], [Infinity, -Infinity, 0, NaN]],
  ] as const)('%s at its limits', (fn, x, want) => {
    const [, got] = runKernel('unary', [Float32Array.from(x), zeros(x.length)], { fn, n: x.length });
    expect(Array.from(got, (v) => v + 0)).toEqual(Array.from(want, (v) => Math.fround(v) + 0));
  });
});

it('sin and cos of huge numbers stay sines and cosines', () => {
  const x = Float32Array.from([1e8, 1e12, -1e20, 1e30, -3.4e38]);
  for (const fn of ['sin', 'cos', 'tan'] as const) {
    const [, y] = runKernel('unary', [x, zeros(x.length)], { fn, n: x.length });
    for (const v of y) expect(Math.abs(v)).toBeLessThanOrEqual(fn === 'tan' ? 3.4e38 : 1);
  }
});

describe('cast, fill, accumulate', () => {
  const values = {
    f32: Float32Array.from([0, -0, 1.9, -1.9, 3e9, -3e9, 5e9, NaN, Infinity, -Infinity, 1e-40, 77]),
    i32: Int32Array.from([0, 1, -1, 2147483647, -2147483648, 12345]),
    u32: Uint32Array.from([0, 1, 4294967295, 16777217, 7]),
    bool: Uint32Array.from([0, 1, 1, 0, 1]),
  };
  const types = ['f32', 'i32', 'u32', 'bool'] as const;
  it('casts between all types', () => {
    for (const from of types) {
      for (const to of types) {
        const x = values[from];
        checkKernel('cast', [x, zeros(x.length, to)], { from, to, n: x.length }, rounding);
      }
    }
    checkKernel('cast', [new Float32Array(0), zeros(0, 'i32')], { from: 'f32', to: 'i32', n: 0 }, exact);
  });

  it('fills a range and nothing else', () => {
    for (const n of sizes) {
      const bits = new Uint32Array(Float32Array.of(1.5).buffer)[0];
      checkKernel('fill', [normals(n + 9, 1)], { n, offset: 5, bits }, exact);
    }
  });

  it('accumulates into an offset', () => {
    for (const n of sizes) checkKernel('accumulate', [normals(n, 1), normals(n + 9, 2)], { n, yOffset: 3 }, exact);
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
  it('binary agrees over random shapes and strides', () => {
    fc.assert(
      fc.property(broadcastCase, fc.constantFrom(...binaryNames), ({ shape, size, a, b, seed }, fn) => {
        const x = normals(a.size, seed);
        const left = fn === 'pow' ? x.map(Math.abs) : x;
        const light = fn === 'pow' || fn === 'logisticLoss' || /^(gelu|silu)/.test(fn) ? few : exact;
        checkKernel(
          'binary',
          [left, normals(b.size, seed + 1), zeros(size)],
          { fn, shape, a: a.strides, b: b.strides },
          light,
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('binary agrees on the fast layouts at every size', () => {
    for (const n of sizes) {
      for (const [a, b] of [
        [1, 1],
        [0, 1],
        [1, 0],
        [3, 1],
      ]) {
        const operands = [normals(Math.max(1, n * a), n), normals(Math.max(1, n * b), n + 1), zeros(n)];
        checkKernel('binary', operands, { fn: 'mul', shape: [n], a: [a], b: [b] }, exact);
        const rows = [normals(Math.max(1, 3 * n * a), n), normals(Math.max(1, n * b), n + 1), zeros(3 * n)];
        checkKernel('binary', rows, { fn: 'add', shape: [3, n], a: [n * a, a], b: [0, b] }, exact);
      }
    }
  });

  it('integer, compare and select agree', () => {
    fc.assert(
      fc.property(broadcastCase, fc.nat(17), ({ shape, size, a, b, c, seed }, pick) => {
        const args = { shape, a: a.strides, b: b.strides };
        const integer = (['add', 'sub', 'mul'] as const satisfies readonly IntegerFn[])[pick % 3];
        const [x, y] = [integers(a.size, seed, 9), integers(b.size, seed + 1, 9)];
        checkKernel('integer', [x, y, zeros(size, 'i32')], { ...args, fn: integer }, exact);
        const names: readonly CompareFn[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'];
        const dtype = (['f32', 'i32', 'u32'] as const)[pick % 3];
        const typed = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[dtype];
        const operands = [typed.from(x), typed.from(y), zeros(size, 'u32')];
        checkKernel('compare', operands, { ...args, fn: names[pick % 6], dtype }, exact);
        const cond = Uint32Array.from(integers(c.size, seed + 2, 2));
        checkKernel(
          'select',
          [cond, normals(a.size, 5), normals(b.size, 6), zeros(size)],
          { ...args, cond: c.strides },
          exact,
        );
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it('handles NaN, signs and full integers', () => {
    const run = (fn: BinaryFn, a: number[], b: number[]): number[] => {
      const args: CpuKernelArgs['binary'] = { fn, shape: [a.length], a: [1], b: [1] };
      return Array.from(runKernel('binary', [Float32Array.from(a), Float32Array.from(b), zeros(a.length)], args)[2]);
    };
    expect(run('maximum', [NaN, 1, -1], [1, NaN, 2])).toEqual([NaN, NaN, 2]);
    expect(run('minimum', [NaN, 1, -1], [1, NaN, 2])).toEqual([NaN, NaN, -1]);
    expect(run('reluBackward', [-1, 0, 2, 1], [5, 5, 5, NaN])).toEqual([0, 0, 5, NaN]);
    expect(run('geluBackward', [-100, 100, -Infinity, Infinity, NaN], [1, 2, 1, 1, 1])).toEqual([0, 2, 0, 1, NaN]);
    const limits = [-1e4, 1e4, -Infinity, Infinity, NaN];
    expect(run('geluTanhBackward', limits, [1, 2, 1, 1, 1]).map((v) => v + 0)).toEqual([0, 2, 0, 1, NaN]);
    expect(run('siluBackward', limits, [1, 2, 1, 1, 1]).map((v) => v + 0)).toEqual([0, 2, 0, 1, NaN]);
    // Two wrong by 100, two right by 20, NaN on either side; a loss of 2e-9 keeps its digits.
    const losses = run('logisticLoss', [1e4, -1e4, 20, 0, NaN, 0], [0, 1, 1, 0.25, 0, NaN]);
    const tail = Math.fround(Math.log1p(Math.exp(-20)));
    expect(Math.abs(losses[2] / tail - 1)).toBeLessThan(1e-6);
    expect([losses[0], losses[1], losses[4], losses[5]]).toEqual([1e4, 1e4, NaN, NaN]);
    expect(losses[3]).toBeCloseTo(Math.LN2, 6);
    const bases = [2, -2, -2, -2, 0, 0, -0, 0, Infinity, -Infinity, NaN, NaN, 0.5, 2, 1, -1, 10, 1e-40, -8];
    const powers = [10, 3, 2, 0.5, 2, -1, -3, 0, -1, 3, 0, 1, Infinity, -Infinity, NaN, -Infinity, 40, 1, 1 / 3];
    const got = run('pow', bases, powers);
    const want = bases.map((x, i) => (Math.abs(x) === 1 ? 1 : Math.fround(Math.fround(x) ** Math.fround(powers[i]))));
    expect(got.map((x) => x + 0)).toEqual(want.map((x) => x + 0));
    const ints = Int32Array.from([2147483647, -2147483648, 123456789]);
    checkKernel(
      'integer',
      [ints, Int32Array.from([1, -1, 987654321]), zeros(3, 'i32')],
      { fn: 'mul', shape: [3], a: [1], b: [1] },
      exact,
    );
    const nan = Float32Array.of(NaN, NaN, NaN);
    const compare = (fn: CompareFn): number[] =>
      Array.from(
        runKernel('compare', [nan, nan, zeros(3, 'u32')], { fn, dtype: 'f32', shape: [3], a: [1], b: [1] })[2],
      );
    expect(compare('equal')).toEqual([0, 0, 0]);
    expect(compare('notEqual')).toEqual([1, 1, 1]);
    const big = Uint32Array.of(4294967295, 0);
    checkKernel(
      'compare',
      [big, Uint32Array.of(1, 1), zeros(2, 'u32')],
      { fn: 'greater', dtype: 'u32', shape: [2], a: [1], b: [1] },
      exact,
    );
  });
});

describe('copy', () => {
  it('agrees for slices, permutes, reversals and offsets', () => {
    const dims = shapes([1, 2, 3, 4, 5, 7, 8, 9], 5, 4000);
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
    fc.assert(
      fc.property(problem, ({ shape, order, pad, flip, outPad }) => {
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
        checkKernel('copy', [normals(size, 7), normals(outSize + 2, 8)], args, exact);
        checkKernel('addStrided', [normals(size, 7), normals(outSize + 2, 8)], args, exact);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('adds to what is there, dense, strided and transposed', () => {
    const add = (shape: number[], inStrides: number[], outStrides: number[], x: number, out: number): void => {
      const args = { shape, inStrides, inOffset: 1, outStrides, outOffset: 2 };
      checkKernel('addStrided', [normals(x, 1), normals(out, 2)], args, exact);
    };
    add([3, 7], [7, 1], [9, 1], 22, 29);
    add([2, 3, 5], [15, 5, 1], [60, 20, 2], 31, 112);
    add([5, 9], [1, 5], [9, 1], 46, 47);
    add([2, 3, 2, 3, 3], [54, 18, 9, 3, 1], [128, 40, 16, 5, 1], 109, 260);
    add([300], [1], [1], 301, 302);
    add([0, 3], [3, 1], [3, 1], 2, 3);
  });

  it('adds along strides of 0, backwards and over gaps', () => {
    // up to nine terms of size 1 in float32
    const summed = { relative: 0, absolute: 2e-6 };
    const sums = { shape: [3, 4, 5], inStrides: [20, 5, 1], inOffset: 0, outStrides: [5, 0, 1], outOffset: 1 };
    checkKernel('addStrided', [normals(60, 1), normals(17, 2)], sums, summed);
    const one = { shape: [7, 9], inStrides: [9, 1], inOffset: 0, outStrides: [1, 0], outOffset: 0 };
    checkKernel('addStrided', [normals(63, 1), normals(7, 2)], one, summed);
    const backwards = { shape: [2, 6], inStrides: [6, 1], inOffset: 0, outStrides: [14, -2], outOffset: 11 };
    checkKernel('addStrided', [normals(12, 1), normals(28, 2)], backwards, exact);
    const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
    checkKernel('addStrided', [normals(3, 1), normals(3, 2)], nothing, exact);
  });

  it('copies long rows, repeats by stride 0, and nothing', () => {
    const long = { shape: [3, 700], inStrides: [800, 1], inOffset: 1, outStrides: [701, 1], outOffset: 0 };
    checkKernel('copy', [normals(2400, 1), zeros(2103)], long, exact);
    const repeat = { shape: [5, 6], inStrides: [0, 0], inOffset: 2, outStrides: [6, 1], outOffset: 0 };
    checkKernel('copy', [normals(4, 1), zeros(30)], repeat, exact);
    const transposed = { shape: [33, 65], inStrides: [1, 33], inOffset: 0, outStrides: [65, 1], outOffset: 0 };
    checkKernel('copy', [normals(33 * 65, 1), zeros(33 * 65)], transposed, exact);
    const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
    checkKernel('copy', [normals(3, 1), zeros(3)], nothing, exact);
  });
});
