// Losses: values worked out by hand, what does not count, and batches in which nothing counts.

import { capture, crossEntropyRows, ids, type Shape, scope, type Tensor, tensor, valueAndGrad } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import { crossEntropy, meanSquaredError, scaledCosineError, weightedSquaredError } from '../src/index.ts';
import { backends, reference } from './support.ts';

const softmax = (row: readonly number[]): number[] => {
  const total = row.reduce((a, x) => a + Math.exp(x), 0);
  return row.map((x) => Math.exp(x) / total);
};

describe.each(backends)('losses on $name', (backend) => {
  const floats = (data: readonly number[], shape: Shape): Tensor => tensor(data, shape, { backend });
  const labels = (data: readonly number[], shape?: Shape): Tensor => ids(data, shape, { backend });
  const logits = [2, -1, 0.5, 0, 0, 0, 1, 3, -2];
  const rows = [0, 1, 2].map((r) => softmax(logits.slice(3 * r, 3 * r + 3)));

  it('crossEntropy is the mean of -log p, over any leading axes', () => {
    scope(() => {
      const wanted = -(Math.log(rows[0][0]) + Math.log(rows[1][2]) + Math.log(rows[2][1])) / 3;
      const loss = crossEntropy(floats(logits, [3, 3]), labels([0, 2, 1]));
      expect(loss.shape).toEqual([]);
      expect(loss.itemSync()).toBeCloseTo(wanted, 6);
      expect(crossEntropy(floats(logits, [1, 3, 3]), labels([0, 2, 1], [1, 3])).itemSync()).toBeCloseTo(wanted, 6);
    });
  });

  it('crossEntropy leaves out ignored rows, from the mean and from the gradient', () => {
    scope(() => {
      const x = floats(logits, [3, 3]);
      const { value, grads } = valueAndGrad(() => crossEntropy(x, labels([0, -100, 1])), [x]);
      expect(value.itemSync()).toBeCloseTo(-(Math.log(rows[0][0]) + Math.log(rows[2][1])) / 2, 6);
      const wanted = [
        rows[0].map((p, c) => (p - Number(c === 0)) / 2),
        [0, 0, 0],
        rows[2].map((p, c) => (p - Number(c === 1)) / 2),
      ];
      grads[0].readSync().forEach((g, i) => {
        expect(g).toBeCloseTo(wanted.flat()[i], 6);
      });
      expect(crossEntropy(x, labels([0, 7, 1]), { ignoreIndex: 7 }).itemSync()).toBe(value.itemSync());
    });
  });

  it('crossEntropy is 0, with gradients of 0, when nothing counts', () => {
    scope(() => {
      const x = floats(logits, [3, 3]);
      const { value, grads } = valueAndGrad(() => crossEntropy(x, labels([-100, -100, -100])), [x]);
      expect(value.itemSync()).toBe(0);
      expect(grads[0].readSync().every((g) => g === 0)).toBe(true);
    });
  });

  it('crossEntropy smooths labels over all classes', () => {
    scope(() => {
      const target = [0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3];
      const wanted = -target.reduce((a, t, c) => a + t * Math.log(rows[0][c]), 0);
      const loss = crossEntropy(floats(logits.slice(0, 3), [1, 3]), labels([0]), { labelSmoothing: 0.1 });
      expect(loss.itemSync()).toBeCloseTo(wanted, 6);
    });
  });

  it('crossEntropy counts ids that were worked out on the device', () => {
    scope(() => {
      const x = floats(logits, [3, 3]);
      const made = labels([0, -100, 1]);
      const onDevice = tensor(made.readSync(), [3], { backend });
      expect(crossEntropy(x, onDevice).itemSync()).toBe(crossEntropy(x, made).itemSync());
    });
  });

  it('crossEntropy counts anew in every replay of a captured step', () => {
    using step = capture((inputs: { x: Tensor; data: Int32Array }) =>
      crossEntropy(inputs.x, ids(inputs.data, [3], { backend })),
    );
    const x = floats(logits, [3, 3]);
    const batches = [
      [0, 1, 2],
      [0, 1, 1],
      [0, -100, -100],
      [2, 1, 0],
      [-100, -100, -100],
    ];
    for (const data of batches) {
      scope(() => {
        const wanted = crossEntropy(x, labels(data)).itemSync();
        expect(step({ x, data: Int32Array.from(data) }).itemSync()).toBe(wanted);
      });
    }
    expect(step.report().replayed).toBe(3);
    x.dispose();
  });

  it('meanSquaredError is the mean over all elements', () => {
    scope(() => {
      const a = floats([1, 2, 3, 4], [2, 2]);
      const { value, grads } = valueAndGrad(() => meanSquaredError(a, floats([0, 2, 5, 4], [2, 2])), [a]);
      expect(value.itemSync()).toBe(5 / 4);
      expect([...grads[0].readSync()]).toEqual([0.5, 0, -1, 0]);
    });
  });

  it('weightedSquaredError is the mean over what has weight', () => {
    scope(() => {
      const a = floats([1, 2, 3, 4], [4]);
      const target = floats([0, 0, 0, 0], [4]);
      const loss = (weights: readonly number[]): number =>
        weightedSquaredError(a, target, floats(weights, [4])).itemSync();
      expect(loss([1, 1, 1, 1])).toBeCloseTo(30 / 4, 6);
      expect(loss([0, 1, 0, 1])).toBeCloseTo(20 / 2, 6);
      expect(loss([0, 2, 0, 1])).toBeCloseTo(24 / 3, 5);
    });
  });

  it('weightedSquaredError is 0, with gradients of 0, when nothing counts', () => {
    scope(() => {
      const a = floats([1, 2], [2]);
      const none = floats([0, 0], [2]);
      const { value, grads } = valueAndGrad(() => weightedSquaredError(a, none, none), [a]);
      expect(value.itemSync()).toBe(0);
      expect([...grads[0].readSync()].map(Math.abs)).toEqual([0, 0]);
    });
  });

  it('scaledCosineError is the weighted mean of (1 - cos)^exponent', () => {
    scope(() => {
      // cosines 3/5, -1, 0 and 1
      const a = floats([3, 4, 1, 1, 2, 0, 5, 5], [2, 2, 2]);
      const target = floats([2, 0, -2, -2, 0, 7, 1, 1], [2, 2, 2]);
      const loss = (weights: readonly number[], exponent?: number): number =>
        scaledCosineError(a, target, floats(weights, [2, 2]), exponent).itemSync();
      expect(loss([1, 1, 1, 1])).toBeCloseTo((0.16 + 4 + 1 + 0) / 4, 6);
      expect(loss([1, 1, 1, 1], 1)).toBeCloseTo((0.4 + 2 + 1 + 0) / 4, 6);
      expect(loss([1, 1, 1, 1], 1.5)).toBeCloseTo((0.4 ** 1.5 + 2 ** 1.5 + 1 + 0) / 4, 6);
      expect(loss([1, 0, 0, 0])).toBeCloseTo(0.16, 6);
      expect(loss([1, 0, 2, 1])).toBeCloseTo((0.16 + 2) / 4, 6);
    });
  });

  it('scaledCosineError pulls at right angles to the prediction', () => {
    scope(() => {
      const a = floats([3, 4], [1, 2]);
      const { grads } = valueAndGrad(() => scaledCosineError(a, floats([1, 0], [1, 2]), floats([1], [1])), [a]);
      // 2 (1 - cos) · -(target - cos · a / 5) / 5, cos = 3/5
      const wanted = [0.8 * -(1 - 0.36) * 0.2, 0.8 * 0.48 * 0.2];
      grads[0].readSync().forEach((g, i) => {
        expect(g).toBeCloseTo(wanted[i], 6);
      });
    });
  });

  it.each([1, 1.5, 2, 3])('scaledCosineError to the %d is finite at vectors of 0 and of one direction', (exponent) => {
    scope(() => {
      const a = floats([0, 0, 1, 2, 0, 0, 0.1, 0.7], [4, 2]);
      const target = floats([1, 2, 0, 0, 0, 0, 0.1, 0.7], [4, 2]);
      const { value, grads } = valueAndGrad(
        () => scaledCosineError(a, target, floats([1, 1, 1, 1], [4]), exponent),
        [a],
      );
      expect(value.itemSync()).toBeCloseTo(3 / 4, 6);
      const g = [...grads[0].readSync()];
      expect(g.every(Number.isFinite)).toBe(true);
      // towards the target of a vector of 0; nowhere where the target is 0
      expect(g[0]).toBeLessThan(0);
      expect(g.slice(2, 6).map(Math.abs)).toEqual([0, 0, 0, 0]);
    });
  });

  it('scaledCosineError is 0, with gradients of 0, when nothing counts', () => {
    scope(() => {
      const a = floats([1, 2, 0, 0], [2, 2]);
      const none = floats([0, 0], [2]);
      const { value, grads } = valueAndGrad(() => scaledCosineError(a, floats([2, 1, 1, 1], [2, 2]), none), [a]);
      expect(value.itemSync()).toBe(0);
      expect([...grads[0].readSync()].map(Math.abs)).toEqual([0, 0, 0, 0]);
    });
  });
});

