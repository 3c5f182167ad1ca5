// Every ```ts block in docs/ runs, and prints what the ```text block after it says. A block with file=... is that file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const docs = join(root, 'docs');
const mark = '--- block ';

interface Block {
  readonly code: string;
  readonly printed: string;
}

const blocksOf = (page: string): Block[] =>
  [...readFileSync(join(docs, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```)?/g)].map(
    ([, code, printed = '']) => ({ code, printed: printed.trim() }),
  );

const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && blocksOf(name).length > 0);

it.each(pages)('the examples of docs/%s print what they say', (page) => {
  const blocks = blocksOf(page);
  // Inside a package that sees the engine and the layers, so that the imports resolve.
  const folder = mkdtempSync(join(root, 'packages/training/test/docs-'));
  try {
    const main = blocks.map(({ code }, i) => {
      writeFileSync(join(folder, `block${i}.ts`), code);
      return `console.log('${mark}${i}');\nawait import('./block${i}.ts');`;
    });
    writeFileSync(join(folder, 'main.ts'), `${main.join('\n')}\nexport {};\n`);
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const args = ['--import', tsx, '--conditions=omnigrad-source', join(folder, 'main.ts')];
    const out = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const parts = out.split(/^--- block \d+\n/m).slice(1);
    expect(parts.map((part) => part.trim())).toEqual(blocks.map(({ printed }) => printed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each(readdirSync(docs).filter((name) => name.endsWith('.md')))(
  'the files shown in docs/%s are the files',
  (page) => {
    const shown = readFileSync(join(docs, page), 'utf8').matchAll(/```\w+ file=(\S+)\n([\s\S]*?)```/g);
    for (const [, path, text] of shown) expect(text, path).toBe(readFileSync(join(root, path), 'utf8'));
  },
);
