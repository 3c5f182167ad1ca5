import type { ArenaRange, NumericArray } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { optimizerKernels } from '../src/kernels/optimizer.ts';
import { checkKernel, exact, normals, rounding, runKernel } from './support.ts';

const zeros = (n: number): Float32Array => new Float32Array(n);
const near = { relative: 2e-6, absolute: 2e-7 };
const scale = Float32Array.of(0.5);
const moments = (t: number): Float32Array =>
  Float32Array.of(1e-2, 0.9, 0.95, 0.1, 0.05, 1e-8, 0.1, 1 - 0.9 ** t, 1 - 0.95 ** t);

const ranges: readonly ArenaRange[] = [
  { offset: 0, length: 17, decay: true },
  { offset: 64, length: 3, decay: false },
  { offset: 128, length: 0, decay: true },
  { offset: 192, length: 130, decay: true },
];
const length = 330;

/** Ranges on slots of 64 elements with padding between them, more than a table holds; some longer than a workgroup. */
const manyRanges = (count: number): { ranges: ArenaRange[]; length: number } => {
  let offset = 0;
  const list = Array.from({ length: count }, (_, i): ArenaRange => {
    const range = { offset, length: i % 9 === 4 ? 1024 + i : 1 + ((i * 37) % 130), decay: i % 3 !== 0 };
    offset += Math.ceil(range.length / 64) * 64;
    return range;
  });
  return { ranges: list, length: offset };
};
const many = manyRanges(67);

const contextOf = (operands: number, workgroupsPerAxis = 65535) => ({
  op: 'test',
  abilities: { ...leastAbilities, workgroupsPerAxis },
  operands,
});

describe('tables of ranges', () => {
  it('go 30 to a dispatch, those that touch as one', () => {
    const dispatches = (list: readonly ArenaRange[]) =>
      optimizerKernels.adamw({ ranges: list }, contextOf(6)).dispatches;
    expect(dispatches([])).toEqual([]);
    expect(dispatches(many.ranges)).toHaveLength(3);
    const touching = Array.from({ length: 90 }, (_, i) => ({ offset: 5 + 64 * i, length: 64, decay: i >= 45 }));
    const [dispatch, ...others] = dispatches(touching);
    expect(others).toEqual([]);
    expect(dispatch.uniforms.map(({ value }) => value)).toEqual(
      [2, 0, 0, 0, 5, 2880 + 2 ** 31, 2885, 2880 + 2 ** 31].map((v, i) => (i === 5 ? 2880 : v)),
    );
    expect(dispatch.workgroups).toEqual([6, 1, 1]);
    // what does not ask for decay joins all
    expect(optimizerKernels.swap({ ranges: touching }, contextOf(2)).dispatches[0].workgroups).toEqual([6, 1, 1]);
    expect(optimizerKernels.swap({ ranges: touching }, contextOf(2)).dispatches[0].uniforms).toHaveLength(6);
  });

  it('never join the ranges of LAMB, nor any over padding', () => {
    const touching = Array.from({ length: 31 }, (_, i) => ({ offset: 64 * i, length: 64, decay: true }));
    expect(optimizerKernels.lamb({ ranges: touching }, contextOf(6)).dispatches).toHaveLength(6);
    expect(optimizerKernels.lamb({ ranges: [] }, contextOf(6)).dispatches).toEqual([]);
    const padded = touching.map((range) => ({ ...range, length: 63 }));
    expect(optimizerKernels.lerp({ ranges: padded }, contextOf(3)).dispatches[0].uniforms).toHaveLength(64);
  });

  it('put no shape into constants and fold long rows of workgroups', () => {
    const keys = [1, 1000, 10 ** 6].map((n) =>
      JSON.stringify(
        optimizerKernels
          .adam({ ranges: [{ offset: 0, length: n, decay: true }], amsgrad: true }, contextOf(7))
          .dispatches.map(({ wgsl, entry, constants, bindings }) => ({ wgsl, entry, constants, bindings })),
      ),
    );
    expect(new Set(keys).size).toBe(1);
    const [folded] = optimizerKernels.swap(
      { ranges: [{ offset: 0, length: 10240, decay: true }] },
      contextOf(2, 4),
    ).dispatches;
    expect(folded.workgroups).toEqual([4, 3, 1]);
  });
});

describe('accumulate', () => {
  it('adds into an offset', async () => {
    for (const n of [0, 1, 3, 4, 255, 256, 257, 1023, 1024, 1025, 3000]) {
      await checkKernel('accumulate', [normals(n, 1), normals(n + 9, 2)], { n, yOffset: 3 }, exact);
    }
  });
});

