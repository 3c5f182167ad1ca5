import { ArgumentError, ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { maxRank, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { diagonal } from '../diagonal/diagonal.ts';
import { einsumPlan } from '../families/einsum-equation.ts';
import { matmul } from '../matmul/matmul.ts';
import { mul } from '../mul/mul.ts';
import { permute } from '../permute/permute.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';

type Labels = readonly string[];

/** An operand whose axes have labels, none twice and none of size 1. */
interface Term {
  readonly x: Tensor;
  readonly labels: Labels;
}

const arranged = ({ x, labels }: Term, order: Labels): Tensor =>
  order.every((l, i) => l === labels[i])
    ? x
    : permute(
        x,
        order.map((l) => labels.indexOf(l)),
      );

/** Diagonals taken, axes of size 1 dropped (they broadcast), axes summed that are neither kept nor anywhere else. */
const prepared = (operand: Tensor, operandLabels: Labels, kept: (label: string) => boolean): Term => {
  let x = operand;
  let labels = operandLabels;
  for (let second = labels.length - 1; second > 0; second--) {
    const first = labels.indexOf(labels[second]);
    if (first === second) continue;
    const label = labels[second];
    x = diagonal(x, { axes: [first, second] });
    labels = [...labels.filter((_, i) => i !== first && i !== second), label];
    second = labels.length;
  }
  const { shape } = x;
  const wide = labels.flatMap((_, i) => (shape[i] === 1 ? [] : [i]));
  x = reshape(
    x,
    wide.map((i) => shape[i]),
  );
  labels = wide.map((i) => labels[i]);
  const axes = labels.flatMap((l, i) => (kept(l) ? [] : [i]));
  return axes.length === 0 ? { x, labels } : { x: sum(x, { axes }), labels: labels.filter(kept) };
};

/** Labels of the product of two terms when those that are not kept are summed. */
const productLabels = (a: Term, b: Term, kept: (label: string) => boolean): string[] =>
  [...new Set([...a.labels, ...b.labels])].filter(kept);

/** One product: [batch, m, k] x [batch, k, n], or m x n without k. */
const contracted = (a: Term, b: Term, kept: (label: string) => boolean, size: (labels: Labels) => number): Term => {
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter(kept);
  const k = shared.filter((l) => !kept(l));
  const m = a.labels.filter((l) => !b.labels.includes(l));
  const n = b.labels.filter((l) => !a.labels.includes(l));
  const labels = [...batch, ...m, ...n];
  const [bs, ms, ks, ns] = [batch, m, k, n].map(size);
  const shape = labels.map((l) => size([l]));
  if (k.length === 0) {
    const left = reshape(arranged(a, [...batch, ...m]), [bs, ms, 1]);
    const right = reshape(arranged(b, [...batch, ...n]), [bs, 1, ns]);
    return { x: reshape(mul(left, right), shape), labels };
  }
  if (m.length === 0 && n.length === 0) {
    // Dot products: as matrices they would leave most of the kernel idle.
    const products = mul(
      reshape(arranged(a, [...batch, ...k]), [bs, ks]),
      reshape(arranged(b, [...batch, ...k]), [bs, ks]),
    );
    return { x: reshape(sum(products, { axes: 1 }), shape), labels };
  }
  // An operand that lies transposed is read so; any other order is copied.
  const lies = ({ labels: own }: Term, order: Labels): boolean => order.every((l, i) => l === own[i]);
  const transA = !lies(a, [...batch, ...m, ...k]) && lies(a, [...batch, ...k, ...m]);
  const transB = !lies(b, [...batch, ...k, ...n]) && lies(b, [...batch, ...n, ...k]);
  const lead = batch.length === 0 ? [] : [bs];
  const left = transA
    ? reshape(a.x, [...lead, ks, ms])
    : reshape(arranged(a, [...batch, ...m, ...k]), [...lead, ms, ks]);
  const right = transB
    ? reshape(b.x, [...lead, ns, ks])
    : reshape(arranged(b, [...batch, ...k, ...n]), [...lead, ks, ns]);
  return { x: reshape(matmul(left, right, { transA, transB }), shape), labels };
};

export const einsumOp = defineComposite<{ readonly equation: string }>({
  name: 'einsum',
  infer: (inputs, { equation }) => {
    const dtype = sameDType('einsum', inputs);
    floatOnly('einsum', inputs[0]);
    const shapes = inputs.map((x) => x.shape);
    return [{ shape: einsumPlan(equation, shapes).shape, dtype }];
  },
  compose: (inputs, { equation }) => {
    const plan = einsumPlan(
      equation,
      inputs.map((x) => x.shape),
    );
    const size = (labels: Labels): number => sizeOf(labels.map((l) => plan.sizes.get(l) ?? 1));
    const keptBeside =
      (others: readonly Labels[]) =>
      (label: string): boolean =>
        plan.output.includes(label) || others.some((labels) => labels.includes(label));
    // A label that another operand has at size 1 only is as good as nowhere else.
    const wide = plan.operands.map((labels, i) => labels.filter((_, axis) => inputs[i].shape[axis] !== 1));
    const terms = inputs.map((x, i) => prepared(x, plan.operands[i], keptBeside(wide.filter((_, j) => j !== i))));
    while (terms.length > 1) {
      // Greedy: the pair with the smallest product, the leftmost of equals.
      let best: { readonly i: number; readonly j: number; readonly elements: number } | undefined;
      const beside = (i: number, j: number) =>
        keptBeside(terms.filter((_, t) => t !== i && t !== j).map((t) => t.labels));
      for (let i = 0; i < terms.length; i++) {
        for (let j = i + 1; j < terms.length; j++) {
          const labels = productLabels(terms[i], terms[j], beside(i, j));
          const elements = size(labels);
          if (labels.length <= maxRank && (best === undefined || elements < best.elements)) best = { i, j, elements };
        }
      }
      if (best === undefined) {
        throw new ShapeError(
          'einsum',
          `every product of two operands of '${equation}' has more than ${maxRank} axes; join letters that go together by reshape()`,
        );
      }
      const { i, j } = best;
      const product = contracted(terms[i], terms[j], beside(i, j), size);
      terms.splice(j, 1);
      terms.splice(i, 1, product);
    }
    const [last] = terms;
    const order = plan.output.filter((l) => last.labels.includes(l));
    return reshape(arranged(last, order), plan.shape);
  },
});

/**
 * Sums of products by an equation, as NumPy's einsum: einsum('bij,bjk->bik', a, b). One letter an axis; letters that are not in
 * the output are summed, a letter twice in one operand takes the diagonal, ... stands for any leading axes, sizes of 1
 * broadcast, and without -> the output has the letters that come once. Operands are multiplied two at a time, the smallest
 * product first.
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor => {
  if (operands.length === 0) throw new ArgumentError('einsum', `'${equation}' needs operands, came none`);
  return compose(einsumOp, operands, { equation });
};
