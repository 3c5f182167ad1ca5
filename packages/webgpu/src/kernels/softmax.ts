// Softmax and log softmax over rows, and their gradients.

import type { Abilities } from '../abilities.ts';
import {
  type Binding,
  type Dispatch,
  f32,
  grid,
  type Launch,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  u32,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';
import { heldRows, longRows } from './rows.ts';

/** The functions of softmax/rows-body.wgsl. */
const forward = { plain: 0, masked: 1, log: 2 } as const;

interface Softmax {
  readonly fn: keyof typeof forward;
  readonly rows: number;
  readonly n: number;
  readonly scale: number;
  readonly rowsPerMask: number;
  readonly bindings: readonly [x: Binding, mask: Binding, out: Binding];
}

const softmaxLaunch = ({ fn, rows, n, scale, rowsPerMask, bindings }: Softmax, abilities: Abilities): Launch => {
  if (rows === 0 || n === 0) return nothing;
  const constants = { FUNCTION: forward[fn] };
  // rows-body.wgsl notes what a mask shows in the bits of a word
  const held = heldRows(rows, n, abilities, fn === 'masked' ? 32 : undefined);
  if (held !== null) {
    return launch([
      {
        wgsl: `softmax/rows${held.variant}`,
        constants: { ...held.constants, ...constants },
        uniforms: [u32(rows), u32(n), u32(rowsPerMask), f32(scale)],
        bindings,
        workgroups: grid(held.workgroups, abilities),
      },
    ]);
  }
  const { parts, length } = longRows(rows, n);
  const [x, mask, out] = bindings;
  const shared = {
    uniforms: [u32(rows), u32(n), u32(parts), u32(length), u32(rowsPerMask), f32(scale)],
    workgroups: grid(rows * parts, abilities),
  };
  const statistics: Dispatch = {
    ...shared,
    wgsl: 'softmax/statistics',
    constants: { PARTIAL: true, MASKED: fn === 'masked' },
    bindings: [x, mask, scratchWrites(0)],
  };
  const write: Dispatch = {
    ...shared,
    wgsl: 'softmax/long',
    constants,
    bindings: [x, mask, scratchReads(0), out],
  };
  return launch([statistics, write], [rows * parts * 8]);
};

/** FUNCTION: 0 softmax, 1 log softmax. */
const backwardLaunch = (
  FUNCTION: 0 | 1,
  { rows, n, scale }: { readonly rows: number; readonly n: number; readonly scale: number },
  abilities: Abilities,
): Launch => {
  if (rows === 0 || n === 0) return nothing;
  const held = heldRows(rows, n, abilities);
  if (held !== null) {
    return launch([
      {
        wgsl: `softmax/backward${held.variant}`,
        constants: { ...held.constants, FUNCTION },
        uniforms: [u32(rows), u32(n), f32(scale)],
        bindings: [reads(0), reads(1), writes(2)],
        workgroups: grid(held.workgroups, abilities),
      },
    ]);
  }
  const { parts, length } = longRows(rows, n);
  const shared = {
    wgsl: 'softmax/backward-long' as const,
    constants: { FUNCTION },
    uniforms: [u32(rows), u32(n), u32(parts), u32(length), f32(scale)],
    workgroups: grid(rows * parts, abilities),
  };
  return launch(
    [
      { ...shared, entry: 'sums', bindings: [reads(0), reads(1), scratchWrites(0)] },
      { ...shared, bindings: [reads(0), reads(1), scratchReads(0), writes(2)] },
    ],
    [rows * parts * 4],
  );
};

export const softmaxKernels: Kernels<'softmax' | 'softmaxBackward' | 'logSoftmax' | 'logSoftmaxBackward'> = {
  softmax: ({ rows, n, scale, rowsPerMask }, { abilities, operands }) =>
    softmaxLaunch(
      operands === 3
        ? { fn: 'masked', rows, n, scale, rowsPerMask, bindings: [reads(0), reads(1), writes(2)] }
        : { fn: 'plain', rows, n, scale, rowsPerMask: 1, bindings: [reads(0), reads(0), writes(1)] },
      abilities,
    ),
  logSoftmax: ({ rows, n }, { abilities }) =>
    softmaxLaunch(
      { fn: 'log', rows, n, scale: 1, rowsPerMask: 1, bindings: [reads(0), reads(0), writes(1)] },
      abilities,
    ),
  softmaxBackward: (args, { abilities }) => backwardLaunch(0, args, abilities),
  logSoftmaxBackward: ({ rows, n }, { abilities }) => backwardLaunch(1, { rows, n, scale: 1 }, abilities),
};
