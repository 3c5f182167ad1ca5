import type { TensorSpec } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly, sameDType } from '../../op.ts';
import { showShape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { channelAffine, checkChannels, checkEps, present, unpackPresent } from '../families/normalisation.ts';
import { layerNorm } from '../layer-norm/layer-norm.ts';
import { reshape } from '../reshape/reshape.ts';

export interface GroupNormOptions {
  /** Scale of each channel, [C]. */
  readonly gamma?: Tensor | null;
  /** Shift of each channel, [C]. */
  readonly beta?: Tensor | null;
  readonly eps?: number;
}

export interface GroupNormAttrs {
  readonly groups: number;
  readonly eps: number;
  readonly has: readonly [gamma: boolean, beta: boolean];
}

const inferNorm = (op: string, inputs: readonly TensorSpec[], has: readonly boolean[]): TensorSpec[] => {
  const [x, ...rest] = inputs;
  const dtype = sameDType(op, inputs);
  floatOnly(op, x);
  const [gamma, beta] = unpackPresent(rest, has);
  checkChannels(op, x, { gamma, beta });
  return [{ shape: x.shape, dtype }];
};

// The C / G channels of a group and all their positions are one row of a layer normalisation.
const normaliseGroups = ([x, ...rest]: readonly Tensor[], { groups, eps, has }: GroupNormAttrs): Tensor => {
  const [gamma, beta] = unpackPresent(rest, has);
  const n = sizeOf(x.shape.slice(1)) / groups;
  // [B, C, ...] -> [B, G, C / G · ...] and back
  const y = reshape(layerNorm(reshape(x, [x.shape[0], groups, n]), null, null, { eps }), x.shape);
  return channelAffine(y, gamma, beta);
};

export const groupNormOp = defineComposite<GroupNormAttrs>({
  name: 'groupNorm',
  infer: (inputs, { groups, has }) => {
    const specs = inferNorm('groupNorm', inputs, has);
    const channels = specs[0].shape[1];
    if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0)) {
      throw new ArgumentError('groupNorm', `groups must be a divisor of the ${channels} channels, came ${groups}`);
    }
    return specs;
  },
  compose: normaliseGroups,
});

export const instanceNormOp = defineComposite<GroupNormAttrs>({
  name: 'instanceNorm',
  infer: (inputs, { has }) => {
    const [{ shape }] = inputs;
    const specs = inferNorm('instanceNorm', inputs, has);
    if (shape.length < 3 || sizeOf(shape.slice(2)) === 1) {
      throw new ShapeError(
        'instanceNorm',
        `expected x [batch, channels, ...] with more than one position a channel, came ${showShape(shape)}`,
      );
    }
    return specs;
  },
  compose: (inputs, attrs) => {
    const [x] = inputs;
    // Without channels there is no group either, and nothing to do.
    return x.shape[1] === 0 ? x : normaliseGroups(inputs, { ...attrs, groups: x.shape[1] });
  },
});

const attrsOf = (op: string, groups: number, { gamma, beta, eps = 1e-5 }: GroupNormOptions): GroupNormAttrs => {
  checkEps(op, eps);
  return { groups, eps, has: [(gamma ?? null) !== null, (beta ?? null) !== null] };
};

/**
 * Group normalisation (Wu and He 2018): x [B, C, ...], each of `groups` runs of C / groups neighbouring channels
 * normalised over its channels and positions, then scaled and shifted a channel.
 */
export const groupNorm = (x: Tensor, { groups, ...options }: GroupNormOptions & { readonly groups: number }): Tensor =>
  compose(groupNormOp, present(x, options.gamma, options.beta), attrsOf('groupNorm', groups, options));

/**
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016): x [B, C, ...], each channel of each sample over its
 * positions. There are no running statistics, as in PyTorch by default.
 */
export const instanceNorm = (x: Tensor, options: GroupNormOptions = {}): Tensor =>
  compose(instanceNormOp, present(x, options.gamma, options.beta), attrsOf('instanceNorm', 1, options));
