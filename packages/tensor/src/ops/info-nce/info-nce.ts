import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply } from '../../op.ts';
import { showShape } from '../../shape.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { unitAlong } from '../cosine-similarity/cosine-similarity.ts';
import { crossEntropyRowsOp } from '../cross-entropy-rows/cross-entropy-rows.ts';
import { exp } from '../exp/exp.ts';
import { applyLoss, checkNumber, checkPair, defineLoss, type LossOptions } from '../families/loss.ts';
import { matmul } from '../matmul/matmul.ts';
import { mul } from '../mul/mul.ts';
import { transpose } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';

export interface InfoNceAttrs {
  /** Null: input 2 is the logarithm of its inverse. */
  readonly temperature: number | null;
  readonly normalize: boolean;
  readonly symmetric: boolean;
}

const name = 'infoNce';

// S = a bᵀ / τ, loss_i = -log softmax(S[i])_i, and the mean of that and the same over columns where it is symmetric
export const infoNceOp = defineLoss<InfoNceAttrs>({
  name,
  shape: (inputs, { temperature }) => {
    const [a, b, scale] = inputs;
    if (a.shape.length !== 2) {
      throw new ShapeError(name, `expected a and b [n, width], came ${showShape(a.shape)} and ${showShape(b.shape)}`);
    }
    checkPair(name, inputs, ['a', 'b']);
    if (temperature === null && (scale.dtype !== a.dtype || scale.shape.some((d) => d !== 1))) {
      throw new ShapeError(
        name,
        `expected one ${a.dtype} element as logitScale, came ${scale.dtype} ${showShape(scale.shape)}`,
      );
    }
    return [a.shape[0]];
  },
  losses: ([a, b, logitScale], { temperature, normalize, symmetric }) => {
    const [n] = a.shape;
    const unit = (x: Tensor): Tensor => (normalize ? unitAlong(x, -1, 1e-12) : x);
    const scale = temperature === null ? exp(reshape(logitScale, [])) : 1 / temperature;
    const scores = mul(matmul(unit(a), unit(b), { transB: true }), scale); // [n, n]
    const ids = tensor(
      Int32Array.from({ length: n }, (_, i) => i),
      [n],
      { backend: a.backend },
    );
    const rows = (x: Tensor): Tensor => apply(crossEntropyRowsOp, [x, ids], { ignoreIndex: -100, smoothing: 0 });
    return symmetric ? mul(add(rows(scores), rows(transpose(scores))), 0.5) : rows(scores);
  },
});

export interface InfoNceOptions extends LossOptions {
  /** What similarities are divided by. Default 0.07. */
  readonly temperature?: number;
  /** In place of a temperature: a tensor of one element whose exponential multiplies similarities, as in CLIP. */
  readonly logitScale?: Tensor;
  /** Divide every vector by its length first. Default true. */
  readonly normalize?: boolean;
  /** Average the losses of a among b and of b among a. Default true. */
  readonly symmetric?: boolean;
}

/**
 * Contrastive loss of pairs: a and b [n, width], row i of one belongs to row i of the other and all others are negatives
 * (van den Oord et al. 2018; Radford et al. 2021, CLIP, for the symmetric form). 'none' gives [n]; the mask leaves rows out
 * of the mean but not from the negatives.
 */
export const infoNce = (a: Tensor, b: Tensor, options: InfoNceOptions = {}): Tensor => {
  const { temperature, logitScale, normalize = true, symmetric = true } = options;
  if (temperature !== undefined && logitScale !== undefined) {
    throw new ArgumentError(name, 'came with both temperature and logitScale; leave one of them out');
  }
  if (temperature !== undefined) checkNumber(name, 'temperature', temperature, 0, true);
  const attrs = { temperature: logitScale === undefined ? (temperature ?? 0.07) : null, normalize, symmetric };
  return applyLoss(infoNceOp, logitScale === undefined ? [a, b] : [a, b, logitScale], attrs, options);
};
