// Ops that run as loops on the host elsewhere: a launch for every DeviceCall.

import {
  BackendError,
  type DeviceCall,
  type DeviceDistribution,
  type DeviceKernelArgs,
  type DeviceKernelName,
  type IdWalk,
  type MapRows,
  type OffsetWalk,
  sizeOf,
  type WindowAxis,
  type WordType,
} from '@omnigrad/tensor';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  f32,
  grid,
  i32,
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
import { elementsPerWorkgroup, type KernelContext, type Kernels } from './kernel.ts';

type DeviceKernels = {
  readonly [K in DeviceKernelName]: (args: DeviceKernelArgs[K], context: KernelContext) => Launch;
};

const typeCase: { readonly [T in WordType]: number } = { f32: 0, i32: 1, u32: 2 };

/** Six words in the order of index/host-walk.wgsl and two that fill the struct up; axes that are not there come first. */
const axes = (sizes: readonly number[], absent: number): Uniform[] =>
  [...new Array<number>(6 - sizes.length).fill(absent), ...sizes, 0, 0].map(u32);
const shapeOf = ({ shape }: { readonly shape: readonly number[] }): Uniform[] => axes(shape, 1);
const stridesOf = (strides: readonly number[]): Uniform[] => axes(strides, 0);

const walkOf = (walk: OffsetWalk): Uniform[] => [...shapeOf(walk), ...stridesOf(walk.strides)];

/** A number of the host in two floats. */
const wide = (x: number): Uniform[] => {
  const high = Math.fround(x);
  return [f32(high), f32(Number.isFinite(high) ? x - high : 0)];
};

/** Workgroups that take `size` elements each. */
const over = (n: number, size: number, { abilities }: KernelContext): Dispatch['workgroups'] =>
  grid(ceilDivide(n, size), abilities);

/** Invocations that share a row of n, and how many workgroups of 256 the rows fill. */
const lanesFor = (n: number): number => (n <= 16 ? 4 : n <= 256 ? 32 : 256);
const overRows = (rows: number, lanes: number, context: KernelContext): Dispatch['workgroups'] =>
  over(rows, 256 / lanes, context);

const unaryCase: { readonly [F in DeviceKernelArgs['unaryFunction']['fn']]: number } = {
  erfc: 0,
  cbrt: 1,
  abs: 2,
  neg: 3,
  sign: 4,
};

const binaryCase: { readonly [F in DeviceKernelArgs['binaryFunction']['fn']]: number } = {
  remainder: 0,
  fmod: 1,
  floorDivide: 2,
  maximum: 3,
  minimum: 4,
  atan2: 5,
  logAddExp: 6,
};

/** The case of reduce/host-monoid.wgsl. */
const monoidCase = (fn: 'sum' | 'prod' | 'max' | 'min' | 'logSumExp', type: WordType): number => {
  switch (fn) {
    case 'sum':
      return type === 'f32' ? 0 : 1;
    case 'prod':
      return type === 'f32' ? 2 : 3;
    case 'max':
      return 4;
    case 'min':
      return 5;
    case 'logSumExp':
      return 6;
  }
};

const idsUniforms = ({ shape, strides, step }: IdWalk, n: number): Uniform[] => [
  u32(n),
  u32(sizeOf(shape)),
  u32(step),
  u32(0),
  ...axes(shape, 1),
  ...stridesOf(strides),
];

const windowUniforms = ({ size, windows, step, rule }: WindowAxis): Uniform[] => [
  u32(size),
  u32(windows),
  u32(step),
  ...(rule.kind === 'adaptive'
    ? [u32(1), u32(0), u32(0), u32(0), u32(0)]
    : [u32(0), u32(rule.kernel), u32(rule.stride), u32(rule.padding), u32(rule.countIncludePad ? 1 : 0)]),
];
const noWindows: readonly Uniform[] = new Array<Uniform>(8).fill(u32(0));

/** Pairs that a workgroup of index/host-sort.wgsl sorts. */
const sortBlock = 1024;
/** Bytes of the pairs of the rows that are sorted together; longer rows go one by one. */
const sortBytes = 1 << 27;

