// YUV4MPEG2, video without compression: 8 bits, 4:2:0, 4:2:2, 4:4:4 and grey, read frame by frame from the disk. Colours are
// turned to RGB by BT.601, a block of chroma for all its pixels. Interlaced video is refused.

import type { FileHandle } from 'node:fs/promises';
import { type Origin, quote } from '../errors.ts';
import { decodedBytes, type Fail, failer } from './raster.ts';
import { maxVideoFrames } from './video-picks.ts';

/** Frames on demand; each is RGB, `[height, width, 3]`. */
export interface FrameSource {
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  /** Frames a second; null where nothing says it. */
  readonly fps: number | null;
  read(index: number): Promise<Uint8Array>;
}

/** Divisors of the width and the height of the chroma planes; null for none. */
const layouts: Readonly<Record<string, readonly [number, number] | null>> = {
  '420': [2, 2],
  '420jpeg': [2, 2],
  '420mpeg2': [2, 2],
  '420paldv': [2, 2],
  '422': [2, 1],
  '444': [1, 1],
  mono: null,
};
const maxLine = 1024;

/** @throws {DataError} malformed, unsupported, too-large */
export async function openY4m(file: FileHandle, size: number, origin: Origin): Promise<FrameSource> {
  const fail = failer(origin, 'write the video again with ffmpeg -pix_fmt yuv420p video.y4m');
  const read = async (at: number, length: number, place: string): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)));
    for (let got = 0; got < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, got, bytes.length - got, at + got);
      if (bytesRead === 0) throw fail('malformed', place, `${size} bytes as when it was opened`, `${at + got}`);
      got += bytesRead;
    }
    return bytes;
  };
  const line = async (at: number, place: string): Promise<string> => {
    const bytes = await read(at, maxLine, place);
    const end = bytes.indexOf(0x0a);
    if (end < 0) throw fail('malformed', place, `a line of at most ${maxLine} bytes`, 'no end of line');
    return String.fromCharCode(...bytes.subarray(0, end));
  };
  const first = await line(0, 'header');
  const header = readHeader(first, fail);
  const { width, height, layout } = header;
  decodedBytes([height, width, 3], 1, {}, fail, 'header');
  const chroma = layout === null ? 0 : Math.ceil(width / layout[0]) * Math.ceil(height / layout[1]);
  const bytesOfFrame = width * height + 2 * chroma;
  const places: number[] = [];
  for (let at = first.length + 1; at < size; ) {
    const place = `frame ${places.length} at byte ${at}`;
    if (places.length === maxVideoFrames) throw fail('too-large', place, `at most ${maxVideoFrames} frames`, 'more');
    const mark = await line(at, place);
    if (!/^FRAME( |$)/.test(mark)) throw fail('malformed', place, '"FRAME"', quote(mark));
    const start = at + mark.length + 1;
    if (start + bytesOfFrame > size) throw fail('malformed', place, `${bytesOfFrame} bytes`, `${size - start}`);
    places.push(start);
    at = start + bytesOfFrame;
  }
  if (places.length === 0) throw fail('empty', null, 'at least one frame', 'none');
  return {
    frames: places.length,
    height,
    width,
    fps: header.fps,
    read: async (index) => toRgb(await read(places[index], bytesOfFrame, `frame ${index}`), header),
  };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  readonly layout: readonly [number, number] | null;
  readonly fullRange: boolean;
}

function readHeader(text: string, fail: Fail): Header {
  const [magic, ...fields] = text.split(' ').filter((field) => field !== '');
  if (magic !== 'YUV4MPEG2') throw fail('malformed', 'header', 'YUV4MPEG2', quote(magic));
  const value = (letter: string): string | undefined => fields.find((field) => field.startsWith(letter))?.slice(1);
  const side = (letter: string): number => {
    const found = value(letter);
    const number = Number(found);
    if (found === undefined || !/^\d{1,5}$/.test(found) || number < 1) {
      throw fail('malformed', `header, ${letter}`, 'a size from 1 to 99999', quote(found));
    }
    return number;
  };
  const name = value('C') ?? '420jpeg';
  if (!Object.hasOwn(layouts, name)) {
    throw fail('unsupported', 'header, C', `8 bits of ${Object.keys(layouts).join(', ')}`, quote(name));
  }
  const order = value('I') ?? 'p';
  if (order !== 'p' && order !== '?') throw fail('unsupported', 'header, I', 'progressive frames', quote(order));
  const rate = value('F') ?? '0:0';
  const match = /^(\d{1,9}):(\d{1,9})$/.exec(rate);
  if (match === null) throw fail('malformed', 'header, F', 'a rate such as 25:1', quote(rate));
  const [frames, seconds] = [Number(match[1]), Number(match[2])];
  const fps = frames === 0 || seconds === 0 ? null : frames / seconds;
  const fullRange = fields.includes('XCOLORRANGE=FULL');
  return { width: side('W'), height: side('H'), fps, layout: layouts[name], fullRange };
}

/** R = Y + 1.402 V, G = Y - 0.344136 U - 0.714136 V, B = Y + 1.772 U, with Y from 16 to 235 and U, V from 16 to 240 stretched. */
function toRgb(bytes: Uint8Array, { width, height, layout, fullRange }: Header): Uint8Array {
  const [black, lumaScale, chromaScale] = fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  // A Uint8ClampedArray rounds and clamps what is stored.
  const pixels = new Uint8ClampedArray(width * height * 3);
  const [across, down] = layout ?? [1, 1];
  const columns = Math.ceil(width / across);
  const planeU = width * height;
  const planeV = planeU + columns * Math.ceil(height / down);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = (bytes[y * width + x] - black) * lumaScale;
      let [u, v] = [0, 0];
      if (layout !== null) {
        const at = Math.floor(y / down) * columns + Math.floor(x / across);
        u = (bytes[planeU + at] - 128) * chromaScale;
        v = (bytes[planeV + at] - 128) * chromaScale;
      }
      const to = (y * width + x) * 3;
      pixels[to] = luma + 1.402 * v;
      pixels[to + 1] = luma - 0.344136 * u - 0.714136 * v;
      pixels[to + 2] = luma + 1.772 * u;
    }
  }
  return new Uint8Array(pixels.buffer);
}
