import { describe, expect, it } from 'vitest';
import { decodeArff } from '../src/formats/arff.ts';
import { decodeDelimited } from '../src/formats/delimited.ts';
import { decodeJsonLines, decodeJsonTable } from '../src/formats/json.ts';
import type { NumberColumn, Table, TableColumn } from '../src/formats/table.ts';
import { decodeTs } from '../src/formats/ts-series.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`tables/${name}`);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const strip = (message: string): string => message.replace('toy: file "/d/x": ', '');
const messageOf = (run: () => unknown): string => strip(errorOf(run).message);
const texts = (...values: (string | null)[]): TableColumn => ({ kind: 'text', values });
function numbers(...values: (number | null)[]): NumberColumn {
  const missing = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
  return { kind: 'number', values: Float64Array.from(values, (value) => value ?? Number.NaN), missing };
}

/** What every reader promises of every table that it gives. */
function check({ length, columns }: Table): void {
  for (const column of columns.values()) {
    expect(column.values.length).toBe(length);
    if (column.kind !== 'number' && column.kind !== 'date' && column.kind !== 'boolean') continue;
    expect(column.values.every((value, row) => Number.isFinite(value) !== (column.missing[row] === 1))).toBe(true);
  }
}

const real = numbers(1.5, null, -2e-3, 0);
const whole = numbers(3, -7, null, 0);

describe('decodeDelimited', () => {
  it.each(['quoted.csv', 'quoted.tsv'])('reads %s as Python wrote it', (name) => {
    expect(decodeDelimited(file(name), origin)).toEqual({
      length: 4,
      columns: new Map([
        ['real', real],
        ['colour of it', texts('a, b', 'red', null, 'red')],
        ['text', texts("it's", null, 'é "q" %', null)],
        ['whole', whole],
      ]),
    });
  });

  it('reads a file without names, with a word for missing, as UCI has them', () => {
    const names = ['age', 'work', 'label'];
    const table = decodeDelimited(bytesOf('39, ?, <=50K\n?, Private, >50K\n'), origin, { names, missing: ['?'] });
    expect(table.columns).toEqual(
      new Map([
        ['age', numbers(39, null)],
        ['work', texts(null, 'Private')],
        ['label', texts('<=50K', '>50K')],
      ]),
    );
    const codes = decodeDelimited(bytesOf('"zip";"n"\n"01234";1\n'), origin, {
      delimiter: ';',
      kinds: { zip: 'text' },
    });
    expect(codes.columns.get('zip')).toEqual(texts('01234'));
  });

  it.each([
    ['nothing', '', {}, 'expected at least one row, got none'],
    ['ragged', 'a,b\n1,2\n3\n', {}, 'line 3: expected as many cells as in the first line, got 1'],
    ['a name twice', 'a,a\n1,2\n', {}, 'line 1: expected each name once, got "a" twice'],
    [
      'NaN among numbers',
      'a\n1\nNaN\n',
      {},
      'line 3, column "a": expected a finite number, or one of the missing values, got "NaN"',
    ],
    ['infinity', 'a\n1\n1e999\n', {}, 'line 3, column "a": expected a finite number, got "1e999"'],
    [
      'a text for a number',
      'a\n1\nx\n',
      { kinds: { a: 'number' as const } },
      'line 3, column "a": expected a finite number, got "x"',
    ],
    ['an unknown column', 'a\n1\n', { kinds: { b: 'text' as const } }, 'kinds: expected names of columns, got "b"'],
    ['too few names', '1,2\n', { names: ['a'] }, 'line 1: expected 1 cells, got 2'],
    ['too many rows', 'a\n1\n2\n', { maxRows: 1 }, 'expected at most 1 rows, got 2'],
  ])('refuses: %s', (_, text, options, message) => {
    expect(messageOf(() => decodeDelimited(bytesOf(text), origin, options))).toBe(`${message}; fix: correct that line`);
  });
});

