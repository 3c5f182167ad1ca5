// PyTorch's op goldens on the reference backend.

import { readdirSync, readFileSync } from 'node:fs';
import { createReferenceBackend, opNames } from '@omnigrad/tensor';
import { checkGolden, goldenCases, goldenRuns, goldensWithoutOp, readGolden } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';

const folder = new URL('goldens/ops/', import.meta.url);
const files = readdirSync(folder).map((name) => name.replace('.safetensors', ''));
const backend = createReferenceBackend();

describe.each(Object.keys(goldenRuns))('%s', (name) => {
  const file = readGolden(readFileSync(new URL(`${name}.safetensors`, folder)));
  it.each(goldenCases(file))('%s', (testCase) => {
    const before = backend.memory().inUse;
    checkGolden(backend, name, file, testCase);
    expect(backend.memory().inUse).toBe(before);
  });
});

it('every golden file is compared or waits for its op', () => {
  expect([...Object.keys(goldenRuns), ...goldensWithoutOp].sort()).toEqual(files.sort());
});

it('no file waits for an op that is there', () => {
  const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const names: readonly string[] = opNames;
  expect(goldensWithoutOp.filter((name) => names.includes(camel(name)))).toEqual([]);
});
