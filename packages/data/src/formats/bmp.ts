// BMP to samples: grey, palette or colour of 8, 24 or 32 bits, not compressed, either way up.

import type { Origin } from '../errors.ts';
import { decodedBytes, failer, type Raster, type SizeOptions } from './raster.ts';

const fileHeader = 14;
const infoHeader = 40;

/**
 * Palettes of grey steps give one channel, others three; the fourth byte of 32 bits is dropped, as its meaning is not fixed.
 * @throws {DataError} malformed, unsupported (1 and 4 bits, bit masks, run lengths, OS/2), too-large, bad-value (an index outside the palette)
 */
export function decodeBmp(bytes: Uint8Array, origin: Origin, options: SizeOptions = {}): Raster & { data: Uint8Array } {
  const fail = failer(origin, 'save the picture again as PNG');
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d) {
    throw fail('malformed', 'signature', 'that of BMP', bytes.length === 0 ? 'an empty file' : 'other bytes');
  }
  if (bytes.length < fileHeader + infoHeader) {
    throw fail('malformed', 'header', `${fileHeader + infoHeader} bytes`, `${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(14, true);
  if (size < infoHeader) throw fail('unsupported', 'header', `at least ${infoHeader} bytes`, `${size}: OS/2`);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || height < 1) throw fail('malformed', 'header', 'sizes of at least 1', `${width} x ${signedHeight}`);
  if (bits !== 8 && bits !== 24 && bits !== 32) throw fail('unsupported', 'header', '8, 24 or 32 bits', `${bits}`);
  if (compression !== 0) throw fail('unsupported', 'header', 'no compression', `kind ${compression}`);

  const stride = Math.ceil((width * bits) / 32) * 4;
  const start = view.getUint32(10, true);
  decodedBytes([height, width, 3], 1, options, fail);
  if (start < fileHeader + size || start + stride * height > bytes.length) {
    throw fail('malformed', 'pixels', `${stride * height} bytes from byte ${start} on`, `a file of ${bytes.length}`);
  }
  const palette = bits === 8 ? readPalette() : null;
  const channels = palette?.every(([red, green, blue]) => red === green && green === blue) ? 1 : 3;
  const data = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    // Rows lie from the bottom up unless the height is negative.
    const row = start + stride * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * channels;
      if (palette === null) {
        const from = row + (x * bits) / 8;
        for (let channel = 0; channel < 3; channel++) data[to + channel] = bytes[from + 2 - channel];
        continue;
      }
      const index = bytes[row + x];
      if (index >= palette.length) {
        throw fail('bad-value', `row ${y}, column ${x}`, `one of ${palette.length} colours`, `${index}`);
      }
      for (let channel = 0; channel < channels; channel++) data[to + channel] = palette[index][channel];
    }
  }
  return { width, height, channels, bitDepth: 8, data };

  function readPalette(): readonly (readonly number[])[] {
    const count = view.getUint32(46, true) || 256;
    const at = fileHeader + size;
    if (count > 256 || at + 4 * count > start) {
      throw fail('malformed', 'palette', 'at most 256 colours before the pixels', `${count}`);
    }
    return Array.from({ length: count }, (_, k) => [2, 1, 0].map((byte) => bytes[at + 4 * k + byte]));
  }
}
