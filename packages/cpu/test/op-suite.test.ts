// Every op and every sample on the WASM backend: results and gradients beside the float64 reference, PyTorch's goldens,
// errors, and the memory that comes back.

import {
  add,
  concat,
  createReferenceBackend,
  cumsum,
  div,
  expand,
  linear,
  logSumExp,
  matmul,
  max,
  mean,
  type OpName,
  opNames,
  pad,
  permute,
  slice,
  softmax,
  sort,
  sum,
  variance,
} from '@omnigrad/tensor';
import {
  checkAgainstReference,
  checkError,
  checkGolden,
  checkSample,
  float,
  goldenCases,
  goldenRuns,
  type OpSample,
  opSamples,
  readGoldens,
} from '@omnigrad/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCpuBackend } from '../src/index.ts';

const reference = createReferenceBackend();
const backend = createCpuBackend();

describe.each(opNames)('%s', (op) => {
  for (const sample of opSamples[op].samples) {
    it(sample.title, async () => {
      await checkSample(backend, reference, op, sample);
    });
  }
  for (const error of opSamples[op].errors) {
    it(`error: ${error.title}`, async () => {
      await checkError(backend, op, error);
    });
  }
});

const goldens = await readGoldens(new URL('../../tensor/test/goldens/ops', import.meta.url), Object.keys(goldenRuns));

describe.each([...goldens])('PyTorch golden %s', (name, file) => {
  it.each(goldenCases(file))('%s', async (testCase) => {
    const before = backend.memory().inUse;
    await checkGolden(backend, name, file, testCase);
    expect(backend.memory().inUse).toBe(before);
  });
});

describe('random shapes', () => {
  // Sizes about the width of a vector, of a tile and of two.
  const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33);
  const small = fc.integer({ min: 1, max: 5 });
  const shape = (minLength: number): fc.Arbitrary<number[]> => fc.array(small, { minLength, maxLength: 5 });

  /** The op on a drawn case; the title carries the shapes, so that each case has its own numbers. */
  const holds = <T>(
    op: OpName,
    cases: fc.Arbitrary<T>,
    sampleOf: (value: T) => Omit<OpSample, 'title' | 'out'>,
  ): void => {
    it(op, async () => {
      const property = fc.asyncProperty(cases, async (value) => {
        const sample = { title: JSON.stringify(value), out: [], ...sampleOf(value) };
        // A drawn shape may hold a single sum, of terms about one, that cancels.
        await checkAgainstReference(backend, reference, op, { terms: 1, ...sample });
      });
      await fc.assert(property, { numRuns: 60 });
    });
  };

  const product = fc.tuple(
    fc.constantFrom([], [2], [1, 2], [3, 1]),
    fc.constantFrom([], [2], [3, 2]),
    size,
    size,
    size,
  );
  holds('matmul', fc.tuple(product, fc.boolean(), fc.boolean()), ([[ba, bb, m, n, k], transA, transB]) => ({
    inputs: [float([...ba, ...(transA ? [k, m] : [m, k])]), float([...bb, ...(transB ? [n, k] : [k, n])])],
    run: ([a, b]) => matmul(a, b, { transA, transB }),
    reduces: Math.max(m, n, k) * 6,
  }));
  holds('linear', fc.tuple(size, size, size), ([m, n, k]) => ({
    inputs: [float([m, k]), float([k, n]), float([n])],
    run: ([x, w, b]) => linear(x, w, b),
    reduces: Math.max(m, n, k) + 1,
  }));

  const repeated = fc.tuple(shape(0), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), fc.nat(5));
  const partOf = (dims: readonly number[], ones: readonly boolean[], drop: number): number[] =>
    dims.map((d, i) => (ones[i] ? 1 : d)).slice(Math.min(drop, dims.length));
  for (const [name, run] of [
    ['add', add],
    ['div', div],
  ] as const) {
    holds(name, repeated, ([dims, ones, drop]) => ({
      inputs: [float(dims), float(partOf(dims, ones, drop), [0.5, 2])],
      run: ([a, b]) => run(a, b),
      reduces: 1024,
    }));
  }
  holds('expand', repeated, ([dims, ones, drop]) => ({
    inputs: [float(partOf(dims, ones, drop))],
    run: ([a]) => expand(a, dims),
    reduces: 1024,
  }));

  const withAxes = shape(1).chain((dims) => fc.tuple(fc.constant(dims), fc.subarray(dims.map((_, i) => i))));
  for (const [name, run] of [
    ['sum', sum],
    ['mean', mean],
    ['max', max],
    ['variance', variance],
    ['logSumExp', logSumExp],
  ] as const) {
    holds(name, withAxes, ([dims, axes]) => ({ inputs: [float(dims)], run: ([x]) => run(x, { axes }), reduces: 1024 }));
  }

  const order = shape(0).chain((dims) =>
    fc.tuple(
      fc.constant(dims),
      fc.shuffledSubarray(
        dims.map((_, i) => i),
        { minLength: dims.length },
      ),
    ),
  );
  holds('permute', order, ([dims, axes]) => ({ inputs: [float(dims)], run: ([x]) => permute(x, axes) }));

  const withAxis = shape(1).chain((dims) => fc.tuple(fc.constant(dims), fc.nat(dims.length - 1), fc.nat(5), fc.nat(5)));
  holds('slice', withAxis, ([dims, axis, p, q]) => {
    const [start, end] = [p, q].map((v) => Math.min(v, dims[axis])).sort((a, b) => a - b);
    return { inputs: [float(dims)], run: ([x]) => slice(x, { axis, start, end }) };
  });
  holds('pad', withAxis, ([dims, axis, before, after]) => ({
    inputs: [float(dims)],
    run: ([x]) => pad(x, { axis, before, after, value: 3 }),
    ...(before + after === 0 ? { runsKernel: false } : {}),
  }));
  holds('concat', withAxis, ([dims, axis, p, q]) => ({
    inputs: [p, q, 2].map((d) => float(dims.map((own, i) => (i === axis ? d : own)))),
    run: (xs) => concat(xs, { axis }),
  }));
  holds('cumsum', withAxis, ([dims, axis]) => ({
    inputs: [float(dims)],
    run: ([x]) => cumsum(x, { axis }),
    reduces: 5,
  }));
  holds('sort', withAxis, ([dims, axis, p]) => ({
    inputs: [float(dims)],
    run: ([x]) => sort(x, { axis, descending: p > 2 }).values,
  }));
  holds('softmax', withAxis, ([dims, axis]) => ({
    inputs: [float(dims)],
    run: ([x]) => softmax(x, { axis }),
    reduces: 5,
  }));
});