describe('sumOfSquares', () => {
  it('is as good as float64, over chunks', async () => {
    await checkKernel('sumOfSquares', [normals(length, 1), zeros(1)], { ranges }, rounding);
    const long = [{ offset: 3, length: 200_001, decay: false }];
    await checkKernel('sumOfSquares', [normals(200_010, 2), zeros(1)], { ranges: long }, rounding);
    await checkKernel('sumOfSquares', [normals(many.length, 3), zeros(1)], { ranges: many.ranges }, rounding);
    await checkKernel('sumOfSquares', [normals(4, 1), normals(1, 2)], { ranges: [] }, exact);
    const huge = Float32Array.of(1e19, 1e-30);
    await checkKernel('sumOfSquares', [huge, zeros(1)], { ranges: [{ offset: 0, length: 2, decay: true }] }, rounding);
  });

  it('loses none of many small numbers beside a large one', async () => {
    const n = 30_000;
    const x = new Float32Array(n).fill(1 / 3);
    x[0] = 4096;
    const [, got] = await runKernel('sumOfSquares', [x, zeros(1)], { ranges: [{ offset: 0, length: n, decay: true }] });
    const want = Math.fround(4096 ** 2 + (n - 1) * x[1] ** 2);
    expect(got[0]).toBe(want);
  });

  it('is infinite or NaN where an element is, or where it overflows, and always the same bits', async () => {
    const whole = [{ offset: 0, length: 5000, decay: true }];
    for (const special of [Infinity, -Infinity, Number.NaN, 1e30]) {
      const x = normals(5000, 3);
      x[4321] = special;
      const [, got] = await runKernel('sumOfSquares', [x, zeros(1)], { ranges: whole });
      expect(got[0]).toBe(Number.isNaN(special) ? Number.NaN : Infinity);
    }
    const x = normals(5000, 4);
    const sums = await Promise.all([1, 2].map(() => runKernel('sumOfSquares', [x, zeros(1)], { ranges: whole })));
    expect(sums[0][1]).toEqual(sums[1][1]);
  });
});

describe('steps', () => {
  it('takes AdamW steps inside the ranges only', async () => {
    for (const [list, n] of [
      [ranges, length],
      [many.ranges, many.length],
    ] as const) {
      let state: NumericArray[] = [normals(n, 1), normals(n, 2), zeros(n), zeros(n)];
      for (let t = 1; t <= 3; t++) {
        const operands = [...state, moments(t), scale];
        const got = await checkKernel('adamw', operands, { ranges: list }, { relative: 2e-6, absolute: 1e-7 });
        expect(got[0][20]).toBe(state[0][20]);
        state = got.slice(0, 4);
      }
    }
  });

  /** Three steps of a kernel with fresh gradients, comparing all operands each time. */
  const threeSteps = async (
    state: NumericArray[],
    check: (operands: NumericArray[], step: number) => Promise<NumericArray[]>,
    n = length,
  ): Promise<void> => {
    let now = state;
    for (let t = 1; t <= 3; t++) {
      now = await check([now[0], normals(n, 10 + t), ...now.slice(2)], t);
      // Between the ranges nothing moves.
      for (const k of [0, ...state.map((_, i) => i).slice(2)]) expect(now[k][20]).toBe(state[k][20]);
    }
  };

  it.each(['none', 'plain', 'nesterov'] as const)('takes SGD steps, momentum %s', async (momentum) => {
    const buffers = momentum === 'none' ? [] : [zeros(length)];
    await threeSteps([normals(length, 1), normals(length, 2), ...buffers], async (operands, t) => {
      const hyper = Float32Array.of(0.1, 0.9, t === 1 ? 1 : 0.7, 0.05);
      return (await checkKernel('sgd', [...operands, hyper, scale], { ranges, momentum }, near)).slice(0, -2);
    });
  });

  it.each([false, true])('takes Adam steps, amsgrad %s', async (amsgrad) => {
    const state = [normals(length, 1), normals(length, 2), zeros(length), zeros(length)];
    await threeSteps([...state, ...(amsgrad ? [zeros(length)] : [])], async (operands, t) =>
      (await checkKernel('adam', [...operands, moments(t), scale], { ranges, amsgrad }, near)).slice(0, -2),
    );
  });

  it('keeps the largest square of AMSGrad', async () => {
    const operands = [
      zeros(1),
      Float32Array.of(1),
      zeros(1),
      Float32Array.of(1),
      Float32Array.of(4),
      moments(1),
      scale,
    ];
    const one = [{ offset: 0, length: 1, decay: false }];
    expect((await runKernel('adam', operands, { ranges: one, amsgrad: true }))[4][0]).toBe(4);
    const odd = operands.map((x, i) => (i === 1 ? Float32Array.of(Number.NaN) : x));
    expect((await runKernel('adam', odd, { ranges: one, amsgrad: true }))[4][0]).toBeNaN();
  });

  it('takes LAMB steps, with a ratio for every range', async () => {
    const lamb = async (operands: NumericArray[], list: readonly ArenaRange[], absolute = 5e-7) =>
      (await checkKernel('lamb', operands, { ranges: list }, { relative: 4e-6, absolute })).slice(0, -2);
    await threeSteps([normals(length, 1), normals(length, 2), zeros(length), zeros(length)], (operands, t) =>
      lamb([...operands, moments(t), scale], ranges),
    );
    const n = many.length;
    await lamb([normals(n, 1), normals(n, 2), zeros(n), zeros(n), moments(1), scale], many.ranges);
    const touching = [0, 1, 2].map((i) => ({ offset: 64 * i, length: 64, decay: true }));
    await lamb([normals(192, 1), normals(192, 2), zeros(192), zeros(192), moments(1), scale], touching);
    const still = [zeros(5), normals(5, 3), zeros(5), zeros(5), moments(1), scale];
    await checkKernel('lamb', still, { ranges: [{ offset: 0, length: 5, decay: true }] }, near);
    const at0 = [normals(5, 4), zeros(5), zeros(5), zeros(5), moments(1), scale];
    const [kept] = await checkKernel('lamb', at0, { ranges: [{ offset: 0, length: 5, decay: false }] }, exact);
    expect(kept).toEqual(normals(5, 4));
  });

  // Weights whose squares float32 does not hold, beside updates of about 1; and updates as small, of a huge eps.
  it.each([
    [1e-25, 1e-8],
    [1e25, 1e-8],
    [1, 1e25],
    [1e-25, 1e25],
  ])('takes a LAMB step of weights about %d with eps %d', async (size, eps) => {
    const hyper = moments(1);
    hyper[5] = eps;
    const scaled = Float32Array.from(normals(length, 7), (w) => w * size);
    await checkKernel(
      'lamb',
      [scaled, normals(length, 8), zeros(length), zeros(length), hyper, scale],
      { ranges: [{ offset: 0, length, decay: false }] },
      { relative: 4e-6, absolute: 5e-7 * size },
    );
  });

  it('lets a NaN of one weight stay its own in LAMB', async () => {
    const param = normals(5, 3);
    param[2] = Number.NaN;
    const operands = [param, normals(5, 4), zeros(5), zeros(5), moments(1), scale];
    await checkKernel('lamb', operands, { ranges: [{ offset: 0, length: 5, decay: false }] }, near);
  });

  it('takes Lion steps: signs, 0 for 0, and NaN for NaN', async () => {
    const hyper = Float32Array.of(1e-2, 0.9, 0.99, 0.1, 0.01, 0.1);
    await threeSteps([normals(length, 1), normals(length, 2), zeros(length)], async (operands) =>
      (await checkKernel('lion', [...operands, hyper, scale], { ranges }, near)).slice(0, -2),
    );
    const odd = [Float32Array.of(1, 1, 1), Float32Array.of(Number.NaN, 0, -Infinity), zeros(3), hyper, scale];
    await checkKernel('lion', odd, { ranges: [{ offset: 0, length: 3, decay: false }] }, near);
  });
});

