// The text files of GIN (MUTAG, PROTEINS, ...): the number of graphs; for each "nodes class", and for each node
// "tag neighbours neighbour ..." with, in some files, attributes after that.

import { type Origin, quote } from '../errors.ts';
import { checkGraphSize, type Graph, type GraphOptions } from './graph.ts';
import { type Fail, failer } from './raster.ts';
import { columnOf } from './table.ts';
import { decodeText, Lines, parseCount, parseDecimal, splitSpaces } from './text-lines.ts';

export interface LabelledGraphs {
  /** Undirected; the node feature `tag`, and `attribute0`, `attribute1`, ... where the file has them. */
  readonly graphs: readonly Graph[];
  /** As the file has them: not always from 0 on. */
  readonly labels: Int32Array;
}

/** The limit on nodes and on edges is for all graphs together. @throws {DataError} malformed, bad-value, empty, too-large */
export function decodeGinGraphs(bytes: Uint8Array, origin: Origin, options: GraphOptions = {}): LabelledGraphs {
  const fail = failer(origin, 'get the file again');
  const lines = new Lines(decodeText(bytes, origin, fail), fail);
  const first = lines.need('the number of graphs');
  const count = parseCount(first);
  if (Number.isNaN(count)) throw fail('malformed', lines.place, 'the number of graphs', quote(first));
  if (count === 0) throw fail('empty', lines.place, 'at least one graph', 'none');
  // A graph takes at least "1 0\n0 0\n".
  if (count * 8 > bytes.length + 1)
    throw fail('malformed', lines.place, `graphs that fit ${bytes.length} bytes`, `${count}`);
  const graphs: Graph[] = [];
  const labels = new Int32Array(count);
  let nodes = 0;
  for (let graph = 0; graph < count; graph++) {
    const words = splitSpaces(lines.need(`graph ${graph}`));
    const size = parseCount(words[0]);
    const label = parseInteger(words[1] ?? '');
    if (words.length !== 2 || Number.isNaN(size + label)) {
      throw fail('malformed', lines.place, 'a number of nodes and a class', quote(words.join(' ')));
    }
    nodes += size;
    checkGraphSize(size === 0 ? 0 : nodes, 'nodes', options, fail, lines.place);
    if (size * 4 > bytes.length)
      throw fail('malformed', lines.place, `nodes that fit ${bytes.length} bytes`, `${size}`);
    labels[graph] = label;
    graphs.push(readGraph(lines, size, fail));
  }
  const rest = lines.next();
  if (rest !== null) throw fail('malformed', lines.place, 'the end of the file', quote(rest));
  return { graphs, labels };
}

function parseInteger(token: string): number {
  const value = /^-?\d{1,10}$/.test(token) ? Number(token) : Number.NaN;
  return value === (value | 0) ? value : Number.NaN;
}

function readGraph(lines: Lines, size: number, fail: Fail): Graph {
  const begin = lines.number;
  const tags: number[] = [];
  const attributes: number[][] = [];
  const ends: number[] = [];
  const seen = new Set<number>();
  let width: number | null = null;
  for (let node = 0; node < size; node++) {
    const words = splitSpaces(lines.need(`node ${node}`));
    const [tag, degree] = [parseInteger(words[0]), parseCount(words[1] ?? '')];
    if (Number.isNaN(tag) || !(degree <= words.length - 2)) {
      throw fail(
        'malformed',
        lines.place,
        'a tag, a number of neighbours and as many neighbours',
        quote(words.join(' ')),
      );
    }
    tags.push(tag);
    for (const word of words.slice(2, degree + 2)) {
      const other = parseCount(word);
      if (!(other < size)) throw fail('malformed', lines.place, `nodes from 0 to ${size - 1}`, quote(word));
      const key = node * size + other;
      if (seen.has(key)) throw fail('malformed', lines.place, 'each neighbour once', `${other} twice`);
      seen.add(key);
      if (node <= other) ends.push(node, other);
    }
    const values = words.slice(degree + 2).map(parseDecimal);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail('bad-value', lines.place, 'a finite number', quote(words[degree + 2 + bad]));
    width ??= values.length;
    if (values.length !== width)
      throw fail('malformed', lines.place, `${width} attributes, as before`, `${values.length}`);
    attributes.push(values);
  }
  for (const key of seen) {
    const [node, other] = [Math.floor(key / size), key % size];
    if (seen.has(other * size + node)) continue;
    throw fail(
      'malformed',
      `the graph of line ${begin}`,
      `${node} among the neighbours of ${other}`,
      'only the reverse',
    );
  }
  const features = Array.from({ length: width ?? 0 }, (_, at) => {
    const name = `attribute${at}`;
    return [
      name,
      columnOf(
        attributes.map((values) => values[at]),
        name,
        fail,
      ),
    ] as const;
  });
  return {
    nodes: size,
    directed: false,
    edges: Uint32Array.from(ends),
    names: null,
    nodeFeatures: new Map([['tag', columnOf(tags, 'tag', fail)], ...features]),
    edgeFeatures: new Map(),
  };
}
