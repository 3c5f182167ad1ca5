// Where pooling windows lie, one axis at a time: any number of spatial axes is the product of these.

import type { WindowAxis, WindowRule } from '../../cpu-plan.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { checkShape, type Shape, showShape } from '../../shape.ts';

/** Tap t of window i lies at starts[i] + t · step for t < counts[i], always inside the axis; padding is left out. */
export interface AxisWindows {
  readonly size: number;
  readonly starts: readonly number[];
  readonly counts: readonly number[];
  readonly step: number;
  /** What an average divides by: the taps, or the taps and the padding under the window. */
  readonly divisors: readonly number[];
  /** The same in a formula. */
  readonly rule: WindowRule;
}

/** The formula alone. */
export const windowAxis = ({ size, starts, step, rule }: AxisWindows): WindowAxis => ({
  size,
  windows: starts.length,
  step,
  rule,
});

export interface WindowOptions {
  /** Size of the window, one number or one for each spatial axis. */
  readonly kernel: number | readonly number[];
  /** Steps between windows. Default: the kernel. */
  readonly stride?: number | readonly number[];
  /** Elements added at both ends, at most half of the kernel. Default 0. */
  readonly padding?: number | readonly number[];
  /** Also keep a last window that is only partly filled, where it begins inside the axis or its left padding. Default false. */
  readonly ceilMode?: boolean;
}

interface Sliding {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
}

/** One whole number for each of `count` axes. */
export const perAxis = (
  op: string,
  name: string,
  value: number | readonly number[],
  count: number,
  least: number,
): readonly number[] => {
  const list = typeof value === 'number' ? new Array<number>(count).fill(value) : value;
  if (list.length !== count || !list.every((v) => Number.isSafeInteger(v) && v >= least)) {
    const shown = typeof value === 'number' ? `${value}` : showShape(value);
    const wanted = count === 1 ? `a whole number >= ${least}` : `${count} whole numbers >= ${least} or one for all`;
    throw new ArgumentError(op, `${name} must be ${wanted}, came ${shown}`);
  }
  return list;
};

/** Sizes of the spatial axes of x [B, C, ...spatial]. */
export const spatialSizes = (op: string, x: Shape, axes: number): readonly number[] => {
  const names = ['L', 'H, W', 'D, H, W'][axes - 1];
  if (x.length !== axes + 2)
    throw new ShapeError(op, `expected x [B, C, ${names}], came ${showShape(x)}; reshape() it`);
  const sizes = x.slice(2);
  if (sizes.includes(0)) throw new ShapeError(op, `axis ${2 + sizes.indexOf(0)} of x ${showShape(x)} is empty`);
  return sizes;
};

const slidingWindows = (op: string, axis: number, size: number, options: Sliding): AxisWindows => {
  const { kernel, stride, padding, dilation, ceilMode, countIncludePad } = options;
  if (2 * padding > kernel) {
    throw new ArgumentError(
      op,
      `padding ${padding} of axis ${axis} must be at most half of the kernel, which is ${kernel}`,
    );
  }
  const reach = dilation * (kernel - 1) + 1;
  const room = size + 2 * padding - reach;
  if (room < 0) {
    throw new ShapeError(
      op,
      `a window of ${reach} does not fit axis ${axis} of ${size} elements and ${2 * padding} of padding`,
    );
  }
  let n = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  if ((n - 1) * stride >= size + padding) n--;
  const begins = Array.from({ length: n }, (_, i) => i * stride - padding);
  const skipped = begins.map((b) => (b < 0 ? Math.ceil(-b / dilation) : 0));
  const starts = begins.map((b, i) => b + skipped[i] * dilation);
  const counts = starts.map((s, i) =>
    Math.max(0, Math.min(kernel - skipped[i], Math.floor((size - 1 - s) / dilation) + 1)),
  );
  const divisors = countIncludePad ? begins.map((b) => Math.min(b + kernel, size + padding) - b) : counts;
  const rule: WindowRule = { kind: 'sliding', kernel, stride, padding, countIncludePad };
  return { size, starts, counts, step: dilation, divisors, rule };
};

/** The windows of each spatial axis of x [B, C, ...spatial]. */
export const windowsOf = (
  op: string,
  x: Shape,
  axes: number,
  options: WindowOptions & { readonly dilation?: number | readonly number[]; readonly countIncludePad?: boolean },
): readonly AxisWindows[] => {
  const sizes = spatialSizes(op, x, axes);
  const kernel = perAxis(op, 'kernel', options.kernel, axes, 1);
  const stride = perAxis(op, 'stride', options.stride ?? kernel, axes, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, axes, 0);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes, 1);
  const { ceilMode = false, countIncludePad = true } = options;
  return sizes.map((size, i) =>
    slidingWindows(op, 2 + i, size, {
      kernel: kernel[i],
      stride: stride[i],
      padding: padding[i],
      dilation: dilation[i],
      ceilMode,
      countIncludePad,
    }),
  );
};

/** Window i of m over n elements: from floor(i n / m) to ceil((i + 1) n / m). */
export const adaptiveWindowsOf = (
  op: string,
  x: Shape,
  axes: number,
  size: number | readonly number[],
): readonly AxisWindows[] => {
  const sizes = spatialSizes(op, x, axes);
  const wanted = perAxis(op, 'size', size, axes, 1);
  checkShape(op, [...x.slice(0, 2), ...wanted]);
  return wanted.map((m, k) => {
    const n = sizes[k];
    const starts = Array.from({ length: m }, (_, i) => Math.floor((i * n) / m));
    const counts = starts.map((s, i) => Math.ceil(((i + 1) * n) / m) - s);
    return { size: n, starts, counts, step: 1, divisors: counts, rule: { kind: 'adaptive' } };
  });
};

export const pooledShape = (x: Shape, windows: readonly AxisWindows[]): number[] => [
  ...x.slice(0, 2),
  ...windows.map((w) => w.starts.length),
];
