// Two streams and one, without PyTorch: gates, padding, the way back to f, and gradients for every parameter.

import {
  accumulateGradients,
  evaluation,
  type ParameterArena,
  type ParameterScope,
  type Tokens,
  training,
} from '@omnigrad/nn';
import { drawTokens, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  add,
  type Backend,
  concat,
  mean,
  rngKey,
  slice,
  square,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { Fusion, type FusionConfig } from '../src/index.ts';
import { backends, reference } from './support.ts';

const config: FusionConfig = {
  transformer: { width: 8, layers: 1, heads: 2, feedForward: 12, norm: 'pre', normEps: 1e-5, dropout: 0 },
  crossHeads: 4,
  decodeCross: true,
};

const withFusion = (
  backend: Backend,
  changes: Partial<FusionConfig>,
  use: (fusion: Fusion, arena: ParameterArena) => void,
): void => {
  withModel(backend, (at: ParameterScope) => new Fusion(at.child('fusion'), { ...config, ...changes }), use);
};

const read = ({ x }: Tokens): number[] => [...x.readSync()];
const gateOf = (backend: Backend, values: readonly number[]): Tensor =>
  tensor(values, [values.length, 1, 1], { backend });

describe.each(backends)('fusion on $name', (backend) => {
  const left = (): Tokens => drawTokens(backend, 1, [2, 5, 8], [5, 4]);
  const right = (seed = 2): Tokens => drawTokens(backend, seed, [2, 3, 8], [3, 2]);

  it('keeps the tokens, padding and width of each stream, whatever their numbers', () => {
    withFusion(backend, {}, (fusion) => {
      const [a, b] = [left(), right()];
      const [x, y] = fusion.pair(a, b, evaluation);
      expect([x.x.shape, y.x.shape]).toEqual([a.x.shape, b.x.shape]);
      expect([x.padding, y.padding]).toEqual([a.padding, b.padding]);
    });
  });

  it('treats the streams alike: exchanged in, exchanged out', () => {
    withFusion(backend, {}, (fusion) => {
      const [a, b] = [left(), right()];
      const [x, y] = fusion.pair(a, b, evaluation);
      const [v, u] = fusion.pair(b, a, evaluation);
      expect([read(u), read(v)]).toEqual([read(x), read(y)]);
    });
  });

  it('shows each stream the other', () => {
    withFusion(backend, {}, (fusion) => {
      const [one] = fusion.pair(left(), right(2), evaluation);
      const [two] = fusion.pair(left(), right(3), evaluation);
      expect(read(one)).not.toEqual(read(two));
      expect(read(one)).not.toEqual(read(fusion.single(left(), evaluation)));
    });
  });

  it('does not show padded tokens of the partner', () => {
    withFusion(backend, {}, (fusion) => {
      const b = right();
      const behind = slice(right(3).x, { axis: 1, start: 2 });
      const exchanged = { ...b, x: concat([slice(b.x, { axis: 1, start: 0, end: 2 }), behind], { axis: 1 }) };
      const [one, two] = [b, exchanged].map((partner) => read(fusion.pair(left(), partner, evaluation)[0]));
      // Token 2 exists in sample 0 only.
      expect(two.slice(0, 40)).not.toEqual(one.slice(0, 40));
      expect(two.slice(40)).toEqual(one.slice(40));
    });
  });

  it('goes alone where the gate is 0, sample by sample and stream by stream', () => {
    withFusion(backend, {}, (fusion) => {
      const [a, b] = [left(), right()];
      const [x, y] = fusion.pair(a, b, evaluation);
      const [shut, mixed] = [
        fusion.pair(a, b, evaluation, [gateOf(backend, [0, 0]), null]),
        fusion.pair(a, b, evaluation, [gateOf(backend, [0, 1]), gateOf(backend, [1, 1])]),
      ];
      const alone = read(fusion.single(a, evaluation));
      expect(read(shut[0])).toEqual(alone);
      expect(read(shut[1])).toEqual(read(y));
      expect(read(mixed[0])).toEqual([...alone.slice(0, 40), ...read(x).slice(40)]);
      expect(read(mixed[1])).toEqual(read(y));
    });
  });

  it('gives a partner behind a shut gate no gradient', () => {
    withFusion(backend, {}, (fusion) => {
      const [a, b] = [left(), right()];
      const gates = [gateOf(backend, [0, 1]), null] as const;
      const { grads } = valueAndGrad(() => mean(square(fusion.pair(a, b, evaluation, gates)[0].x)), [b.x]);
      const g = grads[0].readSync();
      expect(g.subarray(0, 24).every((v) => v === 0)).toBe(true);
      // Sample 1 has two tokens.
      expect(g.subarray(24, 40).every((v) => v !== 0)).toBe(true);
      expect(g.subarray(40).every((v) => v === 0)).toBe(true);
    });
  });

  it('gives every parameter a gradient on the way of two streams', () => {
    withFusion(backend, {}, (fusion, arena) => {
      const [a, b] = [left(), right()];
      accumulateGradients(() => {
        const [x, y] = fusion.pair(a, b, evaluation);
        return add(mean(square(fusion.decoding(x, a).x)), mean(square(fusion.decoding(y, b).x)));
      }, [{ arena, parameters: arena.parameters }]);
      expect(parametersWithoutGradient(arena)).toEqual([]);
    });
  });

  it('uses g alone on the way of one stream', () => {
    withFusion(backend, {}, (fusion, arena) => {
      const a = left();
      accumulateGradients(
        () => mean(square(fusion.single(a, evaluation).x)),
        [{ arena, parameters: arena.parameters }],
      );
      const unused = arena.parameters.map((p) => p.name).filter((name) => !name.startsWith('fusion.g.'));
      expect(parametersWithoutGradient(arena)).toEqual(unused);
      expect(unused.length).toBeGreaterThan(0);
    });
  });

  it('attends back to its own features, or hands through where the config says so', () => {
    const [a, b] = [left(), drawTokens(backend, 4, [2, 5, 8], [5, 4])];
    withFusion(backend, {}, (fusion) => {
      const one = fusion.decoding(a, b);
      expect(one.x.shape).toEqual(a.x.shape);
      expect(one.padding).toBe(a.padding);
      expect(read(one)).not.toEqual(read(a));
      expect(read(one)).not.toEqual(read(fusion.decoding(a, a)));
    });
    withFusion(backend, { decodeCross: false }, (fusion, arena) => {
      expect(fusion.decoding(a, b)).toBe(a);
      expect(arena.parameters.filter((p) => p.name.includes('back'))).toEqual([]);
    });
    for (const { x, padding } of [a, b]) {
      x.dispose();
      padding?.exists.dispose();
    }
  });

  it('drops other elements in each stream, by key', () => {
    withFusion(backend, { transformer: { ...config.transformer, dropout: 0.4 } }, (fusion) => {
      const a = left();
      const run = (seed: number): number[][] => fusion.pair(a, a, training(rngKey(seed))).map(read);
      const [x, y] = run(1);
      expect(x).not.toEqual(y);
      expect(run(1)).toEqual([x, y]);
      expect(run(2)).not.toEqual([x, y]);
      const [still, same] = fusion.pair(a, a, evaluation).map(read);
      expect(still).toEqual(same);
    });
  });
});

describe('fusion refuses', () => {
  it('streams of two batch sizes, and says where', () => {
    withFusion(reference, {}, (fusion) => {
      const [a, b] = [drawTokens(reference, 1, [2, 5, 8]), drawTokens(reference, 2, [3, 4, 8])];
      expect(() => fusion.pair(a, b, evaluation)).toThrow(
        expect.objectContaining({
          message:
            'crossAttention: expected q [batch, tokens, 4 heads * dim] and kv [batch, tokens, 2 * 4 heads * dim], came [2, 5, 8] and [3, 4, 16] (in fusion.cross.attention)',
        }),
      );
    });
  });

  it('a gate of another batch', () => {
    withFusion(reference, {}, (fusion) => {
      const [a, b] = [drawTokens(reference, 1, [2, 5, 8]), drawTokens(reference, 2, [2, 4, 8])];
      expect(() => sum(fusion.pair(a, b, evaluation, [gateOf(reference, [1, 0, 1]), null])[0].x)).toThrow(
        expect.objectContaining({
          message:
            'mul: shapes do not broadcast, a [2, 5, 8], b [3, 1, 1]: 2 != 3 at axis -3; reshape or expand one of them (in fusion.cross)',
        }),
      );
    });
  });
});
