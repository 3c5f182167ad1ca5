// The compressions of Parquet's pages and Arrow's buffers, where the file says how many bytes come out. Nothing larger
// than that is made, and nothing at all where the packed bytes cannot hold so much. Snappy and LZ4 are own code: hysnappy
// 1.1.1 is not told the size, and hyparquet-compressors 1.1.2 copies LZ4 runs past the end of its output for as long as
// they ask. zstd is the reference decoder in WebAssembly, because fzstd 0.1.1 does the same.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export type Codec = 'none' | 'snappy' | 'gzip' | 'brotli' | 'lz4-raw' | 'lz4-frame' | 'zstd';

/** One page or buffer: zstd takes it twice, in memory that WebAssembly does not give back. */
export const maxBlockBytes = 256 * 1024 * 1024;

/** Inflates `packed` to exactly `size` bytes. @throws {Error} where that fails */
export type Inflate = (codec: Codec, packed: Uint8Array, size: number) => Uint8Array;

/** @param codecs those that the file uses: zstd is loaded only then */
export async function loadCodecs(codecs: ReadonlySet<Codec>): Promise<Inflate> {
  let zstd: { decode(packed: Uint8Array, size: number): Uint8Array } | null = null;
  if (codecs.has('zstd')) {
    const { ZSTDDecoder } = await import('zstddec');
    const decoder = new ZSTDDecoder();
    await decoder.init();
    zstd = decoder;
  }
  return (codec, packed, size) => {
    if (size === 0) return new Uint8Array(0);
    if (size > maxBlockBytes || packed.length > maxBlockBytes) throw new Error(`a block over ${maxBlockBytes} bytes`);
    if (size > packed.length * mostFromByte[codec]) throw new Error(`${packed.length} packed bytes for ${size}`);
    const plain = run(codec, packed, size);
    if (plain.length !== size) throw new Error(`${plain.length} bytes in place of ${size}`);
    return plain;
  };

  function run(codec: Codec, packed: Uint8Array, size: number): Uint8Array {
    switch (codec) {
      case 'none':
        return packed;
      case 'gzip':
        return gunzipSync(packed, { maxOutputLength: size });
      case 'brotli':
        return brotliDecompressSync(packed, { maxOutputLength: size });
      case 'snappy':
        return inflateSnappy(packed, size);
      case 'lz4-raw':
        return inflateLz4(packed, size);
      case 'lz4-frame':
        return inflateLz4Frame(packed, size);
      case 'zstd':
        if (zstd === null) throw new Error('zstd was not loaded');
        return zstd.decode(packed, size);
    }
  }
}

/** Bytes that come out of one, at most: what the longest runs of each format make. Brotli grows as it inflates. */
const mostFromByte: Readonly<Record<Codec, number>> = {
  none: 1,
  snappy: 64,
  gzip: 1040,
  brotli: Number.POSITIVE_INFINITY,
  'lz4-raw': 256,
  'lz4-frame': 256,
  zstd: 128 * 1024,
};

/** Copies what is `distance` back; where it overlaps itself the bytes repeat. */
function copyBack(out: Uint8Array, to: number, distance: number, length: number): number {
  if (distance === 0 || distance > to) throw new Error('a run from before the start');
  if (length > out.length - to) throw new Error(`more than ${out.length} bytes`);
  for (const end = to + length; to < end; to++) out[to] = out[to - distance];
  return to;
}

function copyLiterals(out: Uint8Array, to: number, bytes: Uint8Array, at: number, length: number): void {
  if (length > bytes.length - at) throw new Error('literals cut short');
  if (length > out.length - to) throw new Error(`more than ${out.length} bytes`);
  out.set(bytes.subarray(at, at + length), to);
}

/** https://github.com/google/snappy/blob/main/format_description.txt */
function inflateSnappy(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  let to = 0;
  const number = (count: number): number => {
    if (count > bytes.length - at) throw new Error('a length cut short');
    let value = 0;
    for (let byte = 0; byte < count; byte++) value += bytes[at++] * 2 ** (8 * byte);
    return value;
  };
  let stated = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = number(1);
    stated += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
    if (shift > 28) throw new Error('a size of over 32 bits');
  }
  if (stated !== size) throw new Error(`${stated} bytes in place of ${size}`);
  while (at < bytes.length) {
    const tag = bytes[at++];
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      const length = 1 + (upper < 60 ? upper : number(upper - 59));
      copyLiterals(out, to, bytes, at, length);
      at += length;
      to += length;
    } else if ((tag & 3) === 1) to = copyBack(out, to, (tag >> 5) * 256 + number(1), 4 + (upper & 7));
    else to = copyBack(out, to, number((tag & 3) === 2 ? 2 : 4), 1 + upper);
  }
  return out.subarray(0, to);
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function inflateLz4(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  return out.subarray(0, lz4Block(bytes, 0, bytes.length, out, 0));
}

/** @returns where the output ends */
function lz4Block(bytes: Uint8Array, from: number, end: number, out: Uint8Array, start: number): number {
  let at = from;
  let to = start;
  const byte = (): number => {
    if (at >= end) throw new Error('an LZ4 block cut short');
    return bytes[at++];
  };
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255; ) length += more = byte();
    return length;
  };
  const block = bytes.subarray(0, end);
  // Literals, then a run from further up, and so on; the last literals have no run.
  while (at < end) {
    const token = byte();
    const literals = lengthOf(token >> 4);
    copyLiterals(out, to, block, at, literals);
    at += literals;
    to += literals;
    if (at === end) break;
    const distance = byte() + byte() * 256;
    to = copyBack(out, to, distance, lengthOf(token & 15) + 4);
  }
  return to;
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; its checksums, of another hash, are passed over. */
function inflateLz4Frame(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 11 || view.getUint32(0, true) !== 0x184d2204) throw new Error('no LZ4 frame');
  const flags = bytes[4];
  if (flags >> 6 !== 1 || flags & 1) throw new Error('an LZ4 frame of another version, or with a dictionary');
  let at = 7 + (flags & 8 ? 8 : 0);
  const out = new Uint8Array(size);
  let to = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw new Error('an LZ4 frame cut short');
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const end = at + (head & 0x7fffffff);
    if (end > bytes.length) throw new Error('an LZ4 block cut short');
    if (head >>> 31) {
      copyLiterals(out, to, bytes, at, end - at);
      to += end - at;
    } else to = lz4Block(bytes, at, end, out, to);
    at = end + (flags & 16 ? 4 : 0);
  }
  return out.subarray(0, to);
}
