import type { RawImu } from '@omnigrad/data';
import { ParameterScope } from '@omnigrad/nn';
import { rngKey } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { hiddenFlags, type ImuConfig, ImuTokenizer, imuDefaults } from '../src/index.ts';
import {
  describeContract,
  disturbPatches,
  hiddenPatches,
  make,
  onReferenceBackend,
  readTokens,
  width,
} from './contract.ts';

const channels = ['ax', 'ay', 'az', 'yaw', 'pitch', 'roll'].map((name, i) => ({
  name,
  mean: i < 3 ? 0.1 * i : 0,
  std: 1 + i,
}));
const config: ImuConfig = { ...imuDefaults, channels };
const motion = (seed: number): RawImu => ({
  window: Float32Array.from({ length: 128 * 6 }, (_, i) => Math.sin(i * (0.1 + 0.03 * seed)) + (i % 6)),
  steps: 128,
  channels: 6,
});
const motions = [1, 2, 3, 4].map(motion);

for (const attitude of ['relative', 'absolute'] as const) {
  describeContract(`imu, ${attitude} attitude`, {
    make: (s) => new ImuTokenizer(s, { ...config, attitude }, width),
    raws: motions,
    hiddenCount: 6,
    disturb: disturbPatches,
    targetIsClean: (arrays, masked) => {
      const { target } = masked;
      if (target.kind !== 'values') throw new Error('expected values');
      expect(hiddenPatches(masked.arrays.patches, masked.mask).flatMap((patch) => [...patch])).toEqual([
        ...target.values,
      ]);
      // Acceleration is untouched; angles differ by one number a sample and channel.
      const clean = hiddenPatches(arrays.patches, masked.mask);
      clean.forEach((patch, i) => {
        patch.forEach((x, j) => {
          if (j % 6 < 3) expect(target.values[i * 48 + j]).toBe(x);
        });
      });
    },
  });
}

describe('imu numbers', () => {
  onReferenceBackend();

  test('a token is 8 steps of 6 channels, in spans of 2 to 4', () => {
    const { tokenizer, arena } = make((s) => new ImuTokenizer(s, { ...config, attitude: 'absolute' }, width));
    expect([tokenizer.tokenCount, tokenizer.reconstruction.width]).toEqual([16, 48]);
    const arrays = tokenizer.collate([tokenizer.preprocess(motions[0])]);
    // (value - mean) / std, windows need no reordering
    expect(arrays.patches[6 * 9 + 1]).toBeCloseTo((motions[0].window[6 * 9 + 1] - 0.1) / 2, 6);
    const text = [...hiddenFlags(tokenizer.mask(arrays, rngKey(1)).mask, 16)].join('');
    for (const run of text.split('0').filter((part) => part !== '')) expect([2, 3, 4]).toContain(run.length);
    arena.dispose();
  });

  test('a turn through the north is no jump, and the heading is not fed', () => {
    const { tokenizer } = make(
      (s) => new ImuTokenizer(s, { ...config, channels: channels.map((c) => ({ ...c, mean: 0, std: 1 })) }, width),
    );
    const turning = (start: number): RawImu => ({
      window: Float32Array.from({ length: 128 * 6 }, (_, i) => {
        if (i % 6 !== 3) return 0;
        const angle = start + 0.01 * Math.floor(i / 6);
        return angle > Math.PI ? angle - 2 * Math.PI : angle;
      }),
      steps: 128,
      channels: 6,
    });
    const [south, north] = [tokenizer.preprocess(turning(0)).values, tokenizer.preprocess(turning(3)).values];
    south.forEach((x, i) => {
      expect(north[i]).toBeCloseTo(x, 5);
    });
    expect(south[3]).toBeCloseTo(-0.635, 5);
  });

  test('the level of the hidden part does not reach the visible tokens, from the raw window on', () => {
    const { tokenizer, arena } = make((s) => new ImuTokenizer(s, config, width));
    const masked = (raw: RawImu) => tokenizer.mask(tokenizer.collate([tokenizer.preprocess(raw)]), rngKey(2));
    const { mask, arrays } = masked(motions[0]);
    const window = motions[0].window.slice();
    for (const token of mask.hidden) for (let i = 0; i < 48; i++) window[token * 48 + i] += 0.3;
    const other = masked({ ...motions[0], window });
    const before = readTokens(tokenizer, arrays, mask).values;
    readTokens(tokenizer, other.arrays, mask).values.forEach((x, i) => {
      expect(x).toBeCloseTo(before[i], 5);
    });
    arena.dispose();
  });

  test('errors', () => {
    const { tokenizer } = make((s) => new ImuTokenizer(s, config, width));
    expect(() =>
      tokenizer.preprocess({ window: new Float32Array(384), steps: 128, channels: 3 }, 'Walking1#0'),
    ).toThrow(
      'ImuTokenizer: sample "Walking1#0": expected a window of 128 steps x 6 channels, came 128 x 3 (384 numbers); cut the recording into such windows or change the config',
    );
    const window = motions[0].window.slice();
    window[6 * 5 + 4] = Number.POSITIVE_INFINITY;
    expect(() => tokenizer.preprocess({ ...motions[0], window })).toThrow(
      'ImuTokenizer: expected a finite number at step 5, channel pitch, came Infinity; clean the data before tokenizing',
    );
    const spans = { kind: 'spans', ratio: 0.4, minSpan: 5, maxSpan: 5, method: 'replace' } as const;
    expect(() => new ImuTokenizer(new ParameterScope(), { ...config, mask: spans }, width)).toThrow(
      'spanMask: cannot hide 6 of 16 tokens in separate spans of 5 to 5; change the ratio or the spans',
    );
  });
});