describe('maps', () => {
  it('averages, swaps, scales and clamps the ranges', async () => {
    for (const [list, n] of [
      [ranges, length],
      [many.ranges, many.length],
    ] as const) {
      const [a, b] = [normals(n, 1), normals(n, 2)];
      await checkKernel('lerp', [a, b, Float32Array.of(0.01)], { ranges: list }, near);
      expect((await checkKernel('lerp', [a, a, Float32Array.of(0.3)], { ranges: list }, exact))[0]).toEqual(a);
      await checkKernel('swap', [a, b], { ranges: list }, exact);
      await checkKernel('scaleRanges', [a, Float32Array.of(0.3)], { ranges: list }, rounding);
      await checkKernel('clampRanges', [a], { ranges: list, limit: 0.7 }, rounding);
    }
    const odd = Float32Array.of(Number.NaN, Infinity, -Infinity, 0);
    await checkKernel('clampRanges', [odd], { ranges: [{ offset: 0, length: 4, decay: true }], limit: 0.5 }, exact);
    await checkKernel('swap', [odd, normals(4, 1)], { ranges: [{ offset: 1, length: 2, decay: true }] }, exact);
  });

  it('does so on any ranges', async () => {
    const arena = fc
      .array(fc.tuple(fc.nat(70), fc.constantFrom(0, 1, 63, 64, 1023, 1024, 1025, 2050), fc.boolean()), {
        maxLength: 40,
      })
      .map((parts) => {
        let offset = 0;
        const list = parts.map(([gap, size, decay]): ArenaRange => {
          const range = { offset: offset + (gap % 3 === 0 ? 0 : gap), length: size, decay };
          offset = range.offset + size;
          return range;
        });
        return { list, n: offset + 5 };
      });
    await fc.assert(
      fc.asyncProperty(arena, async ({ list, n }) => {
        const hyper = Float32Array.of(0.1, 0, 0, 0.05);
        const sgd = [normals(n, 1), normals(n, 2), hyper, scale];
        await checkKernel('sgd', sgd, { ranges: list, momentum: 'none' }, near);
        await checkKernel('sumOfSquares', [normals(n, 1), zeros(1)], { ranges: list }, rounding);
        await checkKernel('scaleRanges', [normals(n, 1), Float32Array.of(-2)], { ranges: list }, exact);
      }),
      { numRuns: 15 },
    );
  });
});
