// LAS 1.2 to 1.4, point formats 0 to 3 and 6 to 8, uncompressed. Compressed files (LAZ) are refused by name. @loaders.gl/las
// 4.5.1 would read them up to version 1.3, but gives 8 bits of colour, and classes with their flags mixed in.

import type { Origin } from '../errors.ts';
import { type AttributeArray, checkPointCount, type PointOptions, type PointSet, pointSet } from './points.ts';
import { failer } from './raster.ts';

/** Bytes of a point, without extra ones. */
const recordBytes: Readonly<Record<number, number>> = { 0: 20, 1: 28, 2: 26, 3: 34, 6: 30, 7: 36, 8: 38 };
/** Where the time of a point is, and its colours: red, green, blue, and near infrared in format 8. */
const timeAt: Readonly<Record<number, number>> = { 1: 20, 3: 20, 6: 22, 7: 22, 8: 22 };
const colourAt: Readonly<Record<number, number>> = { 2: 20, 3: 28, 7: 30, 8: 30 };

/**
 * Positions are scaled as the file says, in its units. Attributes: intensity, return_number, number_of_returns,
 * scan_direction_flag, edge_of_flight_line, classification, classification_flags (synthetic 1, key point 2, withheld 4,
 * overlap 8), scanner_channel (from format 6 on), scan_angle (degrees; in steps of 0.006 from format 6 on, as a float),
 * user_data, point_source_id, and, where the format has them, gps_time, red, green, blue and nir (16 bits). Extra bytes,
 * waveforms and the records before and after the points are passed over.
 * @throws {DataError} malformed, bad-value, empty, too-large; unsupported: LAZ, waveform formats, other versions
 */
export function decodeLas(bytes: Uint8Array, origin: Origin, options: PointOptions = {}): PointSet {
  const fail = failer(origin, 'export the points again as uncompressed LAS 1.2 to 1.4');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== 'LASF')
    throw fail('malformed', 'magic number', '"LASF"', bytes.length === 0 ? 'an empty file' : 'other bytes');
  if (bytes.length < 227) throw fail('malformed', 'header', 'at least 227 bytes', `${bytes.length}`);
  const [major, minor] = [bytes[24], bytes[25]];
  if (major !== 1 || minor < 2 || minor > 4) throw fail('unsupported', 'version', '1.2 to 1.4', `${major}.${minor}`);
  const format = bytes[104];
  // LASzip marks what it has compressed with the high bits of the format.
  if ((format & 0xc0) !== 0)
    throw fail('unsupported', 'point format', 'uncompressed points', `LAZ, ${format & 0x3f} compressed`);
  const size = recordBytes[format];
  if (size === undefined) throw fail('unsupported', 'point format', Object.keys(recordBytes).join(', '), `${format}`);
  const headerBytes = view.getUint16(94, true);
  const least = minor === 4 ? 375 : minor === 3 ? 235 : 227;
  if (headerBytes < least || headerBytes > bytes.length) {
    throw fail('malformed', 'header size', `from ${least} to ${bytes.length}`, `${headerBytes}`);
  }
  const start = view.getUint32(96, true);
  const stride = view.getUint16(105, true);
  if (stride < size) throw fail('malformed', 'record length', `at least ${size} for format ${format}`, `${stride}`);
  const legacy = view.getUint32(107, true);
  const count = minor === 4 ? Number(view.getBigUint64(247, true)) : legacy;
  if (minor === 4 && legacy !== 0 && legacy !== count) {
    throw fail('malformed', 'number of points', 'one number in both fields', `${legacy} and ${count}`);
  }
  checkPointCount(count, options, fail, 'number of points');
  const room = bytes.length - start;
  if (start < headerBytes || count * stride > room) {
    throw fail('malformed', 'points', `${count} x ${stride} bytes from byte ${start} on`, `${Math.max(room, 0)}`);
  }
  // From 1.3 on records may follow the points.
  if (minor === 2 && room !== count * stride) throw fail('malformed', 'points', `${count * stride} bytes`, `${room}`);

  const columns = new Map<string, AttributeArray>();
  const add = (name: string, data: AttributeArray, read: (at: number) => number): void => {
    for (let point = 0; point < count; point++) data[point] = read(start + point * stride);
    columns.set(name, data);
  };
  for (const [axis, name] of ['x', 'y', 'z'].entries()) {
    const [scale, shift] = [view.getFloat64(131 + 8 * axis, true), view.getFloat64(155 + 8 * axis, true)];
    if (!Number.isFinite(scale) || scale === 0 || !Number.isFinite(shift)) {
      throw fail('bad-value', `scale and offset of ${name}`, 'finite numbers, no scale of 0', `${scale} and ${shift}`);
    }
    add(name, new Float64Array(count), (at) => view.getInt32(at + 4 * axis, true) * scale + shift);
  }
  const bits = (name: string, at: number, low: number, width: number): void =>
    add(name, new Uint8Array(count), (point) => (bytes[point + at] >> low) & ((1 << width) - 1));
  add('intensity', new Uint16Array(count), (at) => view.getUint16(at + 12, true));
  if (format < 6) {
    bits('return_number', 14, 0, 3);
    bits('number_of_returns', 14, 3, 3);
    bits('classification', 15, 0, 5);
    bits('classification_flags', 15, 5, 3);
    add('scan_angle', new Int8Array(count), (at) => view.getInt8(at + 16));
    bits('user_data', 17, 0, 8);
    add('point_source_id', new Uint16Array(count), (at) => view.getUint16(at + 18, true));
  } else {
    bits('return_number', 14, 0, 4);
    bits('number_of_returns', 14, 4, 4);
    bits('classification', 16, 0, 8);
    bits('classification_flags', 15, 0, 4);
    bits('scanner_channel', 15, 4, 2);
    add('scan_angle', new Float32Array(count), (at) => view.getInt16(at + 18, true) * 0.006);
    bits('user_data', 17, 0, 8);
    add('point_source_id', new Uint16Array(count), (at) => view.getUint16(at + 20, true));
  }
  const flags = format < 6 ? 14 : 15;
  bits('scan_direction_flag', flags, 6, 1);
  bits('edge_of_flight_line', flags, 7, 1);
  const time = timeAt[format];
  if (time !== undefined) add('gps_time', new Float64Array(count), (at) => view.getFloat64(at + time, true));
  const colour = colourAt[format];
  const channels = colour === undefined ? [] : ['red', 'green', 'blue', ...(format === 8 ? ['nir'] : [])];
  for (const [channel, name] of channels.entries()) {
    add(name, new Uint16Array(count), (at) => view.getUint16(at + colour + 2 * channel, true));
  }
  return pointSet(columns, count, fail);
}
