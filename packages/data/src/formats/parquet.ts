// Parquet. The footer and the pages are read in parquet-metadata.ts and parquet-pages.ts; here columns are made of them,
// nested ones by their levels (Dremel).

import { type Origin, quote } from '../errors.ts';
import { type Codec, loadCodecs } from './block-codecs.ts';
import {
  Budget,
  type ColumnarOptions,
  columnarFailer,
  columnFrom,
  listOf,
  nestedValue,
  recordOf,
  selectedColumns,
} from './column-values.ts';
import { type Leaf, readFooter, type SchemaNode } from './parquet-metadata.ts';
import { type LeafPart, readPages } from './parquet-pages.ts';
import type { Fail } from './raster.ts';
import { checkRowCount, type Table, type TableColumn } from './table.ts';

/**
 * All encodings of Parquet in pages of both versions; none, Snappy, gzip, Brotli, zstd and raw LZ4. Times without a zone
 * count as UTC, times of the day as milliseconds. A decimal is the nearest float. Lists are arrays, records are objects,
 * maps are arrays of [key, value].
 * @throws {DataError} malformed, bad-value, empty, too-large, out-of-range for the columns; unsupported: encryption,
 * intervals, variants, LZO
 */
export async function decodeParquet(bytes: Uint8Array, origin: Origin, options: ColumnarOptions = {}): Promise<Table> {
  const fail = columnarFailer(origin);
  const { rows, columns: all, leaves, groups } = readFooter(bytes, fail);
  const names = new Set(
    selectedColumns(
      all.map(({ name }) => name),
      options,
      fail,
    ),
  );
  checkRowCount(rows, options, fail, 'footer');
  const nodes = all.filter(({ name }) => names.has(name));
  for (const node of nodes) checkMeaning(node, fail);
  const codecs = new Set<Codec>();
  for (const { chunks } of groups) {
    for (const { first, last } of nodes) for (const { codec } of chunks.slice(first, last)) codecs.add(codec);
  }
  const inflate = await loadCodecs(codecs);
  const budget = new Budget(bytes.length, options, fail);
  const made = new Map<string, TableColumn>();
  for (const node of nodes) {
    const data = leaves.slice(node.first, node.last).map((leaf, at) => ({
      leaf,
      parts: groups.flatMap(({ rows: count, chunks }) =>
        readPages(bytes, chunks[node.first + at], leaf, count, inflate, budget, fail),
      ),
    }));
    const isFlat = node.leaf !== null && node.repetition !== 'repeated';
    const column = isFlat ? flatColumn(data[0], rows) : nestedColumn(node, data, rows);
    const { kind, values, missing } = column;
    const hasFloats = data.some(({ leaf }) => leaf.kind === 'number' && leaf.physical !== 'i32');
    made.set(node.name, columnFrom(kind, values, missing, hasFloats, node.name, fail, options));
  }
  // In the order that was asked for.
  const columns = new Map<string, TableColumn>();
  for (const name of names) {
    const column = made.get(name);
    if (column !== undefined) columns.set(name, column);
  }
  return { length: rows, columns };

  function nestedColumn(node: SchemaNode, data: readonly LeafData[], count: number) {
    const place = `column ${quote(node.path)}`;
    const cursors = data.map(({ leaf, parts }) => new LeafCursor(leaf, parts));
    const assembler = new Assembler(cursors, node.first, (expected, actual) =>
      fail('malformed', place, expected, actual),
    );
    const missing = new Uint8Array(count);
    const values = listOf(count, (row) => {
      const value = assembler.row(node);
      if (value === null) missing[row] = 1;
      return value;
    });
    assembler.end(node);
    return { kind: 'nested', values, missing } as const;
  }
}

interface LeafData {
  readonly leaf: Leaf;
  readonly parts: readonly LeafPart[];
}

function checkMeaning(node: SchemaNode, fail: Fail): void {
  const place = `column ${quote(node.path)}`;
  if (node.meaning.is === 'refused') throw fail('unsupported', place, 'a type that is read here', node.meaning.name);
  for (const child of node.children) checkMeaning(child, fail);
}

/** Values at their rows: those that are there follow each other in the parts. */
function flatColumn({ leaf, parts }: LeafData, rows: number) {
  const missing = new Uint8Array(rows);
  const [{ values: first }] = parts;
  const numbers =
    first instanceof Float64Array
      ? new Float64Array(rows)
      : first instanceof BigInt64Array
        ? new BigInt64Array(rows)
        : first instanceof BigUint64Array
          ? new BigUint64Array(rows)
          : null;
  // Pushed, as in `listOf`.
  const others: unknown[] = [];
  let row = 0;
  for (const { count, values, definitions } of parts) {
    let next = 0;
    for (let at = 0; at < count; at++, row++) {
      const isMissing = definitions !== null && definitions[at] < leaf.maxDefinition;
      if (isMissing) missing[row] = 1;
      if (numbers === null) others.push(isMissing ? null : values[next++]);
      else if (!isMissing) setNumber(numbers, row, values[next++]);
    }
  }
  return { kind: leaf.kind, values: numbers ?? others, missing };
}

