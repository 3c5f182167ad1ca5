import type { RawVideo } from '@omnigrad/data';
import { evaluation } from '@omnigrad/nn';
import { rngKey, scope } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { type VideoConfig, VideoTokenizer, videoDefaults, withPredictions } from '../src/index.ts';
import { describeContract, disturbPatches, hiddenPatches, make, onReferenceBackend, width } from './contract.ts';

const clip = (seed: number, { frames, height, width, channels }: VideoConfig = videoDefaults): RawVideo => ({
  pixels: Uint8Array.from(
    { length: frames * height * width * channels },
    (_, i) => (i * 37 + seed * 101 + ((i * i) % 91)) % 256,
  ),
  frames,
  height,
  width,
  channels,
});
const clips = [1, 2, 3, 4].map((seed) => clip(seed));
const many: Partial<VideoConfig> = { patch: 4 };

for (const [name, change, hiddenCount] of [
  ['video, tubes', {}, 6],
  ['video, tubes of 16 places', many, 24],
  ['video, single frames', { ...many, tubelet: 1, mask: { kind: 'random', ratio: 0.9, method: 'drop' } }, 58],
  ['video, axes', { ...many, mask: { kind: 'axes', places: 0.5, layers: 0.5, method: 'replace' } }, 24],
  ['video, divided', { ...many, divided: { blocks: 2, heads: 2 } }, 24],
  [
    'video, divided, replaced',
    { ...many, mask: { kind: 'random', ratio: 0.5, method: 'replace' }, divided: { blocks: 1, heads: 2 } },
    16,
  ],
] as const satisfies readonly (readonly [string, Partial<VideoConfig>, number])[]) {
  describeContract(name, {
    make: (s) => new VideoTokenizer(s, { ...videoDefaults, ...change }, width),
    raws: clips,
    hiddenCount,
    disturb: disturbPatches,
    targetIsClean: (arrays, { mask, target }) => {
      if (target.kind !== 'values') throw new Error('expected values');
      hiddenPatches(arrays.patches, mask).forEach((patch, i) => {
        const own = target.values.subarray(i * target.width, (i + 1) * target.width);
        for (let c = 0; c < 3; c++) {
          const values = [...patch].filter((_, j) => j % 3 === c);
          const mean = values.reduce((s, x) => s + x, 0) / values.length;
          const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / (values.length - 1);
          values.forEach((x, j) => {
            expect(own[j * 3 + c]).toBeCloseTo((x - mean) / Math.sqrt(variance + 1e-6), 4);
          });
        }
      });
    },
  });
}

