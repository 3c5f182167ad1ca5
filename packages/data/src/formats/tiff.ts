// TIFF to samples, none lost: pages, strips and tiles, together or by planes, 1 to 32-bit integers and floats. Own code:
// tiff 7.1.3 gives wrong values for tiles of colours, for planes and for signed samples, and hangs on a directory that
// leads back to itself; it and geotiff 3.0.5 inflate without a limit.

import type { Origin } from '../errors.ts';
import {
  checkFinite,
  decodedBytes,
  type Element,
  elements,
  type Fail,
  type FiniteOptions,
  failer,
  type Raster,
  type SizeOptions,
} from './raster.ts';
import { checkCompression, decompress, samplesOf } from './tiff-blocks.ts';
import { readTiffDirectories, type TiffDirectory } from './tiff-directory.ts';

export interface TiffOptions extends SizeOptions, FiniteOptions {
  /** Which pages, from 0; all of them together keep to `maxBytes`. Default: all. */
  readonly pages?: readonly number[];
}

export interface TiffPage extends Raster {
  /** True for a smaller copy of another page (an overview). */
  readonly reduced: boolean;
}

const fix = 'save the picture again as a TIFF with Deflate or no compression';

/**
 * Palettes become colour, of 8 bits where nothing is lost by it; white-is-zero is turned round.
 * @throws {DataError} malformed, unsupported (JPEG and other compressions, CMYK, YCbCr, turned pictures), too-large, bad-value
 */
export function decodeTiff(bytes: Uint8Array, origin: Origin, options: TiffOptions = {}): readonly TiffPage[] {
  return decodeTiffPages(bytes, readTiffDirectories(bytes, origin, fix), origin, options);
}

/** The pages of directories that were read before. @throws {DataError} as `decodeTiff` */
export function decodeTiffPages(
  bytes: Uint8Array,
  directories: readonly TiffDirectory[],
  origin: Origin,
  options: TiffOptions,
): readonly TiffPage[] {
  const fail = failer(origin, fix);
  const wanted = options.pages ?? directories.map((_, page) => page);
  const layouts = wanted.map((page) => {
    const directory = directories[page];
    if (directory === undefined) throw fail('out-of-range', 'pages', `pages below ${directories.length}`, `${page}`);
    return readLayout(directory, fail);
  });
  const total = layouts.reduce((sum, layout) => sum + sizeOf(layout, options, fail), 0);
  decodedBytes([total], 1, options, fail, 'all pages');
  return layouts.map((layout) => {
    const data = applyColour(layout, readSamples(bytes, layout, fail), fail);
    checkFinite(data.data, options, origin, `page ${layout.page}, sample`);
    return { width: layout.width, height: layout.height, ...data, reduced: layout.reduced };
  });
}

interface Layout {
  readonly page: number;
  readonly littleEndian: boolean;
  readonly reduced: boolean;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits: number;
  readonly type: Exclude<Element, 'i64' | 'u64'>;
  readonly photometric: number;
  readonly colourMap: readonly number[];
  readonly compression: number;
  readonly predictor: number;
  readonly planes: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly tiled: boolean;
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
}

