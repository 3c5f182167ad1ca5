// What the video readers of Node and of pages share: how frames are brought to the size and the channels that are asked for.

import type { RawVideo } from '../datasets/dataset.ts';
import { DataError, type Origin } from '../errors.ts';
import { type FitOptions, fitImage } from '../pictures/fit.ts';
import { decodedBytes, failer, type SizeOptions } from './raster.ts';
import { checkPicks, type FramePicks } from './video-picks.ts';

export interface FrameOptions extends FramePicks, SizeOptions {
  /** Pixels, both or neither; smoothed as Pillow does it. Default: as the video has it. */
  readonly height?: number;
  readonly width?: number;
  /** Bring the shorter side to this many pixels and keep the middle of `height` x `width`. Default: stretch. */
  readonly shorter?: number;
  /** Resample to so many frames a second before picking. Default: as the video has it. */
  readonly fps?: number;
  /** 3: RGB; 1: luma, 0.299 R + 0.587 G + 0.114 B. Default: 3. */
  readonly channels?: 1 | 3;
  /** Seconds that decoding may take, in Node one run of ffmpeg. Default: 120. */
  readonly timeoutSeconds?: number;
}

export interface DecodedVideo extends RawVideo {
  /** Of each frame, its number in the video, or among the frames at `fps`. */
  readonly indices: Int32Array;
  /** Frames a second that those numbers count; null where nothing says it. */
  readonly fps: number | null;
}

export type Fit = FitOptions | null;

function wrong(place: string, expected: string, actual: string): DataError {
  const fix = 'correct the options';
  return new DataError({ code: 'out-of-range', source: 'video', file: null, place, expected, actual, fix });
}

/** Of a rate or a time, where it is given. @throws {DataError} out-of-range */
export function checkOptionRange(field: string, value = 1): void {
  if (!(value >= 0.001 && value <= 10_000)) throw wrong(field, '0.001 to 10000', `${value}`);
}

/** The size to bring frames to; null: as they are. @throws {DataError} out-of-range */
export function checkFrameOptions(options: FrameOptions): Fit {
  checkPicks(options);
  checkOptionRange('fps', options.fps);
  checkOptionRange('timeoutSeconds', options.timeoutSeconds);
  const { height, width, shorter, channels = 3 } = options;
  if (channels !== 1 && channels !== 3) throw wrong('channels', '1 or 3', `${channels}`);
  if (height === undefined && width === undefined && shorter === undefined) return null;
  for (const side of [height, width, shorter ?? 1]) {
    if (side === undefined || !Number.isSafeInteger(side) || side < 1 || side > 16_384) {
      const actual = `${height ?? 'none'}, ${width ?? 'none'}, ${shorter ?? 'none'}`;
      throw wrong('height, width, shorter', 'height and width together, 1 to 16384 pixels', actual);
    }
  }
  if (height === undefined || width === undefined) return null;
  return shorter === undefined ? { height, width } : { height, width, shorter };
}

/** Collects frames as they come, each fitted and turned to its channels. */
export class Frames {
  readonly #options: FrameOptions;
  readonly #fit: Fit;
  readonly #origin: Origin;
  readonly #height: number;
  readonly #width: number;
  readonly #kept: Uint8Array[] = [];

  constructor(options: FrameOptions, fit: Fit, size: { height: number; width: number }, origin: Origin) {
    this.#options = options;
    this.#fit = fit;
    this.#origin = origin;
    this.#height = size.height;
    this.#width = size.width;
  }

  get count(): number {
    return this.#kept.length;
  }

  /** @throws {DataError} too-large: before memory for so many is taken */
  expect(count: number): void {
    const { height, width } = this.#fit ?? { height: this.#height, width: this.#width };
    const way = 'take fewer or smaller frames, or raise maxBytes';
    const channels = this.#options.channels ?? 3;
    decodedBytes([count, height, width, channels], 1, this.#options, failer(this.#origin, way), 'frames');
  }

  /** @param pixels RGB of the video's size; not used afterwards */
  add(pixels: Uint8Array): void {
    this.expect(this.count + 1);
    const image = { pixels, height: this.#height, width: this.#width, channels: 3 };
    const fitted = this.#fit === null ? pixels : fitImage(image, this.#fit).pixels;
    this.#kept.push(this.#options.channels === 1 ? luma(fitted) : fitted);
  }

  /** The frames at these places among those that were added. */
  video(places: readonly number[], indices: Int32Array, fps: number | null): DecodedVideo {
    const { height, width } = this.#fit ?? { height: this.#height, width: this.#width };
    const channels = this.#options.channels ?? 3;
    const size = height * width * channels;
    this.expect(places.length);
    const pixels = new Uint8Array(places.length * size);
    for (const [at, place] of places.entries()) pixels.set(this.#kept[place], at * size);
    return { pixels, frames: places.length, height, width, channels, indices, fps };
  }
}

function luma(pixels: Uint8Array): Uint8Array {
  const grey = new Uint8ClampedArray(pixels.length / 3);
  for (let at = 0; at < grey.length; at++) {
    grey[at] = 0.299 * pixels[3 * at] + 0.587 * pixels[3 * at + 1] + 0.114 * pixels[3 * at + 2];
  }
  return new Uint8Array(grey.buffer);
}
