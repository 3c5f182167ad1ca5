// ONNX Runtime, native, forward only: each piece of work is a graph of standard operators that is built here in memory.

import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type ElementwiseName, elementwiseInput, elementwiseNameOf, rowCountOf, rowLength } from '../elementwise.ts';
import { operandsOf, productOf, shapesOf } from '../matmul.ts';
import { checksum } from '../operands.ts';
import { model, readInput, type Values } from '../train-step.ts';
import { installedVersion, type Place, type Program, type Runner } from './program.ts';

type Init<S extends Parameters<typeof create>[0]> = NonNullable<Parameters<typeof create<S>>[1]>;
type Attribute = number | readonly number[];

const { batch, tokens, width, layers, heads, normEps } = model;
const depth = width / heads;

const attributeOf = (name: string, value: Attribute): Init<typeof AttributeProtoSchema> => {
  if (typeof value !== 'number') return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
  return Number.isInteger(value)
    ? { name, type: AttributeType.INT, i: BigInt(value) }
    : { name, type: AttributeType.FLOAT, f: value };
};

/** A copy. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));

/** Nodes are listed as they are made; a name stands for the tensor that a node gives. */
class Graph {
  readonly #nodes: Init<typeof NodeProtoSchema>[] = [];
  readonly #constants: Init<typeof TensorProtoSchema>[] = [];
  readonly #inputs: Init<typeof ValueInfoProtoSchema>[] = [];

  node(opType: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, domain = '') {
    const name = `${opType}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.#nodes.push({ opType, domain, input: [...input], output: [name], attribute });
    return name;
  }

  input(name: string, shape: readonly number[]): string {
    const dim = shape.map((d) => ({ value: { case: 'dimValue' as const, value: BigInt(d) } }));
    const value = { elemType: TensorProto_DataType.FLOAT, shape: { dim } };
    this.#inputs.push({ name, type: { value: { case: 'tensorType', value } } });
    return name;
  }

  weight(name: string, { shape, data }: Values): string {
    const dataType = TensorProto_DataType.FLOAT;
    this.#constants.push({ name, dims: shape.map(BigInt), dataType, rawData: bytesOf(data) });
    return name;
  }

  shape(values: readonly number[]): string {
    const name = `shape_${this.#constants.length}`;
    const data = BigInt64Array.from(values, BigInt);
    const dims = [BigInt(values.length)];
    this.#constants.push({ name, dims, dataType: TensorProto_DataType.INT64, rawData: bytesOf(data) });
    return name;
  }

  async session(result: string): Promise<InferenceSession> {
    const model = create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [
        { domain: '', version: 20n },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: {
        name: 'bench',
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: [{ name: result, type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
      },
    });
    return InferenceSession.create(toBinary(ModelProtoSchema, model));
  }
}

/** Runs a session and keeps its one result. */
const runnerOf = (session: InferenceSession, feeds: Readonly<Record<string, Tensor>>) => {
  let last: Tensor | undefined;
  return {
    run: async (): Promise<void> => {
      last?.dispose();
      last = (await session.run(feeds))[session.outputNames[0]] as Tensor;
    },
    result: (): number => (last === undefined ? Number.NaN : checksum(last.data as Float32Array)),
  };
};

const tensorOf = ({ shape, data }: Values): Tensor => new Tensor('float32', data, shape);

const forward = async ({ folder }: Place): Promise<Runner> => {
  const input = readInput(folder);
  const g = new Graph();
  const p = new Map([...input.parameters].map(([name, values]) => [name, g.weight(name, values)]));
  const at = (name: string): string => {
    const known = p.get(name);
    if (known === undefined) throw new Error(`bench: the input has no values for ${name}`);
    return known;
  };
  const linear = (x: string, name: string): string =>
    g.node('Add', [g.node('MatMul', [x, at(`${name}.weight`)]), at(`${name}.bias`)]);
  const layerNorm = (x: string, name: string): string =>
    g.node('LayerNormalization', [x, at(`${name}.weight`), at(`${name}.bias`)], { axis: -1, epsilon: normEps });
  const split = g.shape([batch, tokens, 3, heads, depth]);
  const joined = g.shape([batch, tokens, width]);
  const scale = g.weight('scale', { shape: [], data: Float32Array.of(1 / Math.sqrt(depth)) });
  const picks = [0, 1, 2].map((i) => ({ from: g.shape([i]), to: g.shape([i + 1]) }));
  const first = g.shape([0]);
  const attention = (x: string, name: string): string => {
    // [B, T, 3, H, D] -> [3, B, H, T, D]
    const qkv = g.node('Transpose', [g.node('Reshape', [linear(x, `${name}.qkv`), split])], { perm: [2, 0, 3, 1, 4] });
    const [q, k, v] = picks.map(({ from, to }) => g.node('Squeeze', [g.node('Slice', [qkv, from, to, first]), first]));
    const kT = g.node('Transpose', [k], { perm: [0, 1, 3, 2] });
    const scores = g.node('Mul', [g.node('MatMul', [q, kT]), scale]);
    const out = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), v]);
    return linear(g.node('Reshape', [g.node('Transpose', [out], { perm: [0, 2, 1, 3] }), joined]), `${name}.out`);
  };
  let y = g.input('x', input.x.shape);
  for (let i = 0; i < layers; i++) {
    const block = `blocks.${i}`;
    y = g.node('Add', [y, attention(layerNorm(y, `${block}.norm1`), `${block}.attention`)]);
    const inner = g.node('Gelu', [linear(layerNorm(y, `${block}.norm2`), `${block}.mlp.fc1`)]);
    y = g.node('Add', [y, linear(inner, `${block}.mlp.fc2`)]);
  }
  return runnerOf(await g.session(layerNorm(y, 'norm')), { x: tensorOf(input.x) });
};

