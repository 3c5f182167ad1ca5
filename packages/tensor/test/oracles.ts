// What the property tests share: shapes, multi-indices, and oracles that know no strides.

import { type Backend, createReferenceBackend, type Shape, scope, sizeOf, type Tensor, tensor } from '@omnigrad/tensor';
import fc from 'fast-check';
import { expect } from 'vitest';

export const backend: Backend = createReferenceBackend();

/** Every multi-index of a shape, in row-major order. */
export const indices = (shape: Shape): number[][] =>
  shape.reduce<number[][]>((all, d) => all.flatMap((i) => Array.from({ length: d }, (_, k) => [...i, k])), [[]]);

/** Position by Horner's rule. */
export const flat = (index: readonly number[], shape: Shape): number =>
  index.reduce((p, i, axis) => p * shape[axis] + i, 0);

/** Values that name their position, so that a wrong element cannot look right. */
export const numbered = (shape: Shape, from = 1): number[] => Array.from({ length: sizeOf(shape) }, (_, i) => i + from);

/** A float64 tensor of the values. */
export const of = (values: readonly number[], shape: Shape): Tensor =>
  tensor(Float64Array.from(values), shape, { backend });

export const idsOf = (values: readonly number[], shape: Shape): Tensor =>
  tensor(Int32Array.from(values), shape, { backend });

export const maskOf = (values: readonly boolean[], shape: Shape): Tensor =>
  tensor(Uint32Array.from(values, Number), shape, { dtype: 'bool', backend });

/** `index` with `value` at `axis`. */
export const at = (index: readonly number[], axis: number, value: number): number[] =>
  index.map((i, k) => (k === axis ? value : i));

export const dimension = fc.integer({ min: 0, max: 4 });
export const shapes = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(dimension, { minLength, maxLength });

/** A shape of at least rank 1 and one of its axes, counted from either end. */
export const shapeAndAxis = (maxRank = 4): fc.Arbitrary<{ shape: number[]; axis: number; given: number }> =>
  shapes(1, maxRank).chain((shape) =>
    fc
      .tuple(fc.nat(shape.length - 1), fc.boolean())
      .map(([axis, back]) => ({ shape, axis, given: back ? axis - shape.length : axis })),
  );

/** An endless supply of whole numbers below `limit`, for what depends on a shape. */
export type Draw = (limit: number) => number;
export const draws: fc.Arbitrary<Draw> = fc.infiniteStream(fc.nat(2 ** 20)).map((stream) => (limit: number) => {
  const { value } = stream.next();
  return value % limit;
});

/** Small whole numbers with ties, both signs and zeros. */
export const drawn = (shape: Shape, draw: Draw, spread = 7): number[] =>
  Array.from({ length: sizeOf(shape) }, () => draw(spread) - (spread >> 1));

export const property = <T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => void, numRuns = 100): void => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const before = backend.memory().inUse;
      scope(() => {
        body(value);
      });
      expect(backend.memory().inUse).toBe(before);
    }),
    { numRuns },
  );
};

/** x has the shape, and at each index the value. */
export const check = (x: Tensor, shape: Shape, value: (index: number[]) => number): void => {
  expect(x.shape).toEqual(shape);
  expect(Array.from(x.readSync(), (v) => v + 0)).toEqual(indices(shape).map((i) => value(i) + 0));
};

/** As `check`, to the rounding of sums. */
export const checkNear = (x: Tensor, shape: Shape, value: (index: number[]) => number): void => {
  expect(x.shape).toEqual(shape);
  const got = x.readSync();
  indices(shape).forEach((index, i) => {
    const want = value(index);
    if (Number.isFinite(want))
      expect(Math.abs(got[i] - want), `at ${index}`).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(want)));
    else expect(got[i], `at ${index}`).toBe(want);
  });
};
