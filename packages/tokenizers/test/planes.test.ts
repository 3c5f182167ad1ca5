// Depth, X-ray and infrared: planes of one channel.

import type { RawDepth, RawPlane } from '@omnigrad/data';
import { describe, expect, test } from 'vitest';
import {
  type DepthConfig,
  DepthTokenizer,
  depthDefaults,
  InfraredTokenizer,
  infraredDefaults,
  type PlaneConfig,
  XrayTokenizer,
  xrayDefaults,
} from '../src/index.ts';
import {
  type ContractCase,
  describeContract,
  disturbPatches,
  hiddenPatches,
  make,
  onReferenceBackend,
  width,
} from './contract.ts';

const wave = (seed: number, i: number): number => 0.5 + 0.5 * Math.sin(i * 0.37 + seed + (i * i) / 91);
const depthOf = (seed: number): RawDepth => ({
  depth: Float32Array.from({ length: 1024 }, (_, i) => (i % 17 === 0 ? 0 : 0.4 + 8 * wave(seed, i))),
  height: 32,
  width: 32,
  focalLength: 520,
  baseline: 0.075,
});
const filmOf = (seed: number): RawPlane => ({
  values: Uint16Array.from({ length: 1024 }, (_, i) => 65535 * wave(seed, i)),
  height: 32,
  width: 32,
  black: 0,
  white: 65535,
});
const seeds = [1, 2, 3, 4];

type PlaneCase<Raw> = Pick<
  ContractCase<Raw, { values: Float32Array }, { batch: number; patches: Float32Array }>,
  'disturb' | 'targetIsClean'
>;
const shared = <Raw>(normalised: boolean): PlaneCase<Raw> => ({
  disturb: disturbPatches,
  targetIsClean: (arrays, { mask, target }) => {
    if (target.kind !== 'values') throw new Error('expected values');
    hiddenPatches(arrays.patches, mask).forEach((patch, i) => {
      const n = patch.length;
      const mean = normalised ? patch.reduce((s, x) => s + x, 0) / n : 0;
      const variance = normalised ? patch.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1) + 1e-6 : 1;
      patch.forEach((x, j) => {
        expect(target.values[i * n + j]).toBeCloseTo((x - mean) / Math.sqrt(variance), 4);
      });
    });
  },
});

const plain: Pick<PlaneConfig, 'normaliseTarget' | 'mask'> = {
  normaliseTarget: false,
  mask: { kind: 'random', ratio: 0.5, method: 'replace' },
};
describeContract('depth', {
  ...shared<RawDepth>(true),
  make: (s) => new DepthTokenizer(s, depthDefaults, width),
  raws: seeds.map(depthOf),
  hiddenCount: 10,
});
describeContract('X-ray', {
  ...shared<RawPlane>(true),
  make: (s) => new XrayTokenizer(s, xrayDefaults, width),
  raws: seeds.map(filmOf),
  hiddenCount: 12,
});
describeContract('infrared, replaced', {
  ...shared<RawPlane>(false),
  make: (s) => new InfraredTokenizer(s, { ...infraredDefaults, ...plain }, width),
  raws: seeds.map(filmOf),
  hiddenCount: 8,
});

describe('depth numbers', () => {
  onReferenceBackend();
  const tiny: DepthConfig = { ...depthDefaults, height: 1, width: 6, patch: 1, mostDisparity: 50 };
  const raw: RawDepth = {
    depth: Float32Array.of(0, 0.001, 0.5, 2, 40, 100),
    height: 1,
    width: 6,
    focalLength: 500,
    baseline: 0.1,
  };

  test('disparity is baseline x focal length / depth, clipped at both ends; no depth is 0', () => {
    const { tokenizer } = make((s) => new DepthTokenizer(s, tiny, width));
    const values = Array.from(tokenizer.preprocess(raw).values, (x) => Number(x.toFixed(6)));
    // 50 / depth: 5000 and 100 clipped to 50; 25; 1.25; at most 50 m: 1
    expect(values).toEqual([0, 1, 1, 0.5, 0.025, 0.02]);
  });

  test('what is no depth is refused in one line', () => {
    const { tokenizer } = make((s) => new DepthTokenizer(s, tiny, width));
    const error =
      (change: Partial<RawDepth>): (() => unknown) =>
      () =>
        tokenizer.preprocess({ ...raw, ...change }, 'a');
    expect(error({ depth: Float32Array.of(1, 1, -2, 1, 1, 1) })).toThrow(
      'DepthTokenizer: sample "a": expected a depth of at least 0 m at row 0, column 2, came -2; clean the data before tokenizing; 0 says that there is none',
    );
    expect(error({ depth: Float32Array.of(1, 1, Number.NaN, 1, 1, 1) })).toThrow(
      'DepthTokenizer: sample "a": expected a finite number at row 0, column 2, came NaN; clean the data before tokenizing',
    );
    expect(error({ focalLength: 0 })).toThrow(
      'DepthTokenizer: sample "a": expected a focal length in pixels and a baseline in m, both above 0, came 0 and 0.1; take them from the intrinsics of the camera',
    );
    expect(error({ height: 2 })).toThrow(
      'DepthTokenizer: sample "a": expected 1 x 6 values, came 2 x 6 (6 values); resize the picture or change the config',
    );
  });
});

describe('numbers of planes', () => {
  onReferenceBackend();
  const tiny: PlaneConfig = { ...xrayDefaults, height: 1, width: 4, patch: 1, mean: 0.5, std: 0.5 };

  test('16 bits are kept, windows clip, and white may be below black', () => {
    const { tokenizer } = make((s) => new XrayTokenizer(s, tiny, width));
    const valuesOf = (raw: Pick<RawPlane, 'values' | 'black' | 'white'>): number[] =>
      Array.from(tokenizer.preprocess({ ...raw, height: 1, width: 4 }).values);
    const [a, b] = valuesOf({ values: Uint16Array.of(40000, 40001, 0, 65535), black: 0, white: 65535 });
    expect((b - a) * 65535 * 0.5).toBeCloseTo(1, 1);
    expect(valuesOf({ values: Float32Array.of(-1000, 40, -160, 240), black: -160, white: 240 })).toEqual([
      -1, 0, -1, 1,
    ]);
    expect(
      valuesOf({ values: Uint8Array.of(0, 255, 51, 204), black: 255, white: 0 }).map((x) => Math.round(5 * x)),
    ).toEqual([5, -5, 3, -3]);
  });

  test('patches go back to planes', () => {
    const { tokenizer } = make((s) => new InfraredTokenizer(s, infraredDefaults, width));
    const films = seeds.map(filmOf);
    const { patches } = tokenizer.collate(films.map((film) => tokenizer.preprocess(film)));
    const plane = tokenizer.toPlane(patches);
    films
      .flatMap(({ values }) => [...values])
      .forEach((v, i) => {
        expect(plane[i]).toBeCloseTo(v / 65535, 5);
      });
  });

  test('a scale without a range is refused in one line', () => {
    const { tokenizer } = make((s) => new XrayTokenizer(s, tiny, width));
    const raw: RawPlane = { values: Uint8Array.of(1, 2, 3, 4), height: 1, width: 4, black: 7, white: 7 };
    expect(() => tokenizer.preprocess(raw, 'a')).toThrow(
      'XrayTokenizer: sample "a": expected black and white that differ, came 7 and 7; give the range of the file or of its window',
    );
  });
});
