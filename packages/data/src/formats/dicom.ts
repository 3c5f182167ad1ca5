// DICOM pictures of 8 and 16 bits as they are stored, with what is needed to show them. dicom-parser reads the elements.
// Pixels: uncompressed, RLE, JPEG baseline, JPEG-LS, JPEG 2000. Refused by name: other compressions, palettes, and colour
// in other spaces than RGB. No patient data is read.

/// <reference path="./codecs.d.ts" />

import type { Codec } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { DataSet, Element as DicomElement } from 'dicom-parser';
import { DataError, type Origin, quote } from '../errors.ts';
import { decodeBytes } from './jpeg.ts';
import { decodedBytes, type Fail, failer, named, type Raster, type SizeOptions } from './raster.ts';

export interface DicomImage extends Raster {
  /** `data` is [frames, height, width, channels]. */
  readonly frames: number;
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB';
  /** value = slope * stored + intercept: Hounsfield units in a CT. */
  readonly slope: number;
  readonly intercept: number;
  /** In such values; none where the file has none. */
  readonly windows: readonly DicomWindow[];
  /** Such as "CR", "DX", "CT". */
  readonly modality: string | null;
  /** Millimetres between rows and between columns. */
  readonly pixelSpacing: readonly [number, number] | null;
}

export interface DicomWindow {
  readonly centre: number;
  readonly width: number;
}

const uncompressed: Readonly<Record<string, { littleEndian: boolean }>> = {
  '1.2.840.10008.1.2': { littleEndian: true },
  '1.2.840.10008.1.2.1': { littleEndian: true },
  '1.2.840.10008.1.2.2': { littleEndian: false },
};
const compressed: Readonly<Record<string, 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000'>> = {
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.80': 'jpeg-ls',
  '1.2.840.10008.1.2.4.81': 'jpeg-ls',
  '1.2.840.10008.1.2.4.90': 'jpeg-2000',
  '1.2.840.10008.1.2.4.91': 'jpeg-2000',
};
const refused: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.1.99': 'deflated elements',
  '1.2.840.10008.1.2.4.51': 'JPEG of 12 bits',
  '1.2.840.10008.1.2.4.57': 'lossless JPEG',
  '1.2.840.10008.1.2.4.70': 'lossless JPEG',
};

/** @throws {DataError} malformed, unsupported, too-large, bad-value */
export async function decodeDicom(bytes: Uint8Array, origin: Origin, options: SizeOptions = {}): Promise<DicomImage> {
  const fail = failer(origin, 'convert the file to Explicit VR Little Endian');
  const parser = await loadParser();
  if (String.fromCharCode(...bytes.subarray(128, 132)) !== 'DICM') {
    throw fail('malformed', 'preamble', 'DICM at byte 128', bytes.length === 0 ? 'an empty file' : 'other bytes');
  }
  let set: DataSet;
  try {
    // The deflated syntax is refused before the parser would inflate it without a limit.
    const syntax = parser.readPart10Header(bytes).string('x00020010') ?? '';
    if (!Object.hasOwn(uncompressed, syntax) && !Object.hasOwn(compressed, syntax)) {
      const actual = Object.hasOwn(refused, syntax) ? refused[syntax] : quote(syntax);
      const expected = 'no compression, RLE, JPEG baseline, JPEG-LS or JPEG 2000';
      throw fail('unsupported', 'transfer syntax', expected, actual);
    }
    set = parser.parseDicom(bytes);
  } catch (error) {
    throw named(fail, 'DICOM elements', typeof error === 'string' ? new Error(error) : textOf(error));
  }
  try {
    return await readImage(bytes, set, parser, options, fail);
  } catch (error) {
    throw named(fail, 'DICOM elements', textOf(error));
  }
}

/** dicom-parser throws strings and records with an `exception`. */
function textOf(error: unknown): unknown {
  if (error instanceof DataError || error instanceof Error) return error;
  if (typeof error === 'object' && error !== null && 'exception' in error) return textOf(error.exception);
  return new Error(typeof error === 'string' ? error : 'elements that cannot be read');
}

