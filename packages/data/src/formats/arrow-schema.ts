// The schema of an Arrow file or stream.
// https://github.com/apache/arrow/blob/main/format/Schema.fbs

import { quote } from '../errors.ts';
import { maxNesting, textOf } from './column-values.ts';
import type { FlatTable } from './flatbuffer.ts';
import type { Fail } from './raster.ts';

/** Fields of a schema, those inside of others too. */
export const maxFields = 65_536;

/** Bytes of an integer, and whether it has a sign. */
export interface IntegerType {
  readonly bytes: number;
  readonly isSigned: boolean;
}

/** Times: a tick is `milliseconds / ticks` long. */
export type ArrowType =
  | ({ readonly is: 'integer' } & IntegerType)
  | { readonly is: 'float'; readonly bytes: 2 | 4 | 8 }
  | { readonly is: 'null' | 'boolean' | 'record' }
  | { readonly is: 'text' | 'bytes'; readonly offsetBytes: 4 | 8 }
  | { readonly is: 'text-view' | 'bytes-view' }
  | { readonly is: 'fixed'; readonly bytes: number }
  | { readonly is: 'decimal'; readonly bytes: number; readonly scale: number }
  | { readonly is: 'days' }
  | {
      readonly is: 'instant' | 'duration';
      readonly bytes: 4 | 8;
      readonly milliseconds: number;
      readonly ticks: number;
    }
  | { readonly is: 'list' | 'map'; readonly offsetBytes: 4 | 8 }
  | { readonly is: 'fixed-list'; readonly size: number }
  /** How many buffers it has, to be passed over. */
  | { readonly is: 'refused'; readonly name: string; readonly buffers: number };

export interface ArrowField {
  readonly name: string;
  readonly path: string;
  /** Of the values, where a dictionary has them. */
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
  readonly dictionary: { readonly id: number; readonly index: IntegerType } | null;
}

/** @throws {DataError} malformed, too-large; unsupported: big-endian. A type that is not read is for the caller to refuse. */
export function readSchema(schema: FlatTable, fail: Fail): ArrowField[] {
  if (schema.short(0) !== 0) throw fail('unsupported', 'schema', 'little-endian values', 'big-endian ones');
  let count = 0;
  return fieldsOf(schema.tables(1, maxFields), '', 1);

  // Tables may be shared: a few bytes can stand for very many fields.
  function fieldsOf(tables: readonly FlatTable[], parent: string, depth: number): ArrowField[] {
    if (depth > maxNesting) throw fail('too-large', 'schema', `at most ${maxNesting} levels`, 'more');
    count += tables.length;
    if (count > maxFields) throw fail('too-large', 'schema', `at most ${maxFields} fields`, 'more');
    return tables.map((table) => fieldOf(table, parent, depth));
  }

  function fieldOf(table: FlatTable, parent: string, depth: number): ArrowField {
    const name = textOf(table.text(0) ?? new Uint8Array(0), 'schema', fail);
    const path = parent === '' ? name : `${parent}.${name}`;
    const place = `column ${quote(path)}`;
    const children = fieldsOf(table.tables(5, maxFields), path, depth + 1);
    const detail = table.table(3);
    if (detail === null) throw fail('malformed', place, 'a type', 'none');
    const type = typeOf(table.byte(2), detail, place);
    const wanted = type.is === 'list' || type.is === 'map' || type.is === 'fixed-list' ? 1 : null;
    if (wanted !== null && children.length !== wanted) {
      throw fail('malformed', place, 'one field in a list', `${children.length}`);
    }
    if (type.is === 'map' && !(children[0].type.is === 'record' && children[0].children.length === 2)) {
      throw fail('malformed', place, 'keys and values in a map', `${children[0].children.length} fields`);
    }
    const encoding = table.table(4);
    if (encoding === null) return { name, path, type, children, dictionary: null };
    const index = encoding.table(1);
    const indexType = index === null ? { bytes: 4, isSigned: true } : integerOf(index, place);
    return { name, path, type, children, dictionary: { id: encoding.long(0), index: indexType } };
  }

  function integerOf(table: FlatTable, place: string): IntegerType {
    const bits = table.int(0);
    if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
      throw fail('malformed', place, 'integers of 8, 16, 32 or 64 bits', `${bits}`);
    }
    return { bytes: bits / 8, isSigned: table.byte(1) !== 0 };
  }

  function timeOf(is: 'instant' | 'duration', unit: number, bytes: 4 | 8, place: string): ArrowType {
    const units = [
      [1000, 1],
      [1, 1],
      [1, 1000],
      [1, 1_000_000],
    ];
    const found = units[unit];
    if (found === undefined) throw fail('malformed', place, 'a unit of time', `${unit}`);
    return { is, bytes, milliseconds: found[0], ticks: found[1] };
  }

  function positive(value: number, what: string, place: string): number {
    if (!(value >= 1)) throw fail('malformed', place, `${what} of at least 1`, `${value}`);
    return value;
  }

  function typeOf(code: number, detail: FlatTable, place: string): ArrowType {
    const refused = (name: string, buffers: number): ArrowType => ({ is: 'refused', name, buffers });
    switch (code) {
      case 1:
        return { is: 'null' };
      case 2:
        return { is: 'integer', ...integerOf(detail, place) };
      case 3: {
        const precision = detail.short(0);
        if (precision < 0 || precision > 2) throw fail('malformed', place, 'a precision of floats', `${precision}`);
        return { is: 'float', bytes: precision === 0 ? 2 : precision === 1 ? 4 : 8 };
      }
      case 4:
        return { is: 'bytes', offsetBytes: 4 };
      case 5:
        return { is: 'text', offsetBytes: 4 };
      case 6:
        return { is: 'boolean' };
      case 7: {
        const bits = detail.int(2, 128);
        if (![32, 64, 128, 256].includes(bits)) throw fail('malformed', place, 'decimals of 32 to 256 bits', `${bits}`);
        const scale = detail.int(1);
        if (Math.abs(scale) > 10_000) throw fail('malformed', place, 'a scale of decimals', `${scale}`);
        return { is: 'decimal', bytes: bits / 8, scale };
      }
      case 8:
        return detail.short(0, 1) === 0 ? { is: 'days' } : timeOf('instant', 1, 8, place);
      case 9:
        return timeOf('duration', detail.short(0, 1), detail.int(1, 32) === 64 ? 8 : 4, place);
      case 10:
        return timeOf('instant', detail.short(0), 8, place);
      case 11:
        return refused('an interval', 2);
      case 12:
        return { is: 'list', offsetBytes: 4 };
      case 13:
        return { is: 'record' };
      case 14:
        return refused('a union', detail.short(0) === 0 ? 1 : 2);
      case 15:
        return { is: 'fixed', bytes: positive(detail.int(0), 'a width', place) };
      case 16:
        return { is: 'fixed-list', size: positive(detail.int(0), 'a length of lists', place) };
      case 17:
        return { is: 'map', offsetBytes: 4 };
      case 18:
        return timeOf('duration', detail.short(0, 1), 8, place);
      case 19:
        return { is: 'bytes', offsetBytes: 8 };
      case 20:
        return { is: 'text', offsetBytes: 8 };
      case 21:
        return { is: 'list', offsetBytes: 8 };
      case 22:
        return refused('run-end encoding', 0);
      case 23:
        return { is: 'bytes-view' };
      case 24:
        return { is: 'text-view' };
      case 25:
      case 26:
        return refused('a list view', 3);
      default:
        throw fail('malformed', place, 'a type of Arrow', `${code}`);
    }
  }
}
