// This engine, as its users would write the work.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, evaluation, ParameterArena, ParameterScope, zerosInit } from '@omnigrad/nn';
import {
  capture,
  gelu,
  keep,
  layerNorm,
  matmul,
  mean,
  mul,
  overwrite,
  rngKey,
  scaledDotProductAttention,
  scope,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  useBackend,
  valueAndGrad,
  zeros,
} from '@omnigrad/tensor';
import { Transformer } from '@omnigrad/trunk';
import { attention, attentionInputs, attentionShape } from '../attention.ts';
import {
  adamWOptions,
  type ElementwiseName,
  elements,
  elementwiseInput,
  elementwiseNameOf,
  rowCount,
  rowLength,
} from '../elementwise.ts';
import { matmulRepeats, operandsOf, productOf, shapesOf } from '../matmul.ts';
import { checksum } from '../operands.ts';
import { model, optimiser, readInput } from '../train-step.ts';
import { installedVersion, type Program, type Runner } from './program.ts';

const encoderOf = (folder: string) => {
  const backend = createCpuBackend();
  useBackend(backend);
  const input = readInput(folder);
  const root = new ParameterScope();
  const encoder = new Transformer(root, { ...model, norm: 'pre', dropout: 0 });
  const arena = new ParameterArena(root, backend, rngKey(0));
  for (const parameter of arena.parameters) {
    const values = input.parameters.get(parameter.name);
    if (values === undefined) throw new Error(`bench: the input has no values for ${parameter.name}`);
    arena.write(parameter, values.data);
  }
  if (arena.parameters.length !== input.parameters.size) {
    throw new Error(
      `bench: ${input.parameters.size} parameters in the input, ${arena.parameters.length} in the encoder`,
    );
  }
  const x = keep(tensor(input.x.data, input.x.shape));
  const target = keep(tensor(input.target.data, input.target.shape));
  return { encoder, arena, x, target };
};

const trainStep = (folder: string): Runner => {
  const { encoder, arena, x, target } = encoderOf(folder);
  const { learningRate, ...options } = optimiser;
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const adamW = new AdamW(groups, options);
  const step = capture((inputs: { readonly x: Tensor; readonly target: Tensor }): Tensor => {
    arena.zeroGrads();
    const forward = (): Tensor =>
      mean(square(sub(encoder.forward({ x: inputs.x, padding: null }, evaluation).x, inputs.target)));
    const loss = accumulateGradients(forward, groups);
    adamW.step(learningRate);
    return loss;
  });
  let last = Number.NaN;
  return {
    run: () =>
      scope(() => {
        last = step({ x, target }).itemSync();
      }),
    result: () => last,
  };
};

const forward = (folder: string): Runner => {
  const { encoder, x } = encoderOf(folder);
  const pass = capture((inputs: { readonly x: Tensor }) => encoder.forward({ ...inputs, padding: null }, evaluation).x);
  let last: Tensor | undefined;
  return {
    run: () => {
      last?.dispose();
      last = pass({ x });
    },
    result: () => (last === undefined ? Number.NaN : checksum(last.readSync())),
  };
};

const matmulRunner = (): Runner => {
  useBackend(createCpuBackend());
  const operands = new Map<string, { a: Tensor; b: Tensor }>();
  const at = (name: string): { a: Tensor; b: Tensor } => {
    const known = operands.get(name);
    if (known !== undefined) return known;
    const product = productOf(name);
    const data = operandsOf(product);
    const shapes = shapesOf(product);
    const made = { a: keep(tensor(data.a, shapes.a)), b: keep(tensor(data.b, shapes.b)) };
    operands.set(name, made);
    return made;
  };
  let last = '';
  return {
    repeats: matmulRepeats,
    run: (name) => {
      last = name;
      const { transA, transB } = productOf(name);
      const { a, b } = at(name);
      // in a scope, as steps are: outside one a tensor is also watched for leaks
      scope(() => {
        for (let i = matmulRepeats(name); i > 0; i--) matmul(a, b, { transA, transB }).dispose();
      });
    },
    result: () =>
      scope(() => {
        const { a, b } = at(last);
        return checksum(matmul(a, b, productOf(last)).readSync());
      }),
  };
};

/** As one writes attention without an op for it. */
const composite = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
  matmul(softmax(mul(matmul(q, k, { transB: true }), 1 / Math.sqrt(attention.depth))), v);

const attentionRunner = (attend: typeof composite) => (): Runner => {
  useBackend(createCpuBackend());
  const [q, k, v, g] = attentionInputs().map((data) => keep(tensor(data, attentionShape)));
  let last: Tensor | undefined;
  return {
    run: () => {
      last?.dispose();
      last = scope(() => valueAndGrad(() => sum(mul(attend(q, k, v), g)), [q, k, v]).grads[1]);
    },
    result: () => (last === undefined ? Number.NaN : checksum(last.readSync())),
  };
};

const elementwise = (): Runner => {
  const backend = createCpuBackend();
  useBackend(backend);
  const x = keep(tensor(elementwiseInput(), [rowCount, rowLength]));
  const [gamma, beta] = [1, 0].map((value) => keep(tensor(new Float32Array(rowLength).fill(value), [rowLength])));
  const copied = keep(zeros([rowCount, rowLength]));
  const root = new ParameterScope();
  root.param('weight', [elements], zerosInit, { decay: true });
  const arena = new ParameterArena(root, backend, rngKey(0));
  const { learningRate, maxNorm, ...options } = adamWOptions;
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const optimizer = () => {
    const adamW = new AdamW(groups, options);
    backend.upload(arena.grads.storage.handle, arena.grads.byteOffset, elementwiseInput());
    return () => {
      scope(() => void adamW.step(learningRate, { maxNorm }));
      return arena.values;
    };
  };
  let adamWStep: (() => Tensor) | undefined;
  const works: { readonly [N in ElementwiseName]: () => Tensor } = {
    copy: () => {
      overwrite(copied, x);
      return copied;
    },
    softmax: () => softmax(x),
    'layer norm': () => layerNorm(x, gamma, beta),
    gelu: () => gelu(x),
    adamw: () => {
      adamWStep ??= optimizer();
      return adamWStep();
    },
  };
  let last: Tensor | undefined;
  return {
    run: (name) => {
      if (last !== copied && last !== arena.values) last?.dispose();
      last = works[elementwiseNameOf(name)]();
    },
    result: () => (last === undefined ? Number.NaN : checksum(last.readSync())),
  };
};

const version = (): string => installedVersion('@omnigrad/cpu');

const threads = (): string => {
  const backend = createCpuBackend();
  const count = backend.threads;
  backend.dispose();
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
};

export const load = (): Program => ({
  backend: `wasm simd, ${threads()}`,
  version: version(),
  runners: {
    'train-step': trainStep,
    forward,
    matmul: matmulRunner,
    attention: attentionRunner(scaledDotProductAttention),
    elementwise,
  },
});

export const loadComposite = (): Program => ({
  backend: `wasm simd, ${threads()}, softmax(q kT) v by three ops`,
  version: version(),
  runners: { attention: attentionRunner(composite) },
});
