// Softmax cross entropy with label smoothing and an ignored id, and its gradient.

import {
  type Dispatch,
  f32,
  grid,
  i32,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  u32,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';
import { heldRows, longRows, streamedRows } from './rows.ts';

export const lossKernels: Kernels<'crossEntropy' | 'crossEntropyBackward'> = {
  crossEntropy: ({ rows, n, ignoreIndex, smoothing }, { abilities }) => {
    if (rows === 0) return nothing;
    const { lanes, parts, length, workgroups } = streamedRows(rows, n, abilities);
    const uniforms = [u32(rows), u32(n), u32(parts), u32(length), i32(ignoreIndex), f32(smoothing)];
    const constants = { PARTIAL: parts > 1, SMOOTHED: smoothing !== 0 };
    const first: Dispatch = {
      wgsl: 'loss/cross-entropy',
      constants: { ...constants, LANES: lanes },
      uniforms,
      bindings: [reads(0), reads(1), parts > 1 ? scratchWrites(0) : writes(2), writes(3)],
      workgroups: grid(workgroups, abilities),
    };
    if (parts === 1) return launch([first]);
    const second: Dispatch = {
      wgsl: 'loss/cross-entropy',
      entry: 'finish',
      constants,
      uniforms,
      bindings: [reads(0), reads(1), scratchReads(0), writes(2), writes(3)],
      workgroups: grid(rows, abilities),
    };
    return launch([first, second], [rows * parts * 16]);
  },
  crossEntropyBackward: ({ rows, n, ignoreIndex, smoothing }, { abilities }) => {
    if (rows === 0 || n === 0) return nothing;
    const share = [i32(ignoreIndex), f32(1 - smoothing), f32(smoothing / n)];
    const inputs = [0, 1, 2, 3].map(reads);
    const held = heldRows(rows, n, abilities);
    if (held !== null) {
      return launch([
        {
          wgsl: `loss/backward${held.variant}`,
          constants: held.constants,
          uniforms: [u32(rows), u32(n), ...share],
          bindings: [...inputs, writes(4)],
          workgroups: grid(held.workgroups, abilities),
        },
      ]);
    }
    const { parts, length } = longRows(rows, n);
    const shared = {
      wgsl: 'loss/backward-long' as const,
      uniforms: [u32(rows), u32(n), u32(parts), u32(length), ...share],
      workgroups: grid(rows * parts, abilities),
    };
    return launch(
      [
        { ...shared, entry: 'sums', bindings: [...inputs, scratchWrites(0)] },
        { ...shared, bindings: [...inputs, scratchReads(0), writes(4)] },
      ],
      [rows * parts * 4],
    );
  },
};
