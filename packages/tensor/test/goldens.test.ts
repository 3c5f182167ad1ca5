// PyTorch's op goldens on the reference backend.

import { readdirSync, readFileSync } from 'node:fs';
import { createReferenceBackend } from '@omnigrad/tensor';
import { checkGolden, goldenCases, goldenRuns, readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';

const folder = new URL('goldens/ops/', import.meta.url);
const files = readdirSync(folder).map((name) => name.replace('.safetensors', ''));
const backend = createReferenceBackend();

describe.each(Object.keys(goldenRuns))('%s', (name) => {
  const file = readGolden(readFileSync(new URL(`${name}.safetensors`, folder)));
  it.each(goldenCases(file))('%s', async (testCase) => {
    const before = backend.memory().inUse;
    await checkGolden(backend, name, file, testCase);
    expect(backend.memory().inUse).toBe(before);
  });
});

it('every golden file is compared', () => {
  expect(Object.keys(goldenRuns).sort()).toEqual(files.sort());
});
