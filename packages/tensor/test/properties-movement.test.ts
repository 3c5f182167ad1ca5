// Movement on random shapes, against loops over multi-indices, and the algebra of shapes.

import {
  chunk,
  concat,
  diagonal,
  diagonalEmbed,
  flatten,
  flip,
  fold,
  moveAxis,
  mul,
  padAxes,
  permute,
  repeat,
  reshape,
  roll,
  type Shape,
  select,
  sizeOf,
  sliceAxes,
  split,
  squeeze,
  stack,
  sum,
  swapAxes,
  type Tensor,
  tile,
  trace,
  tril,
  triu,
  unfold,
  unsqueeze,
  unstack,
  useBackend,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  backend,
  check,
  type Draw,
  draws,
  flat,
  indices,
  numbered,
  of,
  property,
  shapeAndAxis,
  shapes,
} from './oracles.ts';

useBackend(backend);

const same = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect([...a.readSync()]).toEqual([...b.readSync()]);
};

/** Random axes of a rank, each once, counted from either end. */
const someAxes = (rank: number, draw: Draw): number[] =>
  Array.from({ length: rank }, (_, a) => a)
    .filter(() => draw(2) === 0)
    .map((a) => (draw(2) === 0 ? a : a - rank));

const given = fc.tuple(shapes(0, 4), draws);

