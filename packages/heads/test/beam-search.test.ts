// Beam search beside brute force over all texts of a tiny vocabulary, its rules one by one, and ties.

import { randomNormal, rngKey } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BeamSearch,
  type Found,
  lengthPenaltyOf,
  repeatingTokens,
  type SearchOptions,
  type SearchSettings,
  searchSettings,
} from '../src/index.ts';

const endId = 0;
const padId = 1;

/** Log-probabilities of the next id as a pure function of what is written. */
type Model = (ids: readonly number[]) => Float64Array;

const drawnModel =
  (seed: number, vocabulary: number, round = (x: number): number => x): Model =>
  (ids) => {
    const logits = Float64Array.from(randomNormal(rngKey(seed + ids.reduce((h, id) => h * 7 + id + 1, 1)), vocabulary));
    const total = logits.reduce((sum, x) => sum + Math.exp(round(x)), 0);
    return logits.map((x) => round(x) - Math.log(total));
  };

const settingsOf = (options: SearchOptions, length: number): SearchSettings =>
  searchSettings(options, { endId, banned: [padId], length });

const search = (model: Model, options: SearchOptions, length: number): Found => {
  const state = new BeamSearch(settingsOf(options, length));
  while (!state.over) state.advance(state.live.map(({ ids }) => model(ids)));
  return state.best;
};

/** The best of all texts that the rules allow. */
const bruteForce = (model: Model, options: SearchOptions, length: number): Found => {
  const { maxLength, minLength, noRepeatNgram, lengthPenalty } = settingsOf(options, length);
  let best: Found | null = null;
  const offer = (ids: readonly number[], logProbability: number, ended: boolean): void => {
    const score = logProbability / lengthPenaltyOf(ids.length + Number(ended), lengthPenalty);
    if (best === null || score > best.score) best = { ids, logProbability, score, ended };
  };
  const visit = (ids: readonly number[], sum: number): void => {
    const row = model(ids);
    const shut = repeatingTokens(ids, noRepeatNgram);
    row.forEach((x, token) => {
      if (token === endId) {
        if (ids.length >= minLength) offer(ids, sum + x, true);
      } else if (token !== padId && !shut.has(token)) {
        const longer = [...ids, token];
        if (longer.length === maxLength) offer(longer, sum + x, false);
        else visit(longer, sum + x);
      }
    });
  };
  visit([], 0);
  if (best === null) throw new Error('no text is allowed');
  return best;
};

