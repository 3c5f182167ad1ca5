// Cutting a [rows, columns, channels] field into patches and putting it together again. Images, spectrograms and
// windows of a series are all such fields; a window has one column, or a column a channel when channels are apart.

import { ArgumentError } from '@omnigrad/tensor';

export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly patchRows: number;
  readonly patchColumns: number;
}

/** A collated batch of patches [batch, tokens, patch width], row-major over the grid. */
export interface PatchArrays {
  readonly batch: number;
  readonly patches: Float32Array;
}

export const gridTokens = (g: PatchGrid): number => (g.rows / g.patchRows) * (g.columns / g.patchColumns);
export const patchWidth = (g: PatchGrid): number => g.patchRows * g.patchColumns * g.channels;
export const fieldSize = (g: PatchGrid): number => g.rows * g.columns * g.channels;

/** Throws ArgumentError for a size that is no whole number above 0, and for patches that leave a rest. */
export const checkGrid = (tokenizer: string, grid: PatchGrid): PatchGrid => {
  for (const [name, value] of Object.entries(grid)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ArgumentError(tokenizer, `${name} must be a whole number above 0, came ${value}`);
    }
  }
  const { rows, columns, patchRows, patchColumns } = grid;
  if (rows % patchRows !== 0 || columns % patchColumns !== 0) {
    throw new ArgumentError(
      tokenizer,
      `patches of ${patchRows} x ${patchColumns} do not tile ${rows} x ${columns}; choose divisors`,
    );
  }
  return grid;
};

/** Calls `visit` for each row of each patch: where it begins in the patches and in the field, and its length. */
const walkRows = (g: PatchGrid, visit: (inPatches: number, inField: number, length: number) => void): void => {
  const line = g.columns * g.channels;
  const run = g.patchColumns * g.channels;
  let at = 0;
  for (let row = 0; row < g.rows; row += g.patchRows) {
    for (let column = 0; column < g.columns; column += g.patchColumns) {
      for (let r = 0; r < g.patchRows; r++) {
        visit(at, (row + r) * line + column * g.channels, run);
        at += run;
      }
    }
  }
};

/** Fields [rows, columns, channels] -> patches [batch, tokens, width]. Throws ArgumentError for none, or for a wrong length. */
export const patchify = (tokenizer: string, grid: PatchGrid, fields: readonly Float32Array[]): PatchArrays => {
  if (fields.length === 0) throw new ArgumentError(tokenizer, 'collate came without samples; pass at least one');
  const size = fieldSize(grid);
  const patches = new Float32Array(fields.length * size);
  fields.forEach((field, b) => {
    if (field.length !== size) {
      throw new ArgumentError(
        tokenizer,
        `sample ${b} of the batch has ${field.length} numbers, expected ${size}; preprocess it with this tokenizer`,
      );
    }
    // runs of a few numbers: a loop is faster than set() of a view
    walkRows(grid, (to, from, length) => {
      for (let i = 0; i < length; i++) patches[b * size + to + i] = field[from + i];
    });
  });
  return { batch: fields.length, patches };
};

/** The inverse of patchify: patches [batch, tokens, width] -> fields [batch, rows, columns, channels]. */
export const unpatchify = (grid: PatchGrid, patches: ArrayLike<number>): Float32Array => {
  const size = fieldSize(grid);
  const out = new Float32Array(patches.length);
  for (let start = 0; start < patches.length; start += size) {
    walkRows(grid, (from, to, length) => {
      for (let i = 0; i < length; i++) out[start + to + i] = patches[start + from + i];
    });
  }
  return out;
};
