import { describe, expect, it } from 'vitest';
import { decodeEnvi } from '../src/formats/envi.ts';
import { errorOf } from './fixtures.ts';
import { golden, survives } from './mutated.ts';

const origin = { source: 'toy', file: '/d/x.hdr' };
const cube = (name: string): ReturnType<typeof decodeEnvi> =>
  decodeEnvi(golden(`envi/${name}.hdr`), golden(`envi/${name}.img`), origin);

const plain = 'ENVI\nsamples = 2\nlines = 1\nbands = 2\ndata type = 1\ninterleave = bsq\nbyte order = 0\n';
const decode = (header: string, data: Uint8Array = Uint8Array.of(1, 2, 3, 4)): ReturnType<typeof decodeEnvi> =>
  decodeEnvi(new TextEncoder().encode(header), data, origin);

describe('decodeEnvi', () => {
  it.each([
    ['uint8-bip', Uint8Array],
    ['int16-bsq', Int16Array],
    ['int32-bil', Int32Array],
    ['float32-bip', Float32Array],
    ['float64-bsq', Float64Array],
    ['uint16-bil', Uint16Array],
    ['uint32-bil', Uint32Array],
    ['int16-bil-big', Int16Array],
    ['float64-bip-big', Float64Array],
    ['int64-bsq-big', BigInt64Array],
    ['uint64-bil-big', BigUint64Array],
  ])('%s has the values of GDAL and Spectral Python', (name, type) => {
    const { shape, data } = cube(name);
    const least = name.startsWith('u') ? 0 : -50;
    const expected = Array.from({ length: 60 }, (_, at) => {
      const value = (at % 5) + 10 * (Math.floor(at / 5) % 4) + 100 * Math.floor(at / 20) + least;
      return name === 'uint8-bip' ? value % 251 : value;
    });
    expect(shape).toEqual([3, 4, 5]);
    expect(data).toBeInstanceOf(type);
    expect(Array.from({ length: data.length }, (_, at) => Number(data[at]))).toEqual(expected);
  });

  it('reads what the header says of the bands', () => {
    const { wavelengths, wavelengthUnit, bandNames, classNames, ignoreValue } = cube('int16-bil-big');
    expect(wavelengths).toEqual(Float64Array.of(400.5, 500, 600, 700, 800));
    expect([wavelengthUnit, bandNames, classNames, ignoreValue]).toEqual([
      'nm',
      ['a', 'b', 'c', 'd', 'e'],
      null,
      -9999,
    ]);
    const classes = decode(
      `${plain}Classes = 2\nclass names = {\n soil,\n water }\nheader offset = 1\n; note\n`,
      new Uint8Array(5),
    );
    expect(classes.classNames).toEqual(['soil', 'water']);
  });

  it('keeps NaN where the header says that it means no data, and else refuses it', () => {
    const header = plain.replace('type = 1', 'type = 4');
    const data = new Uint8Array(Float32Array.of(1, Number.NaN, 3, 4).buffer);
    expect([...decode(`${header}data ignore value = nan`, data).data]).toEqual([1, 3, Number.NaN, 4]);
    expect(errorOf(() => decode(header, data)).message).toBe(
      'toy: file "/d/x.hdr": value 2: expected a finite number, got NaN; fix: correct the file, or pass nonFinite: "keep" if such values mean "no data"',
    );
  });

  it.each([
    ['nothing', '', 'line 1: expected ENVI, got nothing; fix: write the header again'],
    ['no pair', `${plain}hello\n`, 'line 8: expected key = value, got "hello"; fix: write the header again'],
    [
      'a key twice',
      `${plain}Lines = 1\n`,
      'line 8: expected each key once, got "lines" twice; fix: write the header again',
    ],
    [
      'an open brace',
      `${plain}wavelength = {1,\n2\n`,
      'line 8: expected a closing brace, got the end of the file; fix: write the header again',
    ],
  ])('refuses a header: %s', (_, header, message) => {
    expect(errorOf(() => decode(header)).message).toBe(`toy: file "/d/x.hdr": ${message}`);
  });

  it.each([
    ['no samples', plain.replace('samples = 2\n', ''), '"samples": expected a whole number from 1 on, got nothing'],
    ['no lines', plain.replace('lines = 1', 'lines = 0'), '"lines": expected a whole number from 1 on, got "0"'],
    [
      'complex',
      plain.replace('type = 1', 'type = 6'),
      '"data type": expected 1, 2, 3, 4, 5, 12, 13, 14, 15, got 6 (complex)',
    ],
    ['no type', plain.replace('type = 1', 'type = 7'), '"data type": expected 1, 2, 3, 4, 5, 12, 13, 14, 15, got "7"'],
    ['interleave', plain.replace('bsq', 'bsx'), '"interleave": expected bsq, bil or bip, got "bsx"'],
    ['byte order', plain.replace('order = 0', 'order = 2'), '"byte order": expected 0 or 1, got "2"'],
    ['compressed', `${plain}file compression = 1`, '"file compression": expected 0, got "1"'],
    ['too much data', plain.replace('lines = 1', 'lines = 2'), 'data: expected 8 bytes (2 x 2 x 2 x 1), got 4'],
    [
      'a size bomb',
      plain.replace('lines = 1', 'lines = 2000000000'),
      'data: expected 8000000000 bytes (2000000000 x 2 x 2 x 1), got 4',
    ],
    ['too few wavelengths', `${plain}wavelength = {1}`, '"wavelength": expected 2 values, got 1'],
    ['a wavelength', `${plain}wavelength = {1, x}`, '"wavelength" of band 1: expected a finite number, got "x"'],
  ])('refuses: %s', (_, header, message) => {
    expect(errorOf(() => decode(header)).message).toBe(
      `toy: file "/d/x.hdr": ${message}; fix: write the header and the data again`,
    );
  });

  it('any damage gives a cube or a DataError', async () => {
    const data = golden('envi/int16-bil-big.img');
    await survives(['envi/int16-bil-big.hdr'], (header) => {
      const { shape, data: values } = decodeEnvi(header, data, origin);
      expect(values.length).toBe(shape[0] * shape[1] * shape[2]);
    });
  });
});
