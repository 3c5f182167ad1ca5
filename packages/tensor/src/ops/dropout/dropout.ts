import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import { ArgumentError } from '../../errors.ts';
import { apply, defineOp, floatOnly } from '../../op.ts';
import { hostAction } from '../../recording-state.ts';
import { type KeySource, randomWords } from '../../rng.ts';
import { scope } from '../../scope.ts';
import { sizeOf } from '../../shape.ts';
import { allocateTensor, type Tensor, tensor, uploadInto } from '../../tensor.ts';

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

/** A key as a tensor u32 [2]. Given as a function it is asked for at every replay of a captured step. */
export const keyTensor = (key: KeySource, like: Tensor): Tensor => {
  const { backend } = like;
  if (typeof key !== 'function') return tensor(Uint32Array.from(key), [2], { dtype: 'u32', backend });
  const out = allocateTensor(backend, { shape: [2], dtype: 'u32' });
  hostAction('keyTensor', [], () => uploadInto(out, Uint32Array.from(key())));
  return out;
};

/** As `dropout`, with the key in a tensor u32 [2]. */
export const dropByKey = (x: Tensor, key: Tensor, p: number): Tensor => apply(dropoutOp, [x, key], { p });

/** Sets elements to 0 with probability p and scales the rest by 1 / (1 - p). The same key drops the same elements. */
export const dropout = (x: Tensor, key: KeySource, p: number): Tensor => {
  if (!(p >= 0 && p < 1)) throw new ArgumentError('dropout', `p must be in [0, 1), came ${p}`);
  return p === 0 ? x : scope(() => dropByKey(x, keyTensor(key, x), p));
};
