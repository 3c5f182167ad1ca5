// Every kind of head: shapes, gradients of every parameter, padding, batches, and what is refused.

import { accumulateGradients, evaluation, type Mode, type ParameterScope, type Tokens, training } from '@omnigrad/nn';
import { drawTokens, parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  add,
  concat,
  ids,
  mean,
  normal,
  rngKey,
  scope,
  slice,
  square,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import { assertClose } from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collateInterpolations,
  crossEntropy,
  DenseHead,
  EmbeddingHead,
  type HeadConfig,
  type Interpolation,
  interpolate,
  multiLabelCrossEntropy,
  PooledHead,
  sharedLogScale,
  TaskHead,
} from '../src/index.ts';
import { lossGoldens, near } from './goldens-of-losses.ts';
import { backends, reference } from './support.ts';

const layout = { rows: 2, columns: 3, patchRows: 2, patchColumns: 1 };
const pairs = { kind: 'pairs' } as const;
const identities = { kind: 'identities', identities: 4 } as const;

/** Heads of six tokens of width 5, and what they answer to three samples. */
const kinds: readonly (readonly [HeadConfig, readonly number[]])[] = [
  [{ kind: 'classification', classes: 3, labelSmoothing: 0.1 }, [3, 3]],
  [{ kind: 'classification', classes: 3, pooling: 'class' }, [3, 3]],
  [{ kind: 'labels', labels: 4, positiveWeight: [1, 2, 3, 4], weight: [1, 1, 2, 2] }, [3, 4]],
  [{ kind: 'regression', outputs: 2, pooling: 'mean' }, [3, 2]],
  [{ kind: 'values', outputs: 7 }, [3, 7]],
  [{ kind: 'tokens', outputs: 2 }, [3, 6, 2]],
  [{ kind: 'nodes', nodes: 4, outputs: 2 }, [3, 4, 2]],
  [{ kind: 'edges', nodes: 4, edges: 2, outputs: 3 }, [3, 2, 3]],
  [{ kind: 'dense', layout, outputs: 2, upsampling: 'shuffle' }, [3, 4, 3, 2]],
  [{ kind: 'dense', layout, outputs: 2, upsampling: 'bilinear', hidden: 4 }, [3, 4, 3, 2]],
  [{ kind: 'points', points: 5, outputs: 3, hidden: 8 }, [3, 5, 3]],
  [{ kind: 'embedding', width: 4, objective: pairs }, [3, 4]],
  [{ kind: 'embedding', width: 4, objective: identities }, [3, 4]],
];
const padded = kinds.filter(([{ kind }]) => !['values', 'tokens', 'dense'].includes(kind));

const headOf = (config: HeadConfig) => (at: ParameterScope) => new TaskHead(at.child('head'), config, 5, 6);
const read = (x: Tensor): number[] => [...x.readSync()];

/** Places of five points a sample among six centres; sample b is the same in every batch. */
const placesOf = (samples: readonly number[]): Interpolation =>
  collateInterpolations(
    samples.map((b) => {
      const at = (i: number): number => Math.sin(12.9898 * (i + 37 * b));
      return interpolate(
        Array.from({ length: 15 }, (_, i) => at(i)),
        Array.from({ length: 18 }, (_, i) => at(100 + i)),
      );
    }),
  );

const rows = (x: Tensor, start: number, end: number): Tensor => slice(x, { axis: 0, start, end });

