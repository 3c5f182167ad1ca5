// PNG to samples, none lost: 1 to 16 bits, grey, colour, palette, alpha. fast-png unpacks and unfilters. It checks little
// and inflates without a limit, so the chunks are walked here first, and it gets only those that hold pixels.
// Animations give their still picture; gamma, colour profiles and texts are ignored.

import { crc32 } from 'node:zlib';
import { type Origin, quote } from '../errors.ts';
import { inflate } from './inflate.ts';
import { decodedBytes, type Fail, failer, named, type Raster, type SizeOptions } from './raster.ts';

/** Channels and legal bits of each colour type. */
const colourTypes: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
const palette = 3;

/**
 * Palettes become 8-bit colour (with alpha where the file has it), and a transparent colour becomes an alpha channel.
 * @throws {DataError} malformed, unsupported (interlaced below 8 bits), too-large, bad-value (an index outside the palette)
 */
export async function decodePng(bytes: Uint8Array, origin: Origin, options: SizeOptions = {}): Promise<Raster> {
  const fail = failer(origin, 'save the picture again as PNG');
  const chunks = readChunks(bytes, fail);
  const header = readHeader(chunks, fail);
  const { width, height, channels, depth, colour } = header;
  const isPalette = colour === palette;
  const colours = isPalette ? readPalette(chunks, depth, fail) : null;
  const key = isPalette ? null : readKey(chunks, header, fail);

  // The largest array on the way: samples of sub-byte pictures take a byte each.
  const outChannels = colours !== null ? (colours[0]?.length ?? 3) : channels + (key === null ? 0 : 1);
  decodedBytes([height, width, outChannels], depth === 16 ? 2 : 1, options, fail);
  const packed = packedBytes(header);
  const pixels = concatenate(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const { data: filtered, used } = inflate(pixels, 'zlib', packed, 'IDAT', fail);
  if (filtered.length !== packed) throw fail('malformed', 'IDAT', `${packed} inflated bytes`, `${filtered.length}`);
  if (used !== pixels.length) throw fail('malformed', 'IDAT', `${used} packed bytes`, `${pixels.length}`);

  const { decode } = await import('fast-png');
  let data: Uint8Array | Uint16Array;
  try {
    const decoded = decode(onlyPixels(chunks, pixels)).data;
    if (decoded instanceof Uint8ClampedArray) throw new Error('clamped samples');
    data = depth < 8 ? unpack(decoded, width, height, depth) : decoded;
  } catch (error) {
    throw named(fail, 'filtered pixels', error);
  }
  if (data.length !== width * height * channels) {
    throw fail('malformed', null, `${width * height * channels} samples`, `${data.length}`);
  }
  if (colours !== null) {
    return { width, height, channels: outChannels, bitDepth: 8, data: applyPalette(data, colours, outChannels, fail) };
  }
  if (key === null) return { width, height, channels, bitDepth: depth, data };
  return {
    width,
    height,
    channels: outChannels,
    bitDepth: depth,
    data: withAlpha(data, key, channels, 2 ** depth - 1),
  };
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Length, type, data and checksum as they lie in the file. */
  readonly whole: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function readChunks(bytes: Uint8Array, fail: Fail): readonly Chunk[] {
  if (bytes.length === 0) throw fail('malformed', null, 'a PNG', 'an empty file');
  if (!signature.every((byte, at) => bytes[at] === byte)) {
    throw fail(
      'malformed',
      'signature',
      'that of PNG',
      bytes[0] === 0xff && bytes[1] === 0xd8 ? 'a JPEG' : 'other bytes',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let at = signature.length;
  while (chunks.at(-1)?.type !== 'IEND') {
    if (at + 12 > bytes.length) throw fail('malformed', `byte ${at}`, 'a chunk', 'the end of the file');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const left = bytes.length - at - 12;
    if (!/^[A-Za-z]{4}$/.test(type)) throw fail('malformed', `byte ${at}`, 'a chunk of four letters', quote(type));
    const place = `chunk ${type} at byte ${at}`;
    if (length > left) throw fail('malformed', place, `at most ${left} bytes`, `${length}`);
    const known = ['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(type);
    if (!known && type[0] <= 'Z') throw fail('unsupported', place, 'IHDR, PLTE, IDAT, IEND', 'another critical chunk');
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw fail('malformed', place, 'its checksum', 'another: the file was changed or damaged');
    }
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (known || type === 'tRNS') {
      const last = chunks.at(-1)?.type;
      const repeated = type !== 'IDAT' && chunks.some((chunk) => chunk.type === type);
      const late = type === 'IDAT' ? chunks.some((chunk) => chunk.type === type) && last !== type : last === 'IDAT';
      if (repeated || (type !== 'IEND' && late))
        throw fail('malformed', place, 'it once and in order', 'it again or late');
      chunks.push({ type, data, whole: bytes.subarray(at, at + 12 + length) });
    } else if (chunks.at(-1)?.type === 'IDAT' && hasLater(bytes, view, at + 12 + length)) {
      throw fail('malformed', place, 'IDAT chunks one after the other', `${type} between them`);
    }
    at += 12 + length;
  }
  if (at !== bytes.length)
    throw fail('malformed', `byte ${at}`, 'the end of the file after IEND', `${bytes.length - at} bytes`);
  if (chunks[0].type !== 'IHDR' || !chunks.some(({ type }) => type === 'IDAT')) {
    throw fail('malformed', null, 'IHDR first and an IDAT', chunks.map(({ type }) => type).join(', '));
  }
  return chunks;
}

/** An IDAT right after this chunk: only then does the chunk part two of them. */
function hasLater(bytes: Uint8Array, view: DataView, at: number): boolean {
  return at + 8 <= bytes.length && view.getUint32(at + 4) === 0x49444154;
}

function readHeader(chunks: readonly Chunk[], fail: Fail): Header {
  const { data } = chunks[0];
  if (data.length !== 13) throw fail('malformed', 'IHDR', '13 bytes', `${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filter, interlace] = data.subarray(8);
  const largest = 0x7fffffff;
  if (width < 1 || height < 1 || width > largest || height > largest) {
    throw fail('malformed', 'IHDR', `sizes from 1 to ${largest}`, `${width} x ${height}`);
  }
  const kind = colourTypes[colour];
  if (kind === undefined || !kind.depths.includes(depth)) {
    throw fail('malformed', 'IHDR', 'a colour type and its bits', `type ${colour}, ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw fail('malformed', 'IHDR', 'methods 0, 0 and 0 or 1', `${compression}, ${filter}, ${interlace}`);
  }
  // fast-png 8.0.0 takes a byte a sample there, whatever the bits.
  if (interlace === 1 && depth < 8) throw fail('unsupported', 'IHDR', 'interlacing from 8 bits on', `${depth} bits`);
  return { width, height, depth, colour, channels: kind.channels, interlaced: interlace === 1 };
}

/** Bytes before deflate: a filter byte before each row, of each of the seven passes if interlaced. */
function packedBytes({ width, height, channels, depth, interlaced }: Header): number {
  const rows = (columns: number, lines: number): number =>
    columns === 0 ? 0 : lines * (1 + Math.ceil((columns * channels * depth) / 8));
  if (!interlaced) return rows(width, height);
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ];
  return passes.reduce(
    (sum, [x, y, dx, dy]) => sum + rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

/** A colour an entry: [r, g, b], or [r, g, b, alpha] for all when the file has any alpha. */
function readPalette(chunks: readonly Chunk[], depth: number, fail: Fail): readonly Uint8Array[] {
  const data = chunks.find(({ type }) => type === 'PLTE')?.data;
  if (data === undefined) throw fail('malformed', null, 'a palette, PLTE', 'none');
  const count = data.length / 3;
  if (!Number.isInteger(count) || count < 1 || count > 2 ** depth) {
    throw fail('malformed', 'PLTE', `1 to ${2 ** depth} colours of 3 bytes`, `${data.length} bytes`);
  }
  const alpha = chunks.find(({ type }) => type === 'tRNS')?.data;
  if (alpha !== undefined && alpha.length > count)
    throw fail('malformed', 'tRNS', `at most ${count} bytes`, `${alpha.length}`);
  return Array.from({ length: count }, (_, at) => {
    const colour = data.subarray(3 * at, 3 * at + 3);
    return alpha === undefined ? colour : Uint8Array.of(...colour, alpha[at] ?? 255);
  });
}

/** The one colour that is transparent in a picture without a palette. */
function readKey(chunks: readonly Chunk[], { channels, colour }: Header, fail: Fail): readonly number[] | null {
  const data = chunks.find(({ type }) => type === 'tRNS')?.data;
  if (data === undefined) return null;
  if (colour !== 0 && colour !== 2) throw fail('malformed', 'tRNS', 'none beside an alpha channel', 'one');
  if (data.length !== 2 * channels) throw fail('malformed', 'tRNS', `${2 * channels} bytes`, `${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: channels }, (_, at) => view.getUint16(2 * at));
}

/** A PNG of the header, the palette and the pixels: fast-png would inflate a profile without a limit. */
function onlyPixels(chunks: readonly Chunk[], pixels: Uint8Array): Uint8Array {
  const head = chunks.filter(({ type }) => type === 'IHDR' || type === 'PLTE').map(({ whole }) => whole);
  const idat = new Uint8Array(8);
  new DataView(idat.buffer).setUint32(0, pixels.length);
  idat.set([0x49, 0x44, 0x41, 0x54], 4);
  const end = chunks[chunks.length - 1].whole;
  // Checksums are checked above and not again, so that of the joined IDAT may be anything.
  return concatenate([Uint8Array.from(signature), ...head, idat, pixels, new Uint8Array(4), end]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Rows of packed bits, highest first, to a byte a sample. Only pictures of one channel have such. */
function unpack(rows: Uint8Array | Uint16Array, width: number, height: number, depth: number): Uint8Array {
  const data = new Uint8Array(width * height);
  const stride = Math.ceil((width * depth) / 8);
  const perByte = 8 / depth;
  const mask = 2 ** depth - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = rows[y * stride + Math.floor(x / perByte)];
      data[y * width + x] = (byte >> (8 - depth * ((x % perByte) + 1))) & mask;
    }
  }
  return data;
}

function applyPalette(
  indices: Uint8Array | Uint16Array,
  colours: readonly Uint8Array[],
  channels: number,
  fail: Fail,
): Uint8Array {
  const data = new Uint8Array(indices.length * channels);
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at];
    if (index >= colours.length) throw fail('bad-value', `pixel ${at}`, `an index below ${colours.length}`, `${index}`);
    data.set(colours[index], at * channels);
  }
  return data;
}

function withAlpha(
  data: Uint8Array | Uint16Array,
  key: readonly number[],
  channels: number,
  opaque: number,
): Uint8Array | Uint16Array {
  const count = data.length / channels;
  const out =
    data instanceof Uint16Array ? new Uint16Array(count * (channels + 1)) : new Uint8Array(count * (channels + 1));
  for (let pixel = 0; pixel < count; pixel++) {
    let same = true;
    for (let channel = 0; channel < channels; channel++) {
      const value = data[pixel * channels + channel];
      out[pixel * (channels + 1) + channel] = value;
      same &&= value === key[channel];
    }
    out[pixel * (channels + 1) + channels] = same ? 0 : opaque;
  }
  return out;
}
