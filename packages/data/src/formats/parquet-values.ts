// What the values of Parquet mean: from those of a page to those of a column.

import { bigIntOf, decimalOf, floats, millisecondsOf, textOf, type Values } from './column-values.ts';
import { halfToNumber } from './npy.ts';
import type { Leaf } from './parquet-metadata.ts';
import type { Fail } from './raster.ts';

/** Views of byte arrays come one at a time: all together they would take many times the page. */
export interface ByteArrays {
  readonly length: number;
  readonly each: Iterable<Uint8Array>;
}

/** Booleans are 0 and 1. */
export type Raw = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array | ByteArrays;

export function emptyOf(leaf: Leaf): Values {
  if (leaf.kind === 'integer') return leaf.meaning.is === 'unsigned' ? new BigUint64Array(0) : new BigInt64Array(0);
  return leaf.kind === 'text' || leaf.kind === 'bytes' ? [] : new Float64Array(0);
}

const millisecondsOfDay = 86_400_000;

/** From the values of the file to those of a column. */
export function convert(raw: Raw, leaf: Leaf, place: string, fail: Fail): Values {
  const { meaning } = leaf;
  const { length } = raw;
  if (raw instanceof BigInt64Array) {
    if (meaning.is === 'unsigned') return new BigUint64Array(raw.buffer, raw.byteOffset, length);
    if (meaning.is === 'decimal') return floats(length, (at) => decimalOf(raw[at], meaning.scale));
    if (meaning.is !== 'time' && meaning.is !== 'instant') return raw;
    return floats(length, (at) => millisecondsOf(raw[at], meaning.ticks));
  }
  if (raw instanceof Int32Array) {
    if (meaning.is === 'date') return floats(length, (at) => raw[at] * millisecondsOfDay);
    if (meaning.is === 'time') return floats(length, (at) => raw[at] / meaning.ticks);
    if (meaning.is === 'unsigned') return floats(length, (at) => raw[at] >>> 0);
    if (meaning.is === 'decimal') return floats(length, (at) => decimalOf(BigInt(raw[at]), meaning.scale));
    return new Float64Array(raw);
  }
  if (raw instanceof Float64Array) return raw;
  if (raw instanceof Uint8Array || raw instanceof Float32Array) return new Float64Array(raw);
  if (leaf.kind === 'text' || leaf.kind === 'bytes') {
    const values: unknown[] = [];
    for (const value of raw.each) {
      values.push(
        meaning.is === 'uuid'
          ? uuidOf(value)
          : meaning.is === 'text'
            ? textOf(value, place, fail)
            : new Uint8Array(value),
      );
    }
    return values;
  }
  const out = new Float64Array(length);
  let at = 0;
  for (const value of raw.each) {
    if (leaf.physical === 'i96') out[at++] = instantOf96(value);
    else if (meaning.is !== 'decimal') out[at++] = halfToNumber(value[0] + value[1] * 256);
    else if (value.length <= 64) out[at++] = decimalOf(bigIntOf(value, false), meaning.scale);
    else throw fail('unsupported', place, 'decimals of at most 64 bytes', `${value.length}`);
  }
  return out;
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Nanoseconds of a day, then the Julian day, whose number 2,440,588 is the first of 1970. */
function instantOf96(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (view.getUint32(8, true) - 2_440_588) * millisecondsOfDay + millisecondsOf(view.getBigUint64(0, true), 1e6);
}
