// Samples that losses of two tensors of one shape share: reductions, weight, mask, empty tensors, errors.

import { cast } from '../ops/cast/cast.ts';
import type { LossOptions } from '../ops/families/loss.ts';
import type { Tensor } from '../tensor.ts';
import {
  bools,
  type ErrorSample,
  float,
  floats,
  type GoldenParameters,
  integers,
  type OpSample,
  type OpSamples,
} from './sample.ts';

type Range = readonly [number, number];

interface ElementLossFamily {
  readonly name: string;
  /** What the two inputs are called in errors. Default input and target. */
  readonly names?: readonly [string, string];
  readonly run: (input: Tensor, target: Tensor, options?: LossOptions) => Tensor;
  /** Where the loss is smooth: drawn inputs and targets, which must not meet at a kink. */
  readonly range?: Range;
  readonly targets?: Range;
  /** Size of the terms of a loss where they cancel. */
  readonly terms?: number;
  /** The reductions as errors list them, where the loss has one of its own. */
  readonly reductions?: string;
  /** The single losses at the edges. */
  readonly edges: readonly (readonly [input: number, target: number, loss: number])[];
  readonly extra?: readonly OpSample[];
  readonly errors?: readonly ErrorSample[];
  readonly goldens?: OpSamples['goldens'];
}

/** Options of the inputs that a golden case names as roles: they are its last inputs. */
export const rolesOf = (inputs: readonly Tensor[], { roles = [] }: GoldenParameters): { [role: string]: Tensor } =>
  Object.fromEntries(
    roles.map((role, i) => {
      const x = inputs[inputs.length - roles.length + i];
      return [role, role === 'mask' ? cast(x, 'bool') : x];
    }),
  );

/** Errors of `reduction`, `mask` and `weight` of a loss whose single losses are [2]. */
export const lossErrors = (
  name: string,
  inputs: ErrorSample['inputs'],
  run: (inputs: readonly Tensor[], options: LossOptions) => Tensor,
  reductions = "'mean', 'sum' or 'none'",
): readonly ErrorSample[] => {
  const with2 = (
    title: string,
    extra: ErrorSample['inputs'],
    key: 'mask' | 'weight',
    message: string,
  ): ErrorSample => ({
    title,
    inputs: [...inputs, ...extra],
    run: (xs) => {
      run(xs, { [key]: xs[inputs.length] });
    },
    message: `${name}: ${message}`,
  });
  return [
    {
      title: 'reduction',
      inputs,
      run: (xs) => {
        run(xs, JSON.parse('{ "reduction": "avg" }'));
      },
      message: `${name}: reduction is ${reductions}, came 'avg'`,
    },
    with2('mask dtype', [integers([1, 0])], 'mask', 'the mask must be bool, came i32; compare or cast() it'),
    with2('mask shape', [bools([1, 0, 1])], 'mask', 'the mask [3] does not broadcast to the losses [2]; reshape it'),
  ];
};

const cancelling = (terms: number, samples: readonly OpSample[]): readonly OpSample[] =>
  samples.map((sample) => ({ terms, ...sample }));

