import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParameterScope } from '@omnigrad/nn';
import { Transformer } from '@omnigrad/trunk';
import { afterAll, expect, it } from 'vitest';
import {
  makeInput,
  matrixFlopPerStep,
  model,
  readInput,
  tokensPerStep,
  type Values,
  writeInput,
} from '../src/train-step.ts';

const folder = mkdtempSync(join(tmpdir(), 'omnigrad-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('starts from the parameters of the encoder of trunk, by name and shape', () => {
  const root = new ParameterScope();
  new Transformer(root, { ...model, norm: 'pre', dropout: 0 });
  const expected = root.parameters.map(({ name, shape }) => [name, [...shape]]);
  expect([...makeInput().parameters].map(([name, { shape }]) => [name, [...shape]])).toEqual(expected);
});

it('gives every program the same bytes', () => {
  const input = makeInput();
  writeInput(folder, input);
  const back = readInput(folder);
  expect([...back.parameters.keys()]).toEqual([...input.parameters.keys()]);
  // as buffers: toEqual walks typed arrays of millions one by one, for half a minute
  const same = (a: Values | undefined, b: Values): boolean =>
    a !== undefined && `${a.shape}` === `${b.shape}` && Buffer.from(a.data.buffer).equals(Buffer.from(b.data.buffer));
  for (const [name, values] of input.parameters) expect(same(back.parameters.get(name), values), name).toBe(true);
  expect(same(back.x, input.x)).toBe(true);
  expect(same(back.target, input.target)).toBe(true);
});

it('counts the matrix products of a step', () => {
  // by hand: 1024 rows through 256 -> 768, 256 -> 256, 256 -> 1024 -> 256; 64 heads of 64 x 64 x 64 twice; 4 layers; 3 passes
  const rows = 2 * 1024 * (256 * 768 + 256 * 256 + 2 * 256 * 1024);
  expect(matrixFlopPerStep).toBe(3 * 4 * (rows + 64 * 2 * 2 * 64 ** 3));
  expect(tokensPerStep).toBe(1024);
});
