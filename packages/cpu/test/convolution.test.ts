// Convolutions beside the reference on random settings and on sizes that need several blocks of columns. Small whole numbers:
// every sum is exact, so every bit must agree.

import { createCpuBackend } from '@omnigrad/cpu';
import {
  type Backend,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  createReferenceBackend,
  mul,
  scope,
  sizeOf,
  sum,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const cpu = await createCpuBackend();
const reference = createReferenceBackend();

interface Problem {
  readonly transposed: boolean;
  readonly batch: number;
  readonly groups: number;
  /** Channels of one group. */
  readonly inputs: number;
  readonly outputs: number;
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Ahead of and behind x; the transposed one takes the first on both sides. */
  readonly padding: readonly (readonly [number, number])[];
}

const whole = (shape: readonly number[], seed: number): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7 + seed * 5 + Math.floor(i / 13)) % 9) - 4);

const convolutions = [conv1d, conv2d, conv3d];
const transposed = [convTranspose1d, convTranspose2d, convTranspose3d];

const partNames = ['result', 'gradient of x', 'gradient of weight', 'gradient of bias'];

/** The result and the gradients of x, weight and bias. */
const run = (backend: Backend, p: Problem): number[][] =>
  scope(() => {
    const { groups, stride, dilation } = p;
    const [cin, cout] = [p.inputs * groups, p.outputs * groups];
    const make = (shape: readonly number[], seed: number) => tensor(whole(shape, seed), shape, { backend });
    const x = make([p.batch, cin, ...p.size], 1);
    const weight = make(p.transposed ? [cin, p.outputs, ...p.kernel] : [cout, p.inputs, ...p.kernel], 2);
    const bias = make([cout], 3);
    const axis = p.size.length - 1;
    const { value, grads } = valueAndGrad(() => {
      const out = p.transposed
        ? transposed[axis](x, weight, { bias, groups, stride, dilation, padding: p.padding.map(([before]) => before) })
        : convolutions[axis](x, weight, { bias, groups, stride, dilation, padding: p.padding });
      return { loss: sum(mul(out, make(out.shape, 4))), out };
    }, [x, weight, bias]);
    return [value.out, ...grads].map((t) => Array.from(t.readSync(), (v) => v + 0));
  });

const check = (p: Problem): void => {
  const before = cpu.memory().inUse;
  const [got, want] = [run(cpu, p), run(reference, p)];
  expect(got.map(({ length }) => length)).toEqual(want.map(({ length }) => length));
  // toEqual takes seconds for so many elements.
  got.forEach((elements, i) => {
    const at = elements.findIndex((v, j) => !Object.is(v, want[i][j]));
    if (at >= 0) throw new Error(`${partNames[i]}[${at}]: came ${elements[at]}, wanted ${want[i][at]}`);
  });
  expect(cpu.memory().inUse).toBe(before);
};

const upTo = (max: number, min = 1) => fc.integer({ min, max });

const problems: fc.Arbitrary<Problem> = upTo(3).chain((axes) => {
  const each = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: axes, maxLength: axes });
  return fc
    .record({
      transposed: fc.boolean(),
      batch: upTo(3),
      groups: upTo(3),
      inputs: upTo(2),
      outputs: upTo(3),
      size: each(upTo(axes === 3 ? 4 : 7)),
      kernel: each(upTo(3)),
      stride: each(upTo(3)),
      dilation: each(upTo(2)),
      padding: each(fc.tuple(upTo(2, 0), upTo(2, 0))),
    })
    .filter((p) =>
      p.size.every((n, i) => {
        const reach = p.dilation[i] * (p.kernel[i] - 1) + 1;
        const [before, after] = p.padding[i];
        return p.transposed ? (n - 1) * p.stride[i] + reach > 2 * before : n + before + after >= reach;
      }),
    );
});

