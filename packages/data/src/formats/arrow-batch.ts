// The columns of one batch of Arrow: nodes and buffers, taken in the order of the schema. A length is held against its buffers
// before anything is made of it.
// https://arrow.apache.org/docs/format/Columnar.html

import { type DataError, quote } from '../errors.ts';
import type { ArrowBatch } from './arrow-message.ts';
import type { ArrowField, ArrowType } from './arrow-schema.ts';
import type { Inflate } from './block-codecs.ts';
import {
  type Budget,
  bigIntOf,
  bytesEach,
  decimalOf,
  floats,
  type Kind,
  listOf,
  millisecondsOf,
  nestedValue,
  recordOf,
  takeValues,
  textOf,
  type Values,
} from './column-values.ts';
import { halfToNumber } from './npy.ts';
import type { Fail, NumericArray } from './raster.ts';

/** Values of one field in one batch. */
export interface Decoded {
  readonly kind: Kind;
  readonly values: Values;
  /** 1 where one is missing; null where none is. */
  readonly missing: Uint8Array | null;
}

/** Takes nodes and buffers of one batch in the order of the schema. */
export class BatchReader {
  readonly #batch: ArrowBatch;
  readonly #dictionaries: ReadonlyMap<number, Decoded>;
  readonly #inflate: Inflate;
  readonly #budget: Budget;
  readonly #fail: Fail;
  #node = 0;
  #buffer = 0;
  #views = 0;

  constructor(
    batch: ArrowBatch,
    dictionaries: ReadonlyMap<number, Decoded>,
    inflate: Inflate,
    budget: Budget,
    fail: Fail,
  ) {
    this.#batch = batch;
    this.#dictionaries = dictionaries;
    this.#inflate = inflate;
    this.#budget = budget;
    this.#fail = fail;
  }

  skip(field: ArrowField): void {
    this.#nextNode(field);
    const { type, children } = field;
    const isEncoded = field.dictionary !== null;
    const views = !isEncoded && (type.is === 'text-view' || type.is === 'bytes-view') ? this.#nextViews(field) : 0;
    const buffers = isEncoded ? 2 : type.is === 'refused' ? type.buffers : buffersOf[type.is] + views;
    for (let left = buffers; left > 0; left--) this.#nextBuffer(field);
    if (!isEncoded) for (const child of children) this.skip(child);
  }

  /** @param expected values that there must be; null where the field may have more */
  read(field: ArrowField, expected: number | null): Decoded {
    const { length, nulls } = this.#nextNode(field);
    if (expected !== null && length !== expected) throw this.#wrong(field, `${expected} values`, `${length}`);
    return field.dictionary === null
      ? this.#plain(field, length, nulls)
      : this.#encoded(field, field.dictionary, length, nulls);
  }

