// This engine, as its users would write the work.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, evaluation, ParameterArena, ParameterScope, zerosInit } from '@omnigrad/nn';
import {
  type Backend,
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
import { createWebGpuBackend } from '@omnigrad/webgpu';
import { attentionInputs, attentionNameOf, attentionShape, attentionSize } from '../attention.ts';
import {
  adamWOptions,
  type ElementwiseName,
  elementsOf,
  elementwiseInput,
  elementwiseNameOf,
  rowCountOf,
  rowLength,
} from '../elementwise.ts';
import { operandsOf, productOf, shapesOf } from '../matmul.ts';
import { checksum } from '../operands.ts';
import { model, optimiser, readInput } from '../train-step.ts';
import { installedVersion, type Place, type Program, type Runner } from './program.ts';

/** A backend in use, and how to wait for it where it does not wait itself. */
interface Engine {
  readonly backend: Backend;
  readonly finish?: () => Promise<void>;
}
type MakeEngine = () => Engine | Promise<Engine>;

const onCpu = (): Engine => {
  const backend = createCpuBackend();
  useBackend(backend);
  return { backend };
};

const onGpu = async (): Promise<Engine> => {
  const backend = await createWebGpuBackend();
  useBackend(backend);
  return { backend, finish: () => backend.finish() };
};

const sumOf = async (tensor: Tensor | undefined): Promise<number> =>
  tensor === undefined ? Number.NaN : checksum(await tensor.read());

const encoderOf = (backend: Backend, folder: string) => {
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

const trainStep =
  (make: MakeEngine) =>
  async ({ folder }: Place): Promise<Runner> => {
    const { backend } = await make();
    const { encoder, arena, x, target } = encoderOf(backend, folder);
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
    let loss: Tensor | undefined;
    let last = Number.NaN;
    return {
      run: () => {
        loss?.dispose();
        loss = step({ x, target });
      },
      finish: async () => {
        if (loss !== undefined) last = (await loss.read())[0];
      },
      result: () => last,
    };
  };

const forward =
  (make: MakeEngine) =>
  async ({ folder }: Place): Promise<Runner> => {
    const { backend, finish } = await make();
    const { encoder, x } = encoderOf(backend, folder);
    const pass = capture(
      (inputs: { readonly x: Tensor }) => encoder.forward({ ...inputs, padding: null }, evaluation).x,
    );
    let last: Tensor | undefined;
    return {
      run: () => {
        last?.dispose();
        last = pass({ x });
      },
      finish,
      result: () => sumOf(last),
    };
  };

const matmulRunner = (make: MakeEngine) => async (): Promise<Runner> => {
  const { finish } = await make();
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
    run: (name) => {
      last = name;
      const { transA, transB } = productOf(name);
      const { a, b } = at(name);
      // in a scope, as steps are: outside one a tensor is also watched for leaks
      scope(() => matmul(a, b, { transA, transB }).dispose());
    },
    finish,
    result: async () => {
      const { a, b } = at(last);
      const c = matmul(a, b, productOf(last));
      const value = await sumOf(c);
      c.dispose();
      return value;
    },
  };
};

type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** As one writes attention without an op for it. */
const composite =
  (depth: number): Attend =>
  (q, k, v) =>
    matmul(softmax(mul(matmul(q, k, { transB: true }), 1 / Math.sqrt(depth))), v);

const attentionRunner =
  (make: MakeEngine, attendAt: (depth: number) => Attend) =>
  async ({ machine }: Place): Promise<Runner> => {
    const { finish } = await make();
    const [q, k, v, g] = attentionInputs(machine).map((data) => keep(tensor(data, attentionShape(machine))));
    const attend = attendAt(attentionSize(machine).depth);
    const works = {
      'attention forward': () => attend(q, k, v),
      attention: () => scope(() => valueAndGrad(() => sum(mul(attend(q, k, v), g)), [q, k, v]).grads[1]),
    };
    let last: Tensor | undefined;
    return {
      run: (name) => {
        last?.dispose();
        last = works[attentionNameOf(name)]();
      },
      finish,
      result: () => sumOf(last),
    };
  };

const elementwise =
  (make: MakeEngine) =>
  async ({ machine }: Place): Promise<Runner> => {
    const { backend, finish } = await make();
    const shape = [rowCountOf(machine), rowLength];
    const x = keep(tensor(elementwiseInput(machine), shape));
    const [gamma, beta] = [1, 0].map((value) => keep(tensor(new Float32Array(rowLength).fill(value), [rowLength])));
    const copied = keep(zeros(shape));
    const root = new ParameterScope();
    root.param('weight', [elementsOf(machine)], zerosInit, { decay: true });
    const arena = new ParameterArena(root, backend, rngKey(0));
    const { learningRate, maxNorm, ...options } = adamWOptions;
    const groups = [{ name: 'all', arena, parameters: arena.parameters }];
    const optimizer = () => {
      const adamW = new AdamW(groups, options);
      backend.upload(arena.grads.storage.handle, arena.grads.byteOffset, elementwiseInput(machine));
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
      finish,
      result: () => sumOf(last),
    };
  };

const version = (): string => installedVersion('@omnigrad/cpu');

const threads = (): string => {
  const backend = createCpuBackend();
  const count = backend.threads;
  backend.dispose();
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
};

const runnersOn = (make: MakeEngine): Program['runners'] => ({
  'train-step': trainStep(make),
  forward: forward(make),
  matmul: matmulRunner(make),
  attention: attentionRunner(make, () => scaledDotProductAttention),
  elementwise: elementwise(make),
});

export const loadCpu = (): Program => ({
  backend: `wasm simd, ${threads()}`,
  version: version(),
  runners: runnersOn(onCpu),
});

export const loadComposite = (): Program => ({
  backend: `wasm simd, ${threads()}, softmax(q kT) v by three ops`,
  version: version(),
  runners: { attention: attentionRunner(onCpu, composite) },
});

export const loadWebGpu = (): Program => ({
  backend: 'webgpu',
  version: installedVersion('@omnigrad/webgpu'),
  runners: runnersOn(onGpu),
});