describe.each(backends)('heads on $name', (backend) => {
  const tokens = (seed = 1, lengths?: readonly number[]): Tokens => drawTokens(backend, seed, [3, 7, 5], lengths);

  it.each(kinds)('%j has its shape and gives every parameter a gradient', (config, shape) => {
    withModel(backend, headOf(config), (head, arena) => {
      const input = tokens();
      const { y } = accumulateGradients(() => {
        const out = head.forward(input, training(rngKey(3)), placesOf([0, 1, 2]));
        const loss = mean(square(add(out, normal(rngKey(5), out.shape, { backend }))));
        const { net } = head;
        if (net.kind !== 'embedding') return { loss, y: out };
        const { logits } = net.outputs(input, training(rngKey(3)));
        return { loss: add(loss, mean(square(logits ?? net.logScale?.value ?? out))), y: out };
      }, [{ arena, parameters: arena.parameters }]);
      expect(y.shape).toEqual(shape);
      expect(parametersWithoutGradient(arena)).toEqual([]);
    });
  });

  it.each(padded)('%j does not see padded tokens', (config) => {
    withModel(backend, headOf(config), (head) => {
      const a = tokens(1, [7, 4, 5]);
      const other = tokens(2);
      const swap = (x: Tensor, y: Tensor): Tensor => {
        const part = (of: Tensor, b: number, start: number, end?: number): Tensor =>
          slice(rows(of, b, b + 1), { axis: 1, start, end });
        return concat(
          [
            rows(x, 0, 1),
            concat([part(x, 1, 0, 4), part(y, 1, 4)], { axis: 1 }),
            concat([part(x, 2, 0, 5), part(y, 2, 5)], { axis: 1 }),
          ],
          { axis: 0 },
        );
      };
      // groups of a cloud are never padded: only the pooled half of the head sees the mask
      const places = { ...placesOf([0, 1, 2]), indices: new Int32Array(45) };
      const [one, two] = [a, { ...a, x: swap(a.x, other.x) }].map((t) => read(head.forward(t, evaluation, places)));
      expect(two).toEqual(one);
      expect(one.every(Number.isFinite)).toBe(true);
    });
  });

  it.each(kinds)('%j gives a sample the same alone as in a batch', (config) => {
    withModel(backend, headOf(config), (head) => {
      const all = tokens(4, config.kind === 'dense' ? undefined : [7, 7, 4]);
      const whole = read(head.forward(all, evaluation, placesOf([0, 1, 2])));
      const { padding } = all;
      for (let b = 0; b < 3; b++) {
        const exists = padding === null ? null : rows(padding.exists, b, b + 1);
        const alone: Tokens = {
          x: rows(all.x, b, b + 1),
          padding: exists === null ? null : { kind: 'padding', exists },
        };
        const each = whole.length / 3;
        const got = read(head.forward(alone, evaluation, placesOf([b])));
        assertClose(`sample ${b}`, got, whole.slice(b * each, (b + 1) * each), near(backend));
      }
    });
  });

  it('nodes and edges that do not exist answer 0, and each token answers for itself', () => {
    withModel(backend, headOf({ kind: 'edges', nodes: 3, edges: 3, outputs: 1 }), (head) => {
      // the class token, three nodes and one edge
      const input = tokens(1, [5, 7, 7]);
      const { value, grads } = valueAndGrad(() => {
        const y = head.forward(input);
        return { loss: sum(square(rows(y, 0, 1))), y };
      }, [input.x]);
      const [first, ...others] = read(rows(value.y, 0, 1));
      expect(first).not.toBe(0);
      expect(others).toEqual([0, 0]);
      const moved = read(grads[0]).flatMap((g, i) => (g === 0 ? [] : [Math.floor(i / 5)]));
      expect([...new Set(moved)]).toEqual([4]);
    });
  });

  it('pixels of a shuffled patch lie where the tokenizer cut them', () => {
    const config = { kind: 'dense', layout, outputs: 2, upsampling: 'shuffle' } as const;
    withModel(
      backend,
      (at) => new DenseHead(at, config, 5),
      (head, arena) => {
        // the answer of a token is its number, that of an output its own: token 10 · pixel + class
        arena.write(head.norm.weight, new Float32Array(5));
        arena.write(head.norm.bias, Float32Array.of(1, 0, 0, 0, 0));
        arena.write(
          head.out.weight,
          Float32Array.from({ length: 20 }, (_, i) => (i < 4 ? i : 0)),
        );
        const patch = read(head.forward({ x: tokens().x, padding: null })).slice(0, 24);
        // 4 x 3 pixels of 2: each column is a patch of 2 x 1 pixels
        expect(patch).toEqual([0, 1, 2, 3].flatMap((y) => [0, 1, 2].flatMap(() => (y % 2 === 0 ? [0, 1] : [2, 3]))));
      },
    );
  });

  it('a token moves the pixels of its own patch only, where it is shuffled', () => {
    withModel(backend, headOf({ kind: 'dense', layout, outputs: 1, upsampling: 'shuffle' }), (head) => {
      const a = tokens();
      const before = read(rows(head.forward(a), 0, 1));
      for (let token = 0; token < 6; token++) {
        const part = (start: number, end?: number): Tensor => slice(a.x, { axis: 1, start, end });
        const other = slice(tokens(9).x, { axis: 1, start: 1 + token, end: 2 + token });
        const x = concat([part(0, 1 + token), other, part(2 + token)], { axis: 1 });
        const after = read(rows(head.forward({ x, padding: null }), 0, 1));
        const moved = after.flatMap((v, i) => (v === before[i] ? [] : [i]));
        const [r, c] = [Math.floor(token / 3), token % 3];
        expect(moved).toEqual([2 * r, 2 * r + 1].map((y) => y * 3 + c));
      }
    });
  });

  it('answers of patches are interpolated as PyTorch does it', () => {
    const config = {
      kind: 'dense',
      layout: { rows: 2, columns: 3, patchRows: 4, patchColumns: 2 },
      outputs: 2,
      upsampling: 'bilinear',
    } as const;
    const { patches, pixels } = lossGoldens.upsampling;
    withModel(
      backend,
      (at) => new DenseHead(at, config, 12),
      (head, arena) => {
        // token t is one-hot, and the weights of its row are the golden's answers of patch t; the norm's scale is undone
        const x = new Float32Array(7 * 12);
        for (let t = 0; t < 6; t++) x[(1 + t) * 12 + t] = 1;
        const root = Math.sqrt((1 / 12) * (11 / 12) + head.norm.eps);
        arena.write(head.norm.weight, new Float32Array(12).fill(root));
        arena.write(head.norm.bias, new Float32Array(12).fill(1 / 12));
        arena.write(
          head.out.weight,
          Float32Array.from({ length: 24 }, (_, i) => (i < 12 ? patches[i] : 0)),
        );
        const y = head.forward({ x: tensor(x, [1, 7, 12], { backend }), padding: null });
        expect(y.shape).toEqual([1, 8, 6, 2]);
        assertClose('pixels', y.readSync(), pixels, { absolute: 1e-6 });
      },
    );
  });

  it('a point takes of each group what its weight says, and sees where it is', () => {
    withModel(backend, headOf({ kind: 'points', points: 5, outputs: 2, hidden: 8 }), (head) => {
      const one = rows(tokens().x, 0, 1);
      const answers = (indices: readonly number[], weights: readonly number[], height = 0): number[][] => {
        const positions = Float32Array.from({ length: 15 }, (_, i) => (i === 2 ? height : 0.5));
        const places = { positions, indices: Int32Array.from(indices), weights: Float32Array.from(weights) };
        const flat = read(head.forward({ x: one, padding: null }, evaluation, places));
        return [0, 1, 2, 3, 4].map((point) => flat.slice(2 * point, 2 * point + 2));
      };
      const spread = [0.25, 0.25, 0.5];
      const indices = [4, 1, 2, 4, 4, 4, 4, 3, 0, 1, 1, 1, 1, 4, 1];
      const [a, b, c, d, e] = answers(indices, [1, 0, 0, ...spread, 1, 0, 0, 0, 0, 1, ...spread], 0.5);
      // all of group 4, however it is written; then all of group 1; then some of both
      assertClose('in parts', b, a, near(backend));
      assertClose('beside others', c, a, near(backend));
      expect(d).not.toEqual(a);
      expect(e).not.toEqual(a);
      expect(e).not.toEqual(d);
      const [moved, ...others] = answers(indices, [1, 0, 0, ...spread, 1, 0, 0, 0, 0, 1, ...spread], 0.6);
      expect(moved).not.toEqual(a);
      expect(others).toEqual([b, c, d, e]);
    });
  });

  it('labels keep their factors beside the weights, where no optimiser moves them', () => {
    const config = { kind: 'labels', labels: 2, positiveWeight: [3, 1], weight: [1, 0] } as const;
    withModel(
      backend,
      (at) => new PooledHead(at, config, 5),
      (head, arena) => {
        expect(head.positiveWeight?.trainable).toBe(false);
        const positiveWeight = head.positiveWeight?.value;
        const weight = head.weight?.value;
        expect([...(positiveWeight?.readSync() ?? [])]).toEqual([3, 1]);
        const truth = tensor([1, 0, 0, 1, 1, -1], [3, 2], { backend });
        const input = tokens();
        accumulateGradients(
          () => multiLabelCrossEntropy(head.forward(input), truth, { positiveWeight, weight }),
          [{ arena, parameters: arena.parameters }],
        );
        // the second label has no weight
        const bias = head.out.bias;
        const moved = arena.grads.readSync().subarray(bias.offset, bias.offset + 2);
        expect(moved[0]).not.toBe(0);
        expect(moved[1]).toBe(0);
      },
    );
  });

  it('embeddings have length 1, a neck follows the batch in training and its statistics afterwards', () => {
    const config = { kind: 'embedding', width: 4, objective: identities } as const;
    withModel(
      backend,
      (at) => new EmbeddingHead(at, config, 5),
      (head) => {
        const input = tokens();
        const lengths = (x: Tensor): number[] => read(sum(square(x), { axes: 1 }));
        const outputs = (mode: Mode) => head.outputs(input, mode);
        const before = outputs(evaluation);
        for (const length of lengths(before.embedding)) expect(length).toBeCloseTo(1, 5);
        expect(before.logits?.shape).toEqual([3, 4]);
        const inTraining = outputs(training(rngKey(1)));
        for (const centre of read(mean(inTraining.logits ?? inTraining.feature, { axes: 0 }))) {
          expect(centre).toBeCloseTo(0, 5);
        }
        expect(read(outputs(evaluation).embedding)).not.toEqual(read(before.embedding));
        expect(read(outputs(evaluation).feature)).toEqual(read(before.feature));
      },
    );
  });

  it('the scale of two heads is the mean of theirs, bounded, and can come back from beyond the bound', () => {
    const config = { kind: 'embedding', width: 4, objective: { kind: 'pairs', temperature: 0.1 } } as const;
    withModel(
      backend,
      (at) => [new EmbeddingHead(at.child('a'), config, 5), new EmbeddingHead(at.child('b'), config, 5)] as const,
      ([a, b], arena) => {
        if (a.logScale === null || b.logScale === null) throw new Error('no scale');
        expect(Math.exp(sharedLogScale(a.logScale, b.logScale).itemSync())).toBeCloseTo(10, 4);
        arena.write(a.logScale, [9]);
        const shared = (): Tensor => sum(sharedLogScale(a.logScale ?? raise(), b.logScale ?? raise()));
        const { value, grads } = valueAndGrad(shared, [a.logScale.value]);
        expect(Math.exp(value.itemSync())).toBeCloseTo(100, 3);
        expect(read(grads[0])).toEqual([0.5]);
      },
    );
  });

  it('gradient steps lower the loss of the nodes that count', () => {
    withModel(backend, headOf({ kind: 'nodes', nodes: 6, outputs: 2 }), (head, arena) => {
      const input = tokens(7);
      const truth = ids(
        Array.from({ length: 18 }, (_, i) => (i % 5 === 0 ? -1 : i % 2)),
        [3, 6],
        { backend },
      );
      const losses = [0, 1, 2, 3, 4, 5].map(() =>
        scope(() => {
          arena.zeroGrads();
          const loss = accumulateGradients(
            () => crossEntropy(head.forward(input), truth, { ignoreIndex: -1 }),
            [{ arena, parameters: arena.parameters }],
          ).itemSync();
          const next = arena.values.readSync().map((v, i) => v - 0.5 * arena.grads.readSync()[i]);
          for (const p of arena.parameters) arena.write(p, next.subarray(p.offset, p.offset + p.value.size));
          return loss;
        }),
      );
      expect(losses).toEqual([...losses].sort((a, b) => b - a));
      expect(losses[5]).toBeLessThan(0.9 * losses[0]);
    });
  });
});