function readLayout(directory: TiffDirectory, fail: Fail): Layout {
  const place = `page ${directory.page}`;
  const number = (...args: Parameters<TiffDirectory['number']>): number => directory.number(...args);
  const width = number('ImageWidth', null);
  const height = number('ImageLength', null);
  const channels = number('SamplesPerPixel', 1);
  if (width < 1 || height < 1 || channels < 1) {
    throw fail('malformed', place, 'sizes of at least 1', `${width} x ${height} x ${channels}`);
  }
  const bits = same(directory, 'BitsPerSample', channels, 1, place, fail);
  const format = same(directory, 'SampleFormat', channels, 1, place, fail);
  const type = typeOf(bits, format);
  if (type === null)
    throw fail(
      'unsupported',
      place,
      '1, 2, 4, 8, 16 or 32 bits, or floats of 32 or 64',
      `${bits} bits of format ${format}`,
    );

  const photometric = number('PhotometricInterpretation', null);
  if (![0, 1, 2, 3, 4].includes(photometric)) {
    const names: Readonly<Record<number, string>> = { 5: 'CMYK', 6: 'YCbCr', 8: 'CIE L*a*b*', 32803: 'a raw sensor' };
    throw fail('unsupported', place, 'grey, RGB or palette', names[photometric] ?? `interpretation ${photometric}`);
  }
  if (photometric === 0 && (format === 2 || format === 3)) {
    throw fail('unsupported', place, 'white as zero in unsigned samples', `format ${format}`);
  }
  const colourMap = photometric === 3 ? directory.numbers('ColorMap') : [];
  if (photometric === 3 && (bits > 16 || channels !== 1 || colourMap.length !== 3 * 2 ** bits)) {
    throw fail(
      'malformed',
      place,
      'one channel and a colour for each of its values',
      `${channels} and ${colourMap.length / 3}`,
    );
  }
  const orientation = number('Orientation', 1);
  if (orientation !== 1) throw fail('unsupported', place, 'an upright picture (orientation 1)', `${orientation}`);
  const fillOrder = number('FillOrder', 1);
  if (fillOrder !== 1) throw fail('unsupported', place, 'fill order 1', `${fillOrder}`);
  const planar = number('PlanarConfiguration', 1);
  if (planar !== 1 && planar !== 2) throw fail('malformed', place, 'planar configuration 1 or 2', `${planar}`);
  const planes = planar === 2 && channels > 1;
  const compression = number('Compression', 1);
  checkCompression(compression, place, fail);
  // Compressors that know nothing of samples leave a meaningless predictor behind.
  const predictor = [5, 8, 32946].includes(compression) ? number('Predictor', 1) : 1;
  if (predictor !== 1 && bits < 8) throw fail('unsupported', place, 'no predictor below 8 bits', `${predictor}`);

  const tiled = directory.has('TileWidth');
  const blockWidth = tiled ? number('TileWidth', null) : width;
  const blockHeight = tiled ? number('TileLength', null) : Math.min(height, number('RowsPerStrip', height));
  if (blockWidth < 1 || blockHeight < 1)
    throw fail('malformed', place, 'blocks of at least 1 x 1', `${blockWidth} x ${blockHeight}`);
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (planes ? channels : 1);
  const offsets = directory.numbers(tiled ? 'TileOffsets' : 'StripOffsets');
  const byteCounts = directory.numbers(tiled ? 'TileByteCounts' : 'StripByteCounts');
  if (offsets.length !== blocks || byteCounts.length !== blocks) {
    throw fail('malformed', place, `${blocks} blocks`, `${offsets.length} offsets and ${byteCounts.length} sizes`);
  }
  const { page, littleEndian } = directory;
  const reduced = (number('NewSubfileType', 0) & 1) === 1;
  return {
    page,
    littleEndian,
    reduced,
    width,
    height,
    channels,
    bits,
    type,
    photometric,
    colourMap,
    compression,
    predictor,
    planes,
    blockWidth,
    blockHeight,
    tiled,
    offsets,
    byteCounts,
  };
}

/** A number for each channel, all equal. */
function same(
  directory: TiffDirectory,
  tag: 'BitsPerSample' | 'SampleFormat',
  channels: number,
  absent: number,
  place: string,
  fail: Fail,
): number {
  if (!directory.has(tag)) return absent;
  const values = directory.numbers(tag);
  // Some writers give one number for all channels.
  if ((values.length !== channels && values.length !== 1) || values.some((value) => value !== values[0])) {
    const shown = values.slice(0, 8).join(', ');
    throw fail('unsupported', `${place}, ${tag}`, `one value for all ${channels} channels`, shown);
  }
  return values[0];
}

function typeOf(bits: number, format: number): Layout['type'] | null {
  // Format 4 is "undefined", which is what it is: bits.
  if (format === 1 || format === 4)
    return bits === 32 ? 'u32' : bits === 16 ? 'u16' : [1, 2, 4, 8].includes(bits) ? 'u8' : null;
  if (format === 2) return bits === 32 ? 'i32' : bits === 16 ? 'i16' : bits === 8 ? 'i8' : null;
  if (format === 3) return bits === 64 ? 'f64' : bits === 32 ? 'f32' : null;
  return null;
}

