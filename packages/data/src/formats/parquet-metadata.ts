// The footer of a Parquet file: its schema as a tree, and where the pages of each column lie. All that it says is held
// against the file before a page is looked at.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

import { quote } from '../errors.ts';
import type { Codec } from './block-codecs.ts';
import { type Kind, maxNesting, textOf } from './column-values.ts';
import type { Fail } from './raster.ts';
import { ThriftReader } from './thrift.ts';

/** The footer: about a million columns in all row groups. */
export const maxFooterBytes = 64 * 1024 * 1024;

/** Names of the physical types, in the order of their codes. */
export const physicalTypes = ['boolean', 'i32', 'i64', 'i96', 'f32', 'f64', 'bytes', 'fixed'] as const;
export type Physical = (typeof physicalTypes)[number];

/** What the values of a column mean beyond their bytes; ticks of a time are so many in a millisecond. */
export type Meaning =
  | { readonly is: 'itself' | 'text' | 'date' | 'unsigned' | 'half' | 'uuid' | 'list' | 'map' }
  | { readonly is: 'time' | 'instant'; readonly ticks: number }
  | { readonly is: 'decimal'; readonly scale: number }
  | { readonly is: 'refused'; readonly name: string };

export interface Leaf {
  readonly path: string;
  readonly physical: Physical;
  readonly meaning: Meaning;
  readonly kind: Kind;
  /** Bytes of a value; 0 for those with a length of their own, and for booleans. */
  readonly width: number;
  /** Levels of a value that is there. */
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** Nodes from the column down to this one. */
  readonly depth: number;
  readonly isNested: boolean;
}

export interface SchemaNode {
  readonly name: string;
  readonly path: string;
  readonly repetition: 'required' | 'optional' | 'repeated';
  readonly meaning: Meaning;
  /** Levels at which this node is there. */
  readonly definition: number;
  readonly level: number;
  readonly children: readonly SchemaNode[];
  /** Of the children. */
  readonly names: readonly string[];
  /** Its own column, where it has no children. */
  readonly leaf: Leaf | null;
  /** Numbers of the columns below it, from `first` to before `last`. */
  readonly first: number;
  readonly last: number;
}

export interface ColumnChunk {
  readonly start: number;
  readonly end: number;
  readonly codec: Codec;
  readonly values: number;
}

export interface ParquetFooter {
  readonly rows: number;
  readonly columns: readonly SchemaNode[];
  readonly leaves: readonly Leaf[];
  readonly groups: readonly { readonly rows: number; readonly chunks: readonly ColumnChunk[] }[];
}

interface SchemaElement {
  name: string;
  physical: number | null;
  width: number;
  repetition: number;
  children: number;
  converted: number | null;
  scale: number;
  logical: Meaning | null;
}

interface ChunkMetadata {
  physical: number;
  path: string;
  codec: number;
  values: number;
  size: number;
  dataStart: number;
  dictionaryStart: number;
}

const repetitions = ['required', 'optional', 'repeated'] as const;
const codecs: Readonly<Record<number, Codec>> = {
  0: 'none',
  1: 'snappy',
  2: 'gzip',
  4: 'brotli',
  6: 'zstd',
  7: 'lz4-raw',
};

