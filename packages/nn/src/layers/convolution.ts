// Convolutions and transposed convolutions over one, two and three axes: one layer, six ops.

import {
  ArgumentError,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type PadModeOptions,
  padAxes,
  scope,
  showShape,
  type Tensor,
} from '@omnigrad/tensor';
import { fansOf, type Init, kaimingUniform, uniformInit } from '../init.ts';
import { Module } from '../module.ts';
import { requireOption, wholePositive } from '../option-checks.ts';
import type { Parameter, ParameterScope } from '../parameters.ts';

interface SharedOptions {
  /** Size of the kernel: one number, or one for each spatial axis; likewise below. */
  readonly kernel: number | readonly number[];
  /** Default 1. */
  readonly stride?: number | readonly number[];
  /** Step between the elements of the kernel. Default 1. */
  readonly dilation?: number | readonly number[];
  /** Channels are cut into so many groups that do not see each other. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight. Default as in PyTorch: uniform on ±1 / √fanIn, which the bias always is. */
  readonly init?: Init;
}

export interface ConvolutionLayerOptions extends SharedOptions {
  /**
   * Elements on both sides of x, or [before, after] for an axis. 'valid' is none; 'same', for stride 1, keeps the size, with
   * the odd one behind. Default 0.
   */
  readonly padding?: number | readonly (number | readonly [number, number])[] | 'same' | 'valid';
  /** What the padding is: zeros ('constant'), or elements of x. Default 'constant'. */
  readonly paddingMode?: PadModeOptions['mode'];
}

export interface TransposedConvolutionLayerOptions extends SharedOptions {
  /** What the matching convolution padded on both sides: so much is cut off the result. Default 0. */
  readonly padding?: number | readonly number[];
  /** Added behind the result, less than stride or dilation: which of the sizes that one stride maps together. Default 0. */
  readonly outputPadding?: number | readonly number[];
}

/** One number for each axis. */
const spread = <T>(value: number | readonly T[], axes: number): readonly (number | T)[] =>
  typeof value === 'number' ? new Array<number>(axes).fill(value) : value;

type Axes = 1 | 2 | 3;

/** The weight and the bias. Options that make neither are checked by the op, in forward(). */
abstract class ConvolutionLayer<O extends SharedOptions> extends Module {
  readonly weight: Parameter;
  /** [out]. */
  readonly bias: Parameter | null;
  readonly options: O;

  constructor(
    at: ParameterScope,
    kind: 'Conv' | 'ConvTranspose',
    axes: Axes,
    inputs: number,
    outputs: number,
    options: O,
  ) {
    super(at);
    const op = `${kind}${axes}d`;
    const { groups = 1, bias = true, init = kaimingUniform({ negativeSlope: Math.sqrt(5) }) } = options;
    const kernel = spread(options.kernel, axes);
    if (kernel.length !== axes || !kernel.every((k) => Number.isInteger(k) && k > 0)) {
      const came = typeof options.kernel === 'number' ? options.kernel : showShape(kernel);
      throw new ArgumentError(op, `kernel must be a whole number from 1 on, or ${axes} of them, came ${came}`);
    }
    requireOption(op, 'inputs', inputs, wholePositive);
    requireOption(op, 'outputs', outputs, wholePositive);
    requireOption(op, 'groups', groups, wholePositive);
    if (inputs % groups !== 0 || outputs % groups !== 0) {
      throw new ArgumentError(op, `groups must divide the channels ${inputs} and ${outputs}, came ${groups}`);
    }
    const [first, second] = kind === 'Conv' ? [outputs, inputs] : [inputs, outputs];
    const shape = [first, second / groups, ...kernel];
    const bound = 1 / Math.sqrt(fansOf(shape).fanIn);
    this.weight = at.param('weight', shape, init);
    this.bias = bias ? at.param('bias', [outputs], uniformInit(-bound, bound)) : null;
    this.options = options;
  }

