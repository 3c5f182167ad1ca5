import type { RawImage } from '@omnigrad/data';
import { evaluation, ParameterScope } from '@omnigrad/nn';
import { rngKey, scope } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { type ImageConfig, ImageTokenizer, imageDefaults, withPredictions } from '../src/index.ts';
import {
  describeContract,
  disturbPatches,
  hiddenPatches,
  make,
  onReferenceBackend,
  positionsOf,
  width,
} from './contract.ts';

const picture = (seed: number, side = 28): RawImage => ({
  pixels: Uint8Array.from({ length: side * side }, (_, i) => (i * 37 + seed * 101 + ((i * i) % 91)) % 256),
  height: side,
  width: side,
  channels: 1,
});
const pictures = [1, 2, 3, 4].map((seed) => picture(seed));

for (const [name, change, hiddenCount] of [
  ['image 7', {}, 10],
  ['image 4', { patch: 4 }, 29],
  ['image 7, replaced', { mask: { kind: 'random', ratio: 0.6, method: 'replace' } }, 10],
] as const satisfies readonly (readonly [string, Partial<ImageConfig>, number])[]) {
  describeContract(name, {
    make: (s) => new ImageTokenizer(s, { ...imageDefaults, ...change }, width),
    raws: pictures,
    hiddenCount,
    disturb: disturbPatches,
    targetIsClean: (arrays, { mask, target }) => {
      if (target.kind !== 'values') throw new Error('expected values');
      hiddenPatches(arrays.patches, mask).forEach((patch, i) => {
        const own = Array.from(target.values.subarray(i * target.width, (i + 1) * target.width));
        const n = patch.length;
        const mean = patch.reduce((s, x) => s + x, 0) / n;
        const variance = patch.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1);
        own.forEach((x, j) => {
          expect(x).toBeCloseTo((patch[j] - mean) / Math.sqrt(variance + 1e-6), 5);
        });
      });
    },
  });
}

describe('image numbers', () => {
  onReferenceBackend();
  const tiny: ImageConfig = { ...imageDefaults, height: 2, width: 4, patch: 2, mean: [0.5], std: [0.25] };
  const raw: RawImage = { pixels: Uint8Array.of(0, 255, 51, 102, 153, 204, 0, 0), height: 2, width: 4, channels: 1 };

  test('pixels are scaled, standardised and cut into patches, row by row', () => {
    const { tokenizer } = make((s) => new ImageTokenizer(s, tiny, width));
    const features = tokenizer.preprocess(raw);
    // (p / 255 - 0.5) / 0.25
    expect(Array.from(features.values, (x) => Math.round(x * 1e5) / 1e5)).toEqual([
      -2, 2, -1.2, -0.4, 0.4, 1.2, -2, -2,
    ]);
    const { patches } = tokenizer.collate([features]);
    expect(Array.from(patches, (x) => Math.round(x * 1e5) / 1e5)).toEqual([-2, 2, 0.4, 1.2, -1.2, -0.4, -2, -2]);
  });

  test('a token is patch · W + b + position + modality', () => {
    const { tokenizer, arena } = make((s) => new ImageTokenizer(s, tiny, 1));
    arena.write(tokenizer.projection.weight, [1, 10, 100, 1000]);
    arena.write(tokenizer.projection.bias, [0.5]);
    arena.write(positionsOf(tokenizer), [7, 8]);
    arena.write(tokenizer.embedding.modality, [0.25]);
    const arrays = { batch: 1, patches: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const mask = { kind: 'reconstruction', hidden: Int32Array.of(0), visible: Int32Array.of(1), batch: 1 } as const;
    scope(() => {
      expect(Array.from(tokenizer.forward(arrays, evaluation).x.readSync())).toEqual([4328.75, 8773.75]);
      // The visible token keeps the position where it stood.
      expect(Array.from(tokenizer.forward(arrays, evaluation, mask).x.readSync())).toEqual([8773.75]);
    });
    arena.dispose();
  });

  test('a flat patch has target 0, not NaN', () => {
    const { tokenizer } = make((s) => new ImageTokenizer(s, imageDefaults, width));
    const black = { ...picture(0), pixels: new Uint8Array(784) };
    const { target } = tokenizer.mask(tokenizer.collate([tokenizer.preprocess(black)]), rngKey(0));
    expect(target.kind === 'values' && target.values.every((x) => x === 0)).toBe(true);
  });

  test('pixels come back, and true targets as predictions rebuild the image', () => {
    const { tokenizer } = make((s) => new ImageTokenizer(s, imageDefaults, width));
    const arrays = tokenizer.collate(pictures.map((one) => tokenizer.preprocess(one)));
    const pixels = pictures.flatMap((one) => [...one.pixels]);
    expect([...tokenizer.toPixels(arrays.patches)]).toEqual(pixels);
    const { mask, target } = tokenizer.mask(arrays, rngKey(3));
    if (target.kind !== 'values') throw new Error('expected values');
    const options = { width: target.width, normalise: 'patch' as const };
    expect([...tokenizer.toPixels(withPredictions(arrays.patches, mask, target.values, options))]).toEqual(pixels);
    expect([...tokenizer.toPixels(withPredictions(arrays.patches, mask, null, options))]).not.toEqual(pixels);
  });

  test('errors', () => {
    const { tokenizer } = make((s) => new ImageTokenizer(s, imageDefaults, width));
    expect(() => tokenizer.preprocess(picture(1, 32), 'test-5')).toThrow(
      'ImageTokenizer: sample "test-5": expected 28 x 28 x 1 pixels (784 bytes), came 32 x 32 x 1 (1024 bytes); resize the image or change the config',
    );
    const build = (change: Partial<ImageConfig>) => () =>
      new ImageTokenizer(new ParameterScope(), { ...imageDefaults, ...change }, width);
    expect(build({ patch: 5 })).toThrow('ImageTokenizer: patches of 5 x 5 do not tile 28 x 28; choose divisors');
    expect(build({ patch: 28 })).toThrow(
      'ImageTokenizer: 1 token cannot be split into hidden and visible; use smaller patches',
    );
    expect(build({ patch: 0 })).toThrow('ImageTokenizer: patchRows must be a whole number above 0, came 0');
    expect(build({ std: [0] })).toThrow(
      'ImageTokenizer: channel 0 has mean 0.1307 and std 0; std must be above 0 (use 1 for a constant channel)',
    );
    expect(build({ channels: 3 })).toThrow(
      'ImageTokenizer: 1 means and 1 deviations for 3 channels; give one of each a channel',
    );
    expect(build({ mask: { kind: 'random', ratio: 1, method: 'drop' } })).toThrow(
      'ImageTokenizer: mask ratio 1 is not between 0 and 1',
    );
    expect(() => tokenizer.collate([{ values: new Float32Array(5) }])).toThrow(
      'ImageTokenizer: sample 0 of the batch has 5 numbers, expected 784; preprocess it with this tokenizer',
    );
  });
});
