// einsum on random equations, against an oracle that loops over every index of every letter.

import { createReferenceBackend, einsum, grad, scope, sizeOf, type Tensor, tensor, useBackend } from '@omnigrad/tensor';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const backend = createReferenceBackend();
useBackend(backend);

interface Problem {
  readonly equation: string;
  readonly shapes: readonly (readonly number[])[];
  /** Letters of each operand and of the result; the axes of an ellipsis are digits, 0 the last. */
  readonly terms: readonly string[];
  readonly output: string;
}

const letters = 'aBcD';
const unique = (text: string): string[] => [...new Set(text)];

const problems: fc.Arbitrary<Problem> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 6 }),
    operands: fc.array(
      fc.record({
        before: fc.array(fc.constantFrom(...letters), { maxLength: 2 }),
        open: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 2 }),
        after: fc.array(fc.constantFrom(...letters), { maxLength: 2 }),
        // Letters that this operand has at size 1, to broadcast.
        ones: fc.subarray([...letters, '0', '1']),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    explicit: fc.boolean(),
    keep: fc.subarray([...letters]),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  })
  .map(({ sizes, operands, explicit, keep, order }) => {
    const sizeOfLabel = (label: string): number => sizes[`${letters}01`.indexOf(label)];
    const axes = (open: number | null): string => '10'.slice(2 - (open ?? 0));
    const terms = operands.map((o) => o.before.join('') + axes(o.open) + o.after.join(''));
    const written = operands.map((o) => o.before.join('') + (o.open === null ? '' : '...') + o.after.join(''));
    const shapes = operands.map((o, i) => [...terms[i]].map((l) => (o.ones.includes(l) ? 1 : sizeOfLabel(l))));
    const leading = Math.max(0, ...operands.map((o) => o.open ?? 0));
    const used = unique(terms.join('')).filter((l) => letters.includes(l));
    if (!explicit) {
      const all = operands.flatMap((o) => [...o.before, ...o.after]);
      const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort();
      return { equation: written.join(','), shapes, terms, output: axes(leading) + once.join('') };
    }
    const pieces = [...used.filter((l) => keep.includes(l)), '...'];
    const sorted = order.filter((i) => i < pieces.length).map((i) => pieces[i]);
    return {
      equation: `${written.join(',')}->${sorted.join('')}`,
      shapes,
      terms,
      output: sorted.map((p) => (p === '...' ? axes(leading) : p)).join(''),
    };
  });

/** Size of a letter: the largest that an operand has. */
const sizesOf = ({ shapes, terms }: Problem): Map<string, number> => {
  const sizes = new Map<string, number>();
  terms.forEach((term, k) => {
    [...term].forEach((l, axis) => {
      sizes.set(l, Math.max(sizes.get(l) ?? 1, shapes[k][axis]));
    });
  });
  return sizes;
};

/** Calls `visit` with the positions in every operand and in the result, for every index of all letters. */
const eachIndex = (problem: Problem, visit: (positions: readonly number[], out: number) => void): void => {
  const sizes = sizesOf(problem);
  const labels = [...sizes.keys()];
  const index = new Map<string, number>();
  const position = (term: string, shape: readonly number[]): number =>
    [...term].reduce((p, l, axis) => p * shape[axis] + (shape[axis] === 1 ? 0 : (index.get(l) ?? 0)), 0);
  const outShape = [...problem.output].map((l) => sizes.get(l) ?? 1);
  const descend = (depth: number): void => {
    if (depth === labels.length) {
      visit(
        problem.terms.map((term, k) => position(term, problem.shapes[k])),
        position(problem.output, outShape),
      );
      return;
    }
    for (let i = 0; i < (sizes.get(labels[depth]) ?? 1); i++) {
      index.set(labels[depth], i);
      descend(depth + 1);
    }
  };
  descend(0);
};

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Small whole numbers: every sum is exact. */
const dataOf = (shape: readonly number[], k: number): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7 + k * 5 + 3) % 11) - 5);

it('agrees with loops over every letter, and so do its gradients', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const sizes = sizesOf(problem);
      const outShape = [...problem.output].map((l) => sizes.get(l) ?? 1);
      const data = problem.shapes.map(dataOf);
      const weights = dataOf(outShape, 9);
      const want = new Array<number>(sizeOf(outShape)).fill(0);
      const wantGrads = data.map((d) => d.map(() => 0));
      eachIndex(problem, (positions, out) => {
        const values = positions.map((p, k) => data[k][p]);
        want[out] += product(values);
        positions.forEach((p, k) => {
          wantGrads[k][p] += weights[out] * product(values.filter((_, j) => j !== k));
        });
      });
      const before = backend.memory().inUse;
      scope(() => {
        const inputs = problem.shapes.map((shape, k) => tensor(data[k], shape));
        const y = einsum(problem.equation, ...inputs);
        expect(y.shape).toEqual(outShape);
        // + 0: a product of -0 is no difference.
        expect(Array.from(y.readSync(), (v) => v + 0)).toEqual(want.map((v) => v + 0));
        const seed = tensor(weights, outShape);
        const all = problem.output.replaceAll(/[01]/g, (d) => (d === '0' ? 'Y' : 'X'));
        const loss = (): Tensor => einsum(`${all},${all}->`, einsum(problem.equation, ...inputs), seed);
        grad(loss, inputs).forEach((g, k) => {
          expect(Array.from(g.readSync(), (v) => v + 0)).toEqual(wantGrads[k].map((v) => v + 0));
        });
      });
      expect(backend.memory().inUse).toBe(before);
    }),
    { numRuns: 300, seed: 11 },
  );
});

it('gives its operand back where there is nothing to do, and the operand lives on', () => {
  scope(() => {
    const x = tensor([1, 2, 3, 4], [2, 2]);
    scope(() => {
      einsum('ij->ij', x);
    });
    expect([...x.readSync()]).toEqual([1, 2, 3, 4]);
  });
});
