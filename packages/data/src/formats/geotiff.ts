// GeoTIFF: the first page at full size, where its pixels lie, its coordinate system by EPSG number, and the value that
// means "no data". No reprojection.

import { type Origin, quote } from '../errors.ts';
import { failer, type Raster } from './raster.ts';
import { decodeTiffPages, type TiffOptions } from './tiff.ts';
import { readTiffDirectories, type TiffDirectory } from './tiff-directory.ts';

export interface GeoTiff {
  /** Bands as channels. */
  readonly raster: Raster;
  /**
   * x = t[0] + t[1] column + t[2] row, y = t[3] + t[4] column + t[5] row, for the corner of a pixel (for its centre when
   * `pixelIsPoint`); null where the file does not say.
   */
  readonly transform: readonly [number, number, number, number, number, number] | null;
  readonly pixelIsPoint: boolean;
  /** EPSG number of the projected or else the geographic coordinate system; null where there is none. */
  readonly epsg: number | null;
  readonly noData: number | null;
}

/** @throws {DataError} as `decodeTiff`; NaN is kept without asking where the file says that it means "no data" */
export function decodeGeoTiff(bytes: Uint8Array, origin: Origin, options: Omit<TiffOptions, 'pages'> = {}): GeoTiff {
  const fix = 'write the file again as a GeoTIFF with Deflate or no compression';
  const fail = failer(origin, fix);
  const directories = readTiffDirectories(bytes, origin, fix);
  const page = directories.findIndex((directory) => (directory.number('NewSubfileType', 0) & 1) === 0);
  if (page < 0) throw fail('malformed', null, 'a page at full size', 'only smaller copies');
  const directory = directories[page];

  const text = directory.text('GdalNoData')?.trim() ?? null;
  const noData = text === null ? null : text.toLowerCase() === 'nan' ? Number.NaN : Number(text);
  if (noData !== null && text !== null && Number.isNaN(noData) && text.toLowerCase() !== 'nan') {
    throw fail('malformed', 'GDAL_NODATA', 'a number', quote(text));
  }
  const nonFinite = noData !== null && !Number.isFinite(noData) ? 'keep' : options.nonFinite;
  const [raster] = decodeTiffPages(bytes, directories, origin, { ...options, nonFinite, pages: [page] });

  const keys = readKeys(directory);
  const epsgOf = (key: number): number | null => {
    const value = keys.get(key);
    // 32767 is "user defined": then other keys describe it, and no number does.
    return value === undefined || value === 0 || value === 32767 ? null : value;
  };
  const { width, height, channels, bitDepth, data } = raster;
  return {
    raster: { width, height, channels, bitDepth, data },
    transform: readTransform(directory),
    pixelIsPoint: keys.get(1025) === 2,
    epsg: epsgOf(3072) ?? epsgOf(2048),
    noData,
  };
}

/** Keys with short values, which lie in the directory itself: 1024 model, 1025 raster, 2048 geographic, 3072 projected. */
function readKeys(directory: TiffDirectory): ReadonlyMap<number, number> {
  const keys = new Map<number, number>();
  if (!directory.has('GeoKeyDirectory')) return keys;
  const values = directory.numbers('GeoKeyDirectory');
  for (let at = 4; at + 4 <= values.length; at += 4) {
    if (values[at + 1] === 0) keys.set(values[at], values[at + 3]);
  }
  return keys;
}

function readTransform(directory: TiffDirectory): GeoTiff['transform'] {
  if (directory.has('ModelTransformation')) {
    const m = directory.numbers('ModelTransformation');
    return m.length < 8 ? null : [m[3], m[0], m[1], m[7], m[4], m[5]];
  }
  if (!directory.has('ModelPixelScale') || !directory.has('ModelTiepoint')) return null;
  const [scaleX, scaleY] = directory.numbers('ModelPixelScale');
  const [column, row, , x, y] = directory.numbers('ModelTiepoint');
  if (scaleY === undefined || y === undefined) return null;
  return [x - column * scaleX, scaleX, 0, y + row * scaleY, 0, -scaleY];
}