/** @throws {DataError} malformed, unsupported: encryption, LZO and LZ4 of Hadoop, columns in other files */
export function readFooter(bytes: Uint8Array, fail: Fail): ParquetFooter {
  const first = String.fromCharCode(...bytes.subarray(0, 4));
  const last = String.fromCharCode(...bytes.subarray(-4));
  if (first === 'PARE' || last === 'PARE') throw fail('unsupported', 'magic number', 'no encryption', '"PARE"');
  if (bytes.length < 12 || first !== 'PAR1' || last !== 'PAR1') {
    const actual = bytes.length === 0 ? 'an empty file' : first === 'PAR1' ? 'a file cut short' : 'another format';
    throw fail('malformed', 'magic number', '"PAR1" at both ends', actual);
  }
  const end = bytes.length - 8;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true);
  if (length > end - 4) throw fail('malformed', 'footer', `at most ${end - 4} bytes`, `${length}`);
  if (length > maxFooterBytes) throw fail('too-large', 'footer', `at most ${maxFooterBytes} bytes`, `${length}`);
  const start = end - length;
  const reader = new ThriftReader(bytes, start, end, (expected, actual) =>
    fail('malformed', 'footer', expected, actual),
  );
  const name = (): string => textOf(reader.binary(), 'footer', fail);

  let rows = -1;
  let schema: SchemaElement[] = [];
  let groups: { rows: number; chunks: ChunkMetadata[] }[] = [];
  reader.struct({
    2: () => {
      schema = reader.list(readElement);
    },
    3: () => {
      rows = reader.int();
    },
    4: () => {
      groups = reader.list(readGroup);
    },
    8: () => {
      throw fail('unsupported', 'footer', 'no encryption', 'an encryption algorithm');
    },
  });
  const { columns, leaves } = schemaTree(schema, fail);
  const total = groups.reduce((sum, group) => sum + group.rows, 0);
  if (!(rows >= 0 && total === rows && groups.every((group) => group.rows >= 0))) {
    throw fail('malformed', 'footer', `${rows} rows in all row groups`, `${total}`);
  }
  return {
    rows,
    columns,
    leaves,
    groups: groups.map((group, at) => ({ rows: group.rows, chunks: checkChunks(group.chunks, group.rows, at) })),
  };

  function readElement(): SchemaElement {
    const element: SchemaElement = {
      name: '',
      physical: null,
      width: 0,
      repetition: 0,
      children: 0,
      converted: null,
      scale: 0,
      logical: null,
    };
    reader.struct({
      1: () => {
        element.physical = reader.int();
      },
      2: () => {
        element.width = reader.int();
      },
      3: () => {
        element.repetition = reader.int();
      },
      4: () => {
        element.name = name();
      },
      5: () => {
        element.children = reader.int();
      },
      6: () => {
        element.converted = reader.int();
      },
      7: () => {
        element.scale = reader.int();
      },
      10: () => {
        element.logical = readLogicalType();
      },
    });
    return element;
  }

  function readLogicalType(): Meaning | null {
    let meaning: Meaning | null = null;
    const plain = (is: 'text' | 'map' | 'list' | 'date' | 'uuid' | 'half' | 'itself') => () => {
      reader.skip();
      meaning = { is };
    };
    const refused = (what: string) => () => {
      reader.skip();
      meaning = { is: 'refused', name: what };
    };
    const time = (is: 'time' | 'instant') => () => {
      let ticks = 0;
      const unit = (count: number) => () => {
        reader.skip();
        ticks = count;
      };
      reader.struct({ 2: () => reader.struct({ 1: unit(1), 2: unit(1000), 3: unit(1_000_000) }) });
      if (ticks === 0) throw fail('malformed', 'schema', 'a unit of time', 'none');
      meaning = { is, ticks };
    };
    reader.struct({
      1: plain('text'),
      2: plain('map'),
      3: plain('list'),
      4: plain('text'),
      5: () => {
        let scale = 0;
        reader.struct({
          1: () => {
            scale = reader.int();
          },
        });
        meaning = { is: 'decimal', scale };
      },
      6: plain('date'),
      7: time('time'),
      8: time('instant'),
      10: () => {
        let isSigned = true;
        reader.struct({
          2: () => {
            isSigned = reader.bool();
          },
        });
        meaning = { is: isSigned ? 'itself' : 'unsigned' };
      },
      11: plain('itself'),
      12: plain('text'),
      13: plain('itself'),
      14: plain('uuid'),
      15: plain('half'),
      16: refused('VARIANT'),
      17: plain('itself'),
      18: plain('itself'),
    });
    return meaning;
  }

  function readGroup(): { rows: number; chunks: ChunkMetadata[] } {
    const group: { rows: number; chunks: ChunkMetadata[] } = { rows: -1, chunks: [] };
    reader.struct({
      1: () => {
        group.chunks = reader.list(readChunk);
      },
      3: () => {
        group.rows = reader.int();
      },
    });
    return group;
  }

  function readChunk(): ChunkMetadata {
    const none = { physical: -1, path: '', codec: -1, values: -1, size: -1, dataStart: -1, dictionaryStart: 0 };
    const chunk: ChunkMetadata = { ...none };
    reader.struct({
      1: () => {
        throw fail('unsupported', 'footer', 'all columns in one file', `one in ${quote(name())}`);
      },
      3: () =>
        reader.struct({
          1: () => {
            chunk.physical = reader.int();
          },
          3: () => {
            chunk.path = reader.list(name).join('.');
          },
          4: () => {
            chunk.codec = reader.int();
          },
          5: () => {
            chunk.values = reader.int();
          },
          7: () => {
            chunk.size = reader.int();
          },
          9: () => {
            chunk.dataStart = reader.int();
          },
          11: () => {
            chunk.dictionaryStart = reader.int();
          },
        }),
      8: () => {
        throw fail('unsupported', 'footer', 'no encryption', 'an encrypted column');
      },
    });
    return chunk;
  }

  function checkChunks(chunks: readonly ChunkMetadata[], groupRows: number, group: number): ColumnChunk[] {
    if (chunks.length !== leaves.length) {
      throw fail('malformed', `row group ${group}`, `${leaves.length} columns`, `${chunks.length}`);
    }
    return chunks.map((chunk, at) => {
      const leaf = leaves[at];
      const place = `row group ${group}, column ${quote(leaf.path)}`;
      if (chunk.path !== leaf.path) throw fail('malformed', place, 'its pages', `those of ${quote(chunk.path)}`);
      if (physicalTypes[chunk.physical] !== leaf.physical) {
        throw fail(
          'malformed',
          place,
          `values of ${leaf.physical}`,
          `${physicalTypes[chunk.physical] ?? chunk.physical}`,
        );
      }
      const codec = Object.hasOwn(codecs, chunk.codec) ? codecs[chunk.codec] : undefined;
      if (codec === undefined) {
        const actual = chunk.codec === 3 ? 'LZO' : chunk.codec === 5 ? 'LZ4 of Hadoop' : `${chunk.codec}`;
        throw fail('unsupported', place, 'none, Snappy, gzip, Brotli, zstd or raw LZ4', actual);
      }
      // Where there is no dictionary its offset is left out, or 0.
      const { dictionaryStart, dataStart } = chunk;
      const from = dictionaryStart > 0 && dictionaryStart < dataStart ? dictionaryStart : dataStart;
      const to = from + chunk.size;
      if (!(from >= 4 && to >= from && to <= start)) {
        throw fail('malformed', place, `pages between bytes 4 and ${start}`, `${from} to ${to}`);
      }
      const isFlat = leaf.maxRepetition === 0;
      if (isFlat ? chunk.values !== groupRows : !(chunk.values >= groupRows)) {
        throw fail('malformed', place, `${isFlat ? '' : 'at least '}${groupRows} values`, `${chunk.values}`);
      }
      return { start: from, end: to, codec, values: chunk.values };
    });
  }
}

