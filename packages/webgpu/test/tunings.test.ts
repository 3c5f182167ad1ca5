// Which table an adapter's products are chosen by. No GPU.

import { expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { type MatmulArgs, matmulChoice, matmulTiles, narrowTuning, usualTuning } from '../src/kernels/matmul.ts';
import { tuningName, tuningOf, tunings } from '../src/kernels/tunings.ts';

it('is the one of its vendor and architecture, where it has been measured', () => {
  expect(tuningOf({ vendor: 'nvidia', architecture: 'hopper' })).toBe(usualTuning);
  expect(tuningOf({ vendor: 'google', architecture: 'swiftshader' })).toBe(narrowTuning);
  expect(tuningOf({ vendor: 'acme', architecture: 'one' })).toBeUndefined();
  expect(tuningOf({ vendor: '', architecture: '' })).toBeUndefined();
  expect(tuningName({ vendor: 'nvidia', architecture: 'hopper' })).toBe('nvidia-hopper');
});

it('makes every product possible', () => {
  const args: MatmulArgs = {
    ...{ m: 300, n: 300, k: 300, transA: false, transB: false, lda: 300, ldb: 300, ldc: 300, bias: false, alpha: 1 },
    ...{ aOffset: 0, bOffset: 0, cOffset: 0, batch: { outer: 1, inner: 1, a: [0, 0], b: [0, 0], c: [0, 0] } },
  };
  for (const tuning of Object.values(tunings)) {
    for (const { full, single } of Object.values(tuning.tiles)) expect(full).toBeGreaterThanOrEqual(single);
    for (const name of Object.keys(tuning.tiles)) expect(matmulTiles).toHaveProperty([name]);
    expect(matmulChoice(args, { ...leastAbilities, matmulTuning: tuning }).kind).toBe('tiled');
  }
});
