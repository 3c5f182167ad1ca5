// Keys of random ops: two words on the host, or a tensor of them whose contents may change between replays.

import type { Backend } from '../../backend.ts';
import { ArgumentError, ShapeError } from '../../errors.ts';
import type { RngKey } from '../../rng.ts';
import { sameShape, showShape } from '../../shape.ts';
import { Tensor, tensor } from '../../tensor.ts';

const isWord = (word: number): boolean => Number.isInteger(word) && word >= 0 && word < 2 ** 32;

/** `key` as a tensor u32 [2] on `backend`; one that is a tensor already is checked and handed back. */
export const keyAsTensor = (op: string, key: RngKey | Tensor, backend: Backend): Tensor => {
  if (key instanceof Tensor) {
    if (key.dtype !== 'u32' || !sameShape(key.shape, [2])) {
      throw new ShapeError(
        op,
        `a key is a tensor u32 [2], came ${key.dtype} ${showShape(key.shape)}; make it with keyTensor()`,
      );
    }
    return key;
  }
  if (key.length !== 2 || !key.every(isWord)) {
    throw new ArgumentError(op, `a key is two words of 32 bits, came [${key.join(', ')}]; make it with rngKey()`);
  }
  return tensor(Uint32Array.from(key), [2], { backend });
};
