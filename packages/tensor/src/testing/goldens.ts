// PyTorch's numbers beside ours: a reader for the golden files of tools/golden and the call that each one stands for.
// The reader takes bytes, knows the three types that goldens use, and trusts the file.

import type { Backend } from '../backend.ts';
import type { DType, NumericArray } from '../dtype.ts';
import type { ReduceOptions } from '../ops/families/reduction.ts';
import * as op from '../ops/index.ts';
import { scope } from '../scope.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { valueAndGrad } from '../tape.ts';
import { type Tensor, tensor } from '../tensor.ts';
import { type ArrayTolerance, assertClose, roundoff } from './compare.ts';

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

/** What a case was made with; which of these are there depends on the file. */
interface GoldenParameters {
  readonly axes?: readonly number[];
  readonly axis?: number;
  readonly keepDims?: boolean;
  readonly eps?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly ignoreIndex?: number | null;
  readonly labelSmoothing?: number;
}

type GoldenRun = (inputs: readonly Tensor[], parameters: GoldenParameters) => Tensor;

const unary =
  (f: (x: Tensor) => Tensor): GoldenRun =>
  ([x]) =>
    f(x);
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): GoldenRun =>
  ([a, b]) =>
    f(a, b);
const reduction =
  (f: (x: Tensor, options: ReduceOptions) => Tensor): GoldenRun =>
  ([x], { axes, keepDims }) =>
    f(x, { axes, keepDims });

// [B, H, T, D] -> [B, T, H·D] and back
const pack = (x: Tensor): Tensor => {
  const [B, H, T, D] = x.shape;
  return op.reshape(op.permute(x, [0, 2, 1, 3]), [B, T, H * D]);
};
const unpack = (x: Tensor, H: number): Tensor => {
  const [B, T, width] = x.shape;
  return op.permute(op.reshape(x, [B, T, H, width / H]), [0, 2, 1, 3]);
};

const attention: GoldenRun = ([q, k, v, mask]) => {
  const heads = q.shape[1];
  const shown = mask === undefined ? undefined : op.cast(mask, 'bool');
  const [a, b, c] = [q, k, v].map(pack);
  return unpack(op.crossAttention(a, op.concat([b, c], { axis: -1 }), { heads, mask: shown }), heads);
};

/** As `attention` where queries and keys are as many. */
const attentionToItself: GoldenRun = ([q, k, v, mask]) => {
  const heads = q.shape[1];
  const shown = mask === undefined ? undefined : op.cast(mask, 'bool');
  return unpack(op.selfAttention(op.concat([q, k, v].map(pack), { axis: -1 }), { heads, mask: shown }), heads);
};

const crossEntropy: GoldenRun = ([logits, ids], { ignoreIndex, labelSmoothing }) => {
  const classes = logits.shape[logits.rank - 1];
  const ignored = ignoreIndex ?? -100;
  const flat = op.reshape(ids, [ids.size]);
  const rows = op.crossEntropyRows(op.reshape(logits, [-1, classes]), flat, { ignoreIndex: ignored, labelSmoothing });
  return op.div(op.sum(rows), Array.from(flat.readSync()).filter((id) => id !== ignored).length);
};

