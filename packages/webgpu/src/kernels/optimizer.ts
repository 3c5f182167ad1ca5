// Updates in place on arenas. A call's ranges travel in the uniforms, 30 to a dispatch; each range has workgroups of its own.

import type { ArenaRange } from '@omnigrad/tensor';
import { isProcessor } from '../abilities.ts';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  f32,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  type Uniform,
  u32,
  usualSize,
  writes,
} from '../dispatch.ts';
import type { WgslName } from '../wgsl.ts';
import { elementsPerWorkgroup, type KernelContext, type Kernels } from './kernel.ts';

/** What the table of optim/ranges.wgsl holds. */
const rangesPerDispatch = 30;
/** Elements of a partial sum of squares. */
const squaresPerWorkgroup = 4096;

interface Chunk {
  readonly uniforms: readonly Uniform[];
  readonly workgroups: number;
  readonly ranges: number;
}

/** Ranges that touch become one; nothing between two ranges is ever written. `decays` where it matters whether they decay. */
const joined = (ranges: readonly ArenaRange[], decays: boolean): ArenaRange[] => {
  const result: ArenaRange[] = [];
  for (const range of ranges) {
    if (range.length === 0) continue;
    const last = result.at(-1);
    const touches = last !== undefined && last.offset + last.length === range.offset;
    if (last !== undefined && touches && (!decays || last.decay === range.decay)) {
      result[result.length - 1] = { ...last, length: last.length + range.length };
    } else {
      result.push(range);
    }
  }
  return result;
};

const chunksOf = (ranges: readonly ArenaRange[], size: number, limit = 0): Chunk[] => {
  const chunks: Chunk[] = [];
  let firstWorkgroup = 0;
  for (let first = 0; first < ranges.length; first += rangesPerDispatch) {
    const own = ranges.slice(first, first + rangesPerDispatch);
    const workgroups = own.reduce((n, { length }) => n + ceilDivide(length, size), 0);
    chunks.push({
      uniforms: [
        u32(own.length),
        u32(firstWorkgroup),
        u32(first),
        f32(limit),
        ...own.flatMap(({ offset, length, decay }) => [u32(offset), u32(length + (decay ? 2 ** 31 : 0))]),
      ],
      workgroups,
      ranges: own.length,
    });
    firstWorkgroup += workgroups;
  }
  return chunks;
};

const workgroupsIn = (chunks: readonly Chunk[]): number => chunks.reduce((n, { workgroups }) => n + workgroups, 0);

/** Invocations of a workgroup: SIZE of optim/adam.wgsl and optim/sum-of-squares.wgsl. */
const sizeOf = ({ abilities }: KernelContext): number => (isProcessor(abilities) ? 16 : usualSize);

interface Walk {
  readonly wgsl: WgslName;
  readonly entry?: string;
  readonly constants?: Dispatch['constants'];
  readonly bindings: readonly Binding[];
}

const overChunks = (chunks: readonly Chunk[], walk: Walk, { abilities }: KernelContext): Dispatch[] =>
  chunks.map(({ uniforms, workgroups }) => ({ ...walk, uniforms, workgroups: grid(workgroups, abilities) }));

/** One dispatch for each table of ranges, elements on their own. */
const overRanges = (
  ranges: readonly ArenaRange[],
  walk: Walk,
  context: KernelContext,
  { decays = true, limit = 0 }: { readonly decays?: boolean; readonly limit?: number } = {},
): Launch => launch(overChunks(chunksOf(joined(ranges, decays), elementsPerWorkgroup, limit), walk, context));

/** param, grad, m, v, hyper, gradScale, and the largest squares where there are any. */
const adam = (
  ranges: readonly ArenaRange[],
  context: KernelContext,
  { decoupled, amsgrad }: { readonly decoupled: boolean; readonly amsgrad: boolean },
): Launch => {
  const moments = [writes(0), reads(1), writes(2), writes(3)];
  return overRanges(
    ranges,
    {
      wgsl: 'optim/adam',
      entry: amsgrad ? 'amsgrad' : 'main',
      constants: { DECOUPLED: decoupled, SIZE: sizeOf(context) },
      bindings: amsgrad ? [...moments, reads(5), reads(6), writes(4)] : [...moments, reads(4), reads(5)],
    },
    context,
  );
};