/** Grey values in 0 (black) to 1 (white), by the formula of DICOM PS3.3 C.11.2.1.2. Of RGB the stored values over their largest. */
export function windowed(image: DicomImage, window: DicomWindow | null = image.windows[0] ?? null): Float32Array {
  const { data, slope, intercept, photometric, bitDepth } = image;
  const out = new Float32Array(data.length);
  if (photometric === 'RGB') {
    for (let at = 0; at < data.length; at++) out[at] = data[at] / (2 ** bitDepth - 1);
    return out;
  }
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (window !== null) {
    least = window.centre - 0.5 - (window.width - 1) / 2;
    most = window.centre - 0.5 + (window.width - 1) / 2;
  } else {
    // Without a window the whole range of the picture is shown.
    for (let at = 0; at < data.length; at++) {
      const value = slope * data[at] + intercept;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  const inverted = photometric === 'MONOCHROME1';
  for (let at = 0; at < data.length; at++) {
    const value = slope * data[at] + intercept;
    const shade = value <= least ? 0 : value > most ? 1 : (value - least) / (most - least);
    out[at] = inverted ? 1 - shade : shade;
  }
  return out;
}

type Parser = typeof import('dicom-parser');

/** The types of the package promise named exports; Node gives the whole as the default one. */
async function loadParser(): Promise<Parser> {
  const loaded = await import('dicom-parser');
  return 'default' in loaded && isParser(loaded.default) ? loaded.default : loaded;
}

function isParser(value: unknown): value is Parser {
  return typeof value === 'object' && value !== null && 'parseDicom' in value;
}

interface Layout {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly allocated: 8 | 16;
  readonly stored: number;
  readonly signed: boolean;
  readonly planes: boolean;
}

async function readImage(
  bytes: Uint8Array,
  set: DataSet,
  parser: Parser,
  options: SizeOptions,
  fail: Fail,
): Promise<DicomImage> {
  const syntax = set.string('x00020010') ?? '';
  const codec = Object.hasOwn(compressed, syntax) ? compressed[syntax] : null;
  const { photometric, layout } = readLayout(set, codec, fail);
  const { frames, width, height, channels, allocated, stored, signed } = layout;
  decodedBytes([frames, height, width, channels], allocated / 8, options, fail);
  const pixels = set.elements.x7fe00010;
  if (pixels === undefined) throw fail('missing', null, 'pixel data', 'none');
  const frameBytes = height * width * channels * (allocated / 8);
  const raw = new Uint8Array(frames * frameBytes);
  if (codec === null) {
    const wanted = raw.length + (raw.length % 2);
    if (
      pixels.encapsulatedPixelData === true ||
      pixels.length !== wanted ||
      pixels.dataOffset + wanted > bytes.length
    ) {
      throw fail(
        'malformed',
        'pixel data',
        `${wanted} bytes`,
        `${pixels.encapsulatedPixelData ? 'fragments' : pixels.length}`,
      );
    }
    raw.set(bytes.subarray(pixels.dataOffset, pixels.dataOffset + raw.length));
    if (allocated === 16 && !uncompressed[syntax].littleEndian) swapPairs(raw);
  } else {
    for (let frame = 0; frame < frames; frame++) {
      const place = `frame ${frame}`;
      const packed = frameOf(set, pixels, frame, frames, parser, fail);
      const decoded = await unpack(packed, codec, layout, place, fail);
      if (decoded.length !== frameBytes) throw fail('malformed', place, `${frameBytes} bytes`, `${decoded.length}`);
      raw.set(decoded, frame * frameBytes);
    }
  }
  // JPEG and RLE give what the planar configuration says already put together.
  const joined = layout.planes && codec === null ? joinPlanes(raw, layout) : raw;
  const number = (tag: string, absent: number): number => {
    const value = set.elements[tag] === undefined ? absent : set.floatString(tag);
    if (value === undefined || !Number.isFinite(value))
      throw fail('bad-value', tag, 'a number', quote(set.string(tag)));
    return value;
  };
  const list = (tag: string): number[] =>
    (set.string(tag) ?? '')
      .split('\\')
      .filter((text) => text.trim() !== '')
      .map(Number);
  const centres = list('x00281050');
  const widths = list('x00281051');
  if (
    centres.length !== widths.length ||
    [...centres, ...widths].some((value) => !Number.isFinite(value)) ||
    widths.some((width) => width < 1)
  ) {
    throw fail(
      'bad-value',
      'windows',
      'a width of at least 1 for each centre',
      `${centres.join(', ')} and ${widths.join(', ')}`,
    );
  }
  const spacing = list('x00280030');
  return {
    frames,
    width,
    height,
    channels,
    bitDepth: stored,
    data: samplesOf(joined, allocated, stored, signed),
    photometric,
    slope: number('x00281053', 1),
    intercept: number('x00281052', 0),
    windows: centres.map((centre, at) => ({ centre, width: widths[at] })),
    modality: set.string('x00080060') ?? null,
    pixelSpacing: spacing.length === 2 && spacing.every((value) => value > 0) ? [spacing[0], spacing[1]] : null,
  };
}

function readLayout(
  set: DataSet,
  codec: string | null,
  fail: Fail,
): { photometric: DicomImage['photometric']; layout: Layout } {
  const whole = (tag: string, name: string, absent: number | null): number => {
    const value = set.elements[tag] === undefined ? absent : set.uint16(tag);
    if (value === null || value === undefined) throw fail('malformed', name, 'a number', 'nothing');
    return value;
  };
  const height = whole('x00280010', 'Rows', null);
  const width = whole('x00280011', 'Columns', null);
  const channels = whole('x00280002', 'SamplesPerPixel', 1);
  const allocated = whole('x00280100', 'BitsAllocated', null);
  const stored = whole('x00280101', 'BitsStored', allocated);
  const highBit = whole('x00280102', 'HighBit', stored - 1);
  const signed = whole('x00280103', 'PixelRepresentation', 0) === 1;
  const framesText = set.string('x00280008')?.trim() ?? '1';
  const frames = Number(framesText);
  if (width < 1 || height < 1 || !Number.isInteger(frames) || frames < 1) {
    throw fail(
      'malformed',
      'size',
      'rows, columns and frames of at least 1',
      `${height}, ${width}, ${quote(framesText)}`,
    );
  }
  if (allocated !== 8 && allocated !== 16) throw fail('unsupported', 'BitsAllocated', '8 or 16', `${allocated}`);
  if (stored < 1 || stored > allocated || highBit !== stored - 1) {
    throw fail('unsupported', 'BitsStored', `the low bits of ${allocated}`, `${stored} up to bit ${highBit}`);
  }
  const text = set.string('x00280004')?.trim() ?? '';
  // JPEG is decoded to RGB whatever it holds.
  const photometric = codec === 'jpeg' && channels === 3 && text.startsWith('YBR_FULL') ? 'RGB' : text;
  if (photometric !== 'MONOCHROME1' && photometric !== 'MONOCHROME2' && photometric !== 'RGB') {
    throw fail('unsupported', 'PhotometricInterpretation', 'MONOCHROME1, MONOCHROME2 or RGB', quote(text));
  }
  if (channels !== (photometric === 'RGB' ? 3 : 1)) {
    throw fail('malformed', 'SamplesPerPixel', photometric === 'RGB' ? '3' : '1', `${channels}`);
  }
  if (channels === 3 && (codec === 'jpeg-ls' || codec === 'jpeg-2000')) {
    throw fail('unsupported', 'SamplesPerPixel', `1 in ${codec}`, '3');
  }
  const planes = channels === 3 && whole('x00280006', 'PlanarConfiguration', 0) === 1;
  return { photometric, layout: { frames, width, height, channels, allocated, stored, signed, planes } };
}

function frameOf(
  set: DataSet,
  pixels: DicomElement,
  frame: number,
  frames: number,
  parser: Parser,
  fail: Fail,
): Uint8Array {
  const fragments = pixels.fragments ?? [];
  const table = pixels.basicOffsetTable ?? [];
  if (fragments.length === 0) throw fail('malformed', 'pixel data', 'fragments', 'none');
  const data =
    table.length === frames
      ? parser.readEncapsulatedImageFrame(set, pixels, frame)
      : frames === 1
        ? parser.readEncapsulatedPixelDataFromFragments(set, pixels, 0, fragments.length)
        : fragments.length === frames
          ? parser.readEncapsulatedPixelDataFromFragments(set, pixels, frame)
          : null;
  if (data === null)
    throw fail(
      'unsupported',
      'pixel data',
      'a fragment a frame, or a table of offsets',
      `${fragments.length} fragments`,
    );
  return Uint8Array.from(data);
}

async function unpack(
  packed: Uint8Array,
  codec: 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000',
  layout: Layout,
  place: string,
  fail: Fail,
): Promise<Uint8Array> {
  if (codec === 'rle') return unpackRle(packed, layout, place, fail);
  const { width, height, channels, allocated } = layout;
  // A codec believes its own header: the size there must be that of the file before it may have any memory.
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const inner = codec === 'jpeg-2000' ? sizeOfJpeg2000(view) : sizeOfJpeg(view);
  if (inner === null || inner.width !== width || inner.height !== height || inner.channels !== channels) {
    const actual = inner === null ? 'no size' : `${inner.width} x ${inner.height} x ${inner.channels}`;
    throw fail('malformed', place, `a ${codec} stream of ${width} x ${height} x ${channels}`, actual);
  }
  if (codec === 'jpeg') {
    if (allocated !== 8) throw fail('unsupported', place, 'JPEG in 8 bits', `${allocated} allocated`);
    return decodeBytes(packed, layout, fail);
  }
  const loaded = await loadCodec(codec);
  try {
    const decoder = codec === 'jpeg-ls' ? new loaded.JpegLSDecoder() : new loaded.J2KDecoder();
    decoder.getEncodedBuffer(packed.length).set(packed);
    decoder.decode();
    const { bitsPerSample } = decoder.getFrameInfo();
    const decoded = Uint8Array.from(decoder.getDecodedBuffer());
    decoder.delete();
    if (bitsPerSample > 8 || allocated === 8) return decoded;
    const wide = new Uint8Array(decoded.length * 2);
    for (let at = 0; at < decoded.length; at++) wide[2 * at] = decoded[at];
    return wide;
  } catch {
    codecs.delete(codec);
    throw fail('malformed', place, `a ${codec} stream`, 'data that the decoder gives up on');
  }
}

const codecs = new Map<string, Promise<Codec>>();

function loadCodec(codec: 'jpeg-ls' | 'jpeg-2000'): Promise<Codec> {
  const held = codecs.get(codec);
  if (held !== undefined) return held;
  const silent = (): void => {};
  const loading = (
    codec === 'jpeg-ls'
      ? import('@cornerstonejs/codec-charls/decodewasmjs')
      : import('@cornerstonejs/codec-openjpeg/decodewasmjs')
  ).then(({ default: create }) => create({ print: silent, printErr: silent }));
  codecs.set(codec, loading);
  return loading;
}

interface InnerSize {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The frame header of JPEG (0xffc0 to 0xffc2) and of JPEG-LS (0xfff7): length, bits, lines, columns, channels. */
function sizeOfJpeg(view: DataView): InnerSize | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker < 0xff01 || marker === 0xffda) return null;
    if ((marker >= 0xffc0 && marker <= 0xffc2) || marker === 0xfff7) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), channels: view.getUint8(at + 9) };
    }
  }
  return null;
}

