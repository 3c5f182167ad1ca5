// Convolutions over any number of spatial axes. Three bilinear maps share one set of attributes and one sum:
//   y[b, o, q] = Σ_{i, r} x[b, i, q · stride - before + r · dilation] w[o, i, r]     (x is 0 outside its bounds)
// convolution gives y of (x, w), its input backward x of (y, w), its weight backward w of (x, y). Each is the others'
// gradient, so derivatives of any order stay among the three. A transposed convolution is the input backward.

import type { ReferenceArray } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { floatOnly, sameDType } from '../../op.ts';
import { checkShape, type Shape, showShape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add/add.ts';
import { reshape } from '../reshape/reshape.ts';

/** Spatial sizes of x, w and y, and how positions of y meet those of x. */
export interface ConvolutionAttrs {
  readonly input: Shape;
  readonly kernel: Shape;
  readonly output: Shape;
  readonly stride: Shape;
  /** Zeros ahead of x. Those behind it follow from `output`. */
  readonly before: Shape;
  readonly dilation: Shape;
  readonly groups: number;
}

export interface ConvolutionOptions {
  /** [Cout]. */
  readonly bias?: Tensor | undefined;
  /** One number, or one for each spatial axis; likewise below. Default 1. */
  readonly stride?: number | readonly number[] | undefined;
  /**
   * Zeros on both sides of x, or [before, after] for an axis. 'valid' is none; 'same', for stride 1, keeps the size, with
   * the odd zero behind. Default 0.
   */
  readonly padding?: number | readonly (number | readonly [number, number])[] | 'same' | 'valid' | undefined;
  /** Step between the elements of the kernel. Default 1. */
  readonly dilation?: number | readonly number[] | undefined;
  /** Channels are cut into so many groups that do not see each other. Default 1. */
  readonly groups?: number | undefined;
}

export interface TransposedConvolutionOptions {
  /** [Cout]. */
  readonly bias?: Tensor | undefined;
  readonly stride?: number | readonly number[] | undefined;
  /** What the matching convolution padded on both sides: so much is cut off the result. Default 0. */
  readonly padding?: number | readonly number[] | undefined;
  /** Added behind the result, less than stride or dilation: which of the sizes that one stride maps together. Default 0. */
  readonly outputPadding?: number | readonly number[] | undefined;
  readonly dilation?: number | readonly number[] | undefined;
  readonly groups?: number | undefined;
}

const whole = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** A setting, one number for every spatial axis. */
const perAxis = (
  op: string,
  what: string,
  value: number | readonly number[],
  axes: number,
  least: number,
): readonly number[] => {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : [...value];
  if (list.length === axes && list.every((v) => whole(v, least))) return list;
  const came = typeof value === 'number' ? value : showShape(value);
  throw new ArgumentError(op, `${what} must be a whole number >= ${least}, or ${axes} of them, came ${came}`);
};

const paddingOf = (
  op: string,
  padding: ConvolutionOptions['padding'],
  kernel: Shape,
  stride: Shape,
  dilation: Shape,
): (readonly [before: number, after: number])[] => {
  const axes = kernel.length;
  if (padding === 'valid') return kernel.map(() => [0, 0]);
  if (padding === 'same') {
    if (stride.some((s) => s !== 1)) {
      throw new ArgumentError(op, `padding 'same' needs stride 1, came stride ${showShape(stride)}; give numbers`);
    }
    return kernel.map((k, i) => {
      const total = dilation[i] * (k - 1);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  const given = padding ?? 0;
  const list = typeof given === 'number' ? kernel.map(() => given) : given;
  const valid =
    Array.isArray(list) &&
    list.length === axes &&
    list.every((p: number | readonly number[]) =>
      typeof p === 'number' ? whole(p, 0) : p.length === 2 && p.every((v) => whole(v, 0)),
    );
  if (!valid) {
    throw new ArgumentError(
      op,
      `padding must be a whole number >= 0, ${axes} of them or of [before, after], 'same' or 'valid', came ${typeof given === 'number' ? given : JSON.stringify(given)}`,
    );
  }
  return list.map((p) => (typeof p === 'number' ? [p, p] : p));
};

/** Ranks and dtypes. */
const checkTensors = (op: string, axes: number, x: Tensor, weight: Tensor, bias: Tensor | undefined): void => {
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  sameDType(op, inputs);
  floatOnly(op, x);
  for (const [name, t] of [
    ['x', x],
    ['weight', weight],
  ] as const) {
    if (t.rank === axes + 2) continue;
    const wanted = name === 'x' ? '[batch, channels, ...spatial]' : '[channels, channels, ...kernel]';
    throw new ShapeError(
      op,
      `expected ${name} of rank ${axes + 2}, ${wanted}, came ${showShape(t.shape)}; reshape() it`,
    );
  }
  if (weight.shape.slice(2).includes(0)) {
    throw new ShapeError(op, `the kernel has no elements, weight ${showShape(weight.shape)}`);
  }
};

const checkGroups = (op: string, groups: number, channels: Readonly<Record<string, number>>): void => {
  if (!whole(groups, 1)) throw new ArgumentError(op, `groups must be a whole number >= 1, came ${groups}`);
  for (const [name, n] of Object.entries(channels)) {
    if (n % groups !== 0) throw new ShapeError(op, `groups ${groups} does not divide the ${n} ${name} channels`);
  }
};

const checkBias = (op: string, bias: Tensor | undefined, channels: number): void => {
  if (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== channels)) {
    throw new ShapeError(op, `expected bias [${channels}], one for each output channel, came ${showShape(bias.shape)}`);
  }
};

const noFit = (op: string, x: Tensor, weight: Tensor, wanted: string): ShapeError =>
  new ShapeError(op, `x ${showShape(x.shape)} does not fit weight ${showShape(weight.shape)}: ${wanted}`);

/** Checks the arguments of a convolution and works out its sizes. */
export const convolutionAttrs = (
  op: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  options: ConvolutionOptions,
): ConvolutionAttrs => {
  const { groups = 1 } = options;
  checkTensors(op, axes, x, weight, options.bias);
  const stride = perAxis(op, 'stride', options.stride ?? 1, axes, 1);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes, 1);
  const input = x.shape.slice(2);
  const kernel = weight.shape.slice(2);
  const padding = paddingOf(op, options.padding, kernel, stride, dilation);
  checkGroups(op, groups, { input: x.shape[1], output: weight.shape[0] });
  if (weight.shape[1] * groups !== x.shape[1]) {
    throw noFit(
      op,
      x,
      weight,
      `${x.shape[1]} channels in ${groups} groups need weight.shape[1] ${x.shape[1] / groups}`,
    );
  }
  checkBias(op, options.bias, weight.shape[0]);
  const output = input.map((n, i) => {
    const padded = padding[i][0] + n + padding[i][1];
    const reach = dilation[i] * (kernel[i] - 1) + 1;
    if (reach > padded) {
      throw new ShapeError(
        op,
        `the kernel reaches over ${reach} elements of spatial axis ${i}, which has ${padded} with padding; pad more or use a smaller kernel`,
      );
    }
    return Math.floor((padded - reach) / stride[i]) + 1;
  });
  checkShape(op, [x.shape[0], weight.shape[0], ...output]);
  return { input, kernel, output, stride, before: padding.map(([before]) => before), dilation, groups };
};

/** As convolutionAttrs; x takes the place of the output, and `input` becomes the size of the result. */
export const transposedAttrs = (
  op: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions,
): ConvolutionAttrs => {
  const { groups = 1 } = options;
  checkTensors(op, axes, x, weight, options.bias);
  const stride = perAxis(op, 'stride', options.stride ?? 1, axes, 1);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes, 1);
  const before = perAxis(op, 'padding', options.padding ?? 0, axes, 0);
  const more = perAxis(op, 'outputPadding', options.outputPadding ?? 0, axes, 0);
  checkGroups(op, groups, { input: x.shape[1] });
  if (weight.shape[0] !== x.shape[1]) {
    throw noFit(op, x, weight, `${x.shape[1]} channels need weight.shape[0] ${x.shape[1]}`);
  }
  checkBias(op, options.bias, weight.shape[1] * groups);
  const output = x.shape.slice(2);
  const kernel = weight.shape.slice(2);
  const input = output.map((n, i) => {
    if (more[i] >= Math.max(stride[i], dilation[i])) {
      throw new ArgumentError(
        op,
        `outputPadding ${more[i]} must be less than stride ${stride[i]} or dilation ${dilation[i]} at spatial axis ${i}`,
      );
    }
    const size = (n - 1) * stride[i] - 2 * before[i] + dilation[i] * (kernel[i] - 1) + 1 + more[i];
    if (n > 0 && size > 0) return size;
    throw new ShapeError(
      op,
      `${n} elements of spatial axis ${i} with padding ${before[i]} leave a result of size ${n > 0 ? size : 0}; it must be at least 1`,
    );
  });
  checkShape(op, [x.shape[0], weight.shape[1] * groups, ...input]);
  return { input, kernel, output, stride, before, dilation, groups };
};

/** y [B, C, ...] + bias [C]. */
export const addChannels = (y: Tensor, bias: Tensor): Tensor =>
  add(y, reshape(bias, [bias.shape[0], ...y.shape.slice(2).map(() => 1)]));

/** Positions of y on one axis at which kernel element r lies inside x: low (inclusive) to high (exclusive). */
export const insideRange = (a: ConvolutionAttrs, axis: number, r: number): readonly [low: number, high: number] => {
  const shift = r * a.dilation[axis] - a.before[axis];
  const low = Math.max(0, Math.ceil(-shift / a.stride[axis]));
  const high = Math.min(a.output[axis], Math.floor((a.input[axis] - 1 - shift) / a.stride[axis]) + 1);
  return [low, Math.max(low, high)];
};

/**
 * Flat spatial positions in x, w and y of every product, for one pair of channels; with `padding` those of the products with
 * the zeros around x too, whose x is NaN.
 */
const spatialTerms = (a: ConvolutionAttrs, padding: boolean): (readonly [x: number, w: number, y: number])[] => {
  const [xs, ws, ys] = [a.input, a.kernel, a.output].map(stridesOf);
  let terms: (readonly [number, number, number])[] = [[0, 0, 0]];
  a.kernel.forEach((size, axis) => {
    terms = terms.flatMap(([x, w, y]) => {
      const next: [number, number, number][] = [];
      for (let r = 0; r < size; r++) {
        const [low, high] = insideRange(a, axis, r);
        for (let q = padding ? 0 : low; q < (padding ? a.output[axis] : high); q++) {
          const at = q >= low && q < high ? q * a.stride[axis] - a.before[axis] + r * a.dilation[axis] : Number.NaN;
          next.push([x + at * xs[axis], w + r * ws[axis], y + q * ys[axis]]);
        }
      }
      return next;
    });
  });
  return terms;
};

/** Visits every product of the sum: flat positions in x, w and y; and those with the padding through `zeros`, where it is given. */
export const eachProduct = (
  a: ConvolutionAttrs,
  x: Pick<ReferenceArray, 'shape'>,
  w: Pick<ReferenceArray, 'shape'>,
  visit: (x: number, w: number, y: number) => void,
  zeros?: (w: number, y: number) => void,
): void => {
  const terms = spatialTerms(a, zeros !== undefined);
  const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);
  const [inner, taps, places] = [a.input, a.kernel, a.output].map(size);
  const [outputs, perGroup] = w.shape;
  for (let b = 0; b < x.shape[0]; b++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / (outputs / a.groups)) * perGroup;
      for (let i = 0; i < perGroup; i++) {
        const xAt = (b * x.shape[1] + first + i) * inner;
        const wAt = (o * perGroup + i) * taps;
        const yAt = (b * outputs + o) * places;
        for (const [xs, ws, ys] of terms) {
          if (Number.isNaN(xs)) zeros?.(wAt + ws, yAt + ys);
          else visit(xAt + xs, wAt + ws, yAt + ys);
        }
      }
    }
  }
};
