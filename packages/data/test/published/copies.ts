// Copies of published datasets in temporary folders, and what a check finds in them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect } from 'vitest';
import { type CheckOptions, checkPublished } from '../../src/published/open.ts';
import type { PublishedDataset, PublishedExample } from '../../src/published/published.ts';

const made: string[] = [];

/** A copy that `write` makes in a new folder, removed after the test. */
export function copy(write: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'omnigrad-published-'));
  made.push(folder);
  write(folder);
  return folder;
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export async function all<Raw>(dataset: PublishedDataset<Raw>, name: string): Promise<PublishedExample<Raw>[]> {
  const split = dataset.splits.get(name);
  if (split === undefined) throw new Error(`no split ${name}`);
  return Promise.all(Array.from({ length: split.length }, (_, at) => split.get(at)));
}

/** The faults that a check finds in one pass, without the name of the set and of the folder. */
export async function faultsOf(name: string, folder: string, options: CheckOptions = {}): Promise<string[]> {
  const { faults, faultCount } = await checkPublished(name, folder, { examples: 10, ...options });
  expect(faults.length).toBe(faultCount);
  return faults.map(({ message }) =>
    message.replaceAll(`${folder}/`, '').replaceAll(folder, '.').replace(`${name}: `, ''),
  );
}

export function change(folder: string, file: string, edit: (text: string) => string): void {
  const path = join(folder, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

export const remove = (folder: string, file: string): void => rmSync(join(folder, file));
export const usual = (name: string): string => `fix: compare your copy with the layout of ${name} in docs/datasets.md`;
export const row = 'fix: correct or remove that row';

/** Damages the lists of a copy, one at a time: a check finds faults or none, and throws nothing. */
export async function survivesDamage(
  name: string,
  write: (folder: string) => void,
  lists: readonly string[],
  options: CheckOptions = {},
): Promise<void> {
  const folder = copy(write);
  const bytes = new Map(lists.map((list) => [list, readFileSync(join(folder, list))]));
  const damage = fc.record({
    list: fc.constantFrom(...lists),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 12 }),
    put: fc.oneof(fc.constantFrom('"', ',', '\n', '\t', '..', '-1', 'null', '{', ']'), fc.string({ maxLength: 3 })),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ list, from, length, put, cut }) => {
      const whole = bytes.get(list) ?? Buffer.alloc(0);
      const at = Math.floor(from * whole.length);
      const rest = cut ? Buffer.alloc(0) : whole.subarray(at + length);
      writeFileSync(join(folder, list), Buffer.concat([whole.subarray(0, at), Buffer.from(put), rest]));
      for (const message of await faultsOf(name, folder, { keep: 1000, ...options, examples: 0 })) {
        expect(message).not.toMatch(/\n/);
        expect(message.length).toBeLessThan(600);
      }
      writeFileSync(join(folder, list), whole);
    }),
    { numRuns: 12 },
  );
}
