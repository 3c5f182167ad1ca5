// Strided copies: slices, permutes, broadcasts, concatenation. Rows that are dense on both sides go by vectors, a transposed
// pair of axes by 4 x 4 blocks, the rest element by element.

import type { CpuKernelArgs } from '@omnigrad/tensor';
import {
  type FunctionBuilder,
  f32x4,
  type I32,
  i32,
  type Local,
  type ModuleBuilder,
  type V128,
  v128,
} from '../emitter/index.ts';
import type { KernelFamily } from './kernel.ts';
import { overLanes } from './lanes.ts';
import { eachOuter, lengthOf, longestAxes, stepOf } from './strided.ts';

/** Rows of four vectors to columns. */
export const transpose4 = (let_: (x: V128) => Local<'v128'>, rows: readonly V128[]): V128[] => {
  const ab = let_(v128.shuffle32(rows[0], rows[1], [0, 4, 1, 5]));
  const ab2 = let_(v128.shuffle32(rows[0], rows[1], [2, 6, 3, 7]));
  const cd = let_(v128.shuffle32(rows[2], rows[3], [0, 4, 1, 5]));
  const cd2 = let_(v128.shuffle32(rows[2], rows[3], [2, 6, 3, 7]));
  return [
    v128.shuffle32(ab, cd, [0, 1, 4, 5]),
    v128.shuffle32(ab, cd, [2, 3, 6, 7]),
    v128.shuffle32(ab2, cd2, [0, 1, 4, 5]),
    v128.shuffle32(ab2, cd2, [2, 3, 6, 7]),
  ];
};

/** Above this many elements a row, the engine's memory.copy beats our loop in spite of its call. */
const longRow = 256;

const steps = {
  x: 'i32',
  out: 'i32',
  rows: 'i32',
  n: 'i32',
  xRow: 'i32',
  outRow: 'i32',
  xCol: 'i32',
  outCol: 'i32',
} as const;
type Steps = { readonly [K in keyof typeof steps]: Local<'i32'> };

/** Emits `name`, which runs `plane` for every plane. */
const emitPlanes = (m: ModuleBuilder, name: string, plane: (f: FunctionBuilder, p: Steps) => void): void => {
  const one = m.inner(`${name}_plane`, steps, plane);
  m.func(name, { planes: 'i32', xPlane: 'i32', outPlane: 'i32', ...steps }, (f, p) => {
    f.times(p.planes, () => {
      f.call(one, p.x, p.out, p.rows, p.n, p.xRow, p.outRow, p.xCol, p.outCol);
      f.advance(p.x, p.xPlane);
      f.advance(p.out, p.outPlane);
    });
  });
};

/** Both sides dense along the columns. */
const copyRows = (f: FunctionBuilder, p: Steps): void => {
  const eachRow = (body: () => void): void =>
    f.times(p.rows, () => {
      body();
      f.advance(p.x, p.xRow);
      f.advance(p.out, p.outRow);
    });
  f.if(
    i32.geU(p.n, longRow),
    () => eachRow(() => f.memoryCopy(p.out, p.x, i32.shl(p.n, 2))),
    () => eachRow(() => overLanes(f, p.n, (lanes) => lanes.store(p.out, lanes.load(p.x)), 2)),
  );
};

const copyElements = (f: FunctionBuilder, p: Steps): void => {
  f.times(p.rows, () => {
    const from = f.let(p.x);
    const to = f.let(p.out);
    f.times(p.n, () => {
      f.storeI32(to, i32.load(from));
      f.advance(from, p.xCol);
      f.advance(to, p.outCol);
    });
    f.advance(p.x, p.xRow);
    f.advance(p.out, p.outRow);
  });
};

/** Columns of one strip of a transpose: a cache line of out. */
const stripColumns = 16;

/**
 * x dense along the rows, out along the columns: out[r · outRow + c] = x[r + c · xCol]. Strips of 16 columns, so that each
 * row of out is written by whole cache lines; within a strip 4 x 4 blocks.
 */
