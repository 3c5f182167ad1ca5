// The stamps of Tux Paint from the Debian package tuxpaint-stamps-default: pictures (many are photographs), what they show in
// English, and the same read aloud in French by people. Three sets of the same things in the same order, and a fourth of
// clips in which a stamp moves by a law that is simulated.

import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DataError, type Origin } from '../errors.ts';
import { decodeAudio, mixToMono } from '../formats/audio.ts';
import { decodePng } from '../formats/png.ts';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile, readDataText } from '../formats/read-file.ts';
import { resample } from '../formats/resample.ts';
import { streamOf } from '../poly13/random.ts';
import { hashText } from '../sampling/hash.ts';
import type { Dataset, Example, RawAudio, RawImage, RawText, RawVideo } from './dataset.ts';
import { clipFrames, clipSide, motionLaws, movingStamp } from './moving-stamps.ts';
import {
  byteTensor,
  encodePrepared,
  intTensor,
  type Preparation,
  type PreparedFile,
  readPrepared,
} from './prepared.ts';
import { fingerprintOf, isHeldOut, membership, splitOf, stratifiedHeldOut } from './split.ts';
import { spriteOf } from './sprite.ts';

const source = 'stamps';
const stampsFile = 'stamps.safetensors';
const clipsFile = 'clips.safetensors';
const folder = 'usr/share/tuxpaint/stamps';
/** Folders of the package. Left out: symbols (letters, signs and coins), and those with few. */
const classes = ['animals', 'food', 'hobbies', 'household', 'plants', 'seasonal', 'space', 'town', 'vehicles'] as const;

const imageSide = 32;
/** Hz */
const sampleRate = 16_000;
/** s of speech, from the first sound on. */
const seconds = 1;
/** Share of the loudest that counts as the first sound. */
const silence = 0.02;
/** Pixels of a stamp from which clips are drawn. */
const spriteSide = 32;
const clipsEach = 3;

const testFraction = 0.3;
const split = '70/30 in each class, by a hash of the stamp';
const clipSplit = '70/30 by a hash of the stamp; all clips of a stamp on one side';

/** Reads the unpacked Debian package tuxpaint-stamps-default; about a minute. */
export const stampsPreparation: Preparation = {
  version: 1,
  prepare: async (dir, progress) => {
    const directory = openDirectory(source, dir, 'tuxpaint-stamps-default');
    const stems = stampsIn(join(directory.path, ...folder.split('/')));
    const captions: string[] = [];
    const labels = new Int32Array(stems.length);
    const pictures = new Uint8Array(stems.length * imageSide ** 2 * 3);
    const speech = new Uint8Array(stems.length * seconds * sampleRate * 2);
    const clipSize = clipFrames * clipSide ** 2 * 3;
    const clips = new Uint8Array(stems.length * clipsEach * clipSize);
    const laws = new Int32Array(stems.length * clipsEach);
    for (const [row, stem] of stems.entries()) {
      const png = readDataFile(directory, `${folder}/${stem}.png`);
      const raster = await decodePng(png.bytes, png.origin);
      const picture = spriteOf(raster, imageSide);
      for (let pixel = 0; pixel < imageSide ** 2; pixel++)
        for (let channel = 0; channel < 3; channel++) {
          // On white, as on paper.
          const value = picture.values[pixel * 4 + channel] + 1 - picture.values[pixel * 4 + 3];
          pictures[(row * imageSide ** 2 + pixel) * 3 + channel] = Math.min(255, Math.max(0, Math.round(255 * value)));
        }
      captions.push(readDataText(directory, `${folder}/${stem}.txt`).text.split(/\r?\n/)[0].trim());
      labels[row] = classes.findIndex((name) => stem.startsWith(`${name}/`));
      const ogg = readDataFile(directory, `${folder}/${stem}_desc_fr.ogg`);
      speech.set(await firstSecond(ogg.bytes, ogg.origin), row * seconds * sampleRate * 2);
      const sprite = spriteOf(raster, spriteSide);
      for (let clip = 0; clip < clipsEach; clip++) {
        const stream = streamOf(hashText(stem), clip, 'moving stamps');
        const law = stream.below(motionLaws.length);
        const at = row * clipsEach + clip;
        laws[at] = law;
        clips.set(movingStamp(sprite, motionLaws[law], stream).pixels, at * clipSize);
      }
      if (row % 10 === 0) progress(row, stems.length);
    }
    const count = stems.length;
    return new Map([
      [
        stampsFile,
        encodePrepared(
          {
            pictures: byteTensor(pictures, [count, imageSide, imageSide, 3]),
            speech: byteTensor(speech, [count, seconds * sampleRate * 2]),
            labels: intTensor(labels, [count]),
          },
          { ids: stems, captions },
        ),
      ],
      [
        clipsFile,
        encodePrepared(
          {
            clips: byteTensor(clips, [count * clipsEach, clipFrames, clipSide, clipSide, 3]),
            labels: intTensor(laws, [count * clipsEach]),
          },
          { ids: stems.flatMap((stem) => Array.from({ length: clipsEach }, (_, clip) => `${stem}@${clip}`)) },
        ),
      ],
    ]);
  },
};

