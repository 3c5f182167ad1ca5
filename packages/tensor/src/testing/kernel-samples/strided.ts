// Cases of the kernels that walk over strides: broadcasts and copies.

import type { BinaryFn, CompareFn, CpuKernelArgs, IntegerFn } from '../../cpu-plan.ts';
import {
  drawIntegers,
  drawNormals,
  exact,
  expectAtMost,
  expectSame,
  few,
  type KernelCase,
  type KernelHarness,
  zeros,
} from './kernel-case.ts';

const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 100, 1027, 2049];

export const binaryNames: readonly BinaryFn[] = [
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
const compareNames: readonly CompareFn[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'];

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** What a property draws of a broadcast: operand k repeats along the axes where `zeroed[axis][k]`; b may be transposed. */
export interface BroadcastDraw {
  readonly shape: readonly number[];
  readonly zeroed: readonly (readonly [boolean, boolean, boolean])[];
  readonly permute: boolean;
  readonly seed: number;
}

interface Laid {
  readonly strides: number[];
  readonly size: number;
}

const laid = ({ shape, zeroed, permute }: BroadcastDraw, operand: 0 | 1 | 2): Laid => {
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

export const checkBinaryDraw = async ({ check }: KernelHarness, draw: BroadcastDraw, fn: BinaryFn): Promise<void> => {
  const { shape, seed } = draw;
  const [a, b] = [laid(draw, 0), laid(draw, 1)];
  const x = drawNormals(a.size, seed);
  const left = fn === 'pow' ? x.map(Math.abs) : x;
  const tolerance = fn === 'pow' || fn === 'logisticLoss' || /^(gelu|silu)/.test(fn) ? few : exact;
  const operands = [left, drawNormals(b.size, seed + 1), zeros(sizeOf(shape))];
  await check('binary', operands, { fn, shape: [...shape], a: a.strides, b: b.strides }, tolerance);
};

/** Integer arithmetic, a comparison and a selection; `pick` says which. */
export const checkIntegerDraw = async ({ check }: KernelHarness, draw: BroadcastDraw, pick: number): Promise<void> => {
  const { shape, seed } = draw;
  const [a, b, c] = [laid(draw, 0), laid(draw, 1), laid(draw, 2)];
  const size = sizeOf(shape);
  const args = { shape: [...shape], a: a.strides, b: b.strides };
  const fn = (['add', 'sub', 'mul'] as const satisfies readonly IntegerFn[])[pick % 3];
  const [x, y] = [drawIntegers(a.size, seed, 9), drawIntegers(b.size, seed + 1, 9)];
  await check('integer', [x, y, new Int32Array(size)], { ...args, fn }, exact);
  const dtype = (['f32', 'i32', 'u32'] as const)[pick % 3];
  const typed = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[dtype];
  const operands = [typed.from(x), typed.from(y), new Uint32Array(size)];
  await check('compare', operands, { ...args, fn: compareNames[pick % 6], dtype }, exact);
  const cond = Uint32Array.from(drawIntegers(c.size, seed + 2, 2));
  const selected = [cond, drawNormals(a.size, 5), drawNormals(b.size, 6), zeros(size)];
  await check('select', selected, { ...args, cond: c.strides }, exact);
};

const binaryOf = async ({ run }: KernelHarness, fn: BinaryFn, a: readonly number[], b: readonly number[]) => {
  const args: CpuKernelArgs['binary'] = { fn, shape: [a.length], a: [1], b: [1] };
  const [, , out] = await run('binary', [Float32Array.from(a), Float32Array.from(b), zeros(a.length)], args);
  return Array.from(out);
};

const nan = Number.NaN;
const limits = [-1e4, 1e4, -Infinity, Infinity, nan];
const binaryLimits: readonly (readonly [fn: BinaryFn, a: readonly number[], b: readonly number[], want: number[]])[] = [
  ['maximum', [nan, 1, -1], [1, nan, 2], [nan, nan, 2]],
  ['minimum', [nan, 1, -1], [1, nan, 2], [nan, nan, -1]],
  ['reluBackward', [-1, 0, 2, 1, nan], [5, 5, 5, nan, 1], [0, 0, 5, nan, 0]],
  ['geluBackward', [-100, 100, -Infinity, Infinity, nan], [1, 2, 1, 1, 1], [0, 2, 0, 1, nan]],
  ['geluTanhBackward', limits, [1, 2, 1, 1, 1], [0, 2, 0, 1, nan]],
  ['siluBackward', limits, [1, 2, 1, 1, 1], [0, 2, 0, 1, nan]],
  [
    'div',
    [1, -1, 0, Infinity, 1, nan, 1e38, 3e38, 1e38],
    [0, 0, 0, 2, -Infinity, 1, 3e38, 1e-5, 1e38],
    [Infinity, -Infinity, nan, Infinity, 0, nan, Math.fround(Math.fround(1e38) / Math.fround(3e38)), Infinity, 1],
  ],
];

export const broadcastCases: readonly KernelCase[] = [
  {
    title: 'binary agrees on the fast layouts at every size',
    holds: async ({ check }) => {
      for (const n of sizes) {
        for (const [a, b] of [
          [1, 1],
          [0, 1],
          [1, 0],
          [3, 1],
        ]) {
          const operands = [drawNormals(Math.max(1, n * a), n), drawNormals(Math.max(1, n * b), n + 1), zeros(n)];
          await check('binary', operands, { fn: 'mul', shape: [n], a: [a], b: [b] }, exact);
          const rows = [drawNormals(Math.max(1, 3 * n * a), n), drawNormals(Math.max(1, n * b), n + 1), zeros(3 * n)];
          await check('binary', rows, { fn: 'add', shape: [3, n], a: [n * a, a], b: [0, b] }, exact);
        }
      }
    },
  },
  {
    title: 'handles NaN, signs and infinities',
    holds: async (on) => {
      for (const [fn, a, b, want] of binaryLimits) expectSame(fn, await binaryOf(on, fn, a, b), want);
      // Two wrong by 100, two right by 20, NaN on either side; a loss of 2e-9 keeps its digits.
      const losses = await binaryOf(on, 'logisticLoss', [1e4, -1e4, 20, 0, nan, 0], [0, 1, 1, 0.25, 0, nan]);
      const tail = Math.fround(Math.log1p(Math.exp(-20)));
      expectAtMost('logisticLoss of a right guess', Math.abs(losses[2] / tail - 1), 1e-6);
      expectSame('logisticLoss', [losses[0], losses[1], losses[4], losses[5]], [1e4, 1e4, nan, nan]);
      expectAtMost('logisticLoss at 0', Math.abs(losses[3] - Math.LN2), 5e-7);
    },
  },
  {
    title: 'pow follows IEEE 754 and keeps its digits',
    holds: async (on) => {
      const bases = [2, -2, -2, -2, 0, 0, -0, 0, Infinity, -Infinity, nan, nan, 0.5, 2, 1, -1, 10, 1e-30, -8, 3, -1, 2];
      const low = -Infinity;
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
        low,
        nan,
        low,
        40,
        1,
        1 / 3,
        1e30,
        3e9,
        -1e38,
      ];
      const ieee = (x: number, y: number): number =>
        Math.abs(x) === 1 ? 1 : Math.fround(Math.fround(x) ** Math.fround(y));
      expectSame(
        'pow',
        await binaryOf(on, 'pow', bases, powers),
        bases.map((x, i) => ieee(x, powers[i])),
      );
      if (on.denormals) expectSame('pow of a denormal', await binaryOf(on, 'pow', [1e-40], [1]), [Math.fround(1e-40)]);
      // results from 2^-120 to 2^120, near 1 and far from it
      const a = Float32Array.from(drawNormals(4000, 1), (x, i) => (i % 2 === 0 ? Math.exp(10 * x) : 1 + x * 1e-3));
      const b = Float32Array.from(a, (x, i) => Math.fround((120 * Math.sin(i)) / Math.log2(x)));
      let largest = 0;
      (await binaryOf(on, 'pow', [...a], [...b])).forEach((y, i) => {
        largest = Math.max(largest, Math.abs(y / a[i] ** b[i] - 1));
      });
      expectAtMost('relative error of pow', largest, 5e-7);
    },
  },
  {
    title: 'multiplies and compares by all bits',
    holds: async ({ check }) => {
      const layout = (n: number) => ({ shape: [n], a: [1], b: [1] });
      const ints = Int32Array.of(2147483647, -2147483648, 123456789);
      const factors = Int32Array.of(1, -1, 987654321);
      await check('integer', [ints, factors, new Int32Array(3)], { fn: 'mul', ...layout(3) }, exact);
      const values = Float32Array.of(nan, nan, 1e-40, -1e-40, 0, -0, Infinity, -Infinity, -1, 3);
      const others = Float32Array.of(nan, 1, 0, 1e-40, -0, 0, Infinity, Infinity, nan, -3);
      for (const fn of compareNames) {
        const floats = [values, others, new Uint32Array(10)];
        await check('compare', floats, { fn, dtype: 'f32', ...layout(10) }, exact);
        const signed = [Int32Array.of(-1, 1, -2147483648), Int32Array.of(1, 1, 2147483647), new Uint32Array(3)];
        await check('compare', signed, { fn, dtype: 'i32', ...layout(3) }, exact);
        const large = [Uint32Array.of(4294967295, 0, 5), Uint32Array.of(1, 1, 5), new Uint32Array(3)];
        await check('compare', large, { fn, dtype: 'u32', ...layout(3) }, exact);
      }
    },
  },
];

/** What a property draws of a copy: x is laid out in `order`, padded; some axes are read backwards. */
export interface CopyDraw {
  readonly shape: readonly number[];
  readonly order: readonly number[];
  readonly pad: readonly number[];
  readonly flip: readonly boolean[];
  readonly outPad: number;
}

export const checkCopyDraw = async (
  { check }: KernelHarness,
  { shape, order, pad, flip, outPad }: CopyDraw,
): Promise<void> => {
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
  const args = { shape: [...shape], inStrides, inOffset, outStrides, outOffset: 2 };
  await check('copy', [drawNormals(size, 7), drawNormals(outSize + 2, 8)], args, exact);
  await check('addStrided', [drawNormals(size, 7), drawNormals(outSize + 2, 8)], args, exact);
};

/** Up to nine terms of size 1 in float32. */
const summed = { relative: 0, absolute: 2e-6 };

export const copyCases: readonly KernelCase[] = [
  {
    title: 'adds to what is there, dense, strided and transposed',
    holds: async ({ check }) => {
      const add = async (shape: number[], inStrides: number[], outStrides: number[], x: number, out: number) => {
        const args = { shape, inStrides, inOffset: 1, outStrides, outOffset: 2 };
        await check('addStrided', [drawNormals(x, 1), drawNormals(out, 2)], args, exact);
      };
      await add([3, 7], [7, 1], [9, 1], 22, 29);
      await add([2, 3, 5], [15, 5, 1], [60, 20, 2], 31, 112);
      await add([5, 9], [1, 5], [9, 1], 46, 47);
      await add([40, 70], [1, 40], [70, 1], 2801, 2802);
      await add([2, 3, 2, 3, 3], [54, 18, 9, 3, 1], [128, 40, 16, 5, 1], 109, 260);
      await add([300], [1], [1], 301, 302);
      await add([0, 3], [3, 1], [3, 1], 2, 3);
    },
  },
  {
    title: 'adds along strides of 0, backwards and over gaps',
    holds: async ({ check }) => {
      const sums = { shape: [3, 4, 5], inStrides: [20, 5, 1], inOffset: 0, outStrides: [5, 0, 1], outOffset: 1 };
      await check('addStrided', [drawNormals(60, 1), drawNormals(17, 2)], sums, summed);
      const one = { shape: [7, 9], inStrides: [9, 1], inOffset: 0, outStrides: [1, 0], outOffset: 0 };
      await check('addStrided', [drawNormals(63, 1), drawNormals(7, 2)], one, summed);
      const backwards = { shape: [2, 6], inStrides: [6, 1], inOffset: 0, outStrides: [14, -2], outOffset: 11 };
      await check('addStrided', [drawNormals(12, 1), drawNormals(28, 2)], backwards, exact);
      const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
      await check('addStrided', [drawNormals(3, 1), drawNormals(3, 2)], nothing, exact);
    },
  },
  {
    title: 'copies long rows, repeats by stride 0, transposes, and nothing',
    holds: async ({ check }) => {
      const long = { shape: [3, 700], inStrides: [800, 1], inOffset: 1, outStrides: [701, 1], outOffset: 0 };
      await check('copy', [drawNormals(2400, 1), zeros(2103)], long, exact);
      const repeat = { shape: [5, 6], inStrides: [0, 0], inOffset: 2, outStrides: [6, 1], outOffset: 0 };
      await check('copy', [drawNormals(4, 1), zeros(30)], repeat, exact);
      const transposed = { shape: [33, 65], inStrides: [1, 33], inOffset: 0, outStrides: [65, 1], outOffset: 0 };
      await check('copy', [drawNormals(33 * 65, 1), zeros(33 * 65)], transposed, exact);
      const nothing = { shape: [0, 3], inStrides: [3, 1], inOffset: 0, outStrides: [3, 1], outOffset: 0 };
      await check('copy', [drawNormals(3, 1), zeros(3)], nothing, exact);
    },
  },
];