describe('JSON', () => {
  const expected = new Map([
    ['real', real],
    ['colour of it', texts('a, b', 'red', null, 'red')],
    ['text', texts("it's", null, 'é "q" %', '')],
    ['whole', whole],
  ]);

  it('reads an array and lines as Python wrote them', () => {
    expect(decodeJsonTable(file('rows.json'), origin)).toEqual({ length: 4, columns: expected });
    expect(decodeJsonLines(file('rows.jsonl'), origin)).toEqual({ length: 4, columns: expected });
  });

  it('keeps nested and mixed values, booleans, and names of the prototype as data', () => {
    const { columns } = decodeJsonLines(
      bytesOf('{"a":[1,{}],"b":true,"c":1,"__proto__":5}\n\n{"b":null,"c":"x"}'),
      origin,
    );
    expect(columns.get('a')).toEqual({ kind: 'nested', values: [[1, {}], null] });
    expect(columns.get('b')).toEqual({ ...numbers(1, null), kind: 'boolean' });
    expect(columns.get('c')).toEqual({ kind: 'nested', values: [1, 'x'] });
    expect(columns.get('__proto__')).toEqual(numbers(5, null));
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it.each([
    ['broken', '{"a":1}\n{"a":\n', /^line 2: expected JSON, got .*; fix: correct that line$/],
    ['no object', '{"a":1}\n[1]\n', 'line 2: expected an object, got an array of 1; fix: correct that line'],
    ['nothing', '\n', 'expected at least one row, got none; fix: correct that line'],
    ['NaN', '{"a":NaN}', /^line 1: expected JSON, got .*; fix: correct that line$/],
    ['infinity', '{"a":1e999}', 'row 0, column "a": expected a finite number, got Infinity; fix: correct that line'],
    ['a deep nest', '['.repeat(100_000), /^line 1: expected JSON, got .*; fix: correct that line$/],
  ])('refuses lines: %s', (_, text, message) => {
    expect(messageOf(() => decodeJsonLines(bytesOf(text), origin))).toMatch(message);
  });

  it('refuses what is no array of objects', () => {
    expect(messageOf(() => decodeJsonTable(bytesOf('{}'), origin))).toBe(
      'expected an array of objects, got an object; fix: correct the file',
    );
    expect(messageOf(() => decodeJsonTable(bytesOf('[{},3]'), origin))).toBe(
      'row 1: expected an object, got 3; fix: correct the file',
    );
  });
});

describe('decodeArff', () => {
  it('reads what liac-arff wrote', () => {
    expect(decodeArff(file('dense.arff'), origin)).toEqual({
      length: 4,
      columns: new Map<string, TableColumn>([
        ['real', real],
        ['colour of it', { kind: 'text', values: ['a, b', 'red', null, 'red'], categories: ['red', 'a, b', 'x'] }],
        ['text', texts("it's", null, 'é "q" %', null)],
        ['whole', whole],
      ]),
    });
    expect(decodeArff(file('sparse.arff'), origin).columns).toEqual(
      new Map<string, TableColumn>([
        ['a', numbers(2.5, 0, 0)],
        ['b', { kind: 'text', values: ['u', 'v', 'u'], categories: ['u', 'v'] }],
        ['c', numbers(4, 0, 0)],
      ]),
    );
  });

  const head =
    '@relation r\n@attribute a numeric\n@attribute b {x, y}\n@attribute c date "yyyy-MM-dd\'T\'HH:mm:ss"\n@data\n';
  it('reads dates', () => {
    const { columns } = decodeArff(bytesOf(`% c\n${head}1,x,2001-04-03T12:12:12\n?,y,?`), origin);
    expect(columns.get('c')).toEqual({ ...numbers(Date.UTC(2001, 3, 3, 12, 12, 12), null), kind: 'date' });
  });

  it.each([
    ['nothing', '', 'line 0: expected "@data", got the end of the file'],
    ['another format', 'a,b\n1,2\n', 'line 1: expected @relation, @attribute or @data, got "a,b"'],
    ['no attribute', '@relation r\n@data\n1\n', 'line 2: expected at least one @attribute, got none'],
    [
      'a type',
      '@relation r\n@attribute a relational\n',
      'line 2: expected numeric, integer, string, date or {nominal}, got "relational"',
    ],
    [
      'a name twice',
      '@relation r\n@attribute a real\n@attribute a real\n@data\n',
      'header: expected each attribute once, got "a" twice',
    ],
    ['no rows', head, 'expected at least one row, got none'],
    ['ragged', `${head}1,x\n`, 'line 6: expected 3 values, got 2'],
    ['a weight', `${head}1,x,?,{2}\n`, 'line 6: expected rows without weights, got "1,x,?,{2}"'],
    ['NaN', `${head}nan,x,?\n`, 'line 6, column "a": expected a finite number, got "nan"'],
    ['no category', `${head}1,z,?\n`, 'line 6, column "b": expected one of "x", "y", got "z"'],
    [
      'no date',
      `${head}1,x,2001-13-03T00:00:00\n`,
      'line 6, column "c": expected a date such as 2001-04-03T12:12:12, got "2001-13-03T00:00:00"',
    ],
    [
      'falling indices',
      `${head}{1 x,0 2}\n`,
      'line 6: expected rising indices below 3, each with a value, got "{1 x,0 2}"',
    ],
    ['an open quote', `${head}1,'x,?\n`, 'line 6: expected values parted by commas, got "1,\'x,?"'],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeArff(bytesOf(text), origin))).toBe(`${message}; fix: correct that line`);
  });
});

