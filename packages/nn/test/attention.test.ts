// MultiHeadAttention: PyTorch's numbers, the ways it is worked out, state, gradients and errors.

import { readFileSync } from 'node:fs';
import { checkModelGolden, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  add,
  type Backend,
  cast,
  mean,
  normal,
  ones,
  rngKey,
  rotaryTables,
  scope,
  square,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { assertClose, readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import {
  accumulateGradients,
  evaluation,
  MultiHeadAttention,
  type MultiHeadAttentionForwardOptions,
  ParameterScope,
  training,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const key = rngKey(7);
const width = 8;

const golden = (name: string) =>
  readGolden(readFileSync(new URL(`goldens/multi-head-attention-${name}.safetensors`, import.meta.url)));

const close = (what: string, got: Tensor, want: Tensor): void =>
  assertClose(what, got.readSync(), want.readSync(), { absolute: 1e-5, dtype: got.dtype === 'f64' ? 'f64' : 'f32' });

describe.each(backends)('MultiHeadAttention on $name', (backend: Backend) => {
  it.each(['self', 'cross', 'causal', 'bias'] as const)('is nn.MultiheadAttention: %s', (name) => {
    const file = golden(name);
    const has = (input: string): boolean => file.tensors.has(`input/${input}`);
    checkModelGolden(file, backend, (at) => {
      const model = new MultiHeadAttention(at, width, { heads: 2 });
      return ({ input, padding }) => {
        const query = input('input/query');
        const k = has('key') ? input('input/key') : query;
        const output = model.forward(query, k, has('value') ? input('input/value') : k, evaluation, {
          causal: name === 'causal',
          padding: padding?.exists ?? null,
          bias: has('bias') ? input('input/bias') : null,
        });
        return { activations: { output }, result: output };
      };
    });
  });

  it('gives the same by the packed kernels and by its parts', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at, width, { heads: 2 }),
      (model) => {
        const [x, y] = [normal(key, [2, 3, width], { backend }), normal(rngKey(8), [2, 4, width], { backend })];
        const open = { mask: tensor([1], [1], { backend, dtype: 'bool' }) };
        for (const [query, k] of [
          [x, x],
          [x, y],
        ]) {
          close('out', model.forward(query, k, k, evaluation), model.forward(query, k, k, evaluation, open));
        }
      },
    );
  });

  it('hides later keys, masked keys and padding', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at, width, { heads: 4, keyHeads: 2 }),
      (model) => {
        const x = normal(key, [1, 3, width], { backend });
        // Another last token.
        const bump = tensor([0, 0, 5], [1, 3, 1], { backend, dtype: backend.floatDType });
        const z = add(x, bump);
        const hidden: readonly MultiHeadAttentionForwardOptions[] = [
          { causal: true },
          { padding: tensor([1, 1, 0], [1, 3], { backend, dtype: 'bool' }) },
          { mask: tensor([1, 1, 0], [3], { backend, dtype: 'bool' }) },
          { bias: tensor([0, 0, -Infinity], [3], { backend, dtype: backend.floatDType }) },
        ];
        const firstTwo = (a: Tensor): number[] => [...a.readSync().subarray(0, 2 * width)];
        for (const options of hidden) {
          const [a, b] = [x, z].map((q) => firstTwo(model.forward(q, q, q, evaluation, options)));
          expect(b).toEqual(a);
        }
        expect(firstTwo(model.forward(z, z, z, evaluation))).not.toEqual(firstTwo(model.forward(x, x, x, evaluation)));
      },
    );
  });

  it('depends on relative positions only under a rotary embedding', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at, width, { heads: 2, rotaryPairing: 'interleaved' }),
      (model) => {
        const x = normal(key, [1, 5, width], { backend });
        const like = { backend, dtype: backend.floatDType };
        const run = (offset: number, keyOffset = offset): Tensor =>
          model.forward(x, x, x, evaluation, {
            rotary: rotaryTables(5, width / 2, { offset, ...like }),
            keyRotary: rotaryTables(5, width / 2, { offset: keyOffset, ...like }),
          });
        close('shifted', run(3), run(0));
        const far = run(0, 3).readSync();
        expect(
          run(0)
            .readSync()
            .some((v, i) => Math.abs(v - far[i]) > 1e-3),
        ).toBe(true);
      },
    );
  });

  it('drops weights in training, by key', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at.child('attention'), width, { heads: 2, dropout: 0.5 }),
      (model) => {
        const x = normal(key, [2, 4, width], { backend });
        const run = (k: number): number[] => [...model.forward(x, x, x, training(rngKey(k))).readSync()];
        expect(run(1)).toEqual(run(1));
        expect(run(1)).not.toEqual(run(2));
        expect(run(1)).not.toEqual([...model.forward(x, x, x, evaluation).readSync()]);
      },
    );
  });

  it('gives every parameter a gradient', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at, width, { heads: 4, keyHeads: 1, dropout: 0.2 }),
      (model, arena) => {
        expect(arena.parameters.map((p) => [p.name, p.shape])).toEqual([
          ['inProjection.weight', [8, 12]],
          ['inProjection.bias', [12]],
          ['out.weight', [8, 8]],
          ['out.bias', [8]],
        ]);
        const x = normal(key, [2, 4, width], { backend });
        const group = { arena, parameters: arena.parameters };
        accumulateGradients(() => mean(square(model.forward(x, x, x, training(key), { causal: true }))), [group]);
        expect(parametersWithoutGradient(arena)).toEqual([]);
      },
    );
  });

  it('gives the bias of out where no key exists', () => {
    withModel(
      backend,
      (at) => new MultiHeadAttention(at, width, { heads: 2 }),
      (model, arena) => {
        arena.write(model.out.bias, [1, 2, 3, 4, 5, 6, 7, 8]);
        const x = normal(key, [1, 1, width], { backend });
        const padding = cast(tensor([0], [1, 1], { backend, dtype: 'i32' }), 'bool');
        for (const options of [{ padding }, { padding, causal: true }]) {
          expect([...model.forward(x, x, x, evaluation, options).readSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        }
        const none = ones([0, 3, width], { backend });
        expect(model.forward(none, none, none, evaluation, { causal: true }).shape).toEqual([0, 3, width]);
      },
    );
  });
});

