import { expect, it } from 'vitest';
import type { ProgramName } from '../src/programs/index.ts';
import type { JsonRow } from '../src/report.ts';
import { hostTarget, showTargets, targetsOf } from '../src/targets.ts';

const row = (program: ProgramName, values: Partial<JsonRow>): JsonRow => ({
  benchmark: 'matmul',
  case: '256',
  program,
  version: '1',
  backend: 'b',
  node: '20',
  medianMs: 1,
  minMs: 1,
  ratio: 1,
  ceilingFraction: 0.5,
  ...values,
});

const of = (recent: boolean) => ({ recent, copyGigabytesPerSecond: 40 });

it('takes the nearest TypeScript peer, not a native one', () => {
  const rows = [
    row('omnigrad-cpu', {}),
    row('jax-js-wasm', { ratio: 3 }),
    row('tfjs-wasm', { ratio: 1.4 }),
    row('onnxruntime', { ratio: 0.2 }),
  ];
  expect(showTargets(targetsOf('matmul', '256', rows, of(false)))).toBe('1.5x the best TypeScript peer: 1.40x, missed');
});

it('holds each Node to its own figures', () => {
  const rows = [row('omnigrad-cpu', { medianMs: 300, gflops: 80 }), row('jax-js-wasm', { ratio: 2.5 })];
  expect(showTargets(targetsOf('matmul', '1024', rows, of(false)))).toBe('60 GFLOP/s: 80.0, met');
  expect(showTargets(targetsOf('matmul', '1024', rows, of(true)))).toBe('110 GFLOP/s: 80.0, missed');
  expect(showTargets(targetsOf('train-step', 'step', rows, of(false)))).toBe(
    'at most 400 ms: 300 ms, met; 2.2x jax-js: 2.50x, met',
  );
  expect(showTargets(targetsOf('train-step', 'step', rows, of(true)))).toBe(
    'at most 240 ms: 300 ms, missed; 3x jax-js: 2.50x, missed; 1/1.2x PyTorch: not measured',
  );
});

it('counts passes in a copy, and the host in a step', () => {
  const rows = [row('omnigrad-cpu', { gigabytesPerSecond: 28.4 })];
  expect(showTargets(targetsOf('elementwise', 'gelu', rows, of(false)))).toBe('70 % of a copy: 71.0 %, met');
  expect(targetsOf('elementwise', 'copy', rows, of(false))).toEqual([]);
  const captured = { benchmark: 'capture', step: 's', commands: 1, eagerMs: 1, eagerHostMs: 1, same: true } as const;
  expect(hostTarget({ ...captured, replayedMs: 100, hostMs: 6 }).met).toBe(false);
  expect(hostTarget({ ...captured, replayedMs: 100, hostMs: 5 }).met).toBe(true);
});
