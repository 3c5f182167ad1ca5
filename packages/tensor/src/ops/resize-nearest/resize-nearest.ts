import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite } from '../../op.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { perAxis, spatialSizes } from '../families/windows.ts';
import { indexSelect } from '../index-select/index-select.ts';

export const resizeNearestOp = defineComposite<{ readonly size: readonly number[]; readonly centred: boolean }>({
  name: 'resizeNearest',
  infer: ([x], { size }) => [{ shape: [...x.shape.slice(0, 2), ...size], dtype: x.dtype }],
  compose: ([x], { size, centred }) =>
    size.reduce((y, m, k) => {
      const n = x.shape[2 + k];
      // (2 i + 1) n / 2 m in whole numbers: a rounded quotient would miss the boundary between two pixels.
      const at = (i: number): number => (centred ? Math.floor(((2 * i + 1) * n) / (2 * m)) : Math.floor((i * n) / m));
      const from = tensor(
        Int32Array.from({ length: m }, (_, i) => at(i)),
        [m],
        { backend: x.backend },
      );
      return indexSelect(y, from, { axis: 2 + k });
    }, x),
});

export interface ResizeNearestOptions {
  /** Take the pixel under the centre of the new one (PyTorch's nearest-exact), not under its first edge. Default false. */
  readonly centred?: boolean;
}

/**
 * The nearest element along each of one to three spatial axes: x [B, C, ...spatial] of any dtype, size -> [B, C, ...size].
 * Element i of m comes from floor(i n / m), which is torch.nn.functional.interpolate by size with mode nearest, but for the
 * float32 quotient n / m there.
 */
export const resizeNearest = (
  x: Tensor,
  size: readonly number[],
  { centred = false }: ResizeNearestOptions = {},
): Tensor => {
  if (size.length < 1 || size.length > 3) {
    throw new ArgumentError('resizeNearest', `size must name one to three spatial axes, came ${size.length}`);
  }
  spatialSizes('resizeNearest', x.shape, size.length);
  return compose(resizeNearestOp, [x], { size: perAxis('resizeNearest', 'size', size, size.length, 1), centred });
};
