// The schedule beside PyTorch's LambdaLR, at its borders, and in general.

import { readFileSync } from 'node:fs';
import { goldenArray } from '@omnigrad/nn/testing';
import { ArgumentError } from '@omnigrad/tensor';
import { assertClose, readGolden } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constantRate,
  cosineRestarts,
  exponentialDecay,
  linearDecay,
  linearWarmup,
  multiStepDecay,
  oneCycle,
  polynomialDecay,
  type Schedule,
  sequence,
  stepDecay,
  warmupCosine,
  withWarmup,
} from '../src/index.ts';

const file = readGolden(readFileSync(new URL('goldens/schedule.safetensors', import.meta.url)));

interface Case {
  readonly base: number;
  readonly minimum: number;
  readonly warmup: number;
  readonly total: number;
}

describe('warmupCosine', () => {
  it.each(JSON.parse(file.metadata.cases) as string[])('is the golden %s', (name) => {
    const { base, minimum, warmup, total } = JSON.parse(file.metadata[name]) as Case;
    const schedule = { base, min: minimum, warmupSteps: warmup, totalSteps: total };
    const rates = Float64Array.from({ length: total }, (_, step) => warmupCosine(step, schedule));
    assertClose(name, rates, goldenArray(file, `${name}/lr`).data, { ofLargest: 1e-15 });
  });

  it('stays at the minimum after the last step', () => {
    const schedule = { base: 1, min: 0.1, warmupSteps: 2, totalSteps: 6 };
    expect([1, 2, 6, 7, 1000].map((step) => warmupCosine(step, schedule))).toEqual([1, 1, 0.1, 0.1, 0.1]);
  });

  it('may be all warm-up', () => {
    expect(warmupCosine(3, { base: 1, min: 0, warmupSteps: 4, totalSteps: 4 })).toBe(1);
    expect(warmupCosine(4, { base: 1, min: 0, warmupSteps: 4, totalSteps: 4 })).toBe(0);
  });

  it('rises during warm-up and never afterwards, between its limits', () => {
    const any = fc.record({
      min: fc.double({ min: 0, max: 0.5, noNaN: true }),
      warmupSteps: fc.nat(20),
      more: fc.nat(50),
    });
    fc.assert(
      fc.property(any, ({ min, warmupSteps, more }) => {
        const schedule = { base: 1, min, warmupSteps, totalSteps: warmupSteps + more };
        const rates = Array.from({ length: schedule.totalSteps + 2 }, (_, step) => warmupCosine(step, schedule));
        rates.forEach((rate, step) => {
          expect(rate).toBeGreaterThan(-1e-15);
          expect(rate).toBeLessThanOrEqual(1);
          if (step === 0) return;
          if (step < warmupSteps) expect(rate).toBeGreaterThan(rates[step - 1]);
          else expect(rate).toBeLessThanOrEqual(rates[step - 1]);
        });
      }),
    );
  });

  it.each([
    [5, 4],
    [-1, 4],
    [Number.NaN, 4],
  ])('refuses a warm-up of %s in %s steps', (warmupSteps, totalSteps) => {
    expect(() => warmupCosine(0, { base: 1, min: 0, warmupSteps, totalSteps })).toThrow(
      new ArgumentError('warmupCosine', `warm-up of ${warmupSteps} steps does not fit ${totalSteps} steps in total`),
    );
  });
});

