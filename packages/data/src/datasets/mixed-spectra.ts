// A simulated hyperspectral scene in the real bands of AVIRIS: measured spectra of concrete, lichen and red-maple leaves from
// the ECOSTRESS library (both in the Debian package python3-spectral), and soil and water by formula, mixed linearly.

import { quote } from '../errors.ts';
import { failer } from '../formats/raster.ts';
import { type DataDirectory, openDirectory, readDataText } from '../formats/read-file.ts';
import { type Stream, streamOf } from '../poly13/random.ts';
import { endMembers } from '../poly13/spectra.ts';
import type { Dataset, Example, RawCube } from './dataset.ts';
import { encodePrepared, floatTensor, intTensor, type Preparation, readPrepared } from './prepared.ts';
import { fingerprintOf, membership, splitOf } from './split.ts';

const source = 'mixed-spectra';
const file = 'scenes.safetensors';
const folder = 'usr/lib/python3/dist-packages/spectral/tests/data';
const bandFile = `${folder}/92AV3C.spc`;
const measured = [
  { name: 'concrete', file: `${folder}/ecostress/a.spectrum.txt` },
  { name: 'lichen', file: `${folder}/ecostress/b.spectrum.txt` },
  { name: 'maple leaf', file: `${folder}/ecostress/c.spectrum.txt` },
];
const byFormula = ['soil', 'water'];
const classes = [...measured.map(({ name }) => name), ...byFormula];

const avirisBands = 220;
/** Counted from 1: where water vapour takes the light, as these bands are usually left out of Indian Pines. */
const isDark = (band: number): boolean => (band >= 104 && band <= 108) || (band >= 150 && band <= 163) || band === 220;
export const mixedBands = Array.from({ length: avirisBands }, (_, at) => at + 1).filter((band) => !isDark(band)).length;

/** Pixels of the side of a scene. */
const trainSide = 72;
const testSide = 48;
const side = 3;
const stride = 2;
const split = `two scenes, ${trainSide} x ${trainSide} train and ${testSide} x ${testSide} test; windows of ${side} x ${side} every ${stride} pixels`;

/** Reads the unpacked Debian package python3-spectral. */
export const mixedSpectraPreparation: Preparation = {
  version: 1,
  prepare: async (dir) => {
    const directory = openDirectory(source, dir, 'python3-spectral');
    const bands = readBands(directory);
    const spectra = [
      ...measured.map((member) => resampled(readSpectrum(directory, member.file), bands)),
      ...byFormula.map((name) => {
        const member = endMembers.find((one) => one.name === name);
        if (member === undefined) throw new RangeError(`${source}: no formula for ${name}`);
        return Float64Array.from(bands, ({ centre }) => member.at(centre, 0.5));
      }),
    ];
    const tensors = Object.fromEntries(
      [
        { name: 'train', size: trainSide },
        { name: 'test', size: testSide },
      ].flatMap(({ name, size }) => {
        const { values, labels } = sceneOf(spectra, size, name);
        return [
          [name, floatTensor(values, [size, size, bands.length])],
          [`${name}-labels`, intTensor(labels, [size, size])],
        ];
      }),
    );
    const centres = floatTensor(
      Float32Array.from(bands, ({ centre }) => centre),
      [bands.length],
    );
    return new Map([[file, encodePrepared({ ...tensors, centres }, {})]]);
  },
};

interface Band {
  /** nm */
  readonly centre: number;
  /** nm: the full width at half of the maximum. */
  readonly width: number;
}

function readBands(directory: DataDirectory): Band[] {
  const { text, origin } = readDataText(directory, bandFile);
  const fail = failer(origin, 'fetch python3-spectral again');
  const rows = numberRows(text).map((row) => ({ centre: row[0], width: row[1] }));
  const sound = rows.every(({ centre, width }) => centre > 300 && centre < 3000 && width > 0 && width < 100);
  if (rows.length !== avirisBands || !sound) {
    throw fail('malformed', null, `centre and width of ${avirisBands} bands, nm`, `${rows.length} rows`);
  }
  return rows.filter((_, at) => !isDark(at + 1));
}

interface Spectrum {
  /** nm, ascending */
  readonly wavelengths: readonly number[];
  /** 0 to 1 */
  readonly reflectances: readonly number[];
}

/** Two columns, micrometres and percent, after a header of "Key: value" lines. */
function readSpectrum(directory: DataDirectory, name: string): Spectrum {
  const { text, origin } = readDataText(directory, name);
  const fail = failer(origin, 'fetch python3-spectral again');
  const rows = numberRows(text).sort((a, b) => a[0] - b[0]);
  if (rows.length < 100) throw fail('malformed', null, 'a spectrum of at least 100 points', `${rows.length}`);
  const wrong = rows.find(([, percent]) => !(percent >= 0 && percent <= 100));
  if (wrong !== undefined)
    throw fail('bad-value', `${wrong[0]} um`, 'a reflectance from 0 to 100 percent', quote(wrong[1]));
  return { wavelengths: rows.map(([um]) => um * 1000), reflectances: rows.map(([, percent]) => percent / 100) };
}

