// jax-js: the whole step, AdamW included, in one jit. Its arrays are consumed by use; `.ref` lends one out once more.

import {
  blockUntilReady,
  defaultDevice,
  getWebGPUDevice,
  init,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { attentionInputs, attentionNameOf, attentionShape, attentionSize } from '../attention.ts';
import {
  adamWOptions,
  type ElementwiseName,
  elementwiseInput,
  elementwiseNameOf,
  rowCountOf,
  rowLength,
} from '../elementwise.ts';
import { operandsOf, productOf, shapesOf } from '../matmul.ts';
import { checksum } from '../operands.ts';
import { model, optimiser, readInput, type Values } from '../train-step.ts';
import { installedVersion, type Place, type Program, type Runner } from './program.ts';
import { checkRefusals, exposeGpu, watch } from './web-gpu-host.ts';

type Params = { [name: string]: np.Array };

type Device = 'wasm' | 'webgpu';

/** Its arrays are lazy. On WASM nothing is left to do after this; on a GPU the work is submitted, all of the jit that made the array. */
const start = async (device: Device, array: np.Array): Promise<void> => {
  if (device === 'wasm') await blockUntilReady(array);
  else await array.ref.gpuBuffer();
};

const finish = async (array: np.Array | undefined): Promise<void> => {
  if (array !== undefined) await blockUntilReady(array);
  checkRefusals();
};

const sumOf = async (array: np.Array | undefined): Promise<number> => {
  const value = array === undefined ? Number.NaN : checksum(await array.ref.data());
  checkRefusals();
  return value;
};

const { batch, tokens, width, layers, heads, normEps } = model;
const depth = width / heads;

const toArray = ({ shape, data }: Values): np.Array => np.array(data).reshape([...shape]);

const linear = (x: np.Array, p: Params, name: string): np.Array =>
  np.matmul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);

const layerNorm = (x: np.Array, p: Params, name: string): np.Array =>
  nn.standardize(x, -1, { epsilon: normEps }).mul(p[`${name}.weight`]).add(p[`${name}.bias`]);

// Its own dotProductAttention goes through einsum, which in 0.1.25 calls an iterator method that Node 20 lacks.
const attention = (x: np.Array, p: Params, name: string): np.Array => {
  const qkv = linear(x, p, `${name}.qkv`).reshape([batch, tokens, 3, heads, depth]).transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = [qkv.ref.slice(0), qkv.ref.slice(1), qkv.slice(2)];
  const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(depth));
  const out = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]);
  return linear(out.reshape([batch * tokens, width]), p, `${name}.out`);
};

const mlp = (x: np.Array, p: Params, name: string): np.Array =>
  linear(nn.gelu(linear(x, p, `${name}.fc1`), { approximate: false }), p, `${name}.fc2`);

const encode = (p: Params, x: np.Array): np.Array => {
  let y = x;
  for (let i = 0; i < layers; i++) {
    const at = `blocks.${i}`;
    y = y.ref.add(attention(layerNorm(y, p, `${at}.norm1`), p, `${at}.attention`));
    y = y.ref.add(mlp(layerNorm(y, p, `${at}.norm2`), p, `${at}.mlp`));
  }
  return layerNorm(y, p, 'norm');
};

const lossOf = (p: Params, x: np.Array, target: np.Array): np.Array => np.square(encode(p, x).sub(target)).mean();

/** correct1 = 1 - beta1^t and correct2 = 1 - beta2^t are inputs: a jitted function must not be traced anew each step. */
const step = (
  p: Params,
  m: Params,
  v: Params,
  x: np.Array,
  target: np.Array,
  correct1: np.Array,
  correct2: np.Array,
) => {
  const { learningRate, beta1, beta2, eps, weightDecay } = optimiser;
  const [loss, grads] = valueAndGrad(lossOf)(tree.ref(p), x, target);
  const next: { p: Params; m: Params; v: Params } = { p: {}, m: {}, v: {} };
  for (const name of Object.keys(p)) {
    const g = grads[name];
    const m1 = m[name].mul(beta1).add(g.ref.mul(1 - beta1));
    const v1 = v[name].mul(beta2).add(np.square(g).mul(1 - beta2));
    const update = m1.ref
      .div(correct1.ref)
      .div(np.sqrt(v1.ref.div(correct2.ref)).add(eps))
      .mul(learningRate);
    const kept = name.endsWith('.weight') && !name.includes('norm') ? 1 - learningRate * weightDecay : 1;
    next.p[name] = p[name].mul(kept).sub(update);
    next.m[name] = m1;
    next.v[name] = v1;
  }
  correct1.dispose();
  correct2.dispose();
  return { loss, ...next };
};

