// This engine, as its users would write the step.

import { createCpuBackend } from '@omnigrad/cpu';
import { AdamW, accumulateGradients, evaluation, ParameterArena, ParameterScope } from '@omnigrad/nn';
import { keep, matmul, mean, rngKey, scope, square, sub, type Tensor, tensor, useBackend } from '@omnigrad/tensor';
import { Transformer } from '@omnigrad/trunk';
import { matmulOperand, matmulRepeats, rowMean } from '../matmul.ts';
import { model, optimiser, readInput } from '../train-step.ts';
import { installedVersion, type Program, type Runner } from './program.ts';

const trainStep = (folder: string): Runner => {
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
  const { learningRate, ...options } = optimiser;
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const adamW = new AdamW(groups, options);
  const x = keep(tensor(input.x.data, input.x.shape));
  const target = keep(tensor(input.target.data, input.target.shape));
  let last = Number.NaN;
  return {
    run: () =>
      scope(() => {
        arena.zeroGrads();
        const forward = (): Tensor => mean(square(sub(encoder.forward({ x, padding: null }, evaluation).x, target)));
        const loss = accumulateGradients(forward, groups);
        adamW.step(learningRate);
        last = loss.itemSync();
      }),
    result: () => last,
  };
};

const matmulRunner = (): Runner => {
  useBackend(createCpuBackend());
  const operands = new Map<number, { a: Tensor; b: Tensor }>();
  const at = (n: number): { a: Tensor; b: Tensor } => {
    const known = operands.get(n);
    if (known !== undefined) return known;
    const make = (name: 'a' | 'b'): Tensor => keep(tensor(matmulOperand(name, n), [n, n]));
    const made = { a: make('a'), b: make('b') };
    operands.set(n, made);
    return made;
  };
  let size = 0;
  return {
    repeats: matmulRepeats,
    run: (n) => {
      size = n;
      const { a, b } = at(n);
      for (let i = matmulRepeats(n); i > 0; i--) matmul(a, b).dispose();
    },
    result: () =>
      scope(() => {
        const { a, b } = at(size);
        return rowMean(matmul(a, b).readSync(), size);
      }),
  };
};

export const load = (): Program => ({
  backend: 'wasm simd, 1 thread',
  version: installedVersion('@omnigrad/cpu'),
  trainStep,
  matmul: matmulRunner,
});
