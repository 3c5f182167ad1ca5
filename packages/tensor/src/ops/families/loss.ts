// Losses: values of single elements (or rows, or clouds) with weights and a mask, and one reduction for all of them.

import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../errors.ts';
import { type CompositeOp, compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { type Shape, sameShape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast/cast.ts';
import { div } from '../div/div.ts';
import { equal } from '../equal/equal.ts';
import { mean } from '../mean/mean.ts';
import { mul } from '../mul/mul.ts';
import { reshape } from '../reshape/reshape.ts';
import { sum } from '../sum/sum.ts';
import { where } from '../where/where.ts';

/** 'none' keeps one loss an element; a mean over no element is 0 with gradient 0, where PyTorch gives NaN. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** Default 'mean'. A mean over no element, or over none that the mask leaves, is 0 with gradient 0. */
  readonly reduction?: Reduction;
  /** bool, broadcast to the losses: where it is false the loss and its gradient are 0 and the mean does not count it. */
  readonly mask?: Tensor;
  /** Factors, broadcast to the losses. The mean divides by the number of losses and not by these, as in PyTorch. */
  readonly weight?: Tensor;
}

/** What a loss was called with: its own attributes, and where its optional tensors stand among the inputs. */
export interface LossAttrs<A> {
  readonly own: A;
  readonly reduction: Reduction;
  readonly weight: number | null;
  readonly mask: number | null;
}

/** Losses, and what each counts in a mean where that is not 1. */
export interface Counted {
  readonly losses: Tensor;
  readonly counts: Tensor;
}

interface LossSpec<A> {
  readonly name: string;
  /** Shape of the single losses, from the inputs before weight and mask; throws for inputs that do not fit. */
  readonly shape: (inputs: readonly TensorSpec[], attrs: A) => Shape;
  /** The single losses. Where the mask hides an element the inputs may hold anything: see `hidden`. */
  readonly losses: (inputs: readonly Tensor[], attrs: A, mask: Tensor | null) => Tensor | Counted;
}

export type LossOp<A> = CompositeOp<LossAttrs<A>>;

const reductions: readonly string[] = ['mean', 'sum', 'none'] satisfies readonly Reduction[];

/** Throws ArgumentError for anything but a reduction, which only untyped callers can pass; `more` is one the op adds. */
export const checkReduction = (op: string, reduction: string, more?: string): void => {
  if (!reductions.includes(reduction)) {
    const names = [...reductions, ...(more === undefined ? [] : [more])].map((r) => `'${r}'`);
    const list = `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
    throw new ArgumentError(op, `reduction is ${list}, came '${reduction}'`);
  }
};

const broadcastsTo = (shape: Shape, to: Shape): boolean =>
  shape.length <= to.length && shape.every((d, i) => d === 1 || d === to[i + to.length - shape.length]);

/** Throws unless x broadcasts to the shape of what is named and adds no axis or size of its own. */
export const checkFits = (op: string, what: string, x: TensorSpec, losses: Shape, of = 'losses'): void => {
  if (!broadcastsTo(x.shape, losses)) {
    throw new ShapeError(
      op,
      `the ${what} ${showShape(x.shape)} does not broadcast to the ${of} ${showShape(losses)}; reshape it`,
    );
  }
};

/** Throws unless both are floats of one dtype and one shape: a loss that broadcasts trains on pairs that nobody meant. */
export const checkPair = (op: string, [a, b]: readonly TensorSpec[], names: readonly [string, string]): void => {
  floatOnly(op, a);
  sameDType(op, [a, b]);
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      op,
      `expected ${names[0]} and ${names[1]} of one shape, came ${showShape(a.shape)} and ${showShape(b.shape)}; reshape or expand one of them`,
    );
  }
};

/** Throws ArgumentError unless `value` is a finite number from `low` (exclusive where `open`). */
export const checkNumber = (op: string, what: string, value: number, low: number, open = false): void => {
  if (!Number.isFinite(value) || value < low || (open && value === low)) {
    throw new ArgumentError(op, `${what} is a finite number ${open ? '>' : '>='} ${low}, came ${value}`);
  }
};

/** x with 0 where the mask hides it, so that what stands there reaches neither the loss nor a gradient. */
export const hidden = (x: Tensor, mask: Tensor | null): Tensor => (mask === null ? x : where(mask, x, 0));

/** As `hidden` where each loss is that of a row: x has one more axis than the mask, at the end. */
export const hiddenRows = (x: Tensor, mask: Tensor | null): Tensor =>
  // [...] -> [..., 1]
  mask === null ? x : where(reshape(mask, [...mask.shape, 1]), x, 0);

/** total / n, and 0 where n is 0: then the total is 0 too. */
const share = (total: Tensor, n: Tensor): Tensor => div(total, where(equal(n, 0), 1, n));

const reduced = (value: Tensor | Counted, reduction: Reduction, weight: Tensor | null, mask: Tensor | null): Tensor => {
  const { losses, counts } = 'losses' in value ? value : { losses: value, counts: null };
  const weighted = weight === null ? hidden(losses, mask) : mul(hidden(losses, mask), hidden(weight, mask));
  if (reduction === 'none') return weighted;
  if (reduction === 'sum') return sum(weighted);
  if (counts !== null) return share(sum(weighted), sum(hidden(counts, mask)));
  if (mask === null) return weighted.size === 0 ? sum(weighted) : mean(weighted);
  // Each element of the mask stands for as many losses as it was broadcast to.
  const repeats = mask.size === 0 ? 0 : sizeOf(losses.shape) / mask.size;
  return share(sum(weighted), mul(sum(cast(mask, losses.dtype)), repeats));
};

export const defineLoss = <A>(spec: LossSpec<A>): LossOp<A> => {
  const { name } = spec;
  const main = <T>(inputs: readonly T[], { weight, mask }: LossAttrs<A>): readonly T[] =>
    inputs.slice(0, weight ?? mask ?? inputs.length);
  return defineComposite<LossAttrs<A>>({
    name,
    infer: (inputs, attrs) => {
      const [{ dtype }] = inputs;
      const losses = spec.shape(main(inputs, attrs), attrs.own);
      if (attrs.weight !== null) {
        const weight = inputs[attrs.weight];
        if (weight.dtype !== dtype)
          throw new DTypeError(name, `the weight must be ${dtype}, came ${weight.dtype}; cast() it`);
        checkFits(name, 'weight', weight, losses);
      }
      if (attrs.mask !== null) {
        const mask = inputs[attrs.mask];
        if (mask.dtype !== 'bool')
          throw new DTypeError(name, `the mask must be bool, came ${mask.dtype}; compare or cast() it`);
        checkFits(name, 'mask', mask, losses);
      }
      return [{ shape: attrs.reduction === 'none' ? losses : [], dtype }];
    },
    compose: (inputs, attrs) => {
      const mask = attrs.mask === null ? null : inputs[attrs.mask];
      const weight = attrs.weight === null ? null : inputs[attrs.weight];
      return reduced(spec.losses(main(inputs, attrs), attrs.own, mask), attrs.reduction, weight, mask);
    },
  });
};

export const applyLoss = <A>(
  op: LossOp<A>,
  inputs: readonly Tensor[],
  own: A,
  { reduction = 'mean', weight, mask }: LossOptions,
): Tensor => {
  checkReduction(op.name, reduction);
  const all = [...inputs];
  const place = (x: Tensor | undefined): number | null => (x === undefined ? null : all.push(x) - 1);
  const at = { weight: place(weight), mask: place(mask) };
  return compose(op, all, { own, reduction, ...at });
};

/** A loss of input and target of one shape, element by element. */
export const defineElementLoss = <A>(name: string, f: (input: Tensor, target: Tensor, attrs: A) => Tensor): LossOp<A> =>
  defineLoss<A>({
    name,
    shape: (inputs) => {
      checkPair(name, inputs, ['input', 'target']);
      return inputs[0].shape;
    },
    losses: ([input, target], attrs, mask) => f(hidden(input, mask), hidden(target, mask), attrs),
  });
