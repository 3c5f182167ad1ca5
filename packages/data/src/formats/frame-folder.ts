// A video as pictures: a folder of numbered PNG or JPEG files, or one NPY array of bytes.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataError, type Origin, quote } from '../errors.ts';
import { decodeJpeg, upright } from './jpeg.ts';
import { decodeNpy } from './npy.ts';
import { decodePng } from './png.ts';
import { type Fail, failer, type Raster } from './raster.ts';
import { maxFileBytes } from './read-file.ts';
import { maxVideoFrames } from './video-picks.ts';
import type { FrameSource } from './y4m.ts';

/**
 * Files are ordered by the last number in their names, which must go up in equal steps: a frame that is missing is an error.
 * Other files are passed over. All pictures have the size of the first.
 * @throws {DataError} empty, malformed, too-large, and what the readers of PNG and JPEG throw
 */
export async function openFrameFolder(path: string, source: string): Promise<FrameSource> {
  const fail = failer(
    { source, file: path },
    'number the frames one after the other, as ffmpeg does for frame-%06d.png',
  );
  const files = orderFrames(await readdir(path), fail);
  const first = await readFrame(join(path, files[0]), source);
  const { height, width } = first;
  const read = async (index: number): Promise<Uint8Array> => {
    const file = join(path, files[index]);
    const frame = index === 0 ? first : await readFrame(file, source);
    if (frame.height !== height || frame.width !== width) {
      const way = failer({ source, file }, 'bring all frames to one size');
      throw way('malformed', null, `${height} x ${width} pixels as in ${files[0]}`, `${frame.height} x ${frame.width}`);
    }
    return toRgb(frame);
  };
  return { frames: files.length, height, width, fps: null, read };
}

function orderFrames(names: readonly string[], fail: Fail): readonly string[] {
  const numbered: { name: string; number: number }[] = [];
  for (const name of names) {
    const match = /(\d{1,15})\D*\.(png|jpe?g)$/i.exec(name);
    if (match !== null) numbered.push({ name, number: Number(match[1]) });
  }
  if (numbered.length === 0) throw fail('empty', null, 'numbered PNG or JPEG files', `${names.length} other files`);
  if (numbered.length > maxVideoFrames) {
    throw fail('too-large', null, `at most ${maxVideoFrames} frames`, `${numbered.length}`);
  }
  numbered.sort((a, b) => a.number - b.number);
  const step = numbered.length < 2 ? 1 : numbered[1].number - numbered[0].number;
  for (let index = 1; index < numbered.length; index++) {
    const [before, here] = [numbered[index - 1], numbered[index]];
    if (here.number === before.number)
      throw fail('malformed', null, 'each number once', `${before.name} and ${here.name}`);
    if (here.number - before.number !== step) {
      throw fail('malformed', null, `numbers that go up by ${step}`, `${quote(here.name)} after ${quote(before.name)}`);
    }
  }
  return numbered.map(({ name }) => name);
}

async function readFrame(file: string, source: string): Promise<Raster> {
  const origin: Origin = { source, file };
  const bytes = await readWhole(file, failer(origin, 'get the frame again'));
  return /\.png$/i.test(file) ? decodePng(bytes, origin) : upright(await decodeJpeg(bytes, origin));
}

/** @throws {DataError} unreadable, too-large */
async function readWhole(file: string, fail: Fail): Promise<Uint8Array> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) throw fail('unreadable', null, 'a file', 'something else');
    if (stats.size > maxFileBytes) throw fail('too-large', null, `at most ${maxFileBytes} bytes`, `${stats.size}`);
    return await readFile(file);
  } catch (error) {
    throw unreadable(error, fail);
  }
}

/** A DataError of what the file system says; others pass through. */
export function unreadable(error: unknown, fail: Fail): DataError | unknown {
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('code' in error)) return error;
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  return fail(
    missing ? 'missing' : 'unreadable',
    null,
    'a readable file',
    missing ? 'nothing there' : String(error.code),
  );
}

/** `[frames, height, width]` or `[frames, height, width, channels]` of bytes; 1, 3 or 4 channels. @throws {DataError} */
export async function openNpyVideo(path: string, origin: Origin): Promise<FrameSource> {
  const fail = failer(origin, 'save a uint8 array [frames, height, width, 3]');
  const { shape, data } = decodeNpy(await readWhole(path, fail), origin);
  const [frames, height, width, channels = 1] = shape;
  const legal = (shape.length === 3 || shape.length === 4) && [1, 3, 4].includes(channels);
  if (!(data instanceof Uint8Array) || !legal) {
    const actual = `${data.constructor.name} [${shape.join(', ')}]`;
    throw fail('unsupported', null, 'bytes [frames, height, width] or [frames, height, width, 1, 3 or 4]', actual);
  }
  if (frames > maxVideoFrames) throw fail('too-large', null, `at most ${maxVideoFrames} frames`, `${frames}`);
  if (data.length === 0) throw fail('empty', null, 'at least one pixel', `[${shape.join(', ')}]`);
  const size = height * width * channels;
  const read = async (index: number): Promise<Uint8Array> =>
    toRgb({ height, width, channels, bitDepth: 8, data: data.subarray(index * size, (index + 1) * size) });
  return { frames, height, width, fps: null, read };
}

/** Grey three times, transparency dropped, other depths stretched to 8 bits. */
function toRgb({ width, height, channels, bitDepth, data }: Raster): Uint8Array {
  const pixels = new Uint8ClampedArray(width * height * 3);
  const scale = 255 / (2 ** bitDepth - 1);
  const colours = channels < 3 ? [0, 0, 0] : [0, 1, 2];
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (const [to, from] of colours.entries()) pixels[pixel * 3 + to] = data[pixel * channels + from] * scale;
  }
  return new Uint8Array(pixels.buffer);
}
