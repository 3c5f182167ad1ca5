// Reductions, scans and sorting on random shapes, axes and options, against loops over multi-indices.

import {
  all,
  any,
  argmax,
  argmin,
  argsort,
  countNonzero,
  cummax,
  cummin,
  cumprod,
  cumsum,
  logCumsumExp,
  logSumExp,
  median,
  norm,
  prod,
  quantile,
  type Shape,
  sort,
  std,
  type Tensor,
  topK,
  useBackend,
  variance,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  at,
  backend,
  check,
  checkNear,
  type Draw,
  drawn,
  draws,
  flat,
  indices,
  of,
  property,
  shapeAndAxis,
  shapes,
} from './oracles.ts';

useBackend(backend);

interface Case {
  readonly shape: number[];
  readonly x: number[];
  /** As given (all where undefined), and which they are. */
  readonly axes: number | number[] | undefined;
  readonly reduced: readonly number[];
  readonly keepDims: boolean;
  readonly draw: Draw;
}

const cases: fc.Arbitrary<Case> = fc.tuple(shapes(0, 4), draws, fc.boolean()).map(([shape, draw, keepDims]) => {
  const rank = shape.length;
  const x = drawn(shape, draw);
  const every = shape.map((_, a) => a);
  const kind = draw(3);
  const given = (a: number): number => (draw(2) === 0 ? a : a - rank);
  if (kind === 0 || rank === 0) return { shape, x, axes: undefined, reduced: every, keepDims, draw };
  if (kind === 1) {
    const a = draw(rank);
    return { shape, x, axes: given(a), reduced: [a], keepDims, draw };
  }
  const reduced = every.filter(() => draw(2) === 0);
  // In any order
  return { shape, x, axes: reduced.map(given).reverse(), reduced, keepDims, draw };
});

/** The elements that each element of the result is made of. */
const groupsOf = ({ shape, x, reduced, keepDims }: Case) => {
  const kept = shape.map((_, a) => a).filter((a) => !reduced.includes(a));
  const inner = indices(reduced.map((a) => shape[a]));
  const out = keepDims ? shape.map((d, a) => (reduced.includes(a) ? 1 : d)) : kept.map((a) => shape[a]);
  const group = (i: readonly number[]): number[] => {
    const outer = keepDims ? kept.map((a) => i[a]) : i;
    return inner.map(
      (j) =>
        x[
          flat(
            shape.map((_, a) => (reduced.includes(a) ? j[reduced.indexOf(a)] : outer[kept.indexOf(a)])),
            shape,
          )
        ],
    );
  };
  return { out, group };
};

type Of = (values: readonly number[]) => number;

const sumOf: Of = (v) => v.reduce((s, y) => s + y, 0);
const varianceOf = (v: readonly number[], correction: number): number => {
  const mean = sumOf(v) / v.length;
  return (v.length === 0 ? 0 : sumOf(v.map((y) => (y - mean) ** 2))) / Math.max(0, v.length - correction);
};
const normOf = (v: readonly number[], p: number): number => {
  const sizes = v.map(Math.abs);
  if (p === Infinity) return Math.max(0, ...sizes);
  if (p === 0) return sizes.filter((s) => s !== 0).length;
  return sumOf(sizes.map((s) => s ** p)) ** (1 / p);
};

describe('reductions', () => {
  it('prod, norm, logSumExp, any, all and countNonzero', () => {
    property(cases, (c) => {
      const { out, group } = groupsOf(c);
      const t = of(c.x, c.shape);
      const options = { keepDims: c.keepDims, ...(c.axes === undefined ? {} : { axes: c.axes }) };
      const near = (got: Tensor, f: Of): void => checkNear(got, out, (i) => f(group(i)));
      near(prod(t, options), (v) => v.reduce((p, y) => p * y, 1));
      near(logSumExp(t, options), (v) => (v.length === 0 ? -Infinity : Math.log(sumOf(v.map(Math.exp)))));
      near(any(t, options), (v) => Number(v.some((y) => y !== 0)));
      near(all(t, options), (v) => Number(v.every((y) => y !== 0)));
      near(countNonzero(t, options), (v) => v.filter((y) => y !== 0).length);
      // The largest of nothing is an error, as in PyTorch.
      const ofNothing = c.reduced.some((a) => c.shape[a] === 0);
      for (const p of ofNothing ? [0, 1, 2, 3] : [0, 1, 2, 3, Infinity]) {
        near(norm(t, { p, ...options }), (v) => normOf(v, p));
      }
    });
  });

  it('variance and std, with a correction', () => {
    property(fc.tuple(cases, fc.constantFrom(0, 1, 2, 0.5)), ([c, correction]) => {
      const { out, group } = groupsOf(c);
      const t = of(c.x, c.shape);
      const options = { correction, keepDims: c.keepDims, ...(c.axes === undefined ? {} : { axes: c.axes }) };
      const wanted = (i: readonly number[]): number => {
        const v = group(i);
        // Whatever a mean rounds to, equal elements have no variance.
        return v.length > 0 && new Set(v).size === 1
          ? 0 / Math.max(0, v.length - correction)
          : varianceOf(v, correction);
      };
      checkNear(variance(t, options), out, wanted);
      checkNear(std(t, options), out, (i) => Math.sqrt(wanted(i)));
    });
  });
});

