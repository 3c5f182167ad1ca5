import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { type RngKey, randomWords } from '../../rng.ts';
import { scope } from '../../scope.ts';
import { sizeOf } from '../../shape.ts';
import { type Tensor, tensor } from '../../tensor.ts';

// y = x / (1 - p) where u >= p, else 0. The backward pass makes the same numbers again from the key: no mask is stored.
export const dropoutOp = defineOp<{ readonly p: number }>({
  name: 'dropout',
  infer: ([x]) => {
    floatOnly('dropout', x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [() => dropByKey(g, c.input(1), c.attrs.p), null],
  reference: ([x, key], [out], { p }) => {
    const words = randomWords([key.data[0], key.data[1]], x.data.length);
    for (let i = 0; i < x.data.length; i++) out.data[i] = (words[i] >>> 8) * 2 ** -24 >= p ? x.data[i] / (1 - p) : 0;
  },
  cpu: ([x], _outputs, { p }) => cpuPlan([call('dropout', [input(0), input(1), output(0)], { n: sizeOf(x.shape), p })]),
});

/** The key as a tensor: its contents may change between replays of a captured step. */
export const keyTensor = (key: RngKey, like: Tensor): Tensor =>
  tensor(Uint32Array.from(key), [2], { dtype: 'u32', backend: like.backend });

/** As `dropout`, with the key in a tensor u32 [2]. */
export const dropByKey = (x: Tensor, key: Tensor, p: number): Tensor => apply(dropoutOp, [x, key], { p });

/** Sets elements to 0 with probability p and scales the rest by 1 / (1 - p). The same key drops the same elements. */
export const dropout = (x: Tensor, key: RngKey, p: number): Tensor => {
  if (!(p >= 0 && p < 1)) throw new ArgumentError('dropout', `p must be in [0, 1), came ${p}`);
  return p === 0 ? x : scope(() => dropByKey(x, keyTensor(key, x), p));
};
