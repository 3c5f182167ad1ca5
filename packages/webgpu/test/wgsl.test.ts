// The reader of WGSL files: includes, the way back to a line, constants. No GPU.

import { expect, it } from 'vitest';
import { assemble } from '../src/wgsl.ts';

const files = {
  'lib/a': 'fn a() -> u32 { return 1u; }\n',
  'lib/b': '//!include lib/a.wgsl\nenable subgroups;\nfn b() -> u32 { return a(); }\n',
  'lib/round': '//!include lib/trip.wgsl\nfn round() {}',
  'lib/trip': '//!include lib/round.wgsl\nfn trip() {}',
  main: [
    '//!include lib/a.wgsl',
    '// a comment',
    'enable f16;',
    '//!include lib/b.wgsl',
    'override SIZE: u32 = 64;',
    'const ROWS: u32 = 4; // in registers',
    'const exact = true;',
    '  const INSIDE: u32 = 1;',
    'fn main() {}',
  ].join('\n'),
  lost: 'fn lost() {}\n//!include lib/none.wgsl',
};

it('puts includes in their places, each file once, and directives first', () => {
  expect(assemble(files, 'main').code.split('\n')).toEqual([
    'enable f16;',
    'enable subgroups;',
    'fn a() -> u32 { return 1u; }',
    '',
    '// a comment',
    'fn b() -> u32 { return a(); }',
    '',
    'override SIZE: u32 = 64;',
    'const ROWS: u32 = 4; // in registers',
    'const exact = true;',
    '  const INSIDE: u32 = 1;',
    'fn main() {}',
  ]);
  // files that include each other
  expect(assemble(files, 'lib/round').code).toBe('fn trip() {}\nfn round() {}');
});

it('tells the file and line that a line of the module came from', () => {
  const { code, place } = assemble(files, 'main');
  const at = (text: string): string => place(code.split('\n').findIndex((line) => line.startsWith(text)) + 1);
  expect(at('enable f16')).toBe('main.wgsl:3');
  expect(at('enable subgroups')).toBe('lib/b.wgsl:2');
  expect(at('fn a')).toBe('lib/a.wgsl:1');
  expect(at('fn b')).toBe('lib/b.wgsl:3');
  expect(at('fn main')).toBe('main.wgsl:9');
  expect(place(99)).toBe('main.wgsl');
});

it('sets constants in the text and leaves overrides to the pipeline', () => {
  const { code, overrides } = assemble(files, 'main', { ROWS: 8, exact: false, SIZE: 128 });
  expect(code).toContain('\nconst ROWS: u32 = 8;\nconst exact = false;\n');
  expect(code).toContain('\noverride SIZE: u32 = 64;\n');
  expect([...overrides]).toEqual(['SIZE']);
});

it('refuses a constant that no file has, also one inside a function, and a file that is not there', () => {
  expect(() => assemble(files, 'main', { ROWS: 8, COLUMNS: 2 })).toThrow(/^wgsl: main\.wgsl has no constant COLUMNS$/);
  expect(() => assemble(files, 'main', { INSIDE: 2 })).toThrow(/^wgsl: main\.wgsl has no constant INSIDE$/);
  expect(() => assemble(files, 'lost')).toThrow(
    /^wgsl: lost\.wgsl:2 includes lib\/none\.wgsl, which wgsl\/ does not have$/,
  );
});
