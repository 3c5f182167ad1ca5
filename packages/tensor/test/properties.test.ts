// Indexing, broadcasting and reductions on random shapes, against oracles that walk multi-indices and know no strides.

import {
  add,
  broadcastAxes,
  broadcastShapes,
  broadcastStrides,
  coalesce,
  concat,
  createReferenceBackend,
  expand,
  gatherRows,
  ids,
  matmul,
  max,
  mean,
  mul,
  pad,
  permute,
  reshape,
  type Shape,
  scatterAddRows,
  scope,
  sizeOf,
  slice,
  split,
  stridesOf,
  sub,
  sum,
  type Tensor,
  tensor,
  useBackend,
  where,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flat, indices, numbered } from './oracles.ts';
import { errorOf } from './support.ts';

const backend = createReferenceBackend();
useBackend(backend);

const dimension = fc.integer({ min: 0, max: 4 });
const shapes = (maxLength: number, minLength = 0): fc.Arbitrary<number[]> =>
  fc.array(dimension, { minLength, maxLength });

/** Two shapes that broadcast: some axes of either are 1 or, at the front, missing. */
const broadcastPair = shapes(4).chain((shape) => {
  const side = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, drop]) => shape.map((d, i) => (ones[i] ? 1 : d)).slice(drop));
  return fc.tuple(side, side);
});

const property = <T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => void): void => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const before = backend.memory().inUse;
      scope(() => {
        body(value);
      });
      expect(backend.memory().inUse).toBe(before);
    }),
    { numRuns: 150 },
  );
};

const check = (x: Tensor, shape: Shape, at: (index: number[]) => number): void => {
  expect(x.shape).toEqual(shape);
  expect([...x.readSync()]).toEqual(indices(shape).map(at));
};

describe('broadcasting', () => {
  const read = (values: readonly number[], shape: Shape, index: readonly number[]): number => {
    const own = index.slice(index.length - shape.length).map((i, axis) => (shape[axis] === 1 ? 0 : i));
    return values[flat(own, shape)];
  };

  it('follows NumPy: missing axes and axes of 1 repeat', () => {
    property(broadcastPair, ([a, b]) => {
      const out = broadcastShapes('add', a, b);
      expect(broadcastShapes('add', b, a)).toEqual(out);
      const [x, y] = [numbered(a), numbered(b, 1000)];
      check(
        sub(tensor(Float64Array.from(x), a), tensor(Float64Array.from(y), b)),
        out,
        (i) => read(x, a, i) - read(y, b, i),
      );
      check(expand(tensor(Float64Array.from(x), a), out), out, (i) => read(x, a, i));
    });
  });

  it('of three operands', () => {
    property(fc.tuple(broadcastPair, fc.infiniteStream(fc.boolean())), ([[a, b], coins]) => {
      const out = broadcastShapes('where', a, b);
      const bits = numbered(b).map(() => Number(coins.next().value));
      const [x, y] = [numbered(a), numbered(b, 1000)];
      const condition = tensor(Uint32Array.from(bits), b, { dtype: 'bool' });
      const got = where(condition, tensor(Float64Array.from(x), a), tensor(Float64Array.from(y), b));
      check(got, out, (i) => (read(bits, b, i) === 1 ? read(x, a, i) : read(y, b, i)));
    });
  });

  it('refuses shapes whose axes differ and are not 1', () => {
    property(fc.tuple(shapes(3), fc.integer({ min: 2, max: 4 }), shapes(2)), ([front, d, back]) => {
      const a = [...front, d, ...back];
      const b = [d + 1, ...back];
      expect(errorOf(() => broadcastShapes('op', a, b))).toBe(
        `ShapeError: op: shapes do not broadcast, a [${a.join(', ')}], b [${b.join(', ')}]: ${d} != ${d + 1} at axis -${back.length + 1}; reshape or expand one of them`,
      );
    });
  });

  it('is undone by summing over the broadcast axes', () => {
    property(broadcastPair, ([a, b]) => {
      const out = broadcastShapes('sum', a, b);
      const axes = broadcastAxes(a, out);
      const total = sum(expand(tensor(Float64Array.from(numbered(a)), a), out), { axes });
      const copies = sizeOf(axes.map((axis) => out[axis]));
      expect([...total.readSync()]).toEqual(numbered(a).map((v) => v * copies));
    });
  });
});

