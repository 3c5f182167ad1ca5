import { expect, it } from 'vitest';
import type { Outcome } from '../src/measure.ts';
import { optionsOf } from '../src/options.ts';
import type { ProgramName } from '../src/programs/index.ts';
import { jsonRows } from '../src/report.ts';
import { deviationsOf, median, rowsOf } from '../src/summary.ts';
import { tableLines } from '../src/table.ts';
import { matrixFlopPerStep } from '../src/train-step.ts';

const outcome = (program: ProgramName, times: number[], values: number[]): Outcome => ({
  program,
  version: '1.2.3',
  backend: 'b',
  note: null,
  byCase: new Map([['step', { times, cpuTimes: times, values }]]),
  failures: [],
});

it('takes medians of odd and even counts', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('gives ratios to our median and the fraction of the ceiling', () => {
  const outcomes = [outcome('omnigrad-cpu', [10, 30, 20], [1]), outcome('tfjs-wasm', [50, 40], [1])];
  // 2 GFLOP in 20 ms are 100 GFLOP/s
  const [own, peer] = rowsOf(outcomes, { name: 'step', title: '', cost: 2e9, repeats: 1 }, 400e9);
  expect([own.medianMs, own.minMs, own.ratio, own.ceilingFraction]).toEqual([20, 10, 1, 0.25]);
  expect([peer.medianMs, peer.minMs, peer.ratio]).toEqual([45, 40, 2.25]);
  expect(peer.ceilingFraction).toBeCloseTo(0.25 / 2.25, 12);
});

it('has no row for a program that never ran, and no ratio without ours', () => {
  const outcomes = [outcome('tfjs-wasm', [40], [1]), outcome('jax-js-wasm', [], [])];
  expect(
    rowsOf(outcomes, { name: 'step', title: '', cost: 1, repeats: 1 }, 1).map(({ program, ratio }) => [program, ratio]),
  ).toEqual([['tfjs-wasm', null]]);
});

it('finds the first result that is not ours, NaN included, and allows rounding', () => {
  const ours = outcome('omnigrad-cpu', [1], [2, 1.9, 1.8, 1.7]);
  const deviates = (values: number[]): number[] =>
    deviationsOf([ours, outcome('tfjs-wasm', [1], values)], 'step').map(({ run }) => run);
  expect(deviates([2.0001, 1.8999, 1.8])).toEqual([]);
  expect(deviates([2, 1.91, 1.9])).toEqual([2]);
  expect(deviates([Number.NaN])).toEqual([1]);
  // only the first three steps are compared
  expect(deviates([2, 1.9, 1.8, 3])).toEqual([]);
});

it('knows no fraction of a ceiling that it does not know', () => {
  const [own] = rowsOf([outcome('omnigrad-webgpu', [10], [1])], { name: 'step', title: '', cost: 1, repeats: 1 }, null);
  expect([own.ratio, own.ceilingFraction]).toEqual([1, null]);
});

it('compares the programs of a GPU with ours, f16 loosely', () => {
  const ours = outcome('omnigrad-webgpu', [1], [2]);
  const deviating = (program: ProgramName, value: number): number =>
    deviationsOf([ours, outcome(program, [1], [value])], 'step').length;
  expect([deviating('jax-js-webgpu', 2.001), deviating('jax-js-webgpu', 2.02)]).toEqual([0, 1]);
  expect([deviating('pytorch-cuda-f16', 2.02), deviating('pytorch-cuda-f16', 2.1)]).toEqual([0, 1]);
});

it('prints the promised fields as JSON', () => {
  const rows = jsonRows({
    options: { ...optionsOf('train-step', 'cpu'), json: true },
    machine: 'cpu',
    gpu: null,
    outcomes: [outcome('omnigrad-cpu', [512], [1])],
    ceilings: { flop: matrixFlopPerStep / 0.512, bytes: null },
    loadBefore: 0,
  });
  expect(rows).toEqual([
    {
      benchmark: 'train-step',
      case: 'step',
      program: 'omnigrad-cpu',
      version: '1.2.3',
      backend: 'b',
      node: process.versions.node,
      medianMs: 512,
      minMs: 512,
      tokensPerSecond: 2000,
      ratio: 1,
      ceilingFraction: 1,
    },
  ]);
});

it('aligns a table', () => {
  const columns = [
    { title: 'a', align: 'left' },
    { title: 'bb', align: 'right' },
  ] as const;
  expect(tableLines(columns, [['xyz', '1']])).toEqual(['a    bb', '---  --', 'xyz   1']);
});