export const optimizerKernels: Kernels<
  | 'accumulate'
  | 'sumOfSquares'
  | 'adamw'
  | 'sgd'
  | 'adam'
  | 'lamb'
  | 'lion'
  | 'lerp'
  | 'swap'
  | 'scaleRanges'
  | 'clampRanges'
> = {
  accumulate: ({ n, yOffset }, { abilities }) =>
    n === 0
      ? nothing
      : launch([
          {
            wgsl: 'optim/accumulate',
            uniforms: [u32(n), u32(yOffset)],
            bindings: [reads(0), writes(1)],
            workgroups: grid(ceilDivide(n, elementsPerWorkgroup), abilities),
          },
        ]),

  sumOfSquares: ({ ranges }, context) => {
    const chunks = chunksOf(joined(ranges, false), squaresPerWorkgroup);
    const partials = workgroupsIn(chunks);
    const constants = { SIZE: sizeOf(context) };
    return launch(
      [
        ...overChunks(
          chunks,
          { wgsl: 'optim/sum-of-squares', constants, bindings: [reads(0), scratchWrites(0)] },
          context,
        ),
        {
          wgsl: 'optim/sum-of-squares',
          entry: 'finish',
          constants,
          uniforms: [u32(partials)],
          bindings: [scratchReads(0), writes(1)],
          workgroups: [1, 1, 1],
        },
      ],
      [Math.max(1, partials) * 8],
    );
  },

  adamw: ({ ranges }, context) => adam(ranges, context, { decoupled: true, amsgrad: false }),
  adam: ({ ranges, amsgrad }, context) => adam(ranges, context, { decoupled: false, amsgrad }),

  sgd: ({ ranges, momentum }, context) =>
    overRanges(
      ranges,
      momentum === 'none'
        ? { wgsl: 'optim/sgd', bindings: [writes(0), reads(1), reads(2), reads(3)] }
        : {
            wgsl: 'optim/sgd',
            entry: 'momentum',
            constants: { NESTEROV: momentum === 'nesterov' },
            bindings: [writes(0), reads(1), reads(3), reads(4), writes(2)],
          },
      context,
    ),

  lamb: ({ ranges }, context) => {
    // each range has a ratio of its own: they are never joined
    const own = ranges.filter(({ length }) => length > 0);
    if (own.length === 0) return nothing;
    const chunks = chunksOf(own, elementsPerWorkgroup);
    const moments = [writes(0), reads(1), writes(2), writes(3), reads(4), reads(5), scratchWrites(0)];
    return launch(
      [
        ...overChunks(chunks, { wgsl: 'optim/lamb', entry: 'moments', bindings: moments }, context),
        ...chunks.map(
          (chunk): Dispatch => ({
            wgsl: 'optim/lamb',
            entry: 'ratios',
            uniforms: chunk.uniforms,
            bindings: [scratchReads(0), scratchWrites(1)],
            workgroups: [chunk.ranges, 1, 1],
          }),
        ),
        ...overChunks(
          chunks,
          { wgsl: 'optim/lamb', bindings: [writes(0), reads(2), reads(3), reads(4), scratchReads(1)] },
          context,
        ),
      ],
      [workgroupsIn(chunks) * 16, own.length * 4],
    );
  },

  lion: ({ ranges }, context) =>
    overRanges(ranges, { wgsl: 'optim/lion', bindings: [writes(0), reads(1), writes(2), reads(3), reads(4)] }, context),

  lerp: ({ ranges }, context) =>
    overRanges(ranges, { wgsl: 'optim/maps', entry: 'lerp', bindings: [writes(0), reads(1), reads(2)] }, context, {
      decays: false,
    }),
  swap: ({ ranges }, context) =>
    overRanges(ranges, { wgsl: 'optim/maps', entry: 'swap', bindings: [writes(0), writes(1)] }, context, {
      decays: false,
    }),
  scaleRanges: ({ ranges }, context) =>
    overRanges(ranges, { wgsl: 'optim/maps', entry: 'scale', bindings: [writes(0), reads(1)] }, context, {
      decays: false,
    }),
  clampRanges: ({ ranges, limit }, context) =>
    overRanges(ranges, { wgsl: 'optim/maps', entry: 'clampTo', bindings: [writes(0)] }, context, {
      decays: false,
      limit,
    }),
};
