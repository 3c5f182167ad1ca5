import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeMatlab, type MatlabOptions, type MatlabValue } from '../src/formats/matlab.ts';
import { decodeNpz } from '../src/formats/npy.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const file = (name: string): Uint8Array => golden(`matlab/${name}.mat`);
const messageOf = (bytes: Uint8Array, options: MatlabOptions = {}): string =>
  errorOf(() => decodeMatlab(bytes, origin, options)).message;
const fix = 'fix: save the variables again with save -v7';
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const text = (...rows: readonly string[]): MatlabValue => ({ kind: 'text', rows });
const numeric = (
  shape: readonly number[],
  data: MatlabValue & { kind: 'numeric' } extends { data: infer D } ? D : never,
) => ({ kind: 'numeric', shape, data }) as const;
const grid = numeric([2, 3], Float64Array.of(-1, 0.5, 2, 3.5, 5, 6.5));
/** What MATLAB stores of a scalar, whatever its class. */
const scalar = (value: number): MatlabValue => numeric([1, 1], Float64Array.of(value));

const values = decodeNpz(golden('matlab/values.npz'), origin);
function bySciPy(name: string): MatlabValue {
  const value = values.get(name);
  if (value === undefined) throw new Error(`no ${name}`);
  return { kind: 'numeric', shape: value.shape, data: value.data };
}

