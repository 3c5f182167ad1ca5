// The messages of an Arrow file or stream: metadata, and a body of buffers.
// https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc

import type { DataError } from '../errors.ts';
import type { Codec } from './block-codecs.ts';
import type { Budget } from './column-values.ts';
import { FlatTable } from './flatbuffer.ts';
import type { Fail } from './raster.ts';

/** The metadata of one message, and the footer: about a million columns, or batches. */
export const maxMetadataBytes = 16 * 1024 * 1024;

/** Rows of some columns, or the entries of a dictionary. */
export interface ArrowBatch {
  readonly place: string;
  readonly length: number;
  /** Null for rows. */
  readonly dictionary: { readonly id: number; readonly isDelta: boolean } | null;
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  readonly buffers: readonly Uint8Array[];
  /** How many buffers each column of views has. */
  readonly viewBuffers: readonly number[];
  readonly codec: Codec;
}

export interface ArrowMessages {
  readonly schema: FlatTable;
  /** One is read when it is asked for. */
  readonly batches: Iterable<ArrowBatch>;
}

const [SCHEMA, DICTIONARY, RECORDS] = [1, 2, 3];

interface Message {
  readonly type: number;
  readonly header: FlatTable;
  readonly body: Uint8Array;
  readonly next: number;
}

/** @throws {DataError} malformed; unsupported: Feather 1, tensors, an unknown compression */
export function readMessages(bytes: Uint8Array, budget: Budget, fail: Fail): ArrowMessages {
  const start = String.fromCharCode(...bytes.subarray(0, 6));
  if (start.startsWith('FEA1')) throw fail('unsupported', 'magic number', 'Feather 2', 'Feather 1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (start === 'ARROW1') return readFile();
  if (bytes.length < 8) {
    throw fail('malformed', null, 'an Arrow file or stream', bytes.length === 0 ? 'an empty file' : 'a few bytes');
  }
  return readStream();

  function readFile(): ArrowMessages {
    if (bytes.length < 22 || String.fromCharCode(...bytes.subarray(-6)) !== 'ARROW1') {
      throw fail('malformed', 'magic number', '"ARROW1" at both ends', 'a file cut short');
    }
    const end = bytes.length - 10;
    const length = view.getInt32(end, true);
    if (!(length > 0 && length <= end - 8)) throw fail('malformed', 'footer', `1 to ${end - 8} bytes`, `${length}`);
    checkMetadata(length, 'footer');
    const from = end - length;
    const footer = FlatTable.root(bytes.subarray(from, end), wrongIn('footer'));
    const schema = footer.table(1);
    if (schema === null) throw fail('malformed', 'footer', 'a schema', 'none');
    return { schema, batches: batchesOfFile(footer, from) };
  }

  /** All dictionaries lie before the rows, as the footer lists them. */
  function* batchesOfFile(footer: FlatTable, end: number): Generator<ArrowBatch> {
    let index = 0;
    for (const [slot, type] of [
      [2, DICTIONARY],
      [3, RECORDS],
    ]) {
      for (const block of footer.structs(slot, 24)) {
        const place = `message ${index++}`;
        const message = readMessage(Number(block.getBigInt64(0, true)), end, place);
        const size = Number(block.getBigInt64(16, true));
        if (message === null || message.type !== type || message.body.length !== size) {
          const found = message === null ? 'none' : `type ${message.type} and ${message.body.length} bytes`;
          throw fail('malformed', place, `type ${type} and ${size} bytes, as the footer says`, found);
        }
        yield batchOf(message, place);
      }
    }
  }

  function readStream(): ArrowMessages {
    const first = readMessage(0, bytes.length, 'message 0');
    if (first?.type !== SCHEMA) throw fail('malformed', 'message 0', 'a schema', `type ${first?.type ?? 0}`);
    return { schema: first.header, batches: batchesOfStream(first.next) };
  }

  /** A stream ends with an empty message, or just ends. */
  function* batchesOfStream(start: number): Generator<ArrowBatch> {
    for (let at = start, index = 1; at < bytes.length; index++) {
      const place = `message ${index}`;
      const message = readMessage(at, bytes.length, place);
      if (message === null) break;
      at = message.next;
      if (message.type === SCHEMA) throw fail('malformed', place, 'one schema', 'another');
      if (message.type !== DICTIONARY && message.type !== RECORDS) {
        throw fail('unsupported', place, 'rows or a dictionary', `type ${message.type}`);
      }
      yield batchOf(message, place);
    }
  }

  function checkMetadata(length: number, place: string): void {
    if (length > maxMetadataBytes) {
      throw fail('too-large', place, `at most ${maxMetadataBytes} bytes of metadata`, `${length}`);
    }
    // A footer may list one message over and over.
    budget.take(64 + 4 * length, place);
  }

  function wrongIn(place: string): (expected: string, actual: string) => DataError {
    return (expected, actual) => fail('malformed', place, expected, actual);
  }

  /** Null at the mark of the end. */
  function readMessage(at: number, end: number, place: string): Message | null {
    const cut = (): DataError =>
      fail('malformed', place, `an Arrow message in ${end} bytes`, 'another format, or its end');
    if (!(at >= 0 && at + 4 <= end)) throw cut();
    // Before Arrow 0.15 the length came without the mark of a message.
    const isMarked = view.getUint32(at, true) === 0xffffffff;
    const lengthAt = isMarked ? at + 4 : at;
    if (lengthAt + 4 > end) throw cut();
    const length = view.getInt32(lengthAt, true);
    if (length === 0) return null;
    const from = lengthAt + 4;
    if (!(length > 0 && length <= end - from)) throw cut();
    checkMetadata(length, place);
    const message = FlatTable.root(bytes.subarray(from, from + length), wrongIn(place));
    const header = message.table(2);
    if (header === null) throw fail('malformed', place, 'a header', 'none');
    const size = message.long(3);
    const bodyAt = from + length;
    if (!(size >= 0 && size <= end - bodyAt)) {
      throw fail('malformed', place, `a body of at most ${end - bodyAt} bytes`, `${size}`);
    }
    return { type: message.byte(1), header, body: bytes.subarray(bodyAt, bodyAt + size), next: bodyAt + size };
  }

  function batchOf({ type, header, body }: Message, place: string): ArrowBatch {
    const batch = type === DICTIONARY ? header.table(1) : header;
    if (batch === null) throw fail('malformed', place, 'the entries of a dictionary', 'none');
    const dictionary = type === DICTIONARY ? { id: header.long(0), isDelta: header.byte(2) !== 0 } : null;
    const nodes = batch.structs(1, 16).map((node) => {
      const [length, nulls] = [Number(node.getBigInt64(0, true)), Number(node.getBigInt64(8, true))];
      if (!(length >= 0 && nulls >= 0 && nulls <= length && Number.isSafeInteger(length))) {
        throw fail('malformed', place, 'values, and no more nulls than values', `${length} and ${nulls}`);
      }
      return { length, nulls };
    });
    const buffers = batch.structs(2, 16).map((buffer) => {
      const [from, size] = [Number(buffer.getBigInt64(0, true)), Number(buffer.getBigInt64(8, true))];
      if (!(from >= 0 && size >= 0 && from + size <= body.length)) {
        throw fail('malformed', place, `buffers within ${body.length} bytes`, `${size} bytes from ${from} on`);
      }
      return body.subarray(from, from + size);
    });
    const compression = batch.table(3);
    const codec = compression === null ? 'none' : compression.byte(0) === 0 ? 'lz4-frame' : 'zstd';
    if (compression !== null && (compression.byte(0) > 1 || compression.byte(1) !== 0)) {
      throw fail('unsupported', place, 'buffers without compression, or in LZ4 or zstd', `${compression.byte(0)}`);
    }
    const viewBuffers = batch.structs(4, 8).map((count) => Number(count.getBigInt64(0, true)));
    const length = batch.long(0);
    if (!(length >= 0)) throw fail('malformed', place, 'a number of rows', `${length}`);
    return { place, length, dictionary, nodes, buffers, viewBuffers, codec };
  }
}
