// The compression of TIFF strips and tiles, each to at most a stated number of bytes: none, PackBits, LZW, Deflate; and
// the predictors 2 (differences of samples) and 3 (of the bytes of floats).

import { inflate } from './inflate.ts';
import { type Element, elements, type Fail, type Raster, readElements } from './raster.ts';

const refused: Readonly<Record<number, string>> = {
  2: 'CCITT',
  3: 'CCITT group 3',
  4: 'CCITT group 4',
  6: 'old JPEG',
  7: 'JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};

/** @throws {DataError} unsupported */
export function checkCompression(compression: number, place: string, fail: Fail): void {
  if ([1, 5, 8, 32773, 32946].includes(compression)) return;
  const actual = refused[compression] ?? `method ${compression}`;
  throw fail('unsupported', place, 'no compression, PackBits, LZW or Deflate', actual);
}

/** @param limit bytes of a whole block: more is never made @throws {DataError} malformed, too-large */
export function decompress(raw: Uint8Array, compression: number, limit: number, place: string, fail: Fail): Uint8Array {
  if (compression === 1) return raw.subarray(0, limit);
  if (compression === 5) return unpackLzw(raw, limit, place, fail);
  if (compression === 32773) return unpackBits(raw, limit);
  return inflate(raw, 'zlib', limit, place, fail).data;
}

/** A count below 128 copies so many bytes and one; 129 to 255 repeats the next byte 257 - count times. */
function unpackBits(raw: Uint8Array, limit: number): Uint8Array {
  const out = new Uint8Array(limit);
  let to = 0;
  for (let at = 0; at < raw.length && to < limit; ) {
    const count = raw[at++];
    if (count < 128) {
      const part = raw.subarray(at, at + Math.min(count + 1, limit - to));
      out.set(part, to);
      to += part.length;
      at += count + 1;
    } else if (count > 128 && at < raw.length) {
      const end = Math.min(limit, to + 257 - count);
      out.fill(raw[at++], to, end);
      to = end;
    }
  }
  return out.subarray(0, to);
}

/** Codes of 9 to 12 bits, highest bit first; the width grows one code early, as the specification's encoder does. */
function unpackLzw(raw: Uint8Array, limit: number, place: string, fail: Fail): Uint8Array {
  const clear = 256;
  const end = 257;
  const out = new Uint8Array(limit);
  // Each string of the table is a stretch of the output: where it began, and its length.
  const starts = new Uint32Array(4096);
  const lengths = new Uint16Array(4096);
  let to = 0;
  let size = 258;
  let width = 9;
  let previous = -1;
  let previousAt = 0;
  let bits = 0;
  let held = 0;
  for (let at = 0; to < limit; ) {
    while (held < width && at < raw.length) {
      bits = ((bits << 8) | raw[at++]) & 0xffffff;
      held += 8;
    }
    if (held < width) break;
    held -= width;
    const code = (bits >>> held) & ((1 << width) - 1);
    if (code === end) break;
    if (code === clear) {
      size = 258;
      width = 9;
      previous = -1;
      continue;
    }
    const isNew = code === size && previous >= 0;
    if (code > 257 && code >= size && !isNew) throw fail('malformed', place, 'an LZW code of the table', `${code}`);
    const from = to;
    if (code < 256) out[to++] = code;
    else {
      const start = isNew ? previousAt : starts[code];
      const length = isNew ? from - previousAt + 1 : lengths[code];
      // One byte after the other: a new string overlaps its own end.
      for (let n = 0; n < length && to < limit; n++, to++) out[to] = out[start + n];
    }
    if (previous >= 0 && size < 4096) {
      starts[size] = previousAt;
      lengths[size] = from - previousAt + 1;
      size++;
    }
    if (size >= (1 << width) - 1 && width < 12) width++;
    previous = code;
    previousAt = from;
  }
  return out.subarray(0, to);
}

export interface BlockLayout {
  readonly type: Exclude<Element, 'i64' | 'u64'>;
  readonly littleEndian: boolean;
  readonly predictor: number;
  /** Samples in a row, and those of one pixel. */
  readonly rowSamples: number;
  readonly pixelSamples: number;
}

/** Bytes of a block to samples. @throws {DataError} unsupported */
export function samplesOf(bytes: Uint8Array, layout: BlockLayout, place: string, fail: Fail): Raster['data'] {
  const { type, littleEndian, predictor, rowSamples, pixelSamples } = layout;
  const size = elements[type].BYTES_PER_ELEMENT;
  if (predictor === 1) return numbersOf(type, bytes, littleEndian);
  if (predictor === 2 && size < 8) {
    // Differences wrap around in the bits, for floats as well.
    const sums = numbersOf(size === 1 ? 'u8' : size === 2 ? 'u16' : 'u32', bytes, littleEndian);
    for (let row = 0; row < sums.length; row += rowSamples) {
      for (let at = row + pixelSamples; at < row + rowSamples; at++) sums[at] += sums[at - pixelSamples];
    }
    return numbersOf(type, new Uint8Array(sums.buffer), true);
  }
  if (predictor === 3 && (type === 'f32' || type === 'f64')) {
    const ordered = new Uint8Array(bytes.length);
    const rowBytes = rowSamples * size;
    for (let row = 0; row < bytes.length; row += rowBytes) {
      const sums = bytes.slice(row, row + rowBytes);
      for (let at = pixelSamples; at < rowBytes; at++) sums[at] += sums[at - pixelSamples];
      // The highest bytes of all samples come first, whatever the order of the file.
      for (let at = 0; at < rowSamples; at++) {
        for (let byte = 0; byte < size; byte++) ordered[row + at * size + byte] = sums[byte * rowSamples + at];
      }
    }
    return numbersOf(type, ordered, false);
  }
  throw fail('unsupported', place, 'predictor 1, 2 (to 32 bits) or 3 (floats)', `${predictor}`);
}

function numbersOf(type: BlockLayout['type'], bytes: Uint8Array, littleEndian: boolean): Raster['data'] {
  const data = readElements(type, bytes, littleEndian);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) throw new Error('no 64-bit integers here');
  return data;
}
