import { describe, expect, it } from 'vitest';
import { findAny } from './no-any.ts';

const check = (text: string, path = 'packages/nn/src/a.ts'): string[] => findAny({ path, text });

const anyMessage = 'the type `any`; name the type, or use `unknown` and narrow it';
const castMessage = 'a cast through `unknown`; narrow the value with a check, or move the cast to unsafe.ts';

describe('no-any', () => {
  it.each([
    'let x: any;',
    'const x = y as any;',
    'const x = <any>y;',
    'const x = f<any>();',
    'let x: Map<string, any[]>;',
    'function f(...rest: any): void {}',
    'type T = { [key: string]: any };',
  ])('finds any in %s', (text) => {
    expect(check(text)).toEqual([`packages/nn/src/a.ts:1: ${anyMessage}`]);
  });

  it.each([
    'const x = y as unknown as number;',
    'const x = (y as unknown) as number;',
    'const x = <number>(<unknown>y);',
    'const x = ((y as unknown)) as number;',
  ])('finds the cast in %s', (text) => {
    expect(check(text)).toEqual([`packages/nn/src/a.ts:1: ${castMessage}`]);
  });

  it.each([
    ['// @ts-ignore', '`@ts-ignore`; mend the error, or expect it with a reason'],
    ['/* @ts-ignore because */', '`@ts-ignore`; mend the error, or expect it with a reason'],
    ['// @ts-nocheck', '`@ts-nocheck`; mend the error, or expect it with a reason'],
    ['// @ts-expect-error', '`@ts-expect-error` without a reason; say why on the same line'],
    ['/** @ts-expect-error */', '`@ts-expect-error` without a reason; say why on the same line'],
    ['// @ts-expect-error --', '`@ts-expect-error` without a reason; say why on the same line'],
  ])('finds %s', (comment, message) => {
    expect(check(`f(\n  ${comment}\n  1,\n);`)).toEqual([`packages/nn/src/a.ts:2: ${message}`]);
  });

  it('reports several in the order of the file', () => {
    expect(check('let a: any; // @ts-ignore\nlet b: any;').map((line) => line.slice(0, 40))).toEqual([
      'packages/nn/src/a.ts:1: the type `any`; ',
      'packages/nn/src/a.ts:1: `@ts-ignore`; me',
      'packages/nn/src/a.ts:2: the type `any`; ',
    ]);
  });

  it.each([
    '// any number of them, as any reader knows; x as unknown as y',
    "const text = 'x as any // @ts-ignore';",
    'const text = `: any $' + '{1} // @ts-ignore`;',
    'const pattern = /: any|as unknown as/;',
    'const any = 1; const x = { any }.any;',
    'const x = y as unknown;',
    'const x = (y as number) as 1 | 2;',
    '// @ts-expect-error the shape is wrong on purpose\nf(1);',
    '// see @ts-ignore in the handbook',
  ])('passes %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it('exempts a file named unsafe.ts, and no other', () => {
    expect(check('let x: any;', 'packages/tensor/src/unsafe.ts')).toEqual([]);
    expect(check('let x: any;', 'packages/tensor/src/not-unsafe.ts')).toHaveLength(1);
  });
});