/** The SIZ segment comes first; all tiles together must not be larger than the picture by its own numbers. */
function sizeOfJpeg2000(view: DataView): InnerSize | null {
  if (view.byteLength < 42 || view.getUint32(0) !== 0xff4fff51) return null;
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at));
  return { width: right - left, height: bottom - top, channels: view.getUint16(40) };
}

/** PackBits segments: of each channel its high bytes, then its low bytes. */
function unpackRle(
  packed: Uint8Array,
  { width, height, channels, allocated }: Layout,
  place: string,
  fail: Fail,
): Uint8Array {
  const bytesEach = allocated / 8;
  const segments = channels * bytesEach;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 64 || view.getUint32(0, true) !== segments) {
    throw fail(
      'malformed',
      place,
      `${segments} RLE segments`,
      packed.length < 64 ? 'no header' : `${view.getUint32(0, true)}`,
    );
  }
  const count = width * height;
  const out = new Uint8Array(count * segments);
  for (let segment = 0; segment < segments; segment++) {
    const channel = Math.floor(segment / bytesEach);
    const step = channels * bytesEach;
    const first = channel * bytesEach + (bytesEach - 1 - (segment % bytesEach));
    let at = view.getUint32(4 + 4 * segment, true);
    let done = 0;
    while (done < count && at < packed.length) {
      const code = packed[at++];
      const length = code < 128 ? code + 1 : code > 128 ? 257 - code : 0;
      for (let n = 0; n < length && done < count; n++, done++)
        out[first + done * step] = packed[code < 128 ? at + n : at];
      at += code < 128 ? length : code > 128 ? 1 : 0;
    }
    if (done < count || at > packed.length)
      throw fail('malformed', `${place}, segment ${segment}`, `${count} bytes`, `${done}`);
  }
  return out;
}