describe('errors of MultiHeadAttention', () => {
  it.each([
    [{ heads: 3 }, 'heads must be a divisor of the width 8, came 3'],
    [{ heads: 0 }, 'heads must be a divisor of the width 8, came 0'],
    [{ heads: 0.5 }, 'heads must be a divisor of the width 8, came 0.5'],
    [{ heads: 4, keyHeads: 3 }, 'keyHeads must be a divisor of the 4 heads, came 3'],
    [{ heads: 4, keyHeads: -1 }, 'keyHeads must be a divisor of the 4 heads, came -1'],
    [{ heads: 4, dropout: 1 }, 'dropout must be in [0, 1), came 1'],
  ])('%j', (options, message) => {
    expect(() => new MultiHeadAttention(new ParameterScope(), width, options)).toThrow(
      expect.objectContaining({ message: `MultiHeadAttention: ${message}` }),
    );
  });

  it('name the module', () => {
    withModel(
      reference,
      (at) => new MultiHeadAttention(at.child('decoder').child('attention'), width, { heads: 2 }),
      (model) => {
        const x = normal(key, [1, 2, width], { backend: reference });
        const narrow = normal(key, [1, 2, 4], { backend: reference });
        expect(() => {
          scope(() => model.forward(x, narrow, x, evaluation));
        }).toThrow(
          expect.objectContaining({
            message:
              'MultiHeadAttention: expected query [B, Tq, 8], key and value [B, Tk, 8], came [1, 2, 8], [1, 2, 4], [1, 2, 8] (in decoder.attention)',
          }),
        );
        const mask = tensor([1, 1, 1], [3], { backend: reference, dtype: 'bool' });
        expect(() => {
          scope(() => model.forward(x, x, x, evaluation, { mask }));
        }).toThrow(
          expect.objectContaining({
            message:
              'scaledDotProductAttention: shapes do not broadcast, a [1, 2, 2, 2], b [3]: 2 != 3 at axis -1; reshape or expand one of them (in decoder.attention)',
          }),
        );
      },
    );
  });
});
