// The schedule beside PyTorch's LambdaLR, at its borders, and in general.

import { readFileSync } from 'node:fs';
import { goldenArray } from '@omnigrad/nn/testing';
import { ArgumentError } from '@omnigrad/tensor';
import { assertClose, readGolden } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { warmupCosine } from '../src/index.ts';

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
