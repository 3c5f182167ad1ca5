// Pictures of any size to the one size that a tokenizer takes: stretched, or with the shorter side fitted and the middle
// kept, as torchvision's Resize and CenterCrop. Colours are smoothed as Pillow does it, to the last bit; depths and class
// ids are taken from the nearest pixel, since a value between two of them means nothing.

import type { RawDepth, RawImage, RawPlane } from '../datasets/dataset.ts';
import { DataError } from '../errors.ts';
import { countOf, maxDecodedBytes } from '../formats/raster.ts';

export interface FitOptions {
  /** pixels */
  readonly height: number;
  /** pixels */
  readonly width: number;
  /** Brings the shorter side to this many pixels and keeps the middle. Default: stretches both sides. */
  readonly shorter?: number;
}

/** A part of a picture, pixels. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Size after the stretch, and the part of it that is kept. @throws {DataError} out-of-range, too-large */
function planOf(from: Size, { height, width, shorter }: FitOptions): { readonly size: Size; readonly box: PixelBox } {
  const fail = (code: 'out-of-range' | 'too-large', expected: string, actual: string): DataError =>
    new DataError({ code, source: 'fit', file: null, place: null, expected, actual, fix: 'choose other sizes' });
  const sides = [height, width, ...(shorter === undefined ? [] : [shorter])];
  if (!sides.every((side) => Number.isSafeInteger(side) && side >= 1) || from.height < 1 || from.width < 1) {
    throw fail('out-of-range', 'sizes of at least 1 pixel', `${from.height} x ${from.width} to ${sides.join(' x ')}`);
  }
  let size: Size = { height, width };
  if (shorter !== undefined) {
    const short = Math.min(from.height, from.width);
    const scaled = (side: number): number => Math.floor((side * shorter) / short);
    size = { height: scaled(from.height), width: scaled(from.width) };
    if (height > size.height || width > size.width) {
      throw fail('out-of-range', `a part of ${size.height} x ${size.width}`, `${height} x ${width}`);
    }
  }
  const bytes = countOf([size.height, size.width, 3], 4);
  if (bytes === null || bytes > maxDecodedBytes) {
    throw fail('too-large', `at most ${maxDecodedBytes} bytes`, `${size.height} x ${size.width} pixels`);
  }
  const box = { left: halfEven(size.width - width), top: halfEven(size.height - height), width, height };
  return { size, box };
}

/** Half of it, rounded to even as Python does. */
function halfEven(count: number): number {
  const down = Math.floor(count / 2);
  return count % 2 === 0 || down % 2 === 0 ? down : down + 1;
}