const trainStep =
  (device: Device) =>
  ({ folder }: Place): Runner => {
    const input = readInput(folder);
    const names = [...input.parameters.keys()];
    const fill = (make: (values: Values) => np.Array): Params =>
      Object.fromEntries(names.map((name) => [name, make(input.parameters.get(name)!)]));
    let p = fill(toArray);
    let m = fill(({ shape }) => np.zeros([...shape]));
    let v = fill(({ shape }) => np.zeros([...shape]));
    const flat = (values: Values): np.Array => toArray({ ...values, shape: [batch * tokens, width] });
    const x = flat(input.x);
    const target = flat(input.target);
    const jitted = jit(step);
    let t = 0;
    let last: np.Array | undefined;
    return {
      run: async () => {
        t++;
        last?.dispose();
        const correct = [optimiser.beta1, optimiser.beta2].map((beta) => np.array(1 - beta ** t));
        const out = jitted(p, m, v, x.ref, target.ref, correct[0], correct[1]);
        ({ p, m, v } = out);
        last = out.loss;
        await start(device, last);
      },
      finish: () => finish(last),
      result: async () => {
        const value = last === undefined ? Number.NaN : (await last.ref.data())[0];
        checkRefusals();
        return value;
      },
    };
  };

const forward =
  (device: Device) =>
  ({ folder }: Place): Runner => {
    const input = readInput(folder);
    const p = Object.fromEntries([...input.parameters].map(([name, values]) => [name, toArray(values)]));
    const x = toArray({ ...input.x, shape: [batch * tokens, width] });
    const jitted = jit(encode);
    let last: np.Array | undefined;
    return {
      run: async () => {
        last?.dispose();
        last = jitted(tree.ref(p), x.ref);
        await start(device, last);
      },
      finish: () => finish(last),
      result: () => sumOf(last),
    };
  };

const transposed = (x: np.Array, rank: number): np.Array => x.transpose(rank === 3 ? [0, 2, 1] : [1, 0]);

const matmulRunner = (device: Device) => (): Runner => {
  const made = new Map<string, { a: np.Array; b: np.Array; product: (a: np.Array, b: np.Array) => np.Array }>();
  const at = (name: string) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const product = productOf(name);
    const data = operandsOf(product);
    const shapes = shapesOf(product);
    const rank = shapes.a.length;
    const fresh = {
      a: toArray({ shape: shapes.a, data: data.a }),
      b: toArray({ shape: shapes.b, data: data.b }),
      product: jit((a: np.Array, b: np.Array) =>
        np.matmul(product.transA ? transposed(a, rank) : a, product.transB ? transposed(b, rank) : b),
      ),
    };
    made.set(name, fresh);
    return fresh;
  };
  let last: np.Array | undefined;
  return {
    run: async (name) => {
      const { a, b, product } = at(name);
      last?.dispose();
      last = product(a.ref, b.ref);
      await start(device, last);
    },
    finish: () => finish(last),
    result: () => sumOf(last),
  };
};

const attentionRunner =
  (device: Device) =>
  ({ machine }: Place): Runner => {
    const [q, k, v, g] = attentionInputs(machine).map((data) => toArray({ shape: attentionShape(machine), data }));
    const scale = 1 / Math.sqrt(attentionSize(machine).depth);
    const attend = (inputs: Params): np.Array => {
      const scores = np.matmul(inputs.q, inputs.k.transpose([0, 1, 3, 2])).mul(scale);
      return np.matmul(nn.softmax(scores, -1), inputs.v);
    };
    const forwards = jit(attend);
    const lossOf = (inputs: Params, gradient: np.Array): np.Array => attend(inputs).mul(gradient).sum();
    const both = jit((inputs: Params, gradient: np.Array) => valueAndGrad(lossOf)(inputs, gradient));
    let last: np.Array | undefined;
    return {
      run: async (name) => {
        last?.dispose();
        const inputs = { q: q.ref, k: k.ref, v: v.ref };
        if (attentionNameOf(name) === 'attention forward') {
          last = forwards(inputs);
          await start(device, last);
        } else {
          const [loss, grads] = both(inputs, g.ref);
          last = grads.k;
          await start(device, last);
          for (const array of [loss, grads.q, grads.v]) array.dispose();
        }
      },
      finish: () => finish(last),
      result: () => sumOf(last),
    };
  };

