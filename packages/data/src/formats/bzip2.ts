// bzip2, block by block, so that a file larger than memory can be read from the middle: a block of at most 900 kB is found
// by its 48-bit mark, which stands at any bit, and is given to libbzip2 (WebAssembly) as a stream of its own.

import type Bzip2 from '@foxglove/wasm-bz2';
import type { Origin } from '../errors.ts';
import { type Fail, failer } from './raster.ts';

/** Where a block lies, in bits from the start of the file. */
export interface Bzip2Block {
  readonly start: number;
  readonly end: number;
}

export interface Bzip2Input {
  /** bytes */
  readonly size: number;
  /** Exactly `length` bytes. */
  read(start: number, length: number): Uint8Array;
}

export interface Bzip2Reader {
  /** The blocks of all streams of the file, in order. @throws {DataError} malformed */
  blocks(): Generator<Bzip2Block>;
  /** @throws {DataError} malformed: also a block whose checksum is wrong */
  decode(block: Bzip2Block): Uint8Array;
}

/** A block of 900,000 bytes that cannot be compressed, and its tables. */
const maxBlockBytes = 1_200_000;

/** Runs before the transform shrink up to 51 times. */
const maxDecodedBlock = 48 * 1024 * 1024;
const usualDecodedBlock = 2 * 1024 * 1024;

const pieceBytes = 1 << 20;

// The digits of pi open a block, those of its root end a stream; both in two parts, of 16 and 32 bits.
const [blockHigh, blockLow] = [0x3141, 0x59265359];
const [endHigh, endLow] = [0x1772, 0x45385090];
const endMark = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
const markBits = 48;
const checksumBits = 32;

/** @throws {DataError} malformed */
export async function createBzip2Reader(input: Bzip2Input, origin: Origin): Promise<Bzip2Reader> {
  const fail = failer(origin, 'get the file again');
  const head = input.size < 4 ? null : input.read(0, 4);
  if (head === null || String.fromCharCode(...head.subarray(0, 3)) !== 'BZh') {
    throw fail('malformed', null, 'a bzip2 file', head === null ? `${input.size} bytes` : 'another format');
  }
  const library = await loadLibrary();
  return {
    blocks: () => blocksOf(input, fail),
    decode: (block) => decodeBlock(input, block, library, fail),
  };
}

function* blocksOf(input: Bzip2Input, fail: Fail): Generator<Bzip2Block> {
  let [high, low] = [0, 0];
  let start = -1;
  let streamEnd = -1;
  for (let from = 0; from < input.size; from += pieceBytes) {
    const bytes = input.read(from, Math.min(pieceBytes, input.size - from));
    if (start >= 0 && from - start / 8 > maxBlockBytes + pieceBytes) {
      throw fail(
        'malformed',
        `byte ${Math.floor(start / 8)}`,
        `a block of at most ${maxBlockBytes} bytes`,
        'a longer one',
      );
    }
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      for (let bit = 7; bit >= 0; bit--) {
        high = ((high << 1) | (low >>> 31)) & 0xffff;
        low = ((low << 1) | ((byte >> bit) & 1)) >>> 0;
        const isBlock = low === blockLow && high === blockHigh;
        if (!isBlock && !(low === endLow && high === endHigh)) continue;
        const mark = (from + at) * 8 + (8 - bit) - markBits;
        if (start >= 0) yield { start, end: mark };
        start = isBlock ? mark : -1;
        streamEnd = isBlock ? -1 : mark + markBits + checksumBits;
      }
    }
  }
  // A stream ends with its checksum and bits up to a whole byte; a file cut short has another end, or none.
  if (streamEnd < 0 || Math.ceil(streamEnd / 8) !== input.size) {
    throw fail(
      'malformed',
      `byte ${input.size}`,
      'the end of a bzip2 stream',
      'a file cut short, or other bytes behind it',
    );
  }
}

function decodeBlock(input: Bzip2Input, { start, end }: Bzip2Block, library: Bzip2, fail: Fail): Uint8Array {
  const place = `block at byte ${Math.floor(start / 8)}`;
  const bits = end - start;
  if (bits < markBits + checksumBits || bits > maxBlockBytes * 8) {
    throw fail('malformed', place, `at most ${maxBlockBytes} bytes`, `${Math.ceil(bits / 8)}`);
  }
  const first = Math.floor(start / 8);
  const bytes = input.read(first, Math.ceil(end / 8) - first);
  const shift = start % 8;
  const whole = Math.ceil(bits / 8);
  const stream = new Uint8Array(4 + whole + 11);
  stream.set([0x42, 0x5a, 0x68, 0x39]); // BZh9
  for (let at = 0; at < whole; at++) {
    stream[4 + at] = ((bytes[at] << shift) | ((bytes[at + 1] ?? 0) >> (8 - shift))) & 0xff;
  }
  // The checksum of a stream of one block is that of the block, which follows its mark.
  const tail = [...endMark, ...stream.subarray(4 + markBits / 8, 4 + (markBits + checksumBits) / 8)];
  const used = bits % 8;
  const at = 4 + (used === 0 ? whole : whole - 1);
  if (used !== 0) stream[at] &= 0xff << (8 - used);
  for (const [k, byte] of tail.entries()) {
    stream[at + k] |= byte >> used;
    stream[at + k + 1] |= (byte << (8 - used)) & 0xff;
  }
  for (const room of [usualDecodedBlock, maxDecodedBlock]) {
    try {
      return library.decompress(stream, room);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (room === usualDecodedBlock && message.includes('OUTBUFF_FULL')) continue;
      throw fail('malformed', place, 'a block of bzip2', message);
    }
  }
  throw fail('malformed', place, 'a block of bzip2', 'more than a block can hold');
}

let library: Promise<Bzip2> | null = null;

function loadLibrary(): Promise<Bzip2> {
  library ??= import('@foxglove/wasm-bz2').then(({ default: create }) => {
    const exceptions = new Set(process.listeners('uncaughtException'));
    const rejections = new Set(process.listeners('unhandledRejection'));
    const made = create.init();
    // It begins to listen for the faults of the whole process, only to throw them again: they are none of its business.
    for (const listener of process.listeners('uncaughtException')) {
      if (!exceptions.has(listener)) process.removeListener('uncaughtException', listener);
    }
    for (const listener of process.listeners('unhandledRejection')) {
      if (!rejections.has(listener)) process.removeListener('unhandledRejection', listener);
    }
    return made;
  });
  return library;
}
