// TensorFlow.js, eager, on its WASM (XNNPACK) or its plain JavaScript backend. AdamW: its own Adam after a decay by hand.

import { createRequire } from 'node:module';
import { attentionInputs, attentionShape, attention as attentionSize } from '../attention.ts';
import {
  adamWOptions,
  type ElementwiseName,
  elementwiseInput,
  elementwiseNameOf,
  rowCount,
  rowLength,
} from '../elementwise.ts';
import { matmulRepeats, operandsOf, productOf, shapesOf } from '../matmul.ts';
import { checksum } from '../operands.ts';
import { model, optimiser, readInput, type Values } from '../train-step.ts';
import { installedVersion, type Program, type Runner } from './program.ts';

type Tf = typeof import('@tensorflow/tfjs');
type Tensor = import('@tensorflow/tfjs').Tensor;
type Variable = import('@tensorflow/tfjs').Variable;

const require = createRequire(import.meta.url);
const { batch, tokens, width, layers, heads, normEps } = model;
const depth = width / heads;

const layerNormOf = (tf: Tf, x: Tensor, gamma: Tensor, beta: Tensor): Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, normEps)));
  return tf.add(tf.mul(normal, gamma), beta);
};

const geluOf = (tf: Tf, x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

const encoderOf = (tf: Tf, p: ReadonlyMap<string, Tensor>) => {
  const at = (name: string): Tensor => {
    const variable = p.get(name);
    if (variable === undefined) throw new Error(`bench: the input has no values for ${name}`);
    return variable;
  };
  const linear = (x: Tensor, name: string): Tensor => tf.add(tf.matMul(x, at(`${name}.weight`)), at(`${name}.bias`));
  const layerNorm = (x: Tensor, name: string): Tensor => layerNormOf(tf, x, at(`${name}.weight`), at(`${name}.bias`));
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
      y = tf.add(y, linear(geluOf(tf, linear(layerNorm(y, `${block}.norm2`), `${block}.mlp.fc1`)), `${block}.mlp.fc2`));
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

const forward =
  (tf: Tf) =>
  (folder: string): Runner => {
    const input = readInput(folder);
    const constants = new Map(
      [...input.parameters].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])] as const),
    );
    const encoder = encoderOf(tf, constants);
    const x = tf.tensor(input.x.data, [batch * tokens, width]);
    let last: Tensor | undefined;
    return {
      run: () => {
        last?.dispose();
        last = tf.tidy(() => encoder(x));
      },
      result: () => (last === undefined ? Number.NaN : checksum(last.dataSync())),
    };
  };

const matmulRunner = (tf: Tf) => (): Runner => {
  const operands = new Map<string, readonly [Tensor, Tensor]>();
  const at = (name: string): readonly [Tensor, Tensor] => {
    const known = operands.get(name);
    if (known !== undefined) return known;
    const product = productOf(name);
    const data = operandsOf(product);
    const shapes = shapesOf(product);
    const made = [tf.tensor(data.a, shapes.a), tf.tensor(data.b, shapes.b)] as const;
    operands.set(name, made);
    return made;
  };
  const multiply = (name: string): Tensor => {
    const { transA, transB } = productOf(name);
    return tf.matMul(...at(name), transA, transB);
  };
  let last = '';
  return {
    repeats: matmulRepeats,
    run: (name) => {
      last = name;
      for (let i = matmulRepeats(name); i > 0; i--) multiply(name).dispose();
    },
    result: () => tf.tidy(() => checksum(multiply(last).dataSync())),
  };
};

const attentionRunner = (tf: Tf) => (): Runner => {
  const [q, k, v, g] = attentionInputs().map((data) => tf.tensor(data, [...attentionShape]));
  const gradients = tf.grads((a: Tensor, b: Tensor, c: Tensor) => {
    const scores = tf.mul(tf.matMul(a, b, false, true), 1 / Math.sqrt(attentionSize.depth));
    return tf.sum(tf.mul(tf.matMul(tf.softmax(scores), c), g));
  });
  let last: Tensor[] = [];
  return {
    run: () => {
      tf.dispose(last);
      last = gradients([q, k, v]);
    },
    result: () => (last.length === 0 ? Number.NaN : checksum(last[1].dataSync())),
  };
};

const elementwise = (tf: Tf) => (): Runner => {
  const x = tf.tensor(elementwiseInput(), [rowCount, rowLength]);
  const [gamma, beta] = [tf.ones([rowLength]), tf.zeros([rowLength])];
  const { learningRate, beta1, beta2, eps, weightDecay, maxNorm } = adamWOptions;
  const adam = tf.train.adam(learningRate, beta1, beta2, eps);
  let variable: Variable | undefined;
  const works: { readonly [N in Exclude<ElementwiseName, 'copy'>]: () => Tensor } = {
    softmax: () => tf.softmax(x),
    'layer norm': () => layerNormOf(tf, x, gamma, beta),
    gelu: () => geluOf(tf, x),
    adamw: () => {
      variable ??= tf.variable(tf.zeros([rowCount, rowLength]), true, 'weight');
      variable.assign(tf.mul(variable, 1 - learningRate * weightDecay));
      const norm = tf.sqrt(tf.sum(tf.square(x)));
      const tensor = tf.mul(x, tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6))));
      adam.applyGradients([{ name: 'weight', tensor }]);
      return variable;
    },
  };
  let last: Tensor | undefined;
  return {
    run: (name) => {
      const work = elementwiseNameOf(name);
      if (work === 'copy') throw new Error('TensorFlow.js has no copy');
      if (last !== variable) last?.dispose();
      last = tf.tidy(works[work]);
    },
    result: () => (last === undefined ? Number.NaN : checksum(last.dataSync())),
  };
};

const loadOn = async (backend: 'wasm' | 'cpu'): Promise<Program> => {
  const tf = require('@tensorflow/tfjs') as Tf;
  if (backend === 'wasm') require('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js refused its ${backend} backend`);
  return {
    backend: backend === 'wasm' ? 'wasm simd (XNNPACK), 1 thread' : 'plain JavaScript, 1 thread',
    version: installedVersion(backend === 'wasm' ? '@tensorflow/tfjs-backend-wasm' : '@tensorflow/tfjs'),
    runners: {
      'train-step': trainStep(tf),
      forward: forward(tf),
      matmul: matmulRunner(tf),
      attention: attentionRunner(tf),
      elementwise: elementwise(tf),
    },
  };
};

export const loadWasm = (): Promise<Program> => loadOn('wasm');
export const loadCpu = (): Promise<Program> => loadOn('cpu');
