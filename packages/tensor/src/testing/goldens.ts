// PyTorch's numbers beside ours: a reader for the golden files of tools/golden and the call that each one stands for.
// The reader takes bytes, knows the three types that goldens use, and trusts the file.

import type { Backend } from '../backend.ts';
import type { DType, NumericArray } from '../dtype.ts';
import { mul } from '../ops/mul/mul.ts';
import { sum } from '../ops/sum/sum.ts';
import { scope } from '../scope.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { valueAndGrad } from '../tape.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { reading } from './checks.ts';
import { type ArrayTolerance, assertClose, roundoff } from './compare.ts';
import { opSamples } from './op-samples.ts';
import type { GoldenParameters, GoldenRun, OpSamples } from './sample.ts';

export interface GoldenArray {
  readonly shape: Shape;
  readonly data: NumericArray;
}

export interface GoldenFile {
  readonly tensors: ReadonlyMap<string, GoldenArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

const elementOf: { readonly [type: string]: { readonly make: (b: ArrayBuffer) => NumericArray } } = {
  F32: { make: (b) => new Float32Array(b) },
  F64: { make: (b) => new Float64Array(b) },
  I32: { make: (b) => new Int32Array(b) },
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Reads a safetensors file: u64 length, a JSON header of that length, then the data. */
export const readGolden = (bytes: Uint8Array): GoldenFile => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = 8 + Number(view.getBigUint64(0, true));
  const header: Record<string, Entry> & { __metadata__?: Record<string, string> } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, begin)),
  );
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, GoldenArray>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    // A copy, so that the data is aligned.
    const copy = new Uint8Array(bytes.subarray(begin + data_offsets[0], begin + data_offsets[1]));
    const data = elementOf[dtype].make(copy.buffer);
    if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} elements for [${shape.join(', ')}]`);
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
};

/** The calls of each golden file, by the file's name. */
export const goldenRuns: { readonly [file: string]: readonly GoldenRun[] } = Object.fromEntries(
  Object.values(opSamples).flatMap((op: OpSamples) =>
    Object.entries(op.goldens ?? {}).map(([file, runs]) => [file, typeof runs === 'function' ? [runs] : runs]),
  ),
);

const parse = <T>(text: string | undefined, fallback: T): T => (text === undefined ? fallback : JSON.parse(text));

export const goldenCases = (file: GoldenFile): readonly string[] => parse<string[]>(file.metadata.cases, []);

/**
 * PyTorch's own error counted more than once, by file and case. Sharp attention: scores near 80 carry their roundings into the
 * exponent, where another order of the sum gives another share: 5.7e-6 came where own error and 16 roundings allow 3.6e-6.
 */
const ownErrors: { readonly [fileAndCase: string]: number } = { 'attention/sharp': 2 };

/**
 * float64: what reordering a sum may cost. float32: PyTorch's own error, and 16 roundings of the largest value. A case that
 * its file lists as wide has nothing that cancels: there every element must keep its digits too, however small it is.
 */
const tolerancesOf = (
  file: GoldenFile,
  backend: Backend,
  fileName: string,
  name: string,
  factor: number,
): readonly ArrayTolerance[] => {
  if (backend.floatDType === 'f64') return [{ ofLargest: 5e-12, dtype: 'f64' }];
  const roundings = factor * 16 * roundoff.f32;
  const testCase = name.slice(0, name.indexOf('/'));
  const own = parse<Record<string, number>>(file.metadata.ownError, {})[name] ?? 0;
  const times = factor * (ownErrors[`${fileName}/${testCase}`] ?? 1);
  const all: ArrayTolerance = { absolute: times * own, ofLargest: roundings, dtype: 'f32' };
  if (!parse<string[]>(file.metadata.wideCases, []).includes(testCase)) return [all];
  const ownRelative = parse<Record<string, number>>(file.metadata.ownRelativeError, {})[name] ?? 0;
  return [all, { relative: factor * ownRelative + roundings, absolute: 2 ** -126, dtype: 'f32' }];
};

/** Result and gradients of one case beside the file's. Throws where one differs; `factor` widens what a float32 backend is allowed. */
export const checkGolden = async (
  backend: Backend,
  fileName: string,
  file: GoldenFile,
  testCase: string,
  { factor = 1 }: { readonly factor?: number } = {},
): Promise<void> => {
  const parameters = parse<GoldenParameters>(file.metadata[testCase], {});
  const part = (name: string): GoldenArray | undefined => file.tensors.get(`${testCase}/${name}`);
  const named = [0, 1, 2, 3, 4].flatMap((i) => part(`in${i}`) ?? []);
  for (const run of goldenRuns[fileName]) {
    const results = scope(() => {
      const make = ({ shape, data }: GoldenArray): Tensor => {
        const dtype: DType = data instanceof Int32Array ? 'i32' : backend.floatDType;
        return tensor(data, shape, { backend, dtype });
      };
      const inputs = named.map(make);
      const upstream = make(part('gradOut') ?? named[0]);
      const wanted = inputs.flatMap((_, i) => (part(`grad${i}`) === undefined ? [] : [i]));
      const { value, grads } = valueAndGrad(
        () => {
          const out = run(inputs, parameters);
          return { loss: sum(mul(out, upstream)), out };
        },
        wanted.map((i) => inputs[i]),
      );
      return [value.out, ...grads].map((x, k) => ({
        what: k === 0 ? 'out' : `grad${wanted[k - 1]}`,
        shape: x.shape,
        data: reading(x),
      }));
    });
    for (const { what, shape, data } of results) {
      const want = part(what);
      if (want === undefined) throw new Error(`${fileName} / ${testCase}: the file has no ${what}`);
      if (shape.join() !== want.shape.join()) {
        throw new Error(
          `${fileName} / ${testCase}: ${what} is [${shape.join(', ')}], wanted [${want.shape.join(', ')}]`,
        );
      }
      for (const tolerance of tolerancesOf(file, backend, fileName, `${testCase}/${what}`, factor)) {
        assertClose(`${fileName} / ${testCase}: ${what}`, await data, want.data, tolerance);
      }
    }
  }
};
