// Finds ways around the type checker: `any`, casts through `unknown`, and directives that silence an error.
// Works on syntax trees, so comments and strings that merely mention them do not count. Files named unsafe.ts are exempt.
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { listSourceFiles, parse, placeOf, report, repositoryRoot, type SourceFile, walk } from './source-files.ts';

/** One line a finding, in the order of the file. */
export function findAny(file: SourceFile): string[] {
  if (/(^|\/)unsafe\.ts$/.test(file.path)) return [];
  const tree = parse(file);
  const found: { position: number; message: string }[] = [];
  walk(tree, (node) => {
    const message = anyIn(node);
    if (message !== undefined) found.push({ position: node.getStart(tree), message });
  });
  for (const comment of commentsOf(tree)) {
    const message = silencerIn(tree.text.slice(comment.pos, comment.end));
    if (message !== undefined) found.push({ position: comment.pos, message });
  }
  return found
    .sort((a, b) => a.position - b.position)
    .map(({ position, message }) => `${placeOf(tree, position)}: ${message}`);
}

function anyIn(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) {
    return 'the type `any`; name the type, or use `unknown` and narrow it';
  }
  if (isCast(node) && node.type.kind !== ts.SyntaxKind.UnknownKeyword) {
    const inner = withoutParentheses(node.expression);
    if (isCast(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword) {
      return 'a cast through `unknown`; narrow the value with a check, or move the cast to unsafe.ts';
    }
  }
  return undefined;
}

function isCast(node: ts.Node): node is ts.AsExpression | ts.TypeAssertion {
  return ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
}

function withoutParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? withoutParentheses(node.expression) : node;
}

function silencerIn(comment: string): string | undefined {
  const match = /^(?:\/\/+|\/\*+)[\s*]*@ts-(ignore|nocheck|expect-error)\b[ \t:-]*([^\n]*)/.exec(comment);
  if (match === null) return undefined;
  if (match[1] !== 'expect-error') return `\`@ts-${match[1]}\`; mend the error, or expect it with a reason`;
  const reason = (match[2] ?? '').replace('*/', '').trim();
  return reason === '' ? '`@ts-expect-error` without a reason; say why on the same line' : undefined;
}

/** Comments lie between tokens: each token's full start sees the one that trails its predecessor and those before itself. */
function commentsOf(tree: ts.SourceFile): ts.CommentRange[] {
  const byStart = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(tree);
    if (children.length > 0) {
      for (const child of children) visit(child);
      return;
    }
    const ranges = [
      ...(ts.getTrailingCommentRanges(tree.text, node.pos) ?? []),
      ...(ts.getLeadingCommentRanges(tree.text, node.pos) ?? []),
    ];
    for (const range of ranges) byStart.set(range.pos, range);
  };
  visit(tree);
  return [...byStart.values()];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const files = listSourceFiles(repositoryRoot);
  report('no-any', files.length, files.flatMap(findAny));
}
