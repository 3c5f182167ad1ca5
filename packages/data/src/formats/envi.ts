// ENVI: a text header (.hdr) beside raw samples, as hyperspectral cameras and their tools write them. All interleaves, byte
// orders and real data types. Refused by name: complex samples and compressed files.

import { type Origin, quote } from '../errors.ts';
import {
  checkFinite,
  type Element,
  elements,
  type FiniteOptions,
  failer,
  type NdArray,
  readElements,
} from './raster.ts';
import { decodeUtf8 } from './read-file.ts';

const maxHeaderBytes = 4 * 1024 * 1024;

export interface EnviCube extends NdArray {
  /** [lines, samples, bands], whatever the interleave of the file. */
  readonly shape: readonly [number, number, number];
  /** Of each band, in the unit that the file says; null where it does not say. */
  readonly wavelengths: Float64Array | null;
  readonly wavelengthUnit: string | null;
  readonly bandNames: readonly string[] | null;
  /** Of a classified picture, by class number. */
  readonly classNames: readonly string[] | null;
  /** The value that means "no data". */
  readonly ignoreValue: number | null;
}

const dataTypes: Readonly<Record<string, Element>> = {
  1: 'u8',
  2: 'i16',
  3: 'i32',
  4: 'f32',
  5: 'f64',
  12: 'u16',
  13: 'u32',
  14: 'i64',
  15: 'u64',
};

/**
 * @param header bytes of the .hdr file, which the origin names
 * @param data bytes of the file beside it
 * @throws {DataError} malformed, unsupported, bad-value; NaN is kept without asking where the header says that it means "no data"
 */
export function decodeEnvi(
  header: Uint8Array,
  data: Uint8Array,
  origin: Origin,
  options: FiniteOptions = {},
): EnviCube {
  const fail = failer(origin, 'write the header and the data again');
  if (header.length > maxHeaderBytes)
    throw fail('too-large', 'header', `at most ${maxHeaderBytes} bytes`, `${header.length}`);
  const fields = readFields(decodeUtf8(header, origin), origin);
  const size = (key: string, absent: string | null, least: number): number => {
    const text = fields.get(key) ?? absent;
    if (text === null || !/^\d+$/.test(text) || Number(text) < least || Number(text) > 0x7fffffff) {
      throw fail('malformed', quote(key), `a whole number from ${least} on`, text === null ? 'nothing' : quote(text));
    }
    return Number(text);
  };
  const [samples, lines, bands] = [size('samples', null, 1), size('lines', null, 1), size('bands', null, 1)];
  const offset = size('header offset', '0', 0);
  const typeText = fields.get('data type') ?? '';
  const type = Object.hasOwn(dataTypes, typeText) ? dataTypes[typeText] : undefined;
  if (type === undefined) {
    const complex = typeText === '6' || typeText === '9';
    const actual = complex ? `${typeText} (complex)` : quote(fields.get('data type'));
    throw fail(complex ? 'unsupported' : 'malformed', '"data type"', Object.keys(dataTypes).join(', '), actual);
  }
  if ((fields.get('file compression') ?? '0') !== '0') {
    throw fail('unsupported', '"file compression"', '0', quote(fields.get('file compression')));
  }
  const interleave = fields.get('interleave')?.toLowerCase();
  if (interleave !== 'bsq' && interleave !== 'bil' && interleave !== 'bip') {
    throw fail('malformed', '"interleave"', 'bsq, bil or bip', quote(fields.get('interleave')));
  }
  const bytesEach = elements[type].BYTES_PER_ELEMENT;
  const order = fields.get('byte order') ?? (bytesEach === 1 ? '0' : undefined);
  if (order !== '0' && order !== '1') throw fail('malformed', '"byte order"', '0 or 1', quote(order));
  const wanted = offset + lines * samples * bands * bytesEach;
  if (data.length !== wanted) {
    const shape = `${lines} x ${samples} x ${bands} x ${bytesEach}${offset > 0 ? ` + ${offset}` : ''}`;
    throw fail('malformed', 'data', `${wanted} bytes (${shape})`, `${data.length}`);
  }

  const ordered = byPixel(readElements(type, data.subarray(offset), order === '0'), interleave, lines, samples, bands);
  const values = new elements[type](ordered.buffer);
  const ignoreText = fields.get('data ignore value');
  const ignoreValue = ignoreText === undefined ? null : toNumber(ignoreText);
  if (ignoreText !== undefined && ignoreValue === null)
    throw fail('malformed', '"data ignore value"', 'a number', quote(ignoreText));
  const keepsNaN = ignoreValue !== null && !Number.isFinite(ignoreValue);
  checkFinite(values, keepsNaN ? { nonFinite: 'keep' } : options, origin);

  const listOf = (key: string, count: number): readonly string[] | null => {
    const text = fields.get(key);
    if (text === undefined) return null;
    const list = text
      .replace(/,\s*$/, '')
      .split(',')
      .map((part) => part.trim());
    if (list.length !== count) throw fail('malformed', quote(key), `${count} values`, `${list.length}`);
    return list;
  };
  const wavelengths = listOf('wavelength', bands);
  const classes = fields.has('classes') ? size('classes', null, 0) : 0;
  return {
    shape: [lines, samples, bands],
    data: values,
    wavelengths:
      wavelengths === null
        ? null
        : Float64Array.from(wavelengths, (text, band) => {
            const value = toNumber(text);
            if (value !== null && Number.isFinite(value)) return value;
            throw fail('bad-value', `"wavelength" of band ${band}`, 'a finite number', quote(text));
          }),
    wavelengthUnit: fields.get('wavelength units') ?? null,
    bandNames: listOf('band names', bands),
    classNames: listOf('class names', classes),
    ignoreValue,
  };
}