describe('slices', () => {
  it('walk from start to end in steps, as a host loop does', () => {
    property(
      given,
      ([shape, draw]) => {
        const x = numbered(shape);
        const picks: number[][] = [];
        const parts = shape.map((d) => {
          const kind = draw(d === 0 ? 2 : 3);
          if (kind === 2) {
            const index = draw(d);
            picks.push([index]);
            return draw(2) === 0 ? index : index - d;
          }
          if (kind === 1) {
            picks.push(Array.from({ length: d }, (_, k) => k));
            return null;
          }
          const step = (1 + draw(3)) * (draw(2) === 0 ? 1 : -1);
          const all = Array.from({ length: d + 1 }, (_, k) => k);
          if (step > 0) {
            const start = draw(d + 1);
            const end = start + draw(d - start + 1);
            picks.push(all.filter((k) => k >= start && k < end && (k - start) % step === 0));
            return { start: start < d && draw(2) === 0 ? start - d : start, end, step };
          }
          const start = d === 0 ? undefined : draw(d);
          const from = start ?? -1;
          const end = draw(2) === 0 || from < 0 ? undefined : draw(from + 1);
          picks.push(all.filter((k) => k <= from && k > (end ?? -1) && (from - k) % -step === 0).reverse());
          return { step, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
        });
        const kept = shape.flatMap((_, a) => (typeof parts[a] === 'number' ? [] : [a]));
        check(
          sliceAxes(of(x, shape), parts),
          kept.map((a) => picks[a].length),
          (i) => {
            const source = picks.map((list, a) => list[kept.includes(a) ? i[kept.indexOf(a)] : 0]);
            return x[flat(source, shape)];
          },
        );
      },
      200,
    );
  });

  it('split, chunk and unstack are undone by concat and stack', () => {
    property(fc.tuple(shapeAndAxis(), draws), ([{ shape, axis, given }, draw]) => {
      const x = of(numbered(shape), shape);
      const sizes: number[] = [];
      for (let left = shape[axis]; left > 0 || sizes.length === 0; left -= sizes[sizes.length - 1])
        sizes.push(Math.min(left, draw(4)));
      same(concat(split(x, sizes, given), { axis: given }), x);
      const parts = chunk(x, 1 + draw(4), { axis: given });
      same(concat(parts, { axis: given }), x);
      if (shape[axis] === 0) return;
      same(stack(unstack(x, { axis: given }), { axis }), x);
      const index = draw(shape[axis]);
      same(select(x, { axis: given, index }), unstack(x, { axis: given })[index]);
    });
  });
});

describe('padding', () => {
  const sources = {
    constant: () => -1,
    edge: (i: number, d: number) => Math.min(Math.max(i, 0), d - 1),
    circular: (i: number, d: number) => (i + d) % d,
    reflect: (i: number, d: number) => (i < 0 ? -i : i >= d ? 2 * (d - 1) - i : i),
  };

  it('reads where each mode says', () => {
    property(
      fc.tuple(given, fc.constantFrom<keyof typeof sources>('constant', 'edge', 'circular', 'reflect')),
      ([[shape, draw], mode]) => {
        const x = numbered(shape);
        const most = (d: number): number =>
          ({ constant: 3, edge: d === 0 ? 0 : 3, circular: d, reflect: Math.max(0, d - 1) })[mode];
        const widths = shape.map((d): [number, number] => [draw(most(d) + 1), draw(most(d) + 1)]);
        const value = mode === 'constant' ? 9.5 : 0;
        check(
          padAxes(of(x, shape), widths, { mode, value }),
          shape.map((d, a) => d + widths[a][0] + widths[a][1]),
          (i) => {
            const own = i.map((v, a) => v - widths[a][0]);
            const inside = own.every((v, a) => v >= 0 && v < shape[a]);
            if (!inside && mode === 'constant') return 9.5;
            return x[flat(inside ? own : own.map((v, a) => sources[mode](v, shape[a])), shape)];
          },
        );
      },
    );
  });
});

describe('orders and copies', () => {
  it('flip, roll, tile and repeat', () => {
    property(given, ([shape, draw]) => {
      const x = numbered(shape);
      const t = of(x, shape);
      const axes = someAxes(shape.length, draw);
      const front = axes.map((a) => (a < 0 ? a + shape.length : a));
      check(
        flip(t, { axes }),
        shape,
        (i) =>
          x[
            flat(
              i.map((v, a) => (front.includes(a) ? shape[a] - 1 - v : v)),
              shape,
            )
          ],
      );
      check(flip(t), shape, (i) => x[x.length - 1 - flat(i, shape)]);

      const shifts = axes.map(() => draw(19) - 9);
      const rolled = (v: number, a: number): number => {
        const k = front.indexOf(a);
        return k < 0 ? v : (((v - shifts[k]) % shape[a]) + shape[a]) % shape[a];
      };
      check(roll(t, shifts, { axes }), shape, (i) => x[flat(i.map(rolled), shape)]);
      const shift = draw(19) - 9;
      check(roll(t, shift), shape, (i) => x[(((flat(i, shape) - shift) % x.length) + x.length) % x.length]);

      const counts = Array.from({ length: draw(5) }, () => draw(3));
      const rank = Math.max(shape.length, counts.length);
      const own = [...new Array<number>(rank - shape.length).fill(1), ...shape];
      const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
      check(
        tile(t, counts),
        own.map((d, a) => d * times[a]),
        (i) =>
          x[
            flat(
              i.map((v, a) => v % own[a]),
              own,
            )
          ],
      );

      if (shape.length === 0) return;
      const axis = draw(shape.length);
      const each = Array.from({ length: shape[axis] }, () => draw(3));
      const from = each.flatMap((n, k) => new Array<number>(n).fill(k));
      check(repeat(t, each, { axis }), at(shape, axis, from.length), (i) => x[flat(at(i, axis, from[i[axis]]), shape)]);
      const count = draw(4);
      check(
        repeat(t, count, { axis: axis - shape.length }),
        at(shape, axis, count * shape[axis]),
        (i) => x[flat(at(i, axis, Math.floor(i[axis] / count)), shape)],
      );
    });
  });
});

describe('diagonals and triangles', () => {
  it('read, place and keep what their offset says', () => {
    property(fc.tuple(shapes(2, 4), draws), ([shape, draw]) => {
      const x = numbered(shape);
      const t = of(x, shape);
      const rows = draw(shape.length);
      const columns = (rows + 1 + draw(shape.length - 1)) % shape.length;
      const offset = draw(9) - 4;
      const others = shape.map((_, a) => a).filter((a) => a !== rows && a !== columns);
      const lead = others.map((a) => shape[a]);
      const pairs = indices([shape[rows], shape[columns]]).filter(([r, c]) => c - r === offset);
      const wanted = (i: readonly number[], [r, c]: readonly number[]): number =>
        x[
          flat(
            shape.map((_, a) => (a === rows ? r : a === columns ? c : i[others.indexOf(a)])),
            shape,
          )
        ];
      const d = diagonal(t, { axes: [rows - shape.length, columns], offset });
      check(d, [...lead, pairs.length], (i) => wanted(i, pairs[i[i.length - 1]]));
      check(trace(t, { axes: [rows, columns], offset }), lead, (i) => pairs.reduce((s, p) => s + wanted(i, p), 0));
      const embedded = diagonalEmbed(d, { axes: [rows, columns], offset });
      same(diagonal(embedded, { axes: [rows, columns], offset }), d);
      expect(sum(embedded).itemSync()).toBe(sum(d).itemSync());

      const [r, c] = [shape.length - 2, shape.length - 1];
      check(tril(t, { diagonal: offset }), shape, (i) => (i[c] - i[r] <= offset ? x[flat(i, shape)] : 0));
      check(triu(t, { diagonal: offset }), shape, (i) => (i[c] - i[r] >= offset ? x[flat(i, shape)] : 0));
    });
  });
});

describe('windows', () => {
  const windows = fc.tuple(fc.integer({ min: 1, max: 3 }), draws).map(([axes, draw]) => {
    const each = (limit: number, from: number): number[] => Array.from({ length: axes }, () => from + draw(limit));
    const [kernel, stride, padding, dilation] = [each(axes === 3 ? 2 : 3, 1), each(3, 1), each(2, 0), each(2, 1)];
    const spatial = kernel.map((k, a) => Math.max(0, dilation[a] * (k - 1) + 1 - 2 * padding[a]) + draw(3));
    return { shape: [draw(3), draw(3), ...spatial], spatial, kernel, stride, padding, dilation };
  });

  it('unfold reads each window, and fold is its adjoint', () => {
    property(windows, ({ shape, spatial, kernel, stride, padding, dilation }) => {
      const x = numbered(shape);
      const options = { kernel, stride, padding, dilation };
      const counts = spatial.map(
        (d, a) => Math.floor((d + 2 * padding[a] - dilation[a] * (kernel[a] - 1) - 1) / stride[a]) + 1,
      );
      const [taps, places] = [indices(kernel), indices(counts)];
      const [batch, channels] = shape;
      const columns = unfold(of(x, shape), options);
      check(columns, [batch, channels * taps.length, places.length], ([b, row, place]) => {
        const tap = taps[row % taps.length];
        const at = places[place].map((p, a) => p * stride[a] + tap[a] * dilation[a] - padding[a]);
        const inside = at.every((v, a) => v >= 0 && v < spatial[a]);
        return inside ? x[flat([b, Math.floor(row / taps.length), ...at], shape)] : 0;
      });
      // <unfold x, y> = <x, fold y>
      const y = of(
        Array.from({ length: columns.size }, (_, i) => ((i * 7) % 11) - 5),
        columns.shape,
      );
      const left = sum(mul(columns, y)).itemSync();
      const right = sum(mul(of(x, shape), fold(y, { spatial, ...options }))).itemSync();
      expect(left).toBe(right);
    });
  });
});

describe('shapes', () => {
  const shuffled = (rank: number, draw: Draw): number[] => {
    const rest = Array.from({ length: rank }, (_, a) => a);
    return Array.from({ length: rank }, () => rest.splice(draw(rest.length), 1)[0]);
  };

  it('flatten, unsqueeze and squeeze undo each other and move nothing', () => {
    property(given, ([shape, draw]) => {
      const x = of(numbered(shape), shape);
      const rank = shape.length;
      same(reshape(flatten(x), shape), x);
      if (rank > 0) {
        const start = draw(rank);
        const end = start + draw(rank - start);
        const merged = [...shape.slice(0, start), sizeOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)];
        const flattened = flatten(x, { start: start - rank, end });
        expect(flattened.shape).toEqual(merged);
        same(reshape(flattened, shape), x);
      }
      const places = Array.from({ length: rank + 2 }, (_, a) => a);
      const axes = [places.splice(draw(places.length), 1)[0], places.splice(draw(places.length), 1)[0]];
      const wide = unsqueeze(x, { axes: [axes[0] - (rank + 2), axes[1]] });
      const rest = [...shape];
      expect(wide.shape).toEqual(Array.from({ length: rank + 2 }, (_, a) => (axes.includes(a) ? 1 : rest.shift())));
      same(squeeze(wide, { axes }), x);
      same(
        squeeze(wide),
        reshape(
          x,
          shape.filter((d) => d !== 1),
        ),
      );
    });
  });

  it('permute is undone by its inverse; swapAxes and moveAxis are permutations', () => {
    property(fc.tuple(shapes(1, 5), draws), ([shape, draw]) => {
      const values = numbered(shape);
      const x = of(values, shape);
      const rank = shape.length;
      const order = shuffled(rank, draw);
      const moved = permute(
        x,
        order.map((a) => (draw(2) === 0 ? a : a - rank)),
      );
      check(
        moved,
        order.map((a) => shape[a]),
        (i) =>
          values[
            flat(
              shape.map((_, a) => i[order.indexOf(a)]),
              shape,
            )
          ],
      );
      same(
        permute(
          moved,
          order.map((_, a) => order.indexOf(a)),
        ),
        x,
      );
      const [a, b] = [draw(rank), draw(rank)];
      same(swapAxes(swapAxes(x, a, b - rank), a - rank, b), x);
      const swapped = shape.map((_, k) => (k === a ? b : k === b ? a : k));
      same(swapAxes(x, a, b), permute(x, swapped));
      same(moveAxis(moveAxis(x, a, b), b, a), x);
      // numpy.moveaxis: the others keep their order
      const others = shape.map((_, k) => k).filter((k) => k !== a);
      others.splice(b, 0, a);
      same(moveAxis(x, a - rank, b), permute(x, others));
      same(
        moveAxis(
          x,
          order,
          order.map((_, k) => k),
        ),
        moved,
      );
    });
  });

  const flatShape = (shape: Shape): number[] => [sizeOf(shape)];
  it('reshape keeps the row-major order and works out -1', () => {
    property(given, ([shape, draw]) => {
      const x = of(numbered(shape), shape);
      same(reshape(reshape(x, flatShape(shape)), shape), x);
      if (shape.length === 0 || x.size === 0) return;
      const unknown = draw(shape.length);
      same(reshape(reshape(x, flatShape(shape)), at(shape, unknown, -1)), x);
    });
  });
});
