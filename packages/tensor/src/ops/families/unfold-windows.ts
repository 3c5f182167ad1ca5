// Sliding windows over the spatial axes of images [B, C, ...spatial]: one strided block for each offset in the kernel.

import { ArgumentError, ShapeError } from '../../errors.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../../shape.ts';
import type { Block } from './movement.ts';

/** One number for every spatial axis, or one for each. */
export interface WindowOptions {
  readonly kernel: number | readonly number[];
  /** Default 1. */
  readonly stride?: number | readonly number[];
  /** Zeros on both sides of an axis. Default 0. */
  readonly padding?: number | readonly number[];
  /** Distance of neighbours in a window. Default 1. */
  readonly dilation?: number | readonly number[];
}

/** One entry a spatial axis. */
export interface WindowAttrs {
  readonly spatial: Shape;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  /** Windows along each axis. */
  readonly windows: readonly number[];
}

/** Options checked against the spatial sizes. */
export const windowAttrs = (op: string, options: WindowOptions, spatial: Shape): WindowAttrs => {
  const each = (name: string, value: number | readonly number[], least: number): readonly number[] => {
    const list = typeof value === 'number' ? spatial.map(() => value) : value;
    if (list.length !== spatial.length || !list.every((n) => Number.isInteger(n) && n >= least)) {
      throw new ArgumentError(
        op,
        `${name} [${list.join(', ')}] must be whole numbers >= ${least}, one for each of ${spatial.length} spatial axes`,
      );
    }
    return list;
  };
  const kernel = each('kernel', options.kernel, 1);
  const stride = each('stride', options.stride ?? 1, 1);
  const padding = each('padding', options.padding ?? 0, 0);
  const dilation = each('dilation', options.dilation ?? 1, 1);
  const windows = spatial.map((d, i) => {
    const [room, span] = [d + 2 * padding[i], dilation[i] * (kernel[i] - 1) + 1];
    if (span > room) {
      throw new ShapeError(
        op,
        `a window of ${span} does not fit spatial axis ${i}, which has ${room} with its padding`,
      );
    }
    return Math.floor((room - span) / stride[i]) + 1;
  });
  return { spatial, kernel, stride, padding, dilation, windows };
};

/**
 * How images [planes, ...spatial] become columns [planes, prod(kernel), prod(windows)]: for each offset in the kernel, the
 * windows in which it falls on an element and not on padding.
 */
export const windowBlocks = (planes: number, attrs: WindowAttrs): Block[] => {
  const { spatial, kernel, stride, padding, dilation, windows } = attrs;
  const [own, inWindows, inKernel] = [stridesOf(spatial), stridesOf(windows), stridesOf(kernel)];
  const [offsets, count] = [sizeOf(kernel), sizeOf(windows)];
  const from = { strides: [sizeOf(spatial), ...own.map((s, i) => s * stride[i])] };
  const to = { strides: [offsets * count, ...inWindows] };
  return Array.from({ length: offsets }, (_, k) => {
    let [fromOffset, toOffset] = [0, k * count];
    const shape = [planes];
    spatial.forEach((d, i) => {
      // window w sees element w · stride + shift
      const shift = (Math.floor(k / inKernel[i]) % kernel[i]) * dilation[i] - padding[i];
      const first = Math.max(0, Math.ceil(-shift / stride[i]));
      const last = Math.min(windows[i] - 1, Math.floor((d - 1 - shift) / stride[i]));
      shape.push(Math.max(0, last - first + 1));
      fromOffset += (first * stride[i] + shift) * own[i];
      toOffset += first * inWindows[i];
    });
    return { shape, from: { ...from, offset: fromOffset }, to: { ...to, offset: toOffset } };
  });
};

/** Refuses what is not [B, C, ...spatial] with 1 to 3 spatial axes. */
export const checkImages = (op: string, shape: Shape): void => {
  if (shape.length < 3 || shape.length > 5) {
    throw new ShapeError(op, `expected [B, C, ...spatial] with 1 to 3 spatial axes, came ${showShape(shape)}`);
  }
};
