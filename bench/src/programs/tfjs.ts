// TensorFlow.js, eager, on its WASM (XNNPACK) or its plain JavaScript backend. AdamW: its own Adam after a decay by hand.

import { createRequire } from 'node:module';
import { matmulOperand, matmulRepeats, rowMean } from '../matmul.ts';
import { model, optimiser, readInput, type Values } from '../train-step.ts';
import { installedVersion, type Program, type Runner } from './program.ts';

type Tf = typeof import('@tensorflow/tfjs');
type Tensor = import('@tensorflow/tfjs').Tensor;
type Variable = import('@tensorflow/tfjs').Variable;

const require = createRequire(import.meta.url);
const { batch, tokens, width, layers, heads, normEps } = model;
const depth = width / heads;

const encoderOf = (tf: Tf, p: ReadonlyMap<string, Variable>) => {
  const at = (name: string): Variable => {
    const variable = p.get(name);
    if (variable === undefined) throw new Error(`bench: the input has no values for ${name}`);
    return variable;
  };
  const linear = (x: Tensor, name: string): Tensor => tf.add(tf.matMul(x, at(`${name}.weight`)), at(`${name}.bias`));
  const layerNorm = (x: Tensor, name: string): Tensor => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, normEps)));
    return tf.add(tf.mul(normal, at(`${name}.weight`)), at(`${name}.bias`));
  };
  const gelu = (x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const attention = (x: Tensor, name: string): Tensor => {
    const [q, k, v] = tf
      .split(linear(x, `${name}.qkv`), 3, -1)
      .map((part) => tf.transpose(tf.reshape(part, [batch, tokens, heads, depth]), [0, 2, 1, 3]));
    const probabilities = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(depth)), -1);
    const out = tf.transpose(tf.matMul(probabilities, v), [0, 2, 1, 3]);
    return linear(tf.reshape(out, [batch * tokens, width]), `${name}.out`);
  };
  return (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < layers; i++) {
      const block = `blocks.${i}`;
      y = tf.add(y, attention(layerNorm(y, `${block}.norm1`), `${block}.attention`));
      y = tf.add(y, linear(gelu(linear(layerNorm(y, `${block}.norm2`), `${block}.mlp.fc1`)), `${block}.mlp.fc2`));
    }
    return layerNorm(y, 'norm');
  };
};

const trainStep =
  (tf: Tf) =>
  (folder: string): Runner => {
    const input = readInput(folder);
    const variables = new Map<string, Variable>();
    for (const [name, { shape, data }] of input.parameters) {
      variables.set(name, tf.variable(tf.tensor(data, [...shape]), true, name));
    }
    const encoder = encoderOf(tf, variables);
    const flat = ({ data }: Values): Tensor => tf.tensor(data, [batch * tokens, width]);
    const x = flat(input.x);
    const target = flat(input.target);
    const { learningRate, beta1, beta2, eps, weightDecay } = optimiser;
    const adam = tf.train.adam(learningRate, beta1, beta2, eps);
    let last = Number.NaN;
    return {
      run: () => {
        const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(encoder(x), target))));
        tf.tidy(() => {
          for (const variable of variables.values()) {
            if (variable.rank >= 2) variable.assign(tf.mul(variable, 1 - learningRate * weightDecay));
          }
        });
        adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        last = value.dataSync()[0];
        tf.dispose([value, grads]);
      },
      result: () => last,
    };
  };

const matmulRunner = (tf: Tf) => (): Runner => {
  const operands = new Map<number, readonly [Tensor, Tensor]>();
  const at = (n: number): readonly [Tensor, Tensor] => {
    const make = (name: 'a' | 'b'): Tensor => tf.tensor(matmulOperand(name, n), [n, n]);
    const made = operands.get(n) ?? ([make('a'), make('b')] as const);
    operands.set(n, made);
    return made;
  };
  let size = 0;
  return {
    repeats: matmulRepeats,
    run: (n) => {
      size = n;
      for (let i = matmulRepeats(n); i > 0; i--) tf.matMul(...at(n)).dispose();
    },
    result: () => tf.tidy(() => rowMean(tf.matMul(...at(size)).dataSync(), size)),
  };
};

const loadOn = async (backend: 'wasm' | 'cpu'): Promise<Program> => {
  const tf = require('@tensorflow/tfjs') as Tf;
  if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js refused its ${backend} backend`);
  return {
    backend: backend === 'wasm' ? 'wasm simd (XNNPACK), 1 thread' : 'plain JavaScript, 1 thread',
    version: installedVersion(backend === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : '@tensorflow/tfjs'),
    trainStep: trainStep(tf),
    matmul: matmulRunner(tf),
  };
};

export const loadWasm = (): Promise<Program> => loadOn('wasm');
export const loadCpu = (): Promise<Program> => loadOn('cpu');
