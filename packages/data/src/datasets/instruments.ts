// Drum and instrument one-shots from `supersonic-scsynth-samples`: eight classes by the words of the file name.
// The prefixes alone would not do: "drum_" and "elec_" hold kicks, snares and cymbals as well, so those are merged by
// sound. Sets with too few files (toms, guitar, vinyl, voices) and mixed ones (perc, glitch, mehackit, misc) are left out.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { decodeAudio, mixToMono } from '../formats/audio.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import { resample } from '../formats/resample.ts';
import type { Dataset, Example, RawAudio } from './dataset.ts';
import { fingerprintOf, membership, splitOf, stratifiedHeldOut } from './split.ts';

const source = 'instruments';

interface InstrumentClass {
  readonly name: string;
  readonly files: RegExp;
  /** At most so many crops of one second a file: sustained sounds have many unlike seconds, a drum has one. */
  readonly crops: number;
}

const instrumentClasses: readonly InstrumentClass[] = [
  { name: 'ambience', files: /^(ambi_.*|tbd_pad_\d|tbd_fxbed_loop|loop_drone_g_97)$/, crops: 4 },
  { name: 'bass', files: /^bass_/, crops: 3 },
  { name: 'beat', files: /^(loop_(?!drone|tabla).*|arovane_beat_.)$/, crops: 4 },
  { name: 'blip', files: /^elec_(?!.*(snare|kick|cymbal|tom))/, crops: 1 },
  { name: 'cymbal', files: /^(hat_.*|ride_.*|drum_(cymbal|splash)_.*|elec_cymbal|tbd_perc_hat)$/, crops: 1 },
  { name: 'kick', files: /^(bd_.*|drum_bass_.*|drum_heavy_kick|elec_.*kick)$/, crops: 1 },
  { name: 'snare', files: /^(sn_.*|drum_snare_.*|elec_.*snare)$/, crops: 1 },
  { name: 'tabla', files: /^tabla_/, crops: 1 },
];

const testFraction = 0.3;
const split =
  '70/30 in each class, by a hash of the file name; all crops of a file, and all loops of a piece, on one side';

export interface InstrumentsOptions {
  /** Hz; 16,000 by default. */
  readonly sampleRate?: number;
}

/** Every example is one second, mono, cut or padded with zeros at the end. About 150 files. @throws {DataError} */
export async function loadInstruments(dir: string, options: InstrumentsOptions = {}): Promise<Dataset<RawAudio>> {
  const sampleRate = options.sampleRate ?? 16_000;
  const directory = openDirectory(source, dir, 'supersonic-scsynth-samples');
  const folder = join(directory.path, 'samples');
  const stems = openFolder(folder)
    .filter((file) => file.endsWith('.flac')) // bd_haus is also there as AIFF
    .map((file) => file.slice(0, -'.flac'.length))
    .sort();
  const files = stems.flatMap((stem) => {
    const label = instrumentClasses.findIndex((candidate) => candidate.files.test(stem));
    return label < 0 ? [] : [{ stem, label }];
  });
  const heldOut = stratifiedHeldOut(
    files.map(({ stem }) => recordingOf(stem)),
    files.map(({ label }) => label),
    testFraction,
  );
  const classes = instrumentClasses.map(({ name }) => name);
  const train: Example<RawAudio>[] = [];
  const test: Example<RawAudio>[] = [];
  const contents: Uint8Array[] = [];
  for (const [row, { stem, label }] of files.entries()) {
    const { bytes, origin } = readDataFile(directory, `samples/${stem}.flac`);
    contents.push(bytes);
    const audio = await decodeAudio(bytes, origin);
    const seconds = cutSeconds(mixToMono(audio), audio.sampleRate, instrumentClasses[label].crops);
    for (const [crop, second] of seconds.entries()) {
      const samples = new Float32Array(sampleRate);
      samples.set(resample(second, audio.sampleRate, sampleRate).subarray(0, sampleRate));
      (heldOut[row] ? test : train).push({ input: { samples, sampleRate }, label, id: `${stem}#${crop}` });
    }
  }
  return {
    name: source,
    modality: 'audio',
    classes,
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, `${sampleRate}`, membership(train, test), ...contents]),
  };
}

/** Loops of one piece share a key: loop_amen is cut from loop_amen_full, arovane_beat_a to _e belong to one track. */
function recordingOf(stem: string): string {
  return /^(loop|arovane)_/.test(stem) ? stem.replace(/(_full|_[a-e]|\d)$/, '') : stem;
}

/** Amplitude below which the start of a file counts as silence: -54 dB of full scale. */
const silence = 0.002;

/**
 * Seconds of a signal, from its first sound on, one after the other. The first is kept even when it is short; a later
 * one only when it is whole and its mean square is above the silence.
 */
function cutSeconds(mono: Float32Array, rate: number, most: number): Float32Array[] {
  const start = Math.max(
    0,
    mono.findIndex((value) => Math.abs(value) > silence),
  );
  const seconds = [mono.subarray(start, start + rate)];
  for (let at = start + rate; at + rate <= mono.length && seconds.length < most; at += rate) {
    const second = mono.subarray(at, at + rate);
    const power = second.reduce((sum, value) => sum + value * value, 0) / rate;
    if (power > silence ** 2) seconds.push(second);
  }
  return seconds;
}

function openFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    const expected = 'a folder of FLAC files';
    const fix = 'reinstall supersonic-scsynth-samples';
    throw new DataError({ code: 'missing', source, file: folder, place: null, expected, actual: 'none', fix });
  }
}
