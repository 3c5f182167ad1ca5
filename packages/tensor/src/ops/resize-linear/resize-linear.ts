import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite, floatOnly } from '../../op.ts';
import { checkShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { linearMap } from '../families/axis-map.ts';
import { perAxis, spatialSizes } from '../families/windows.ts';
import { resample } from '../resample-axis/resample-axis.ts';

export const resizeLinearOp = defineComposite<{ readonly size: readonly number[]; readonly alignCorners: boolean }>({
  name: 'resizeLinear',
  infer: ([x], { size }) => {
    floatOnly('resizeLinear', x);
    return [{ shape: [...x.shape.slice(0, 2), ...size], dtype: x.dtype }];
  },
  compose: ([x], { size, alignCorners }) =>
    resample(
      x,
      size.map((m, i) => linearMap(x.shape[2 + i], m, alignCorners)),
    ),
});

export interface ResizeOptions {
  /** Let the first and last points of both grids meet, not the edges of their outer pixels. Default false. */
  readonly alignCorners?: boolean;
}

const resize = (op: string, x: Tensor, size: readonly number[], alignCorners: boolean): Tensor => {
  spatialSizes(op, x.shape, size.length);
  floatOnly(op, x);
  const to = perAxis(op, 'size', size, size.length, 1);
  checkShape(op, [...x.shape.slice(0, 2), ...to]);
  return compose(resizeLinearOp, [x], { size: to, alignCorners });
};

/**
 * Linear interpolation to `size` points along each of one to three spatial axes: x [B, C, ...spatial] -> [B, C, ...size].
 * torch.nn.functional.interpolate by size, modes linear, bilinear and trilinear, without antialiasing: a smaller size reads
 * only the neighbours of its points.
 */
export const resizeLinear = (
  x: Tensor,
  size: readonly number[],
  { alignCorners = false }: ResizeOptions = {},
): Tensor => {
  if (size.length < 1 || size.length > 3) {
    throw new ArgumentError('resizeLinear', `size must name one to three spatial axes, came ${size.length}`);
  }
  return resize('resizeLinear', x, size, alignCorners);
};

/** As `resizeLinear` for images: x [B, C, H, W], size [h, w] -> [B, C, h, w]. */
export const resizeBilinear = (
  x: Tensor,
  size: readonly [height: number, width: number],
  { alignCorners = false }: ResizeOptions = {},
): Tensor => resize('resizeBilinear', x, perAxis('resizeBilinear', 'size', size, 2, 1), alignCorners);
