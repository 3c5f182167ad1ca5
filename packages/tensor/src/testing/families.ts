// Samples that every op of a family shares; an op adds its own edges.

import { stack } from '../ops/concat/concat.ts';
import { sum } from '../ops/sum/sum.ts';
import { valueAndGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import {
  bools,
  type ErrorSample,
  float,
  floats,
  type GoldenRun,
  integers,
  type OpSample,
  type OpSamples,
  unsigned,
} from './sample.ts';
import type { OpClass } from './tolerances.ts';

type Range = readonly [number, number];

interface UnaryFamily {
  readonly name: string;
  readonly run: (x: Tensor) => Tensor;
  /** Where the function is smooth and in range of float32. */
  readonly range?: Range;
  /** Arguments and results at the edges: infinities, NaN, large numbers. */
  readonly edges: readonly (readonly [x: number, y: number])[];
  readonly extra?: readonly OpSample[];
  /** Default 'function'. */
  readonly class?: OpClass;
  /** Name of PyTorch's golden file, where there is one. */
  readonly golden?: string;
  /** Arguments and results on i32, where the op has them. */
  readonly integers?: readonly (readonly [x: number, y: number])[];
  /** As in OpSample, for every sample of the family. */
  readonly tolerance?: number;
}

const goldenOf = (file: string | undefined, run: GoldenRun) => (file === undefined ? {} : { goldens: { [file]: run } });

/** Element-wise ops of one float input. */
export const unarySamples = (family: UnaryFamily): OpSamples => {
  const { name, run, range, edges, extra = [], integers: whole } = family;
  const apply = ([x]: readonly Tensor[]): Tensor => run(x);
  const wholeSample: OpSample[] =
    whole === undefined
      ? []
      : [
          {
            title: 'i32',
            inputs: [integers(whole.map(([x]) => x))],
            out: [whole.length],
            outDType: 'i32',
            run: apply,
            expected: whole.map(([, y]) => y),
          },
        ];
  return {
    class: family.class ?? 'function',
    ...goldenOf(family.golden, apply),
    samples: [
      { title: 'scalar', inputs: [float([], range)], out: [], run: apply },
      { title: 'one element', inputs: [float([1], range)], out: [1], run: apply },
      { title: 'odd length', inputs: [float([7], range)], out: [7], run: apply },
      { title: 'rank 6', inputs: [float([2, 1, 3, 1, 2, 2], range)], out: [2, 1, 3, 1, 2, 2], run: apply },
      { title: 'long', inputs: [float([3, 341], range)], out: [3, 341], run: apply },
      { title: 'empty', inputs: [float([0, 3], range)], out: [0, 3], run: apply },
      {
        title: 'edges',
        inputs: [floats(edges.map(([x]) => x))],
        out: [edges.length],
        run: apply,
        expected: edges.map(([, y]) => y),
        gradient: 'none' as const,
      },
      ...wholeSample,
      ...extra,
    ].map((sample) => (family.tolerance === undefined ? sample : { tolerance: family.tolerance, ...sample })),
    errors: [
      {
        title: 'integers',
        inputs: [whole === undefined ? integers([1, 2]) : unsigned([1, 2])],
        run: ([x]) => run(x),
        message: `${name}: expected a float ${whole === undefined ? 'tensor, came i32' : 'or i32 tensor, came u32'}; cast() it`,
      },
    ],
  };
};

interface BinaryFamily {
  readonly name: string;
  readonly run: (a: Tensor, b: Tensor) => Tensor;
  readonly withNumber: (a: Tensor) => Tensor;
  readonly rangeA?: Range;
  readonly rangeB?: Range;
  readonly edges: readonly (readonly [a: number, b: number, y: number])[];
  /** a, b and results on i32, and u32, where the op has them. */
  readonly integers?: readonly (readonly [a: number, b: number, i32: number, u32: number])[];
  /** One tensor twice. Default: run(x, x). */
  readonly repeated?: (x: Tensor) => Tensor;
  /** Default 'rounded'. */
  readonly class?: OpClass;
  readonly golden?: string;
}

/** Element-wise ops of two floats with broadcasting. */
export const binarySamples = (family: BinaryFamily): OpSamples => {
  const { name, run, withNumber, rangeA, rangeB, edges } = family;
  const apply = ([a, b]: readonly Tensor[]): Tensor => run(a, b);
  const shapes: readonly (readonly [string, readonly number[], readonly number[], readonly number[]])[] = [
    ['one element', [1], [1], [1]],
    ['same shape', [3, 5], [3, 5], [3, 5]],
    ['row vector', [3, 5], [5], [3, 5]],
    ['column vector', [3, 1], [1, 4], [3, 4]],
    ['both sides', [2, 1, 4], [3, 1], [2, 3, 4]],
    ['scalar left', [], [2, 3], [2, 3]],
    ['scalar right', [2, 3], [], [2, 3]],
    ['leading axes', [5], [2, 3, 5], [2, 3, 5]],
    ['rank 6, nothing merges', [2, 1, 2, 1, 2, 1], [1, 3, 1, 2, 1, 2], [2, 3, 2, 2, 2, 2]],
    ['long', [1, 130], [3, 130], [3, 130]],
    ['empty', [0, 3], [3], [0, 3]],
    ['broadcast to empty', [2, 1], [2, 0], [2, 0]],
  ];
  const whole = family.integers ?? [];
  const wholeSamples: OpSample[] =
    whole.length === 0
      ? []
      : [
          {
            title: 'i32',
            inputs: [integers(whole.map(([a]) => a)), integers(whole.map(([, b]) => b))],
            out: [whole.length],
            outDType: 'i32',
            run: apply,
            expected: whole.map(([, , y]) => y),
          },
          {
            title: 'u32, broadcast',
            inputs: [
              unsigned(whole.map(([a]) => a >>> 0)),
              unsigned(
                whole.map(([, b]) => b >>> 0),
                [1, whole.length],
              ),
            ],
            out: [1, whole.length],
            outDType: 'u32',
            run: apply,
            expected: whole.map(([, , , y]) => y),
          },
        ];
  const boolMessage: ErrorSample = {
    title: 'bool',
    inputs: [bools([0, 1]), bools([1, 1])],
    run: ([a, b]) => run(a, b),
    message: `${name}: is not defined for bool; cast() to a float type`,
  };
  const noIntegers: ErrorSample = {
    title: 'integers',
    inputs: [integers([0, 1]), integers([1, 1])],
    run: ([a, b]) => run(a, b),
    message: `${name}: is not defined for i32; cast() to a float type`,
  };
  return {
    class: family.class ?? 'rounded',
    ...goldenOf(family.golden, apply),
    samples: [
      ...shapes.map(([title, a, b, out]) => ({ title, inputs: [float(a, rangeA), float(b, rangeB)], out, run: apply })),
      { title: 'a number', inputs: [float([2, 3], rangeA)], out: [2, 3], run: ([a]) => withNumber(a) },
      {
        title: 'repeated input',
        inputs: [float([7], rangeB)],
        out: [7],
        run: ([a]) => family.repeated?.(a) ?? run(a, a),
      },
      {
        title: 'edges',
        inputs: [floats(edges.map(([a]) => a)), floats(edges.map(([, b]) => b))],
        out: [edges.length],
        run: apply,
        expected: edges.map(([, , y]) => y),
        gradient: 'none',
      },
      ...wholeSamples,
    ],
    errors: [
      {
        title: 'shapes',
        inputs: [float([2, 3]), float([4, 3])],
        run: ([a, b]) => run(a, b),
        message: `${name}: shapes do not broadcast, a [2, 3], b [4, 3]: 2 != 4 at axis -2; reshape or expand one of them`,
      },
      {
        title: 'dtypes',
        inputs: [float([2]), integers([1, 2])],
        run: ([a, b]) => run(a, b),
        message: `${name}: dtypes differ, {float} and i32; cast() one of them`,
      },
      boolMessage,
      ...(whole.length === 0 ? [noIntegers] : []),
    ],
  };
};

const ordered = [-Infinity, -1e4, -1, -0, 0, 1, 2, Infinity, Number.NaN];

/** Comparisons: bool results, and NaN as IEEE 754 has it. */
export const compareSamples = (
  name: string,
  run: (a: Tensor, b: Tensor | number) => Tensor,
  f: (a: number, b: number) => boolean,
): OpSamples => {
  const apply = ([a, b]: readonly Tensor[]): Tensor => run(a, b);
  const table = (xs: readonly number[]): number[] => xs.flatMap((a) => xs.map((b) => Number(f(a, b))));
  const square = (xs: readonly number[]): readonly [readonly number[], readonly number[]] => [
    [xs.length, 1],
    [1, xs.length],
  ];
  const pairs = (title: string, xs: readonly number[], make: typeof floats, more: object): OpSample => {
    const [rows, columns] = square(xs);
    const inputs = [make(xs, rows), make(xs, columns)];
    return { title, inputs, out: [xs.length, xs.length], outDType: 'bool', run: apply, expected: table(xs), ...more };
  };
  return {
    class: 'exact',
    samples: [
      pairs('every pair of edges', ordered, floats, {}),
      pairs('every pair of i32', [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1], integers, {}),
      // Read as signed these would change places.
      pairs('every pair of u32', [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1], unsigned, {}),
      pairs('every pair of bool', [0, 1], bools, {}),
      { title: 'one element', inputs: [float([1]), float([1])], out: [1], outDType: 'bool', run: apply },
      { title: 'odd length', inputs: [float([3, 7]), float([7])], out: [3, 7], outDType: 'bool', run: apply },
      {
        title: 'rank 6, nothing merges',
        inputs: [float([2, 1, 2, 1, 2, 1]), float([1, 3, 1, 2, 1, 2])],
        out: [2, 3, 2, 2, 2, 2],
        outDType: 'bool',
        run: apply,
      },
      {
        title: 'a number, repeated input',
        inputs: [floats([0.5, 1, Number.NaN])],
        out: [2, 3],
        outDType: 'bool',
        run: ([a]) => stack([run(a, a), run(a, 0.5)]),
        expected: [
          ...[0.5, 1, Number.NaN].map((v) => Number(f(v, v))),
          ...[0.5, 1, Number.NaN].map((v) => Number(f(v, 0.5))),
        ],
      },
      { title: 'empty', inputs: [float([0, 3]), float([3])], out: [0, 3], outDType: 'bool', run: apply },
    ],
    errors: [
      {
        title: 'shapes',
        inputs: [float([2]), float([3])],
        run: ([a, b]) => run(a, b),
        message: `${name}: shapes do not broadcast, a [2], b [3]: 2 != 3 at axis -1; reshape or expand one of them`,
      },
      {
        title: 'dtypes',
        inputs: [float([2]), bools([0, 1])],
        run: ([a, b]) => run(a, b),
        message: `${name}: dtypes differ, {float} and bool; cast() one of them`,
      },
      {
        title: 'a fraction beside integers',
        inputs: [integers([1, 2])],
        run: ([a]) => run(a, 0.5),
        message: `${name}: 0.5 is no i32: expected a whole number from -2147483648 to 2147483647`,
      },
    ],
  };
};

interface ReductionFamily {
  readonly name: string;
  readonly run: (x: Tensor, options?: { axes?: number | readonly number[]; keepDims?: boolean }) => Tensor;
  /** Of no elements. */
  readonly empty: number;
  readonly edges: readonly (readonly [x: readonly number[], y: number])[];
  /** Default 'reduction'. */
  readonly class?: OpClass;
  readonly golden?: string | OpSamples['goldens'];
  /** Of drawn elements. */
  readonly range?: Range;
  readonly extra?: readonly OpSample[];
  readonly errors?: readonly ErrorSample[];
  /** i32 elements and the result on i32 and on u32, where the op has them. */
  readonly integers?: readonly (readonly [x: readonly number[], i32: number, u32: number])[];
}

/** Reductions over axes. */
export const reductionSamples = (family: ReductionFamily): OpSamples => {
  const { name, run, empty, edges, range, golden, integers: whole = [] } = family;
  const x = [float([3, 4, 5], range)];
  const over = (title: string, axes: number | readonly number[], out: readonly number[], n: number): OpSample => ({
    title,
    inputs: x,
    out,
    run: ([a]) => run(a, { axes }),
    reduces: n,
  });
  return {
    class: family.class ?? 'reduction',
    ...(typeof golden === 'object'
      ? { goldens: golden }
      : goldenOf(golden, ([a], { axes, keepDims }) => run(a, { axes, keepDims }))),
    samples: [
      { title: 'everything', inputs: x, out: [], run: ([a]) => run(a), reduces: 60 },
      { title: 'scalar', inputs: [float([], range)], out: [], run: ([a]) => run(a) },
      { title: 'one element, kept', inputs: [float([1], range)], out: [1], run: ([a]) => run(a, { keepDims: true }) },
      over('first axis', 0, [4, 5], 3),
      over('middle axis', 1, [3, 5], 4),
      over('last axis', -1, [3, 4], 5),
      over('two neighbours', [1, 2], [3], 20),
      over('first and last', [0, -1], [4], 15),
      over('no axis', [], [3, 4, 5], 1),
      {
        title: 'scattered axes of rank 6, kept',
        inputs: [float([2, 3, 2, 1, 3, 2], range)],
        out: [2, 1, 2, 1, 1, 2],
        run: ([a]) => run(a, { axes: [1, 3, 4], keepDims: true }),
        reduces: 9,
      },
      { title: 'long', inputs: [float([2, 1027], range)], out: [2], run: ([a]) => run(a, { axes: 1 }), reduces: 1027 },
      { title: 'tall', inputs: [float([1027, 2], range)], out: [2], run: ([a]) => run(a, { axes: 0 }), reduces: 1027 },
      {
        title: 'over nothing',
        inputs: [float([2, 0, 3])],
        out: [2, 3],
        run: ([a]) => run(a, { axes: 1 }),
        expected: new Array(6).fill(empty),
        gradient: 'none',
      },
      {
        title: 'over nothing, scattered',
        inputs: [float([0, 2, 3])],
        out: [2],
        run: ([a]) => run(a, { axes: [0, 2] }),
        expected: [empty, empty],
        gradient: 'none',
      },
      { title: 'to nothing', inputs: [float([0, 3])], out: [0], run: ([a]) => run(a, { axes: 1 }) },
      ...edges.map(([values, y], k) => ({
        title: `edges ${k}`,
        inputs: [floats(values)],
        out: [],
        run: ([a]: readonly Tensor[]) => run(a),
        expected: [y],
        gradient: 'none' as const,
      })),
      ...whole.flatMap(([values, i32, u32], k) => [
        {
          title: `i32 ${k}`,
          inputs: [integers(values, [values.length, 1])],
          out: [1],
          outDType: 'i32' as const,
          run: ([a]: readonly Tensor[]) => run(a, { axes: 0 }),
          expected: [i32],
        },
        {
          title: `u32 ${k}`,
          inputs: [unsigned(values.map((v) => v >>> 0))],
          out: [1],
          outDType: 'u32' as const,
          run: ([a]: readonly Tensor[]) => run(a, { keepDims: true }),
          expected: [u32],
        },
      ]),
      ...(family.extra ?? []),
    ],
    errors: [
      {
        title: 'axis',
        inputs: [float([2, 3])],
        run: ([a]) => run(a, { axes: 2 }),
        message: `${name}: axis 2 is outside a tensor of rank 2: expected -2 to 1`,
      },
      {
        title: 'axis twice',
        inputs: [float([2, 3])],
        run: ([a]) => run(a, { axes: [1, -1] }),
        message: `${name}: axes [1, 1] name one axis twice`,
      },
      ...(whole.length > 0
        ? []
        : [
            {
              title: 'integers',
              inputs: [integers([1, 2])],
              run: ([a]: readonly Tensor[]) => {
                run(a);
              },
              message: `${name}: expected a float tensor, came i32; cast() it`,
            },
          ]),
      ...(family.errors ?? []),
    ],
  };
};

/** The error of an op without gradient when its first input wants one. */
export const refusesGradient = (
  name: string,
  why: string,
  inputs: ErrorSample['inputs'],
  run: (inputs: readonly Tensor[]) => Tensor,
): ErrorSample => ({
  title: 'wants a gradient',
  inputs,
  run: (xs) => {
    valueAndGrad(() => sum(run(xs)), [xs[0]]);
  },
  message: `${name}: input 0 [${inputs[0].shape.join(', ')}] wants a gradient but ${why}; wrap it in stopGradient() or call it in noGrad()`,
});
