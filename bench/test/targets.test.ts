import { expect, it } from 'vitest';
import { dataSheetFlops } from '../src/data-sheets.ts';
import type { ProgramName } from '../src/programs/index.ts';
import type { JsonRow } from '../src/report.ts';
import { gpuTargetsOf, hostTarget, showTargets, targetsOf } from '../src/targets.ts';

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

const onCard = { software: false, copyGigabytesPerSecond: 2000 };
const onSoftware = { ...onCard, software: true };

it('holds a software adapter to the train step alone', () => {
  const rows = [row('omnigrad-webgpu', {}), row('jax-js-webgpu', { ratio: 2.5 }), row('tfjs-webgpu', { ratio: 1.5 })];
  expect(showTargets(gpuTargetsOf('train-step', 'step', rows, onSoftware))).toBe('2x jax-js: 2.50x, met');
  expect(showTargets(gpuTargetsOf('train-step', 'step', rows, onCard))).toBe('3x the best WebGPU peer: 1.50x, missed');
  for (const benchmark of ['matmul', 'attention', 'elementwise'] as const) {
    expect(gpuTargetsOf(benchmark, '4096', rows, onSoftware)).toEqual([]);
  }
});

it('holds a GPU to its peers, its data sheet, PyTorch and its own copy', () => {
  const rows = [
    row('omnigrad-webgpu', { ceilingFraction: 0.52, gigabytesPerSecond: 1300 }),
    row('jax-js-webgpu', { ratio: 4 }),
    row('tfjs-webgpu', { ratio: 2 }),
    row('pytorch-cuda', { ratio: 0.5 }),
  ];
  expect(showTargets(gpuTargetsOf('matmul', '4096', rows, onCard))).toBe(
    '2x the best WebGPU peer: 2.00x, met; 50 % of the card: 52.0 %, met',
  );
  expect(showTargets(gpuTargetsOf('attention', 'attention', rows, onCard))).toBe('1/3x PyTorch: 0.50x, met');
  expect(gpuTargetsOf('attention', 'attention forward', rows, onCard)).toEqual([]);
  expect(showTargets(gpuTargetsOf('elementwise', 'softmax', rows, onCard))).toBe(
    "70 % of the GPU's copy: 65.0 %, missed",
  );
  expect(gpuTargetsOf('elementwise', 'gelu', rows, onCard)).toEqual([]);
  // neither the card's data sheet nor its copy is known
  const unknown = [row('omnigrad-webgpu', { ceilingFraction: null, gigabytesPerSecond: 1300 })];
  expect(showTargets(gpuTargetsOf('matmul', '4096', unknown, onCard))).toBe(
    '2x the best WebGPU peer: not measured; 50 % of the card: not measured',
  );
  const blind = { software: false, copyGigabytesPerSecond: undefined };
  expect(showTargets(gpuTargetsOf('elementwise', 'adamw', unknown, blind))).toBe(
    "70 % of the GPU's copy: not measured",
  );
});

it('knows cards by what drivers call them', () => {
  const teraflops = [
    'nvidia-h100-80gb-hbm3',
    'NVIDIA H200',
    'nvidia-a100-sxm4-40gb',
    'nvidia-h100-pcie',
    'apple-m4',
  ].map((name) => dataSheetFlops(name));
  expect(teraflops).toEqual([67e12, 67e12, 19.5e12, 51e12, null]);
});