describe('video numbers', () => {
  onReferenceBackend();
  const tiny: VideoConfig = {
    ...videoDefaults,
    frames: 4,
    height: 2,
    width: 4,
    channels: 1,
    tubelet: 2,
    patch: 2,
    mean: [0],
    std: [1 / 255],
    mask: { kind: 'tubes', ratio: 0.5, method: 'drop' },
    normaliseTarget: false,
  };
  // pixel = 100 frame + 10 row + column
  const raw: RawVideo = {
    pixels: Uint8Array.from({ length: 32 }, (_, i) => 50 * Math.floor(i / 8) + 10 * Math.floor((i % 8) / 4) + (i % 4)),
    frames: 4,
    height: 2,
    width: 4,
    channels: 1,
  };

  test('tokens go by time, then by place; a tubelet holds its frames side by side', () => {
    const { tokenizer } = make((s) => new VideoTokenizer(s, tiny, width));
    const { patches } = tokenizer.collate([tokenizer.preprocess(raw)]);
    const rounded = Array.from(patches, Math.round);
    expect(rounded.slice(0, 8)).toEqual([0, 50, 1, 51, 10, 60, 11, 61]);
    expect(rounded.slice(8, 16)).toEqual([2, 52, 3, 53, 12, 62, 13, 63]);
    expect(rounded.slice(16, 24)).toEqual([100, 150, 101, 151, 110, 160, 111, 161]);
  });

  test('tubes hide the same places at all times, others in each sample', () => {
    const { tokenizer } = make((s) => new VideoTokenizer(s, { ...videoDefaults, patch: 4 }, width));
    const arrays = tokenizer.collate(clips.map((one) => tokenizer.preprocess(one)));
    const { mask } = tokenizer.mask(arrays, rngKey(3));
    const places = Array.from({ length: 4 }, (_, b) => {
      const hidden = [...mask.hidden.subarray(b * 24, (b + 1) * 24)];
      expect(hidden.slice(12)).toEqual(hidden.slice(0, 12).map((t) => t + 16));
      return hidden.join(' ');
    });
    expect(new Set(places).size).toBe(4);
  });

  test('pixels come back, and true targets as predictions rebuild the clip', () => {
    const { tokenizer } = make((s) => new VideoTokenizer(s, videoDefaults, width));
    const arrays = tokenizer.collate(clips.map((one) => tokenizer.preprocess(one)));
    const pixels = clips.flatMap((one) => [...one.pixels]);
    expect([...tokenizer.toPixels(arrays.patches)]).toEqual(pixels);
    const { mask, target } = tokenizer.mask(arrays, rngKey(3));
    if (target.kind !== 'values') throw new Error('expected values');
    const options = { width: target.width, normalise: { channels: 3 } };
    expect([...tokenizer.toPixels(withPredictions(arrays.patches, mask, target.values, options))]).toEqual(pixels);
  });

  test('divided attention: a place sees itself at other times and the places of its time, in that order', () => {
    const { tokenizer, arena } = make((s) => new VideoTokenizer(s, { ...tiny, divided: { blocks: 1, heads: 1 } }, 4));
    const arrays = tokenizer.collate([tokenizer.preprocess(raw)]);
    const tokensOf = (patches: Float32Array): number[][] =>
      scope(() => {
        const all = [...tokenizer.forward({ batch: 1, patches }, evaluation).x.readSync()];
        return [0, 1, 2, 3].map((t) => all.slice(4 * t, 4 * t + 4));
      });
    const [space] = [tokenizer.blocks[0].space];
    // without the second attention only a place's own times reach it
    arena.write(space.out.weight, new Array(16).fill(0));
    const before = tokensOf(arrays.patches);
    const changed = arrays.patches.slice();
    changed.set([9, -9, 7, 5], 24); // place 1 of the second moment
    const after = tokensOf(changed);
    expect(after.map((token, t) => token.some((x, i) => x !== before[t][i]))).toEqual([false, true, false, true]);
    arena.dispose();
  });

  test('what cannot work is refused in one line', () => {
    const error = (change: Partial<VideoConfig>): string => {
      try {
        make((s) => new VideoTokenizer(s, { ...videoDefaults, ...change }, width));
      } catch (e) {
        return e instanceof Error ? e.message : String(e);
      }
      return 'nothing';
    };
    expect(error({ tubelet: 3 })).toBe('VideoTokenizer: tubelets of 3 frames do not tile 4; choose a divisor');
    expect(error({ patch: 5 })).toBe('VideoTokenizer: patches of 5 x 5 do not tile 16 x 16; choose divisors');
    expect(error({ channels: 1 })).toBe(
      'VideoTokenizer: 3 means and 3 deviations for 1 channels; give one of each a channel',
    );
    expect(error({ mask: { kind: 'tubes', ratio: 1, method: 'drop' } })).toBe(
      'VideoTokenizer: mask ratio 1 is not between 0 and 1',
    );
    expect(error({ mask: { kind: 'random', ratio: 0.5, method: 'drop' }, divided: { blocks: 1, heads: 2 } })).toBe(
      'VideoTokenizer: divided attention wants the same places at all times, a mask of random drops others; use tubes, or method replace',
    );
    const { tokenizer } = make((s) => new VideoTokenizer(s, videoDefaults, width));
    expect(() => tokenizer.preprocess({ ...clips[0], frames: 8 }, 'a')).toThrow(
      'VideoTokenizer: sample "a": expected 4 frames of 16 x 16 x 3 pixels (3072 bytes), came 8 of 16 x 16 x 3 (3072 bytes); sample and resize the clip or change the config',
    );
  });
});
