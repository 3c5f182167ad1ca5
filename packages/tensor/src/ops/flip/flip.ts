import { compose, defineComposite } from '../../op.ts';
import { normalizeAxes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { sliceAxes } from '../slice/slice.ts';

export const flipOp = defineComposite<{ readonly axes: readonly number[] }>({
  name: 'flip',
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  compose: ([x], { axes }) =>
    sliceAxes(
      x,
      x.shape.map((_, i) => (axes.includes(i) ? { step: -1 } : null)),
    ),
});

/** Reverses the order along `axes` (default all), as numpy.flip. One copy. */
export const flip = (x: Tensor, { axes }: { readonly axes?: number | readonly number[] } = {}): Tensor =>
  compose(flipOp, [x], { axes: normalizeAxes('flip', axes, x.rank) });
