// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11), four blocks side by side in the lanes.

import { type FunctionBuilder, type I32, i32x4, i64x2, type Local, type V128, v128 } from '../emitter/index.ts';

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High and low words of x · multiplier in every lane. */
const wideProduct = (f: FunctionBuilder, x: V128, multiplier: number): { high: V128; low: V128 } => {
  const m = i32x4.const(multiplier);
  const even = f.let(i64x2.extmulLowI32x4U(x, m));
  const odd = f.let(i64x2.extmulHighI32x4U(x, m));
  return { low: v128.shuffle32(even, odd, [0, 2, 4, 6]), high: v128.shuffle32(even, odd, [1, 3, 5, 7]) };
};

/** Ten rounds on counters [c, 0, 0, 0] (c in lanes); word w of every block in vector w. */
export const philox = (f: FunctionBuilder, counters: V128, key0: I32, key1: I32): Local<'v128'>[] => {
  let words = [f.let(counters), f.let(i32x4.const(0)), f.let(i32x4.const(0)), f.let(i32x4.const(0))];
  const k0 = f.let(i32x4.splat(key0));
  const k1 = f.let(i32x4.splat(key1));
  for (let round = 0; round < 10; round++) {
    if (round > 0) {
      f.set(k0, i32x4.add(k0, i32x4.const(weyl0)));
      f.set(k1, i32x4.add(k1, i32x4.const(weyl1)));
    }
    const p0 = wideProduct(f, words[0], multiplier0);
    const p1 = wideProduct(f, words[2], multiplier1);
    words = [
      f.let(v128.xor(v128.xor(p1.high, words[1]), k0)),
      f.let(p1.low),
      f.let(v128.xor(v128.xor(p0.high, words[3]), k1)),
      f.let(p0.low),
    ];
  }
  return words;
};