  #wrong(field: ArrowField, expected: string, actual: string): DataError {
    return this.#fail('malformed', this.#place(field), expected, actual);
  }

  #place(field: ArrowField): string {
    return `${this.#batch.place}, column ${quote(field.path)}`;
  }

  #nextNode(field: ArrowField): { length: number; nulls: number } {
    const { nodes } = this.#batch;
    if (this.#node >= nodes.length) throw this.#wrong(field, 'a number of values', 'none');
    return nodes[this.#node++];
  }

  #nextBuffer(field: ArrowField): Uint8Array {
    const { buffers } = this.#batch;
    if (this.#buffer >= buffers.length) throw this.#wrong(field, 'its buffers', 'too few');
    return buffers[this.#buffer++];
  }

  #nextViews(field: ArrowField): number {
    const { viewBuffers } = this.#batch;
    const count = viewBuffers[this.#views++] ?? -1;
    if (!(count >= 0 && count <= this.#batch.buffers.length))
      throw this.#wrong(field, 'a number of buffers', `${count}`);
    return count;
  }

  /** Inflated, and at least so long; what is longer was padded. */
  #bytes(field: ArrowField, least: number): Uint8Array {
    const stored = this.#nextBuffer(field);
    const bytes = this.#batch.codec === 'none' || stored.length === 0 ? stored : this.#inflated(field, stored);
    if (bytes.length < least) throw this.#wrong(field, `${least} bytes`, `${bytes.length}`);
    return bytes;
  }

  /** Its size comes first; -1 says that the rest is not compressed. */
  #inflated(field: ArrowField, stored: Uint8Array): Uint8Array {
    if (stored.length < 8) throw this.#wrong(field, 'the size of a buffer', `${stored.length} bytes`);
    const size = Number(new DataView(stored.buffer, stored.byteOffset).getBigInt64(0, true));
    const packed = stored.subarray(8);
    if (size === -1) return packed;
    if (!(size >= 0)) throw this.#wrong(field, 'the size of a buffer', `${size}`);
    this.#budget.take(size, this.#place(field));
    try {
      return this.#inflate(this.#batch.codec, packed, size);
    } catch (error) {
      const actual = error instanceof Error ? error.message : String(error);
      throw this.#wrong(field, `a buffer that inflates to ${size} bytes`, actual);
    }
  }

  /** @returns 1 where a value is missing */
  #missing(field: ArrowField, length: number, nulls: number): Uint8Array | null {
    const bits = this.#bytes(field, nulls === 0 ? 0 : Math.ceil(length / 8));
    if (nulls === 0) return null;
    this.#budget.take(length, this.#place(field));
    const missing = new Uint8Array(length);
    let found = 0;
    for (let at = 0; at < length; at++) {
      missing[at] = 1 - ((bits[at >> 3] >> (at & 7)) & 1);
      found += missing[at];
    }
    if (found !== nulls) throw this.#wrong(field, `${nulls} nulls`, `${found}`);
    return missing;
  }

  #encoded(
    field: ArrowField,
    { id, index }: NonNullable<ArrowField['dictionary']>,
    length: number,
    nulls: number,
  ): Decoded {
    const missing = this.#missing(field, length, nulls);
    const bytes = this.#bytes(field, length * index.bytes);
    const dictionary = this.#dictionaries.get(id);
    if (dictionary === undefined) throw this.#wrong(field, 'its dictionary before the rows', 'none');
    this.#budget.take(length * 9, this.#place(field));
    const numbers = integers(bytes, length, index.bytes, index.isSigned);
    const places = new Uint32Array(length);
    const size = dictionary.values.length;
    for (let at = 0; at < length; at++) {
      if (missing?.[at] === 1) continue;
      const place = Number(numbers[at]);
      if (!(place >= 0 && place < size)) throw this.#wrong(field, `an index below ${size}`, `${place}`);
      places[at] = place;
    }
    const inner = dictionary.missing;
    const all = inner === null ? missing : Uint8Array.from(places, (place, at) => missing?.[at] || inner[place] || 0);
    const values = takeValues(dictionary.values, places);
    if (Array.isArray(values) && all !== null) {
      for (let at = 0; at < length; at++) if (all[at] === 1) values[at] = null;
    }
    return { kind: dictionary.kind, values, missing: all };
  }

  #plain(field: ArrowField, length: number, nulls: number): Decoded {
    const { type } = field;
    const place = this.#place(field);
    if (type.is === 'null') {
      this.#budget.take(length * 10, place);
      return { kind: 'number', values: new Float64Array(length), missing: new Uint8Array(length).fill(1) };
    }
    const missing = this.#missing(field, length, nulls);
    const fixed = (bytes: number): Uint8Array => {
      const found = this.#bytes(field, Math.ceil(length * bytes));
      this.#budget.take(length * 9, place);
      return found;
    };
    const numbers = (kind: Kind, value: (at: number) => number): Decoded => {
      return { kind, values: floats(length, value), missing };
    };
    switch (type.is) {
      case 'boolean': {
        const bits = fixed(1 / 8);
        return numbers('boolean', (at) => (bits[at >> 3] >> (at & 7)) & 1);
      }
      case 'integer': {
        const values = integers(fixed(type.bytes), length, type.bytes, type.isSigned);
        const isWide = values instanceof BigInt64Array || values instanceof BigUint64Array;
        return isWide ? { kind: 'integer', values, missing } : numbers('number', (at) => values[at]);
      }
      case 'float': {
        const view = viewOf(fixed(type.bytes));
        if (type.bytes === 2) return numbers('number', (at) => halfToNumber(view.getUint16(2 * at, true)));
        if (type.bytes === 4) return numbers('number', (at) => view.getFloat32(4 * at, true));
        return numbers('number', (at) => view.getFloat64(8 * at, true));
      }
      case 'days': {
        const view = viewOf(fixed(4));
        return numbers('date', (at) => view.getInt32(4 * at, true) * 86_400_000);
      }
      case 'instant':
      case 'duration': {
        const { milliseconds, ticks, bytes } = type;
        const values = integers(fixed(bytes), length, bytes, true);
        const kind = type.is === 'instant' ? 'date' : 'number';
        return numbers(kind, (at) => milliseconds * millisecondsOf(BigInt(values[at]), ticks));
      }
      case 'decimal': {
        const { bytes, scale } = type;
        const values = fixed(bytes);
        return numbers('number', (at) =>
          missing?.[at] === 1 ? 0 : decimalOf(bigIntOf(values.subarray(at * bytes, (at + 1) * bytes), true), scale),
        );
      }
      case 'fixed': {
        const values = fixed(type.bytes);
        return this.#ofBytes(field, 'bytes', length, missing, (at) =>
          values.subarray(at * type.bytes, (at + 1) * type.bytes),
        );
      }
      case 'text':
      case 'bytes': {
        const offsets = this.#offsets(field, length, type.offsetBytes);
        const values = this.#bytes(field, offsets[length]);
        return this.#ofBytes(field, type.is, length, missing, (at) => values.subarray(offsets[at], offsets[at + 1]));
      }
      case 'text-view':
      case 'bytes-view': {
        const views = viewOf(this.#bytes(field, length * 16));
        const buffers = Array.from({ length: this.#nextViews(field) }, () => this.#bytes(field, 0));
        return this.#ofBytes(field, type.is === 'text-view' ? 'text' : 'bytes', length, missing, (at) =>
          this.#viewed(field, views, buffers, at),
        );
      }
      case 'list':
      case 'map': {
        const offsets = this.#offsets(field, length, type.offsetBytes);
        const [child] = field.children;
        const items = this.#items(child, null, type.is === 'map');
        if (offsets[length] > items.length) throw this.#wrong(field, `${offsets[length]} items`, `${items.length}`);
        return this.#ofItems(field, length, missing, (at) => items.slice(offsets[at], offsets[at + 1]));
      }
      case 'fixed-list': {
        const { size } = type;
        const items = this.#items(field.children[0], length * size, false);
        return this.#ofItems(field, length, missing, (at) => items.slice(at * size, (at + 1) * size));
      }
      case 'record': {
        const fields = field.children.map((child) => this.#items(child, length, false));
        const names = field.children.map(({ name }) => name);
        return this.#ofItems(field, length, missing, (at) =>
          recordOf(
            names,
            fields.map((values) => values[at]),
          ),
        );
      }
      default:
        throw new Error(`${type.is} was refused before`);
    }
  }

  #ofBytes(
    field: ArrowField,
    kind: 'text' | 'bytes',
    length: number,
    missing: Uint8Array | null,
    bytes: (at: number) => Uint8Array,
  ): Decoded {
    const place = this.#place(field);
    this.#budget.take(length * bytesEach[kind], place);
    const values = listOf(length, (at) => {
      if (missing?.[at] === 1) return null;
      return kind === 'text' ? textOf(bytes(at), place, this.#fail) : new Uint8Array(bytes(at));
    });
    return { kind, values, missing };
  }

  #ofItems(field: ArrowField, length: number, missing: Uint8Array | null, value: (at: number) => unknown): Decoded {
    this.#budget.take(length * bytesEach.nested * (1 + field.children.length), this.#place(field));
    return {
      kind: 'nested',
      values: listOf(length, (at) => (missing?.[at] === 1 ? null : value(at))),
      missing,
    };
  }

  /** Values as they stand inside of lists and records. @param isMap whether records of two become pairs */
  #items(field: ArrowField, expected: number | null, isMap: boolean): unknown[] {
    const { kind, values, missing } = isMap ? this.#pairs(field) : this.read(field, expected);
    this.#budget.take(values.length * 16, this.#place(field));
    return listOf(values.length, (at) => (missing?.[at] === 1 ? null : nestedValue(kind, values[at])));
  }

  #pairs(field: ArrowField): Decoded {
    const { length, nulls } = this.#nextNode(field);
    const missing = this.#missing(field, length, nulls);
    const [keys, values] = field.children.map((child) => this.#items(child, length, false));
    return this.#ofItems(field, length, missing, (at) => [keys[at], values[at]]);
  }

  /** One more than values, rising. An empty column may leave them out. */
  #offsets(field: ArrowField, length: number, bytes: 4 | 8): Float64Array {
    const stored = this.#bytes(field, length === 0 ? 0 : (length + 1) * bytes);
    if (length === 0) return new Float64Array(1);
    this.#budget.take((length + 1) * 8, this.#place(field));
    const numbers = integers(stored, length + 1, bytes, true);
    const offsets = floats(length + 1, (at) => Number(numbers[at]));
    let last = 0;
    for (const offset of offsets) {
      if (!(offset >= last)) throw this.#wrong(field, `offsets that rise from ${last}`, `${offset}`);
      last = offset;
    }
    return offsets;
  }

  /** A length; up to 12 bytes follow it. Longer ones lie in a buffer, whose number and place follow after 4 bytes. */
  #viewed(field: ArrowField, views: DataView, buffers: readonly Uint8Array[], at: number): Uint8Array {
    const size = views.getInt32(at * 16, true);
    if (size >= 0 && size <= 12) return new Uint8Array(views.buffer, views.byteOffset + at * 16 + 4, size);
    const buffer = buffers[views.getInt32(at * 16 + 8, true)];
    const from = views.getInt32(at * 16 + 12, true);
    if (!(size >= 0 && buffer !== undefined && from >= 0 && from + size <= buffer.length)) {
      throw this.#wrong(field, 'a view into its buffers', `${size} bytes from ${from} on`);
    }
    // Many views may share their bytes.
    this.#budget.take(size, this.#place(field));
    return buffer.subarray(from, from + size);
  }
}

/** Which of the values are there, offsets, and values. */
const buffersOf: Readonly<Record<Exclude<ArrowType['is'], 'refused'>, number>> = {
  null: 0,
  boolean: 2,
  integer: 2,
  float: 2,
  text: 3,
  bytes: 3,
  'text-view': 2,
  'bytes-view': 2,
  fixed: 2,
  decimal: 2,
  days: 2,
  instant: 2,
  duration: 2,
  list: 2,
  map: 2,
  'fixed-list': 1,
  record: 1,
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type Integers = Exclude<NumericArray, Float32Array | Float64Array>;

/** A copy, which lies where its elements may. */
function integers(bytes: Uint8Array, length: number, size: number, isSigned: boolean): Integers {
  const copy = new Uint8Array(length * size);
  copy.set(bytes.subarray(0, copy.length));
  switch (size) {
    case 1:
      return isSigned ? new Int8Array(copy.buffer) : copy;
    case 2:
      return isSigned ? new Int16Array(copy.buffer) : new Uint16Array(copy.buffer);
    case 4:
      return isSigned ? new Int32Array(copy.buffer) : new Uint32Array(copy.buffer);
    default:
      return isSigned ? new BigInt64Array(copy.buffer) : new BigUint64Array(copy.buffer);
  }
}
