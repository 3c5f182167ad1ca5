// Finds the repository's own TypeScript files and parses them once for the checks beside this file.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** `path` is relative to the repository root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export const repositoryRoot: string = fileURLToPath(new URL('../../', import.meta.url));

const topFolders = ['packages', 'examples', 'bench', 'tools'];
const skipped = new Set(['node_modules', 'dist', 'runs']);

export function listSourceFiles(root: string): SourceFile[] {
  return topFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(root, path) : [path];
    });
}

/** A syntax tree with parent links, without types: enough for both checks, and fast. */
export function parse(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
}

/** `path:line`, the form that terminals and editors make clickable. */
export function placeOf(tree: ts.SourceFile, position: number): string {
  return `${tree.fileName}:${tree.getLineAndCharacterOfPosition(position).line + 1}`;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Prints the findings of one check and sets the exit code. */
export function report(check: string, fileCount: number, findings: readonly string[]): void {
  for (const finding of findings) console.log(finding);
  const outcome = findings.length === 0 ? 'nothing found' : `${findings.length} to mend`;
  console.log(`${check}: ${fileCount} files, ${outcome}`);
  if (findings.length > 0) process.exitCode = 1;
}