describe('coalesce', () => {
  const positions = (shape: Shape, strides: readonly number[]): number[] =>
    indices(shape).map((index) => index.reduce((p, i, axis) => p + i * strides[axis], 0));

  it('walks the same elements in the same order', () => {
    property(broadcastPair, ([a, b]) => {
      const out = broadcastShapes('coalesce', a, b);
      const before = [broadcastStrides(a, out), broadcastStrides(b, out), stridesOf(out)];
      const { shape, strides } = coalesce(out, before);
      expect(shape.length).toBeGreaterThan(0);
      expect(shape.length).toBeLessThanOrEqual(Math.max(1, out.length));
      strides.forEach((s, k) => {
        expect(positions(shape, s)).toEqual(positions(out, before[k]));
      });
    });
  });

  it('of a contiguous walk has one axis', () => {
    property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }), (shape) => {
      expect(coalesce(shape, [stridesOf(shape)]).shape).toEqual([sizeOf(shape)]);
    });
  });
});

describe('movement', () => {
  const shapeAndAxis = shapes(4, 1).chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1)));

  it('permute moves axis axes[i] to i, and back', () => {
    const arbitrary = shapes(5).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
      ),
    );
    property(arbitrary, ([shape, axes]) => {
      const values = numbered(shape);
      const x = tensor(Float64Array.from(values), shape);
      const moved = permute(x, axes);
      const source = (index: number[]): number[] => shape.map((_, axis) => index[axes.indexOf(axis)]);
      check(
        moved,
        axes.map((a) => shape[a]),
        (i) => values[flat(source(i), shape)],
      );
      const back = permute(
        moved,
        axes.map((_, i) => axes.indexOf(i)),
      );
      expect([...back.readSync()]).toEqual(values);
    });
  });

  it('slice takes a range of one axis, pad puts it back', () => {
    const arbitrary = shapeAndAxis.chain(([shape, axis]) =>
      fc.tuple(fc.constant(shape), fc.constant(axis), fc.nat(shape[axis]), fc.nat(shape[axis])),
    );
    property(arbitrary, ([shape, axis, p, q]) => {
      const [start, end] = [Math.min(p, q), Math.max(p, q)];
      const values = numbered(shape);
      const part = slice(tensor(Float64Array.from(values), shape), { axis, start, end });
      const out = shape.map((d, i) => (i === axis ? end - start : d));
      const shifted = (index: number[]): number[] => index.map((i, a) => (a === axis ? i + start : i));
      check(part, out, (i) => values[flat(shifted(i), shape)]);
      const restored = pad(part, { axis, before: start, after: shape[axis] - end, value: -1 });
      check(restored, shape, (i) => (i[axis] >= start && i[axis] < end ? values[flat(i, shape)] : -1));
    });
  });

  it('concat undoes split', () => {
    property(fc.tuple(shapeAndAxis, fc.array(dimension, { minLength: 1, maxLength: 4 })), ([[base, axis], sizes]) => {
      const shape = base.map((d, i) => (i === axis ? sizes.reduce((a, b) => a + b) : d));
      const values = numbered(shape);
      const parts = split(tensor(Float64Array.from(values), shape), sizes, axis);
      expect(parts.map((part) => part.shape[axis])).toEqual(sizes);
      expect([...concat(parts, { axis }).readSync()]).toEqual(values);
    });
  });

  it('reshape keeps the order of elements, and works out one size', () => {
    property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }), (shape) => {
      const values = numbered(shape);
      const x = reshape(tensor(Float64Array.from(values)), shape);
      check(x, shape, (i) => values[flat(i, shape)]);
      shape.forEach((_, unknown) => {
        expect(
          reshape(
            x,
            shape.map((d, i) => (i === unknown ? -1 : d)),
          ).shape,
        ).toEqual(shape);
      });
    });
  });
});