const elementwise =
  (device: Device) =>
  ({ machine }: Place): Runner => {
    const shape = [rowCountOf(machine), rowLength];
    const x = toArray({ shape, data: elementwiseInput(machine) });
    const row = (value: number): np.Array => np.array(new Float32Array(rowLength).fill(value));
    const [gamma, beta] = [row(1), row(0)];
    const { learningRate, beta1, beta2, eps, weightDecay, maxNorm } = adamWOptions;
    const update = jit((p: np.Array, m: np.Array, v: np.Array, gradient: np.Array, c1: np.Array, c2: np.Array) => {
      const norm = np.sqrt(np.square(gradient.ref).sum());
      const g = gradient.mul(np.minimum(np.array(1), np.array(maxNorm).div(norm.add(1e-6))));
      const m1 = m.mul(beta1).add(g.ref.mul(1 - beta1));
      const v1 = v.mul(beta2).add(np.square(g).mul(1 - beta2));
      const step = m1.ref
        .div(c1)
        .div(np.sqrt(v1.ref.div(c2)).add(eps))
        .mul(learningRate);
      return { p: p.mul(1 - learningRate * weightDecay).sub(step), m: m1, v: v1 };
    });
    let state: Params | undefined;
    let t = 0;
    const softmax = jit((y: np.Array) => nn.softmax(y, -1));
    const layerNormed = jit((y: np.Array, scale: np.Array, shift: np.Array) =>
      nn.standardize(y, -1, { epsilon: normEps }).mul(scale).add(shift),
    );
    const gelu = jit((y: np.Array) => nn.gelu(y, { approximate: false }));
    let last: np.Array | undefined;
    const works: { readonly [N in Exclude<ElementwiseName, 'copy'>]: () => np.Array } = {
      softmax: () => softmax(x.ref),
      'layer norm': () => layerNormed(x.ref, gamma.ref, beta.ref),
      gelu: () => gelu(x.ref),
      adamw: () => {
        t++;
        const zeros = (): np.Array => np.zeros(shape);
        const { p, m, v } = state ?? { p: zeros(), m: zeros(), v: zeros() };
        const [c1, c2] = [beta1, beta2].map((beta) => np.array(1 - beta ** t));
        state = update(p, m, v, x.ref, c1, c2);
        return state.p.ref;
      },
    };
    return {
      run: async (name) => {
        last?.dispose();
        const work = elementwiseNameOf(name);
        if (work === 'copy') throw new Error('jax-js has no copy');
        last = works[work]();
        await start(device, last);
      },
      finish: () => finish(last),
      result: () => sumOf(last),
    };
  };

const runnersOn = (device: Device): Program['runners'] => ({
  'train-step': trainStep(device),
  forward: forward(device),
  matmul: matmulRunner(device),
  attention: attentionRunner(device),
  elementwise: elementwise(device),
});

const version = (): string => installedVersion('@jax-js/jax');

export const loadWasm = async (): Promise<Program> => {
  await init('wasm');
  defaultDevice('wasm');
  // its threads need the browser's Worker, which Node does not have
  const threads = typeof Reflect.get(globalThis, 'Worker') === 'function' ? 'threads' : '1 thread';
  return { backend: `wasm, jit, ${threads}`, version: version(), runners: runnersOn('wasm') };
};

export const loadWebGpu = async (): Promise<Program> => {
  await exposeGpu();
  await init('webgpu');
  defaultDevice('webgpu');
  watch(getWebGPUDevice());
  return { backend: 'webgpu, jit', version: version(), runners: runnersOn('webgpu') };
};