describe('decodeTs', () => {
  const head =
    '#c\n@problemName Toy\n@timeStamps false\n@missing true\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true up down\n@data\n';

  it('reads channels, missing values, unequal lengths, classes and targets', () => {
    const toy = decodeTs(bytesOf(`${head}1,2,3:4,?,6:down\n7:8:up\n`), origin);
    expect([toy.name, toy.channels, toy.classes]).toEqual(['Toy', 2, ['up', 'down']]);
    expect(toy.series).toEqual([
      {
        steps: 3,
        values: Float64Array.of(1, 4, 2, Number.NaN, 3, 6),
        missing: Uint8Array.of(0, 0, 0, 1, 0, 0),
        label: 1,
      },
      { steps: 1, values: Float64Array.of(7, 8), missing: null, label: 0 },
    ]);
    const target = decodeTs(
      bytesOf(
        '@problemname A\n@univariate true\n@equallength true\n@serieslength 2\n@targetlabel true\n@data\n1,2:0.5\n',
      ),
      origin,
    );
    expect(target.series[0]).toEqual({ steps: 2, values: Float64Array.of(1, 2), missing: null, label: 0.5 });
  });

  it.each([
    ['nothing', '', 'line 0: expected "@data", got the end of the file'],
    ['another format', 'a\n', 'line 1: expected a line that begins with "@", got "a"'],
    ['time stamps', '@timestamps true\n@data\n', 'header: expected values without time stamps, got @timeStamps true'],
    ['no series', head, 'expected at least one row, got none'],
    ['a class', `${head}1:2:left\n`, 'line 10: expected a class of the header, got "left"'],
    ['channels', `${head}1:2:3:up\n`, 'line 10: expected 2 channels, got 3'],
    ['ragged channels', `${head}1,2:3:up\n`, 'line 10: expected 2 steps in channel 1, got 1'],
    ['infinity', `${head}1:inf:up\n`, 'line 10, channel 1, step 0: expected a finite number or "?", got "inf"'],
    [
      'a lie about missing',
      `${head.replace('missing true', 'missing false')}1:?:up\n`,
      'line 10: expected no missing value, as the header says, got one',
    ],
    [
      'a lie about lengths',
      `${head.replace('Length false', 'Length true')}1:2:up\n1,1:2,2:up\n`,
      'line 11: expected 1 steps, as all, got 2',
    ],
    ['a bad number', '@dimensions x\n@data\n', 'header: expected a number for @dimensions, got "x"'],
  ])('refuses: %s', (_, text, message) => {
    expect(messageOf(() => decodeTs(bytesOf(text), origin))).toBe(`${message}; fix: get the file again`);
  });
});

describe('any damage gives a table or a DataError', () => {
  const within = { runs: 60 };
  it.each([
    ['CSV', ['quoted.csv', 'quoted.tsv'], (bytes: Uint8Array) => check(decodeDelimited(bytes, origin))],
    ['JSON', ['rows.json'], (bytes: Uint8Array) => check(decodeJsonTable(bytes, origin))],
    ['JSONL', ['rows.jsonl'], (bytes: Uint8Array) => check(decodeJsonLines(bytes, origin))],
    ['ARFF', ['dense.arff', 'sparse.arff'], (bytes: Uint8Array) => check(decodeArff(bytes, origin))],
  ])('%s', async (_, names, read) => {
    await survives(
      names.map((name) => `tables/${name}`),
      read,
      within,
    );
  });
});
