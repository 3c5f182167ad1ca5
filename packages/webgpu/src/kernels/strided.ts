// Kernels over operands that are walked by strides, and over contiguous runs of any type.

import type { BinaryFn, CompareFn, CpuKernelArgs, IntegerFn } from '@omnigrad/tensor';
import type { Abilities } from '../abilities.ts';
import {
  ceilDivide,
  type Dispatch,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  type Uniform,
  u32,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';

/** The case of elementwise/binary.wgsl. */
const binaryCase: { readonly [F in BinaryFn]: number } = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  pow: 4,
  maximum: 5,
  minimum: 6,
  reluBackward: 7,
  geluBackward: 8,
  geluTanhBackward: 9,
  siluBackward: 10,
  logisticLoss: 11,
};

const integerCase: { readonly [F in IntegerFn]: number } = { add: 0, sub: 1, mul: 2 };

const compareCase: { readonly [F in CompareFn]: number } = {
  equal: 0,
  notEqual: 1,
  less: 2,
  lessEqual: 3,
  greater: 4,
  greaterEqual: 5,
};

const typeCase = { f32: 0, i32: 1, u32: 2, bool: 3 } as const;

/** Elements of a workgroup that takes two vec4s an invocation. */
const perWorkgroup = 2048;
/** Axes of a walk in the uniforms. */
const mostAxes = 8;

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Two vec4s of the uniform block. */
const eight = (values: readonly number[], rest = 0): Uniform[] =>
  Array.from({ length: mostAxes }, (_, i) => u32(values[i] ?? rest));

/** elementwise/walk.wgsl: how an operand of these steps is read, the fastest axis first. */
const kindOf = (steps: readonly number[], whole: boolean): number => {
  const [first, ...others] = steps;
  if (whole && first === 1 && others.every((step) => step % 4 === 0)) return 0;
  return whole && first === 0 ? 1 : 2;
};

/** A kernel on elementwise/walk.wgsl: operands of these strides, then the contiguous output. */
const walked = (
  file: Pick<Dispatch, 'wgsl' | 'constants'>,
  shape: readonly number[],
  operands: readonly (readonly number[])[],
  abilities: Abilities,
): Launch => {
  const n = size(shape);
  if (n === 0) return nothing;
  const sizes = shape.length === 0 ? [1] : shape.toReversed();
  const whole = sizes.length === 1 || sizes[0] % 4 === 0;
  const steps = operands.flatMap((strides) => {
    const fastest = strides.length === 0 ? [1] : strides.toReversed();
    return eight([...fastest, ...Array<number>(6 - fastest.length).fill(0), kindOf(fastest, whole)]);
  });
  return launch([
    {
      ...file,
      uniforms: [u32(n), u32(sizes.length), u32(whole ? 1 : 0), u32(0), ...eight(sizes, 1), ...steps],
      bindings: [...operands.map((_, i) => reads(i)), writes(operands.length)],
      workgroups: grid(ceilDivide(n, perWorkgroup), abilities),
    },
  ]);
};

interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** A strided copy or sum, its axes from the fastest of the output on, neighbours merged where one stride walks both. */
export interface Move {
  readonly axes: readonly Axis[];
  readonly inOffset: number;
  readonly outOffset: number;
}

const moveOf = ({ shape, inStrides, inOffset, outStrides, outOffset }: CpuKernelArgs['copy']): Move => {
  const given = shape
    .map((d, i): Axis => ({ size: d, from: inStrides[i], to: outStrides[i] }))
    .filter((axis) => axis.size !== 1)
    .reverse()
    // stable: axes that are summed, which have no step in out, keep their order
    .sort((a, b) => Math.abs(a.to) - Math.abs(b.to));
  const axes: Axis[] = [];
  for (const axis of given) {
    const last = axes.at(-1);
    if (last !== undefined && axis.from === last.from * last.size && axis.to === last.to * last.size) {
      axes[axes.length - 1] = { ...last, size: last.size * axis.size };
    } else {
      axes.push(axis);
    }
  }
  return { axes, inOffset, outOffset };
};

/** Whether different indices reach different elements of out. */
const disjoint = (axes: readonly Axis[]): boolean => {
  let reach = 0;
  for (const { size, to } of axes) {
    if (Math.abs(to) <= reach) return false;
    reach += Math.abs(to) * (size - 1);
  }
  return true;
};

/** The move for each index of an axis. */
const splitAt = ({ axes, inOffset, outOffset }: Move, at: number): Move[] => {
  const { size, from, to } = axes[at];
  const rest = axes.filter((_, i) => i !== at);
  return Array.from({ length: size }, (_, i) => ({
    axes: rest,
    inOffset: inOffset + i * from,
    outOffset: outOffset + i * to,
  }));
};