/** Decoded bytes; also holds the blocks, which may be larger than the picture, to the limit. */
function sizeOf(layout: Layout, options: SizeOptions, fail: Fail): number {
  const { width, height, channels, blockWidth, blockHeight, offsets, planes, type, photometric } = layout;
  const place = `page ${layout.page}, size`;
  const size = elements[type].BYTES_PER_ELEMENT;
  decodedBytes([offsets.length, blockWidth, blockHeight, planes ? 1 : channels], size, options, fail, place);
  return decodedBytes(
    [height, width, photometric === 3 ? 3 : channels],
    photometric === 3 ? 2 : size,
    options,
    fail,
    place,
  );
}

function readSamples(bytes: Uint8Array, layout: Layout, fail: Fail): Raster['data'] {
  const { width, height, channels, bits, type, planes, blockWidth, blockHeight, tiled, offsets, byteCounts } = layout;
  const out = new elements[type](width * height * channels);
  const pixelSamples = planes ? 1 : channels;
  const rowSamples = blockWidth * pixelSamples;
  const rowBytes = Math.ceil((rowSamples * bits) / 8);
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);
  for (let block = 0; block < offsets.length; block++) {
    const place = `page ${layout.page}, ${tiled ? 'tile' : 'strip'} ${block}`;
    const [offset, count] = [offsets[block], byteCounts[block]];
    if (!(offset + count <= bytes.length)) {
      throw fail('malformed', place, `${count} bytes at byte ${offset}`, `the end of the file at ${bytes.length}`);
    }
    const plane = Math.floor(block / (across * down));
    const left = (block % across) * blockWidth;
    const top = (Math.floor(block / across) % down) * blockHeight;
    const rows = Math.min(blockHeight, height - top);
    const raw = decompress(
      bytes.subarray(offset, offset + count),
      layout.compression,
      rowBytes * blockHeight,
      place,
      fail,
    );
    if (raw.length < rows * rowBytes) throw fail('malformed', place, `${rows * rowBytes} bytes`, `${raw.length}`);
    const whole = raw.subarray(0, rows * rowBytes);
    const samples =
      bits < 8
        ? unpackRows(whole, rowSamples, rowBytes, bits)
        : samplesOf(whole, { ...layout, rowSamples, pixelSamples }, place, fail);
    const columns = Math.min(blockWidth, width - left);
    for (let row = 0; row < rows; row++) {
      const to = ((top + row) * width + left) * channels;
      if (!planes) out.set(samples.subarray(row * rowSamples, row * rowSamples + columns * channels), to);
      else for (let x = 0; x < columns; x++) out[to + x * channels + plane] = samples[row * rowSamples + x];
    }
  }
  return out;
}

/** Rows of packed bits, highest first, to a byte a sample. */
function unpackRows(rows: Uint8Array, rowSamples: number, rowBytes: number, bits: number): Uint8Array {
  const count = rows.length / rowBytes;
  const data = new Uint8Array(count * rowSamples);
  for (let row = 0; row < count; row++) {
    for (let at = 0; at < rowSamples; at++) {
      const byte = rows[row * rowBytes + Math.floor((at * bits) / 8)];
      data[row * rowSamples + at] = (byte >> (8 - bits - ((at * bits) % 8))) & (2 ** bits - 1);
    }
  }
  return data;
}

function applyColour(
  { channels, bits, photometric, colourMap, page }: Layout,
  data: Raster['data'],
  fail: Fail,
): Pick<Raster, 'channels' | 'bitDepth' | 'data'> {
  if (photometric === 0) {
    const white = 2 ** bits - 1;
    for (let at = 0; at < data.length; at++) data[at] = white - data[at];
  }
  if (photometric !== 3) return { channels, bitDepth: bits, data };
  const colours = 2 ** bits;
  // Entries have 16 bits; writers that know 8 multiply by 256 or 257.
  const isShort = colourMap.every((value) => (value & 255) === 0 || (value & 255) === value >> 8);
  const out = isShort ? new Uint8Array(3 * data.length) : new Uint16Array(3 * data.length);
  for (let at = 0; at < data.length; at++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = colourMap[channel * colours + data[at]];
      if (value === undefined)
        throw fail('bad-value', `page ${page}, pixel ${at}`, 'an index of the palette', `${data[at]}`);
      out[3 * at + channel] = isShort ? value >> 8 : value;
    }
  }
  return { channels: 3, bitDepth: isShort ? 8 : 16, data: out };
}
