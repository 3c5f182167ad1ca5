import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { broadcastShapes, normalizeAxis, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { div } from '../div/div.ts';
import { checkNumber } from '../families/loss.ts';
import { maximum } from '../maximum/maximum.ts';
import { mul } from '../mul/mul.ts';
import { sqrt } from '../sqrt/sqrt.ts';
import { square } from '../square/square.ts';
import { sum } from '../sum/sum.ts';

/** internal x / max(|x|, eps) along `axis`. The floor is under the root, so that the gradient at 0 is finite. */
export const unitAlong = (x: Tensor, axis: number, eps: number): Tensor =>
  div(x, sqrt(maximum(sum(square(x), { axes: axis, keepDims: true }), eps * eps)));

export interface CosineAttrs {
  /** Of the broadcast shape: the inputs may differ in rank. */
  readonly axis: number;
  readonly eps: number;
}

export const cosineSimilarityOp = defineComposite<CosineAttrs>({
  name: 'cosineSimilarity',
  infer: (inputs, { axis }) => {
    floatOnly('cosineSimilarity', inputs[0]);
    const dtype = sameDType('cosineSimilarity', inputs);
    const shape = broadcastShapes('cosineSimilarity', inputs[0].shape, inputs[1].shape);
    const at = normalizeAxis('cosineSimilarity', axis, shape.length);
    const back = at - shape.length;
    const [a, b] = inputs.map((x) => x.shape);
    if (a.at(back) !== b.at(back) || a.length < -back || b.length < -back) {
      throw new ShapeError(
        'cosineSimilarity',
        `vectors differ in length along axis ${back}, a ${showShape(a)}, b ${showShape(b)}; expand one of them`,
      );
    }
    return [{ shape: shape.filter((_, i) => i !== at), dtype }];
  },
  compose: ([a, b], { axis, eps }) => {
    const rank = Math.max(a.rank, b.rank);
    const back = normalizeAxis('cosineSimilarity', axis, rank) - rank;
    const unit = (x: Tensor): Tensor => unitAlong(x, back, eps);
    return sum(mul(unit(a), unit(b)), { axes: back });
  },
});

export interface CosineSimilarityOptions {
  /** Axis of the vectors. Default the last (PyTorch: 1). */
  readonly axis?: number;
  /** Smallest length that a vector is divided by. Default 1e-8. */
  readonly eps?: number;
}

/**
 * Cosine of the angle between the vectors of a and b along `axis`, which is dropped: a · b / (max(|a|, eps) max(|b|, eps)).
 * The other axes broadcast, the vectors do not. A zero vector gives 0 and a finite gradient.
 */
export const cosineSimilarity = (a: Tensor, b: Tensor, options: CosineSimilarityOptions = {}): Tensor => {
  const { axis = -1, eps = 1e-8 } = options;
  checkNumber('cosineSimilarity', 'eps', eps, 0, true);
  return compose(cosineSimilarityOp, [a, b], { axis, eps });
};
