// Writes the two lists of ops from the folders in packages/tensor/src/ops: ops/index.ts and testing/op-samples.ts. A folder
// <op>/ holds <op>.ts, which exports <name>Op and the functions that users call, and samples.ts, which exports
// <name>Samples. `--check` writes nothing and fails when a list is not what the folders say.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const src = new URL('../packages/tensor/src/', import.meta.url);
const family = 'families';

interface Folder {
  readonly folder: string;
  /** Names of the ops it defines; <name>Samples exists for each. */
  readonly names: readonly string[];
  readonly functions: readonly string[];
  readonly types: readonly string[];
}

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((m) => m[1]);

const readFolder = (folder: string): Folder => {
  const text = readFileSync(new URL(`ops/${folder}/${folder}.ts`, src), 'utf8');
  // An export with a note "internal" before it is for other ops, not for users.
  const shown = text.replaceAll(/\/\*\* internal[\s\S]*?\*\/\nexport/g, '');
  const values = matches(shown, /^export const (\w+)/gm);
  const names = values.filter((v) => v.endsWith('Op')).map((v) => v.slice(0, -2));
  if (names.length === 0)
    throw new Error(`packages/tensor/src/ops/${folder}/${folder}.ts exports no const named ...Op`);
  return {
    folder,
    names,
    functions: values.filter((v) => !v.endsWith('Op')),
    types: matches(shown, /^export (?:interface|type) (\w+(?:Options|Result))\b/gm),
  };
};

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const folders = readdirSync(new URL('ops/', src), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== family)
  .map((entry) => readFolder(entry.name))
  .sort((a, b) => byName(a.folder, b.folder));
const names = folders.flatMap((f) => f.names).sort(byName);

const header =
  '// Written by `npm run format` from the folders of ops; `npm run check` fails when it is out of date.\n';

const index = `${header}// Every op, once. Tables over ops are mapped types over this object, so a gap does not compile.

${folders.map((f) => `import { ${f.names.map((n) => `${n}Op`).join(', ')} } from './${f.folder}/${f.folder}.ts';`).join('\n')}

export const ops = {
${names.map((n) => `  ${n}: ${n}Op,`).join('\n')}
} as const;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

${folders
  .filter((f) => f.functions.length + f.types.length > 0)
  .map((f) => {
    const list = [...f.functions, ...f.types.map((t) => `type ${t}`)];
    return `export { ${list.join(', ')} } from './${f.folder}/${f.folder}.ts';`;
  })
  .join('\n')}
`;

const samples = `${header}
import type { OpName } from '../ops/index.ts';
${folders.map((f) => `import { ${f.names.map((n) => `${n}Samples`).join(', ')} } from '../ops/${f.folder}/samples.ts';`).join('\n')}
import type { OpSamples } from './sample.ts';

export const opSamples = {
${names.map((n) => `  ${n}: ${n}Samples,`).join('\n')}
} as const satisfies { readonly [K in OpName]: OpSamples };
`;

/** The order and format of the lists are biome's business: only the words count. */
const words = (text: string): string => (text.match(/[\w'./-]+/g) ?? []).sort(byName).join(' ');

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, text] of [
  ['ops/index.ts', index],
  ['testing/op-samples.ts', samples],
] as const) {
  const file = new URL(path, src);
  const sorted = (t: string): string =>
    words(t)
      .split(/(?=import|export)/)
      .sort()
      .join('\n');
  if (sorted(readFileSync(file, 'utf8')) === sorted(text)) continue;
  if (check) {
    console.error(
      `packages/tensor/src/${path} does not list the folders of packages/tensor/src/ops; run npm run format`,
    );
    stale++;
  } else writeFileSync(file, text);
}
process.exitCode = stale === 0 ? 0 : 1;
