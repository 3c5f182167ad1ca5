// Writes packages/webgpu/src/wgsl-files.ts from the files of wgsl/: a bundle for the browser has no folder to read from.
// `npm run format` runs it; with --check it fails when the list is out of date.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../wgsl/', import.meta.url);
const target = fileURLToPath(new URL('../packages/webgpu/src/wgsl-files.ts', import.meta.url));

const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.wgsl'))
  .map((path) => path.replaceAll('\\', '/').slice(0, -'.wgsl'.length))
  .sort();

const literal = (text: string): string =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;

const text = [
  '// Written by `npm run format` from wgsl/; `npm run check` fails when it is out of date.',
  '',
  'export const wgslFiles = {',
  ...names.map(
    (name) =>
      `  '${name}': ${literal(readFileSync(new URL(`${name}.wgsl`, folder), 'utf8').replaceAll('\r\n', '\n'))},`,
  ),
  '} as const;',
  '',
].join('\n');

if (process.argv.includes('--check')) {
  const current = (() => {
    try {
      return readFileSync(target, 'utf8');
    } catch {
      return '';
    }
  })();
  if (current !== text) {
    console.error('packages/webgpu/src/wgsl-files.ts is out of date; run `npm run format`');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
