// Reads safetensors strictly, because a checkpoint may come from anywhere: nothing is believed, nothing is executed, and
// a fault is named before any tensor is built.

import { DataError, type DataErrorCode, type Origin, quote } from '../errors.ts';
import {
  byCodeUnit,
  dtypes,
  isCount,
  isDtype,
  maxHeaderBytes,
  metadataKey,
  type SafeTensor,
  type SafetensorsDtype,
  type SafetensorsFile,
} from './safetensors.ts';

/**
 * Every tensor is a copy: the file's bytes may be dropped or reused.
 * @throws {DataError} malformed, unsupported, too-large: see faults 14 to 19 in the tests
 */
export function decodeSafetensors(bytes: Uint8Array, fileNameForErrors: string): SafetensorsFile {
  const origin: Origin = { source: 'safetensors', file: fileNameForErrors };
  const { header, dataStart } = readHeader(bytes, origin);
  const dataBytes = bytes.length - dataStart;
  const fail = (place: string, expected: string, actual: string, code: DataErrorCode = 'malformed'): DataError =>
    new DataError({ ...origin, code, place, expected, actual, fix: 'get the file again' });

  let metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = readMetadata(value, fail);
    else entries.push(readEntry(name, value, fail));
  }

  // Sorted by offset, each tensor must begin where the last one ended: no hole, no overlap, nothing after the end.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end || byCodeUnit(a.name, b.name));
  let expectedBegin = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== expectedBegin) {
      throw fail(`tensor ${quote(name)}`, `data_offsets to begin at ${expectedBegin}`, `${begin}`);
    }
    expectedBegin = end;
  }
  if (expectedBegin !== dataBytes) {
    throw fail('data', `${expectedBegin} bytes after the header`, `${dataBytes}`);
  }

  const tensors = new Map<string, SafeTensor>();
  for (const { name, dtype, shape, begin, end } of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
    const copy = bytes.slice(dataStart + begin, dataStart + end);
    tensors.set(name, {
      dtype,
      shape,
      data: new dtypes[dtype].type(
        copy.buffer,
        copy.byteOffset,
        shape.reduce((n, size) => n * size, 1),
      ),
    });
  }
  return { tensors, metadata };
}

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

type Fail = (place: string, expected: string, actual: string, code?: DataErrorCode) => DataError;

function readHeader(bytes: Uint8Array, origin: Origin): { header: Record<string, unknown>; dataStart: number } {
  const other = recogniseOther(bytes);
  const fail = (
    place: string | null,
    expected: string,
    actual: string,
    code: DataErrorCode = 'malformed',
  ): DataError => {
    const fix = other === null ? 'get the file again' : other.fix;
    return new DataError({ ...origin, code, place, expected, actual, fix });
  };
  if (other !== null) throw fail(null, 'a safetensors file', other.name, 'unsupported');
  if (bytes.length < 8) throw fail('header', 'at least 8 bytes', `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw fail('header length', `at most ${maxHeaderBytes} bytes`, `${length}`, 'too-large');
  }
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    throw fail('header length', `at most the ${bytes.length - 8} bytes that follow`, `${length}`);
  }
  if (bytes[8] !== 0x7b)
    throw fail('header', '"{" as its first byte', length === 0n ? 'nothing' : `0x${bytes[8].toString(16)}`);
  const raw = bytes.subarray(8, dataStart);
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    parsed = JSON.parse(text);
  } catch (error) {
    throw fail('header', 'JSON in UTF-8', error instanceof Error ? error.message : String(error));
  }
  const duplicate = firstDuplicateKey(text);
  if (duplicate !== null) throw fail('header', 'each name once', `${quote(duplicate)} twice`);
  if (!isRecord(parsed)) throw fail('header', 'an object', quote(parsed));
  return { header: parsed, dataStart };
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (!isRecord(value)) throw fail(metadataKey, 'an object of strings', quote(value));
  const entries: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw fail(`${metadataKey}, key ${quote(key)}`, 'a string', quote(text));
    entries.push([key, text]);
  }
  // fromEntries defines own properties: a key '__proto__' stays data.
  return Object.fromEntries(entries);
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const place = `tensor ${quote(name)}`;
  if (!isRecord(value)) throw fail(place, 'an object', quote(value));
  for (const key of Object.keys(value)) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets') {
      throw fail(place, 'only dtype, shape and data_offsets', quote(key));
    }
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) throw fail(`${place}, dtype`, Object.keys(dtypes).join(', '), quote(dtype), 'unsupported');
  if (!Array.isArray(shape)) throw fail(`${place}, shape`, 'an array', quote(shape));
  const sizes = shape.map((size: unknown) => {
    if (!isCount(size)) throw fail(`${place}, shape`, 'whole sizes of at least 0', quote(size));
    return size;
  });
  let bytes: number = dtypes[dtype].bytes;
  // Zero sizes last would hide an overflow before them, so every partial product of the non-zero sizes must be exact.
  for (const size of sizes.filter((size) => size > 0)) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) {
      throw fail(`${place}, shape`, 'a product below 2^53 bytes', `[${sizes.join(', ')}]`);
    }
  }
  if (sizes.includes(0)) bytes = 0;
  if (!Array.isArray(offsets) || offsets.length !== 2) {
    throw fail(`${place}, data_offsets`, 'an array of 2', quote(offsets));
  }
  const [begin, end]: unknown[] = offsets;
  if (!isCount(begin) || !isCount(end) || begin > end) {
    throw fail(`${place}, data_offsets`, 'two whole numbers in order', `[${quote(begin)}, ${quote(end)}]`);
  }
  if (end - begin !== bytes) {
    throw fail(`${place}, data_offsets`, `${bytes} bytes for ${dtype} [${sizes.join(', ')}]`, `${end - begin}`);
  }
  return { name, dtype, shape: sizes, begin, end };
}

/** The files that people most often take for weights; named so that the way out is clear. */
function recogniseOther(bytes: Uint8Array): { name: string; fix: string } | null {
  const starts = (...prefix: readonly number[]): boolean => prefix.every((byte, at) => bytes[at] === byte);
  const convert = 'convert the weights to safetensors with a tool that you trust; nothing was executed';
  // A safetensors header has "{" at byte 8; without this a header length such as 0x280 would pass for a pickle.
  if (bytes[8] === 0x7b) return null;
  if (starts(0x50, 0x4b, 0x03, 0x04)) return { name: 'a zip archive (a PyTorch checkpoint?)', fix: convert };
  if (starts(0x80) && bytes[1] >= 2 && bytes[1] <= 5) return { name: 'a Python pickle', fix: convert };
  const lfs = 'version https://git-lfs';
  if (bytes.length >= lfs.length && [...lfs].every((char, at) => bytes[at] === char.charCodeAt(0))) {
    return { name: 'a Git LFS pointer', fix: 'fetch the real file with git lfs pull' };
  }
  return null;
}

/** JSON.parse keeps the last of two equal keys in silence; this walks text that JSON.parse has accepted. */
function firstDuplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const begin = at++;
      while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
      let next = at + 1;
      while (' \n\r\t'.includes(json[next] ?? '')) next++;
      const keys = open.at(-1);
      if (json[next] !== ':' || keys === null || keys === undefined) continue;
      const key: string = JSON.parse(json.slice(begin, at + 1));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