export const elementLossSamples = (family: ElementLossFamily): OpSamples => {
  const { name, run, range = [-2, 2], targets = range, edges, terms = 0 } = family;
  const [first, second] = family.names ?? ['input', 'target'];
  const pair = (shape: readonly number[]) => [float(shape, range), float(shape, targets)];
  const half = edges.slice(0, 2);
  return {
    class: 'reduction',
    ...(family.goldens === undefined ? {} : { goldens: family.goldens }),
    samples: cancelling(terms, [
      { title: 'scalar', inputs: pair([]), out: [], run: ([a, b]) => run(a, b) },
      { title: 'one element', inputs: pair([1]), out: [1], run: ([a, b]) => run(a, b, { reduction: 'none' }) },
      { title: 'mean', inputs: pair([3, 7]), out: [], run: ([a, b]) => run(a, b), reduces: 21 },
      { title: 'sum', inputs: pair([3, 5]), out: [], run: ([a, b]) => run(a, b, { reduction: 'sum' }), reduces: 15 },
      {
        title: 'rank 6',
        inputs: pair([2, 1, 3, 1, 2, 2]),
        out: [2, 1, 3, 1, 2, 2],
        run: ([a, b]) => run(a, b, { reduction: 'none' }),
      },
      {
        title: 'weight',
        inputs: [...pair([3, 5]), float([3, 1], [0.5, 2])],
        out: [],
        run: ([a, b, weight]) => run(a, b, { weight }),
        reduces: 15,
      },
      {
        title: 'weight and mask',
        inputs: [...pair([3, 5]), float([5], [0.5, 2]), bools([1, 0, 1], [3, 1])],
        out: [],
        run: ([a, b, weight, mask]) => run(a, b, { weight, mask }),
        reduces: 10,
      },
      {
        title: 'mask over NaN',
        inputs: [
          floats([half[0][0], Number.NaN, half[1][0], Infinity]),
          floats([half[0][1], 0, half[1][1], -Infinity]),
          bools([1, 0, 1, 0]),
        ],
        out: [4],
        run: ([a, b, mask]) => run(a, b, { mask, reduction: 'none' }),
        expected: [half[0][2], 0, half[1][2], 0],
        gradient: 'none',
      },
      {
        title: 'mask of nothing',
        inputs: [...pair([2, 3]), bools([0, 0, 0])],
        out: [],
        run: ([a, b, mask]) => run(a, b, { mask }),
        expected: [0],
      },
      { title: 'empty mean', inputs: pair([0, 3]), out: [], run: ([a, b]) => run(a, b), expected: [0] },
      {
        title: 'empty mean, masked',
        inputs: [...pair([0, 3]), bools([], [0, 1])],
        out: [],
        run: ([a, b, mask]) => run(a, b, { mask }),
        expected: [0],
      },
      {
        title: 'empty',
        inputs: pair([0, 3]),
        out: [0, 3],
        run: ([a, b]) => run(a, b, { reduction: 'none' }),
      },
      {
        title: 'edges',
        inputs: [floats(edges.map(([x]) => x)), floats(edges.map(([, t]) => t))],
        out: [edges.length],
        run: ([a, b]) => run(a, b, { reduction: 'none' }),
        expected: edges.map(([, , y]) => y),
        gradient: 'none',
      },
      ...(family.extra ?? []),
    ]),
    errors: [
      {
        title: 'shapes',
        inputs: [float([2, 3]), float([3])],
        run: ([a, b]) => run(a, b),
        message: `${name}: expected ${first} and ${second} of one shape, came [2, 3] and [3]; reshape or expand one of them`,
      },
      {
        title: 'dtypes',
        inputs: [float([2]), integers([1, 0])],
        run: ([a, b]) => run(a, b),
        message: `${name}: dtypes differ, {float} and i32; cast() one of them`,
      },
      {
        title: 'integers',
        inputs: [integers([1, 2]), integers([1, 2])],
        run: ([a, b]) => run(a, b),
        message: `${name}: expected a float tensor, came i32; cast() it`,
      },
      ...lossErrors(name, pair([2]), ([a, b], options) => run(a, b, options), family.reductions),
      {
        title: 'weight dtype',
        inputs: [...pair([2]), bools([1, 1])],
        run: ([a, b, weight]) => run(a, b, { weight }),
        message: `${name}: the weight must be {float}, came bool; cast() it`,
      },
      {
        title: 'weight shape',
        inputs: [...pair([2]), float([1, 2])],
        run: ([a, b, weight]) => run(a, b, { weight }),
        message: `${name}: the weight [1, 2] does not broadcast to the losses [2]; reshape it`,
      },
      ...(family.errors ?? []),
    ],
  };
};
