import { ArgumentError } from '../../errors.ts';
import { compose, defineComposite } from '../../op.ts';
import { normalizeAxis, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../expand/expand.ts';
import { reshape } from '../reshape/reshape.ts';
import { takeRuns } from '../take-runs/take-runs.ts';

export interface RepeatAttrs {
  readonly axis: number;
  readonly counts: number | readonly number[];
}

const total = (counts: number | readonly number[], size: number): number =>
  typeof counts === 'number' ? counts * size : counts.reduce((sum, n) => sum + n, 0);

export const repeatOp = defineComposite<RepeatAttrs>({
  name: 'repeat',
  infer: ([x], { axis, counts }) => [
    { shape: x.shape.map((d, i) => (i === axis ? total(counts, d) : d)), dtype: x.dtype },
  ],
  compose: ([x], { axis, counts }) => {
    if (typeof counts !== 'number') {
      return takeRuns(x, { axis, runs: counts.map((length, start) => ({ start, step: 0, length })) });
    }
    const [outer, inner] = [sizeOf(x.shape.slice(0, axis + 1)), sizeOf(x.shape.slice(axis + 1))];
    const wide = expand(reshape(x, [outer, 1, inner]), [outer, counts, inner]); // [outer, 1, inner] -> [outer, counts, inner]
    return reshape(
      wide,
      x.shape.map((d, i) => (i === axis ? d * counts : d)),
    );
  },
});

/**
 * Every element `counts` times in a row along `axis` (default 0), or element i `counts[i]` times: numpy.repeat and
 * torch.repeat_interleave. tile() repeats the whole.
 */
export const repeat = (
  x: Tensor,
  counts: number | readonly number[],
  { axis = 0 }: { readonly axis?: number } = {},
): Tensor => {
  const a = normalizeAxis('repeat', axis, x.rank);
  const list = typeof counts === 'number' ? [counts] : counts;
  if (!list.every((n) => Number.isInteger(n) && n >= 0) || (typeof counts !== 'number' && list.length !== x.shape[a])) {
    throw new ArgumentError(
      'repeat',
      `counts [${list.join(', ')}] must be one whole number >= 0, or one for each of the ${x.shape[a]} elements of axis ${axis}`,
    );
  }
  return compose(repeatOp, [x], { axis: a, counts });
};