describe('schedules beside torch.optim.lr_scheduler', () => {
  const golden = readGolden(readFileSync(new URL('goldens/schedules.safetensors', import.meta.url)));
  const base = Number(golden.metadata.base);
  const schedules: Readonly<Record<string, Schedule>> = {
    linearWarmup: (s) => linearWarmup(s, { base, warmupSteps: 8 }),
    linearDecay: (s) => linearDecay(s, { base, min: 0.1 * base, totalSteps: 30 }),
    polynomialDecay: (s) => polynomialDecay(s, { base, min: 0, totalSteps: 30, power: 2.5 }),
    stepDecay: (s) => stepDecay(s, { base, gamma: 0.5, every: 7 }),
    multiStepDecay: (s) => multiStepDecay(s, { base, gamma: 0.7, milestones: [3, 10, 10, 31] }),
    exponentialDecay: (s) => exponentialDecay(s, { base, gamma: 0.93 }),
    cosineRestarts: (s) => cosineRestarts(s, { base, min: 0.01, period: 9 }),
    cosineRestartsLonger: (s) => cosineRestarts(s, { base, min: 0.01, period: 5, factor: 2 }),
    oneCycle: (s) => oneCycle(s, { max: base, totalSteps: 40 }),
    oneCycleLinear: (s) =>
      oneCycle(s, {
        max: base,
        totalSteps: 40,
        warmupShare: 0.21,
        anneal: 'linear',
        divideFirst: 10,
        divideLast: 50,
      }),
    sequence: sequence([
      { rate: (s) => constantRate(s, { base }), steps: 6 },
      { rate: (s) => exponentialDecay(s, { base, gamma: 0.9 }), steps: Infinity },
    ]),
  };

  it('covers every case', () => {
    expect(Object.keys(schedules).sort()).toEqual([...golden.tensors.keys()].sort());
  });

  // torch multiplies on from step to step, 40 roundings at most.
  it.each(Object.entries(schedules))('%s', (name, rate) => {
    const rates = Float64Array.from({ length: 40 }, (_, step) => rate(step));
    assertClose(name, rates, goldenArray(golden, name).data, { ofLargest: 1e-14 });
  });

  it('joins: a warm-up ends where the next part begins', () => {
    const rate = withWarmup(4, (s) => stepDecay(s, { base: 1, gamma: 0.5, every: 2 }));
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(rate)).toEqual([0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5]);
    expect(withWarmup(0, () => 3)(0)).toBe(3);
    const three = sequence([1, 2, 3].map((x) => ({ rate: (s: number) => 10 * x + s, steps: 2 })));
    expect([0, 1, 2, 3, 4, 5, 6].map(three)).toEqual([10, 11, 20, 21, 30, 31, 32]);
  });

  it('stays at the end', () => {
    expect(oneCycle(1000, { max: 1, totalSteps: 10 })).toBe(1 / 25 / 1e4);
    expect(oneCycle(0, { max: 1, totalSteps: 1, warmupShare: 0.5 })).toBe(1 / 25 / 1e4);
    expect(linearDecay(1000, { base: 1, min: 0.5, totalSteps: 10 })).toBe(0.5);
  });

  it('refuses what makes no sense', () => {
    const refuses = (act: () => unknown, op: string, problem: string) =>
      expect(act).toThrow(new ArgumentError(op, problem));
    const whole = 'use a whole number from 0 on';
    refuses(() => constantRate(-1, { base }), 'constantRate', `step is -1; ${whole}`);
    refuses(() => linearWarmup(0.5, { base, warmupSteps: 2 }), 'linearWarmup', `step is 0.5; ${whole}`);
    refuses(() => linearWarmup(0, { base, warmupSteps: -2 }), 'linearWarmup', `warmupSteps is -2; ${whole}`);
    refuses(
      () => linearDecay(0, { base: -1, min: 0, totalSteps: 3 }),
      'linearDecay',
      'base is -1; use a finite number of at least 0',
    );
    refuses(
      () => polynomialDecay(0, { base, min: 0, totalSteps: 0, power: 1 }),
      'polynomialDecay',
      'totalSteps is 0; use a whole number from 1 on',
    );
    refuses(() => stepDecay(0, { base, gamma: 0, every: 1 }), 'stepDecay', 'gamma is 0; use a finite number above 0');
    refuses(
      () => multiStepDecay(0, { base, gamma: 1, milestones: [1.5] }),
      'multiStepDecay',
      `a milestone is 1.5; ${whole}`,
    );
    refuses(() => exponentialDecay(Number.NaN, { base, gamma: 1 }), 'exponentialDecay', `step is NaN; ${whole}`);
    refuses(
      () => cosineRestarts(0, { base, min: 0, period: 3, factor: 1.5 }),
      'cosineRestarts',
      'factor is 1.5; use a whole number from 1 on',
    );
    refuses(
      () => oneCycle(0, { max: 1, totalSteps: 10, warmupShare: 1 }),
      'oneCycle',
      'warmupShare is 1; use a number between 0 and 1',
    );
    refuses(() => sequence([]), 'sequence', 'came without parts; pass at least one');
    const part = { rate: () => 1, steps: Infinity };
    refuses(() => sequence([part, part]), 'sequence', `steps of part 0 is Infinity; ${whole}`);
  });
});
