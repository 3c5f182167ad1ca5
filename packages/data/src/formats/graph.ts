// What the readers of graphs give back.

import { quote } from '../errors.ts';
import type { Fail } from './raster.ts';
import { columnOf, type TableColumn } from './table.ts';

/** Nodes, and edges, of one graph unless the options say otherwise. */
export const maxGraphSize = 20_000_000;

export interface Graph {
  readonly nodes: number;
  readonly directed: boolean;
  /** `[edges, 2]`: the nodes at both ends. An edge of an undirected graph is here once, in one of its two directions. */
  readonly edges: Uint32Array;
  /** The nodes' ids in the file, where it has any. */
  readonly names: readonly string[] | null;
  /** `[nodes]` each */
  readonly nodeFeatures: ReadonlyMap<string, TableColumn>;
  /** `[edges]` each */
  readonly edgeFeatures: ReadonlyMap<string, TableColumn>;
}

export interface GraphOptions {
  /** Refuse graphs with more nodes, or more edges. Default: `maxGraphSize`. */
  readonly maxSize?: number;
}

/** @throws {DataError} empty, too-large */
export function checkGraphSize(
  count: number,
  what: 'nodes' | 'edges',
  options: GraphOptions,
  fail: Fail,
  place: string | null,
): void {
  const limit = options.maxSize ?? maxGraphSize;
  if (count === 0 && what === 'nodes') throw fail('empty', place, 'at least one node', 'none');
  if (count > limit) throw fail('too-large', place, `at most ${limit} ${what}`, `${count}`);
}

type Values = Readonly<Record<string, unknown>>;

/** Collects nodes and edges that come in any order, and joins them at the end by the nodes' names. */
export class GraphBuilder {
  readonly #fail: Fail;
  readonly #options: GraphOptions;
  readonly #index = new Map<string, number>();
  readonly #nodes: Values[] = [];
  readonly #ends: { from: string; to: string; place: string }[] = [];
  readonly #edges: Values[] = [];

  constructor(options: GraphOptions, fail: Fail) {
    this.#options = options;
    this.#fail = fail;
  }

  addNode(name: string, values: Values, place: string): void {
    if (this.#index.has(name)) throw this.#fail('malformed', place, 'each node once', `${quote(name)} twice`);
    checkGraphSize(this.#index.size + 1, 'nodes', this.#options, this.#fail, place);
    this.#index.set(name, this.#index.size);
    this.#nodes.push(values);
  }

  addEdge(from: string, to: string, values: Values, place: string): void {
    checkGraphSize(this.#ends.length + 1, 'edges', this.#options, this.#fail, place);
    this.#ends.push({ from, to, place });
    this.#edges.push(values);
  }

  /** @throws {DataError} empty; malformed, for an edge to a node that is not there */
  finish(directed: boolean): Graph {
    checkGraphSize(this.#index.size, 'nodes', this.#options, this.#fail, null);
    const edges = new Uint32Array(this.#ends.length * 2);
    for (const [edge, { from, to, place }] of this.#ends.entries()) {
      for (const [end, name] of [from, to].entries()) {
        const node = this.#index.get(name);
        if (node === undefined) throw this.#fail('malformed', place, 'a node of the graph', quote(name));
        edges[edge * 2 + end] = node;
      }
    }
    return {
      nodes: this.#index.size,
      directed,
      edges,
      names: [...this.#index.keys()],
      nodeFeatures: featuresOf(this.#nodes, 'node', this.#fail),
      edgeFeatures: featuresOf(this.#edges, 'edge', this.#fail),
    };
  }
}

function featuresOf(rows: readonly Values[], what: string, fail: Fail): Map<string, TableColumn> {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return new Map(
    [...names].map((name) => {
      const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null));
      const named: Fail = (code, place, expected, actual) =>
        fail(code, place === null ? null : `${what} ${place}`, expected, actual);
      return [name, columnOf(values, name, named)];
    }),
  );
}
