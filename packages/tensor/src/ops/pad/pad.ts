import { bitsOf } from '../../create.ts';
import { type DType, isFloat } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp } from '../../op.ts';
import { scope } from '../../scope.ts';
import { checkShape, normalizeAxis, type Shape, showShape, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Block, filledPlan, referenceCopyBlocks } from '../families/movement.ts';
import { sliceOp } from '../slice/slice.ts';
import { type Run, takeRuns } from '../take-runs/take-runs.ts';

/** One entry an axis: element i of x goes to starts + i · steps of the result, of `shape`; the rest is `value`. */
export interface PadAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly shape: Shape;
  readonly value: number;
}

const blockOf = (shape: Shape, { starts, steps, shape: to }: PadAttrs): Block => {
  const strides = stridesOf(to);
  return {
    shape,
    from: { strides: stridesOf(shape) },
    to: {
      strides: strides.map((s, i) => s * steps[i]),
      offset: strides.reduce((sum, s, i) => sum + s * starts[i], 0),
    },
  };
};

export const padOp = defineOp<PadAttrs>({
  name: 'pad',
  infer: ([x], { shape }) => [{ shape, dtype: x.dtype }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [
    () => apply(sliceOp, [g], { starts: c.attrs.starts, steps: c.attrs.steps, lengths: c.specs[0].shape }),
  ],
  reference: ([x], [out], attrs) => referenceCopyBlocks(x, out, [blockOf(x.shape, attrs)], attrs.value),
  cpu: ([x], [out], attrs) => filledPlan('copy', out.shape, [blockOf(x.shape, attrs)], bitsOf(out.dtype, attrs.value)),
});

/** internal The adjoint of a slice: x where the slice read, 0 elsewhere. */
export const place = (x: Tensor, attrs: Omit<PadAttrs, 'value'>): Tensor =>
  apply(padOp, [x], { starts: attrs.starts, steps: attrs.steps, shape: attrs.shape, value: 0 });

/** constant: `value`; reflect: mirrored at the outermost element, which is not repeated; edge: the outermost element; circular: from the other end. */
export interface PadModeOptions {
  /** Default 'constant'. */
  readonly mode?: 'constant' | 'reflect' | 'edge' | 'circular';
  /** For 'constant'; default 0. */
  readonly value?: number;
}

const checkWidths = (op: string, before: number, after: number): void => {
  if (!(Number.isInteger(before) && Number.isInteger(after) && before >= 0 && after >= 0)) {
    throw new ArgumentError(
      op,
      `before ${before} and after ${after} must be whole numbers >= 0; slice() removes elements`,
    );
  }
};

/** Where the elements of a padded axis come from. */
const runsOf = (
  op: string,
  mode: 'reflect' | 'edge' | 'circular',
  [before, after]: readonly [number, number],
  axis: number,
  n: number,
): Run[] => {
  const most = { reflect: Math.max(n - 1, 0), edge: n === 0 ? 0 : Infinity, circular: n }[mode];
  if (before > most || after > most) {
    throw new ArgumentError(
      op,
      `${mode} takes at most ${most} on a side of axis ${axis}, which has ${n} elements; came ${before} and ${after}`,
    );
  }
  const own: Run = { start: 0, step: 1, length: n };
  switch (mode) {
    case 'reflect':
      return [{ start: before, step: -1, length: before }, own, { start: n - 2, step: -1, length: after }];
    case 'edge':
      return [{ start: 0, step: 0, length: before }, own, { start: n - 1, step: 0, length: after }];
    case 'circular':
      return [{ start: n - before, step: 1, length: before }, own, { start: 0, step: 1, length: after }];
  }
};

/** What an element of each dtype can be; floats are anything. */
const wholeNumbers: { readonly [D in DType]: readonly [number, number] } = {
  f32: [-Infinity, Infinity],
  f64: [-Infinity, Infinity],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

const padded = (op: string, x: Tensor, widths: readonly (readonly [number, number])[], options: PadModeOptions) => {
  const { mode = 'constant', value = 0 } = options;
  for (const [before, after] of widths) checkWidths(op, before, after);
  if (mode !== 'constant' && value !== 0) {
    throw new ArgumentError(op, `value ${value} is for mode 'constant', came '${mode}'`);
  }
  const [least, most] = wholeNumbers[x.dtype];
  if (!isFloat(x.dtype) && !(Number.isInteger(value) && value >= least && value <= most)) {
    throw new ArgumentError(op, `value ${value} is no ${x.dtype}`);
  }
  if (widths.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((d, i) => widths[i][0] + d + widths[i][1]);
  checkShape(op, shape);
  if (mode === 'constant') {
    return apply(padOp, [x], {
      starts: widths.map(([before]) => before),
      steps: widths.map(() => 1),
      shape,
      value,
    });
  }
  const runs = widths.map((width, axis) => runsOf(op, mode, width, axis, x.shape[axis]));
  return scope(() => {
    let out = x;
    widths.forEach(([before, after], axis) => {
      if (before + after > 0) out = takeRuns(out, { axis, runs: runs[axis] });
    });
    return out;
  });
};

/** Puts `before` and `after` elements round `axis`: copies of `value` (default 0), or as `mode` says. */
export const pad = (
  x: Tensor,
  options: { readonly axis: number; readonly before?: number; readonly after?: number } & PadModeOptions,
): Tensor => {
  const { before = 0, after = 0 } = options;
  checkWidths('pad', before, after);
  const axis = normalizeAxis('pad', options.axis, x.rank);
  return padded(
    'pad',
    x,
    x.shape.map((_, i) => (i === axis ? [before, after] : [0, 0])),
    options,
  );
};

/**
 * Pads several axes, as numpy.pad: one entry for each leading axis, [before, after] or a number for both sides; null (or
 * nothing) leaves the axis. Throws ArgumentError where reflect (less than the axis) or circular (at most the axis) is too wide.
 */
export const padAxes = (
  x: Tensor,
  widths: readonly (readonly [number, number] | number | null)[],
  options: PadModeOptions = {},
): Tensor => {
  if (widths.length > x.rank) {
    throw new ArgumentError('padAxes', `came with ${widths.length} widths for ${showShape(x.shape)} of rank ${x.rank}`);
  }
  const all = x.shape.map((_, i): readonly [number, number] => {
    const width = widths[i] ?? 0;
    return typeof width === 'number' ? [width, width] : width;
  });
  return padded('padAxes', x, all, options);
};
