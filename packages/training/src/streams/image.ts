// Images: the digit, and the pixels under hidden patches (an l2 task at the level of pixels).

import { type Dataset, type Example, imageBaseline, type RawImage } from '@omnigrad/data';
import { type RngKey, randomPermutation } from '@omnigrad/tensor';
import {
  type ImageAugment,
  type ImageConfig,
  type ImageMix,
  ImageTokenizer,
  imageAugment,
  imageDefaults,
  imageMix,
} from '@omnigrad/tokenizers';
import { defineStream, type StreamDefinition, type TaskSpec } from '../stream.ts';
import { type Augmented, augmentation, withAugment } from './augmentation.ts';
import { classificationTask } from './classification.ts';
import { harmonicFill } from './harmonic-fill.ts';
import { illustratePatches } from './illustrate.ts';

/** Share of the patches that the inpainting task blanks. */
const blankShare = 0.5;
/** Test images of the inpainting task. */
const inpaintTests = 2000;

/** Which patches of an image are blanked under `key`, in row-major order: 1, others 0. */
const blanked = (key: RngKey, patches: number): Uint8Array => {
  const hidden = new Uint8Array(patches);
  for (const patch of randomPermutation(key, patches).subarray(0, Math.round(blankShare * patches))) hidden[patch] = 1;
  return hidden;
};

/** The patch of each pixel. */
const patchesOf = ({ height, width, patch }: ImageConfig): Int32Array =>
  Int32Array.from({ length: height * width }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width].map((x) => Math.floor(x / patch));
    return row * (width / patch) + column;
  });

interface Inpainting {
  readonly isHidden: (pixel: number) => boolean;
}

const inpainting = (patchOf: Int32Array, key: RngKey): Inpainting => {
  const hidden = blanked(key, 1 + patchOf[patchOf.length - 1]);
  return { isHidden: (pixel) => hidden[patchOf[pixel]] === 1 };
};

/** Mean squared error of a fill over the hidden pixels of the first `count` test images, in intensities of 0 to 1. */
const hiddenError = (
  dataset: Dataset<RawImage>,
  config: ImageConfig,
  count: number,
  testKey: (i: number) => RngKey,
  fill: (pixels: Float32Array, isHidden: (p: number) => boolean, index: number) => ArrayLike<number>,
): number => {
  const patchOf = patchesOf(config);
  let total = 0;
  let n = 0;
  for (let i = 0; i < count; i++) {
    const truth = Float32Array.from(dataset.test.get(i).input.pixels, (v) => v / 255);
    const { isHidden } = inpainting(patchOf, testKey(i));
    const guess = fill(truth, isHidden, i);
    for (let p = 0; p < truth.length; p++) {
      if (!isHidden(p)) continue;
      total += (guess[p] - truth[p]) ** 2;
      n++;
    }
  }
  return total / Math.max(1, n);
};

const meanImage = (dataset: Dataset<RawImage>): Float32Array => {
  const { length } = dataset.train;
  const out = new Float32Array(dataset.train.get(0).input.pixels.length);
  const sums = new Float64Array(out.length);
  for (let i = 0; i < length; i++) {
    const { pixels } = dataset.train.get(i).input;
    for (let p = 0; p < pixels.length; p++) sums[p] += pixels[p];
  }
  return out.map((_, p) => sums[p] / length / 255);
};

const inpaintTask = (dataset: Dataset<RawImage>, config: ImageConfig): TaskSpec<RawImage> => {
  const { patch, width, height } = config;
  const [mean] = config.mean;
  const [std] = config.std;
  const size = patch * patch;
  const patchOf = patchesOf(config);
  /** Places in the head's output [T, patch · patch] of the pixels. */
  const places = patchOf.map((token, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return token * size + (y % patch) * patch + (x % patch);
  });
  return {
    name: 'inpaint',
    head: { kind: 'tokens', outputs: size },
    testLimit: inpaintTests,
    input: (example: Example<RawImage>, key) => {
      const { isHidden } = inpainting(patchOf, key);
      // Hidden pixels are set to the mean, which standardises to 0: nothing of the truth is left.
      const grey = Math.round(mean * 255);
      return { ...example.input, pixels: example.input.pixels.map((v, p) => (isHidden(p) ? grey : v)) };
    },
    target: (example, key) => {
      const { isHidden } = inpainting(patchOf, key);
      const values = new Float32Array(height * width);
      const weights = new Float32Array(height * width);
      example.input.pixels.forEach((v, p) => {
        values[places[p]] = (v / 255 - mean) / std;
        weights[places[p]] = isHidden(p) ? 1 : 0;
      });
      return { kind: 'values', values, weights };
    },
    score: (outputs, count, testKey) => {
      const pixels = height * width;
      const average = meanImage(dataset);
      const grey = average.reduce((a, b) => a + b, 0) / pixels;
      const error = (fill: Parameters<typeof hiddenError>[4]) => hiddenError(dataset, config, count, testKey, fill);
      const classical = [
        { name: 'mean training image', value: error(() => average) },
        {
          name: 'harmonic fill from visible pixels',
          value: error((truth, isHidden) => harmonicFill(truth, isHidden, height, width)),
        },
      ].sort((a, b) => a.value - b.value)[0];
      const model = error((truth, _isHidden, i) => truth.map((_, p) => outputs[i * pixels + places[p]] * std + mean));
      return {
        metric: 'MSE of hidden pixels',
        higherIsBetter: false,
        value: model,
        chance: error((truth) => truth.map(() => grey)),
        baseline: classical.value,
        baselineName: classical.name,
        testCount: count,
      };
    },
  };
};

export interface ImageStreamOptions extends Augmented<ImageAugment> {
  /** Mixup and CutMix, of the batches for classes. */
  readonly mix?: ImageMix;
}

export const imageStream = (
  dataset: Dataset<RawImage>,
  config: ImageConfig = imageDefaults,
  more: ImageStreamOptions = {},
): StreamDefinition =>
  defineStream({
    modality: 'image',
    dataset,
    tokenizer: (scope, width) => new ImageTokenizer(scope, config, width),
    cacheFeatures: false,
    tasks: [
      classificationTask('digit', dataset, () => imageBaseline(dataset)),
      // its fills are those of grey pictures
      ...(config.channels === 1 ? [inpaintTask(dataset, config)] : []),
    ],
    settings: more.mix === undefined ? withAugment(config, more) : { ...withAugment(config, more), mix: more.mix },
    ...augmentation(more, imageAugment),
    ...(more.mix === undefined ? {} : { mix: imageMix(more.mix) }),
    illustrate: (tokenizer, arrays, mask, predictions) => ({
      kind: 'image',
      rows: config.height,
      columns: config.width,
      channels: config.channels === 3 ? ['red', 'green', 'blue'] : ['grey'],
      items: illustratePatches(arrays, mask, predictions, {
        width: config.patch * config.patch * config.channels,
        normalise: config.normaliseTarget ? 'patch' : 'none',
        toField: (patches) => Float32Array.from(tokenizer.toPixels(patches), (v) => v / 255),
      }),
    }),
  });
