// Indexing by id and mask on random shapes, against loops over multi-indices.

import {
  embedding,
  expand,
  indexAdd,
  indexSelect,
  maskedFill,
  maskedSelect,
  oneHot,
  type Shape,
  scatter,
  scatterAdd,
  searchSorted,
  sizeOf,
  take,
  takeAlongAxis,
  useBackend,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  backend,
  check,
  type Draw,
  drawn,
  draws,
  flat,
  idsOf,
  indices,
  maskOf,
  numbered,
  of,
  property,
  shapeAndAxis,
  shapes,
} from './oracles.ts';

useBackend(backend);

/** A shape of ids inside `shape` but along `axis`, where it has any length; none where there is nothing to point at. */
const idShape = (shape: Shape, axis: number, draw: Draw): number[] =>
  shape.map((d, k) => (k === axis ? (d === 0 ? 0 : draw(5)) : draw(d + 1)));

const drawnIds = (shape: Shape, limit: number, draw: Draw): number[] =>
  Array.from({ length: sizeOf(shape) }, () => draw(Math.max(limit, 1)));

describe('along an axis', () => {
  const given = fc.tuple(shapeAndAxis(), draws).map(([{ shape, axis, given }, draw]) => {
    const to = idShape(shape, axis, draw);
    return { shape, axis, given, to, ids: drawnIds(to, shape[axis], draw), draw };
  });

  it('takeAlongAxis reads by id', () => {
    property(given, ({ shape, axis, given, to, ids }) => {
      const x = numbered(shape);
      check(
        takeAlongAxis(of(x, shape), idsOf(ids, to), { axis: given }),
        to,
        (i) => x[flat(at(i, axis, ids[flat(i, to)]), shape)],
      );
    });
  });

  it('scatter writes by id, the last of equal ones; scatterAdd sums them', () => {
    property(given, ({ shape, axis, given, to, ids, draw }) => {
      const x = drawn(shape, draw);
      // A source may be larger than the ids: its front is read.
      const wide = to.map((d) => d + draw(2));
      const source = drawn(wide, draw, 100);
      const [put, sums] = [[...x], [...x]];
      for (const i of indices(to)) {
        const p = flat(at(i, axis, ids[flat(i, to)]), shape);
        put[p] = source[flat(i, wide)];
        sums[p] += source[flat(i, wide)];
      }
      const [t, id, s] = [of(x, shape), idsOf(ids, to), of(source, wide)];
      check(scatter(t, id, s, { axis: given }), shape, (i) => put[flat(i, shape)]);
      check(scatterAdd(t, id, s, { axis: given }), shape, (i) => sums[flat(i, shape)]);
      const marked = [...x];
      for (const i of indices(to)) marked[flat(at(i, axis, ids[flat(i, to)]), shape)] = 55;
      check(scatter(t, id, 55, { axis: given }), shape, (i) => marked[flat(i, shape)]);
    });
  });

  it('indexSelect and indexAdd move whole slices', () => {
    property(fc.tuple(shapeAndAxis(), draws), ([{ shape, axis, given }, draw]) => {
      const k = shape[axis] === 0 ? 0 : draw(5);
      const ids = drawnIds([k], shape[axis], draw);
      const x = numbered(shape);
      const to = at(shape, axis, k);
      check(
        indexSelect(of(x, shape), idsOf(ids, [k]), { axis: given }),
        to,
        (i) => x[flat(at(i, axis, ids[i[axis]]), shape)],
      );
      const source = numbered(to, 1000);
      check(indexAdd(of(x, shape), idsOf(ids, [k]), of(source, to), { axis: given }), shape, (i) =>
        ids.reduce((sum, id, j) => sum + (id === i[axis] ? source[flat(at(i, axis, j), to)] : 0), x[flat(i, shape)]),
      );
    });
  });
});

describe('by flat position and by row', () => {
  it('take reads by position, embedding rows, oneHot marks', () => {
    property(fc.tuple(shapes(0, 4), shapes(0, 3), draws), ([shape, wanted, draw]) => {
      const x = numbered(shape);
      const to = x.length === 0 ? [0, ...wanted] : wanted;
      const ids = drawnIds(to, x.length, draw);
      check(take(of(x, shape), idsOf(ids, to)), to, (i) => x[ids[flat(i, to)]]);
      const [rows, width] = [1 + draw(4), draw(4)];
      const table = numbered([rows, width]);
      const places = drawnIds(wanted, rows, draw);
      check(
        embedding(of(table, [rows, width]), idsOf(places, wanted)),
        [...wanted, width],
        (i) => table[places[flat(i.slice(0, -1), wanted)] * width + i[i.length - 1]],
      );
      check(oneHot(idsOf(places, wanted), rows), [...wanted, rows], (i) =>
        Number(places[flat(i.slice(0, -1), wanted)] === i[i.length - 1]),
      );
    });
  });
});

describe('by mask', () => {
  const masked = fc.tuple(shapes(0, 4), draws).map(([shape, draw]) => {
    const drop = draw(shape.length + 1);
    const own = shape.map((d) => (draw(3) === 0 ? 1 : d)).slice(drop);
    return { shape, own, mask: Array.from({ length: sizeOf(own) }, () => draw(2) === 0) };
  });
  const read = (mask: readonly boolean[], own: Shape, i: readonly number[]): boolean =>
    mask[
      flat(
        i.slice(i.length - own.length).map((v, k) => (own[k] === 1 ? 0 : v)),
        own,
      )
    ];

  it('maskedFill covers, maskedSelect keeps in row-major order', () => {
    property(masked, ({ shape, own, mask }) => {
      const x = numbered(shape);
      const [t, m] = [of(x, shape), maskOf(mask, own)];
      check(maskedFill(t, m, -7), shape, (i) => (read(mask, own, i) ? -7 : x[flat(i, shape)]));
      const kept = indices(shape).filter((i) => read(mask, own, i));
      check(maskedSelect(t, m), [kept.length], ([k]) => x[flat(kept[k], shape)]);
      // ... and x may be the one that repeats
      const [y, full] = [
        numbered(own),
        maskOf(
          indices(shape).map((i) => flat(i, shape) % 2 === 0),
          shape,
        ),
      ];
      const even = indices(shape).filter((i) => flat(i, shape) % 2 === 0);
      const repeated = expand(of(y, own), shape).readSync();
      check(maskedSelect(of(y, own), full), [even.length], ([k]) => repeated[flat(even[k], shape)]);
    });
  });
});

describe('searchSorted', () => {
  it('counts what lies before, for one list and for a list a row', () => {
    property(
      fc.tuple(shapes(1, 3), fc.nat(5), draws, fc.constantFrom<'left' | 'right'>('left', 'right')),
      ([shape, n, draw, side]) => {
        const before = side === 'left' ? (a: number, b: number) => a < b : (a: number, b: number) => a <= b;
        const ascending = (count: number): number[] => drawn([count], draw).sort((a, b) => a - b);
        const values = drawn(shape, draw, 11);
        const list = ascending(n);
        check(
          searchSorted(of(list, [n]), of(values, shape), { side }),
          shape,
          (i) => list.filter((v) => before(v, values[flat(i, shape)])).length,
        );
        if (shape.length < 2) return;
        const lead = shape.slice(0, -1);
        const lists = indices(lead).map(() => ascending(n));
        check(
          searchSorted(of(lists.flat(), [...lead, n]), of(values, shape), { side }),
          shape,
          (i) => lists[flat(i.slice(0, -1), lead)].filter((v) => before(v, values[flat(i, shape)])).length,
        );
      },
    );
    expect(backend.memory().inUse).toBe(0);
  });
});
