// Damages valid files in the ways that files are damaged, and demands a value or a DataError, soon and in little memory.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect } from 'vitest';
import { DataError } from '../src/errors.ts';

export function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`./goldens/${name}`, import.meta.url))));
}

/** The file cut short, with bytes changed, put in or taken out; `within` keeps the damage near the header, where sizes are. */
function damaged(bytes: Uint8Array, within: number): fc.Arbitrary<Uint8Array> {
  const place = fc.nat({ max: Math.max(0, Math.min(bytes.length, within) - 1) });
  const value = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 }));
  const flips = fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = bytes.slice();
    for (const [at, byte] of changes) copy[at] = byte;
    return copy;
  });
  const cut = fc.nat({ max: bytes.length }).map((length) => bytes.slice(0, length));
  const inserted = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, extra]) => {
    return Uint8Array.from([...bytes.subarray(0, at), ...extra, ...bytes.subarray(at)]);
  });
  const removed = fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, count]) => {
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)]);
  });
  return fc.oneof({ weight: 5, arbitrary: flips }, cut, inserted, removed);
}

export interface SurvivalLimits {
  readonly runs?: number;
  readonly within?: number;
  /** For one file. */
  readonly milliseconds?: number;
  readonly megabytes?: number;
}

/** @param read decodes and checks what a value must satisfy, whatever it is */
export async function survives(
  files: readonly string[],
  read: (bytes: Uint8Array) => unknown,
  { runs = 150, within = 1 << 30, milliseconds = 2000, megabytes = 400 }: SurvivalLimits = {},
): Promise<void> {
  const file = fc
    .constantFrom(...files)
    .chain((name) => damaged(golden(name), within).map((bytes) => ({ name, bytes })));
  const before = process.memoryUsage.rss();
  await fc.assert(
    fc.asyncProperty(file, async ({ bytes }) => {
      const began = performance.now();
      try {
        await read(bytes);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        expect(error.message).not.toMatch(/[\r\n]/);
        expect(error.message.length).toBeLessThan(500);
      }
      expect(performance.now() - began).toBeLessThan(milliseconds);
      expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(megabytes);
    }),
    { numRuns: runs },
  );
}
