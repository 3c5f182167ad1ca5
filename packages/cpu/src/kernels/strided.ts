// Walks over strided operands of rank 1 to 6. Three axes run inside WebAssembly: planes of rows of columns; the host loops
// over the rest.

/** The axes of a walk; -1 where the shape has no such axis. */
export interface Walk {
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

export const lengthOf = (shape: readonly number[], axis: number): number => (axis < 0 ? 1 : shape[axis]);
/** Step along an axis in bytes. */
export const stepOf = (strides: readonly number[], axis: number): number => (axis < 0 ? 0 : strides[axis] * 4);

/** The last three axes. */
export const lastAxes = (shape: readonly number[]): Walk => {
  const column = shape.length - 1;
  return { plane: Math.max(column - 2, -1), row: column - 1, column };
};

/** A given column (and row); the longest axes that are left become row and plane, which leaves the fewest calls. */
export const longestAxes = (shape: readonly number[], column: number, row = -1): Walk => {
  const longest = (...taken: number[]): number => {
    let best = -1;
    for (let i = 0; i < shape.length; i++) {
      if (!taken.includes(i) && (best < 0 || shape[i] > shape[best])) best = i;
    }
    return best;
  };
  const theRow = row >= 0 ? row : longest(column);
  return { column, row: theRow, plane: longest(column, theRow) };
};

/**
 * Calls `visit` for every index of the axes outside the walk, with the offset of each operand in bytes. The array is reused
 * between calls.
 */
export const eachOuter = (
  shape: readonly number[],
  walk: Walk,
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[]) => void,
): void => {
  const offsets = strides.map(() => 0);
  const descend = (axis: number): void => {
    if (axis === shape.length) {
      visit(offsets);
      return;
    }
    if (axis === walk.column || axis === walk.row || axis === walk.plane) {
      descend(axis + 1);
      return;
    }
    for (let i = 0; i < shape[axis]; i++) {
      descend(axis + 1);
      for (let k = 0; k < strides.length; k++) offsets[k] += strides[k][axis] * 4;
    }
    for (let k = 0; k < strides.length; k++) offsets[k] -= strides[k][axis] * 4 * shape[axis];
  };
  descend(0);
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