interface SortOperands {
  readonly x: Binding;
  readonly values: Binding;
  readonly positions: Binding;
}

/** `pairs` is the scratch block for rows that no workgroup holds. */
const sortRows = (
  { type, rows, n, k, descending }: DeviceKernelArgs['sortRows'],
  operands: SortOperands,
  pairs: number,
  context: KernelContext,
): Launch => {
  if (rows * k === 0) return nothing;
  const { x, values, positions } = operands;
  const width = 2 ** Math.max(1, Math.ceil(Math.log2(n)));
  const dispatch = (
    entry: string,
    bindings: readonly Binding[],
    workgroups: number,
    { count = rows, first = 0, stage = 0, distance = 0 } = {},
  ): Dispatch => ({
    wgsl: 'index/host-sort',
    entry,
    uniforms: [count, n, k, width, stage, distance, first, typeCase[type], descending ? 1 : 0].map(u32),
    bindings,
    workgroups: grid(workgroups, context.abilities),
  });
  if (width <= sortBlock) {
    return launch([dispatch('short', [x, values, positions], ceilDivide(rows, sortBlock / width))]);
  }
  const together = Math.max(1, Math.min(rows, Math.floor(sortBytes / (width * 8))));
  const dispatches: Dispatch[] = [];
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const blocks = (count * width) / sortBlock;
    dispatches.push(dispatch('block', [scratchWrites(pairs), x], blocks, { count, first }));
    for (let stage = 2 * sortBlock; stage <= width; stage *= 2) {
      // nothing falls in the last stage: positions are below the width
      for (let distance = stage / 2; distance >= sortBlock; distance /= 2) {
        dispatches.push(dispatch('apart', [scratchWrites(pairs)], blocks, { count, stage, distance }));
      }
      dispatches.push(dispatch('near', [scratchWrites(pairs)], blocks, { count, stage }));
    }
    dispatches.push(
      dispatch('finish', [x, values, positions, scratchReads(pairs)], ceilDivide(count * k, sortBlock), {
        count,
        first,
      }),
    );
  }
  const scratch = new Array<number>(pairs + 1).fill(4);
  scratch[pairs] = together * width * 8;
  return launch(dispatches, scratch);
};

const randomCase: { readonly [K in DeviceDistribution['kind']]: number } = {
  uniform: 0,
  bernoulli: 1,
  permutation: 2,
  normal: 3,
  truncatedNormal: 4,
  integers: 5,
};

const randomUniforms = (distribution: DeviceDistribution): Uniform[] => {
  const { kind } = distribution;
  if (kind === 'bernoulli') return [u32(Math.ceil(distribution.p * 2 ** 24))];
  if (kind === 'integers') return [u32((distribution.high - distribution.low) % 2 ** 32), i32(distribution.low)];
  if (kind !== 'truncatedNormal') return [];
  const { mean, std, from, share, low, high, mirrored } = distribution;
  return [
    u32(0),
    i32(0),
    u32(mirrored ? 1 : 0),
    ...[mean, std, from, share].flatMap(wide),
    f32(Math.fround(low)),
    f32(Math.fround(high)),
  ];
};

/** Numbers that an invocation draws. */
const drawn = (kind: DeviceDistribution['kind']): number => (kind === 'truncatedNormal' || kind === 'integers' ? 2 : 4);

/** Taps of a dispatch of `taps`: what 14 vec4s hold. */
const tapsPerDispatch = 28;
const noTap = 0x7fffffff;

interface TapRow {
  readonly columns: readonly number[];
  readonly weights: readonly number[];
}

/** The rows of a list of taps, or of its adjoint. */
const tapRows = (
  { inputs, offsets, columns, weights }: MapRows & { readonly kind: 'taps' },
  transposed: boolean,
): TapRow[] => {
  const rows = Array.from({ length: offsets.length - 1 }, (_, i) => ({
    columns: Array.from({ length: offsets[i + 1] - offsets[i] }, (_, t) => columns[offsets[i] + t]),
    weights: Array.from({ length: offsets[i + 1] - offsets[i] }, (_, t) => weights[offsets[i] + t]),
  }));
  if (!transposed) return rows;
  const back = Array.from({ length: inputs }, () => ({ columns: [] as number[], weights: [] as number[] }));
  rows.forEach((row, i) => {
    row.columns.forEach((column, t) => {
      back[column].columns.push(i);
      back[column].weights.push(row.weights[t]);
    });
  });
  return back;
};

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0];