/** Paths without ".png" of the stamps that have all three: picture, caption and French speech. */
function stampsIn(root: string): string[] {
  const stems: string[] = [];
  for (const name of classes) {
    let files: string[] = [];
    try {
      files = readdirSync(join(root, name), { recursive: true, encoding: 'utf8' });
    } catch {
      // counted below
    }
    const there = new Set(files.map((file) => `${name}/${file.split(sep).join('/')}`));
    for (const file of there) {
      const stem = file.replace(/\.png$/, '');
      if (stem !== file && there.has(`${stem}.txt`) && there.has(`${stem}_desc_fr.ogg`)) stems.push(stem);
    }
  }
  if (stems.length > 0) return stems.sort();
  const details = { source, file: root, place: null, expected: 'stamps with a caption and French speech' };
  const fix = 'pass the folder into which tuxpaint-stamps-default was unpacked';
  throw new DataError({ code: 'missing', ...details, actual: 'none', fix });
}

/** 16-bit little-endian samples, mono, scaled to the loudest, padded with silence. @throws {DataError} */
async function firstSecond(bytes: Uint8Array, origin: Origin): Promise<Uint8Array> {
  const audio = await decodeAudio(bytes, origin);
  const mono = mixToMono(audio);
  const loudest = mono.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const start = Math.max(
    0,
    mono.findIndex((value) => Math.abs(value) > silence * loudest),
  );
  const cut = resample(mono.subarray(start, start + seconds * audio.sampleRate), audio.sampleRate, sampleRate);
  const out = new DataView(new ArrayBuffer(seconds * sampleRate * 2));
  for (let at = 0; at < Math.min(cut.length, seconds * sampleRate); at++) {
    const value = loudest > 0 ? cut[at] / loudest : 0;
    out.setInt16(2 * at, Math.round(32767 * Math.min(1, Math.max(-1, value))), true);
  }
  return new Uint8Array(out.buffer);
}

/** Row i of the three is the same stamp, in both splits. */
export interface Stamps {
  /** 32 x 32, colour, on white. */
  readonly image: Dataset<RawImage>;
  /** The English caption. */
  readonly text: Dataset<RawText>;
  /** The first second of the French one, 16 kHz. */
  readonly audio: Dataset<RawAudio>;
}

/** `dir`: the folder of the fetched set. @throws {DataError} */
export function loadStamps(dir: string): Stamps {
  const file = readPrepared(source, dir, stampsFile, source);
  const ids = file.texts('ids');
  const captions = file.texts('captions');
  const labels = file.integers('labels', [ids.length]);
  const pictures = file.bytesOf('pictures', [ids.length, imageSide, imageSide, 3]);
  const speech = file.bytesOf('speech', [ids.length, seconds * sampleRate * 2]);
  if (captions.length !== ids.length) {
    const fail = failer(file.origin, `omnigrad data fetch ${source} --force`);
    throw fail('malformed', 'captions', `${ids.length}`, `${captions.length}`);
  }
  const heldOut = stratifiedHeldOut(ids, [...labels], testFraction);
  const size = imageSide ** 2 * 3;
  const samples = seconds * sampleRate;
  const words = new DataView(speech.buffer, speech.byteOffset, speech.byteLength);
  const make = <Raw>(modality: 'image' | 'text' | 'audio', inputOf: (row: number) => Raw): Dataset<Raw> => {
    const examples = ids.map(
      (id, row): Example<Raw> => ({
        // Speech becomes numbers when it is asked for.
        get input() {
          return inputOf(row);
        },
        label: labels[row],
        id,
      }),
    );
    return datasetOf(`${source}-${modality}`, modality, classes, examples, heldOut, split, file);
  };
  return {
    image: make('image', (row) => ({
      pixels: pictures.subarray(row * size, (row + 1) * size),
      height: imageSide,
      width: imageSide,
      channels: 3,
    })),
    text: make('text', (row) => ({ text: captions[row] })),
    audio: make('audio', (row) => {
      const second = new Float32Array(samples);
      for (let at = 0; at < samples; at++) second[at] = words.getInt16(2 * (row * samples + at), true) / 32768;
      return { samples: second, sampleRate };
    }),
  };
}

/** Four frames of 24 x 24 in which a stamp moves; the class is the law of the motion. @throws {DataError} as `loadStamps` */
export function loadMovingStamps(dir: string): Dataset<RawVideo> {
  const name = 'moving-stamps';
  const file = readPrepared(name, dir, clipsFile, source);
  const ids = file.texts('ids');
  const labels = file.integers('labels', [ids.length]);
  const clips = file.bytesOf('clips', [ids.length, clipFrames, clipSide, clipSide, 3]);
  const size = clipFrames * clipSide ** 2 * 3;
  const examples = ids.map((id, row): Example<RawVideo> => {
    const pixels = clips.subarray(row * size, (row + 1) * size);
    return {
      input: { pixels, frames: clipFrames, height: clipSide, width: clipSide, channels: 3 },
      label: labels[row],
      id,
    };
  });
  const heldOut = ids.map((id) => isHeldOut(id.replace(/@\d+$/, ''), testFraction));
  const laws = motionLaws.map((law) => law.name);
  return datasetOf(name, 'video', laws, examples, heldOut, clipSplit, file);
}

function datasetOf<Raw>(
  name: string,
  modality: 'image' | 'text' | 'audio' | 'video',
  classNames: readonly string[],
  examples: readonly Example<Raw>[],
  heldOut: readonly boolean[],
  rule: string,
  file: PreparedFile,
): Dataset<Raw> {
  const train = examples.filter((_, row) => !heldOut[row]);
  const test = examples.filter((_, row) => heldOut[row]);
  return {
    name,
    modality,
    classes: classNames,
    task: modality === 'video' ? 'motion' : 'category',
    train: splitOf(name, 'train', classNames.length, train),
    test: splitOf(name, 'test', classNames.length, test),
    split: rule,
    fingerprint: fingerprintOf([name, rule, membership(train, test), file.bytes]),
  };
}
