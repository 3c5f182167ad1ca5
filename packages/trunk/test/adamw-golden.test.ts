// Ten AdamW steps with clipping on the encoder, beside PyTorch's. The golden is that of `nn`; the encoder stands here.

import { readFileSync } from 'node:fs';
import { AdamW, accumulateGradients, evaluation, ParameterArena, ParameterScope } from '@omnigrad/nn';
import { checkGoldenArray, goldenArray, goldenInput, ownError, writeGoldenParameters } from '@omnigrad/nn/testing';
import { type Backend, mean, type NumericArray, rngKey, scope, square, sub } from '@omnigrad/tensor';
import { assertClose, readGolden, roundoff } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { encoderOf } from './golden-encoder.ts';
import { backends } from './support.ts';

interface Hyper {
  readonly steps: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
}

const file = readGolden(readFileSync(new URL('../../nn/test/goldens/adamw.safetensors', import.meta.url)));
const { steps, learningRate, maxNorm, ...options } = JSON.parse(file.metadata.config) as Hyper;

/** Ten steps of training carry the errors of one into the next. */
const trained = (backend: Backend, name: string) =>
  backend.floatDType === 'f64'
    ? { ofLargest: 1e-11 }
    : { absolute: ownError(file, name), ofLargest: 16 * roundoff.f32, dtype: 'f32' as const };

/**
 * The gradient of a key bias is 0, so both sides hold rounding noise, which Adam scales up to steps of at most about the
 * learning rate: an absolute bound. q and v are held as tightly as everything else.
 */
const checkState = (
  backend: Backend,
  kind: 'final' | 'expAvg' | 'expAvgSq',
  parameter: string,
  got: NumericArray,
): void => {
  const name = `${kind}/${parameter}`;
  const want = goldenArray(file, name).data;
  if (!parameter.endsWith('qkv.bias')) {
    assertClose(`${backend.name}: ${name}`, got, want, trained(backend, name));
    return;
  }
  const third = want.length / 3;
  ['q', 'k', 'v'].forEach((letter, i) => {
    const [a, b] = [got, want].map((x) => x.subarray(i * third, (i + 1) * third));
    const noise = { final: backend.floatDType === 'f64' ? 1e-8 : steps * learningRate, expAvg: 1e-8, expAvgSq: 1e-16 }[
      kind
    ];
    const tolerance = letter === 'k' ? { absolute: noise } : trained(backend, `${name}[${letter}]`);
    assertClose(`${backend.name}: ${name}[${letter}]`, a, b, tolerance);
  });
};

describe('ten AdamW steps of the encoder', () => {
  it.each(backends)('have the losses, norms, weights and moments of PyTorch on $name', (backend) => {
    const at = new ParameterScope();
    const { transformer, reduction } = encoderOf(at, file);
    using arena = new ParameterArena(at, backend, rngKey(0));
    writeGoldenParameters(arena, file);
    const group = { name: 'all', arena, parameters: arena.parameters };
    using optimizer = new AdamW([group], options);
    using input = goldenInput(file, 'input', backend);
    using target = goldenInput(file, 'target', backend);
    const [losses, norms]: [number[], number[]] = [[], []];

    for (let s = 0; s < steps; s++) {
      scope(() => {
        arena.zeroGrads();
        const loss = accumulateGradients(() => {
          const encoded = transformer.forward({ x: input, padding: null }, evaluation);
          return mean(square(sub(reduction.forward(encoded.x), target)));
        }, [group]);
        losses.push(loss.itemSync());
        norms.push(optimizer.step(learningRate, { maxNorm }).itemSync());
      });
    }

    expect(optimizer.steps).toEqual([steps]);
    checkGoldenArray(file, 'out/losses', Float64Array.from(losses), backend);
    checkGoldenArray(file, 'out/gradNorms', Float64Array.from(norms), backend);
    for (const { parameter, m, v } of optimizer.moments()) {
      checkState(backend, 'final', parameter.name, parameter.value.readSync());
      checkState(backend, 'expAvg', parameter.name, m.readSync());
      checkState(backend, 'expAvgSq', parameter.name, v.readSync());
      m.dispose();
      v.dispose();
    }
  });
});
