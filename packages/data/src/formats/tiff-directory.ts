// The directories of a TIFF file: tags with numbers or text, all bounds checked, no pixels. BigTIFF is refused by name.

import type { Origin } from '../errors.ts';
import { type Fail, failer } from './raster.ts';

/** A file is refused rather than searched when it claims more. */
export const maxTiffPages = 4096;

/** The tags that are read here, by the names of the specification. */
export const tags = {
  NewSubfileType: 254,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  PhotometricInterpretation: 262,
  FillOrder: 266,
  StripOffsets: 273,
  Orientation: 274,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  PlanarConfiguration: 284,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SampleFormat: 339,
  ModelPixelScale: 33550,
  ModelTiepoint: 33922,
  ModelTransformation: 34264,
  GeoKeyDirectory: 34735,
  GdalNoData: 42113,
} as const;

export type Tag = keyof typeof tags;

export interface TiffDirectory {
  readonly page: number;
  readonly littleEndian: boolean;
  has(tag: Tag): boolean;
  /** @throws {DataError} malformed, when the tag is no list of numbers */
  numbers(tag: Tag): readonly number[];
  /** The only number of a tag, or what stands for it where the tag is absent. */
  number(tag: Tag, absent: number | null): number;
  text(tag: Tag): string | null;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Where the values lie; inside the file. */
  readonly at: number;
}

/** Bytes of a value of each type: byte, ascii, short, long, rational, sbyte, undefined, sshort, slong, srational, float, double. */
const typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** @throws {DataError} malformed (also directories that lead back to one before), unsupported, too-large */
export function readTiffDirectories(bytes: Uint8Array, origin: Origin, fix: string): readonly TiffDirectory[] {
  const fail = failer(origin, fix);
  if (bytes.length === 0) throw fail('malformed', null, 'a TIFF', 'an empty file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = String.fromCharCode(...bytes.subarray(0, 2));
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) {
    throw fail(
      'malformed',
      'signature',
      'that of TIFF, II or MM',
      bytes.length < 8 ? `${bytes.length} bytes` : 'other bytes',
    );
  }
  const littleEndian = order === 'II';
  const version = view.getUint16(2, littleEndian);
  if (version === 43) throw fail('unsupported', 'signature', 'a classic TIFF', 'a BigTIFF');
  if (version !== 42) throw fail('malformed', 'signature', '42', `${version}`);

  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let at = view.getUint32(4, littleEndian); at !== 0; ) {
    const page = directories.length;
    const place = `page ${page}`;
    if (seen.has(at)) throw fail('malformed', place, 'a directory of its own', `the one at byte ${at} again`);
    if (page === maxTiffPages) throw fail('too-large', place, `at most ${maxTiffPages} pages`, 'more');
    seen.add(at);
    const count = at + 2 > bytes.length ? 0 : view.getUint16(at, littleEndian);
    const end = at + 2 + 12 * count;
    if (count === 0 || end + 4 > bytes.length) {
      throw fail('malformed', place, `a directory at byte ${at}`, 'the end of the file, or no entries');
    }
    const entries = new Map<number, Entry>();
    for (let from = at + 2; from < end; from += 12) {
      const tag = view.getUint16(from, littleEndian);
      const type = view.getUint16(from + 2, littleEndian);
      const values = view.getUint32(from + 4, littleEndian);
      if (entries.has(tag)) throw fail('malformed', place, 'each tag once', `tag ${tag} twice`);
      // The specification wants unknown types skipped.
      const size = (typeBytes[type] ?? 0) * values;
      if (size === 0) continue;
      const where = size <= 4 ? from + 8 : view.getUint32(from + 8, littleEndian);
      if (where + size > bytes.length) {
        throw fail('malformed', `${place}, tag ${tag}`, `${size} bytes at byte ${where}`, 'the end of the file');
      }
      entries.set(tag, { type, count: values, at: where });
    }
    directories.push(directoryOf(view, entries, page, littleEndian, fail));
    at = view.getUint32(end, littleEndian);
  }
  if (directories.length === 0) throw fail('empty', null, 'at least one page', 'none');
  return directories;
}

function directoryOf(
  view: DataView,
  entries: ReadonlyMap<number, Entry>,
  page: number,
  littleEndian: boolean,
  fail: Fail,
): TiffDirectory {
  const numbers = (tag: Tag): readonly number[] => {
    const entry = entries.get(tags[tag]);
    const read = entry === undefined ? null : readerOf(view, entry.type, littleEndian);
    if (entry === undefined || read === null) {
      throw fail('malformed', `page ${page}, ${tag}`, 'numbers', entry === undefined ? 'nothing' : 'another type');
    }
    return Array.from({ length: entry.count }, (_, at) => read(entry.at + at * typeBytes[entry.type]));
  };
  return {
    page,
    littleEndian,
    has: (tag) => entries.has(tags[tag]),
    numbers,
    number: (tag, absent) => {
      if (absent !== null && !entries.has(tags[tag])) return absent;
      const entry = entries.get(tags[tag]);
      if (entry !== undefined && entry.count !== 1) {
        throw fail('malformed', `page ${page}, ${tag}`, 'one number', `${entry.count}`);
      }
      return numbers(tag)[0];
    },
    text: (tag) => {
      const entry = entries.get(tags[tag]);
      if (entry === undefined || entry.type !== 2) return null;
      const bytes = new Uint8Array(view.buffer, view.byteOffset + entry.at, entry.count);
      return new TextDecoder('latin1').decode(bytes).split('\0')[0];
    },
  };
}

function readerOf(view: DataView, type: number, littleEndian: boolean): ((at: number) => number) | null {
  if (type === 1) return (at) => view.getUint8(at);
  if (type === 3) return (at) => view.getUint16(at, littleEndian);
  if (type === 4) return (at) => view.getUint32(at, littleEndian);
  if (type === 11) return (at) => view.getFloat32(at, littleEndian);
  if (type === 12) return (at) => view.getFloat64(at, littleEndian);
  return null;
}
