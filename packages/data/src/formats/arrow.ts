// Arrow: files (Feather 2) and streams. Own code, because apache-arrow 21.2.0 believes all lengths: of 76 damaged files one took
// 3.5 GB and half a minute, and one did not come back in three (Node 20, 2026-11). Here a length is held against its buffers.

import { type Origin, quote } from '../errors.ts';
import { BatchReader, type Decoded } from './arrow-batch.ts';
import { readMessages } from './arrow-message.ts';
import { type ArrowField, readSchema } from './arrow-schema.ts';
import { loadCodecs } from './block-codecs.ts';
import {
  Budget,
  bytesEach,
  type ColumnarOptions,
  columnarFailer,
  columnFrom,
  selectedColumns,
} from './column-values.ts';
import type { Fail } from './raster.ts';
import { checkRowCount, type Table, type TableColumn } from './table.ts';

/**
 * Buffers without compression, or in LZ4 or zstd. Times without a zone count as UTC, times of the day and durations are
 * milliseconds. A decimal is the nearest float. Lists are arrays, records are objects, maps are arrays of [key, value].
 * Values of dictionaries are put in their places; texts also come as categories.
 * @throws {DataError} malformed, bad-value, empty, too-large, out-of-range for the columns; unsupported: intervals, unions,
 * run-end encoding, list views, big-endian values, Feather 1
 */
export async function decodeArrow(bytes: Uint8Array, origin: Origin, options: ColumnarOptions = {}): Promise<Table> {
  const fail = columnarFailer(origin);
  const budget = new Budget(bytes.length, options, fail);
  const { schema, batches } = readMessages(bytes, budget, fail);
  const fields = readSchema(schema, fail);
  const names = new Set(
    selectedColumns(
      fields.map(({ name }) => name),
      options,
      fail,
    ),
  );
  const selected = fields.filter(({ name }) => names.has(name));
  const encoded = new Map<number, ArrowField>();
  for (const field of selected) checkField(field, encoded, fail);
  const dictionaries = new Map<number, Decoded>();
  const replaced = new Set<number>();
  const parts = new Map<string, Decoded[]>(selected.map(({ name }) => [name, []]));
  let rows = 0;
  for (const batch of batches) {
    const inflate = await loadCodecs(new Set([batch.codec]));
    const reader = new BatchReader(batch, dictionaries, inflate, budget, fail);
    if (batch.dictionary !== null) {
      const { id, isDelta } = batch.dictionary;
      const field = encoded.get(id);
      if (field === undefined) continue;
      const entries = reader.read({ ...field, dictionary: null }, batch.length);
      const before = dictionaries.get(id);
      if (before !== undefined && !isDelta) replaced.add(id);
      if (before !== undefined && isDelta) {
        budget.take(before.values.length * bytesEach[before.kind], batch.place);
        dictionaries.set(id, joined([before, entries]));
      } else dictionaries.set(id, entries);
      continue;
    }
    rows += batch.length;
    // An empty batch is none; an empty table is an error.
    checkRowCount(Math.max(rows, 1), options, fail, batch.place);
    for (const field of fields) {
      const made = parts.get(field.name);
      if (made === undefined) reader.skip(field);
      else made.push(reader.read(field, batch.length));
    }
  }
  checkRowCount(rows, options, fail);
  const floating = new Set(selected.filter(hasFloats).map(({ name }) => name));
  const byName = new Map(selected.map((field) => [field.name, field]));
  const columns = new Map<string, TableColumn>();
  // In the order that was asked for.
  for (const name of names) {
    const { kind, values, missing } = joined(parts.get(name) ?? []);
    parts.delete(name);
    const column = columnFrom(kind, values, missing ?? new Uint8Array(rows), floating.has(name), name, fail, options);
    const id = byName.get(name)?.dictionary?.id;
    const entries = id === undefined || replaced.has(id) ? undefined : dictionaries.get(id);
    columns.set(
      name,
      entries === undefined || column.kind !== 'text' ? column : { ...column, categories: texts(entries) },
    );
  }
  return { length: rows, columns };
}

function texts({ values, missing }: Decoded): string[] {
  const found = new Set<string>();
  for (const [at, value] of values.entries()) if (typeof value === 'string' && missing?.[at] !== 1) found.add(value);
  return [...found];
}

/** Refuses what is not read, and collects whose values lie in dictionaries. */
function checkField(field: ArrowField, encoded: Map<number, ArrowField>, fail: Fail): void {
  if (field.type.is === 'refused') {
    throw fail('unsupported', `column ${quote(field.path)}`, 'a type that is read here', field.type.name);
  }
  if (field.dictionary !== null && !encoded.has(field.dictionary.id)) encoded.set(field.dictionary.id, field);
  for (const child of field.children) checkField(child, encoded, fail);
}

function hasFloats({ type, children }: ArrowField): boolean {
  return type.is === 'float' || children.some(hasFloats);
}

function joined(parts: readonly Decoded[]): Decoded {
  if (parts.length === 1) return parts[0];
  const [{ kind, values: first }] = parts;
  let length = 0;
  for (const { values } of parts) length += values.length;
  const missing = parts.some((part) => part.missing !== null) ? new Uint8Array(length) : null;
  const numbers =
    first instanceof Float64Array
      ? new Float64Array(length)
      : first instanceof BigInt64Array
        ? new BigInt64Array(length)
        : first instanceof BigUint64Array
          ? new BigUint64Array(length)
          : null;
  const others: unknown[] = [];
  let at = 0;
  for (const { values, missing: some } of parts) {
    if (some !== null) missing?.set(some, at);
    if (Array.isArray(values)) for (const value of values) others.push(value);
    else if (numbers instanceof Float64Array && values instanceof Float64Array) numbers.set(values, at);
    else if (numbers instanceof BigInt64Array && values instanceof BigInt64Array) numbers.set(values, at);
    else if (numbers instanceof BigUint64Array && values instanceof BigUint64Array) numbers.set(values, at);
    at += values.length;
  }
  return { kind, values: numbers ?? others, missing };
}
