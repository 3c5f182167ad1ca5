// The WGSL files: includes put in, constants set, and a way back from a line of what the compiler saw to the file.

import { unrolled } from './unroll.ts';
import { wgslFiles } from './wgsl-files.ts';

/** A file of wgsl/, such as `matmul/tiled`. */
export type WgslName = keyof typeof wgslFiles;

interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface WgslModule {
  readonly code: string;
  /** `matmul/tiled.wgsl:41` of a line of `code`, counted from 1. */
  place(line: number): string;
  /** Names that `constants` of a pipeline may set. */
  readonly overrides: ReadonlySet<string>;
}

const includeOf = /^\/\/!include (\S+)\.wgsl$/;
const overrideOf = /^override (\w+)/;
const directive = /^(?:enable|requires|diagnostic)\b/;
const constantOf = /^const (\w+)(?:: (\w+))? = ([^;]+);/;

type Files = Readonly<Record<string, string>>;

/** Lines of a file with those of its includes in their places, each file once. */
const linesOf = (files: Files, name: string, seen: Set<string>): SourceLine[] => {
  seen.add(name);
  const file = `${name}.wgsl`;
  return files[name].split('\n').flatMap((text, i) => {
    const included = includeOf.exec(text)?.[1];
    if (included === undefined) return [{ file, line: i + 1, text }];
    if (!Object.hasOwn(files, included)) {
      throw new Error(`wgsl: ${file}:${i + 1} includes ${included}.wgsl, which wgsl/ does not have`);
    }
    return seen.has(included) ? [] : linesOf(files, included, seen);
  });
};

export type Constants = Readonly<Record<string, number | boolean>>;

/**
 * The module of a file of `files`. A `const` named in `constants` gets that value in place of the file's own, for what WGSL lets no `override`
 * size: arrays in registers. The rest of `constants` are overrides, which the pipeline sets. With `unroll` all marked loops are
 * written out, else those that always are (unroll.ts).
 */
export const assemble = (files: Files, name: string, constants: Constants = {}, unroll = false): WgslModule => {
  const found = linesOf(files, name, new Set());
  const overrides = new Set<string>();
  const known = new Set<string>();
  const replaced = found.map(({ text }) => {
    const override = overrideOf.exec(text)?.[1];
    if (override !== undefined) {
      overrides.add(override);
      known.add(override);
      return text;
    }
    const match = constantOf.exec(text);
    if (match === null) return text;
    const [, constant, type] = match;
    known.add(constant);
    const value = constants[constant];
    if (value === undefined) return text;
    return `const ${constant}${type === undefined ? '' : `: ${type}`} = ${value};`;
  });
  const unknown = Object.keys(constants).find((key) => !known.has(key));
  if (unknown !== undefined) throw new Error(`wgsl: ${name}.wgsl has no constant ${unknown}`);
  const set = found.map((line, i) => ({ ...line, text: replaced[i] }));
  const lines = unrolled(set, unroll);
  const texts = lines.map(({ text }) => text);
  // directives come first, wherever an include says them
  const [directives, rest]: [number[], number[]] = [[], []];
  texts.forEach((text, i) => {
    (directive.test(text) ? directives : rest).push(i);
  });
  const order = [...directives.filter((i, at) => directives.findIndex((j) => texts[j] === texts[i]) === at), ...rest];
  return {
    code: order.map((i) => texts[i]).join('\n'),
    place: (line) => {
      const at = lines[order[line - 1]];
      return at === undefined ? `${name}.wgsl` : `${at.file}:${at.line}`;
    },
    overrides,
  };
};

export const wgslModule = (name: WgslName, constants: Constants = {}, unroll = false): WgslModule =>
  assemble(wgslFiles, name, constants, unroll);
