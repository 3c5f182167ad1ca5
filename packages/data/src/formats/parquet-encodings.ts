// Runs and differences, as the pages of Parquet have them. A count is believed only after the bytes that it needs were found.
// https://github.com/apache/parquet-format/blob/master/Encodings.md

import type { Wrong } from './thrift.ts';

/**
 * How many values the runs hold, up to the wanted number, without making one.
 * A run of a multiple of eight values may go beyond what is needed.
 */
export function checkRuns(
  page: Uint8Array,
  from: number,
  to: number,
  width: number,
  wanted: number,
  wrong: Wrong,
): number {
  let at = from;
  let seen = 0;
  while (seen < wanted) {
    if (at >= to) throw wrong(`${wanted} values in its runs`, `${seen}`);
    const [head, next] = varint(page, at, to, wrong);
    const isPacked = head % 2 === 1;
    const length = Math.floor(head / 2);
    const missing = wanted - seen;
    // The last run may leave out the bytes of the values that nobody needs.
    const size = isPacked ? Math.ceil((Math.min(missing, length * 8) * width) / 8) : (width + 7) >> 3;
    if (size > to - next) throw wrong(`${wanted} values in its runs`, `${seen}`);
    seen += isPacked ? length * 8 : length;
    at = isPacked ? next + length * width : next + size;
  }
  return wanted;
}

/** What `checkRuns` has passed. */
export function readRuns(
  page: Uint8Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array | Uint32Array,
  wrong: Wrong,
): void {
  let at = from;
  let seen = 0;
  while (seen < out.length) {
    const [head, next] = varint(page, at, to, wrong);
    const length = Math.floor(head / 2);
    if (head % 2 === 1) {
      const end = Math.min(out.length, seen + length * 8);
      for (let bit = 0; seen < end; bit += width) out[seen++] = bitsAt(page, next, bit, width);
      at = next + length * width;
    } else {
      let value = 0;
      for (let byte = 0; byte < (width + 7) >> 3; byte++) value += page[next + byte] * 2 ** (8 * byte);
      const end = Math.min(out.length, seen + length);
      if (value >= 2 ** width) throw wrong(`values of ${width} bits in its runs`, `${value}`);
      out.fill(value, seen, end);
      seen = end;
      at = next + ((width + 7) >> 3);
    }
  }
}

function varint(page: Uint8Array, from: number, to: number, wrong: Wrong): [value: number, next: number] {
  let value = 0;
  for (let at = from, scale = 1; at < to && at < from + 6; at++, scale *= 128) {
    value += (page[at] & 127) * scale;
    if (page[at] < 128) return [value, at + 1];
  }
  throw wrong('a whole number of at most 42 bits', 'more bytes or the end of the page');
}

/** Blocks of differences, each in as many bits as its largest needs. */
export function unpackDeltas(
  page: Uint8Array,
  from: number,
  wanted: number,
  isWide: boolean,
  wrong: Wrong,
): { values: Int32Array | BigInt64Array; next: number } {
  const header = new DeltaReader(page, from, wrong);
  const blockSize = header.number();
  const miniblocks = header.number();
  const total = header.number();
  const each = blockSize / miniblocks;
  if (!(blockSize > 0 && blockSize <= 65_536 && Number.isInteger(each) && each % 8 === 0)) {
    throw wrong('blocks of at most 65536 differences, in parts of a multiple of 8', `${blockSize} in ${miniblocks}`);
  }
  if (total !== wanted) throw wrong(`${wanted} differences`, `${total}`);
  const blocks = Math.ceil(Math.max(0, wanted - 1) / blockSize);
  let value = header.zigzag();
  if (blocks > page.length - header.at) throw wrong(`${blocks} blocks`, 'the end of the page');
  const values = isWide ? new BigInt64Array(wanted) : new Int32Array(wanted);
  const put = (at: number): void => {
    if (values instanceof BigInt64Array) values[at] = value;
    else values[at] = Number(BigInt.asIntN(32, value));
  };
  if (wanted > 0) put(0);
  for (let at = 1; at < wanted; ) {
    const least = header.zigzag();
    const widths = header.take(miniblocks);
    for (const width of widths) {
      if (at >= wanted) break;
      if (width > 64) throw wrong('differences of at most 64 bits', `${width}`);
      const bits = header.take((each * width) / 8);
      for (let step = 0; step < each && at < wanted; step++) {
        const low = width === 0 ? 0 : bitsAt(bits, 0, step * width, Math.min(width, 32));
        const high = width > 32 ? bitsAt(bits, 0, step * width + 32, width - 32) : 0;
        const difference = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
        value = BigInt.asIntN(64, value + least + difference);
        put(at++);
      }
    }
  }
  return { values, next: header.at };
}

class DeltaReader {
  readonly #page: Uint8Array;
  readonly #wrong: Wrong;
  at: number;

  constructor(page: Uint8Array, at: number, wrong: Wrong) {
    this.#page = page;
    this.at = at;
    this.#wrong = wrong;
  }

  take(count: number): Uint8Array {
    if (count > this.#page.length - this.at) throw this.#wrong(`${count} bytes of differences`, 'the end of the page');
    this.at += count;
    return this.#page.subarray(this.at - count, this.at);
  }

  number(): number {
    return Number(this.#varint());
  }

  zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = this.take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw this.#wrong('a whole number of at most 64 bits', 'more bytes');
  }
}

/** A number of up to 32 bits, the lowest first; bytes after the last count as 0. */
function bitsAt(bytes: Uint8Array, from: number, bit: number, width: number): number {
  let at = from + Math.floor(bit / 8);
  const shift = bit % 8;
  if (width <= 24) {
    const four = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return (four >>> shift) & (2 ** width - 1);
  }
  let value = 0;
  for (let have = 0; have < width + shift; have += 8) value += (bytes[at++] ?? 0) * 2 ** have;
  return Math.floor(value / 2 ** shift) % 2 ** width;
}
