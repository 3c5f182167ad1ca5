// jax-js: the whole step, AdamW included, in one jit. Its arrays are consumed by use; `.ref` lends one out once more.

import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { matmulOperand, matmulRepeats, rowMean } from '../matmul.ts';
import { model, optimiser, readInput, type Values } from '../train-step.ts';
import { installedVersion, type Program, type Runner } from './program.ts';

type Params = { [name: string]: np.Array };

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

const lossOf = (p: Params, x: np.Array, target: np.Array): np.Array => {
  let y = x;
  for (let i = 0; i < layers; i++) {
    const at = `blocks.${i}`;
    y = y.ref.add(attention(layerNorm(y, p, `${at}.norm1`), p, `${at}.attention`));
    y = y.ref.add(mlp(layerNorm(y, p, `${at}.norm2`), p, `${at}.mlp`));
  }
  return np.square(layerNorm(y, p, 'norm').sub(target)).mean();
};

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

const trainStep = (folder: string): Runner => {
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
      await blockUntilReady([last, p, m, v]);
    },
    result: async () => (last === undefined ? Number.NaN : (await last.ref.data())[0]),
  };
};

const matmulRunner = (): Runner => {
  const operands = new Map<number, { a: np.Array; b: np.Array }>();
  const at = (n: number): { a: np.Array; b: np.Array } => {
    const made = operands.get(n) ?? {
      a: toArray({ shape: [n, n], data: matmulOperand('a', n) }),
      b: toArray({ shape: [n, n], data: matmulOperand('b', n) }),
    };
    operands.set(n, made);
    return made;
  };
  const product = jit(np.matmul);
  let size = 0;
  return {
    repeats: matmulRepeats,
    run: async (n) => {
      size = n;
      const { a, b } = at(n);
      for (let i = matmulRepeats(n); i > 0; i--) {
        const c = product(a.ref, b.ref);
        await blockUntilReady(c);
        c.dispose();
      }
    },
    result: async () => {
      const { a, b } = at(size);
      return rowMean(await product(a.ref, b.ref).data(), size);
    },
  };
};

export const load = async (): Promise<Program> => {
  await init('wasm');
  defaultDevice('wasm');
  // its threads need the browser's Worker, which Node does not have
  const threads = typeof Reflect.get(globalThis, 'Worker') === 'function' ? 'threads' : '1 thread';
  return {
    backend: `wasm, jit, ${threads}`,
    version: installedVersion('@jax-js/jax'),
    trainStep,
    matmul: matmulRunner,
  };
};
