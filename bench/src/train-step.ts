// The training step that every program runs: the numbers, its cost, its parameters, and the file that all of them start from.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldKey, randomNormal, randomUniform, rngKey, sizeOf } from '@omnigrad/tensor';

/** A pre-norm encoder with a last normalisation; the loss is the mean of (encoder(x) - target)², no dropout. */
export const model = {
  batch: 16,
  tokens: 64,
  width: 256,
  layers: 4,
  heads: 4,
  feedForward: 1024,
  normEps: 1e-5,
} as const;

/** AdamW on every parameter; decay on those of rank 2. */
export const optimiser = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.05 } as const;

export const tokensPerStep = model.batch * model.tokens;

// forward, multiply and add counted: 2 · rows · in · out for qkv, out, fc1, fc2;  2 · T² · C for each of q kᵀ and p v.
// The backward pass does two products for each of these. Element-wise work is not counted.
const { batch, tokens, width, layers, feedForward } = model;
const linearFlop = 2 * batch * tokens * width * (4 * width + 2 * feedForward);
const attentionFlop = 4 * batch * tokens * tokens * width;
export const matrixFlopPerForward = layers * (linearFlop + attentionFlop);
export const matrixFlopPerStep = 3 * matrixFlopPerForward;

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface TrainInput {
  /** By name (blocks.0.attention.qkv.weight ...), in the order of the model; weights are [in, out]. */
  readonly parameters: ReadonlyMap<string, Values>;
  readonly x: Values;
  readonly target: Values;
}

const blockShapes = {
  'norm1.weight': [width],
  'norm1.bias': [width],
  'attention.qkv.weight': [width, 3 * width],
  'attention.qkv.bias': [3 * width],
  'attention.out.weight': [width, width],
  'attention.out.bias': [width],
  'norm2.weight': [width],
  'norm2.bias': [width],
  'mlp.fc1.weight': [width, feedForward],
  'mlp.fc1.bias': [feedForward],
  'mlp.fc2.weight': [feedForward, width],
  'mlp.fc2.bias': [width],
} as const;

const parameterShapes = (): Map<string, readonly number[]> => {
  const shapes = new Map<string, readonly number[]>();
  for (let i = 0; i < layers; i++) {
    for (const [name, shape] of Object.entries(blockShapes)) shapes.set(`blocks.${i}.${name}`, shape);
  }
  return shapes.set('norm.weight', [width]).set('norm.bias', [width]);
};

/** Nothing starts at 0 or 1 exactly: a program that forgets a bias or a scale must show it in its first loss. */
const initialValues = (name: string, shape: readonly number[]): Float32Array => {
  const u = randomUniform(foldKey(rngKey(1), name), shape);
  const bound = shape.length === 2 ? Math.sqrt(6 / (shape[0] + shape[1])) : 0.05;
  const centre = name.includes('norm') && name.endsWith('weight') ? 1 : 0;
  return u.map((value) => centre + bound * (2 * value - 1));
};

export const makeInput = (): TrainInput => {
  const shape = [batch, tokens, width];
  const parameters = new Map<string, Values>();
  for (const [name, s] of parameterShapes()) parameters.set(name, { shape: s, data: initialValues(name, s) });
  return {
    parameters,
    x: { shape, data: randomNormal(foldKey(rngKey(1), 'x'), shape) },
    target: { shape, data: randomNormal(foldKey(rngKey(1), 'target'), shape) },
  };
};

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What `input.json` says of `input.f32`, in which the entries follow one another; the Python peer reads both too. */
interface Manifest {
  readonly model: typeof model;
  readonly optimiser: typeof optimiser;
  /** The parameters, then x and target. */
  readonly entries: readonly Entry[];
}

export const writeInput = (folder: string, input: TrainInput): void => {
  const all = [...input.parameters, ['x', input.x] as const, ['target', input.target] as const];
  const manifest: Manifest = { model, optimiser, entries: all.map(([name, { shape }]) => ({ name, shape })) };
  writeFileSync(join(folder, 'input.json'), JSON.stringify(manifest));
  const arrays = all.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  writeFileSync(join(folder, 'input.f32'), Buffer.concat(arrays));
};

export const readInput = (folder: string): TrainInput => {
  const { entries } = JSON.parse(readFileSync(join(folder, 'input.json'), 'utf8')) as Manifest;
  const bytes = readFileSync(join(folder, 'input.f32'));
  const parameters = new Map<string, Values>();
  let at = bytes.byteOffset;
  for (const { name, shape } of entries) {
    // a copy: a slice of Buffer memory need not be aligned
    const data = new Float32Array(bytes.buffer.slice(at, at + 4 * sizeOf(shape)));
    at += data.byteLength;
    parameters.set(name, { shape, data });
  }
  const take = (name: string): Values => {
    const values = parameters.get(name);
    if (values === undefined) throw new Error(`bench: ${join(folder, 'input.json')} has no entry ${name}`);
    parameters.delete(name);
    return values;
  };
  return { x: take('x'), target: take('target'), parameters };
};
