// From what the readers of graph files give, named columns of many kinds, to the plain numbers of RawGraph.

import { type Origin, quote } from '../errors.ts';
import type { Graph } from '../formats/graph.ts';
import { type Fail, failer } from '../formats/raster.ts';
import type { TableColumn } from '../formats/table.ts';
import type { RawGraph } from './dataset.ts';

export interface GraphChoice {
  /** Columns in the order of the features. Default: all of numbers and booleans, in the order of the file. */
  readonly nodeColumns?: readonly string[];
  readonly edgeColumns?: readonly string[];
  /** Of a column of texts the categories that there are in all graphs: the feature is the place in this list. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A tokenizer wants numbers first and ids of classes after them: name the columns in that order.
 * @throws {DataError} out-of-range: no such column; unsupported: dates, bytes, nested values, texts without categories, whole
 * numbers over 2^53; bad-value: a missing value, a text that is no category
 */
export function graphToRaw(graph: Graph, origin: Origin, choice: GraphChoice = {}): RawGraph {
  const fail = failer(origin, 'name other columns, or complete the file');
  const { nodes, directed, edges, nodeFeatures, edgeFeatures } = graph;
  const { categories = {} } = choice;
  const edgeRows = matrix(edgeFeatures, choice.edgeColumns, edges.length / 2, 'edge', categories, fail);
  return {
    nodes,
    directed,
    edges,
    nodeFeatures: matrix(nodeFeatures, choice.nodeColumns, nodes, 'node', categories, fail),
    edgeFeatures: edgeRows.length === 0 ? null : edgeRows,
  };
}

function matrix(
  columns: ReadonlyMap<string, TableColumn>,
  chosen: readonly string[] | undefined,
  count: number,
  what: string,
  categories: Readonly<Record<string, readonly string[]>>,
  fail: Fail,
): Float32Array {
  const isPlain = (column: TableColumn): boolean => column.kind === 'number' || column.kind === 'boolean';
  const names = chosen ?? [...columns].filter(([, column]) => isPlain(column)).map(([name]) => name);
  const out = new Float32Array(count * names.length);
  for (const [at, name] of names.entries()) {
    const column = columns.get(name);
    const place = `${what} column ${quote(name)}`;
    if (column === undefined)
      throw fail('out-of-range', place, `one of ${[...columns.keys()].join(', ')}`, 'no such column');
    const read = readerOf(column, Object.hasOwn(categories, name) ? categories[name] : null, place, fail);
    for (let row = 0; row < count; row++) out[row * names.length + at] = read(row);
  }
  return out;
}

function readerOf(
  column: TableColumn,
  categories: readonly string[] | null,
  place: string,
  fail: Fail,
): (row: number) => number {
  if (column.kind === 'number' || column.kind === 'boolean') {
    const { values, missing } = column;
    return (row) => {
      if (missing[row] === 0) return values[row];
      throw fail('bad-value', `${place}, row ${row}`, 'a number', 'none');
    };
  }
  if (column.kind === 'text' && categories !== null) {
    const { values } = column;
    return (row) => {
      const value = values[row];
      const id = value === null ? -1 : categories.indexOf(value);
      if (id >= 0) return id;
      throw fail('bad-value', `${place}, row ${row}`, `one of ${categories.join(', ')}`, quote(value));
    };
  }
  throw fail('unsupported', place, 'numbers, booleans, or texts with categories', `values of kind ${column.kind}`);
}
