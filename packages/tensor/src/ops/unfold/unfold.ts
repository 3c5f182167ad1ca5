import { apply, defineOp } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { filledPlan, referenceCopyBlocks } from '../families/movement.ts';
import {
  checkImages,
  type WindowAttrs,
  type WindowOptions,
  windowAttrs,
  windowBlocks,
} from '../families/unfold-windows.ts';
import { foldWindows } from '../fold/fold.ts';

export const unfoldOp = defineOp<WindowAttrs>({
  name: 'unfold',
  infer: ([x], { kernel, windows }) => [
    { shape: [x.shape[0], x.shape[1] * sizeOf(kernel), sizeOf(windows)], dtype: x.dtype },
  ],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => foldWindows(g, c.attrs)],
  reference: ([x], [out], attrs) => referenceCopyBlocks(x, out, windowBlocks(x.shape[0] * x.shape[1], attrs)),
  cpu: ([x], [out], attrs) => filledPlan('copy', out.shape, windowBlocks(x.shape[0] * x.shape[1], attrs)),
});

/** internal */
export const unfoldWindows = (x: Tensor, attrs: WindowAttrs): Tensor => apply(unfoldOp, [x], attrs);

/**
 * Sliding windows as columns (im2col): x [B, C, ...spatial] with 1 to 3 spatial axes -> [B, C · prod(kernel), L], L windows
 * in row-major order, C outermost in a column; padding is 0. As torch.nn.functional.unfold; a convolution is one matmul on it.
 */
export const unfold = (x: Tensor, options: WindowOptions): Tensor => {
  checkImages('unfold', x.shape);
  return unfoldWindows(x, windowAttrs('unfold', options, x.shape.slice(2)));
};
