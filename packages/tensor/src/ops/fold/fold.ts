import { ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { checkShape, type Shape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { filledPlan, referenceAddBlocks, reversedBlock } from '../families/movement.ts';
import {
  checkImages,
  type WindowAttrs,
  type WindowOptions,
  windowAttrs,
  windowBlocks,
} from '../families/unfold-windows.ts';
import { unfoldWindows } from '../unfold/unfold.ts';

const blocksOf = (out: Shape, attrs: WindowAttrs) => windowBlocks(out[0] * out[1], attrs).map(reversedBlock);

export const foldOp = defineOp<WindowAttrs>({
  name: 'fold',
  infer: ([x], { spatial, kernel, windows }) => {
    floatOnly('fold', x);
    const [offsets, count] = [sizeOf(kernel), sizeOf(windows)];
    if (x.shape.length !== 3 || x.shape[1] % offsets !== 0 || x.shape[2] !== count) {
      throw new ShapeError(
        'fold',
        `expected [B, C · ${offsets}, ${count}] for windows [${kernel.join(', ')}] on ${showShape(spatial)}, came ${showShape(x.shape)}`,
      );
    }
    return [{ shape: [x.shape[0], x.shape[1] / offsets, ...spatial], dtype: x.dtype }];
  },
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [() => unfoldWindows(g, c.attrs)],
  reference: ([x], [out], attrs) => referenceAddBlocks(x, out, blocksOf(out.shape, attrs)),
  cpu: (_inputs, [out], attrs) => filledPlan('addStrided', out.shape, blocksOf(out.shape, attrs)),
});

/** internal */
export const foldWindows = (x: Tensor, attrs: WindowAttrs): Tensor => apply(foldOp, [x], attrs);

/**
 * The adjoint of unfold (col2im): columns [B, C · prod(kernel), L] -> [B, C, ...spatial], overlaps summed, what fell on
 * padding dropped. As torch.nn.functional.fold. Floats only.
 */
export const fold = (x: Tensor, options: { readonly spatial: Shape } & WindowOptions): Tensor => {
  checkShape('fold', options.spatial);
  checkImages('fold', [1, 1, ...options.spatial]);
  return foldWindows(x, windowAttrs('fold', options, options.spatial));
};
