// f without PyTorch: shapes, the class token, padding, dropout, and gradients for every parameter.

import {
  accumulateGradients,
  evaluation,
  type Mode,
  type ParameterArena,
  type ParameterScope,
  type Tokens,
  training,
} from '@omnigrad/nn';
import { drawTokens, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  type Backend,
  concat,
  mean,
  mul,
  rngKey,
  slice,
  square,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { Trunk, type TrunkConfig } from '../src/index.ts';
import { backends, reference } from './support.ts';

const config: TrunkConfig = {
  width: 12,
  layers: 2,
  heads: 3,
  feedForward: 20,
  norm: 'pre',
  normEps: 1e-5,
  dropout: 0,
  reduction: [11, 9, 6],
};

const withTrunk = (
  backend: Backend,
  changes: Partial<TrunkConfig>,
  use: (trunk: Trunk, arena: ParameterArena) => void,
): void => {
  withModel(backend, (at: ParameterScope) => new Trunk(at.child('trunk'), { ...config, ...changes }), use);
};

/** The first `n` tokens behind the class token, and the class token: what belongs to tokens that exist. */
const firstTokens = (x: Tensor, sample: number, n: number): Float64Array =>
  Float64Array.from(
    slice(slice(x, { axis: 0, start: sample, end: sample + 1 }), { axis: 1, start: 0, end: 1 + n }).readSync(),
  );

const near = (backend: Backend) => ({ ofLargest: backend.floatDType === 'f64' ? 1e-12 : 1e-5 });
const read = (x: Tensor): number[] => [...x.readSync()];

describe.each(backends)('the trunk on $name', (backend) => {
  const other = (tokens: Tokens, seed: number, from: number): Tokens => {
    const [B, T, width] = tokens.x.shape;
    const noise = drawTokens(backend, seed, [B, T - from, width]).x;
    return { ...tokens, x: concat([slice(tokens.x, { axis: 1, start: 0, end: from }), noise], { axis: 1 }) };
  };

  it.each([
    [3, [11, 9, 6]],
    [1, [4, 4, 4]],
  ] as const)('gives %s tokens and a class token the last width of the reduction', (T, reduction) => {
    withTrunk(backend, { reduction }, (trunk) => {
      const { x, padding } = trunk.forward(drawTokens(backend, 1, [2, T, 12]), evaluation);
      expect(x.shape).toEqual([2, 1 + T, reduction[2]]);
      expect(padding).toBeNull();
      expect(trunk.reduction.layers.map((layer) => layer.weight.shape[1])).toEqual([...reduction]);
    });
  });

  it('ends without a ReLU: features of both signs', () => {
    withTrunk(backend, {}, (trunk) => {
      const y = read(trunk.forward(drawTokens(backend, 1, [2, 3, 12]), evaluation).x);
      expect(Math.min(...y)).toBeLessThan(0);
      expect(Math.max(...y)).toBeGreaterThan(0);
    });
  });

  it('puts the class token first: its content moves every row', () => {
    withTrunk(backend, {}, (trunk, arena) => {
      const tokens = drawTokens(backend, 1, [1, 3, 12]);
      const before = read(trunk.forward(tokens, evaluation).x);
      arena.write(
        trunk.classToken,
        Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
      );
      const after = read(trunk.forward(tokens, evaluation).x);
      for (let row = 0; row < 4; row++)
        expect(after.slice(6 * row, 6 * row + 6)).not.toEqual(before.slice(6 * row, 6 * row + 6));
    });
  });

  it('knows no order: tokens that change places take their features along, and the class token keeps its own', () => {
    withTrunk(backend, {}, (trunk) => {
      const { x } = drawTokens(backend, 1, [1, 3, 12]);
      const part = (y: Tensor, i: number): Tensor => slice(y, { axis: 1, start: i, end: i + 1 });
      const straight = trunk.forward({ x, padding: null }, evaluation).x;
      const turned = trunk.forward(
        { x: concat([part(x, 2), part(x, 0), part(x, 1)], { axis: 1 }), padding: null },
        evaluation,
      ).x;
      const wanted = concat(
        [0, 3, 1, 2].map((i) => part(straight, i)),
        { axis: 1 },
      );
      assertClose('turned', turned.readSync(), wanted.readSync(), near(backend));
    });
  });

  it.each(['pre', 'post'] as const)('%s-norm: the content of padded tokens reaches no token that exists', (norm) => {
    withTrunk(backend, { norm }, (trunk) => {
      const lengths = [5, 2];
      const tokens = drawTokens(backend, 1, [2, 5, 12], lengths);
      const one = trunk.forward(tokens, evaluation);
      const two = trunk.forward(other(tokens, 9, 2), evaluation);
      expect(read(one.padding?.exists ?? one.x)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
      // Sample 1 has two tokens: the other three were exchanged. Sample 0 lost tokens that exist.
      expect(firstTokens(two.x, 1, 2)).toEqual(firstTokens(one.x, 1, 2));
      expect(firstTokens(two.x, 0, 2)).not.toEqual(firstTokens(one.x, 0, 2));
      const short = trunk.forward({ x: slice(tokens.x, { axis: 1, start: 0, end: 2 }), padding: null }, evaluation).x;
      assertClose('without padding', firstTokens(one.x, 1, 2), firstTokens(short, 1, 2), near(backend));
    });
  });

  it('gives padded tokens no gradient when the loss looks at tokens that exist', () => {
    withTrunk(backend, {}, (trunk) => {
      const tokens = drawTokens(backend, 1, [2, 5, 12], [5, 2]);
      const weight = tensor([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], [2, 6, 1], { backend });
      const { grads } = valueAndGrad(() => sum(mul(trunk.forward(tokens, evaluation).x, weight)), [tokens.x]);
      const g = grads[0].readSync();
      const ofToken = (b: number, t: number): number[] => [...g.subarray((b * 5 + t) * 12, (b * 5 + t + 1) * 12)];
      for (const t of [0, 1, 2, 3, 4]) expect(ofToken(0, t).every((v) => v !== 0)).toBe(true);
      for (const t of [0, 1]) expect(ofToken(1, t).every((v) => v !== 0)).toBe(true);
      for (const t of [2, 3, 4]) expect(ofToken(1, t).every((v) => v === 0)).toBe(true);
    });
  });

  it.each(['pre', 'post'] as const)('%s-norm: gives every parameter a gradient', (norm) => {
    withTrunk(backend, { norm }, (trunk, arena) => {
      const tokens = drawTokens(backend, 1, [2, 4, 12], [4, 3]);
      accumulateGradients(
        () => mean(square(trunk.forward(tokens, evaluation).x)),
        [{ arena, parameters: arena.parameters }],
      );
      expect(parametersWithoutGradient(arena)).toEqual([]);
    });
  });

  it('drops by key: the same bytes for one key, others for another, none in evaluation', () => {
    withTrunk(backend, { dropout: 0.3 }, (trunk) => {
      const tokens = drawTokens(backend, 1, [2, 4, 12]);
      const run = (mode: Mode): number[] => read(trunk.forward(tokens, mode).x);
      expect(run(training(rngKey(1)))).toEqual(run(training(rngKey(1))));
      expect(run(training(rngKey(1)))).not.toEqual(run(training(rngKey(2))));
      expect(run(evaluation)).toEqual(run(evaluation));
      expect(run(evaluation)).not.toEqual(run(training(rngKey(1))));
    });
  });

  it('drops other elements in every block and branch', () => {
    withTrunk(backend, { dropout: 0.5, width: 60 }, ({ transformer }, arena) => {
      // Every branch is 1 before dropout, so that an element of the sum counts the branches that were kept: 0 to 4 of
      // them when all differ; 0, 2 or 4 if the blocks dropped alike. The last normalisation keeps equal and unequal.
      for (const { attention, mlp } of transformer.blocks) {
        for (const { weight, bias } of [attention.out, mlp.fc2]) {
          arena.write(weight, new Float32Array(weight.value.size));
          arena.write(bias, new Float32Array(60).fill(1));
        }
      }
      const x = tensor(new Float32Array(60), [1, 1, 60], { backend, dtype: backend.floatDType });
      const y = read(transformer.forward({ x, padding: null }, training(rngKey(1))).x);
      expect(new Set(y.map((v) => v.toFixed(4))).size).toBe(5);
    });
  });
});

describe('the switch between pre-norm and post-norm', () => {
  it('gives only pre-norm a last normalisation', () => {
    const names = (norm: 'pre' | 'post'): string[] => {
      let found: string[] = [];
      withTrunk(reference, { norm }, (_, arena) => {
        found = arena.parameters.map((p) => p.name);
      });
      return found;
    };
    const last = ['trunk.transformer.norm.weight', 'trunk.transformer.norm.bias'];
    expect(names('pre').filter((name) => !names('post').includes(name))).toEqual(last);
    expect(names('post').filter((name) => !names('pre').includes(name))).toEqual([]);
  });
});

describe('the trunk refuses', () => {
  it('tokens of another width, and says where', () => {
    withTrunk(reference, {}, (trunk) => {
      expect(() => trunk.forward(drawTokens(reference, 1, [2, 3, 10]), evaluation)).toThrow(
        expect.objectContaining({
          message: 'concat: input 1 [2, 3, 10] does not fit input 0 [2, 1, 12] beside axis 1 (in trunk)',
        }),
      );
    });
  });

  it('tokens without a batch', () => {
    withTrunk(reference, {}, (trunk) => {
      const x = tensor([[1, 2, 3]], { backend: reference });
      expect(() => trunk.forward({ x, padding: null }, evaluation)).toThrow(
        expect.objectContaining({ message: 'expect: expected [B, T, width], came [1, 3] (in trunk)' }),
      );
    });
  });

  it('a padding mask of other tokens', () => {
    withTrunk(reference, {}, (trunk) => {
      const { x } = drawTokens(reference, 1, [2, 3, 12]);
      const { padding } = drawTokens(reference, 1, [2, 4, 12], [4, 4]);
      expect(() => trunk.forward({ x, padding }, evaluation)).toThrow(
        expect.objectContaining({
          message:
            'selfAttention: the padding mask must be [2, 4], came [2, 5] (in trunk.transformer.blocks.0.attention)',
        }),
      );
    });
  });
});
