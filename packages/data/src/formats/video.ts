// Videos to a few frames: y4m, folders of pictures and NPY by readers of this package, everything else by the ffmpeg that is
// installed. Where none is, the error says how to get it.

import { type FileHandle, open } from 'node:fs/promises';
import type { Origin } from '../errors.ts';
import {
  countFrames,
  type FfmpegCommands,
  type FfmpegLimits,
  ffmpegMissing,
  ffmpegVersion,
  probe,
  readFrames,
} from './ffmpeg.ts';
import { openFrameFolder, openNpyVideo, unreadable } from './frame-folder.ts';
import { failer } from './raster.ts';
import {
  checkFrameOptions,
  checkOptionRange,
  type DecodedVideo,
  type Fit,
  type FrameOptions,
  Frames,
} from './video-frames.ts';
import { pickFrames, resampledFrames } from './video-picks.ts';
import { type FrameSource, openY4m } from './y4m.ts';

export interface VideoOptions extends FrameOptions, FfmpegCommands {
  /** Frames a second of a folder or an NPY, which do not say it; needed there for `fps`. */
  readonly sourceFps?: number;
  /** Whether a complaint of ffmpeg is an error, or what could be decoded is kept. Default: 'refuse'. */
  readonly damaged?: 'refuse' | 'keep';
}

export interface VideoReaders {
  readonly y4m: true;
  readonly frameFolder: true;
  readonly npy: true;
  /** Version of the ffmpeg that was found, or null: then nothing compressed can be read. */
  readonly ffmpeg: string | null;
}

/** What can be read on this machine. */
export async function videoReaders(commands: FfmpegCommands = {}): Promise<VideoReaders> {
  return { y4m: true, frameFolder: true, npy: true, ffmpeg: await ffmpegVersion(commands) };
}

/**
 * Frames `[frames, height, width, channels]` of a video file, or of a folder of numbered pictures. What is not y4m or NPY by its
 * first bytes goes to ffmpeg, which must be installed: mp4, webm, mkv, avi, mpeg, ogg, flv, asf, gif and raw streams.
 * @throws {DataError} missing (the file, or ffmpeg), unreadable, malformed, unsupported, too-large, empty, out-of-range (too few frames)
 */
export async function decodeVideo(path: string, options: VideoOptions = {}): Promise<DecodedVideo> {
  const origin: Origin = { source: 'video', file: path };
  const fit = check(options);
  const fail = failer(origin, 'check the path');
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw unreadable(error, fail);
  }
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) return await fromSource(await openFrameFolder(path, 'video'), options, fit, origin);
    if (!stats.isFile()) throw fail('unreadable', null, 'a file or a folder of frames', 'something else');
    if (stats.size === 0) throw fail('empty', null, 'a video', 'an empty file');
    const start = new Uint8Array(10);
    await file.read(start, 0, start.length, 0);
    const text = String.fromCharCode(...start);
    if (text.startsWith('YUV4MPEG2')) {
      return await fromSource(await openY4m(file, stats.size, origin), options, fit, origin);
    }
    if (text.startsWith('\u0093NUMPY')) return await fromSource(await openNpyVideo(path, origin), options, fit, origin);
    return await fromFfmpeg(path, options, fit, origin);
  } catch (error) {
    throw unreadable(error, fail);
  } finally {
    await file.close();
  }
}

function check(options: VideoOptions): Fit {
  checkOptionRange('sourceFps', options.sourceFps);
  return checkFrameOptions(options);
}

async function fromSource(source: FrameSource, options: VideoOptions, fit: Fit, origin: Origin): Promise<DecodedVideo> {
  const sourceFps = source.fps ?? options.sourceFps ?? null;
  const { fps = sourceFps } = options;
  if (options.fps !== undefined && sourceFps === null) {
    const fail = failer(origin, 'pass sourceFps, or no fps');
    throw fail('out-of-range', 'fps', 'a video that says how many frames a second it has', 'one that does not');
  }
  const all =
    options.fps === undefined || sourceFps === null
      ? null
      : resampledFrames(source.frames, sourceFps, options.fps, origin);
  const indices = pickFrames(all?.length ?? source.frames, options, origin);
  const frames = new Frames(options, fit, source, origin);
  frames.expect(indices.length);
  // A frame that is wanted twice is read once.
  const places: number[] = [];
  const known = new Map<number, number>();
  for (const index of indices) {
    const at = all?.[index] ?? index;
    const place = known.get(at) ?? frames.count;
    if (place === frames.count) frames.add(await source.read(at));
    known.set(at, place);
    places.push(place);
  }
  return frames.video(places, indices, fps);
}

async function fromFfmpeg(path: string, options: VideoOptions, fit: Fit, origin: Origin): Promise<DecodedVideo> {
  const version = await ffmpegVersion(options);
  if (version === null) throw ffmpegMissing(origin);
  const strict = options.damaged !== 'keep';
  const limits: FfmpegLimits = { timeoutSeconds: options.timeoutSeconds ?? 120, strict };
  const video = await probe(path, options, limits, origin);
  const rate = options.fps ?? null;
  const frames = new Frames(options, fit, video, origin);
  const read = (wanted: readonly number[] | { start: number; stride: number }): Promise<void> =>
    readFrames(path, options, version, video, rate, wanted, limits, origin, (pixels) => {
      frames.add(pixels);
      return !Array.isArray(wanted) || frames.count < wanted.length;
    });
  const { pick = 'stride', start = 0, stride = 1, short = 'refuse' } = options;
  const fps = rate ?? video.fps;

  if (pick === 'stride' && options.frames === undefined) {
    await read({ start, stride });
    // As many as there are: the number of the last one stands for the length.
    const indices = pickFrames(frames.count === 0 ? 0 : start + (frames.count - 1) * stride + 1, options, origin);
    return frames.video([...indices.keys()], indices, fps);
  }
  // The length is needed only where it decides which frames to take.
  const simple = pick === 'stride' && short === 'refuse';
  const last = start + ((options.frames ?? 1) - 1) * stride;
  const total = simple ? last + 1 : await countFrames(path, options, version, rate, limits, origin);
  const indices = pickFrames(total, options, origin);
  frames.expect(indices.length);
  const rising = [...new Set(indices)].sort((a, b) => a - b);
  await read(rising);
  if (frames.count < rising.length) {
    const fail = failer(origin, 'choose other frames, or pass short: "hold" or "loop"');
    throw fail('out-of-range', 'frames', `at least ${last + 1} frames`, `${frames.count} of ${rising.length} wanted`);
  }
  const placeOf = new Map(rising.map((index, place) => [index, place]));
  return frames.video(
    [...indices].map((index) => placeOf.get(index) ?? 0),
    indices,
    fps,
  );
}
