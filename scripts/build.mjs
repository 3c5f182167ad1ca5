// `npm run build`: makes dist/ of every package (ES modules and their declarations) and lets publint judge each.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { checkNode, ensureInstalled, root } from './setup.mjs';

checkNode();
ensureInstalled('dev', 'the packages that the build needs');
const { build } = await import('tsdown');
const { publint } = await import('publint');
const { formatMessage } = await import('publint/utils');

const entries = {
  index: 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
  web: 'src/web.ts',
  bin: 'src/bin.ts',
};
const broken = [];
for (const name of readdirSync(join(root, 'packages')).sort()) {
  const folder = join(root, 'packages', name);
  if (!existsSync(join(folder, 'package.json'))) continue;
  const began = Date.now();
  const faults = await buildPackage(folder);
  for (const fault of faults) console.log(`      ${fault}`);
  if (faults.length > 0) broken.push(name);
  console.log(
    `${faults.length === 0 ? 'ok  ' : 'FAIL'}  packages/${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`,
  );
}
console.log(
  broken.length === 0 ? 'All packages are built, and publint has no complaint.' : `To mend: ${broken.join(', ')}`,
);
process.exitCode = broken.length === 0 ? 0 : 1;

/** Writes dist/ of one package; returns what is wrong with it. */
async function buildPackage(cwd) {
  const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  try {
    await build({
      cwd,
      entry: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(join(cwd, file)))),
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      dts: true,
      sourcemap: true,
      clean: true,
      config: false,
      report: false,
      logLevel: 'error',
    });
  } catch (error) {
    const lines = stripVTControlCharacters(error.message).split('\n');
    return lines.filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  }
  // What package.json lists is what pnpm packs, so publint may read the folder and needs no package manager.
  const { messages } = await publint({ pkgDir: cwd, pack: false, strict: true });
  return [...messages.map((message) => formatMessage(message, manifest)), ...declarationFaults(cwd)];
}

/** What the compiler says of the declarations that pages use, in a program without the types of Node, of the DOM and of WebGPU. */
function declarationFaults(cwd) {
  if (!['tensor', 'webgpu'].includes(basename(cwd))) return [];
  const libraries = ['--skipLibCheck', 'false', '--target', 'ES2023', '--lib', 'ES2023,ESNext.Disposable'];
  const flags = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'NodeNext', ...libraries];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, 'dist/index.d.mts'], {
    cwd,
    encoding: 'utf8',
  });
  return status === 0 ? [] : stdout.trim().split('\n');
}
