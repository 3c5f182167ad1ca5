// The inputs and results of a captured step: plain objects, arrays and maps with tensors and host arrays in them.

import type { NumericArray } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { visitTensors } from '../scope.ts';
import { showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

const mapUnknown = (value: unknown, f: (x: Tensor) => Tensor): unknown => {
  if (value instanceof Tensor) return f(value);
  if (Array.isArray(value)) return value.map((item) => mapUnknown(item, f));
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, mapUnknown(v, f)]));
  if (value === null || typeof value !== 'object' || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapUnknown(v, f)]));
};

/** The same structure with other tensors. */
export const mapTensors = <T>(value: T, f: (x: Tensor) => Tensor): T => mapUnknown(value, f) as T;

export const isHostArray = (value: unknown): value is NumericArray =>
  value instanceof Float32Array ||
  value instanceof Float64Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array;

/**
 * What distinguishes one recording from another: shapes and dtypes of tensors, types and lengths of host arrays, and
 * everything else by value. An array that comes twice is told from two arrays: it is known by its identity.
 */
export const signature = (value: unknown, arrays: readonly NumericArray[]): unknown => {
  if (value instanceof Tensor) return `${value.dtype}${showShape(value.shape)}`;
  if (isHostArray(value)) return `array ${arrays.indexOf(value)}: ${value.constructor.name}(${value.length})`;
  if (Array.isArray(value)) return value.map((item) => signature(item, arrays));
  if (value instanceof Map) return ['map', ...[...value].map(([k, v]) => [k, signature(v, arrays)])];
  if (value === undefined) return ['undefined'];
  if (typeof value === 'number' && !Number.isFinite(value)) return ['number', String(value)];
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new ArgumentError(
      'capture',
      `inputs are tensors, host arrays (Float32Array, Float64Array, Int32Array, Uint32Array), numbers, strings and booleans in arrays, maps and plain objects, came ${typeof value === 'object' ? value.constructor.name : typeof value}`,
    );
  }
  return Object.entries(value).map(([k, v]) => [k, signature(v, arrays)]);
};

export const tensorsOf = (value: unknown): Tensor[] => {
  const list: Tensor[] = [];
  visitTensors(value, (x) => list.push(x));
  return list;
};

export const arraysOf = (value: unknown, found = new Set<NumericArray>()): Set<NumericArray> => {
  if (isHostArray(value)) found.add(value);
  else if (Array.isArray(value)) for (const item of value) arraysOf(item, found);
  else if (value instanceof Map) for (const item of value.values()) arraysOf(item, found);
  else if (value !== null && typeof value === 'object' && isPlain(value)) {
    for (const item of Object.values(value)) arraysOf(item, found);
  }
  return found;
};