describe('decodeMatlab', () => {
  it.each(['plain', 'deflated'])('reads what SciPy wrote: %s', (name) => {
    const variables = decodeMatlab(file(name), origin);
    const expected: Record<string, MatlabValue> = {
      grid,
      whole: numeric([2, 3], Float64Array.from(range(6))),
      single: numeric([2, 3], Float32Array.of(-1, 0.5, 2, 3.5, 5, 6.5)),
      cube: numeric(
        [2, 3, 4],
        Int16Array.from(range(24), (at) => 3 * at - 5),
      ),
      bytes: numeric([1, 5], Uint8Array.of(0, 1, 2, 3, 4)),
      wide: numeric([1, 2], BigInt64Array.of(-(2n ** 62n) - 1n, 2n ** 62n + 1n)),
      mask: { kind: 'logical', shape: [2, 2], data: Uint8Array.of(1, 0, 1, 1) },
      word: text('naïve'),
      lines: text('ab', 'cd'),
      none: numeric([0, 0], new Float64Array(0)),
      record: {
        kind: 'struct',
        shape: [1, 1],
        fields: new Map<string, MatlabValue[]>([
          ['name', [text('x')]],
          ['size', [grid]],
          ['inner', [{ kind: 'struct', shape: [1, 1], fields: new Map([['deep', [scalar(7)]]]) }]],
        ]),
      },
      list: { kind: 'cell', shape: [1, 2], values: [numeric([1, 3], Float64Array.of(0, 1, 2)), text('t')] },
      records: {
        kind: 'struct',
        shape: [1, 2],
        fields: new Map([
          ['n', [scalar(1), scalar(2)]],
          ['s', [text('a'), text('b')]],
        ]),
      },
    };
    expect(Object.fromEntries(variables)).toEqual(expected);
  });

  it.each(['manner-little', 'manner-big'])('reads what is stored in the manner of MATLAB: %s', (name) => {
    const pair: MatlabValue = { kind: 'cell', shape: [1, 2], values: [scalar(4), scalar(5)] };
    const three: MatlabValue = { kind: 'cell', shape: [1, 3], values: [scalar(2), scalar(3), pair] };
    const expected: Record<string, MatlabValue> = {
      angles: bySciPy('angles'),
      cube: bySciPy('cube'),
      flags: { kind: 'logical', shape: [2, 1], data: Uint8Array.of(1, 0) },
      lines: text('one  ', 'two  ', 'three'),
      nest: {
        kind: 'struct',
        shape: [1, 1],
        fields: new Map<string, MatlabValue[]>([
          ['one', [scalar(1)]],
          ['two', [{ kind: 'struct', shape: [1, 1], fields: new Map([['three', [text('number 3')]]]) }]],
        ]),
      },
      cells: { kind: 'cell', shape: [1, 2], values: [scalar(1), three] },
    };
    expect(Object.fromEntries(decodeMatlab(file(name), origin))).toEqual(expected);
  });

  it('reads only the variables asked for', () => {
    expect([...decodeMatlab(file('complex'), origin, { variables: ['fine'] })]).toEqual([['fine', scalar(1)]]);
    expect(messageOf(file('complex'), { variables: ['fine', 'other'] })).toBe(
      `toy: file "/d/x": expected a variable "other", got none; ${fix}`,
    );
  });

  it.each([
    ['nothing', new Uint8Array(0), 'header: expected 128 bytes of a MATLAB 5 file, got 0 bytes'],
    ['version 4', file('version4'), 'header: expected 128 bytes of a MATLAB 5 file, got 99 bytes'],
    ['version 4, big-endian', file('version4-big'), 'header: expected 128 bytes of a MATLAB 5 file, got 99 bytes'],
    [
      'a PNG',
      golden('png/palette8.png'),
      'header: expected 128 bytes of a MATLAB 5 file, got another version or format',
    ],
    [
      'version 7.3',
      Buffer.concat([Buffer.from('MATLAB 7.3 MAT-file, Platform: GLNXA64'), Buffer.alloc(200)]),
      'header: expected version 5, got version 7.3, which is HDF5: decodeHdf5 reads it',
    ],
    ['complex', file('complex'), 'variable "x": expected numbers, logicals, text, cells, structs, got a complex array'],
    ['sparse', file('sparse'), 'variable "x": expected numbers, logicals, text, cells, structs, got a sparse array'],
    [
      'a function',
      file('function'),
      'variable "f": expected numbers, logicals, text, cells, structs, got a function handle',
    ],
    ['a damaged stream', file('damaged'), 'byte 128: expected a deflate stream, got incorrect data check'],
    ['a cut variable', file('manner-big').slice(0, -8), 'byte 784: expected at most 416 bytes, got 424'],
  ])('refuses: %s', (_, bytes, message) => {
    expect(messageOf(bytes)).toBe(`toy: file "/d/x": ${message}; ${fix}`);
  });

  it('refuses NaN unless told to keep it', () => {
    expect(messageOf(file('nan'))).toBe(
      'toy: file "/d/x": variable "x", value 0: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"',
    );
    expect(decodeMatlab(file('nan'), origin, { nonFinite: 'keep' }).get('x')).toEqual(scalar(Number.NaN));
  });

  it('stops bombs at the limit: of deflate, of sizes, of cells', () => {
    const header = file('plain').slice(0, 128);
    const packed = deflateSync(new Uint8Array(2 ** 23));
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15);
    tag.writeUInt32LE(packed.length, 4);
    expect(messageOf(Buffer.concat([header, tag, packed]), { maxBytes: 1000 })).toBe(
      `toy: file "/d/x": byte 128: expected at most 1000 inflated bytes, got more; ${fix}`,
    );
    // Flags, sizes and a name; no values.
    const array = (klass: number, rows: number, columns: number): Uint8Array => {
      const bytes = Buffer.alloc(8 + 16 + 16 + 8);
      bytes.writeUInt32LE(14);
      bytes.writeUInt32LE(40, 4);
      bytes.writeUInt32LE(6, 8);
      bytes.writeUInt32LE(8, 12);
      bytes.writeUInt32LE(klass, 16);
      bytes.writeUInt32LE(5, 24);
      bytes.writeUInt32LE(8, 28);
      bytes.writeInt32LE(rows, 32);
      bytes.writeInt32LE(columns, 36);
      bytes.writeUInt32LE(0x10001, 40);
      bytes.write('v', 44);
      return Buffer.concat([header, bytes]);
    };
    expect(messageOf(array(6, 2 ** 31 - 1, 2 ** 31 - 1))).toBe(
      `toy: file "/d/x": variable "v": expected at most 268435456 bytes in all variables, got 2147483647 x 2147483647 x 8 more; ${fix}`,
    );
    expect(messageOf(array(1, 1000, 1000))).toBe(
      `toy: file "/d/x": variable "v": expected 1000000 values, got 0 bytes; ${fix}`,
    );
    expect(messageOf(array(6, -1, 1))).toBe(
      `toy: file "/d/x": byte 128: expected sizes of at least 0, got [-1, 1]; ${fix}`,
    );
  });

  it('any damage gives variables or a DataError', async () => {
    const names = ['plain', 'deflated', 'manner-little', 'manner-big'];
    const read = (bytes: Uint8Array): unknown => decodeMatlab(bytes, origin, { nonFinite: 'keep' });
    await survives(
      names.map((name) => `matlab/${name}.mat`),
      read,
      { runs: 300 },
    );
  });
});
