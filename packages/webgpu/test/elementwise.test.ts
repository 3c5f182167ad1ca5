import { call, input } from '@omnigrad/tensor';
import { unaryCases } from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';
import { leastAbilities } from '../src/abilities.ts';
import { launchOf } from '../src/kernels/table.ts';
import { testCases } from './support.ts';

describe('unary', () => {
  testCases(unaryCases);

  it('launches by size alone', () => {
    const of = (n: number) =>
      launchOf('exp', call('unary', [input(0), input(1)], { fn: 'exp', n }), {
        ...leastAbilities,
        workgroupsPerAxis: 3,
      });
    expect(of(0).dispatches).toEqual([]);
    expect(of(1).dispatches[0].workgroups).toEqual([1, 1, 1]);
    expect(of(2049).dispatches[0].workgroups).toEqual([2, 1, 1]);
    expect(of(8 * 2048).dispatches[0].workgroups).toEqual([3, 3, 1]);
    expect(of(8).dispatches[0].constants).toEqual(of(8 * 2048).dispatches[0].constants);
  });
});