const copyTransposed = (f: FunctionBuilder, p: Steps): void => {
  const rowBytes = f.let(i32.shl(p.rows, 2));
  /** Four rows at byte r of x's rows, `columns` columns, to `to`. */
  const blocks = (r: I32, to: I32, columns: number): void => {
    const from = f.let(i32.add(p.x, r));
    for (let c = 0; c < columns; c += 4) {
      const rows: V128[] = [];
      for (let i = 0; i < 4; i++) {
        rows.push(f.let(v128.load(from)));
        f.advance(from, p.xCol);
      }
      const at = f.let(to);
      for (const column of transpose4((v) => f.let(v), rows)) {
        f.storeV128(at, column, c * 4);
        f.advance(at, p.outRow);
      }
    }
  };
  const strip = (columns: number): void => {
    const r = f.letI32(0);
    const to = f.let(p.out);
    if (columns > 1) {
      const end = f.let(i32.and(rowBytes, -16));
      f.while(i32.ltU(r, end), () => {
        blocks(r, to, columns);
        f.advance(to, i32.shl(p.outRow, 2));
        f.advance(r, 16);
      });
    }
    f.while(i32.ltU(r, rowBytes), () => {
      const from = f.let(i32.add(p.x, r));
      for (let c = 0; c < columns; c++) {
        f.storeI32(to, i32.load(from), c * 4);
        f.advance(from, p.xCol);
      }
      f.advance(to, p.outRow);
      f.advance(r, 4);
    });
    f.advance(p.x, i32.mul(p.xCol, columns));
    f.advance(p.out, columns * 4);
    f.advance(left, -columns);
  };
  const left = f.let(p.n);
  for (const columns of [stripColumns, 4, 1]) f.while(i32.geU(left, columns), () => strip(columns));
};

/** out += x, both sides dense along the columns. */
const addRows = (f: FunctionBuilder, p: Steps): void =>
  f.times(p.rows, () => {
    overLanes(f, p.n, (lanes) => lanes.store(p.out, f32x4.add(lanes.load(p.out), lanes.load(p.x))), 2);
    f.advance(p.x, p.xRow);
    f.advance(p.out, p.outRow);
  });

const addElements = (f: FunctionBuilder, p: Steps): void => {
  f.times(p.rows, () => {
    const from = f.let(p.x);
    const to = f.let(p.out);
    f.times(p.n, () => {
      f.storeLane(to, f32x4.add(v128.load32Splat(to), v128.load32Splat(from)), 0);
      f.advance(from, p.xCol);
      f.advance(to, p.outCol);
    });
    f.advance(p.x, p.xRow);
    f.advance(p.out, p.outRow);
  });
};

/** Drops axes of one element and merges neighbours that both sides walk in one stride. */
const simplify = (args: CpuKernelArgs['copy']): { shape: number[]; from: number[]; to: number[] } => {
  const shape: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  args.shape.forEach((d, i) => {
    if (d === 1) return;
    const last = shape.length - 1;
    const [s, t] = [args.inStrides[i], args.outStrides[i]];
    if (last >= 0 && from[last] === s * d && to[last] === t * d) {
      shape[last] *= d;
      from[last] = s;
      to[last] = t;
    } else {
      shape.push(d);
      from.push(s);
      to.push(t);
    }
  });
  if (shape.length === 0) return { shape: [1], from: [1], to: [1] };
  return { shape, from, to };
};

export const copyFamily: KernelFamily<'copy' | 'addStrided'> = {
  emit: (m) => {
    emitPlanes(m, 'copy_rows', copyRows);
    emitPlanes(m, 'copy_elements', copyElements);
    emitPlanes(m, 'copy_transposed', copyTransposed);
    emitPlanes(m, 'add_rows', addRows);
    emitPlanes(m, 'add_elements', addElements);
  },
  bind: (host) => {
    const rows = host.fn('copy_rows');
    const elements = host.fn('copy_elements');
    const transposed = host.fn('copy_transposed');
    const sumRows = host.fn('add_rows');
    const sumElements = host.fn('add_elements');
    const run = (x: number, out: number, args: CpuKernelArgs['copy'], adds: boolean): void => {
      if (args.shape.includes(0)) return;
      const { shape, from, to } = simplify(args);
      const column = shape.length - 1;
      const denseOut = to[column] === 1;
      const dense = denseOut && from[column] === 1;
      // a transpose in disguise: another axis is the dense one of x
      const denseRow = !adds && denseOut && from[column] !== 1 ? from.indexOf(1) : -1;
      const walk = longestAxes(shape, column, denseRow);
      const { plane, row } = walk;
      const copies = dense ? rows : denseRow >= 0 ? transposed : elements;
      const move = adds ? (dense ? sumRows : sumElements) : copies;
      const x0 = x + args.inOffset * 4;
      const out0 = out + args.outOffset * 4;
      eachOuter(shape, walk, [from, to], ([i, o]) => {
        move(
          lengthOf(shape, plane),
          stepOf(from, plane),
          stepOf(to, plane),
          x0 + i,
          out0 + o,
          lengthOf(shape, row),
          shape[column],
          stepOf(from, row),
          stepOf(to, row),
          stepOf(from, column),
          stepOf(to, column),
        );
      });
    };
    return {
      copy: ([x, out], args) => run(x, out, args, false),
      addStrided: ([x, out], args) => run(x, out, args, true),
    };
  },
};