describe('beam search', () => {
  it('with as many beams as there are texts finds what brute force finds', () => {
    const options = fc.record({
      lengthPenalty: fc.constantFrom(0, 0.6, 1, 2),
      minLength: fc.integer({ min: 0, max: 2 }),
      maxLength: fc.integer({ min: 3, max: 4 }),
      noRepeatNgram: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(fc.nat(1e6), options, (seed, given) => {
        // three ids may be written: at most 27 live texts
        const model = drawnModel(seed, 5);
        expect(search(model, { ...given, beams: 27 }, 4)).toEqual(bruteForce(model, given, 4));
      }),
      { numRuns: 80 },
    );
  });

  it('with few beams finds no better text than brute force, more beams find as good ones on the whole', () => {
    let [greedy, wide] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const model = drawnModel(seed, 5);
      const best = bruteForce(model, {}, 4).score;
      const scores = [1, 4].map((beams) => search(model, { beams }, 4).score);
      for (const score of scores) expect(score).toBeLessThanOrEqual(best);
      greedy += scores[0];
      wide += scores[1];
    }
    expect(wide).toBeGreaterThan(greedy);
  });

  it('greedy takes the likeliest id each time and stops at the end', () => {
    const model = drawnModel(3, 6);
    const wanted: number[] = [];
    for (let ended = false; !ended && wanted.length < 8; ) {
      const row = Array.from(model(wanted), (x, id) => (id === padId ? -Infinity : x));
      const next = row.indexOf(Math.max(...row));
      ended = next === endId;
      if (!ended) wanted.push(next);
    }
    expect(search(model, {}, 8).ids).toEqual(wanted);
  });

  it('a length penalty prefers longer texts, by the formula of GNMT', () => {
    expect(lengthPenaltyOf(1, 0.7)).toBe(1);
    expect(lengthPenaltyOf(7, 0.5)).toBeCloseTo(Math.SQRT2, 12);
    // ending now costs 1; going on costs 0.3 an id and 0.1 for the end
    const model: Model = () => Float64Array.of(-1, -9, -0.4);
    const ends: Model = (ids) => (ids.length === 3 ? Float64Array.of(-0.1, -9, -9) : model(ids));
    expect(search(ends, { beams: 4 }, 6)).toMatchObject({ ids: [], score: -1, ended: true });
    const long = search(ends, { beams: 4, lengthPenalty: 1 }, 6);
    expect(long).toMatchObject({ ids: [2, 2, 2], ended: true });
    expect(long.score).toBeCloseTo(-1.3 / ((5 + 4) / 6), 12);
  });

  it('does not end before the fewest tokens, and is cut at the most', () => {
    const eager: Model = () => Float64Array.of(-0.01, -9, -5, -6);
    expect(search(eager, {}, 5)).toMatchObject({ ids: [], ended: true });
    expect(search(eager, { minLength: 2 }, 5)).toMatchObject({ ids: [2, 2], ended: true });
    const never: Model = () => Float64Array.of(-50, -9, -0.1, -6);
    expect(search(never, { beams: 2, maxLength: 3 }, 5)).toMatchObject({ ids: [2, 2, 2], ended: false });
  });

  it('writes no run of tokens twice where that is asked for', () => {
    expect([...repeatingTokens([4, 5, 4, 6, 4], 2)].sort()).toEqual([5, 6]);
    expect([...repeatingTokens([4, 5, 4], 1)].sort()).toEqual([4, 5]);
    expect([...repeatingTokens([4, 5, 6, 4, 5], 3)]).toEqual([6]);
    expect(repeatingTokens([4], 3).size).toBe(0);
    expect(repeatingTokens([4, 4], 0).size).toBe(0);
    const loop: Model = () => Float64Array.of(-8, -9, -0.1, -2, -3);
    expect(search(loop, { maxLength: 5, noRepeatNgram: 1 }, 6).ids).toEqual([2, 3, 4]);
    // the best texts have the same words in other orders
    const pairs = { maxLength: 6, noRepeatNgram: 2 };
    const { ids, score } = search(loop, { ...pairs, beams: 3 }, 6);
    expect(score).toBeCloseTo(bruteForce(loop, pairs, 6).score, 12);
    expect(new Set(ids.slice(1).map((id, i) => `${ids[i]} ${id}`)).size).toBe(ids.length - 1);
  });

  it('stops where nothing may follow', () => {
    // one id, once, and no end before three
    const found = search(() => Float64Array.of(-1, -1, -1), { minLength: 3, noRepeatNgram: 1, beams: 2 }, 5);
    expect(found).toMatchObject({ ids: [2], ended: false });
    const shut = search(() => Float64Array.of(-Infinity, -1, -Infinity), {}, 5);
    expect(shut).toMatchObject({ ids: [], ended: false });
  });

  it('gives ties to the lower beam, then to the lower id', () => {
    const flat: Model = () => new Float64Array(6).fill(-Math.log(6));
    const state = new BeamSearch(settingsOf({ beams: 3, minLength: 2 }, 4));
    expect(state.advance([flat([])])).toEqual({ parents: [0, 0, 0], tokens: [2, 3, 4] });
    expect(state.advance([flat([2]), flat([3]), flat([4])])).toEqual({ parents: [0, 0, 0], tokens: [2, 3, 4] });
    const rounded = drawnModel(11, 6, Math.round);
    expect(search(rounded, { beams: 4 }, 5)).toEqual(search(rounded, { beams: 4 }, 5));
  });

  it.each<readonly [SearchOptions, string]>([
    [{ beams: 0 }, 'summarise: beams must be a whole number from 1 to 64, came 0'],
    [{ maxLength: 9 }, 'summarise: maxLength must be a whole number from 1 to 8, came 9'],
    [{ minLength: 8 }, 'summarise: minLength must be a whole number from 0 to 7, came 8'],
    [{ noRepeatNgram: -1 }, 'summarise: noRepeatNgram must be a whole number from 0 to 8, came -1'],
    [{ lengthPenalty: Number.NaN }, 'summarise: lengthPenalty must be a finite number from 0 on, came NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => settingsOf(options, 8)).toThrow(message);
  });

  it('refuses NaN, and an answer before the end', () => {
    const state = new BeamSearch(settingsOf({}, 4));
    expect(() => state.best).toThrow('summarise: the search is not over');
    expect(() => state.advance([Float64Array.of(0, 0, Number.NaN)])).toThrow(
      'summarise: the log-probability of id 2 behind 0 tokens is NaN',
    );
  });
});
