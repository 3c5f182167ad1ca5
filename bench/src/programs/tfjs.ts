// TensorFlow.js, eager, on its WASM (XNNPACK), plain JavaScript or WebGPU backend. AdamW: its own Adam after a decay by hand.

import { createRequire } from 'node:module';
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

type Tf = typeof import('@tensorflow/tfjs');
type Tensor = import('@tensorflow/tfjs').Tensor;
type Variable = import('@tensorflow/tfjs').Variable;

const require = createRequire(import.meta.url);
const { batch, tokens, width, layers, heads, normEps } = model;

type Wait = (tensor: Tensor | undefined) => Promise<void>;

/** Its processors do an op at once. */
const noWait: Wait = async () => undefined;

/** One element read back, which the GPU comes to last. */
const waitForGpu =
  (tf: Tf): Wait =>
  async (tensor) => {
    if (tensor === undefined) return;
    const one = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1));
    await one.data();
    one.dispose();
    checkRefusals();
  };

const sumOf = async (tensor: Tensor | undefined): Promise<number> => {
  const value = tensor === undefined ? Number.NaN : checksum(await tensor.data());
  checkRefusals();
  return value;
};
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
  ({ folder }: Place): Runner => {
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
    let loss: Tensor | undefined;
    let last = Number.NaN;
    return {
      run: () => {
        loss?.dispose();
        const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(encoder(x), target))));
        tf.tidy(() => {
          for (const variable of variables.values()) {
            if (variable.rank >= 2) variable.assign(tf.mul(variable, 1 - learningRate * weightDecay));
          }
        });
        adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        loss = value;
        tf.dispose(grads);
      },
      finish: async () => {
        if (loss !== undefined) last = (await loss.data())[0];
        checkRefusals();
      },
      result: () => last,
    };
  };

const forward =
  (tf: Tf, wait: Wait) =>
  ({ folder }: Place): Runner => {
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
      finish: () => wait(last),
      result: () => sumOf(last),
    };
  };

const matmulRunner = (tf: Tf, wait: Wait) => (): Runner => {
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
  let last: Tensor | undefined;
  return {
    run: (name) => {
      last?.dispose();
      last = multiply(name);
    },
    finish: () => wait(last),
    result: () => sumOf(last),
  };
};

const attentionRunner =
  (tf: Tf, wait: Wait) =>
  ({ machine }: Place): Runner => {
    const [q, k, v, g] = attentionInputs(machine).map((data) => tf.tensor(data, attentionShape(machine)));
    const attend = (a: Tensor, b: Tensor, c: Tensor): Tensor => {
      const scores = tf.mul(tf.matMul(a, b, false, true), 1 / Math.sqrt(attentionSize(machine).depth));
      return tf.matMul(tf.softmax(scores), c);
    };
    const gradients = tf.grads((a: Tensor, b: Tensor, c: Tensor) => tf.sum(tf.mul(attend(a, b, c), g)));
    const works = {
      'attention forward': () => attend(q, k, v),
      attention: () => gradients([q, k, v])[1],
    };
    let last: Tensor | undefined;
    return {
      run: (name) => {
        last?.dispose();
        last = tf.tidy(works[attentionNameOf(name)]);
      },
      finish: () => wait(last),
      result: () => sumOf(last),
    };
  };

const elementwise =
  (tf: Tf, wait: Wait) =>
  ({ machine }: Place): Runner => {
    const shape: [number, number] = [rowCountOf(machine), rowLength];
    const x = tf.tensor(elementwiseInput(machine), shape);
    const [gamma, beta] = [tf.ones([rowLength]), tf.zeros([rowLength])];
    const { learningRate, beta1, beta2, eps, weightDecay, maxNorm } = adamWOptions;
    const adam = tf.train.adam(learningRate, beta1, beta2, eps);
    let variable: Variable | undefined;
    const works: { readonly [N in Exclude<ElementwiseName, 'copy'>]: () => Tensor } = {
      softmax: () => tf.softmax(x),
      'layer norm': () => layerNormOf(tf, x, gamma, beta),
      gelu: () => geluOf(tf, x),
      adamw: () => {
        variable ??= tf.variable(tf.zeros(shape), true, 'weight');
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
      finish: () => wait(last),
      result: () => sumOf(last),
    };
  };

type BackendName = 'wasm' | 'cpu' | 'webgpu';

const kinds: { readonly [B in BackendName]: { readonly from: string; readonly backend: string } } = {
  wasm: { from: '@tensorflow/tfjs-backend-wasm', backend: 'wasm simd (XNNPACK), 1 thread' },
  cpu: { from: '@tensorflow/tfjs', backend: 'plain JavaScript, 1 thread' },
  webgpu: { from: '@tensorflow/tfjs-backend-webgpu', backend: 'webgpu, eager' },
};

const loadOn = async (name: BackendName): Promise<Program> => {
  const { from, backend } = kinds[name];
  const tf = require('@tensorflow/tfjs') as Tf;
  require(from);
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js refused its ${name} backend`);
  await tf.ready();
  const wait = name === 'webgpu' ? waitForGpu(tf) : noWait;
  return {
    backend,
    version: installedVersion(from),
    runners: {
      'train-step': trainStep(tf),
      forward: forward(tf, wait),
      matmul: matmulRunner(tf, wait),
      attention: attentionRunner(tf, wait),
      elementwise: elementwise(tf, wait),
    },
  };
};

export const loadWasm = (): Promise<Program> => loadOn('wasm');
export const loadCpu = (): Promise<Program> => loadOn('cpu');

export const loadWebGpu = async (): Promise<Program> => {
  await exposeGpu();
  const program = await loadOn('webgpu');
  const backend: object = (require('@tensorflow/tfjs') as Tf).backend();
  if (!('device' in backend)) throw new Error('the WebGPU backend of TensorFlow.js has no device');
  watch(backend.device as Parameters<typeof watch>[0]);
  return program;
};
