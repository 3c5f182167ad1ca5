// IDX, the format of MNIST: two zero bytes, a type byte, the number of dimensions, big-endian sizes, then the values.
// Only unsigned bytes (type 0x08) are read: no set here uses the wider types.

import { DataError, type DataErrorCode, type Origin } from '../errors.ts';

export interface IdxArray {
  readonly shape: readonly number[];
  /** A view of the given bytes, row-major. */
  readonly data: Uint8Array;
}

/** @throws {DataError} on a wrong magic number, type, rank, size product or length */
export function decodeIdx(bytes: Uint8Array, origin: Origin): IdxArray {
  const fail = (code: DataErrorCode, place: string, expected: string, actual: string): never => {
    const fix = 'get the uncompressed IDX file again';
    throw new DataError({ ...origin, code, place, expected, actual, fix });
  };
  if (bytes.length < 4) return fail('malformed', 'header', 'at least 4 bytes', `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const zero0 = view.getUint8(0);
  const zero1 = view.getUint8(1);
  const type = view.getUint8(2);
  const rank = view.getUint8(3);
  if (zero0 !== 0 || zero1 !== 0) {
    const gzip = zero0 === 0x1f && zero1 === 0x8b ? ' (gzip)' : '';
    return fail('malformed', 'magic number', '0x0000', `0x${hex(zero0)}${hex(zero1)}${gzip}`);
  }
  if (type !== 0x08) return fail('unsupported', 'type', '0x08 (unsigned byte)', `0x${hex(type)}`);
  if (rank < 1 || rank > 4) return fail('unsupported', 'number of dimensions', '1 to 4', `${rank}`);
  const offset = 4 + 4 * rank;
  if (bytes.length < offset) return fail('malformed', 'header', `${offset} bytes`, `${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) return fail('too-large', 'shape', 'below 2^53 values', `[${shape.join(', ')}]`);
  if (bytes.length !== offset + count) {
    const expected = `${offset + count} bytes for [${shape.join(', ')}]`;
    return fail('malformed', 'length', expected, `${bytes.length}`);
  }
  return { shape, data: bytes.subarray(offset) };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
