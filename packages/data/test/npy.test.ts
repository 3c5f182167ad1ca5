import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeNpy, decodeNpz } from '../src/formats/npy.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x' };
const npy = (name: string): ReturnType<typeof decodeNpy> => decodeNpy(golden(`npy/${name}.npy`), origin);
const messageOf = (bytes: Uint8Array): string => errorOf(() => decodeNpy(bytes, origin)).message;
const fix = 'write the array again with numpy.save';

/** An NPY of version 1 from a raw header, which may be wrong. */
function npyBytes(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(10 + text.length + dataBytes);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  bytes.set(text, 10);
  return bytes;
}
const header = (descr: string, order: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe('decodeNpy', () => {
  it.each([
    ['le-i1', Int8Array],
    ['le-i2', Int16Array],
    ['be-i2', Int16Array],
    ['le-i4', Int32Array],
    ['le-f2', Float32Array],
    ['le-f4', Float32Array],
    ['le-f8', Float64Array],
    ['be-f8', Float64Array],
  ])('reads %s as NumPy wrote it', (name, type) => {
    expect(npy(name)).toEqual({ shape: [2, 3], data: type.of(-2, -1, 0, 1, 2, 3) });
  });

  it.each([
    ['le-u1', Uint8Array],
    ['le-u2', Uint16Array],
    ['le-u4', Uint32Array],
    ['be-u4', Uint32Array],
  ])('reads %s as NumPy wrote it', (name, type) => {
    expect(npy(name)).toEqual({ shape: [2, 3], data: type.of(1, 2, 3, 4, 5, 6) });
  });

  it('reads 64-bit integers exactly, booleans, scalars, empty arrays, version 2 and Fortran order', () => {
    const negative = BigInt64Array.of(-2n, -1n, 0n, 1n, 2n, 3n);
    expect(npy('le-i8').data).toEqual(negative);
    expect(npy('be-i8').data).toEqual(negative);
    expect(npy('le-u8').data).toEqual(BigUint64Array.of(1n, 2n, 3n, 4n, 5n, 6n));
    expect(npy('bool')).toEqual({ shape: [3], data: Uint8Array.of(1, 0, 1) });
    expect(npy('scalar')).toEqual({ shape: [], data: Float32Array.of(1.5) });
    expect(npy('empty')).toEqual({ shape: [3, 0, 2], data: new Float32Array(0) });
    expect(npy('version2').data).toEqual(Uint16Array.of(0, 1, 2, 3));
    expect(npy('fortran')).toEqual({ shape: [2, 3, 4], data: Int32Array.from({ length: 24 }, (_, at) => at) });
  });

  it('reads a file that lies unaligned in memory, and gives a copy', () => {
    const file = golden('npy/le-f8.npy');
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    const { data } = decodeNpy(shifted.subarray(3), origin);
    shifted.fill(0);
    expect([...data]).toEqual([-2, -1, 0, 1, 2, 3]);
  });

  it('refuses NaN unless told to keep it', () => {
    const keep = decodeNpy(golden('npy/nan.npy'), origin, { nonFinite: 'keep' });
    expect([...keep.data]).toEqual([1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(messageOf(golden('npy/nan.npy'))).toBe(
      'toy: file "/d/x": value 1: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"',
    );
  });

  it.each([
    ['object', 'descr: expected booleans, integers or floats, got "|O" (pickled Python objects; nothing was executed)'],
    ['text', 'descr: expected booleans, integers or floats, got "<U2"'],
    ['record', 'descr: expected booleans, integers or floats, got records'],
    ['complex', 'descr: expected booleans, integers or floats, got "<c8"'],
    ['date', 'descr: expected booleans, integers or floats, got "<M8[s]"'],
  ])('refuses by name: %s', (name, message) => {
    const error = errorOf(() => npy(name));
    expect(error.message).toBe(`toy: file "/d/x": ${message}; fix: ${fix}`);
    expect(error.code).toBe('unsupported');
  });

  it.each([
    ['nothing', new Uint8Array(0), 'magic number: expected that of NPY, got an empty file'],
    ['an NPZ', golden('npy/stored.npz'), 'magic number: expected that of NPY, got a zip (an NPZ?)'],
    ['a cut header', golden('npy/le-f4.npy').slice(0, 40), 'header length: expected at most 30, got 118'],
    ['cut data', golden('npy/le-f4.npy').slice(0, -1), 'data: expected 24 bytes for <f4 [2, 3], got 23'],
    ['more data', npyBytes(header('<f4', 'False', '(2,)'), 9), 'data: expected 8 bytes for <f4 [2], got 9'],
    [
      'a shape bomb',
      npyBytes(header('|u1', 'False', '(4294967295, 4294967295, 0)'), 0),
      'shape: expected below 2^53 bytes, got [4294967295, 4294967295, 0]',
    ],
    ['a negative size', npyBytes(header('<f4', 'False', '(-2,)'), 0), 'shape: expected a tuple of sizes, got (-2,)'],
    ['no byte order', npyBytes(header('f4', 'False', '(0,)'), 0), 'descr: expected a byte order, < or >, got "f4"'],
    [
      'a boolean of 2',
      npyBytes(header('|b1', 'False', '()'), 1).fill(2, -1),
      'value 0: expected a boolean, 0 or 1, got 2',
    ],
    ['a key twice', npyBytes("{'shape': (1,), 'shape': (2,)}", 0), 'header: expected each key once, got "shape" twice'],
    ['a key missing', npyBytes("{'shape': (1,)}", 0), 'header: expected descr, fortran_order and shape, got shape'],
    [
      'code',
      npyBytes("{'shape': __import__('os')}", 0),
      `header: expected descr, fortran_order and shape, got "'shape': __import__('os')"`,
    ],
  ])('refuses: %s', (_, bytes, message) => {
    expect(messageOf(bytes)).toBe(`toy: file "/d/x": ${message}; fix: ${fix}`);
  });

  it('any damage gives an array of its shape or a DataError', async () => {
    await survives(['npy/le-f4.npy', 'npy/fortran.npy', 'npy/bool.npy', 'npy/be-i8.npy'], (bytes) => {
      const { shape, data } = decodeNpy(bytes, origin);
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    });
  });
});

/** A zip of one deflated entry whose directory may lie about its size. */
function zipBytes(name: string, content: Uint8Array, claimed = content.length): Uint8Array {
  const packed = deflateRawSync(content);
  const bytes = Buffer.alloc(30 + name.length + packed.length + 46 + name.length + 22);
  const directory = 30 + name.length + packed.length;
  bytes.writeUInt32LE(0x04034b50, 0);
  bytes.writeUInt16LE(name.length, 26);
  bytes.write(name, 30);
  bytes.set(packed, 30 + name.length);
  bytes.writeUInt32LE(0x02014b50, directory);
  bytes.writeUInt16LE(8, directory + 10);
  bytes.writeUInt32LE(packed.length, directory + 20);
  bytes.writeUInt32LE(claimed, directory + 24);
  bytes.writeUInt16LE(name.length, directory + 28);
  bytes.write(name, directory + 46);
  const end = directory + 46 + name.length;
  bytes.writeUInt32LE(0x06054b50, end);
  bytes.writeUInt16LE(1, end + 8);
  bytes.writeUInt16LE(1, end + 10);
  bytes.writeUInt32LE(46 + name.length, end + 12);
  bytes.writeUInt32LE(directory, end + 16);
  return bytes;
}

describe('decodeNpz', () => {
  it('reads stored and deflated arrays by name', () => {
    const stored = decodeNpz(golden('npy/stored.npz'), origin);
    expect([...stored.keys()]).toEqual(['x', 'y']);
    expect(stored.get('x')).toEqual({ shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
    expect(stored.get('y')).toEqual({ shape: [3], data: BigInt64Array.of(0n, 1n, 2n) });
    const deflated = decodeNpz(golden('npy/deflated.npz'), origin);
    expect(deflated.get('x')).toEqual(stored.get('x'));
    expect(deflated.get('depth')).toEqual({ shape: [50, 40], data: new Uint16Array(2000) });
  });

  it('stops a bomb at its stated size, and at the limit', () => {
    const zeros = new Uint8Array(2 ** 23);
    const messages = [
      errorOf(() => decodeNpz(zipBytes('x.npy', zeros, 1000), origin)).message,
      errorOf(() => decodeNpz(zipBytes('x.npy', zeros), origin, { maxBytes: 1000 })).message,
    ];
    const end = 'fix: write the file again with numpy.savez';
    expect(messages).toEqual([
      `toy: file "/d/x": entry "x.npy": expected at most 1000 inflated bytes, got more; ${end}`,
      `toy: file "/d/x": entry "x.npy": expected at most 1000 bytes in all entries, got more; ${end}`,
    ]);
  });

  it('names the entry at fault', () => {
    const file = golden('npy/stored.npz');
    const at = file.indexOf(0x93);
    file[at + 100] ^= 1;
    expect(errorOf(() => decodeNpz(file, origin)).message).toBe(
      'toy: file "/d/x": entry "x.npy": expected its checksum, got another: the file was changed or damaged; fix: write the file again with numpy.savez',
    );
    expect(errorOf(() => decodeNpz(zipBytes('a.pkl', new Uint8Array(0)), origin)).message).toBe(
      'toy: file "/d/x": entry "a.pkl": expected only .npy files, got another file; fix: write the file again with numpy.savez',
    );
    expect(errorOf(() => decodeNpz(zipBytes('a.npy', new Uint8Array(0)), origin)).message).toBe(
      `toy: file "/d/x": entry "a.npy", magic number: expected that of NPY, got an empty file; fix: ${fix}`,
    );
    expect(errorOf(() => decodeNpz(file.slice(0, -30), origin)).message).toBe(
      'toy: file "/d/x": expected a zip archive, got a file cut short or of another format; fix: write the file again with numpy.savez',
    );
  });

  it('any damage gives arrays or a DataError', async () => {
    await survives(['npy/stored.npz', 'npy/deflated.npz'], (bytes) => decodeNpz(bytes, origin));
  });
});
