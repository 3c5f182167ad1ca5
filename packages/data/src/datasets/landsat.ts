// A real scene of Landsat 7 (Olinda, Brazil), near infrared, from the Debian package r-cran-stars: windows of it, and what
// covers most of the ground in them by the usual indices of vegetation and water, which look at bands that the model does not see.

import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import { decodeTiff } from '../formats/tiff.ts';
import type { Dataset, Example, RawPlane } from './dataset.ts';
import { byteTensor, encodePrepared, type Preparation, readPrepared } from './prepared.ts';
import { fingerprintOf, isHeldOut, membership, splitOf } from './split.ts';

const source = 'landsat';
const file = 'scene.safetensors';
const packed = 'usr/lib/R/site-library/stars/tif/L7_ETMs.tif';
/** Landsat's numbers of the planes of the file. */
const bands = [1, 2, 3, 4, 5, 7];
const [green, red, nearInfrared] = [2, 3, 4].map((band) => bands.indexOf(band));

const classes = ['built or bare', 'vegetation', 'water'] as const;
/** Of the normalised difference indices of vegetation and of water (McFeeters 1996), over digital numbers, which are not calibrated. */
const vegetationAbove = 0;
const waterAbove = 0.4;
const side = 16;
/** Digital number that counts as white. */
const white = 160;
const stride = 4;
/** Pixels of the squares that lie on one side of the split; windows do not cross their borders. */
const block = 29;
const testFraction = 0.3;
const split = `70/30 by a hash of the square of ${block} x ${block} pixels; windows of ${side} x ${side}, every ${stride}, wholly in one`;

/** Reads the unpacked Debian package r-cran-stars. */
export const landsatPreparation: Preparation = {
  version: 1,
  prepare: async (dir) => {
    const { bytes, origin } = readDataFile(openDirectory(source, dir, 'r-cran-stars'), packed);
    const fail = failer(origin, 'fetch r-cran-stars again');
    const [page] = decodeTiff(bytes, origin);
    const { height, width, channels, data } = page;
    if (channels !== bands.length || !(data instanceof Uint8Array)) {
      throw fail('malformed', null, `${bands.length} bands of 8 bits`, `${channels} of ${page.bitDepth}`);
    }
    return new Map([[file, encodePrepared({ scene: byteTensor(data, [height, width, channels]) }, {})]]);
  },
};

/** 16 x 16 windows of band 4 (0.77 to 0.90 um), digital numbers. `dir`: the folder of the fetched set. @throws {DataError} */
export function loadLandsat(dir: string): Dataset<RawPlane> {
  const prepared = readPrepared(source, dir, file, source);
  const scene = prepared.bytesOf('scene', [null, null, bands.length]);
  const [height, width] = prepared.shapeOf('scene');
  const cover = coverOf(scene);
  const train: Example<RawPlane>[] = [];
  const test: Example<RawPlane>[] = [];
  for (let north = 0; north + block <= height; north += block)
    for (let west = 0; west + block <= width; west += block) {
      const into = isHeldOut(`${north / block},${west / block}`, testFraction) ? test : train;
      into.push(...windowsOf(scene, cover, width, north, west));
    }
  return {
    name: source,
    modality: 'infrared',
    classes,
    task: 'cover',
    train: splitOf(source, 'train', classes.length, train),
    test: splitOf(source, 'test', classes.length, test),
    split,
    fingerprint: fingerprintOf([split, membership(train, test), prepared.bytes]),
  };
}

function windowsOf(
  scene: Uint8Array,
  cover: Uint8Array,
  width: number,
  north: number,
  west: number,
): Example<RawPlane>[] {
  const windows: Example<RawPlane>[] = [];
  for (let row = north; row + side <= north + block; row += stride)
    for (let column = west; column + side <= west + block; column += stride) {
      const values = new Uint8Array(side * side);
      const counts = classes.map(() => 0);
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const at = (row + y) * width + column + x;
          values[y * side + x] = scene[at * bands.length + nearInfrared];
          counts[cover[at]]++;
        }
      const label = counts.indexOf(Math.max(...counts));
      windows.push({ input: { values, height: side, width: side, black: 0, white }, label, id: `${row},${column}` });
    }
  return windows;
}

/** A class each pixel. */
function coverOf(scene: Uint8Array): Uint8Array {
  const index = (a: number, b: number): number => (a + b === 0 ? 0 : (a - b) / (a + b));
  return Uint8Array.from({ length: scene.length / bands.length }, (_, pixel) => {
    const at = pixel * bands.length;
    const near = scene[at + nearInfrared];
    if (index(scene[at + green], near) > waterAbove) return 2;
    return index(near, scene[at + red]) > vegetationAbove ? 1 : 0;
  });
}