describe('convolution', () => {
  it('agrees with the reference to the last bit', () => {
    fc.assert(fc.property(problems, check), { numRuns: 200, seed: 5 });
  });

  const plain = { transposed: false, groups: 1, outputs: 2, stride: [1, 1], dilation: [1, 1] };
  const sides = (n: number): Problem['padding'] => [
    [n, n],
    [n, n],
  ];

  it.each([false, true])('runs in several blocks of samples, transposed %s', (transposed) => {
    // 16 · 9 · 256 elements of columns a sample: seven samples a block, and a rest.
    check({ ...plain, transposed, batch: 9, inputs: 16, size: [16, 16], kernel: [3, 3], padding: sides(1) });
    check({ ...plain, transposed, batch: 9, inputs: 8, groups: 2, size: [16, 16], kernel: [2, 2], padding: sides(0) });
  });

  it.each([false, true])('runs in several blocks of rows, transposed %s', (transposed) => {
    check({
      ...plain,
      transposed,
      batch: 2,
      inputs: 16,
      size: [48, 47],
      kernel: [3, 3],
      padding: [
        [0, 1],
        [1, 1],
      ],
    });
    // Without a border, and with a stride that overlaps.
    check({
      ...plain,
      transposed,
      batch: 1,
      inputs: 32,
      outputs: 16,
      size: [48, 48],
      kernel: [3, 3],
      padding: sides(0),
    });
    check({
      ...plain,
      transposed,
      batch: 1,
      inputs: 16,
      groups: 2,
      size: [97, 48],
      kernel: [4, 3],
      stride: [3, 1],
      padding: [
        [1, 1],
        [2, 0],
      ],
    });
    // One kernel element, and patches.
    check({ ...plain, transposed, batch: 2, inputs: 3, size: [20, 20], kernel: [1, 1], padding: sides(0) });
    check({
      ...plain,
      transposed,
      batch: 1,
      inputs: 12,
      outputs: 12,
      size: [160, 160],
      kernel: [2, 2],
      stride: [2, 2],
      padding: sides(0),
    });
    check({
      ...plain,
      transposed,
      batch: 1,
      inputs: 2,
      outputs: 2,
      size: [70000],
      kernel: [3],
      stride: [1],
      dilation: [2],
      padding: [[2, 2]],
    });
  });

  // From 2^22 multiply-adds a sample on, products read x in place.
  const large: Record<string, Problem> = {
    'patches without a border': {
      ...plain,
      batch: 3,
      inputs: 3,
      outputs: 96,
      size: [113, 112],
      kernel: [8, 8],
      stride: [8, 8],
      padding: sides(0),
    },
    'overlapping windows between zeros': {
      ...plain,
      batch: 2,
      inputs: 13,
      outputs: 37,
      size: [33, 31],
      kernel: [3, 3],
      padding: sides(1),
    },
    'uneven padding, strides and dilations in groups': {
      ...plain,
      batch: 2,
      groups: 2,
      inputs: 9,
      outputs: 37,
      size: [61, 47],
      kernel: [4, 3],
      stride: [2, 1],
      dilation: [1, 3],
      padding: [
        [0, 3],
        [4, 1],
      ],
    },
    'one axis': {
      ...plain,
      batch: 2,
      inputs: 16,
      outputs: 16,
      size: [4097],
      kernel: [9],
      stride: [2],
      dilation: [1],
      padding: [[4, 4]],
    },
    'three axes': {
      ...plain,
      batch: 1,
      inputs: 5,
      outputs: 24,
      size: [9, 18, 17],
      kernel: [3, 3, 3],
      stride: [1, 1, 1],
      dilation: [1, 1, 1],
      padding: [
        [1, 1],
        [1, 0],
        [0, 1],
      ],
    },
    'several blocks of samples': {
      ...plain,
      batch: 3,
      inputs: 8,
      outputs: 16,
      size: [256, 256],
      kernel: [3, 3],
      stride: [4, 4],
      padding: sides(1),
    },
  };
  it.each(Object.keys(large))('reads x in place: %s', (name) => check(large[name]));
});