/** What a copy leaves where an axis has no step in out: its last element. */
const withLast = ({ axes, inOffset, outOffset }: Move): Move => {
  const skipped = axes.filter(({ to }) => to === 0).reduce((sum, { size, from }) => sum + (size - 1) * from, 0);
  return { axes: axes.filter(({ to }) => to !== 0), inOffset: inOffset + skipped, outOffset };
};

/** One after the other: moves of at most eight axes whose parts that are written together do not meet. */
const passes = (move: Move): Move[] => {
  const moving = move.axes.filter(({ to }) => to !== 0);
  if (disjoint(moving)) {
    return move.axes.length <= mostAxes ? [move] : splitAt(move, move.axes.length - 1).flatMap(passes);
  }
  // the shortest of the axes that step in out
  const shortest = moving.reduce((a, b) => (b.size < a.size ? b : a));
  return splitAt(move, move.axes.indexOf(shortest)).flatMap(passes);
};

const stepsOf = (axes: readonly Axis[]): Uniform[] => [
  ...eight(
    axes.map((axis) => axis.size),
    1,
  ),
  ...eight(axes.map((axis) => axis.from)),
  ...eight(axes.map((axis) => axis.to)),
];

/** Whether the move is one of whole vec4s. */
const ofVectors = ({ axes: [first, ...others], inOffset, outOffset }: Move): boolean =>
  first.from === 1 &&
  first.to === 1 &&
  [first.size, inOffset, outOffset].every((n) => n % 4 === 0) &&
  others.every(({ from, to }) => from % 4 === 0 && to % 4 === 0);

/** Least length of the two axes of a tile. */
const leastTiled = 16;

/** The axis along which x is dense, or nearly, where that is not the one along which out is; -1: none that a tile is worth. */
const fastestOfInput = (axes: readonly Axis[]): number => {
  const [q, ...others] = axes;
  if (q.size < leastTiled || q.from === 0) return -1;
  const found = others.findIndex(
    ({ size, from }) =>
      from !== 0 && size >= leastTiled && Math.abs(from) <= 2 && Math.abs(q.from) >= 4 * Math.abs(from),
  );
  return found < 0 ? -1 : found + 1;
};

const moveDispatch = (given: Move, add: boolean, abilities: Abilities): Dispatch => {
  const move = given.axes.length === 0 ? { ...given, axes: [{ size: 1, from: 1, to: 1 }] } : given;
  const { axes, inOffset, outOffset } = move;
  const shared = { constants: { ADD: add }, bindings: [reads(0), writes(1)] };
  const pAt = fastestOfInput(axes);
  if (pAt > 0) {
    const [p, q] = [axes[pAt], axes[0]];
    const others = axes.filter((_, i) => i !== 0 && i !== pAt);
    const [pTiles, qTiles] = [ceilDivide(p.size, 32), ceilDivide(q.size, 32)];
    const workgroups = pTiles * qTiles * size(others.map((axis) => axis.size));
    const head = [inOffset, outOffset, workgroups, others.length];
    const tiles = [p.size, p.from, p.to, pTiles, q.size, q.from, q.to, qTiles];
    return {
      wgsl: 'elementwise/transpose',
      ...shared,
      uniforms: [...[...head, ...tiles].map(u32), ...stepsOf(others)],
      workgroups: grid(workgroups, abilities),
    };
  }
  const by = ofVectors(move) ? 4 : 1;
  const units = axes.map((axis, i): Axis => {
    if (i === 0) return { ...axis, size: axis.size / by };
    return { size: axis.size, from: axis.from / by, to: axis.to / by };
  });
  const n = size(units.map((axis) => axis.size));
  return {
    wgsl: 'elementwise/copy',
    entry: by === 4 ? 'vectors' : 'scalars',
    ...shared,
    uniforms: [...[n, units.length, inOffset / by, outOffset / by].map(u32), ...stepsOf(units)],
    workgroups: grid(ceilDivide(n, 1024), abilities),
  };
};

/** Elements that one invocation sums at least, where there is more than one. */
const leastSummed = 32;

