// The library example of the README runs as printed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

it('the example in the README learns', () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  expect(code.split('\n').length).toBeLessThanOrEqual(25);
  // Inside a package that sees the whole house, so that its imports resolve.
  const folder = mkdtempSync(join(root, 'packages/training/test/readme-'));
  try {
    writeFileSync(join(folder, 'example.ts'), code);
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const args = ['--import', tsx, '--conditions=omnigrad-source', join(folder, 'example.ts')];
    const losses = execFileSync(process.execPath, args, { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => Number(/loss ([\d.]+)$/.exec(line)?.[1]));
    expect(losses).toHaveLength(4);
    expect(losses[3]).toBeLessThan(0.1 * losses[0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
