import { expect, it } from 'vitest';
import { parseOptions, UsageError } from '../src/options.ts';

it('runs everything but the slow by default', () => {
  const options = parseOptions(['train-step']);
  expect(options?.programs).toEqual(['omnigrad-cpu', 'jax-js-wasm', 'tfjs-wasm', 'pytorch-cpu']);
  expect(options?.leftOut).toHaveLength(1);
  expect(parseOptions(['train-step', '--slow'])?.programs).toContain('tfjs-cpu');
  expect(parseOptions(['matmul'])?.programs).toEqual([
    'omnigrad-cpu',
    'jax-js-wasm',
    'tfjs-wasm',
    'onnxruntime',
    'pytorch-cpu',
  ]);
});

it('takes rounds and programs; rounds that were asked for have no time limit', () => {
  const options = parseOptions(['train-step', '--json', '--rounds', '3', '--programs', 'tfjs-cpu,omnigrad-cpu']);
  expect(options).toMatchObject({ json: true, rounds: 3, budgetMs: Number.POSITIVE_INFINITY });
  expect(options?.programs).toEqual(['tfjs-cpu', 'omnigrad-cpu']);
});

it('takes the programs of a GPU', () => {
  const gpu = ['omnigrad-webgpu', 'jax-js-webgpu', 'tfjs-webgpu', 'pytorch-cuda', 'pytorch-cuda-f16'];
  expect(parseOptions(['matmul', '--device', 'gpu'])).toMatchObject({ device: 'gpu', programs: gpu });
  expect(parseOptions(['elementwise', '--device', 'gpu'])?.programs).toEqual([...gpu, 'device-copy']);
});

const refusals: readonly (readonly [readonly string[], string])[] = [
  [
    [],
    'bench: expected cpu, gpu, train-step, forward, matmul, attention, elementwise, capture, data, tune, came nothing; --help lists the options',
  ],
  [
    ['conv'],
    'bench: expected cpu, gpu, train-step, forward, matmul, attention, elementwise, capture, data, tune, came conv; --help lists the options',
  ],
  [['matmul', '--rounds', '0'], 'bench: --rounds: expected a whole number from 1 to 1000, came 0'],
  [
    ['matmul', '--programs', 'numpy'],
    'bench: --programs: unknown program numpy; expected some of omnigrad-cpu, omnigrad-composite, jax-js-wasm, tfjs-wasm, tfjs-cpu, onnxruntime, pytorch-cpu, ' +
      'omnigrad-webgpu, jax-js-webgpu, tfjs-webgpu, pytorch-cuda, pytorch-cuda-f16, device-copy',
  ],
  [['train-step', '--programs', 'onnxruntime'], 'bench: --programs: onnxruntime has no train-step'],
  [['train-step', '--device', 'tpu'], 'bench: --device: expected cpu or gpu, came tpu'],
  [
    ['train-step', '--device', 'gpu', '--programs', 'jax-js-wasm'],
    'bench: --programs: jax-js-wasm does not run on --device gpu',
  ],
];

it.each(refusals)('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(new UsageError(message));
});