function swapPairs(bytes: Uint8Array): void {
  for (let at = 0; at + 1 < bytes.length; at += 2) [bytes[at], bytes[at + 1]] = [bytes[at + 1], bytes[at]];
}

function joinPlanes(raw: Uint8Array, { frames, width, height, channels, allocated }: Layout): Uint8Array {
  const size = allocated / 8;
  const count = width * height;
  const out = new Uint8Array(raw.length);
  for (let at = 0; at < frames * channels * count; at++) {
    const frame = Math.floor(at / (channels * count));
    const channel = Math.floor(at / count) % channels;
    const to = ((frame * count + (at % count)) * channels + channel) * size;
    for (let byte = 0; byte < size; byte++) out[to + byte] = raw[at * size + byte];
  }
  return out;
}

/** Bits above those that are stored may hold anything (overlays once lay there): they are cleared, or copies of the sign. */
function samplesOf(raw: Uint8Array, allocated: 8 | 16, stored: number, signed: boolean): Raster['data'] {
  const { buffer } = raw;
  const shift = allocated - stored;
  const data =
    allocated === 8
      ? signed
        ? new Int8Array(buffer)
        : new Uint8Array(buffer)
      : signed
        ? new Int16Array(buffer)
        : new Uint16Array(buffer);
  if (shift === 0) return data;
  for (let at = 0; at < data.length; at++) {
    data[at] = data[at] << shift;
    data[at] = data[at] >> shift;
  }
  return data;
}
