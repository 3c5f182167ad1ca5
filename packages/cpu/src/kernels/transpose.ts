import { type Local, type V128, v128 } from '../emitter/index.ts';

/** Four rows of four lanes to columns; `let_` binds a value to a local. */
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