  protected abstract convolve(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor;

  /** x [B, in, ...spatial] -> [B, out, ...spatial]. */
  forward(x: Tensor): Tensor {
    return this.within(() => this.convolve(x, this.weight.value, this.bias?.value));
  }
}

const convolutions = { 1: conv1d, 2: conv2d, 3: conv3d } as const;
const transposed = { 1: convTranspose1d, 2: convTranspose2d, 3: convTranspose3d } as const;

class Convolution extends ConvolutionLayer<ConvolutionLayerOptions> {
  readonly #axes: Axes;

  constructor(at: ParameterScope, axes: Axes, inputs: number, outputs: number, options: ConvolutionLayerOptions) {
    super(at, 'Conv', axes, inputs, outputs, options);
    this.#axes = axes;
  }

  protected override convolve(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    const { stride, dilation, groups, padding = 0, paddingMode = 'constant' } = this.options;
    const axes = this.#axes;
    const convolution = convolutions[axes];
    const steps = { bias, stride, dilation, groups };
    // A rank that is wrong, and 'same' with a stride, are for the op to refuse.
    const refused = x.rank !== axes + 2 || (padding === 'same' && spread(stride ?? 1, axes).some((s) => s !== 1));
    if (paddingMode === 'constant' || padding === 'valid' || refused)
      return convolution(x, weight, { ...steps, padding });
    const widths = padding === 'same' ? this.#sameWidths() : spread(padding, axes);
    if (widths.length !== axes) return convolution(x, weight, { ...steps, padding });
    return scope(() => convolution(padAxes(x, [null, null, ...widths], { mode: paddingMode }), weight, steps));
  }

  /** Of a kernel that reaches over r + 1 elements r are padded, the odd one behind. */
  #sameWidths(): (readonly [number, number])[] {
    const dilation = spread(this.options.dilation ?? 1, this.#axes);
    return this.weight.shape.slice(2).map((k, i) => {
      const reach = dilation[i] * (k - 1);
      return [Math.floor(reach / 2), Math.ceil(reach / 2)];
    });
  }
}

class TransposedConvolution extends ConvolutionLayer<TransposedConvolutionLayerOptions> {
  readonly #axes: Axes;

  constructor(
    at: ParameterScope,
    axes: Axes,
    inputs: number,
    outputs: number,
    options: TransposedConvolutionLayerOptions,
  ) {
    super(at, 'ConvTranspose', axes, inputs, outputs, options);
    this.#axes = axes;
  }

  protected override convolve(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
    const { stride, dilation, groups, padding, outputPadding } = this.options;
    return transposed[this.#axes](x, weight, { bias, stride, dilation, groups, padding, outputPadding });
  }
}

/** Convolution of x [B, in, L] over one axis, as torch.nn.Conv1d: weight [out, in / groups, ...kernel] and bias [out]. */
export class Conv1d extends Convolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: ConvolutionLayerOptions) {
    super(at, 1, inputs, outputs, options);
  }
}

/** Convolution of x [B, in, H, W] over two axes, as torch.nn.Conv2d: weight [out, in / groups, ...kernel] and bias [out]. */
export class Conv2d extends Convolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: ConvolutionLayerOptions) {
    super(at, 2, inputs, outputs, options);
  }
}

/** Convolution of x [B, in, D, H, W] over three axes, as torch.nn.Conv3d: weight [out, in / groups, ...kernel] and bias [out]. */
export class Conv3d extends Convolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: ConvolutionLayerOptions) {
    super(at, 3, inputs, outputs, options);
  }
}

/** Transposed convolution of x [B, in, L], as torch.nn.ConvTranspose1d: weight [in, out / groups, ...kernel] and bias [out]. */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: TransposedConvolutionLayerOptions) {
    super(at, 1, inputs, outputs, options);
  }
}

/** Transposed convolution of x [B, in, H, W], as torch.nn.ConvTranspose2d: weight [in, out / groups, ...kernel] and bias [out]. */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: TransposedConvolutionLayerOptions) {
    super(at, 2, inputs, outputs, options);
  }
}

/** Transposed convolution of x [B, in, D, H, W], as torch.nn.ConvTranspose3d: weight [in, out / groups, ...kernel] and bias [out]. */
export class ConvTranspose3d extends TransposedConvolution {
  constructor(at: ParameterScope, inputs: number, outputs: number, options: TransposedConvolutionLayerOptions) {
    super(at, 3, inputs, outputs, options);
  }
}