/** The elements along `axis` through index i. */
const line = (x: readonly number[], shape: Shape, axis: number, i: readonly number[]): number[] =>
  Array.from({ length: shape[axis] }, (_, k) => x[flat(at(i, axis, k), shape)]);

const along = fc.tuple(shapeAndAxis(), draws).map(([one, draw]) => ({ ...one, draw, x: drawn(one.shape, draw) }));

describe('scans', () => {
  it('cumsum, cumprod, logCumsumExp, cummax and cummin', () => {
    property(along, ({ shape, axis, given, x }) => {
      const t = of(x, shape);
      const scanned = (got: Tensor, f: Of, from: 'start' | 'end' = 'start'): void =>
        checkNear(got, shape, (i) => {
          const whole = line(x, shape, axis, i);
          return f(from === 'start' ? whole.slice(0, i[axis] + 1) : whole.slice(i[axis]));
        });
      scanned(cumsum(t, { axis: given }), sumOf);
      scanned(cumsum(t, { axis: given, reverse: true }), sumOf, 'end');
      scanned(cumprod(t, { axis: given }), (v) => v.reduce((p, y) => p * y, 1));
      scanned(logCumsumExp(t, { axis: given }), (v) => Math.log(sumOf(v.map(Math.exp))));
      scanned(cummax(t, { axis: given }).values, (v) => Math.max(...v));
      scanned(cummin(t, { axis: given }).values, (v) => Math.min(...v));
    });
  });
});

describe('order', () => {
  /** Places along a line in order; equal elements keep theirs. */
  const places = (v: readonly number[], descending: boolean): number[] =>
    v.map((_, k) => k).sort((a, b) => (v[a] === v[b] ? a - b : (v[a] - v[b]) * (descending ? -1 : 1)));

  it('sort, argsort and topK are stable, and say where the values stood', () => {
    property(fc.tuple(along, fc.boolean()), ([{ shape, axis, given, x, draw }, descending]) => {
      const t = of(x, shape);
      const place = (i: readonly number[]): number => places(line(x, shape, axis, i), descending)[i[axis]];
      const value = (i: readonly number[]): number => line(x, shape, axis, i)[place(i)];
      const { values, indices: stood } = sort(t, { axis: given, descending });
      check(values, shape, value);
      check(stood, shape, place);
      check(argsort(t, { axis: given, descending }), shape, place);
      const k = draw(shape[axis] + 1);
      const best = topK(t, { k, axis: given, largest: descending });
      check(best.values, at(shape, axis, k), value);
      check(best.indices, at(shape, axis, k), place);
    });
  });

  it('argmin and argmax find the first, median and quantile the middle', () => {
    property(fc.tuple(along, fc.constantFrom(0, 0.25, 0.5, 0.9, 1)), ([{ shape, axis, given, x }, q]) => {
      if (shape[axis] === 0) return;
      const t = of(x, shape);
      const out = shape.filter((_, a) => a !== axis);
      const lineOf = (i: readonly number[]): number[] =>
        line(x, shape, axis, [...i.slice(0, axis), 0, ...i.slice(axis)]);
      check(argmin(t, { axis: given }), out, (i) => lineOf(i).indexOf(Math.min(...lineOf(i))));
      check(argmax(t, { axis: given }), out, (i) => lineOf(i).indexOf(Math.max(...lineOf(i))));
      const sorted = (i: readonly number[]): number[] => lineOf(i).sort((a, b) => a - b);
      check(median(t, { axis: given }), out, (i) => sorted(i)[(shape[axis] - 1) >> 1]);
      checkNear(quantile(t, { q, axis: given }), out, (i) => {
        const v = sorted(i);
        const place = q * (v.length - 1);
        const low = Math.floor(place);
        return v[low] + (place - low) * ((v[low + 1] ?? v[low]) - v[low]);
      });
    });
  });
});
