// Dropout from Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11): element i takes word
// i mod 4 of the block at counter floor(i / 4). Four blocks run side by side in the lanes.

import {
  type FunctionBuilder,
  f32x4,
  type I32,
  i32,
  i32x4,
  i64x2,
  type Local,
  type V128,
  v128,
} from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { transpose4 } from './transpose.ts';

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
const philox = (f: FunctionBuilder, counters: V128, key0: I32, key1: I32): Local<'v128'>[] => {
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

/** Elements of a unit: four blocks of four words. */
const groupSize = 16;

const dropout = defineJob(
  'dropout',
  { x: 'i32', key: 'i32', out: 'i32', n: 'i32', threshold: 'i32', scale: 'f32' },
  // keeps element i where its 24-bit word is at least the threshold
  (f, p, range) => {
    skipTo(f, range, [
      [p.x, groupSize * 4],
      [p.out, groupSize * 4],
    ]);
    const key0 = f.let(i32.load(p.key));
    const key1 = f.let(i32.load(p.key, 4));
    const scale = f.let(f32x4.splat(p.scale));
    const threshold = f.let(i32x4.splat(p.threshold));
    const counter = f.let(i32x4.add(i32x4.splat(i32.shl(range.begin, 2)), i32x4.constLanes([0, 1, 2, 3])));
    const left = f.let(i32.sub(p.n, i32.mul(range.begin, groupSize)));
    const most = f.let(i32.mul(countOf(f, range), groupSize));
    f.if(i32.gtU(left, most), () => f.set(left, most));
    const kept = (words: V128, x: V128): V128 =>
      v128.and(f32x4.mul(x, scale), i32x4.geS(i32x4.shrU(words, 8), threshold));
    f.while(i32.ne(left, 0), () => {
      const columns = philox(f, counter, key0, key1);
      const blocks = transpose4((value) => f.let(value), columns).map((block) => f.let(block));
      f.if(
        i32.geU(left, groupSize),
        () => {
          for (const [k, words] of blocks.entries()) f.storeV128(p.out, kept(words, v128.load(p.x, 16 * k)), 16 * k);
          f.set(left, i32.sub(left, groupSize));
        },
        () => {
          const words = f.local('v128');
          blocks.forEach((block) => {
            f.set(words, block);
            for (let lane = 0; lane < 4; lane++) {
              f.if(left, () => {
                f.storeLane(p.out, kept(words, v128.load32Splat(p.x)), lane);
                f.advance(p.x, 4);
                f.advance(p.out, 4);
                f.advance(left, -1);
              });
            }
          });
        },
      );
      f.set(counter, i32x4.add(counter, i32x4.const(4)));
      f.advance(p.x, 64);
      f.advance(p.out, 64);
    });
  },
);

export const randomFamily: KernelFamily<'dropout'> = {
  jobs: [dropout],
  launches: {
    // u >= p with u = word24 · 2^-24 is word24 >= ceil(p · 2^24), without rounding p
    dropout: ([x, key, out], { n, p }) => [
      launch(
        dropout,
        { x, key, out, n, threshold: Math.ceil(p * 2 ** 24), scale: 1 / (1 - p) },
        Math.ceil(n / groupSize),
        30,
      ),
    ],
  },
};
