import type { RawCube } from '@omnigrad/data';
import { rngKey } from '@omnigrad/tensor';
import { describe, expect, test } from 'vitest';
import { type HyperspectralConfig, HyperspectralTokenizer, hyperspectralDefaults } from '../src/index.ts';
import { describeContract, disturbPatches, hiddenPatches, make, onReferenceBackend, width } from './contract.ts';

const bands = 32;
const config: HyperspectralConfig = {
  ...hyperspectralDefaults,
  bands,
  mean: Array.from({ length: bands }, (_, i) => i / 10),
  std: Array.from({ length: bands }, (_, i) => 1 + i / 8),
};
const cube = (seed: number, side = 3): RawCube => ({
  values: Float32Array.from({ length: side * side * bands }, (_, i) => Math.sin(i * 0.7 + seed) + i / 100),
  height: side,
  width: side,
  bands,
});
const cubes = [1, 2, 3, 4].map((seed) => cube(seed));
const wide: Partial<HyperspectralConfig> = { height: 4, width: 4, patch: 2 };
const wideCubes = [1, 2, 3, 4].map((seed) => cube(seed, 4));

for (const [name, change, raws, hiddenCount] of [
  ['hyperspectral', {}, cubes, 2],
  ['hyperspectral, places', { ...wide, mask: { kind: 'tubes', ratio: 0.75, method: 'drop' } }, wideCubes, 24],
  ['hyperspectral, bands', { ...wide, mask: { kind: 'layers', ratio: 0.25, method: 'drop' } }, wideCubes, 8],
  [
    'hyperspectral, axes',
    { ...wide, mask: { kind: 'axes', places: 0.5, layers: 0.25, method: 'drop' } },
    wideCubes,
    20,
  ],
] as const satisfies readonly (readonly [string, Partial<HyperspectralConfig>, readonly RawCube[], number])[]) {
  describeContract(name, {
    make: (s) => new HyperspectralTokenizer(s, { ...config, ...change }, width),
    raws,
    hiddenCount,
    disturb: disturbPatches,
    targetIsClean: (arrays, { mask, target }) => {
      if (target.kind !== 'values') throw new Error('expected values');
      expect([...target.values]).toEqual(hiddenPatches(arrays.patches, mask).flatMap((patch) => [...patch]));
    },
  });
}

describe('hyperspectral numbers', () => {
  onReferenceBackend();

  test('a token is a group of bands of a patch, each band by its own statistics', () => {
    const { tokenizer } = make((s) => new HyperspectralTokenizer(s, config, width));
    const { patches } = tokenizer.collate([tokenizer.preprocess(cubes[0])]);
    expect(tokenizer.tokenCount).toBe(8);
    // token 5, pixel 7, band 2 of the group: band 22
    expect(patches[5 * 36 + 7 * 4 + 2]).toBeCloseTo((cubes[0].values[7 * bands + 22] - 2.2) / 3.75, 5);
  });

  test('with patches, tokens go by group of bands, then by place', () => {
    const { tokenizer } = make((s) => new HyperspectralTokenizer(s, { ...config, ...wide }, width));
    const { patches } = tokenizer.collate([tokenizer.preprocess(wideCubes[0])]);
    expect(tokenizer.tokenCount).toBe(32);
    // token 3 · 4 + 1 (group 3, the patch at the top right), its pixel 2 (row 1, column 2 of the window), band 0 of the group
    expect(patches[13 * 16 + 2 * 4]).toBeCloseTo((wideCubes[0].values[6 * bands + 12] - 1.2) / 2.5, 5);
  });

  test('axes hide whole places and whole groups, each by its ratio', () => {
    const mask = { kind: 'axes', places: 0.5, layers: 0.25, method: 'drop' } as const;
    const { tokenizer } = make((s) => new HyperspectralTokenizer(s, { ...config, ...wide, mask }, width));
    const arrays = tokenizer.collate(wideCubes.map((one) => tokenizer.preprocess(one)));
    const { mask: drawn } = tokenizer.mask(arrays, rngKey(1));
    for (let b = 0; b < 4; b++) {
      const visible = [...drawn.visible.subarray(b * 12, (b + 1) * 12)];
      expect(new Set(visible.map((t) => t % 4)).size).toBe(2);
      expect(new Set(visible.map((t) => Math.floor(t / 4))).size).toBe(6);
    }
  });

  test('cubes come back', () => {
    const { tokenizer } = make((s) => new HyperspectralTokenizer(s, { ...config, ...wide }, width));
    const { patches } = tokenizer.collate(wideCubes.map((one) => tokenizer.preprocess(one)));
    const back = tokenizer.toCube(patches);
    wideCubes
      .flatMap(({ values }) => [...values])
      .forEach((v, i) => {
        expect(back[i]).toBeCloseTo(v, 4);
      });
  });

  test('what cannot work is refused in one line', () => {
    const build = (change: Partial<HyperspectralConfig>) => () =>
      make((s) => new HyperspectralTokenizer(s, { ...config, ...change }, width));
    expect(build({ group: 5 })).toThrow(
      'HyperspectralTokenizer: groups of 5 do not tile 32 bands; choose a divisor, or leave bands out',
    );
    expect(build({ std: config.std.map((s, i) => (i === 4 ? 0 : s)) })).toThrow(
      'HyperspectralTokenizer: channel band 4 has mean 0.4 and std 0; std must be above 0 (use 1 for a constant channel)',
    );
    expect(build({ mask: { kind: 'tubes', ratio: 0.5, method: 'drop' } })).toThrow(
      'HyperspectralTokenizer: 1 token cannot be split into hidden and visible; use smaller patches',
    );
    const { tokenizer } = make((s) => new HyperspectralTokenizer(s, config, width));
    expect(() => tokenizer.preprocess({ ...cubes[0], bands: 16 }, 'a')).toThrow(
      'HyperspectralTokenizer: sample "a": expected 3 x 3 pixels of 32 bands (288 numbers), came 3 x 3 of 16 (288 numbers); cut such windows or change the config',
    );
    const values = cubes[0].values.slice();
    values[40] = Number.NaN;
    expect(() => tokenizer.preprocess({ ...cubes[0], values }, 'a')).toThrow(
      'HyperspectralTokenizer: sample "a": expected a finite number at pixel 1, band 8, came NaN; clean the data before tokenizing',
    );
  });
});
