// Sound files of published datasets, mixed to one channel and resampled.

import type { RawAudio } from '../datasets/dataset.ts';
import { decodeMono } from '../formats/audio.ts';
import type { Folder } from './folder.ts';
import type { Setting } from './published.ts';

export const soundSettings = {
  sampleRate: { default: 16_000, least: 1000, most: 192_000, meaning: 'Hz to which sounds are resampled' },
} as const satisfies Readonly<Record<string, Setting>>;

/** Of the formats that `decodeAudio` reads. */
export const soundEndings = ['.wav', '.flac', '.mp3', '.ogg', '.opus'] as const;

/** @throws {DataError} of the file and its format */
export async function readSound(folder: Folder, file: string, sampleRate: number): Promise<RawAudio> {
  const { bytes, origin } = folder.read(file);
  return { samples: await decodeMono(bytes, origin, sampleRate), sampleRate };
}
