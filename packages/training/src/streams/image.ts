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

/** Which patches of an image are blanked under `key`, in row-major order. */
const blanked = (key: RngKey, patches: number): Set<number> =>
  new Set(randomPermutation(key, patches).subarray(0, Math.round(blankShare * patches)));

interface Inpainting {
  readonly isHidden: (pixel: number) => boolean;
}

const inpainting = ({ height, width, patch }: ImageConfig, key: RngKey): Inpainting => {
  const across = width / patch;
  const hidden = blanked(key, (height / patch) * across);
  return {
    isHidden: (pixel) => {
      const row = Math.floor(Math.floor(pixel / width) / patch);
      return hidden.has(row * across + Math.floor((pixel % width) / patch));
    },
  };
};

/** Mean squared error of a fill over the hidden pixels of the first `count` test images, in intensities of 0 to 1. */
const hiddenError = (
  dataset: Dataset<RawImage>,
  config: ImageConfig,
  count: number,
  testKey: (i: number) => RngKey,
  fill: (pixels: Float32Array, isHidden: (p: number) => boolean, index: number) => ArrayLike<number>,
): number => {
  let total = 0;
  let n = 0;
  for (let i = 0; i < count; i++) {
    const truth = Float32Array.from(dataset.test.get(i).input.pixels, (v) => v / 255);
    const { isHidden } = inpainting(config, testKey(i));
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
  const across = width / patch;
  const size = patch * patch;
  /** Place in the head's output [T, patch · patch] of a pixel. */
  const place = (pixel: number): number => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const token = Math.floor(y / patch) * across + Math.floor(x / patch);
    return token * size + (y % patch) * patch + (x % patch);
  };
  return {
    name: 'inpaint',
    head: { kind: 'tokens', outputs: size },
    testLimit: inpaintTests,
    input: (example: Example<RawImage>, key) => {
      const { isHidden } = inpainting(config, key);
      // Hidden pixels are set to the mean, which standardises to 0: nothing of the truth is left.
      const grey = Math.round(mean * 255);
      return { ...example.input, pixels: example.input.pixels.map((v, p) => (isHidden(p) ? grey : v)) };
    },
    target: (example, key) => {
      const { isHidden } = inpainting(config, key);
      const values = new Float32Array(height * width);
      const weights = new Float32Array(height * width);
      example.input.pixels.forEach((v, p) => {
        values[place(p)] = (v / 255 - mean) / std;
        weights[place(p)] = isHidden(p) ? 1 : 0;
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
      const model = error((truth, _isHidden, i) => truth.map((_, p) => outputs[i * pixels + place(p)] * std + mean));
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
