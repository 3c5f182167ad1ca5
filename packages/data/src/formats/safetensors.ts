// What the two halves of the safetensors format share. A file is 8 bytes of little-endian header length, a JSON header,
// then the raw little-endian values. The host is little-endian (every platform of Node is); half floats are not known.

export type SafetensorsDtype = 'F32' | 'F64' | 'I32' | 'U32' | 'U8';
export type SafetensorsData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export interface SafeTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major; as many values as the product of the shape. */
  readonly data: SafetensorsData;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, SafeTensor>;
  readonly metadata: Record<string, string>;
}

/** The limit of the reference implementation: a longer header is an attack or a mistake. */
export const maxHeaderBytes = 100_000_000;

export const dtypes = {
  F32: { bytes: 4, type: Float32Array },
  F64: { bytes: 8, type: Float64Array },
  I32: { bytes: 4, type: Int32Array },
  U32: { bytes: 4, type: Uint32Array },
  U8: { bytes: 1, type: Uint8Array },
} as const satisfies Record<SafetensorsDtype, { bytes: number; type: unknown }>;

export const metadataKey = '__metadata__';

export function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(dtypes, value);
}

/** A size or an offset: a whole number that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

// Not localeCompare: the order must not depend on the machine.
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
