// Many small graphs in a few arrays, one after the other.

import type { DataError } from '../errors.ts';
import type { SafeTensor } from '../formats/safetensors.ts';
import type { RawGraph } from './dataset.ts';
import { floatTensor, intTensor, type PreparedFile } from './prepared.ts';

/** All undirected, with as many features a node and an edge; edges have some. */
export function packGraphs(graphs: readonly RawGraph[]): Record<string, SafeTensor> {
  const nodeWidth = graphs[0].nodeFeatures.length / graphs[0].nodes;
  const edgeFeatures = graphs.map((graph) => graph.edgeFeatures ?? new Float32Array(0));
  const edges = graphs.reduce((sum, graph) => sum + graph.edges.length / 2, 0);
  const edgeValues = edgeFeatures.flatMap((values) => [...values]);
  return {
    nodeCounts: intTensor(
      Int32Array.from(graphs, ({ nodes }) => nodes),
      [graphs.length],
    ),
    edgeCounts: intTensor(
      Int32Array.from(graphs, (graph) => graph.edges.length / 2),
      [graphs.length],
    ),
    edges: intTensor(Int32Array.from(graphs.flatMap((graph) => [...graph.edges])), [edges, 2]),
    nodeFeatures: floatTensor(Float32Array.from(graphs.flatMap((graph) => [...graph.nodeFeatures])), [
      graphs.reduce((sum, { nodes }) => sum + nodes, 0),
      nodeWidth,
    ]),
    edgeFeatures: floatTensor(Float32Array.from(edgeValues), [edges, edgeValues.length / Math.max(1, edges)]),
  };
}

/** @throws {DataError} malformed, where counts do not fit the arrays or an edge leads to no node */
export function unpackGraphs(
  file: PreparedFile,
  nodeWidth: number,
  edgeWidth: number,
  fail: (expected: string, actual: string) => DataError,
): RawGraph[] {
  const nodeCounts = file.integers('nodeCounts', [null]);
  const edgeCounts = file.integers('edgeCounts', [nodeCounts.length]);
  const edges = file.integers('edges', [null, 2]);
  const nodeFeatures = file.floats('nodeFeatures', [null, nodeWidth]);
  const edgeFeatures = file.floats('edgeFeatures', [edges.length / 2, edgeWidth]);
  const graphs: RawGraph[] = [];
  let [node, edge] = [0, 0];
  for (const [row, nodes] of nodeCounts.entries()) {
    const count = edgeCounts[row];
    if (nodes < 1 || count < 0) throw fail('graphs with nodes', `${nodes} nodes and ${count} edges in row ${row}`);
    const own = edges.slice(2 * edge, 2 * (edge + count));
    const stray = own.find((end) => end < 0 || end >= nodes);
    if (stray !== undefined) throw fail(`edges between ${nodes} nodes`, `node ${stray} in row ${row}`);
    graphs.push({
      nodes,
      directed: false,
      edges: own,
      nodeFeatures: nodeFeatures.slice(node * nodeWidth, (node + nodes) * nodeWidth),
      edgeFeatures: edgeFeatures.slice(edge * edgeWidth, (edge + count) * edgeWidth),
    });
    node += nodes;
    edge += count;
  }
  if (node * nodeWidth !== nodeFeatures.length || edge * 2 !== edges.length) {
    throw fail(`${node} nodes and ${edge} edges`, `${nodeFeatures.length / nodeWidth} and ${edges.length / 2}`);
  }
  return graphs;
}
