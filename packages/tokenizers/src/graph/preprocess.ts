// A graph -> features and places of its nodes and edges; a batch -> nodes, then edges, both padded.

import type { RawGraph } from '@omnigrad/data';
import { ArgumentError } from '@omnigrad/tensor';
import { checkFinite, sampleError } from '../shared/errors.ts';
import { type GraphColumns, type GraphConfig, graphName } from './config.ts';
import { type Identify, placesOf } from './identifiers.ts';

/** What nodes, or edges, are like. */
export interface GraphRows {
  /** [count, numbers], standardised */
  readonly numbers: Float32Array;
  /** [count, classes]: the id, and as many more as all columns of classes before have. */
  readonly classes: Int32Array;
}

export interface GraphFeatures {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly nodes: GraphRows;
  readonly edges: GraphRows;
  /** [edgeCount, 2]: the nodes at both ends, for pictures; tokens are told by `places`. */
  readonly ends: Int32Array;
  /** [nodeCount + edgeCount, 2 · identifiers] */
  readonly places: Float32Array;
}

export interface GraphArrays {
  readonly batch: number;
  /** [B] each */
  readonly nodeCounts: Int32Array;
  readonly edgeCounts: Int32Array;
  /** Of [B, maxNodes] */
  readonly nodes: GraphRows;
  /** Of [B, maxEdges] */
  readonly edges: GraphRows;
  /** [B, maxEdges, 2] */
  readonly ends: Int32Array;
  /** [B, maxNodes + maxEdges, 2 · identifiers] */
  readonly places: Float32Array;
}

/** Rows of the one table that holds the classes of all columns. */
export const classRows = ({ classes }: GraphColumns): number => classes.reduce((total, n) => total + n, 0);

const checkEdges = (raw: RawGraph, maxEdges: number, sample?: string): void => {
  const { nodes, edges, directed } = raw;
  const refuse = (expected: string, came: string, fix: string): Error =>
    sampleError(graphName, sample, { expected, came, fix });
  if (edges.length % 2 !== 0) throw refuse('two ends for each edge', `${edges.length} ends`, 'give [edges, 2]');
  const count = edges.length / 2;
  if (count > maxEdges) throw refuse(`at most ${maxEdges} edges`, `${count}`, 'raise maxEdges or leave the graph out');
  const seen = new Map<number, number>();
  for (let e = 0; e < count; e++) {
    const ends = [edges[2 * e], edges[2 * e + 1]];
    const outside = ends.find((node) => node < 0 || node >= nodes);
    if (outside !== undefined) {
      throw refuse(`nodes from 0 to ${nodes - 1} at edge ${e}`, `${outside}`, 'number nodes from 0 on');
    }
    const [u, v] = directed || ends[0] < ends[1] ? ends : [ends[1], ends[0]];
    const before = seen.get(u * nodes + v);
    if (before !== undefined) {
      const fix = directed ? 'merge them' : 'give an undirected edge once, in one direction';
      throw refuse('each edge once', `${ends.join(' to ')} as edges ${before} and ${e}`, fix);
    }
    seen.set(u * nodes + v, e);
  }
};

/** The features of `count` nodes or edges. */
const readRows = (
  what: 'node' | 'edge',
  values: Float32Array | null,
  count: number,
  { numbers, classes }: GraphColumns,
  sample?: string,
): GraphRows => {
  const [N, C] = [numbers.length, classes.length];
  const width = N + C;
  const features = values ?? new Float32Array(0);
  if (features.length !== width * count) {
    throw sampleError(graphName, sample, {
      expected: `${width} features for each of ${count} ${what}s`,
      came: `${features.length} numbers`,
      fix: `give one row for each ${what}, or change the config`,
    });
  }
  const place = (i: number): string => `${what} ${Math.floor(i / width)}, feature ${i % width}`;
  checkFinite(graphName, sample, features, place);
  const out = { numbers: new Float32Array(count * N), classes: new Int32Array(count * C) };
  let first = 0;
  const firsts = classes.map((n) => {
    first += n;
    return first - n;
  });
  features.forEach((value, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    if (column < N) {
      out.numbers[row * N + column] = (value - numbers[column].mean) / numbers[column].std;
      return;
    }
    const c = column - N;
    if (!(Number.isInteger(value) && value >= 0 && value < classes[c])) {
      throw sampleError(graphName, sample, {
        expected: `a class from 0 to ${classes[c] - 1} at ${place(i)}`,
        came: `${value}`,
        fix: 'number the classes from 0 on, or change the config',
      });
    }
    out.classes[row * C + c] = firsts[c] + value;
  });
  return out;
};