interface Prepared {
  readonly run: () => Promise<void>;
  readonly result: () => number;
}

/** One session for each case, made when the case is first asked for. */
const byCase = (make: (name: string) => Promise<Prepared>): Runner => {
  const made = new Map<string, Prepared>();
  let last: Prepared | undefined;
  return {
    run: async (name) => {
      last = made.get(name) ?? (await make(name));
      made.set(name, last);
      await last.run();
    },
    result: () => last?.result() ?? Number.NaN,
  };
};

const matmulRunner = (): Runner =>
  byCase(async (name) => {
    const product = productOf(name);
    const shapes = shapesOf(product);
    const data = operandsOf(product);
    const g = new Graph();
    const operands = [g.input('a', shapes.a), g.input('b', shapes.b)];
    const { transA, transB } = product;
    const flags = { transA: Number(transA), transB: Number(transB) };
    const c = transA || transB ? g.node('FusedMatMul', operands, flags, 'com.microsoft') : g.node('MatMul', operands);
    const feeds = {
      a: tensorOf({ shape: shapes.a, data: data.a }),
      b: tensorOf({ shape: shapes.b, data: data.b }),
    };
    return runnerOf(await g.session(c), feeds);
  });

const elementwise = ({ machine }: Place): Runner => {
  const shape = [rowCountOf(machine), rowLength];
  const x = tensorOf({ shape, data: elementwiseInput(machine) });
  return byCase(async (name) => {
    const g = new Graph();
    const input = g.input('x', shape);
    const row = (label: string, value: number): string =>
      g.weight(label, { shape: [rowLength], data: new Float32Array(rowLength).fill(value) });
    const works: { readonly [N in ElementwiseName]?: () => string } = {
      softmax: () => g.node('Softmax', [input], { axis: -1 }),
      'layer norm': () =>
        g.node('LayerNormalization', [input, row('gamma', 1), row('beta', 0)], { axis: -1, epsilon: normEps }),
      gelu: () => g.node('Gelu', [input]),
    };
    const work = works[elementwiseNameOf(name)];
    if (work === undefined) throw new Error(`onnxruntime has no ${name}`);
    return runnerOf(await g.session(work()), { x });
  });
};

export const load = async (): Promise<Program> => ({
  backend: 'native, MLAS, its own threads',
  version: installedVersion('onnxruntime-node'),
  runners: { forward, matmul: matmulRunner, elementwise },
});
