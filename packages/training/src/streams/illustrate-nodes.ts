// Graphs for pictures: what each node is like, hidden ones as they were predicted.

import type { ReconstructionMask } from '@omnigrad/nn';
import type { GraphArrays, GraphConfig } from '@omnigrad/tokenizers';
import { type IllustratedItem, rounded } from './illustrate.ts';

/** The first of the largest numbers. */
const likeliest = (logits: Float32Array): number => logits.reduce((best, x, i) => (x > logits[best] ? i : best), 0);

/** The first number of a direction; 0 where there is none. */
const leading = (numbers: Float32Array): number => {
  const length = Math.hypot(...numbers);
  return length === 0 ? 0 : rounded(numbers[0] / length);
};

/**
 * predictions [B, Th, width] at mask.hidden -> one item a sample: of each node its first class, or the first number of its direction where
 * nodes have no classes, and the edges.
 */
export const illustrateNodes = (
  { nodes, nodeCounts, edgeCounts, ends }: Pick<GraphArrays, 'nodes' | 'nodeCounts' | 'edgeCounts' | 'ends'>,
  mask: ReconstructionMask,
  predictions: Float32Array,
  { maxNodes: N, maxEdges: E, nodes: { numbers, classes } }: Pick<GraphConfig, 'maxNodes' | 'maxEdges' | 'nodes'>,
): IllustratedItem[] => {
  const each = mask.hidden.length / mask.batch;
  const width = predictions.length / mask.hidden.length;
  return Array.from(nodeCounts, (count, b) => {
    const hidden = mask.hidden.subarray(b * each, (b + 1) * each);
    const places = Array.from({ length: count }, (_, node) => node);
    const original = places.map((node) => {
      const row = b * N + node;
      // the rows of the first column of classes are its ids
      if (classes.length > 0) return nodes.classes[row * classes.length];
      return leading(nodes.numbers.subarray(row * numbers.length, (row + 1) * numbers.length));
    });
    const predicted = (at: number): number => {
      const own = predictions.subarray((b * each + at) * width, (b * each + at + 1) * width);
      return classes.length > 0 ? likeliest(own) : leading(own);
    };
    const order = places.map((node) => hidden.indexOf(node));
    return {
      original,
      masked: original.map((value, node) => (order[node] < 0 ? value : null)),
      reconstructed: original.map((value, node) => (order[node] < 0 ? value : predicted(order[node]))),
      edges: [...ends.subarray(2 * b * E, 2 * (b * E + edgeCounts[b]))],
    };
  });
};
