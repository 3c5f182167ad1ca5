import { deviceCall, hostPlan } from '../../cpu-plan.ts';
import { apply, defineOp, floatOnly, type KernelOp } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import {
  type AxisWindows,
  adaptiveWindowsOf,
  pooledShape,
  type WindowOptions,
  windowAxis,
  windowsOf,
} from '../families/windows.ts';
import { takeBackward } from '../take-backward/take-backward.ts';

const single: AxisWindows = {
  size: 1,
  starts: [0],
  counts: [1],
  step: 1,
  divisors: [1],
  rule: { kind: 'sliding', kernel: 1, stride: 1, padding: 0, countIncludePad: true },
};

// The second output is the flat position of each maximum: the gradient is an addition at these places, and its own
// gradient a read from them. -1 stands for a window that lies in padding alone, as dilation can make one.
export const maxPoolOp: KernelOp<{ readonly windows: readonly AxisWindows[] }> = defineOp<{
  readonly windows: readonly AxisWindows[];
}>({
  name: 'maxPool',
  infer: ([x], { windows }) => {
    floatOnly('maxPool', x);
    const shape = pooledShape(x.shape, windows);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: 'i32' },
    ];
  },
  saves: { inputs: [], outputs: [1] },
  vjp: (c, g) => [() => takeBackward(g, c.output(1), c.specs[0].shape)],
  reference: ([x], [out, where], { windows }) => {
    const [wd, wh, ww] = [single, single, ...windows].slice(-3);
    const [from, to, places] = [x.data, out.data, where.data];
    const planes = sizeOf(x.shape.slice(0, 2));
    let o = 0;
    for (let plane = 0; plane < planes; plane++) {
      for (let d = 0; d < wd.starts.length; d++) {
        for (let h = 0; h < wh.starts.length; h++) {
          for (let w = 0; w < ww.starts.length; w++, o++) {
            // NaN until the first element, so that one comparison passes over all that is no larger.
            let best = Number.NaN;
            let place = -1;
            const taps = ww.counts[w];
            for (let i = 0; i < wd.counts[d]; i++) {
              const slab = (plane * wd.size + wd.starts[d] + i * wd.step) * wh.size + wh.starts[h];
              for (let j = 0; j < wh.counts[h]; j++) {
                let at = (slab + j * wh.step) * ww.size + ww.starts[w];
                for (let k = 0; k < taps; k++, at += ww.step) {
                  const value = from[at];
                  if (value <= best) continue;
                  if (place < 0 || value > best || (Number.isNaN(value) && !Number.isNaN(best))) {
                    best = value;
                    place = at;
                  }
                }
              }
            }
            to[o] = place < 0 ? -Infinity : best;
            places[o] = place;
          }
        }
      }
    }
  },
  cpu: (inputs, outputs, attrs) => {
    const [depth, height, width] = [single, single, ...attrs.windows].slice(-3).map(windowAxis);
    return hostPlan(
      maxPoolOp.reference,
      inputs,
      outputs,
      attrs,
      deviceCall('maxPool', { planes: sizeOf(inputs[0].shape.slice(0, 2)), axes: [depth, height, width] }),
    );
  },
});

export interface MaxPoolOptions extends WindowOptions {
  /** Distance between the elements of a window. Default 1. */
  readonly dilation?: number | readonly number[];
}

const maxPool = (op: string, axes: number, x: Tensor, options: MaxPoolOptions): Tensor => {
  floatOnly(op, x);
  return apply(maxPoolOp, [x], { windows: windowsOf(op, x.shape, axes, options) });
};

/**
 * Largest value of each window: x [B, C, L] -> [B, C, floor((L + 2 padding - dilation (kernel - 1) - 1) / stride) + 1].
 * Padding never wins. NaN wins; of equal values the first takes the gradient.
 */
export const maxPool1d = (x: Tensor, options: MaxPoolOptions): Tensor => maxPool('maxPool1d', 1, x, options);

/** As `maxPool1d` over H and W of x [B, C, H, W]; the first maximum is the one in row-major order. */
export const maxPool2d = (x: Tensor, options: MaxPoolOptions): Tensor => maxPool('maxPool2d', 2, x, options);

/** As `maxPool1d` over D, H and W of x [B, C, D, H, W]; the first maximum is the one in row-major order. */
export const maxPool3d = (x: Tensor, options: MaxPoolOptions): Tensor => maxPool('maxPool3d', 3, x, options);

const adaptiveMaxPool = (op: string, axes: number, x: Tensor, size: number | readonly number[]): Tensor => {
  floatOnly(op, x);
  return apply(maxPoolOp, [x], { windows: adaptiveWindowsOf(op, x.shape, axes, size) });
};

/** Largest value of windows that divide the axis into `size`, the i-th from floor(i L / size) to ceil((i + 1) L / size): x [B, C, L] -> [B, C, size]. */
export const adaptiveMaxPool1d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveMaxPool('adaptiveMaxPool1d', 1, x, size);

/** As `adaptiveMaxPool1d`: x [B, C, H, W] -> [B, C, ...size], `size` two numbers or one for both axes. */
export const adaptiveMaxPool2d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveMaxPool('adaptiveMaxPool2d', 2, x, size);

/** As `adaptiveMaxPool1d`: x [B, C, D, H, W] -> [B, C, ...size], `size` three numbers or one for all axes. */
export const adaptiveMaxPool3d = (x: Tensor, size: number | readonly number[]): Tensor =>
  adaptiveMaxPool('adaptiveMaxPool3d', 3, x, size);