describe('losses refuse', () => {
  const make = (shape: Shape): Tensor =>
    tensor(new Float64Array(shape.reduce((n, d) => n * d, 1)), shape, { backend: reference });

  it.each([
    [[3, 1], [3], 'meanSquaredError: prediction [3, 1] and target [3] differ in shape; reshape one of them'],
    [[2, 3], [2, 4], 'meanSquaredError: prediction [2, 3] and target [2, 4] differ in shape; reshape one of them'],
  ])('a prediction %j for a target %j', (prediction, target, message) => {
    scope(() => {
      expect(() => meanSquaredError(make(prediction), make(target))).toThrow(expect.objectContaining({ message }));
    });
  });

  it('weights that would broadcast', () => {
    scope(() => {
      const loss = (): Tensor => weightedSquaredError(make([3, 1]), make([3, 1]), make([3]));
      const message = 'weightedSquaredError: prediction [3, 1] and weight [3] differ in shape; reshape one of them';
      expect(loss).toThrow(expect.objectContaining({ message }));
    });
  });

  it('directions without a weight each, or with an exponent below 1', () => {
    scope(() => {
      const [a, weights] = [make([2, 3]), make([2])];
      expect(() => scaledCosineError(a, make([2, 4]), weights)).toThrow(
        'scaledCosineError: prediction [2, 3] and target [2, 4] differ in shape; reshape one of them',
      );
      expect(() => scaledCosineError(a, a, make([2, 1]))).toThrow(
        'scaledCosineError: prediction [2, 3] and weight [2, 1] do not agree; give one weight for each vector',
      );
      expect(() => scaledCosineError(a, a, weights, 0.5)).toThrow(
        'scaledCosineError: the exponent must be a finite number from 1 on, came 0.5',
      );
    });
  });

  it('a class that the logits do not have', () => {
    scope(() => {
      const loss = (): Tensor => crossEntropy(make([2, 3]), ids([0, 3], [2], { backend: reference }));
      const message = 'crossEntropyRows: id 3 at position 1 is outside 0 to 2';
      expect(loss).toThrow(expect.objectContaining({ message }));
    });
  });

  it('an ignored id only by its own name', () => {
    scope(() => {
      const labels = ids([-100], [1], { backend: reference });
      expect(() => crossEntropy(make([1, 3]), labels, { ignoreIndex: -1 })).toThrow(/id -100 at position 0/);
      expect(crossEntropyRows(make([1, 3]), labels).itemSync()).toBe(0);
    });
  });
});
