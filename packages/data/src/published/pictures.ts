// Pictures of published datasets, told apart by their first bytes: names lie (one PNG of ImageNet ends with .JPEG). They
// come in their own size and as they are stored: a turn that EXIF asks for is not made, as in torchvision.

import type { RawImage, RawPlane } from '../datasets/dataset.ts';
import { decodeBmp } from '../formats/bmp.ts';
import { decodeJpeg } from '../formats/jpeg.ts';
import { decodePng } from '../formats/png.ts';
import type { Raster } from '../formats/raster.ts';
import type { Folder } from './folder.ts';

/** @throws {DataError} of the file and its format */
export async function readRaster(folder: Folder, file: string): Promise<Raster> {
  const { bytes, origin } = folder.read(file);
  if (bytes[0] === 0x89) return decodePng(bytes, origin);
  if (bytes[0] === 0x42) return decodeBmp(bytes, origin);
  return decodeJpeg(bytes, origin);
}

/** Three channels of 8 bits: grey is repeated, alpha dropped, more bits are rounded. */
export async function readRgb(folder: Folder, file: string): Promise<RawImage> {
  return rgbOf(await readRaster(folder, file));
}

export function rgbOf({ data, width, height, channels, bitDepth }: Raster): RawImage {
  if (channels === 3 && bitDepth === 8 && data instanceof Uint8Array) return { pixels: data, height, width, channels };
  const scale = 255 / (2 ** bitDepth - 1);
  const pixels = new Uint8Array(height * width * 3);
  for (let at = 0; at < height * width; at++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[3 * at + channel] = Math.round(data[at * channels + (channels < 3 ? 0 : channel)] * scale);
    }
  }
  return { pixels, height, width, channels: 3 };
}

/** One channel with the bits of the file; colours become their luma (ITU-R BT.601), alpha is dropped. */
export async function readGrey(folder: Folder, file: string): Promise<RawPlane> {
  return greyOf(await readRaster(folder, file));
}

export function greyOf({ data, width, height, channels, bitDepth }: Raster): RawPlane {
  const white = 2 ** bitDepth - 1;
  if (channels === 1 && (data instanceof Uint8Array || data instanceof Uint16Array)) {
    return { values: data, height, width, black: 0, white };
  }
  const values = bitDepth > 8 ? new Uint16Array(height * width) : new Uint8Array(height * width);
  for (let at = 0; at < values.length; at++) {
    const from = at * channels;
    values[at] =
      channels < 3 ? data[from] : Math.round(0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2]);
  }
  return { values, height, width, black: 0, white };
}
