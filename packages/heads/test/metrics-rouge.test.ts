// ROUGE by hand, after the definitions of rouge_score, which is in no registry that we reach; Porter's stems by NLTK.

import { ArgumentError } from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanRouge, type PrecisionRecall, rouge, rougeTokens } from '../src/index.ts';
import { porterStem } from '../src/metrics/porter.ts';
import { golden } from './metrics-goldens.ts';

const scores = ({ precision, recall, f1 }: PrecisionRecall): number[] => [precision, recall, f1];

/** `hits` words of `own` predicted ones and of `other` in the reference. */
const of = (hits: number, own: number, other: number): number[] => [
  hits / own,
  hits / other,
  (2 * hits) / (own + other),
];

const closeTo = (got: PrecisionRecall, want: readonly number[]): void => {
  scores(got).forEach((value, i) => {
    expect(value, ['precision', 'recall', 'f1'][i]).toBeCloseTo(want[i], 12);
  });
};

describe('porterStem', () => {
  it('stems as NLTK', () => {
    const { words, stems } = golden<{ words: string; stems: string }>('porter');
    expect(words.split(' ').map(porterStem)).toEqual(stems.split(' '));
  });
});

describe('rougeTokens', () => {
  it('lower case, and only a-z and 0-9', () => {
    expect(rougeTokens("The U.S.-led  co-op's\n3rd_CAFÉ, 1,000")).toEqual(
      'the u s led co op s 3rd caf 1 000'.split(' '),
    );
    expect(rougeTokens(' —\n')).toEqual([]);
  });

  it('stems words of more than three letters', () => {
    expect(rougeTokens('Running dies was Happily dogs sky skies', { stem: true })).toEqual(
      'run die was happili dog sky sky'.split(' '),
    );
  });
});

describe('rouge', () => {
  it('by hand: shared words, pairs and subsequences', () => {
    // Words are 9 beside 9. Shared: the (twice), quick, brown, dog, on.
    const got = rouge('The quick brown dog jumps on the log today', 'the quick brown fox sat on the lazy dog');
    closeTo(got.rouge1, of(6, 9, 9));
    closeTo(got.rouge2, of(3, 8, 8)); // the quick, quick brown, on the
    closeTo(got.rougeL, of(5, 9, 9)); // the quick brown on the
    closeTo(got.rougeLsum, of(5, 9, 9));
  });

  it('counts a word as often as both texts have it', () => {
    const got = rouge('a a a a b', 'a a c');
    closeTo(got.rouge1, of(2, 5, 3));
    closeTo(got.rouge2, of(1, 4, 2));
    closeTo(got.rougeL, of(2, 5, 3));
  });

  it('stems on demand', () => {
    expect(rouge('dogs running', 'the dog runs').rouge1.f1).toBe(0);
    closeTo(rouge('dogs running', 'the dog runs', { stem: true }).rougeL, of(2, 2, 3));
  });

  it('Lsum is the union over sentences (the example of Lin 2004, section 3.2); L reads on over newlines', () => {
    const got = rouge('w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5', 'w1 w2 w3 w4 w5');
    closeTo(got.rougeLsum, of(4, 10, 5)); // w1 w2 and w1 w3 w5
    closeTo(got.rougeL, of(4, 10, 5)); // w1 w2 w3 w5
    closeTo(rouge('c d\n\na b', 'a b\nc d\n').rougeLsum, of(4, 4, 4));
    closeTo(rouge('c d\n\na b', 'a b\nc d\n').rougeL, of(2, 4, 4));
  });

  it('Lsum does not count a word twice', () => {
    closeTo(rouge('a b', 'a b\na b').rougeLsum, of(2, 2, 4));
    closeTo(rouge('a b\na b', 'a b').rougeLsum, of(2, 4, 2));
  });

  it('Lsum takes, of two longest ways, that which skips the end of the reference', () => {
    // a b beside b a: the way found is "a". The second sentence, a, gives the same word: 1 hit. By "b" it would be 2.
    closeTo(rouge('b a\na', 'a b').rougeLsum, of(1, 3, 2));
  });

  it('takes the best of several references for each type', () => {
    const got = rouge('a b c d', ['d c b a', 'a b x y z', 'q']);
    closeTo(got.rouge1, of(4, 4, 4));
    closeTo(got.rouge2, of(1, 3, 4));
    closeTo(got.rougeL, of(2, 4, 5));
  });

  it.each(['', '\n', ' ?! ', 'é'])('%j has no words and scores 0', (text) => {
    for (const got of [rouge(text, 'a b'), rouge('a b', text), rouge(text, text)]) {
      expect(Object.values(got).map(scores)).toEqual([0, 1, 2, 3].map(() => [0, 0, 0]));
    }
  });

  it('a text beside itself is 1; precision and recall change places with the texts; L is at most 1', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dogs', '\n'), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [a.join(' '), b.join(' ')];
        const there = rouge(x, y);
        const back = rouge(y, x);
        for (const type of ['rouge1', 'rouge2', 'rougeL'] as const) {
          closeTo(there[type], [back[type].recall, back[type].precision, back[type].f1]);
        }
        expect(there.rougeL.f1).toBeLessThanOrEqual(there.rouge1.f1);
        expect(there.rougeLsum.f1).toBeLessThanOrEqual(there.rouge1.f1);
        fc.pre(rougeTokens(x).length > 0);
        const own = rouge(x, x);
        for (const type of ['rouge1', 'rougeL', 'rougeLsum'] as const) expect(scores(own[type])).toEqual([1, 1, 1]);
      }),
    );
  });

  it('refuses no references, and texts that would take too long', () => {
    expect(() => rouge('a', [])).toThrow(new ArgumentError('rouge', '0 references; there must be at least one'));
    const long = 'a '.repeat(20000);
    expect(() => rouge(long, long)).toThrow(
      new ArgumentError(
        'rouge',
        'texts of 20000 and 20000 words are too long to compare; the product may be at most 134217728',
      ),
    );
  });
});

describe('meanRouge', () => {
  it('averages each score', () => {
    const got = meanRouge(['a b', 'c'], ['a x y z', ['d', 'c']]);
    closeTo(got.rouge1, [(1 / 2 + 1) / 2, (1 / 4 + 1) / 2, (1 / 3 + 1) / 2]);
  });

  it.each([
    [[], [], '0 predictions for 0 references; both must be equal and above 0'],
    [['a'], ['a', 'b'], '1 predictions for 2 references; both must be equal and above 0'],
  ])('refuses %j beside %j', (predictions, references, problem) => {
    expect(() => meanRouge(predictions, references)).toThrow(new ArgumentError('meanRouge', problem));
  });
});