/** Lines of numbers only, with at least two of them. */
function numberRows(text: string): number[][] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((row) => row.length >= 2 && row.every(Number.isFinite));
}

/** What a band with a bell-shaped response sees. */
function resampled({ wavelengths, reflectances }: Spectrum, bands: readonly Band[]): Float64Array {
  return Float64Array.from(bands, ({ centre, width }) => {
    const deviation = width / 2.3548;
    let [sum, total] = [0, 0];
    for (const [at, wavelength] of wavelengths.entries()) {
      const distance = (wavelength - centre) / deviation;
      if (Math.abs(distance) > 4) continue;
      // Points lie nearer to each other in some parts of a spectrum.
      const gap = (wavelengths[Math.min(at + 1, wavelengths.length - 1)] - wavelengths[Math.max(at - 1, 0)]) / 2;
      const weight = gap * Math.exp(-0.5 * distance ** 2);
      sum += weight * reflectances[at];
      total += weight;
    }
    return total > 0 ? sum / total : 0;
  });
}

/** Values `[size, size, bands]`; the label of a pixel is the material with the largest share in it. */
function sceneOf(
  spectra: readonly Float64Array[],
  size: number,
  name: string,
): { values: Float32Array; labels: Int32Array } {
  const stream = streamOf(1, 0, `mixed spectra, ${name}`);
  const fields = classes.map(() => waves(stream));
  const light = waves(stream);
  const bands = spectra[0].length;
  const values = new Float32Array(size * size * bands);
  const labels = new Int32Array(size * size);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const [x, y] = [pixel % size, Math.floor(pixel / size)];
    const heights = fields.map((field) => field(x, y));
    const first = heights.indexOf(Math.max(...heights));
    const shares = stream.dirichlet(classes.map((_, member) => (member === first ? 3 : 0.4)));
    labels[pixel] = shares.indexOf(Math.max(...shares));
    const sun = Math.min(1.2, Math.max(0.3, 0.75 + 0.2 * light(x, y) + 0.05 * stream.normal()));
    for (let band = 0; band < bands; band++) {
      let mixed = 0;
      for (const [member, spectrum] of spectra.entries()) mixed += shares[member] * spectrum[band];
      const seen = sun * mixed;
      // Grows with the signal, as that of counted photons does.
      const deviation = 0.01 * Math.sqrt(0.05 + seen);
      values[pixel * bands + band] = Math.max(0, seen + deviation * stream.normal());
    }
  }
  return { values, labels };
}

/** A smooth random field: waves of 8 to 40 pixels in all directions, of deviation about 1. */
function waves(stream: Stream): (x: number, y: number) => number {
  const count = 8;
  const parts = Array.from({ length: count }, () => {
    const turn = stream.uniform(0, 2 * Math.PI);
    const rate = (2 * Math.PI) / stream.uniform(8, 40);
    return { x: rate * Math.cos(turn), y: rate * Math.sin(turn), phase: stream.uniform(0, 2 * Math.PI) };
  });
  return (x, y) =>
    Math.sqrt(2 / count) * parts.reduce((sum, part) => sum + Math.cos(part.x * x + part.y * y + part.phase), 0);
}

/** 3 x 3 windows, reflectance; the label is that of the pixel in the middle. `dir`: the folder of the fetched set. @throws {DataError} */
export function loadMixedSpectra(dir: string): Dataset<RawCube> {
  const prepared = readPrepared(source, dir, file, source);
  const windows = (name: 'train' | 'test', size: number): Example<RawCube>[] => {
    const values = prepared.floats(name, [size, size, mixedBands]);
    const labels = prepared.integers(`${name}-labels`, [size, size]);
    const out: Example<RawCube>[] = [];
    for (let row = 0; row + side <= size; row += stride)
      for (let column = 0; column + side <= size; column += stride) {
        const cube = new Float32Array(side * side * mixedBands);
        for (let y = 0; y < side; y++) {
          const from = ((row + y) * size + column) * mixedBands;
          cube.set(values.subarray(from, from + side * mixedBands), y * side * mixedBands);
        }
        const middle = (row + 1) * size + column + 1;
        const input = { values: cube, height: side, width: side, bands: mixedBands };
        out.push({ input, label: labels[middle], id: `${name}-${row},${column}` });
      }
    return out;
  };
  const train = windows('train', trainSide);
  const test = windows('test', testSide);
  return {
    name: source,
    modality: 'hyperspectral',
    classes,
    task: 'material',
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), prepared.bytes]),
  };
}