function setNumber(to: Float64Array | BigInt64Array | BigUint64Array, row: number, value: unknown): void {
  if (to instanceof Float64Array) {
    if (typeof value === 'number') to[row] = value;
  } else if (typeof value === 'bigint') to[row] = value;
}

/** Goes through the levels of one leaf; at the end both are -1. */
class LeafCursor {
  readonly leaf: Leaf;
  readonly #parts: readonly LeafPart[];
  #part = -1;
  #at = 0;
  #value = 0;
  #count = 0;
  definition = -1;
  repetition = -1;

  constructor(leaf: Leaf, parts: readonly LeafPart[]) {
    this.leaf = leaf;
    this.#parts = parts;
    this.#load();
  }

  #load(): void {
    while (this.#at >= this.#count) {
      this.#part++;
      this.#at = 0;
      this.#value = 0;
      if (this.#part >= this.#parts.length) {
        this.definition = -1;
        this.repetition = -1;
        return;
      }
      this.#count = this.#parts[this.#part].count;
    }
    const { definitions, repetitions } = this.#parts[this.#part];
    this.definition = definitions === null ? this.leaf.maxDefinition : definitions[this.#at];
    this.repetition = repetitions === null ? 0 : repetitions[this.#at];
  }

  /** The value, or null where there is none, and on to the next. */
  take(): unknown {
    const { values } = this.#parts[this.#part];
    const value = this.definition === this.leaf.maxDefinition ? values[this.#value++] : null;
    this.#at++;
    this.#load();
    return value === null ? null : nestedValue(this.leaf.kind, value);
  }
}

class Assembler {
  readonly #cursors: readonly LeafCursor[];
  readonly #first: number;
  readonly #wrong: (expected: string, actual: string) => Error;

  constructor(cursors: readonly LeafCursor[], first: number, wrong: (expected: string, actual: string) => Error) {
    this.#cursors = cursors;
    this.#first = first;
    this.#wrong = wrong;
  }

  row(node: SchemaNode): unknown {
    if (this.#level(node) !== 0) throw this.#wrong('levels of lists that suit each other', 'others');
    return this.#read(node);
  }

  end(node: SchemaNode): void {
    if (this.#level(node) !== -1) throw this.#wrong('levels of lists that suit each other', 'others');
  }

  /** What all leaves below agree on: where the next value belongs. */
  #level(node: SchemaNode): number {
    const { repetition } = this.#cursors[node.first - this.#first];
    for (let at = node.first + 1; at < node.last; at++) {
      if (this.#cursors[at - this.#first].repetition !== repetition) {
        throw this.#wrong('fields with as many values each', 'one with more');
      }
    }
    return repetition;
  }

  #read(node: SchemaNode): unknown {
    if (node.repetition === 'repeated') return this.#items(node, () => this.#present(node));
    if (node.repetition === 'optional' && this.#isAbsent(node)) return null;
    return this.#present(node);
  }

  /** Takes the one entry that stands for what is not there. */
  #isAbsent(node: SchemaNode): boolean {
    const start = node.first - this.#first;
    const end = node.last - this.#first;
    const { definition } = this.#cursors[start];
    const isAbsent = definition < node.definition;
    for (let at = start + 1; at < end; at++) {
      const other = this.#cursors[at].definition;
      // Fields may be absent in a record, but a record is there for all of its fields or for none.
      if (isAbsent ? other !== definition : other < node.definition) {
        throw this.#wrong('a record in all of its fields', 'one in some');
      }
    }
    if (isAbsent) for (let at = start; at < end; at++) this.#cursors[at].take();
    return isAbsent;
  }

  #items(node: SchemaNode, item: () => unknown): unknown[] {
    if (this.#isAbsent(node)) return [];
    const items: unknown[] = [];
    do items.push(item());
    while (this.#level(node) === node.level);
    return items;
  }

  #present(node: SchemaNode): unknown {
    const { children, meaning } = node;
    if (node.leaf !== null) return this.#cursors[node.first - this.#first].take();
    const [only] = children;
    if (children.length === 1 && only.repetition === 'repeated') {
      if (meaning.is === 'list') return this.#items(only, () => this.#element(node, only));
      if (meaning.is === 'map' && only.children.length === 2) {
        return this.#items(only, () => only.children.map((child) => this.#read(child)));
      }
    }
    return recordOf(
      node.names,
      children.map((child) => this.#read(child)),
    );
  }

  /** Of a list: the repeated node itself in the older ways to write one, else the one child that it has. */
  #element(list: SchemaNode, repeated: SchemaNode): unknown {
    const isElement =
      repeated.children.length !== 1 || repeated.name === 'array' || repeated.name === `${list.name}_tuple`;
    return isElement ? this.#present(repeated) : this.#read(repeated.children[0]);
  }
}