describe('reductions', () => {
  const arbitrary = shapes(5).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, i) => i)), fc.boolean()),
  );

  it('visit the elements that share the other indices', () => {
    property(arbitrary, ([shape, axes, keepDims]) => {
      const values = numbered(shape);
      const x = tensor(Float64Array.from(values), shape);
      const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
      const out = keepDims ? kept : shape.filter((_, i) => !axes.includes(i));
      const groups = indices(kept).map((index) =>
        indices(shape)
          .filter((i) => i.every((v, axis) => axes.includes(axis) || v === index[axis]))
          .map((i) => values[flat(i, shape)]),
      );
      const total = (xs: number[]): number => xs.reduce((a, b) => a + b, 0);
      const options = { axes, keepDims };
      expect(sum(x, options).shape).toEqual(out);
      expect([...sum(x, options).readSync()]).toEqual(groups.map(total));
      expect([...mean(x, options).readSync()]).toEqual(groups.map((g) => total(g) / g.length));
      expect([...max(x, options).readSync()]).toEqual(groups.map((g) => Math.max(...g)));
    });
  });
});

describe('rows and products', () => {
  it('gatherRows and scatterAddRows are adjoint', () => {
    const arbitrary = fc.record({
      groups: fc.integer({ min: 1, max: 3 }),
      table: fc.integer({ min: 1, max: 5 }),
      width: dimension,
    });
    property(fc.tuple(arbitrary, fc.array(fc.nat(99), { maxLength: 6 })), ([{ groups, table, width }, draws]) => {
      const n = draws.length;
      const picked = ids(
        Array.from({ length: groups * n }, (_, i) => (draws[i % n] + i) % table),
        [groups, n],
      );
      const t = tensor(Float64Array.from(numbered([groups, table, width])), [groups, table, width]);
      const x = tensor(Float64Array.from(numbered([groups, n, width], 7)), [groups, n, width]);
      const left = sum(mul(gatherRows(t, picked), x)).itemSync();
      expect(sum(mul(t, scatterAddRows(x, picked, table))).itemSync()).toBe(left);
    });
  });

  it('matmul sums products over the inner axis, for every batch', () => {
    const arbitrary = fc.tuple(broadcastPair, fc.tuple(dimension, dimension, dimension), fc.boolean(), fc.boolean());
    property(arbitrary, ([[ba, bb], [m, k, n], transA, transB]) => {
      const a = [...ba, ...(transA ? [k, m] : [m, k])];
      const b = [...bb, ...(transB ? [n, k] : [k, n])];
      const [x, y] = [numbered(a), numbered(b, -3)];
      const batch = broadcastShapes('matmul', ba, bb);
      const read = (values: number[], shape: Shape, index: number[], i: number, j: number): number => {
        const lead = index.slice(index.length - (shape.length - 2)).map((v, axis) => (shape[axis] === 1 ? 0 : v));
        return values[flat([...lead, i, j], shape)];
      };
      const got = matmul(tensor(Float64Array.from(x), a), tensor(Float64Array.from(y), b), { transA, transB });
      check(got, [...batch, m, n], (index) => {
        const [i, j] = index.slice(-2);
        const at = index.slice(0, -2);
        let total = 0;
        for (let l = 0; l < k; l++) {
          total +=
            (transA ? read(x, a, at, l, i) : read(x, a, at, i, l)) *
            (transB ? read(y, b, at, j, l) : read(y, b, at, l, j));
        }
        return total;
      });
    });
  });

  it('add is commutative, and associative on whole numbers', () => {
    property(broadcastPair, ([a, b]) => {
      const [x, y] = [tensor(Float64Array.from(numbered(a)), a), tensor(Float64Array.from(numbered(b)), b)];
      expect([...add(x, y).readSync()]).toEqual([...add(y, x).readSync()]);
      expect([...add(add(x, y), x).readSync()]).toEqual([...add(x, add(y, x)).readSync()]);
    });
  });
});
