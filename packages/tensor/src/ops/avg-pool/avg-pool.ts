import { compose, defineComposite, floatOnly } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { meanMap } from '../families/axis-map.ts';
import {
  type AxisWindows,
  adaptiveWindowsOf,
  pooledShape,
  type WindowOptions,
  windowsOf,
} from '../families/windows.ts';
import { resample } from '../resample-axis/resample-axis.ts';

// The mean over a box is the mean along each of its axes in turn: kernel additions an axis and not their product.
export const avgPoolOp = defineComposite<{ readonly windows: readonly AxisWindows[] }>({
  name: 'avgPool',
  infer: ([x], { windows }) => {
    floatOnly('avgPool', x);
    return [{ shape: pooledShape(x.shape, windows), dtype: x.dtype }];
  },
  compose: ([x], { windows }) => resample(x, windows.map(meanMap)),
});

export interface AvgPoolOptions extends WindowOptions {
  /** Count the zeros of the padding as elements of the mean. Default true. */
  readonly countIncludePad?: boolean;
}

const avgPool = (op: string, axes: number, x: Tensor, options: AvgPoolOptions): Tensor => {
  floatOnly(op, x);
  return compose(avgPoolOp, [x], { windows: windowsOf(op, x.shape, axes, options) });
};

/** Mean of each window: x [B, C, L] -> [B, C, floor((L + 2 padding - kernel) / stride) + 1]. */
export const avgPool1d = (x: Tensor, options: AvgPoolOptions): Tensor => avgPool('avgPool1d', 1, x, options);

/** As `avgPool1d` over H and W of x [B, C, H, W]. */
export const avgPool2d = (x: Tensor, options: AvgPoolOptions): Tensor => avgPool('avgPool2d', 2, x, options);

/** As `avgPool1d` over D, H and W of x [B, C, D, H, W]. */
export const avgPool3d = (x: Tensor, options: AvgPoolOptions): Tensor => avgPool('avgPool3d', 3, x, options);

const adaptiveAvgPool = (op: string, axes: number, x: Tensor, size: number | readonly number[]): Tensor => {
  floatOnly(op, x);
  return compose(avgPoolOp, [x], { windows: adaptiveWindowsOf(op, x.shape, axes, size) });
};

/** Mean of windows that divide the axis into `size`, the i-th from floor(i L / size) to ceil((i + 1) L / size): x [B, C, L] -> [B, C, size]. */
export const adaptiveAvgPool1d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveAvgPool('adaptiveAvgPool1d', 1, x, size);

/** As `adaptiveAvgPool1d`: x [B, C, H, W] -> [B, C, ...size], `size` two numbers or one for both axes. */
export const adaptiveAvgPool2d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveAvgPool('adaptiveAvgPool2d', 2, x, size);

/** As `adaptiveAvgPool1d`: x [B, C, D, H, W] -> [B, C, ...size], `size` three numbers or one for all axes. */
export const adaptiveAvgPool3d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveAvgPool('adaptiveAvgPool3d', 3, x, size);
