// Radiographs of one real head, projected from the CT of the Debian package invesalius-examples: from which side it is seen.
// Simulated projections of a real volume. Both splits show the same head: a test of geometry, not of anatomy.

import { gunzipSync } from 'node:zlib';
import { DataError } from '../errors.ts';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import { readTarStream } from '../formats/tar-stream.ts';
import { streamOf } from '../poly13/random.ts';
import type { Dataset, Example, RawPlane } from './dataset.ts';
import { encodePrepared, floatTensor, intTensor, type Preparation, type Progress, readPrepared } from './prepared.ts';
import { type AttenuationVolume, radiograph, shrink } from './radiographs.ts';
import { fingerprintOf, membership, splitOf } from './split.ts';

const source = 'cranium';
const file = 'radiographs.safetensors';
const packed = 'usr/share/doc/invesalius-examples/examples/Cranium.inv3';
const maxProjectBytes = 256 * 1024 * 1024;
/** Of the volume in the file: slices, rows and columns of 16-bit Hounsfield units, and mm between them. */
const shape = [108, 256, 256] as const;
const spacing = [1.5, 0.9570312, 0.9570312] as const;
/** 1/mm at about 70 keV. */
const waterAttenuation = 0.02;

/** Half a turn in six: opposite sides look alike but for left and right. */
const viewClasses = ['0 to 30', '30 to 60', '60 to 90', '90 to 120', '120 to 150', '150 to 180'] as const;
const viewCount = 1600;
const trainShare = 0.75;
const side = 32;
/** mm of a detector pixel: 32 of them see the whole head. */
const pitch = 9;
/** A line integral that counts as white: 35 cm of water. */
const white = 7;
const split = '75/25 in the order of the views, which are drawn anew for each; all of one head';

/** Reads the unpacked Debian package invesalius-examples; about 10 s. */
export const craniumPreparation: Preparation = {
  version: 1,
  prepare: (dir, progress) => prepareCranium(dir, progress, viewCount),
};

/** The first `count` views. */
export async function prepareCranium(
  dir: string,
  progress: Progress,
  count: number,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const volume = await readVolume(dir);
  const pictures = new Float32Array(count * side * side);
  const yaws = new Float32Array(count);
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const stream = streamOf(1, row, 'cranium');
    const yaw = stream.uniform(0, Math.PI);
    const view = {
      yaw,
      elevation: stream.uniform(-0.25, 0.25),
      roll: stream.uniform(-0.15, 0.15),
      shift: [stream.uniform(-15, 15), stream.uniform(-15, 15)] as const,
    };
    pictures.set(radiograph(volume, view, side, pitch, stream), row * side * side);
    yaws[row] = yaw;
    labels[row] = Math.min(viewClasses.length - 1, Math.floor((yaw / Math.PI) * viewClasses.length));
    if (row % 50 === 0) progress(row, count);
  }
  const tensors = {
    pictures: floatTensor(pictures, [count, side, side]),
    yaws: floatTensor(yaws, [count]),
    labels: intTensor(labels, [count]),
  };
  return new Map([[file, encodePrepared(tensors, {})]]);
}

async function readVolume(dir: string): Promise<AttenuationVolume> {
  const { bytes, origin } = readDataFile(openDirectory(source, dir, 'invesalius-examples'), packed);
  const fail = failer(origin, 'fetch invesalius-examples again');
  let tar: Uint8Array;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: maxProjectBytes });
  } catch (error) {
    throw fail('malformed', null, 'a gzip file', error instanceof Error ? error.message : String(error));
  }
  for await (const { name, data } of readTarStream([tar], origin)) {
    if (!name.endsWith('/matrix.dat')) continue;
    const [slices, rows, columns] = shape;
    const wanted = slices * rows * columns * 2;
    if (data.length !== wanted) throw fail('malformed', name, `${wanted} bytes`, `${data.length}`);
    // A copy, because the entry need not lie on an even byte.
    const units = new Int16Array(data.slice().buffer);
    const values = new Float32Array(slices * rows * columns);
    for (let at = 0; at < values.length; at++) {
      // Air is -1000; what is below lies outside the scanner's circle.
      values[at] = waterAttenuation * Math.max(0, 1 + units[at] / 1000);
    }
    return shrink({ values, shape, spacing }, [2, 3, 3]);
  }
  throw fail('missing', null, 'matrix.dat in the project', 'none');
}

/** 32 x 32 line integrals, 0 in air. `dir`: the folder of the fetched set. @throws {DataError} */
export function loadCranium(dir: string): Dataset<RawPlane> {
  const prepared = readPrepared(source, dir, file, source);
  const labels = prepared.integers('labels', [null]);
  const pictures = prepared.floats('pictures', [labels.length, side, side]);
  const wrong = pictures.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const details = { source, file: prepared.origin.file, place: `value ${wrong}`, expected: 'a finite number' };
    throw new DataError({ code: 'bad-value', ...details, actual: `${pictures[wrong]}`, fix: 'fetch the set again' });
  }
  const exampleOf = (row: number): Example<RawPlane> => ({
    input: {
      values: pictures.subarray(row * side * side, (row + 1) * side * side),
      height: side,
      width: side,
      black: 0,
      white,
    },
    label: labels[row],
    id: `view-${row}`,
  });
  const all = Array.from({ length: labels.length }, (_, row) => exampleOf(row));
  const border = Math.floor(trainShare * all.length);
  const [train, test] = [all.slice(0, border), all.slice(border)];
  return {
    name: source,
    modality: 'xray',
    classes: viewClasses.map((degrees) => `${degrees} degrees`),
    task: 'view',
    train: splitOf(source, 'train', viewClasses.length, train),
    test: splitOf(source, 'test', viewClasses.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), prepared.bytes]),
  };
}
