// Layer norm over rows and its gradient.

import type { Abilities } from '../abilities.ts';
import {
  type Dispatch,
  f32,
  grid,
  launch,
  nothing,
  reads,
  scratchReads,
  scratchWrites,
  u32,
  writes,
} from '../dispatch.ts';
import type { Kernels } from './kernel.ts';
import { sumColumns } from './reduce.ts';
import { heldRows, longRows, streamedColumns } from './rows.ts';

/** The operands of the gradient, in their order. */
const [x, gamma, mean, rstd, g] = [0, 1, 2, 3, 4].map(reads);
const [dx, dgamma, dbeta] = [5, 6, 7].map(writes);

const inputGradient = (rows: number, n: number, abilities: Abilities, scratch: number[]): Dispatch[] => {
  if (rows === 0 || n === 0) return [];
  const inputs = [x, gamma, mean, rstd, g];
  const held = heldRows(rows, n, abilities);
  if (held !== null) {
    return [
      {
        wgsl: `norm/layer-norm-backward${held.variant}`,
        constants: held.constants,
        uniforms: [u32(rows), u32(n)],
        bindings: [...inputs, dx],
        workgroups: grid(held.workgroups, abilities),
      },
    ];
  }
  const { parts, length } = longRows(rows, n);
  const block = scratch.push(rows * parts * 8) - 1;
  const shared = {
    wgsl: 'norm/layer-norm-backward-long' as const,
    uniforms: [u32(rows), u32(n), u32(parts), u32(length)],
    workgroups: grid(rows * parts, abilities),
  };
  return [
    { ...shared, entry: 'sums', bindings: [...inputs, scratchWrites(block)] },
    { ...shared, bindings: [...inputs, scratchReads(block), dx] },
  ];
};

/** Sums over rows: of parts of them, then of the parts. Without rows they are 0. */
const parameterGradients = (rows: number, n: number, abilities: Abilities, scratch: number[]): Dispatch[] => {
  if (n === 0) return [];
  const { lanes, parts, length, workgroups } = streamedColumns(n, rows, n, abilities);
  const outs = [dgamma, dbeta];
  const blocks = parts > 1 ? outs.map(() => scratch.push(parts * n * 4) - 1) : [];
  return [
    {
      wgsl: 'norm/layer-norm-columns',
      constants: { LANES: lanes },
      uniforms: [u32(rows), u32(n), u32(parts), u32(length)],
      bindings: [x, mean, rstd, g, ...(parts > 1 ? blocks.map(scratchWrites) : outs)],
      workgroups: grid(workgroups, abilities),
    },
    ...blocks.map((block, i) => sumColumns(n, parts, [scratchReads(block), outs[i]], abilities)),
  ];
};

export const normKernels: Kernels<'layerNorm' | 'layerNormBackward'> = {
  layerNorm: ({ rows, n, eps }, { abilities }) => {
    // of rows without elements the mean is 0 / 0, which the held rows write
    if (rows === 0) return nothing;
    const held = heldRows(rows, n, abilities);
    const parameters = [reads(1), reads(2)];
    const outs = [writes(3), writes(4), writes(5)];
    if (held !== null) {
      return launch([
        {
          wgsl: `norm/layer-norm${held.variant}`,
          constants: held.constants,
          uniforms: [u32(rows), u32(n), f32(eps)],
          bindings: [reads(0), ...parameters, ...outs],
          workgroups: grid(held.workgroups, abilities),
        },
      ]);
    }
    const { parts, length } = longRows(rows, n);
    const shared = {
      wgsl: 'norm/layer-norm-long' as const,
      uniforms: [u32(rows), u32(n), u32(parts), u32(length), f32(eps)],
      workgroups: grid(rows * parts, abilities),
    };
    return launch(
      [
        { ...shared, entry: 'sums', bindings: [reads(0), scratchWrites(0)] },
        { ...shared, entry: 'squares', bindings: [reads(0), scratchReads(0), scratchWrites(1)] },
        { ...shared, bindings: [reads(0), scratchReads(0), scratchReads(1), ...parameters, ...outs] },
      ],
      [rows * parts * 4, rows * parts * 8],
    );
  },
  layerNormBackward: ({ rows, n }, { abilities }) => {
    const scratch: number[] = [];
    return launch(
      [...inputGradient(rows, n, abilities, scratch), ...parameterGradients(rows, n, abilities, scratch)],
      scratch,
    );
  },
};