function schemaTree(elements: readonly SchemaElement[], fail: Fail): { columns: SchemaNode[]; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  if (elements.length === 0) throw fail('malformed', 'schema', 'a root', 'nothing');
  let next = 1;
  const columns = childrenOf(elements[0], '', 0, 0, 1);
  if (next !== elements.length) throw fail('malformed', 'schema', `${next} elements`, `${elements.length}`);
  return { columns, leaves };

  function childrenOf(parent: SchemaElement, path: string, definition: number, level: number, depth: number) {
    if (depth > maxNesting) throw fail('too-large', 'schema', `at most ${maxNesting} levels`, 'more');
    if (!(parent.children >= 0 && parent.children <= elements.length - next)) {
      throw fail('malformed', 'schema', `at most ${elements.length - next} children`, `${parent.children}`);
    }
    const nodes: SchemaNode[] = [];
    // A child takes more than one element: they may end before the parent has all.
    for (let at = 0; at < parent.children; at++) {
      if (next >= elements.length) throw fail('malformed', 'schema', `${parent.children} children`, `${at}`);
      nodes.push(nodeOf(elements[next++], path, definition, level, depth));
    }
    return nodes;
  }

  function nodeOf(
    element: SchemaElement,
    parent: string,
    outer: number,
    outerLevel: number,
    depth: number,
  ): SchemaNode {
    const path = parent === '' ? element.name : `${parent}.${element.name}`;
    const place = `column ${quote(path)}`;
    const repetition = repetitions[element.repetition];
    if (repetition === undefined)
      throw fail('malformed', place, 'required, optional or repeated', `${element.repetition}`);
    const definition = outer + (repetition === 'required' ? 0 : 1);
    const level = outerLevel + (repetition === 'repeated' ? 1 : 0);
    const meaning = element.logical ?? convertedMeaning(element);
    const first = leaves.length;
    // A group has no type of its own; an empty one says that it has 0 children.
    const children = element.physical === null ? childrenOf(element, path, definition, level, depth + 1) : [];
    let leaf: Leaf | null = null;
    if (element.physical !== null) {
      leaf = leafOf(element, path, place, meaning, definition, level, depth);
      leaves.push(leaf);
    } else if (children.length === 0) throw fail('unsupported', place, 'at least one field', 'none');
    const last = leaves.length;
    const names = children.map(({ name }) => name);
    return { name: element.name, path, repetition, meaning, definition, level, children, names, leaf, first, last };
  }

  function leafOf(
    element: SchemaElement,
    path: string,
    place: string,
    meaning: Meaning,
    maxDefinition: number,
    maxRepetition: number,
    depth: number,
  ): Leaf {
    const physical = physicalTypes[element.physical ?? -1];
    if (physical === undefined) throw fail('malformed', place, 'a type of Parquet', `${element.physical}`);
    const widths: Partial<Record<Physical, number>> = { i32: 4, i64: 8, i96: 12, f32: 4, f64: 8, fixed: element.width };
    const width = widths[physical] ?? 0;
    if (physical === 'fixed' && !(width >= 1)) throw fail('malformed', place, 'a length of at least 1', `${width}`);
    const kind = kindOf(physical, meaning, width);
    if (kind === null) {
      throw fail('malformed', place, `a type that suits "${meaning.is}"`, `${physical} of ${width} bytes`);
    }
    const isNested = depth > 1 || maxRepetition > 0;
    return { path, physical, meaning, kind, width, maxDefinition, maxRepetition, depth, isNested };
  }
}

