// Video files of published datasets: so many frames, evenly spread over the file or a part of it, scaled and cut to one size.

import type { RawVideo } from '../datasets/dataset.ts';
import { DataError } from '../errors.ts';
import { decodeVideo, type VideoOptions } from '../formats/video.ts';
import type { Folder } from './folder.ts';
import type { Setting } from './published.ts';

export const clipSettings = {
  frames: { default: 16, least: 1, most: 256, meaning: 'frames of a clip, evenly spread' },
  height: { default: 224, least: 8, most: 1024, meaning: 'pixels of a frame from top to bottom' },
  width: { default: 224, least: 8, most: 1024, meaning: 'pixels of a frame from left to right' },
  damaged: { default: 0, least: 0, most: 1, meaning: '1: of a damaged video what can be decoded is kept' },
} as const satisfies Readonly<Record<string, Setting>>;

export type ClipSetting = (name: keyof typeof clipSettings) => number;

export const videoEndings = ['.mp4', '.webm', '.mkv', '.avi', '.mov'] as const;

/** A video's name without its ending; null for other files. */
export function videoStem(name: string): string | null {
  const ending = videoEndings.find((text) => name.toLowerCase().endsWith(text));
  return ending === undefined ? null : name.slice(0, -ending.length);
}

/** Videos of a folder, and of the folders in it, by their names without the ending. The first of two equal names counts. */
export function videosIn(folder: Folder, places: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const take = (place: string, deeper: boolean): void => {
    for (const name of folder.list(place)) {
      const path = place === '' ? name : `${place}/${name}`;
      const stem = videoStem(name);
      if (stem === null) {
        if (deeper && !name.includes('.')) take(path, false);
      } else if (!found.has(stem)) found.set(stem, path);
    }
  };
  for (const place of places) if (folder.exists(place)) take(place, true);
  return found;
}

/** Rate at which frames of a part are looked at: no more than most videos have twice over. */
const maxRate = 60;

/**
 * One frame from the middle of each of `frames` equal parts, of the whole file or of the seconds from `window[0]` to
 * `window[1]`. The shorter side is brought to the longer of height and width, and the middle is kept.
 * @throws {DataError} of the file, or missing: no ffmpeg for a compressed video
 */
export async function readClip(
  folder: Folder,
  file: string,
  setting: ClipSetting,
  window: readonly [number, number] | null = null,
): Promise<RawVideo> {
  const [frames, height, width] = [setting('frames'), setting('height'), setting('width')];
  const damaged = setting('damaged') === 1 ? 'keep' : 'refuse';
  const common: VideoOptions = { frames, height, width, shorter: Math.max(height, width), damaged };
  const path = folder.file(file);
  try {
    const { pixels } = await (window === null
      ? decodeVideo(path, { ...common, pick: 'segments' })
      : readWindow(path, common, frames, window));
    return { pixels, frames, height, width, channels: 3 };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { code, place, expected, actual, fix } = error;
    throw new DataError({ code, source: folder.source, file: error.file ?? path, place, expected, actual, fix });
  }
}

async function readWindow(
  path: string,
  common: VideoOptions,
  frames: number,
  [from, to]: readonly [number, number],
): Promise<RawVideo> {
  // Places in time become numbers of frames at a rate of which every fourth is wanted, or fewer where that would be too fast.
  const seconds = (to - from) / frames;
  const fps = Math.min(4 / seconds, maxRate);
  const stride = Math.max(1, Math.round(seconds * fps));
  const options: VideoOptions = { ...common, fps, stride, start: Math.floor((from + seconds / 2) * fps) };
  try {
    return await decodeVideo(path, options);
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== 'out-of-range') throw error;
    // Annotators marked whole seconds: the last ones may lie behind the end of the video.
    return decodeVideo(path, { ...options, short: 'hold' });
  }
}
