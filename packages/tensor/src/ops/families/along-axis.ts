// Ops whose ids replace one coordinate of each element: shapes, and the walk that they share.

import type { ReferenceArray } from '../../backend.ts';
import type { IdWalk } from '../../cpu-plan.ts';
import { ShapeError } from '../../errors.ts';
import { coalesce, normalizeAxis, type Shape, showShape, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { slice } from '../slice/slice.ts';
import { walk } from './elementwise.ts';
import { checkIds } from './ids.ts';

/** ids have the rank of x and lie inside it along every axis but `axis`. */
export const checkAlongAxis = (op: string, x: Shape, ids: Shape, axis: number): void => {
  if (ids.length !== x.length) {
    throw new ShapeError(op, `ids ${showShape(ids)} must have the rank of x ${showShape(x)}; reshape them`);
  }
  const wide = ids.findIndex((d, i) => i !== axis && d > x[i]);
  if (wide >= 0) {
    throw new ShapeError(
      op,
      `ids ${showShape(ids)} do not fit x ${showShape(x)}: ${ids[wide]} > ${x[wide]} at axis ${wide}, and only axis ${axis} may be longer; slice() them`,
    );
  }
};

/** `axis` from the front, after a look at the ids: their shape first, as a wrong one makes their values puzzling. */
export const axisOfIds = (op: string, x: Tensor, ids: Tensor, axis: number): number => {
  const a = normalizeAxis(op, axis, x.rank);
  checkAlongAxis(op, x.shape, ids.shape, a);
  checkIds(op, ids, x.shape[a]);
  return a;
};

/** The part of `source` that has the shape of the ids, from the front. */
export const cutToIds = (op: string, source: Tensor, ids: Shape): Tensor => {
  if (source.rank !== ids.length || ids.some((d, i) => d > source.shape[i])) {
    throw new ShapeError(
      op,
      `source ${showShape(source.shape)} must be at least as large as ids ${showShape(ids)} along every axis`,
    );
  }
  let part = source;
  ids.forEach((end, axis) => {
    if (end < part.shape[axis]) part = slice(part, { axis, end });
  });
  return part;
};

/** Where ids along `axis` of a tensor of shape x lead. */
export const idsAlong = (x: Shape, ids: Shape, axis: number): IdWalk => {
  const own = stridesOf(x);
  const { shape, strides } = coalesce(ids, [own.map((s, i) => (i === axis ? 0 : s))]);
  return { shape, strides: strides[0], step: own[axis] };
};

/** Ids that are positions themselves. */
export const flatIds = (ids: Shape): IdWalk => ({ shape: [sizeOf(ids)], strides: [0], step: 1 });

/** Calls `visit` for each id i in row-major order with the flat position in x: the place of i with the id along `axis`. */
export const alongAxis = (
  x: Shape,
  ids: ReferenceArray,
  axis: number,
  visit: (i: number, position: number) => void,
): void => {
  const own = stridesOf(x);
  const step = own[axis];
  const merged = coalesce(ids.shape, [own.map((s, i) => (i === axis ? 0 : s))]);
  const last = merged.shape.length - 1;
  const n = merged.shape[last];
  const inner = merged.strides[0][last];
  walk(merged.shape.slice(0, last), [merged.strides[0].slice(0, last)], (row, at) => {
    const start = at[0];
    for (let j = 0; j < n; j++) {
      const i = row * n + j;
      visit(i, start + j * inner + ids.data[i] * step);
    }
  });
};