/** Sums along the axes that have no step in out: parts of them into scratch first, where they are long. */
const sumLaunch = ({ axes, inOffset, outOffset }: Move, abilities: Abilities): Launch => {
  const kept = axes.filter(({ to }) => to !== 0);
  const summed = axes.filter(({ to }) => to === 0);
  const [keptSize, summedSize] = [kept, summed].map((part) => size(part.map((axis) => axis.size)));
  const length = summedSize <= 2 * leastSummed ? summedSize : Math.max(leastSummed, Math.ceil(Math.sqrt(summedSize)));
  const parts = ceilDivide(summedSize, length);
  const dispatch = (
    last: boolean,
    { count, each, pieces }: { readonly count: number; readonly each: number; readonly pieces: number },
    ofKept: readonly Axis[],
    ofSummed: readonly Axis[],
    from: number,
  ): Dispatch => ({
    wgsl: 'elementwise/sum',
    constants: { LAST: last },
    uniforms: [
      ...[keptSize, count, each, pieces, ofKept.length, ofSummed.length, from, outOffset].map(u32),
      ...stepsOf(ofKept),
      ...eight(
        ofSummed.map((axis) => axis.size),
        1,
      ),
      ...eight(ofSummed.map((axis) => axis.from)),
    ],
    bindings: [last && parts > 1 ? scratchReads(0) : reads(0), last ? writes(1) : scratchWrites(0)],
    workgroups: grid(ceilDivide(keptSize * pieces, 256), abilities),
  });
  if (parts === 1)
    return launch([dispatch(true, { count: summedSize, each: length, pieces: 1 }, kept, summed, inOffset)]);
  let step = 1;
  const dense = kept.map((axis): Axis => {
    const from = step;
    step *= axis.size;
    return { ...axis, from };
  });
  return launch(
    [
      dispatch(false, { count: summedSize, each: length, pieces: parts }, kept, summed, inOffset),
      dispatch(true, { count: parts, each: parts, pieces: 1 }, dense, [{ size: parts, from: keptSize, to: 0 }], 0),
    ],
    [keptSize * parts * 4],
  );
};

const joined = (launches: readonly Launch[]): Launch => {
  // dispatches run one after the other: they may share their scratch
  const blocks = Math.max(0, ...launches.map(({ scratch }) => scratch.length));
  return launch(
    launches.flatMap(({ dispatches }) => dispatches),
    Array.from({ length: blocks }, (_, i) => Math.max(...launches.map(({ scratch }) => scratch[i] ?? 0))),
  );
};

export const stridedKernels: Kernels<
  'binary' | 'integer' | 'compare' | 'select' | 'cast' | 'fill' | 'copy' | 'addStrided'
> = {
  binary: ({ fn, shape, a, b }, { abilities }) => {
    const alike = shape.length <= 1 && [a, b].every((strides) => shape.length === 0 || strides[0] === 1);
    const constants = { FUNCTION: binaryCase[fn], ALIKE: alike };
    return walked({ wgsl: 'elementwise/binary', constants }, shape, [a, b], abilities);
  },

  integer: ({ fn, shape, a, b }, { abilities }) =>
    walked({ wgsl: 'elementwise/integer', constants: { FUNCTION: integerCase[fn] } }, shape, [a, b], abilities),

  compare: ({ fn, dtype, shape, a, b }, { abilities }) => {
    const constants = { FUNCTION: compareCase[fn], TYPE: typeCase[dtype] };
    return walked({ wgsl: 'elementwise/compare', constants }, shape, [a, b], abilities);
  },

  select: ({ shape, cond, a, b }, { abilities }) =>
    walked({ wgsl: 'elementwise/select' }, shape, [cond, a, b], abilities),

  cast: ({ from, to, n }, { abilities }) => {
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'elementwise/cast',
        constants: { FROM: typeCase[from], TO: typeCase[to] },
        uniforms: [u32(n)],
        bindings: [reads(0), writes(1)],
        workgroups: grid(ceilDivide(n, perWorkgroup), abilities),
      },
    ]);
  },

  fill: ({ n, offset, bits }, { abilities }) => {
    if (n === 0) return nothing;
    const vectors = ceilDivide(offset + n, 4) - Math.floor(offset / 4);
    return launch([
      {
        wgsl: 'elementwise/fill',
        uniforms: [u32(offset), u32(offset + n), u32(bits)],
        bindings: [writes(0)],
        workgroups: grid(ceilDivide(vectors, perWorkgroup / 4), abilities),
      },
    ]);
  },

  copy: (args, { abilities }) => {
    if (args.shape.includes(0)) return nothing;
    return launch(passes(withLast(moveOf(args))).map((move) => moveDispatch(move, false, abilities)));
  },

  addStrided: (args, { abilities }) => {
    if (args.shape.includes(0)) return nothing;
    return joined(
      passes(moveOf(args)).map((move) =>
        move.axes.some(({ to }) => to === 0)
          ? sumLaunch(move, abilities)
          : launch([moveDispatch(move, true, abilities)]),
      ),
    );
  },
};
