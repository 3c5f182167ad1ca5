// Pooling and task heads: what each kind reads of the tokens, padding, and gradients.

import { accumulateGradients, type ParameterScope, type Tokens } from '@omnigrad/nn';
import { drawTokens, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import { type Backend, concat, mean, scope, slice, square, type Tensor, tensor, valueAndGrad } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { flattenTokens, type HeadConfig, poolClassAndMean, poolFlat, poolings, TaskHead } from '../src/index.ts';
import { backends, reference } from './support.ts';

const headOf = (config: HeadConfig) => (at: ParameterScope) => new TaskHead(at.child('head'), config, 6, 4);
const read = (x: Tensor): number[] => [...x.readSync()];

describe.each(backends)('pooling on $name', (backend) => {
  // Two samples of a class token and two tokens, width 2.
  const numbers = [1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80];
  const tokensOf = (exists: readonly number[] | null): Tokens => {
    const x = tensor(numbers, [2, 3, 2], { backend });
    if (exists === null) return { x, padding: null };
    return { x, padding: { kind: 'padding', exists: tensor(exists, [2, 3], { backend, dtype: 'bool' }) } };
  };

  it('puts the class token beside the mean of the others', () => {
    scope(() => {
      const y = poolClassAndMean(tokensOf(null));
      expect(y.shape).toEqual([2, 4]);
      expect(read(y)).toEqual([1, 2, 20, 30, 3, 4, 60, 70]);
    });
  });

  it('takes the mean of the tokens that exist', () => {
    scope(() => {
      expect(read(poolClassAndMean(tokensOf([1, 1, 1, 1, 1, 1])))).toEqual([1, 2, 20, 30, 3, 4, 60, 70]);
      expect(read(poolClassAndMean(tokensOf([1, 1, 0, 1, 0, 1])))).toEqual([1, 2, 10, 20, 3, 4, 70, 80]);
    });
  });

  it('pools a sample without tokens to 0, with gradients of 0', () => {
    scope(() => {
      const tokens = tokensOf([1, 1, 1, 1, 0, 0]);
      const { value, grads } = valueAndGrad(() => {
        const y = poolClassAndMean(tokens);
        return { loss: mean(square(y)), y };
      }, [tokens.x]);
      expect(read(value.y)).toEqual([1, 2, 20, 30, 3, 4, 0, 0]);
      const g = read(grads[0]);
      expect(g.every(Number.isFinite)).toBe(true);
      expect(g.slice(8)).toEqual([0, 0, 0, 0]);
      expect(g.slice(0, 8).every((v) => v !== 0)).toBe(true);
    });
  });

  it('takes one of the two alone', () => {
    scope(() => {
      const tokens = tokensOf([1, 1, 0, 1, 1, 1]);
      const both = read(poolClassAndMean(tokens));
      expect(read(poolings.classAndMean.pool(tokens))).toEqual(both);
      expect(read(poolings.class.pool(tokens))).toEqual([1, 2, 3, 4]);
      expect(read(poolings.mean.pool(tokens))).toEqual([10, 20, 60, 70]);
    });
  });

  it('lays tokens side by side', () => {
    scope(() => {
      const flat = poolFlat(tokensOf(null));
      expect(flat.shape).toEqual([2, 6]);
      expect(read(flat)).toEqual(numbers);
      expect(flattenTokens(tokensOf(null).x).shape).toEqual([2, 6]);
    });
  });
});

describe.each(backends)('task heads on $name', (backend) => {
  const tokens = (seed = 1, lengths?: readonly number[]): Tokens => drawTokens(backend, seed, [2, 5, 6], lengths);

  it.each([
    [{ kind: 'classification', classes: 3 }, [2, 3]],
    [{ kind: 'values', outputs: 7 }, [2, 7]],
    [{ kind: 'tokens', outputs: 2 }, [2, 4, 2]],
  ] as const)('%j has its shape and gives every parameter a gradient', (config, shape) => {
    withModel(backend, headOf(config), (head, arena) => {
      const input = tokens();
      const { y } = accumulateGradients(() => {
        const out = head.forward(input);
        return { loss: mean(square(out)), y: out };
      }, [{ arena, parameters: arena.parameters }]);
      expect(y.shape).toEqual(shape);
      expect(parametersWithoutGradient(arena)).toEqual([]);
    });
  });

  it('classification does not see padded tokens', () => {
    withModel(backend, headOf({ kind: 'classification', classes: 3 }), (head) => {
      const a = tokens(1, [5, 3]);
      const behind = slice(tokens(2).x, { axis: 1, start: 3 });
      const b = { ...a, x: concat([slice(a.x, { axis: 1, start: 0, end: 3 }), behind], { axis: 1 }) };
      const [one, two] = [a, b].map((t) => read(head.forward(t)));
      expect(two.slice(0, 3)).not.toEqual(one.slice(0, 3));
      expect(two.slice(3)).toEqual(one.slice(3));
    });
  });

  it('classification of a sample with nothing but its class token is finite', () => {
    withModel(backend, headOf({ kind: 'classification', classes: 3 }), (head, arena) => {
      const input = tokens(1, [5, 1]);
      const loss = accumulateGradients(
        () => mean(square(head.forward(input))),
        [{ arena, parameters: arena.parameters }],
      );
      expect(Number.isFinite(loss.itemSync())).toBe(true);
      expect(arena.grads.readSync().every(Number.isFinite)).toBe(true);
    });
  });

  it('values read every token, the class token too', () => {
    withModel(backend, headOf({ kind: 'values', outputs: 3 }), (head) => {
      const input = tokens();
      const { grads } = valueAndGrad(() => mean(square(head.forward(input))), [input.x]);
      expect(grads[0].readSync().every((g) => g !== 0)).toBe(true);
    });
  });

  it('tokens answer for themselves, without the class token', () => {
    withModel(backend, headOf({ kind: 'tokens', outputs: 2 }), (head) => {
      const input = tokens();
      const { grads } = valueAndGrad(() => {
        // Only token 1 of sample 0.
        const own = slice(slice(head.forward(input), { axis: 0, start: 0, end: 1 }), { axis: 1, start: 1, end: 2 });
        return mean(square(own));
      }, [input.x]);
      const moved = [...grads[0].readSync()].flatMap((g, i) => (g === 0 ? [] : [Math.floor(i / 6)]));
      // Row 0 is the class token: token 1 is row 2 of sample 0.
      expect([...new Set(moved)]).toEqual([2]);
    });
  });
});

describe('a task head refuses', () => {
  const wrong = (backend: Backend): void => {
    withModel(backend, headOf({ kind: 'values', outputs: 3 }), (head) => {
      head.forward(drawTokens(backend, 1, [2, 6, 6]));
    });
  };

  it('another number of tokens, and says where', () => {
    expect(() => wrong(reference)).toThrow(
      expect.objectContaining({
        message: 'layerNorm: x [2, 36] wants gamma and beta [36], came [30] and [30] (in head.norm)',
      }),
    );
  });
});