const tapsLaunch = (
  { outer, inner }: { readonly outer: number; readonly inner: number },
  rows: readonly TapRow[],
  inputs: number,
  context: KernelContext,
): Launch => {
  const dispatches: Dispatch[] = [];
  let [first, words]: [number, number[]] = [0, []];
  let held = 0;
  const push = (): void => {
    if (held === 0) return;
    dispatches.push({
      wgsl: 'index/host-resample',
      entry: 'taps',
      uniforms: [outer, inner, inputs, rows.length, first, held, 0, 0, ...words].map(u32),
      bindings: [reads(0), writes(1)],
      workgroups: over(outer * inner * held, 256, context),
    });
    first += held;
    [words, held] = [[], 0];
  };
  for (const { columns, weights } of rows) {
    const taps = Math.max(1, columns.length);
    if (taps > tapsPerDispatch) {
      throw new Error(`${context.op}: a row of ${taps} taps without a formula; ${tapsPerDispatch} fit a dispatch`);
    }
    if (words.length / 2 + taps > tapsPerDispatch) push();
    for (let t = 0; t < taps; t++) {
      const end = t === taps - 1 ? 2 ** 31 : 0;
      words.push((columns[t] ?? noTap) + end, bitsOf(weights[t] ?? 0));
    }
    held++;
  }
  push();
  return launch(dispatches);
};

