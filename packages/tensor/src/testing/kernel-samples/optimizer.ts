// Cases of the kernels that go over ranges of an arena: sums of squares, steps of optimisers, averages and clips.

import type { ArenaRange } from '../../cpu-plan.ts';
import type { NumericArray } from '../../dtype.ts';
import {
  drawNormals,
  exact,
  expectSame,
  type KernelCase,
  type KernelHarness,
  rounding,
  type Tolerance,
  zeros,
} from './kernel-case.ts';

const near: Tolerance = { relative: 2e-6, absolute: 2e-7 };
const scale = Float32Array.of(0.5);
/** What AdamW, Adam and LAMB are given for step t. */
const moments = (t: number): Float32Array =>
  Float32Array.of(1e-2, 0.9, 0.95, 0.1, 0.05, 1e-8, 0.1, 1 - 0.9 ** t, 1 - 0.95 ** t);

const ranges: readonly ArenaRange[] = [
  { offset: 0, length: 17, decay: true },
  { offset: 64, length: 3, decay: false },
  { offset: 128, length: 0, decay: true },
  { offset: 192, length: 130, decay: true },
];
const length = 330;

/** Ranges on slots of 64 elements with padding between them; every ninth is of more than a thousand elements. */
export const manyRanges = (count: number): { readonly ranges: ArenaRange[]; readonly length: number } => {
  let offset = 0;
  const list = Array.from({ length: count }, (_, i): ArenaRange => {
    const range = { offset, length: i % 9 === 4 ? 1024 + i : 1 + ((i * 37) % 130), decay: i % 3 !== 0 };
    offset += Math.ceil(range.length / 64) * 64;
    return range;
  });
  return { ranges: list, length: offset };
};
const many = manyRanges(67);
const few = { ranges, length };

const whole = (n: number, decay: boolean): readonly ArenaRange[] => [{ offset: 0, length: n, decay }];

/** Between the ranges nothing moves. */
const expectStill = (before: readonly NumericArray[], after: readonly NumericArray[]): void => {
  for (const k of before.keys())
    if (k !== 1) expectSame(`operand ${k} between ranges`, [after[k][20]], [before[k][20]]);
};

/** Three steps with fresh gradients (operand 1), comparing all operands each time. */
const threeSteps = async (
  state: readonly NumericArray[],
  step: (operands: readonly NumericArray[], t: number) => Promise<readonly NumericArray[]>,
): Promise<void> => {
  let now = state;
  for (let t = 1; t <= 3; t++) {
    const next = await step([now[0], drawNormals(length, 10 + t), ...now.slice(2)], t);
    expectStill(now, next);
    now = next;
  }
};

const start = (n: number, more: number): NumericArray[] => [
  drawNormals(n, 1),
  drawNormals(n, 2),
  ...Array.from({ length: more }, () => zeros(n)),
];

const sums: readonly KernelCase[] = [
  {
    title: 'sums squares as float64 does, over chunks',
    holds: async ({ check }) => {
      for (const { ranges, length } of [few, many]) {
        await check('sumOfSquares', [drawNormals(length, 1), zeros(1)], { ranges }, rounding);
      }
      const long = [{ offset: 3, length: 200_001, decay: false }];
      await check('sumOfSquares', [drawNormals(200_010, 2), zeros(1)], { ranges: long }, rounding);
      await check('sumOfSquares', [drawNormals(4, 1), drawNormals(1, 2)], { ranges: [] }, exact);
      await check('sumOfSquares', [Float32Array.of(1e19, 1e-30), zeros(1)], { ranges: whole(2, true) }, rounding);
    },
  },
  {
    title: 'loses none of many small squares beside a large one',
    holds: async ({ run }) => {
      const n = 30_000;
      const x = zeros(n).fill(1 / 3);
      x[0] = 4096;
      const [, got] = await run('sumOfSquares', [x, zeros(1)], { ranges: whole(n, true) });
      expectSame('sum of squares', got, [Math.fround(4096 ** 2 + (n - 1) * x[1] ** 2)]);
    },
  },
  {
    title: 'has an infinite or NaN sum where an element is, or where it overflows, and always the same bits',
    holds: async ({ run }) => {
      const args = { ranges: whole(5000, true) };
      for (const special of [Infinity, -Infinity, Number.NaN, 1e30]) {
        const x = drawNormals(5000, 3);
        x[4321] = special;
        const [, got] = await run('sumOfSquares', [x, zeros(1)], args);
        expectSame(`sum with ${special}`, got, [Number.isNaN(special) ? Number.NaN : Infinity]);
      }
      const x = drawNormals(5000, 4);
      const [[, a], [, b]] = [
        await run('sumOfSquares', [x, zeros(1)], args),
        await run('sumOfSquares', [x, zeros(1)], args),
      ];
      expectSame('the same sum again', a, b);
    },
  },
];

