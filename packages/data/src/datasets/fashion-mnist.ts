// Fashion-MNIST from the Debian package dataset-fashion-mnist: 28 x 28 grey pictures of garments (Xiao, Rasul and Vollgraf
// 2017), the official 60,000 / 10,000 split.

import { gunzipSync } from 'node:zlib';
import { failer } from '../formats/raster.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import type { Dataset, RawImage } from './dataset.ts';
import { loadIdxImages } from './idx-images.ts';
import { fetchedName, type Preparation } from './prepared.ts';

const source = 'fashion-mnist';
const classes = [
  'T-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
] as const;
const folder = 'usr/share/datasets/fashion-mnist';
const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
/** Inflated, of one file: the largest has 47 MB. */
const maxIdxBytes = 128 * 1024 * 1024;

export const fashionPreparation: Preparation = {
  version: 1,
  prepare: async (dir, progress) => {
    const directory = openDirectory(source, dir, 'dataset-fashion-mnist');
    const files = new Map<string, Uint8Array>();
    for (const name of names) {
      const { bytes, origin } = readDataFile(directory, `${folder}/${name}-ubyte.gz`);
      try {
        files.set(`${name}-ubyte`, gunzipSync(bytes, { maxOutputLength: maxIdxBytes }));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const fail = failer(origin, 'fetch dataset-fashion-mnist again');
        throw fail('malformed', null, `a gzip file of at most ${maxIdxBytes} bytes`, why);
      }
      progress(files.size, names.length);
    }
    return files;
  },
};

/** `dir`: the folder of the fetched set. Pixels are views of the file's bytes: do not write to them. @throws {DataError} */
export function loadFashionMnist(dir: string): Dataset<RawImage> {
  return loadIdxImages(dir, { source, classes, packageName: fetchedName(source), folder: '', task: 'garment' });
}