/** `key = value` lines; a value in braces may run over lines. Keys in small letters. */
function readFields(text: string, origin: Origin): ReadonlyMap<string, string> {
  const fail = failer(origin, 'write the header again');
  const lines = text.split(/\r\n|\r|\n/);
  if (lines[0].trim() !== 'ENVI')
    throw fail('malformed', 'line 1', 'ENVI', lines[0] === '' ? 'nothing' : quote(lines[0]));
  const fields = new Map<string, string>();
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at].trim();
    if (line === '' || line.startsWith(';')) continue;
    const place = `line ${at + 1}`;
    const equals = line.indexOf('=');
    if (equals < 1) throw fail('malformed', place, 'key = value', quote(line));
    const key = line.slice(0, equals).trim().toLowerCase().replace(/\s+/g, ' ');
    if (fields.has(key)) throw fail('malformed', place, 'each key once', `${quote(key)} twice`);
    let value = line.slice(equals + 1).trim();
    if (value.startsWith('{')) {
      const parts = [value];
      while (!parts[parts.length - 1].endsWith('}')) {
        if (++at >= lines.length) throw fail('malformed', place, 'a closing brace', 'the end of the file');
        parts.push(lines[at].trim());
      }
      value = parts.join(' ').slice(1, -1).trim();
    }
    fields.set(key, value);
  }
  return fields;
}

function toNumber(text: string): number | null {
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) {
    return /nan/i.test(text) ? Number.NaN : text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}

/** Bands of a pixel side by side. Moves whole samples, of 8 bytes as two words. */
function byPixel(
  data: NdArray['data'],
  interleave: 'bsq' | 'bil' | 'bip',
  lines: number,
  samples: number,
  bands: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.byteLength);
  const from = wordsOf(data, data.BYTES_PER_ELEMENT);
  const out = wordsOf(bytes, data.BYTES_PER_ELEMENT);
  const each = data.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  if (interleave === 'bip') out.set(from);
  const [lineStep, bandStep] = interleave === 'bsq' ? [samples, lines * samples] : [samples * bands, samples];
  for (let line = 0; interleave !== 'bip' && line < lines; line++) {
    for (let band = 0; band < bands; band++) {
      const start = line * lineStep + band * bandStep;
      for (let sample = 0; sample < samples; sample++) {
        const to = ((line * samples + sample) * bands + band) * each;
        const at = (start + sample) * each;
        out[to] = from[at];
        if (each === 2) out[to + 1] = from[at + 1];
      }
    }
  }
  return bytes;
}

function wordsOf({ buffer }: NdArray['data'], bytesEach: number): Uint8Array | Uint16Array | Uint32Array {
  return bytesEach === 1 ? new Uint8Array(buffer) : bytesEach === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}