const adamwCase: KernelCase = {
  title: 'takes AdamW steps inside the ranges only',
  holds: async ({ check }) => {
    for (const { ranges, length } of [few, many]) {
      let state: readonly NumericArray[] = start(length, 2);
      for (let t = 1; t <= 3; t++) {
        const got = await check('adamw', [...state, moments(t), scale], { ranges }, { relative: 2e-6, absolute: 1e-7 });
        expectSame('weight between ranges', [got[0][20]], [state[0][20]]);
        state = got.slice(0, 4);
      }
    }
  },
};

const sgdCases = (['none', 'plain', 'nesterov'] as const).map(
  (momentum): KernelCase => ({
    title: `takes SGD steps, momentum ${momentum}`,
    holds: ({ check }) =>
      threeSteps(start(length, momentum === 'none' ? 0 : 1), async (operands, t) => {
        const hyper = Float32Array.of(0.1, 0.9, t === 1 ? 1 : 0.7, 0.05);
        return (await check('sgd', [...operands, hyper, scale], { ranges, momentum }, near)).slice(0, -2);
      }),
  }),
);

const adamCases: readonly KernelCase[] = [
  ...[false, true].map(
    (amsgrad): KernelCase => ({
      title: `takes Adam steps, amsgrad ${amsgrad}`,
      holds: ({ check }) =>
        threeSteps(start(length, amsgrad ? 3 : 2), async (operands, t) =>
          (await check('adam', [...operands, moments(t), scale], { ranges, amsgrad }, near)).slice(0, -2),
        ),
    }),
  ),
  {
    title: 'keeps the largest square of AMSGrad, and a NaN',
    holds: async ({ run }) => {
      const largest = async (gradient: number): Promise<number> => {
        const state = [0, gradient, 0, 1, 4].map((v) => Float32Array.of(v));
        const args = { ranges: whole(1, false), amsgrad: true };
        return (await run('adam', [...state, moments(1), scale], args))[4][0];
      };
      expectSame('largest square', [await largest(1), await largest(Number.NaN)], [4, Number.NaN]);
    },
  },
];

const lamb = async (
  { check }: KernelHarness,
  operands: readonly NumericArray[],
  ranges: readonly ArenaRange[],
  absolute = 5e-7,
): Promise<readonly NumericArray[]> =>
  (await check('lamb', operands, { ranges }, { relative: 4e-6, absolute })).slice(0, -2);

