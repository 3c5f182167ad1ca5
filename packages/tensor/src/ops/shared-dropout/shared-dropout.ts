import { call, cpuPlan, input, output, scratch } from '../../cpu-plan.ts';
import { bitsOf } from '../../create.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { apply, defineOp, floatOnly, type KernelOp } from '../../op.ts';
import { type RngKey, randomWords } from '../../rng.ts';
import { scope } from '../../scope.ts';
import { broadcastStrides, coalesce, normalizeAxes, reducedShape, type Shape, showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { walk } from '../families/elementwise.ts';
import { keyAsTensor } from '../families/keys.ts';

const noiseShape = (x: Shape, axes: readonly number[]): number[] => reducedShape(x, axes, true);

// As dropout, with one draw for all elements along `axes`: the numbers of dropout on a tensor without these axes.
export const sharedDropoutOp: KernelOp<{ readonly p: number; readonly axes: readonly number[] }> = defineOp<{
  readonly p: number;
  readonly axes: readonly number[];
}>({
  name: 'sharedDropout',
  infer: ([x]) => {
    floatOnly('sharedDropout', x);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  saves: { inputs: [1], outputs: [] },
  vjp: (c, g) => [() => apply(sharedDropoutOp, [g, c.input(1)], c.attrs), null],
  reference: ([x, key], [out], { p, axes }) => {
    const noise = noiseShape(x.shape, axes);
    const words = randomWords([key.data[0], key.data[1]], sizeOf(noise));
    walk(x.shape, [broadcastStrides(noise, x.shape)], (i, [at]) => {
      out.data[i] = (words[at] >>> 8) * 2 ** -24 >= p ? x.data[i] / (1 - p) : 0;
    });
  },
  cpu: ([x], _outputs, { p, axes }) => {
    const noise = noiseShape(x.shape, axes);
    const n = sizeOf(noise);
    if (sizeOf(x.shape) === 0) return cpuPlan([]);
    const strides = broadcastStrides(noise, x.shape);
    const dense = broadcastStrides(x.shape, x.shape);
    const merged = coalesce(x.shape, [dense, strides]);
    const [ones, factors, scaled, zero] = [scratch(0), scratch(1), scratch(2), scratch(3)];
    return cpuPlan(
      [
        call('fill', [ones], { n, offset: 0, bits: bitsOf('f32', 1) }),
        call('dropout', [ones, input(1), factors], { n, p }),
        call('binary', [input(0), factors, scaled], {
          fn: 'mul',
          shape: merged.shape,
          a: merged.strides[0],
          b: merged.strides[1],
        }),
        // A factor of 0 has no bit set: what is dropped is 0 even where x is NaN or Infinity, as in dropout.
        call('fill', [zero], { n: 1, offset: 0, bits: 0 }),
        call('select', [factors, scaled, zero, output(0)], {
          shape: merged.shape,
          cond: merged.strides[1],
          a: merged.strides[0],
          b: merged.shape.map(() => 0),
        }),
      ],
      [n * 4, n * 4, sizeOf(x.shape) * 4, 4],
    );
  },
});

const drop = (op: string, x: Tensor, key: RngKey | Tensor, p: number, axes: readonly number[]): Tensor => {
  if (!(p >= 0 && p < 1)) throw new ArgumentError(op, `p must be in [0, 1), came ${p}`);
  floatOnly(op, x);
  return p === 0 ? x : scope(() => apply(sharedDropoutOp, [x, keyAsTensor(op, key, x.backend)], { p, axes }));
};

export interface SharedDropoutOptions {
  /** Axes along which all elements fall or stay together, negative from the back. */
  readonly axes: number | readonly number[];
}

/**
 * Sets slices to 0 with probability p and scales the rest by 1 / (1 - p), with one draw along `axes`. The mean over keys is
 * x. The key is two words or a tensor u32 [2], whose contents a captured step reads in each replay.
 */
export const sharedDropout = (x: Tensor, key: RngKey | Tensor, p: number, { axes }: SharedDropoutOptions): Tensor =>
  drop('sharedDropout', x, key, p, normalizeAxes('sharedDropout', axes, x.rank));

/**
 * Stochastic depth (Huang et al. 2016): drops whole samples of x [B, ...] with probability p and scales the rest by
 * 1 / (1 - p). For the branch of a residual block, before it is added. Key as in `sharedDropout`.
 */
export const dropPath = (x: Tensor, key: RngKey | Tensor, p: number): Tensor => {
  if (x.rank === 0) throw new ShapeError('dropPath', 'expected x [B, ...], came []; reshape() it');
  return drop(
    'dropPath',
    x,
    key,
    p,
    Array.from({ length: x.rank - 1 }, (_, i) => 1 + i),
  );
};

/** Drops whole channels of x [B, C, ...spatial] (torch.nn.Dropout1d, 2d and 3d; Tompson et al. 2015). Key as in `sharedDropout`. */
export const channelDropout = (x: Tensor, key: RngKey | Tensor, p: number): Tensor => {
  if (x.rank < 2)
    throw new ShapeError('channelDropout', `expected x [B, C, ...], came ${showShape(x.shape)}; reshape() it`);
  return drop(
    'channelDropout',
    x,
    key,
    p,
    Array.from({ length: x.rank - 2 }, (_, i) => 2 + i),
  );
};