const deviceKernels: DeviceKernels = {
  unaryFunction: ({ fn, n }, context) =>
    n === 0
      ? nothing
      : launch([
          {
            wgsl: 'elementwise/host-unary',
            constants: { FUNCTION: unaryCase[fn] },
            uniforms: [u32(n)],
            bindings: [reads(0), writes(1)],
            workgroups: over(n, elementsPerWorkgroup, context),
          },
        ]),

  binaryFunction: ({ fn, type, shape, a, b }, context) => {
    const n = sizeOf(shape);
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'elementwise/host-binary',
        constants: { FUNCTION: binaryCase[fn], TYPE: typeCase[type] },
        uniforms: [u32(n), u32(0), u32(0), u32(0), ...axes(shape, 1), ...stridesOf(a), ...stridesOf(b)],
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: over(n, elementsPerWorkgroup, context),
      },
    ]);
  },

  fold: ({ fn, type, outer, inner }, context) => {
    const outputs = sizeOf(outer.shape);
    const n = sizeOf(inner.shape);
    if (outputs === 0) return nothing;
    const lanes = lanesFor(n);
    return launch([
      {
        wgsl: 'reduce/host-fold',
        constants: { FUNCTION: monoidCase(fn, type) },
        uniforms: [u32(outputs), u32(n), u32(lanes), u32(typeCase[type]), ...walkOf(outer), ...walkOf(inner)],
        bindings: [reads(0), writes(1)],
        workgroups: overRows(outputs, lanes, context),
      },
    ]);
  },

  norm: ({ rows, n, p }, context) => {
    if (rows === 0) return nothing;
    const special = new Map([
      [0, 0],
      [Infinity, 1],
      [-Infinity, 2],
      [1, 3],
      [2, 4],
    ]);
    const kind = special.get(p) ?? 5;
    const lanes = lanesFor(n);
    return launch([
      {
        wgsl: 'reduce/host-norm',
        constants: { KIND: kind },
        uniforms: [u32(rows), u32(n), u32(lanes), ...(kind === 5 ? [...wide(p), ...wide(1 / p)] : [])],
        bindings: [reads(0), writes(1)],
        workgroups: overRows(rows, lanes, context),
      },
    ]);
  },

  scan: ({ fn, type, rows, n, reverse }, context) => {
    if (rows * n === 0) return nothing;
    const lanes = lanesFor(n / 4);
    const extreme = fn === 'max' || fn === 'min';
    return launch([
      {
        wgsl: 'reduce/host-scan',
        entry: extreme ? 'extremes' : 'main',
        constants: { FUNCTION: monoidCase(fn, type) },
        uniforms: [u32(rows), u32(n), u32(reverse ? 1 : 0), u32(lanes), u32(typeCase[type])],
        bindings: extreme ? [reads(0), writes(1), writes(2)] : [reads(0), writes(1)],
        workgroups: overRows(rows, lanes, context),
      },
    ]);
  },

  scanBackward: ({ fn, rows, n }, context) => {
    if (rows * n === 0) return nothing;
    const lanes = lanesFor(n / 4);
    const mode = { prod: 0, cumprod: 1, logSumExp: 2 }[fn];
    const pass = (entry: string, monoid: number, reverse: number, bindings: readonly Binding[]): Dispatch => ({
      wgsl: 'reduce/host-scan',
      entry,
      constants: { FUNCTION: monoid, MODE: mode },
      uniforms: [u32(rows), u32(n), u32(reverse), u32(lanes), u32(typeCase.f32)],
      bindings,
      workgroups: overRows(rows, lanes, context),
    });
    return launch(
      [
        pass('before', fn === 'logSumExp' ? 6 : 2, 0, [reads(0), scratchWrites(0)]),
        pass('after', fn === 'prod' ? 2 : 7, 1, [reads(0), writes(2), scratchReads(0), reads(1)]),
      ],
      [rows * n * 12],
    );
  },

  takeAlong: ({ ids }, context) => {
    const n = sizeOf(ids.shape);
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'index/host-take',
        uniforms: [u32(n), u32(ids.step), u32(0), u32(0), ...walkOf(ids)],
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: over(n, elementsPerWorkgroup, context),
      },
    ]);
  },

  scatterAlong: ({ ids, n }, context) => {
    if (n === 0) return nothing;
    const uniforms = idsUniforms(ids, n);
    const count = sizeOf(ids.shape);
    const pass = (entry: string, size: number, bindings: readonly Binding[]): Dispatch => ({
      wgsl: 'index/host-scatter',
      entry,
      uniforms,
      bindings,
      workgroups: over(size, elementsPerWorkgroup, context),
    });
    return launch([
      pass('clear', n, [writes(4)]),
      ...(count === 0 ? [] : [pass('mark', count, [writes(4), reads(1)])]),
      pass('choose', n, [reads(0), reads(2), reads(4), writes(3)]),
    ]);
  },

  scatterAddAlong: ({ ids, n, onto }, context) => {
    if (n === 0) return nothing;
    const uniforms = idsUniforms(ids, n);
    const count = sizeOf(ids.shape);
    const pass = (entry: string, size: number, perWorkgroup: number, bindings: readonly Binding[]): Dispatch => ({
      wgsl: 'index/host-scatter-add',
      entry,
      uniforms,
      bindings,
      workgroups: over(size, perWorkgroup, context),
    });
    const onX = onto === 'x';
    const lists = [scratchReads(0), scratchReads(1)];
    return launch(
      [
        pass('clear', n, elementsPerWorkgroup, [scratchWrites(0)]),
        ...(count === 0
          ? []
          : [pass('link', count, elementsPerWorkgroup, [scratchWrites(0), reads(1), scratchWrites(1)])]),
        onX
          ? pass('add', n, 256, [reads(2), ...lists, writes(3), reads(0)])
          : pass('addToZeros', n, 256, [reads(0), ...lists, writes(2)]),
      ],
      [n * 4, Math.max(1, count) * 4],
    );
  },

  oneHot: ({ n, classes }, context) =>
    n * classes === 0
      ? nothing
      : launch([
          {
            wgsl: 'index/host-one-hot',
            uniforms: [u32(n * classes), u32(classes)],
            bindings: [reads(0), writes(1)],
            workgroups: over(n * classes, elementsPerWorkgroup, context),
          },
        ]),

  sortRows: (args, context) => sortRows(args, { x: reads(0), values: writes(1), positions: writes(2) }, 0, context),

  searchSorted: ({ type, count, perList, n, right }, context) =>
    count === 0
      ? nothing
      : launch([
          {
            wgsl: 'index/host-search',
            uniforms: [count, perList, n, right ? 1 : 0, typeCase[type]].map(u32),
            bindings: [reads(0), reads(1), writes(2)],
            workgroups: over(count, 256, context),
          },
        ]),

  nearestRows: ({ groups, n, m, width, masked }, context) =>
    groups * n === 0
      ? nothing
      : launch([
          {
            wgsl: 'index/host-nearest',
            entry: masked ? 'masked' : 'main',
            uniforms: [u32(groups * n), u32(n), u32(m), u32(width)],
            bindings: masked ? [reads(0), reads(1), writes(3), reads(2)] : [reads(0), reads(1), writes(2)],
            workgroups: over(groups * n, 8, context),
          },
        ]),

  maxPool: ({ planes, axes: windows }, context) => {
    const outputs = windows.reduce((n, axis) => n * axis.windows, planes);
    if (outputs === 0) return nothing;
    return launch([
      {
        wgsl: 'index/host-max-pool',
        uniforms: [u32(outputs), u32(0), u32(0), u32(0), ...windows.flatMap(windowUniforms)],
        bindings: [reads(0), writes(1), writes(2)],
        workgroups: over(outputs, 256, context),
      },
    ]);
  },

  resampleAxis: ({ outer, inner, rows, transposed }, context) => {
    const [from, to] =
      rows.kind === 'mean'
        ? [rows.axis.size, rows.axis.windows]
        : rows.kind === 'linear'
          ? [rows.inputs, rows.outputs]
          : [rows.inputs, rows.offsets.length - 1];
    const [inputs, outputs] = transposed ? [to, from] : [from, to];
    if (outer * outputs * inner === 0) return nothing;
    if (rows.kind === 'taps') return tapsLaunch({ outer, inner }, tapRows(rows, transposed), inputs, context);
    return launch([
      {
        wgsl: 'index/host-resample',
        entry: transposed ? `${rows.kind}Back` : rows.kind,
        uniforms: [
          ...[outer, inner, inputs, outputs, 0].map(u32),
          u32(rows.kind === 'linear' && rows.alignCorners ? 1 : 0),
          u32(0),
          u32(0),
          ...(rows.kind === 'mean' ? windowUniforms(rows.axis) : noWindows),
        ],
        bindings: [reads(0), writes(1)],
        workgroups: over(outer * outputs * inner, 256, context),
      },
    ]);
  },

  random: ({ n, distribution }, context) => {
    if (n === 0) return nothing;
    const { kind } = distribution;
    const permutation = kind === 'permutation';
    const draw: Dispatch = {
      wgsl: 'index/host-random',
      constants: { KIND: randomCase[kind] },
      uniforms: [u32(n), ...randomUniforms(distribution)],
      bindings: [reads(0), permutation ? scratchWrites(0) : writes(1)],
      workgroups: over(ceilDivide(n, drawn(kind)), 256, context),
    };
    if (!permutation) return launch([draw]);
    // the order of random words; blocks 0 and 1 hold them before and after
    const sort = sortRows(
      { type: 'u32', rows: 1, n, k: n, descending: false },
      { x: scratchReads(0), values: scratchWrites(1), positions: writes(1) },
      2,
      context,
    );
    return launch([draw, ...sort.dispatches], [n * 4, n * 4, ...sort.scratch.slice(2)]);
  },
};

const deviceLaunch = <K extends DeviceKernelName>(
  { kernel, args }: { readonly kernel: K; readonly args: DeviceKernelArgs[K] },
  context: KernelContext,
): Launch => deviceKernels[kernel](args, context);

/** internal The launch of a device call. */
export const launchOnDevice = (call: DeviceCall, context: KernelContext): Launch => deviceLaunch(call, context);

export const hostKernels: Kernels<'host'> = {
  host: ({ device }, context) => {
    if (device === null) {
      throw new BackendError(
        context.op,
        'has loops for the host alone, which a GPU cannot run; give hostPlan() a device call, or compute it on the CPU backend',
      );
    }
    return launchOnDevice(device, context);
  },
};
