// JPEG (baseline and progressive, 8 bits, grey or colour) to samples, by libjpeg-turbo in WebAssembly: the same values as
// Pillow. It takes a file cut short for a grey picture, so the markers are walked here first.

/// <reference path="./codecs.d.ts" />

import type { Codec } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { Origin } from '../errors.ts';
import { decodedBytes, type Fail, failer, type Raster, type SizeOptions } from './raster.ts';

/** A progressive picture may hold any number of scans, each as slow as the whole picture. */
export const maxJpegScans = 100;

export interface JpegRaster extends Raster {
  readonly data: Uint8Array;
  /** EXIF orientation, 1 to 8, 1 = upright. The samples are as they are stored: `upright` turns them. */
  readonly orientation: number;
}

/** @throws {DataError} malformed, unsupported (CMYK, 12 bits, lossless, arithmetic coding), too-large */
export async function decodeJpeg(bytes: Uint8Array, origin: Origin, options: SizeOptions = {}): Promise<JpegRaster> {
  const fail = failer(origin, 'save the picture again as JPEG');
  const { width, height, channels, orientation } = readMarkers(bytes, fail);
  decodedBytes([height, width, channels], 1, options, fail);
  const data = await decodeBytes(bytes, { width, height, channels }, fail);
  return { width, height, channels, bitDepth: 8, data, orientation };
}

/** Turns and mirrors a picture by its EXIF orientation. */
export function upright(raster: JpegRaster): JpegRaster {
  const { width, height, channels, data, orientation } = raster;
  if (orientation === 1) return raster;
  const swapped = orientation >= 5;
  const [w, h] = swapped ? [height, width] : [width, height];
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [u, v] = swapped ? [y, x] : [x, y];
      const from = ((mirrorY ? height - 1 - v : v) * width + (mirrorX ? width - 1 - u : u)) * channels;
      for (let channel = 0; channel < channels; channel++) out[(y * w + x) * channels + channel] = data[from + channel];
    }
  }
  return { ...raster, width: w, height: h, data: out, orientation: 1 };
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

let codec: Promise<Codec> | null = null;

async function loadCodec(): Promise<Codec> {
  const { default: create } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
  const silent = (): void => {};
  return create({ print: silent, printErr: silent });
}

/** Also for the frames of DICOM. @throws {DataError} malformed */
export async function decodeBytes(
  bytes: Uint8Array,
  { width, height, channels }: Frame,
  fail: Fail,
): Promise<Uint8Array> {
  codec ??= loadCodec();
  const loaded = await codec;
  try {
    const decoder = new loaded.JPEGDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const same = frame.width === width && frame.height === height && frame.componentCount === channels;
    if (!same || decoded.length !== width * height * channels) throw new Error('another size');
    const data = Uint8Array.from(decoded);
    decoder.delete();
    return data;
  } catch {
    // A failed decoder leaves its memory behind and throws a bare number: the next call gets a new instance.
    codec = null;
    throw fail('malformed', null, 'compressed pixels', 'data that libjpeg-turbo gives up on');
  }
}

const frameNames: Readonly<Record<number, string>> = {
  195: 'lossless JPEG',
  197: 'hierarchical JPEG',
  198: 'hierarchical JPEG',
  199: 'hierarchical JPEG',
  201: 'arithmetic coding',
  202: 'arithmetic coding',
  203: 'arithmetic coding',
  205: 'arithmetic coding',
  206: 'arithmetic coding',
  207: 'arithmetic coding',
};

function readMarkers(bytes: Uint8Array, fail: Fail): Frame & { orientation: number } {
  if (bytes.length === 0) throw fail('malformed', null, 'a JPEG', 'an empty file');
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    throw fail(
      'malformed',
      'signature',
      'that of JPEG',
      bytes[0] === 0x89 && bytes[1] === 0x50 ? 'a PNG' : 'other bytes',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Frame | null = null;
  let orientation = 1;
  let scans = 0;
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    const place = `byte ${at}`;
    if (at + 2 > bytes.length) throw fail('malformed', place, 'a marker', 'the end of the file');
    if (bytes[at] !== 0xff) throw fail('malformed', place, 'a marker', `0x${bytes[at].toString(16)}`);
    // Cameras put previews after the end: not ours to judge.
    if (marker === 0xd9) break;
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) {
      throw fail('malformed', place, 'a marker with a length', `0xff${marker.toString(16).padStart(2, '0')}`);
    }
    const left = bytes.length - at - 2;
    const length = left < 2 ? 0 : view.getUint16(at + 2);
    if (length < 2 || length > left) throw fail('malformed', place, `a segment of 2 to ${left} bytes`, `${length}`);
    if (Object.hasOwn(frameNames, marker))
      throw fail('unsupported', place, 'baseline or progressive', frameNames[marker]);
    if (marker >= 0xc0 && marker <= 0xc2) {
      if (frame !== null) throw fail('malformed', place, 'one frame', 'another');
      frame = readFrame(view, at + 4, length - 2, fail);
    }
    if (marker === 0xe1) orientation = readOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    at += 2 + length;
    if (marker !== 0xda) continue;
    if (frame === null) throw fail('malformed', place, 'a frame before the scan', 'none');
    if (++scans > maxJpegScans) throw fail('too-large', place, `at most ${maxJpegScans} scans`, 'more');
    at = endOfScan(bytes, at);
  }
  if (frame === null || scans === 0)
    throw fail('malformed', null, 'a frame and a scan', frame === null ? 'no frame' : 'no scan');
  return { ...frame, orientation };
}

function readFrame(view: DataView, at: number, length: number, fail: Fail): Frame {
  if (length < 6) throw fail('malformed', 'frame', 'at least 6 bytes', `${length}`);
  const bits = view.getUint8(at);
  const height = view.getUint16(at + 1);
  const width = view.getUint16(at + 3);
  const channels = view.getUint8(at + 5);
  if (bits !== 8) throw fail('unsupported', 'frame', '8 bits', `${bits}`);
  if (channels === 4) throw fail('unsupported', 'frame', 'grey or colour', 'CMYK');
  if (channels !== 1 && channels !== 3) throw fail('unsupported', 'frame', '1 or 3 channels', `${channels}`);
  if (length !== 6 + 3 * channels) throw fail('malformed', 'frame', `${6 + 3 * channels} bytes`, `${length}`);
  if (width < 1 || height < 1) throw fail('malformed', 'frame', 'sizes of at least 1', `${width} x ${height}`);
  return { width, height, channels };
}

/** Where the next marker is: in the compressed data 0xff is followed by 0 or is a restart marker. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

/** Tag 0x0112 of the first directory of an EXIF block; null where there is none. A broken block is no reason to lose the picture. */
function readOrientation(segment: Uint8Array): number | null {
  const exif = 'Exif\0\0';
  if (![...exif].every((char, at) => segment[at] === char.charCodeAt(0))) return null;
  const tiff = segment.subarray(exif.length);
  if (tiff.length < 8) return null;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = tiff[0] === 0x49;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return null;
  const count = view.getUint16(directory, little);
  for (let entry = 0, at = directory + 2; entry < count && at + 12 <= tiff.length; entry++, at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : null;
  }
  return null;
}
