import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite } from '../../op.ts';
import { checkShape, type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { reshape } from '../reshape/reshape.ts';

/** Both filled with 1 in front to one rank. */
const aligned = (shape: Shape, counts: readonly number[]): [number[], number[]] => {
  const rank = Math.max(shape.length, counts.length);
  const fill = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  return [fill(shape), fill(counts)];
};

export const tileOp = defineComposite<{ readonly counts: readonly number[] }>({
  name: 'tile',
  infer: ([x], { counts }) => {
    const [shape, times] = aligned(x.shape, counts);
    const out = shape.map((d, i) => d * times[i]);
    checkShape('tile', out);
    return [{ shape: out, dtype: x.dtype }];
  },
  compose: ([x], { counts }) => {
    const [shape, times] = aligned(x.shape, counts);
    let out = reshape(x, shape);
    // From the last axis, so that the copies grow as late as they can.
    for (let i = shape.length - 1; i >= 0; i--) {
      if (times[i] === 1) continue;
      const [outer, inner] = [sizeOf(shape.slice(0, i)), sizeOf(out.shape.slice(i))];
      const wide = expand(reshape(out, [outer, 1, inner]), [outer, times[i], inner]); // [outer, 1, d inner] -> [outer, times, d inner]
      out = reshape(wide, [...shape.slice(0, i), shape[i] * times[i], ...out.shape.slice(i + 1)]);
    }
    return out === x ? reshape(x, [...x.shape]) : out;
  },
});

/** `counts[i]` copies of the whole along axis i, as numpy.tile: the shorter of shape and counts gets ones in front. */
export const tile = (x: Tensor, counts: readonly number[]): Tensor => {
  if (!counts.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ArgumentError('tile', `counts [${counts.join(', ')}] must be whole numbers >= 0`);
  }
  return compose(tileOp, [x], { counts });
};
