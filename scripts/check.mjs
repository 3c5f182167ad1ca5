// `npm run check`: types, lint and format, layers, no `any`, the list and the page of ops, the list of WGSL, the page of datasets. All run even when one fails; each prints under its name.
// `npm run format`: writes the lists and the pages and applies the format and the order of imports instead.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkNode, ensureInstalled, isInstalled, root } from './setup.mjs';

checkNode();
ensureInstalled('dev', 'the packages that checks need');

const bin = (name) => join(root, 'node_modules', name);
const biome = [bin('@biomejs/biome/bin/biome')];
const source = (file) => ['--import', 'tsx', '--conditions=omnigrad-source', join(root, file)];

if (process.argv[2] === '--format') {
  for (const list of [
    'tools/ops-index.ts',
    'packages/tensor/test/ops-page.ts',
    'tools/wgsl-index.ts',
    'packages/data/test/datasets-page.ts',
  ]) {
    const { code, output } = await run(source(list));
    if (code !== 0) console.log(output.trimEnd());
  }
  const { code, output } = await run([...biome, 'check', '--write', '--linter-enabled=false', '.']);
  console.log(output.trimEnd());
  process.exit(code);
}

const checks = [
  [
    'types',
    [bin('typescript/bin/tsc'), '--project', typesProject(), '--pretty', String(process.stdout.isTTY === true)],
  ],
  ['lint and format', [...biome, 'check', '--diagnostic-level=warn', '--error-on-warnings', '.']],
  ['layers', source('tools/check/layers.ts')],
  ['no any', source('tools/check/no-any.ts')],
  ['list of ops', [...source('tools/ops-index.ts'), '--check']],
  ['page of ops', [...source('packages/tensor/test/ops-page.ts'), '--check']],
  ['list of WGSL', [...source('tools/wgsl-index.ts'), '--check']],
  ['page of datasets', [...source('packages/data/test/datasets-page.ts'), '--check']],
];
const results = await Promise.all(checks.map(([, args]) => run(args)));
for (const [index, { code, output, seconds }] of results.entries()) {
  const [name] = checks[index];
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) console.log(output.trimEnd().replaceAll(/^/gm, '      '));
}
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;

/**
 * One program over the whole workspace: the packages share it, so each file is read and checked once, tests included.
 * bench joins in when its peers are installed, for their types are there only then.
 */
function typesProject() {
  const exclude = isInstalled('bench') ? [] : ['bench'];
  if (exclude.length > 0)
    console.log('types: bench is left out, its peers are not installed (npm run bench installs them)');
  const folder = join(root, 'node_modules/.cache/omnigrad');
  mkdirSync(folder, { recursive: true });
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { incremental: true, tsBuildInfoFile: `./types${exclude.length > 0 ? '' : '-bench'}.tsbuildinfo` },
    exclude: exclude.map((name) => join(root, name)),
  };
  const path = join(folder, 'tsconfig.check.json');
  writeFileSync(path, JSON.stringify(config, undefined, 2));
  return path;
}

function run(args) {
  const began = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code: code ?? 1, output, seconds: (Date.now() - began) / 1000 }));
  });
}
