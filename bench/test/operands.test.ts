import { expect, it } from 'vitest';
import { benchmarkNames, benchmarkOf } from '../src/benchmarks.ts';
import { operandsOf, products, shapesOf } from '../src/matmul.ts';
import { checksum, operand } from '../src/operands.ts';

it('gives the numbers of the formula', () => {
  // 7919 + 104729 · 2 = 217377 = 21 · 10007 + 7230
  expect(operand(2, 3)[1]).toBe(Math.fround(7230 / 10007));
  expect(operand(2, 3, 4, -2)[1]).toBe(Math.fround((4 * 7230) / 10007 - 2));
  expect(checksum([1, 2, 3])).toBe(1 + 2 * 4 + 3 * 9);
});

it('has operands of the shapes that it names', () => {
  for (const product of products.values()) {
    const { a, b } = shapesOf(product);
    const size = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);
    const data = operandsOf(product);
    expect([data.a.length, data.b.length]).toEqual([size(a), size(b)]);
  }
});

it('names every case of a benchmark once, with a cost', () => {
  for (const name of benchmarkNames) {
    const { cases } = benchmarkOf(name);
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    for (const { cost } of cases) expect(cost).toBeGreaterThan(0);
  }
});
