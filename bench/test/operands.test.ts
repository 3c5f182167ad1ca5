import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { benchmarkNames, benchmarkOf } from '../src/benchmarks.ts';
import { readWork, writeInputs } from '../src/inputs.ts';
import type { Machine } from '../src/machine.ts';
import { operandsOf, productsOf, shapesOf } from '../src/matmul.ts';
import { checksum, operand } from '../src/operands.ts';

it('gives the numbers of the formula', () => {
  // 7919 + 104729 · 2 = 217377 = 21 · 10007 + 7230
  expect(operand(2, 3)[1]).toBe(Math.fround(7230 / 10007));
  expect(operand(2, 3, 4, -2)[1]).toBe(Math.fround((4 * 7230) / 10007 - 2));
  expect(checksum([1, 2, 3])).toBe(1 + 2 * 4 + 3 * 9);
});

it('has operands of the shapes that it names', () => {
  for (const product of [...Object.values(productsOf('cpu')), ...Object.values(productsOf('software-gpu'))]) {
    const { a, b } = shapesOf(product);
    const size = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);
    const data = operandsOf(product);
    expect([data.a.length, data.b.length]).toEqual([size(a), size(b)]);
  }
});

const machines = ['cpu', 'gpu', 'software-gpu'] as const satisfies readonly Machine[];

it.each(machines)('names every case of a benchmark once, with a cost, on %s', (machine) => {
  for (const name of benchmarkNames) {
    const { cases } = benchmarkOf(name, machine);
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    for (const { cost, repeats } of cases) {
      expect(cost).toBeGreaterThan(0);
      expect(Number.isInteger(repeats) && repeats > 0).toBe(true);
    }
  }
});

const matmulRepeats = (machine: Machine): unknown =>
  Object.fromEntries(benchmarkOf('matmul', machine).cases.map(({ name, repeats }) => [name, repeats]));

it('cuts the work on a software adapter, and does more of it at a time on a GPU', () => {
  expect(matmulRepeats('gpu')).toEqual({ 256: 100, 512: 100, 1024: 100, 2048: 64, 4096: 8, 8192: 1 });
  expect(matmulRepeats('software-gpu')).toEqual({ 256: 8, 512: 1, 1024: 1 });
  expect(matmulRepeats('cpu')).toMatchObject({ 64: 4096, 1024: 1, qkv: 5 });
  const costs = (machine: Machine): number[] => benchmarkOf('attention', machine).cases.map(({ cost }) => cost);
  expect(costs('gpu')).toEqual([4 * 8 * 4096 ** 2 * 64, 12 * 8 * 4096 ** 2 * 64]);
  expect(costs('cpu')).toEqual(costs('gpu').slice(1));
  expect(costs('software-gpu')).toEqual([4 * 4 * 512 ** 2 * 64, 12 * 4 * 512 ** 2 * 64]);
});

it('tells programs what to do in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-bench-test-'));
  try {
    writeInputs('attention', 'gpu', folder);
    expect(readWork(folder)).toMatchObject({ machine: 'gpu', repeats: { attention: 10, 'attention forward': 10 } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
