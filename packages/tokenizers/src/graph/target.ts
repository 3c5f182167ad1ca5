// What must be predicted at a hidden node: its first class, or the direction of its numbers where it has no classes (GraphMAE).

import type { ReconstructionMask } from '@omnigrad/nn';
import type { ReconstructionShape, ReconstructionTarget } from '../contract.ts';
import type { GraphConfig } from './config.ts';
import type { GraphArrays } from './preprocess.ts';

export const graphReconstruction = ({ nodes: { numbers, classes } }: GraphConfig): ReconstructionShape =>
  classes.length > 0
    ? { kind: 'ids', classes: classes[0], orderClasses: 0 }
    : { kind: 'cosine', width: numbers.length };

/** Places without a node count nothing, nor does a node whose numbers are all 0: it has no direction. */
export const graphTarget = (
  { nodes, nodeCounts }: GraphArrays,
  mask: ReconstructionMask,
  { maxNodes, nodes: { numbers, classes }, exponent }: GraphConfig,
): ReconstructionTarget => {
  const count = mask.hidden.length / mask.batch;
  /** The row of hidden position i among those of all nodes, -1 where no node is. */
  const rows = Array.from(mask.hidden, (node, i) => {
    const b = Math.floor(i / count);
    return node < nodeCounts[b] ? b * maxNodes + node : -1;
  });
  if (classes.length > 0) {
    // the rows of the first column of classes are its ids
    const ids = Int32Array.from(rows, (row) => (row < 0 ? -100 : nodes.classes[row * classes.length]));
    return { kind: 'ids', ids, classes: classes[0] };
  }
  const width = numbers.length;
  const values = new Float32Array(rows.length * width);
  const weights = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    if (row < 0) return;
    const own = nodes.numbers.subarray(row * width, (row + 1) * width);
    values.set(own, i * width);
    weights[i] = Number(own.some((x) => x !== 0));
  });
  return { kind: 'cosine', values, weights, width, exponent };
};
