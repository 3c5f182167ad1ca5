// Walks over strided operands. The last axis given is the column, which runs inside a unit; the others make up
// the index of the unit, the first slowest. A long column is cut into blocks, which are one more axis of the index. A walk has up to
// six axes; a longer shape is several walks.

import { type FunctionBuilder, i32, type Local, select } from '../emitter/index.ts';
import type { Range } from './job.ts';

/** Axes outside the column; shorter shapes have leading ones. */
const outerAxes = 5;
const axes = Array.from({ length: outerAxes + 1 }, (_, i) => i);
const blockAxis = outerAxes;

/** Columns of one block where a walk has few rows: whole cache lines, and enough for the loop's start not to matter. */
const blockColumns = 4096;
/** Walks of fewer rows are cut along their columns. */
const fewRows = 64;

/** Parameters of a walk: address, column step and steps of each operand, the sizes, and the columns. */
export const walkParams = (operands: readonly string[]): Record<string, 'i32'> => {
  const names = [
    'n',
    'block',
    ...axes.map((axis) => `size${axis}`),
    ...operands.flatMap((name) => [name, `${name}_column`, ...axes.map((axis) => `${name}_step${axis}`)]),
  ];
  return Object.fromEntries(names.map((name) => [name, 'i32']));
};

type WalkLocals = Readonly<Record<string, Local<'i32'>>>;

/** One unit: the address of each operand's first column, and the number of columns. */
export interface Place {
  readonly at: Readonly<Record<string, Local<'i32'>>>;
  readonly n: Local<'i32'>;
}

/** Emits the loop over the units of the range. The body must leave the addresses as they are. */
export const overWalk = (
  f: FunctionBuilder,
  p: WalkLocals,
  { begin, end }: Range,
  operands: readonly string[],
  body: (place: Place) => void,
): void => {
  const index = axes.map(() => f.letI32(0));
  const at: Record<string, Local<'i32'>> = {};
  for (const name of operands) at[name] = f.let(p[name]);
  const move = (axis: number, by: (step: Local<'i32'>) => void, name: string): void => by(p[`${name}_step${axis}`]);

  f.if(begin, () => {
    const rest = f.let(begin);
    for (const axis of axes.toReversed()) {
      const size = p[`size${axis}`];
      f.set(index[axis], i32.remU(rest, size));
      f.set(rest, i32.divU(rest, size));
      for (const name of operands) move(axis, (step) => f.advance(at[name], i32.mul(index[axis], step)), name);
    }
  });

  /** To the next index along an axis, or back to its begin and on along the axis before. */
  const advance = (axis: number): void => {
    f.advance(index[axis], 1);
    for (const name of operands) move(axis, (step) => f.advance(at[name], step), name);
    if (axis === 0) return;
    f.if(i32.eq(index[axis], p[`size${axis}`]), () => {
      for (const name of operands) {
        move(axis, (step) => f.set(at[name], i32.sub(at[name], i32.mul(index[axis], step))), name);
      }
      f.set(index[axis], i32.const(0));
      advance(axis - 1);
    });
  };

  const n = f.local('i32');
  f.times(i32.sub(end, begin), () => {
    f.set(n, i32.sub(p.n, i32.mul(index[blockAxis], p.block)));
    f.set(n, select(i32.ltU(n, p.block), n, p.block));
    body({ at, n });
    advance(blockAxis);
  });
};

export interface WalkOperand {
  readonly address: number;
  /** Elements along each axis of the shape. */
  readonly strides: readonly number[];
}

export interface Walk {
  /** In the order of walkParams. */
  readonly values: number[];
  readonly units: number;
  /** Columns of a unit. */
  readonly columns: number;
}

/**
 * The walks over `shape` (no axis of length 0), whose last axis is the column: one, or one for each index of the axes before the
 * last six. `block`: columns of a unit, for bodies that want whole strips.
 */
export const walks = (shape: readonly number[], operands: readonly WalkOperand[], block?: number): Walk[] => {
  if (shape.length <= outerAxes + 1) return [walkOf(shape, operands, block)];
  return Array.from({ length: shape[0] }, (_, i) => {
    const rest = operands.map(({ address, strides: [first, ...strides] }) => ({
      address: address + i * first * 4,
      strides,
    }));
    return walks(shape.slice(1), rest, block);
  }).flat();
};

const walkOf = (shape: readonly number[], operands: readonly WalkOperand[], block: number | undefined): Walk => {
  const column = shape.length - 1;
  const lead = outerAxes - column;
  const n = shape[column];
  let rows = 1;
  for (let i = 0; i < column; i++) rows *= shape[i];
  const columns = block ?? (rows < fewRows && n > blockColumns ? blockColumns : n);
  const blocks = Math.ceil(n / columns);
  const values = [n, columns];
  for (let axis = 0; axis < outerAxes; axis++) values.push(axis < lead ? 1 : shape[axis - lead]);
  values.push(blocks);
  for (const { address, strides } of operands) {
    values.push(address, strides[column] * 4);
    for (let axis = 0; axis < outerAxes; axis++) values.push(axis < lead ? 0 : strides[axis - lead] * 4);
    values.push(columns * strides[column] * 4);
  }
  return { values, units: rows * blocks, columns: Math.min(n, columns) };
};

/** Row-major strides. */
export const contiguous = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
};