/** For each place of the output the first place of the input that counts, and the weights from there on (triangle filter). */
function weightsOf(from: number, to: number): readonly { readonly first: number; readonly weights: Float64Array }[] {
  const scale = from / to;
  // Where a picture shrinks the triangle is as wide as the pixels that fall on one.
  const radius = Math.max(scale, 1);
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - radius + 0.5));
    const end = Math.min(from, Math.trunc(centre + radius + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_w, k) =>
      Math.max(0, 1 - Math.abs((k + first - centre + 0.5) / radius)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

type Samples = Uint8Array | Uint16Array | Float32Array;

/** Along one axis: `values` as [outer, from, inner] to [outer, to, inner]. */
function resampleAxis<T extends Samples>(values: T, out: T, outer: number, from: number, to: number, inner: number): T {
  // Bytes are summed as whole numbers of 22 bits after the point, so that all machines and Pillow agree.
  const fixed = values instanceof Uint8Array;
  const most = values instanceof Uint16Array ? 65535 : 255;
  const table = weightsOf(from, to).map(({ first, weights }) => ({
    first,
    weights: fixed ? weights.map((weight) => Math.trunc(weight * 2 ** 22 + 0.5)) : weights,
  }));
  for (let block = 0; block < outer; block++) {
    for (const [at, { first, weights }] of table.entries()) {
      for (let part = 0; part < inner; part++) {
        let sum = fixed ? 2 ** 21 : 0;
        let place = (block * from + first) * inner + part;
        for (const weight of weights) {
          sum += values[place] * weight;
          place += inner;
        }
        if (fixed) sum = Math.floor(sum / 2 ** 22);
        else if (!(values instanceof Float32Array)) sum = Math.round(sum);
        out[(block * to + at) * inner + part] = values instanceof Float32Array ? sum : Math.min(most, Math.max(0, sum));
      }
    }
  }
  return out;
}

function smooth(values: Samples, from: Size, to: Size, channels: number): Samples {
  const across = from.height * to.width * channels;
  const whole = to.height * to.width * channels;
  const turn = <T extends Samples>(data: T, make: (length: number) => T): T => {
    const rows =
      from.width === to.width ? data : resampleAxis(data, make(across), from.height, from.width, to.width, channels);
    if (from.height === to.height) return rows;
    return resampleAxis(rows, make(whole), 1, from.height, to.height, to.width * channels);
  };
  if (values instanceof Uint8Array) return turn(values, (length) => new Uint8Array(length));
  if (values instanceof Uint16Array) return turn(values, (length) => new Uint16Array(length));
  return turn(values, (length) => new Float32Array(length));
}

/** The part in `box` of values [height, width, channels], into `out`. */
function cropped<T extends Samples | Int32Array>(
  values: T,
  out: T,
  { width }: Size,
  channels: number,
  box: PixelBox,
): T {
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels;
    out.set(values.subarray(from, from + box.width * channels), y * box.width * channels);
  }
  return out;
}

/** The part of a picture in `box`, which must lie inside. */
export function cropImage(raw: RawImage, box: PixelBox): RawImage {
  const out = new Uint8Array(box.height * box.width * raw.channels);
  const pixels = cropped(raw.pixels, out, raw, raw.channels, box);
  return { pixels, height: box.height, width: box.width, channels: raw.channels };
}

/** As `cropImage`. */
export function cropPlane(raw: RawPlane, box: PixelBox): RawPlane {
  const values = cropped(raw.values, raw.values.slice(0, box.height * box.width), raw, 1, box);
  return { ...raw, values, height: box.height, width: box.width };
}

/** @throws {DataError} out-of-range, too-large */
export function fitImage(raw: RawImage, options: FitOptions): RawImage {
  const { size, box } = planOf(raw, options);
  const pixels = smooth(raw.pixels, raw, size, raw.channels);
  if (!(pixels instanceof Uint8Array)) throw new Error('bug in the resizing of bytes, please report');
  return cropImage({ pixels, ...size, channels: raw.channels }, box);
}

/** @throws {DataError} out-of-range, too-large */
export function fitPlane(raw: RawPlane, options: FitOptions): RawPlane {
  const { size, box } = planOf(raw, options);
  const { black, white } = raw;
  return cropPlane({ values: smooth(raw.values, raw, size, 1), ...size, black, white }, box);
}

/** From the nearest pixels; the focal length grows or shrinks with the width. @throws {DataError} out-of-range, too-large */
export function fitDepth(raw: RawDepth, options: FitOptions): RawDepth {
  const { size, box } = planOf(raw, options);
  const depth = new Float32Array(box.height * box.width);
  nearest(raw, size, box, (from, to) => {
    depth[to] = raw.depth[from];
  });
  const focalLength = (raw.focalLength * size.width) / raw.width;
  return { depth, height: box.height, width: box.width, focalLength, baseline: raw.baseline };
}

/** Class ids [height, width] of a picture of size `from`, as `fitDepth`. @throws {DataError} out-of-range, too-large */
export function fitIds(ids: Int32Array, from: Size, options: FitOptions): Int32Array {
  const { size, box } = planOf(from, options);
  const out = new Int32Array(box.height * box.width);
  nearest(from, size, box, (place, to) => {
    out[to] = ids[place];
  });
  return out;
}

function nearest(from: Size, size: Size, box: PixelBox, put: (from: number, to: number) => void): void {
  for (let y = 0; y < box.height; y++) {
    const row = Math.floor(((box.top + y + 0.5) * from.height) / size.height);
    for (let x = 0; x < box.width; x++) {
      const column = Math.floor(((box.left + x + 0.5) * from.width) / size.width);
      put(row * from.width + column, y * box.width + x);
    }
  }
}
