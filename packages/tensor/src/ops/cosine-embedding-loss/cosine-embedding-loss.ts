import { ArgumentError, ShapeError } from '../../errors.ts';
import { sameShape, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { cosineSimilarity } from '../cosine-similarity/cosine-similarity.ts';
import { equal } from '../equal/equal.ts';
import { checkOnHost } from '../families/ids.ts';
import { applyLoss, checkPair, defineLoss, hiddenRows, type LossOptions } from '../families/loss.ts';
import { less } from '../less/less.ts';
import { neg } from '../neg/neg.ts';
import { where } from '../where/where.ts';

const name = 'cosineEmbeddingLoss';

// 1 - cos for label 1, max(0, cos - margin) for label -1. A choice and no max with 0, which would end NaN or halve the
// gradient at the margin; there it is 1, as in PyTorch.
export const cosineEmbeddingLossOp = defineLoss<{ readonly margin: number }>({
  name,
  shape: (inputs) => {
    checkPair(name, inputs, ['a', 'b']);
    const [a, , labels] = inputs;
    const want = a.shape.slice(0, -1);
    if (a.shape.length === 0 || labels.dtype !== 'i32' || !sameShape(labels.shape, want)) {
      throw new ShapeError(
        name,
        `expected a and b [..., width] and i32 labels [...], came ${showShape(a.shape)} and ${labels.dtype} ${showShape(labels.shape)}`,
      );
    }
    return want;
  },
  losses: ([a, b, labels], { margin }, mask) => {
    checkOnHost(name, labels, (values) => {
      const wrong = values.findIndex((y) => y !== 1 && y !== -1);
      if (wrong >= 0) throw new ArgumentError(name, `labels are 1 or -1, came ${values[wrong]} at position ${wrong}`);
    });
    const cosine = cosineSimilarity(hiddenRows(a, mask), hiddenRows(b, mask));
    const apart = add(cosine, -margin);
    return where(equal(labels, 1), add(neg(cosine), 1), where(less(apart, 0), 0, apart));
  },
});

export interface CosineEmbeddingLossOptions extends LossOptions {
  /** Cosine up to which vectors that should differ cost nothing, from -1 to 1. Default 0. */
  readonly margin?: number;
}

/** a and b [..., width] with i32 labels [...]: 1 - cos where the label is 1 (alike), max(0, cos - margin) where it is -1. */
export const cosineEmbeddingLoss = (
  a: Tensor,
  b: Tensor,
  labels: Tensor,
  options: CosineEmbeddingLossOptions = {},
): Tensor => {
  const { margin = 0 } = options;
  if (!(margin >= -1 && margin <= 1)) throw new ArgumentError(name, `margin is a number from -1 to 1, came ${margin}`);
  return applyLoss(cosineEmbeddingLossOp, [a, b, labels], { margin }, options);
};
