// Uploads in the middle of commands that are small enough to travel in the uniform block of a kernel that writes them.

import type { NumericArray } from '@omnigrad/tensor';
import { type Dispatch, u32, writes } from './dispatch.ts';

/** Bytes that a uniform block has room for. */
const mostBytes = 192;

export type Words = Exclude<NumericArray, Float64Array>;

export const isSmallUpload = (byteOffset: number, data: NumericArray): data is Words =>
  !(data instanceof Float64Array) && data.length > 0 && data.byteLength <= mostBytes && byteOffset % 256 === 0;

/** Writes `data` to its operand. */
export const uploadDispatch = (data: Words): Dispatch => {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return {
    wgsl: 'index/upload',
    uniforms: [u32(words.length), u32(0), u32(0), u32(0), ...Array.from(words, u32)],
    bindings: [writes(0)],
    workgroups: [1, 1, 1],
  };
};
