// Every mistake in a config is listed with its key, in one line, before any work.

import { describe, expect, it } from 'vitest';
import { parseRunConfig } from '../src/index.ts';
import { smallConfig } from './small-model.ts';

describe('parseRunConfig', () => {
  it('accepts what it gave', () => {
    expect(parseRunConfig(smallConfig())).toEqual(smallConfig());
  });

  it('lists all heads that do not divide their width', () => {
    const config = smallConfig();
    const model = { ...config.model, width: 30, crossHeads: 3 };
    expect(() => parseRunConfig({ ...config, model })).toThrow(
      'config: 2 problems: model.trunk.heads: 4 heads do not divide the width 30; model.crossHeads: 3 heads do not divide the width 16',
    );
  });

  it('names unknown keys, wrong types and unknown modalities', () => {
    const config = smallConfig();
    const bad = { ...config, seed: -1, modalities: ['image', 'smell'], epochs: 3 };
    expect(() => parseRunConfig(bad)).toThrow(/^config: 3 problems: seed: .*; modalities\.1: .*; .*epochs/);
  });

  it('refuses a warm-up longer than its stage and a modality named twice', () => {
    const config = smallConfig();
    const [first, ...rest] = config.stages;
    const bad = { ...config, modalities: ['image', 'image'], stages: [{ ...first, warmup: 9 }, ...rest] };
    expect(() => parseRunConfig(bad)).toThrow(
      'config: 2 problems: stages.0.warmup: 9 is above its 8 steps; modalities: one is named twice',
    );
  });
});