/** Null where the meaning does not suit the type. */
function kindOf(physical: Physical, meaning: Meaning, width: number): Kind | null {
  const isInteger = physical === 'i32' || physical === 'i64';
  const isBytes = physical === 'bytes' || physical === 'fixed';
  switch (meaning.is) {
    case 'itself':
      if (physical === 'boolean') return 'boolean';
      if (physical === 'i64') return 'integer';
      if (physical === 'i96') return 'date';
      return isBytes ? 'bytes' : 'number';
    case 'text':
      return isBytes ? 'text' : null;
    case 'date':
      return physical === 'i32' ? 'date' : null;
    case 'time':
      return isInteger ? 'number' : null;
    case 'instant':
      return physical === 'i64' ? 'date' : null;
    case 'unsigned':
      return physical === 'i64' ? 'integer' : physical === 'i32' ? 'number' : null;
    case 'half':
      return physical === 'fixed' && width === 2 ? 'number' : null;
    case 'uuid':
      return physical === 'fixed' && width === 16 ? 'text' : null;
    case 'decimal':
      return (isInteger || isBytes) && Math.abs(meaning.scale) <= 10_000 ? 'number' : null;
    case 'refused':
      return 'bytes';
    default:
      return null;
  }
}

/** The older way to say what values mean. */
function convertedMeaning({ converted, scale }: SchemaElement): Meaning {
  switch (converted) {
    case 0: // UTF8
    case 4: // ENUM
    case 19: // JSON
      return { is: 'text' };
    case 1: // MAP
    case 2: // MAP_KEY_VALUE
      return { is: 'map' };
    case 3:
      return { is: 'list' };
    case 5:
      return { is: 'decimal', scale };
    case 6:
      return { is: 'date' };
    case 7:
      return { is: 'time', ticks: 1 };
    case 8:
      return { is: 'time', ticks: 1000 };
    case 9:
      return { is: 'instant', ticks: 1 };
    case 10:
      return { is: 'instant', ticks: 1000 };
    case 11:
    case 12:
    case 13:
    case 14:
      return { is: 'unsigned' };
    case 21:
      return { is: 'refused', name: 'INTERVAL' };
    default:
      return { is: 'itself' };
  }
}