/** The call of each golden file that our ops can make, by the file's name. */
export const goldenRuns: { readonly [file: string]: GoldenRun } = {
  abs: unary(op.abs),
  add: binary(op.add),
  attention,
  'cross-entropy': crossEntropy,
  div: binary(op.div),
  embedding: binary(op.embedding),
  erf: unary(op.erf),
  exp: unary(op.exp),
  gather: binary(op.gatherRows),
  gelu: unary(op.gelu),
  'layer-norm': ([x, gamma, beta], { eps }) => op.layerNorm(x, gamma, beta, { eps }),
  linear: ([x, weight, bias]) => (bias === undefined ? op.matmul(x, weight) : op.linear(x, weight, bias)),
  log: unary(op.log),
  'log-softmax': ([x], { axis }) => op.logSoftmax(x, { axis }),
  matmul: ([a, b], { transposeA, transposeB }) => op.matmul(a, b, { transA: transposeA, transB: transposeB }),
  max: reduction(op.max),
  maximum: binary(op.maximum),
  mean: reduction(op.mean),
  min: reduction(op.min),
  minimum: binary(op.minimum),
  mul: binary(op.mul),
  neg: unary(op.neg),
  relu: unary(op.relu),
  sigmoid: unary(op.sigmoid),
  softmax: ([x], { axis }) => op.softmax(x, { axis }),
  sqrt: unary(op.sqrt),
  square: unary(op.square),
  sub: binary(op.sub),
  sum: reduction(op.sum),
  tanh: unary(op.tanh),
};

/** Golden files whose op comes with a later issue; the name of the op in our list would be the file's in camel case. */
export const goldensWithoutOp: readonly string[] = [
  'binary-cross-entropy-with-logits',
  'cos',
  'expm1',
  'gelu-tanh',
  'huber',
  'l1',
  'log1p',
  'mse',
  'pow',
  'rsqrt',
  'silu',
  'sin',
  'softplus',
  'variance',
];

const parse = <T>(text: string | undefined, fallback: T): T => (text === undefined ? fallback : JSON.parse(text));

export const goldenCases = (file: GoldenFile): readonly string[] => parse<string[]>(file.metadata.cases, []);

/** float64: what reordering a sum may cost. float32: PyTorch's own error several times, and 16 roundings of the largest value. */
const toleranceOf = (file: GoldenFile, backend: Backend, name: string): ArrayTolerance => {
  if (backend.floatDType === 'f64') return { ofLargest: 5e-12, dtype: 'f64' };
  const own = parse<Record<string, number>>(file.metadata.ownError, {})[name] ?? 0;
  const wide = parse<Record<string, number>>(file.metadata.ownRelativeError, {})[name];
  const roundings = 16 * roundoff.f32;
  // Where nothing cancels PyTorch keeps the digits of every element, however small beside the largest; so must we.
  if (wide !== undefined && wide < roundings)
    return { relative: 4 * wide + roundings, absolute: 2 ** -126, dtype: 'f32' };
  return { absolute: 4 * own, ofLargest: roundings, dtype: 'f32' };
};

/** Result and gradients of one case beside the file's. Throws where one differs. */
export const checkGolden = (backend: Backend, fileName: string, file: GoldenFile, testCase: string): void => {
  const parameters = parse<GoldenParameters>(file.metadata[testCase], {});
  const part = (name: string): GoldenArray | undefined => file.tensors.get(`${testCase}/${name}`);
  const named = [0, 1, 2, 3].flatMap((i) => part(`in${i}`) ?? []);
  const runs = [goldenRuns[fileName]];
  if (fileName === 'attention' && named[0].shape[2] === named[1].shape[2]) runs.push(attentionToItself);
  for (const run of runs) {
    scope(() => {
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
          return { loss: op.sum(op.mul(out, upstream)), out };
        },
        wanted.map((i) => inputs[i]),
      );
      const check = (what: string, got: Tensor): void => {
        const want = part(what);
        if (want === undefined) throw new Error(`${fileName} / ${testCase}: the file has no ${what}`);
        if (got.shape.join() !== want.shape.join()) {
          throw new Error(
            `${fileName} / ${testCase}: ${what} is [${got.shape.join(', ')}], wanted [${want.shape.join(', ')}]`,
          );
        }
        const tolerance = toleranceOf(file, backend, `${testCase}/${what}`);
        assertClose(`${fileName} / ${testCase}: ${what}`, got.readSync(), want.data, tolerance);
      };
      check('out', value.out);
      grads.forEach((g, k) => {
        check(`grad${wanted[k]}`, g);
      });
    });
  }
};
