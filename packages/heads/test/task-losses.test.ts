// Losses of labels, segmentation, pairs and identities beside PyTorch's, what does not count, and what they refuse.

import { capture, ids, infoNce, mean, scope, square, type Tensor, tensor, valueAndGrad } from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import {
  batchHardTriplets,
  crossEntropy,
  multiLabelCrossEntropy,
  pairContrast,
  segmentationLoss,
  unitRows,
  weightedAbsoluteError,
} from '../src/index.ts';
import { checkLoss, lossGoldens } from './goldens-of-losses.ts';
import { backends, reference } from './support.ts';

describe.each(backends)('losses of tasks on $name', (backend) => {
  const floats = (data: readonly number[], shape: readonly number[]): Tensor => tensor(data, shape, { backend });
  const labels = (data: readonly number[], shape = [data.length]): Tensor => ids(data, shape, { backend });

  it('label smoothing is that of PyTorch', () => {
    const { ids: truth, labelSmoothing } = lossGoldens.smoothing;
    checkLoss(backend, lossGoldens.smoothing, ({ logits }) => crossEntropy(logits, labels(truth), { labelSmoothing }));
  });

  it('multi-label cross entropy with weights, positive weights and unknown labels is that of PyTorch', () => {
    const golden = lossGoldens.labels;
    checkLoss(backend, golden, ({ logits, labels: truth }) =>
      multiLabelCrossEntropy(logits, truth, {
        positiveWeight: floats(golden.positiveWeight, [4]),
        weight: floats(golden.weight, [4]),
      }),
    );
  });

  it('multi-label cross entropy of unknown labels alone is 0, with gradients of 0', () => {
    scope(() => {
      const x = floats([1, -2], [1, 2]);
      const { value, grads } = valueAndGrad(() => multiLabelCrossEntropy(x, floats([-1, -1], [1, 2])), [x]);
      expect(value.itemSync()).toBe(0);
      expect([...grads[0].readSync()].map(Math.abs)).toEqual([0, 0]);
    });
  });

  it.each(lossGoldens.segmentation)('segmentation with a Dice factor of $dice is that of PyTorch', (golden) => {
    checkLoss(backend, golden, ({ logits }) =>
      segmentationLoss(logits, labels(golden.ids, [2, 3, 4]), { dice: golden.dice }),
    );
  });

  it('segmentation in which nothing counts is 0, with gradients of 0', () => {
    scope(() => {
      const x = floats([1, 2, 3, 4], [1, 2, 2]);
      const loss = () => segmentationLoss(x, labels([-1, -1], [1, 2]), { dice: 1 });
      const { value, grads } = valueAndGrad(loss, [x]);
      expect(value.itemSync()).toBe(0);
      expect([...grads[0].readSync()].map(Math.abs)).toEqual([0, 0, 0, 0]);
    });
  });

  it('pairs are contrasted as PyTorch does it, and as infoNce does it', () => {
    checkLoss(backend, lossGoldens.pairs, ({ a, b, logScale }) => pairContrast(unitRows(a), unitRows(b), logScale));
    checkLoss(backend, lossGoldens.pairs, ({ a, b, logScale }) => infoNce(a, b, { logitScale: logScale }));
  });

  it.each(lossGoldens.triplets)('batch-hard triplets of margin $margin are those of PyTorch', (golden) => {
    checkLoss(backend, golden, ({ features }) => batchHardTriplets(features, labels(golden.ids), golden.margin));
  });

  it('a batch without a triplet costs 0, with gradients of 0; equal rows do not make NaN', () => {
    scope(() => {
      const x = floats([1, 2, 3, 4, 1, 2], [3, 2]);
      for (const truth of [
        [0, 1, 2],
        [5, 5, 5],
      ]) {
        const { value, grads } = valueAndGrad(() => batchHardTriplets(x, labels(truth)), [x]);
        expect(value.itemSync()).toBe(0);
        expect([...grads[0].readSync()].every((g) => g === 0)).toBe(true);
      }
      const collapsed = floats([1, 1, 1, 1, 1, 1, 1, 1], [4, 2]);
      const { value, grads } = valueAndGrad(() => batchHardTriplets(collapsed, labels([0, 0, 1, 1])), [collapsed]);
      expect(value.itemSync()).toBeCloseTo(0.3, 6);
      expect([...grads[0].readSync()].every(Number.isFinite)).toBe(true);
    });
  });

  it('an absolute error is the mean over what has weight', () => {
    scope(() => {
      const [a, b] = [floats([1, -2, 3], [3]), floats([0, 0, 0], [3])];
      expect(weightedAbsoluteError(a, b, floats([1, 1, 0], [3])).itemSync()).toBe(1.5);
    });
  });

  it('a captured step uploads nothing for them but its inputs', () => {
    using step = capture(
      ({ x, truth }: { x: Tensor; truth: Int32Array }) => {
        const known = ids(truth, [4], { backend });
        const features = unitRows(x);
        return [
          segmentationLoss(x, known, { dice: 1 }),
          batchHardTriplets(features, known),
          pairContrast(features, unitRows(square(x)), mean(x)),
        ];
      },
      { onlyInputs: true },
    );
    const x = floats([1, 2, 3, 4, 0, -1, 2, 2], [4, 2]);
    const run = (truth: readonly number[]) =>
      scope(() => step({ x, truth: Int32Array.from(truth) }).map((y) => y.itemSync()));
    const first = run([0, 1, 0, 1]);
    run([0, 1, 1, 1]);
    expect(run([0, 1, 0, 1])).toEqual(first);
    expect(step.report().replayed).toBe(1);
    x.dispose();
  });
});

describe('losses of tasks refuse', () => {
  const make = (shape: readonly number[]): Tensor =>
    tensor(new Float64Array(shape.reduce((n, d) => n * d, 1)), shape, { backend: reference });

  it('shapes that do not fit, and a margin below 0', () => {
    scope(() => {
      expect(() => multiLabelCrossEntropy(make([2, 3]), make([2, 1]))).toThrow(
        'multiLabelCrossEntropy: prediction [2, 3] and labels [2, 1] differ in shape; reshape one of them',
      );
      expect(() => pairContrast(make([2, 3]), make([3, 3]), make([1]))).toThrow(
        'pairContrast: prediction [2, 3] and b [3, 3] differ in shape; reshape one of them',
      );
      const two = ids([0, 1], [2], { backend: reference });
      expect(() => batchHardTriplets(make([3, 2]), two)).toThrow(
        'batchHardTriplets: expected features [B, width] and ids [B], came [3, 2] and [2]',
      );
      expect(() => batchHardTriplets(make([2, 2]), two, -1)).toThrow(
        'batchHardTriplets: the margin must be a finite number from 0 on, or null, came -1',
      );
      const many = ids(new Int32Array(4097), [4097], { backend: reference });
      expect(() => batchHardTriplets(make([4097, 4]), many)).toThrow(
        'batchHardTriplets: 4097 rows of 4 are 67141636 differences, more than 67108864; take a smaller batch or a narrower embedding',
      );
      expect(() => segmentationLoss(make([1, 2, 3]), ids([0, 3], [1, 2], { backend: reference }))).toThrow(
        'crossEntropyRows: id 3 at position 1 is outside 0 to 2',
      );
    });
  });
});
