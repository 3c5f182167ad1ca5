// Sets of grey pictures in the four IDX files of MNIST, whose split is the authors'.

import { DataError } from '../errors.ts';
import { decodeIdx, type IdxArray } from '../formats/idx.ts';
import { openDirectory, readDataFile } from '../formats/read-file.ts';
import type { Dataset, RawImage, Split } from './dataset.ts';
import { createSplit, fingerprintOf } from './split.ts';

export interface IdxImages {
  readonly source: string;
  readonly classes: readonly string[];
  /** As `openDirectory` names it. */
  readonly packageName: string;
  /** Of the files in the package; '' or with "/" at its end. */
  readonly folder: string;
  /** As `Dataset` has it. */
  readonly task?: string;
}

/** Pixels are views of the file's bytes: do not write to them. @throws {DataError} */
export function loadIdxImages(
  dir: string,
  { source, classes, packageName, folder, task }: IdxImages,
): Dataset<RawImage> {
  const directory = openDirectory(source, dir, packageName);
  const fix = `reinstall ${packageName}`;
  const files: Uint8Array[] = [];
  const readIdx = (name: string, rank: number): IdxArray => {
    const { bytes, origin } = readDataFile(directory, `${folder}${name}`);
    files.push(bytes);
    const array = decodeIdx(bytes, origin);
    if (array.shape.length !== rank) {
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
    ...(task === undefined ? {} : { task }),
    train,
    test,
    split,
    fingerprint: fingerprintOf([split, ...files]),
  };
}
