import { rngKey } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hiddenCount, hiddenFlags, maskOf, randomMask, spanMask } from '../src/index.ts';

/** Lengths of the runs of hidden tokens of sample b. */
const runs = (flags: Uint8Array): number[] =>
  Array.from(flags)
    .join('')
    .split('0')
    .map((run) => run.length)
    .filter((n) => n > 0);

describe('masks', () => {
  test('counts are rounded and leave something on both sides', () => {
    expect([hiddenCount(0.6, 16), hiddenCount(0.15, 64), hiddenCount(0.01, 8), hiddenCount(0.99, 8)]).toEqual([
      10, 10, 1, 7,
    ]);
  });

  test('a mask lists hidden and visible tokens in ascending order', () => {
    const mask = maskOf(
      [
        [3, 0],
        [1, 2],
      ],
      4,
    );
    expect([...mask.hidden]).toEqual([0, 3, 1, 2]);
    expect([...mask.visible]).toEqual([1, 2, 0, 3]);
    expect([...hiddenFlags(mask, 4)]).toEqual([1, 0, 0, 1, 0, 1, 1, 0]);
  });

  test('random masks hide every token equally often, and samples differ', () => {
    const mask = randomMask(rngKey(0), 2000, 8, 2);
    const counts = new Array<number>(8).fill(0);
    for (const token of mask.hidden) counts[token]++;
    // 500 expected, deviation √(2000 · 0.25 · 0.75) = 19
    for (const n of counts) expect(Math.abs(n - 500)).toBeLessThan(100);
    expect(new Set(Array.from({ length: 2000 }, (_, b) => `${mask.hidden.subarray(2 * b, 2 * b + 2)}`)).size).toBe(28);
  });

  test('the first sample of a key is this one, on every machine', () => {
    expect([...randomMask(rngKey(42), 1, 16, 4).hidden]).toEqual([0, 5, 7, 10]);
    expect([...spanMask(rngKey(42), 1, 16, 6, 2, 4).hidden]).toEqual([0, 1, 2, 3, 5, 6]);
  });

  test('spans have the lengths asked for, are apart, and fill the count', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 20 }),
        (seed, tokens, min, more, count) => {
          const max = min + more;
          const possible =
            count < tokens && Math.ceil(count / max) * min <= count && Math.floor(count / min) - 1 <= tokens - count;
          fc.pre(possible);
          const mask = spanMask(rngKey(seed), 3, tokens, count, min, max);
          const flags = hiddenFlags(mask, tokens);
          for (let b = 0; b < 3; b++) {
            const own = runs(flags.subarray(b * tokens, (b + 1) * tokens));
            expect(own.reduce((s, n) => s + n, 0)).toBe(count);
            for (const n of own) {
              expect(n).toBeGreaterThanOrEqual(min);
              expect(n).toBeLessThanOrEqual(max);
            }
          }
        },
      ),
    );
  });

  test('spans reach both ends', () => {
    const flags = hiddenFlags(spanMask(rngKey(5), 500, 16, 6, 2, 4), 16);
    const counts = Array.from({ length: 16 }, (_, t) => flags.filter((flag, i) => i % 16 === t && flag === 1).length);
    // 98 expected at either end, 150 to 230 between: with 2 or 3 spans, an end is hidden in 2 of 11 or 3 of 11 placements.
    expect(Math.min(...counts)).toBeGreaterThan(60);
  });

  test('errors', () => {
    expect(() => randomMask(rngKey(0), 1, 4, 4)).toThrow('randomMask: cannot hide 4 of 4 tokens; hide 1 to 3');
    expect(() => spanMask(rngKey(0), 1, 16, 5, 3, 4)).toThrow(
      'spanMask: cannot hide 5 of 16 tokens in separate spans of 3 to 4; change the ratio or the spans',
    );
    expect(() => spanMask(rngKey(0), 1, 8, 7, 1, 2)).toThrow('cannot hide 7 of 8 tokens in separate spans of 1 to 2');
  });
});
