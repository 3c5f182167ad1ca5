// Which frames of a video to take: every n-th from a place on, or one from each of equal parts.

import { DataError, type Origin } from '../errors.ts';
import { hashCounter } from '../sampling/hash.ts';
import type { Seed } from '../sampling/shuffle.ts';

export interface FramePicks {
  /** How many to take. Default: with 'stride' all there are, with 'segments' 8. */
  readonly frames?: number;
  /** 'stride': frames start, start + stride, and so on. 'segments': one of each of `frames` equal parts (TSN). Default: 'stride'. */
  readonly pick?: 'stride' | 'segments';
  /** Default: 0. */
  readonly start?: number;
  /** Default: 1. */
  readonly stride?: number;
  /** With 'segments': draws a frame inside each part; without a seed it is the one in the middle. */
  readonly seed?: Seed;
  /** With 'stride', where the video ends too soon: an error, its last frame again, or from its beginning again. Default: 'refuse'. */
  readonly short?: 'refuse' | 'hold' | 'loop';
}

/** Frames looked at in one video: 10 minutes at 120 a second, an hour at 20. */
export const maxVideoFrames = 72_000;

/** Length of a video that is looked at. */
export const maxVideoSeconds = 3600;

/** @throws {DataError} out-of-range */
export function checkPicks({ frames, start = 0, stride = 1, pick = 'stride' }: FramePicks): void {
  const fields: readonly (readonly [string, number, number])[] = [
    ['frames', frames ?? 1, 1],
    ['start', start, 0],
    ['stride', stride, 1],
  ];
  for (const [field, value, least] of fields) {
    if (!Number.isSafeInteger(value) || value < least || value > maxVideoFrames) {
      throw outOfRange(field, `a whole number from ${least} to ${maxVideoFrames}`, `${value}`);
    }
  }
  if (pick === 'segments' && (start !== 0 || stride !== 1)) {
    throw outOfRange('start, stride', 'none with pick: "segments"', `${start}, ${stride}`);
  }
}

/**
 * Indices in a video of `total` frames, in the order in which they are wanted. A part of a segment is
 * `floor((i + u) total / frames)`, u = 1/2 or drawn: a short video gives frames twice.
 * @throws {DataError} out-of-range: too few frames
 */
export function pickFrames(total: number, picks: FramePicks, origin: Origin = noFile): Int32Array {
  checkPicks(picks);
  const { pick = 'stride', start = 0, stride = 1, seed, short = 'refuse' } = picks;
  if (total < 1) throw outOfRange('frames', 'a video with frames', `${total}`, origin);
  if (pick === 'segments') {
    const parts = picks.frames ?? 8;
    return Int32Array.from({ length: parts }, (_, part) => {
      const within = seed === undefined ? 0.5 : hashCounter(seed, part) / 2 ** 32;
      return Math.min(total - 1, Math.floor(((part + within) * total) / parts));
    });
  }
  const count = picks.frames ?? Math.max(0, Math.ceil((total - start) / stride));
  const last = start + (count - 1) * stride;
  if (count < 1 || (last >= total && short === 'refuse')) {
    const what = picks.frames === undefined ? `more than ${start} frames` : `at least ${last + 1} frames`;
    throw outOfRange('frames', what, `${total}`, origin);
  }
  return Int32Array.from({ length: count }, (_, index) => {
    const at = start + index * stride;
    return short === 'loop' ? at % total : Math.min(at, total - 1);
  });
}

/**
 * At `fps` frames a second, frame `k` shows the source frame that is nearest to the time k / fps, as ffmpeg's fps filter has
 * it: the last one `i` with `round(i fps / sourceFps) <= k`. Gives the index of the source, for each of the frames there are.
 */
export function resampledFrames(total: number, sourceFps: number, fps: number, origin: Origin = noFile): Int32Array {
  const ratio = fps / sourceFps;
  const length = Math.max(1, Math.round(total * ratio));
  if (length > maxVideoFrames) throw outOfRange('fps', `at most ${maxVideoFrames} frames`, `${length}`, origin);
  return Int32Array.from({ length }, (_, k) => Math.min(total - 1, Math.max(0, Math.ceil((k + 0.5) / ratio) - 1)));
}

const noFile: Origin = { source: 'video', file: null };

function outOfRange(place: string, expected: string, actual: string, origin = noFile): DataError {
  const fix = 'choose other frames, or pass short: "hold" or "loop"';
  return new DataError({ ...origin, code: 'out-of-range', place, expected, actual, fix });
}
