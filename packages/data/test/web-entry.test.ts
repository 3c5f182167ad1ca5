// The entry that bundles for pages take.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { DataError, decodeWebVideo } from '../src/web.ts';

/** What a module imports when it runs, and so not its types. */
function importsOf(text: string): readonly string[] {
  const fixed = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[\w*{][^;]*?\sfrom\s+)?'([^']+)';/gm);
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [...fixed, ...dynamic].map(([, name]) => name);
}

it('reaches nothing of Node', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const waiting = [new URL('../src/web.ts', import.meta.url)];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    for (const name of importsOf(readFileSync(fileURLToPath(url), 'utf8'))) {
      if (name.startsWith('.')) waiting.push(new URL(name, url));
      else packages.add(name);
    }
  }
  expect([...packages]).toEqual(['mediabunny']);
  expect([...seen].map((href) => href.replace(/^.*\/src\//, ''))).toContain('formats/video-picks.ts');
  // The one thing that it does not have: the walk does find what is of Node.
  const video = readFileSync(fileURLToPath(new URL('../src/formats/video.ts', import.meta.url)), 'utf8');
  expect(importsOf(video)).toContain('node:fs/promises');
});

it('says in Node that there is no page', async () => {
  const answer = await decodeWebVideo(new Uint8Array(8)).catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(DataError);
  expect(answer).toMatchObject({ code: 'unsupported', expected: 'a page with WebCodecs' });
});