/**
 * An edge from a node to itself is a token like any other, and no edge of the Laplacian. An edge that comes twice is refused, for an
 * undirected graph in whatever direction.
 */
export const preprocessGraph = (
  raw: RawGraph,
  config: GraphConfig,
  identify: Identify,
  sample?: string,
): GraphFeatures => {
  const { nodes: n, edges, directed } = raw;
  if (!Number.isSafeInteger(n) || n < 1 || n > config.maxNodes) {
    throw sampleError(graphName, sample, {
      expected: `1 to ${config.maxNodes} nodes`,
      came: `${n}`,
      fix: n > config.maxNodes ? 'raise maxNodes or leave the graph out' : 'leave the graph out',
    });
  }
  checkEdges(raw, config.maxEdges, sample);
  const edgeCount = edges.length / 2;
  return {
    nodeCount: n,
    edgeCount,
    nodes: readRows('node', raw.nodeFeatures, n, config.nodes, sample),
    edges: readRows('edge', raw.edgeFeatures, edgeCount, config.edges, sample),
    ends: Int32Array.from(edges),
    places: placesOf(identify(n, edges), config.identifiers.width, edges, directed),
  };
};

export const collateGraphs = (graphs: readonly GraphFeatures[], config: GraphConfig): GraphArrays => {
  if (graphs.length === 0) throw new ArgumentError(graphName, 'collate came without samples; pass at least one');
  const { maxNodes: N, maxEdges: E, identifiers } = config;
  const batch = graphs.length;
  const P = 2 * identifiers.width;
  const places = new Float32Array(batch * (N + E) * P);
  const ends = new Int32Array(batch * E * 2);
  const rowsOf = ({ numbers, classes }: GraphColumns, count: number): GraphRows => ({
    numbers: new Float32Array(batch * count * numbers.length),
    classes: new Int32Array(batch * count * classes.length),
  });
  const [nodes, edges] = [rowsOf(config.nodes, N), rowsOf(config.edges, E)];
  const fits = ({ numbers, classes }: GraphRows, count: number, columns: GraphColumns): boolean =>
    numbers.length === count * columns.numbers.length && classes.length === count * columns.classes.length;
  graphs.forEach((graph, b) => {
    const { nodeCount: n, edgeCount: m } = graph;
    const whole =
      fits(graph.nodes, n, config.nodes) &&
      fits(graph.edges, m, config.edges) &&
      graph.places.length === (n + m) * P &&
      graph.ends.length === 2 * m &&
      n <= N &&
      m <= E;
    if (!whole) {
      throw new ArgumentError(
        graphName,
        `sample ${b} of the batch, of ${n} nodes and ${m} edges, does not fit ${N} and ${E} or has other features; preprocess it with this tokenizer`,
      );
    }
    nodes.numbers.set(graph.nodes.numbers, b * N * config.nodes.numbers.length);
    nodes.classes.set(graph.nodes.classes, b * N * config.nodes.classes.length);
    edges.numbers.set(graph.edges.numbers, b * E * config.edges.numbers.length);
    edges.classes.set(graph.edges.classes, b * E * config.edges.classes.length);
    ends.set(graph.ends, b * E * 2);
    places.set(graph.places.subarray(0, n * P), b * (N + E) * P);
    places.set(graph.places.subarray(n * P), (b * (N + E) + N) * P);
  });
  return {
    batch,
    nodeCounts: Int32Array.from(graphs, ({ nodeCount }) => nodeCount),
    edgeCounts: Int32Array.from(graphs, ({ edgeCount }) => edgeCount),
    nodes,
    edges,
    ends,
    places,
  };
};