const lambCases: readonly KernelCase[] = [
  {
    title: 'takes LAMB steps, with a ratio for every range',
    holds: async (on) => {
      await threeSteps(start(length, 2), (operands, t) => lamb(on, [...operands, moments(t), scale], ranges));
      await lamb(on, [...start(many.length, 2), moments(1), scale], many.ranges);
      const touching = [0, 1, 2].map((i) => ({ offset: 64 * i, length: 64, decay: true }));
      await lamb(on, [...start(192, 2), moments(1), scale], touching);
      const still = [zeros(5), drawNormals(5, 3), zeros(5), zeros(5), moments(1), scale];
      await on.check('lamb', still, { ranges: whole(5, true) }, near);
      const at0 = [drawNormals(5, 4), zeros(5), zeros(5), zeros(5), moments(1), scale];
      const [kept] = await on.check('lamb', at0, { ranges: whole(5, false) }, exact);
      expectSame('weights without a gradient', kept, drawNormals(5, 4));
    },
  },
  // Weights whose squares float32 does not hold, beside updates of about 1; and updates as small, of a huge eps.
  ...[
    [1e-25, 1e-8],
    [1e25, 1e-8],
    [1, 1e25],
    [1e-25, 1e25],
  ].map(
    ([size, eps]): KernelCase => ({
      title: `takes a LAMB step of weights about ${size} with eps ${eps}`,
      holds: async (on) => {
        const hyper = moments(1);
        hyper[5] = eps;
        const weights = Float32Array.from(drawNormals(length, 7), (w) => w * size);
        const operands = [weights, drawNormals(length, 8), zeros(length), zeros(length), hyper, scale];
        await lamb(on, operands, whole(length, false), 5e-7 * size);
      },
    }),
  ),
  {
    title: 'lets a NaN of one weight stay its own in LAMB',
    holds: async ({ check }) => {
      const weights = drawNormals(5, 3);
      weights[2] = Number.NaN;
      const operands = [weights, drawNormals(5, 4), zeros(5), zeros(5), moments(1), scale];
      await check('lamb', operands, { ranges: whole(5, false) }, near);
    },
  },
];

const lionCase: KernelCase = {
  title: 'takes Lion steps: signs, 0 for 0, and NaN for NaN',
  holds: async ({ check }) => {
    const hyper = Float32Array.of(1e-2, 0.9, 0.99, 0.1, 0.01, 0.1);
    await threeSteps(start(length, 1), async (operands) =>
      (await check('lion', [...operands, hyper, scale], { ranges }, near)).slice(0, -2),
    );
    const odd = [Float32Array.of(1, 1, 1), Float32Array.of(Number.NaN, 0, -Infinity), zeros(3), hyper, scale];
    await check('lion', odd, { ranges: whole(3, false) }, near);
  },
};

const mapCase: KernelCase = {
  title: 'averages, swaps, scales and clamps the ranges',
  holds: async ({ check }) => {
    for (const { ranges, length } of [few, many]) {
      const [a, b] = [drawNormals(length, 1), drawNormals(length, 2)];
      await check('lerp', [a, b, Float32Array.of(0.01)], { ranges }, near);
      const [kept] = await check('lerp', [a, a, Float32Array.of(0.3)], { ranges }, exact);
      expectSame('the average of what is equal', kept, a);
      await check('swap', [a, b], { ranges }, exact);
      await check('scaleRanges', [a, Float32Array.of(0.3)], { ranges }, rounding);
      await check('clampRanges', [a], { ranges, limit: 0.7 }, rounding);
    }
    const odd = Float32Array.of(Number.NaN, Infinity, -Infinity, 0);
    await check('clampRanges', [odd], { ranges: whole(4, true), limit: 0.5 }, exact);
    await check('swap', [odd, drawNormals(4, 1)], { ranges: [{ offset: 1, length: 2, decay: true }] }, exact);
  },
};

export const optimizerCases: readonly KernelCase[] = [
  ...sums,
  adamwCase,
  ...sgdCases,
  ...adamCases,
  ...lambCases,
  lionCase,
  mapCase,
];

/** A property over any ranges: `parts` are gaps, lengths and decays. */
export const checkRangesDraw = async (
  { check }: KernelHarness,
  parts: readonly (readonly [gap: number, length: number, decay: boolean])[],
): Promise<void> => {
  let offset = 0;
  const ranges = parts.map(([gap, length, decay]): ArenaRange => {
    const range = { offset: offset + (gap % 3 === 0 ? 0 : gap), length, decay };
    offset = range.offset + length;
    return range;
  });
  const n = offset + 5;
  const hyper = Float32Array.of(0.1, 0, 0, 0.05);
  await check('sgd', [...start(n, 0), hyper, scale], { ranges, momentum: 'none' }, near);
  await check('sumOfSquares', [drawNormals(n, 1), zeros(1)], { ranges }, rounding);
  await check('scaleRanges', [drawNormals(n, 1), Float32Array.of(-2)], { ranges }, exact);
};
