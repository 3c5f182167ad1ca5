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

const refusals: readonly (readonly [readonly string[], string])[] = [
  [
    [],
    'bench: expected cpu, train-step, forward, matmul, attention, elementwise, capture, came nothing; --help lists the options',
  ],
  [
    ['conv'],
    'bench: expected cpu, train-step, forward, matmul, attention, elementwise, capture, came conv; --help lists the options',
  ],
  [['matmul', '--rounds', '0'], 'bench: --rounds: expected a whole number from 1 to 1000, came 0'],
  [
    ['matmul', '--programs', 'numpy'],
    'bench: --programs: unknown program numpy; expected some of omnigrad-cpu, omnigrad-composite, jax-js-wasm, tfjs-wasm, tfjs-cpu, onnxruntime, pytorch-cpu',
  ],
  [['train-step', '--programs', 'onnxruntime'], 'bench: --programs: onnxruntime has no train-step'],
];

it.each(refusals)('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(new UsageError(message));
});