const raise = (): never => {
  throw new Error('no scale');
};

describe('interpolation', () => {
  const coordinate = fc.double({ min: -10, max: 10, noNaN: true });
  const pointsOf = (most: number) =>
    fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: most });

  it('takes the three nearest centres, nearest first, with weights that sum to 1', () => {
    fc.assert(
      fc.property(pointsOf(8), pointsOf(9), (points, centres) => {
        const { indices, weights } = interpolate(points.flat(), centres.flat());
        points.forEach((p, i) => {
          const squared = centres.map((c) => c.reduce((d, x, k) => d + (p[k] - x) ** 2, 0));
          const order = squared.map((_, g) => g).sort((a, b) => squared[a] - squared[b] || a - b);
          const found = Math.min(3, centres.length);
          expect([...indices.subarray(3 * i, 3 * i + found)]).toEqual(order.slice(0, found));
          const inverse = order.slice(0, found).map((g) => 1 / (squared[g] + 1e-8));
          const total = inverse.reduce((a, b) => a + b, 0);
          inverse.forEach((w, k) => {
            expect(weights[3 * i + k]).toBeCloseTo(w / total, 6);
          });
          expect([...weights.subarray(3 * i + found, 3 * i + 3)]).toEqual(new Array(3 - found).fill(0));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives a point at a centre that centre alone, and fills up with zeros', () => {
    const { indices, weights, positions } = interpolate([0, 0, 1], [5, 5, 5, 0, 0, 1, 9, 9, 9, 0, 1, 1], 2);
    expect([...indices]).toEqual([1, 3, 0, 0, 0, 0]);
    expect(weights[0]).toBeCloseTo(1, 6);
    expect([...weights.subarray(3)]).toEqual([0, 0, 0]);
    expect([...positions]).toEqual([0, 0, 1, 0, 0, 0]);
  });

  it('refuses no centres, too many points, numbers that are not finite, and batches of two sizes', () => {
    expect(() => interpolate([0, 0, 0], [])).toThrow(
      'interpolate: expected at most 1 positions [n, 3] and centres [groups, 3], came 3 and 0 numbers',
    );
    expect(() => interpolate([0, 0, 0, 1, 1, 1], [0, 0, 0], 1)).toThrow(/at most 1 positions/);
    expect(() => interpolate([0, Number.NaN, 0], [0, 0, 0])).toThrow(
      'interpolate: positions[1] is NaN; it must be finite',
    );
    const [one, two] = [interpolate([0, 0, 0], [1, 1, 1]), interpolate([0, 0, 0, 1, 1, 1], [1, 1, 1])];
    expect(() => collateInterpolations([one, two])).toThrow(
      'collateInterpolations: sample 0 of the batch has another number of points',
    );
  });
});

describe('heads refuse', () => {
  const build = (config: HeadConfig) => () => withModel(reference, headOf(config), () => undefined);

  it.each<readonly [HeadConfig, string]>([
    [{ kind: 'classification', classes: 0 }, 'head: classes must be a whole number from 1 on, came 0'],
    [
      { kind: 'classification', classes: 2, labelSmoothing: 2 },
      'head: labelSmoothing must be a number from 0 to 1, came 2',
    ],
    [
      { kind: 'labels', labels: 2, positiveWeight: [1] },
      'head: 1 numbers of positiveWeight for 2 labels; give one each',
    ],
    [{ kind: 'labels', labels: 1, weight: [-1] }, 'head: weight[0] must be a finite number from 0 on, came -1'],
    [{ kind: 'nodes', nodes: 7, outputs: 1 }, 'head: nodes want 7 tokens, the tokenizer makes 6; let both agree'],
    [
      { kind: 'edges', nodes: 4, edges: 3, outputs: 1 },
      'head: nodes and edges want 7 tokens, the tokenizer makes 6; let both agree',
    ],
    [
      { kind: 'dense', layout: { ...layout, rows: 3 }, outputs: 1, upsampling: 'shuffle' },
      'head: a layout of 3 x 3 patches has 9 tokens, the tokenizer makes 6; let both agree',
    ],
    [
      { kind: 'embedding', width: 2, objective: { kind: 'identities', identities: 1 } },
      'head: identities must be a whole number from 2 on, came 1',
    ],
    [
      { kind: 'embedding', width: 2, objective: { kind: 'pairs', temperature: 0 } },
      'head: temperature must be a number from 0.01 to 1000, came 0',
    ],
    [
      {
        ...{ kind: 'summary', vocabulary: 5, length: 4, width: 6, layers: 1, heads: 4, feedForward: 4 },
        ...{ beginId: 0, endId: 1 },
      },
      'head: 4 heads do not divide the width 6',
    ],
    [
      {
        ...{ kind: 'summary', vocabulary: 5, length: 4, width: 6, layers: 1, heads: 2, feedForward: 4 },
        ...{ beginId: 0, endId: 5 },
      },
      'head: endId must be a number from 0 to 4, came 5',
    ],
  ])('%j', (config, message) => {
    expect(build(config)).toThrow(message);
  });

  it('points without their places, and padded patches', () => {
    withModel(reference, headOf({ kind: 'points', points: 5, outputs: 1, hidden: 4 }), (head) => {
      const input = drawTokens(reference, 1, [3, 7, 5]);
      expect(() => head.forward(input)).toThrow(
        'PointsHead: expected the places of 5 points a sample, came none; interpolate() them (in head)',
      );
      expect(() => head.forward(input, evaluation, placesOf([0]))).toThrow(/came places of/);
    });
    withModel(reference, headOf({ kind: 'dense', layout, outputs: 1, upsampling: 'shuffle' }), (head) => {
      expect(() => head.forward(drawTokens(reference, 1, [1, 7, 5], [3]))).toThrow(
        'DenseHead: expected 6 tokens, one a patch, came padded ones (in head)',
      );
    });
  });
});
