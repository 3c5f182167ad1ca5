// Dropout: element i takes word i mod 4 of the Philox block at counter floor(i / 4).

import { f32x4, i32, i32x4, type V128, v128 } from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { philox } from './philox.ts';
import { transpose4 } from './transpose.ts';

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
