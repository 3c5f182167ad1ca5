// Rows by their numbers: embeddings, token selection, and their gradients. Sums are in a fixed order and without atomics on floats: rows
// of x are sorted by the row of the table that they go to, or, where a group has few of them, each row of the table looks for its own.

import type { Abilities } from '../abilities.ts';
import {
  type Binding,
  ceilDivide,
  type Dispatch,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  u32,
  usualSize,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';

/** Units of a workgroup of index/gather-rows.wgsl. */
const gatherUnits = 1024;
/** Rows of a group that index/scatter-few.wgsl has bits for. */
const mostSearched = 1024;
/** Rows of a segment of the sort, and bits of its digits. */
const segmentRows = 1024;
const digitBits = 8;
/** Rows whose sum is made once where they all have one key. */
const chunkRows = 128;

/** Elements as vec4s, where rows are made of those. */
const unitsOf = (width: number): { readonly entry: string; readonly across: number } =>
  width % 4 === 0 ? { entry: 'vectors', across: width / 4 } : { entry: 'scalars', across: width };

interface ScatterArgs {
  readonly groups: number;
  readonly rows: number;
  readonly tableRows: number;
  readonly width: number;
}

/** Scratch blocks of the sorted scatter. */
const blocks = { orders: [0, 1], counts: 2, keys: 3, chunks: 4 } as const;

const sortedScatter = ({ groups, rows, tableRows, width }: ScatterArgs, abilities: Abilities): Launch => {
  const n = groups * rows;
  const outRows = groups * tableRows;
  const segments = ceilDivide(n, segmentRows);
  const passes = Math.max(1, ceilDivide(Math.ceil(Math.log2(outRows)), digitBits));
  const sorts = Array.from({ length: passes }, (_, pass): Dispatch[] => {
    const [from, to] = [blocks.orders[(pass + 1) % 2], blocks.orders[pass % 2]];
    const uniforms = [n, rows, tableRows, segments, pass * digitBits, pass === 0 ? 1 : 0].map(u32);
    const workgroups = grid(segments, abilities);
    return [
      {
        wgsl: 'index/sort-count',
        uniforms,
        bindings: [reads(1), scratchReads(from), scratchWrites(blocks.counts)],
        workgroups,
      },
      {
        wgsl: 'index/sort-sums',
        uniforms: [u32(segments)],
        bindings: [scratchWrites(blocks.counts)],
        workgroups: [1, 1, 1],
      },
      {
        wgsl: 'index/sort-move',
        uniforms,
        bindings: [
          reads(1),
          scratchReads(from),
          scratchReads(blocks.counts),
          scratchWrites(to),
          scratchWrites(blocks.keys),
        ],
        workgroups,
      },
    ];
  }).flat();
  const { entry, across } = unitsOf(width);
  const chunks = Math.floor(n / chunkRows);
  const sorted: readonly Binding[] = [
    reads(0),
    scratchReads(blocks.orders[(passes - 1) % 2]),
    scratchReads(blocks.keys),
  ];
  return launch(
    [
      ...sorts,
      {
        wgsl: 'index/scatter-chunks',
        entry,
        uniforms: [u32(chunks * across), u32(across)],
        bindings: [...sorted, scratchWrites(blocks.chunks)],
        workgroups: grid(ceilDivide(chunks * across, usualSize), abilities),
      },
      {
        wgsl: 'index/scatter-sums',
        entry,
        uniforms: [u32(outRows * across), u32(across), u32(n)],
        bindings: [...sorted, scratchReads(blocks.chunks), writes(2)],
        workgroups: grid(ceilDivide(outRows * across, usualSize), abilities),
      },
    ],
    [4 * n, 4 * n, 4 * 2 ** digitBits * segments, 4 * n, 4 * chunks * width],
  );
};

export const indexKernels: Kernels<'gatherRows' | 'scatterAddRows'> = {
  gatherRows: ({ groups, rows, tableRows, width }, { abilities }) => {
    const { entry, across } = unitsOf(width);
    const n = groups * rows * across;
    if (n === 0) return nothing;
    return launch([
      {
        wgsl: 'index/gather-rows',
        entry,
        uniforms: [n, rows, tableRows, across].map(u32),
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: grid(ceilDivide(n, gatherUnits), abilities),
      },
    ]);
  },

  scatterAddRows: (args, { abilities }) => {
    const { groups, rows, tableRows, width } = args;
    const outRows = groups * tableRows;
    if (outRows * width === 0) return nothing;
    if (rows > mostSearched) return sortedScatter(args, abilities);
    const { entry, across } = unitsOf(width);
    return launch([
      {
        wgsl: 'index/scatter-few',
        entry,
        uniforms: [outRows, rows, tableRows, across].map(u32),
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: grid(outRows, abilities),
      },
    ]);
  },
};
