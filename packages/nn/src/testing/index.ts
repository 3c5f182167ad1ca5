// What tests of models share: parameters from golden files, results beside them, and the count of live bytes.
// Knows no test runner; faults are thrown. Nothing here is needed to train.

import {
  type Backend,
  cast,
  mean,
  type NumericArray,
  randomNormal,
  rngKey,
  scope,
  square,
  sub,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import {
  type ArrayTolerance,
  assertClose,
  type GoldenArray,
  type GoldenFile,
  roundoff,
} from '@omnigrad/tensor/testing';
import { ParameterArena, ParameterScope } from '../parameters.ts';
import type { PaddingMask, Tokens } from '../tokens.ts';

/** Call the result when a test has ended: it throws when a backend holds more or fewer bytes than now. */
export const bytesGuard = (backends: readonly Backend[]): (() => void) => {
  const before = backends.map((backend) => backend.memory().inUse);
  return () =>
    backends.forEach((backend, i) => {
      const change = backend.memory().inUse - before[i];
      if (change !== 0) throw new Error(`${backend.name}: live bytes changed by ${change}`);
    });
};

/** Builds a model at the root of a scope with an arena of its own, runs `use` in a scope, and frees both. */
export const withModel = <M>(
  backend: Backend,
  build: (at: ParameterScope) => M,
  use: (model: M, arena: ParameterArena) => void,
): void => {
  const at = new ParameterScope();
  const model = build(at);
  using arena = new ParameterArena(at, backend, rngKey(1));
  scope(() => {
    use(model, arena);
  });
};

/** Normal tokens [B, T, width]; with `lengths` the first so many tokens of each sample exist. */
export const drawTokens = (
  backend: Backend,
  seed: number,
  shape: readonly [number, number, number],
  lengths?: readonly number[],
): Tokens => {
  const [, T] = shape;
  // From float32 numbers on every backend, so that all of them see the same tokens.
  const x = tensor(randomNormal(rngKey(seed), shape), shape, { backend, dtype: backend.floatDType });
  if (lengths === undefined) return { x, padding: null };
  const exists = lengths.map((n) => Array.from({ length: T }, (_, t) => t < n));
  return { x, padding: { kind: 'padding', exists: tensor(exists, { backend, dtype: 'bool' }) } };
};

/** Names of the parameters whose gradient is 0 everywhere. */
export const parametersWithoutGradient = (arena: ParameterArena): string[] => {
  const grads = arena.grads.readSync();
  return arena.parameters
    .filter(({ trainable }) => trainable)
    .filter(({ offset, value }) => grads.subarray(offset, offset + value.size).every((g) => g === 0))
    .map(({ name }) => name);
};

export const goldenArray = (file: GoldenFile, name: string): GoldenArray => {
  const found = file.tensors.get(name);
  if (found === undefined) throw new Error(`the golden file has no ${name}`);
  return found;
};

/** An input of a golden file in the backend's float type. */
export const goldenInput = (file: GoldenFile, name: string, backend: Backend): Tensor => {
  const { data, shape } = goldenArray(file, name);
  return tensor(data, shape, { backend, dtype: backend.floatDType });
};

/** PyTorch's own error in float32 of a golden; thirds of a qkv bias have one of their own. */
export const ownError = (file: GoldenFile, name: string): number => {
  const all = JSON.parse(file.metadata.ownError) as Readonly<Record<string, number>>;
  if (!(name in all)) throw new Error(`the golden file has no own error of ${name}`);
  return all[name];
};

/** float64: what the order of a sum costs. float32: what PyTorch loses, and 16 roundings of the largest value. */
export const goldenTolerance = (file: GoldenFile, name: string, backend: Backend): ArrayTolerance =>
  backend.floatDType === 'f64'
    ? { ofLargest: 1e-12, dtype: 'f64' }
    : { absolute: ownError(file, name), ofLargest: 16 * roundoff.f32, dtype: 'f32' };

export const checkGoldenArray = (file: GoldenFile, name: string, got: NumericArray, backend: Backend): void =>
  assertClose(`${backend.name}: ${name}`, got, goldenArray(file, name).data, goldenTolerance(file, name, backend));

const namesBelow = (file: GoldenFile, prefix: string): string[] =>
  [...file.tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

const checkSameNames = (what: string, got: readonly string[], want: readonly string[]): void => {
  const [a, b] = [got, want].map((names) => [...names].sort().join(', '));
  if (a !== b) throw new Error(`${what}\n  came   ${a}\n  wanted ${b}`);
};

/** Overwrites every parameter with `param/<name>`; throws where one side has a name that the other lacks. */
export const writeGoldenParameters = (arena: ParameterArena, file: GoldenFile): void => {
  const names = arena.parameters.map(({ name }) => name);
  checkSameNames('parameters', names, namesBelow(file, 'param/'));
  for (const p of arena.parameters) {
    const { data, shape } = goldenArray(file, `param/${p.name}`);
    if (shape.join() !== p.shape.join()) throw new Error(`${p.name} is [${p.shape}], the golden [${shape}]`);
    arena.write(p, data);
  }
};

export interface GoldenInputs {
  /** By its name in the file: `input`, or `input/query`. */
  input(name: string): Tensor;
  readonly padding: PaddingMask | null;
}

/** Every activation of the file by its name after `out/`, and which of them the loss compares with `target`. */
export interface GoldenResults {
  readonly activations: Readonly<Record<string, Tensor>>;
  readonly result: Tensor;
}

/**
 * Builds a model, gives it the parameters of a golden file and compares every activation, the loss (mean squared error
 * to `target`) and the gradients of every parameter and input.
 */
export const checkModelGolden = (
  file: GoldenFile,
  backend: Backend,
  build: (at: ParameterScope) => (inputs: GoldenInputs) => GoldenResults,
): void => {
  const at = new ParameterScope();
  const forward = build(at);
  using arena = new ParameterArena(at, backend, rngKey(0));
  writeGoldenParameters(arena, file);
  scope(() => {
    const inputNames = [...file.tensors.keys()].filter((name) => name === 'input' || name.startsWith('input/'));
    const inputs = new Map(inputNames.map((name) => [name, goldenInput(file, name, backend)]));
    const input = (name: string): Tensor => {
      const found = inputs.get(name);
      if (found === undefined) throw new Error(`the golden file has no ${name}`);
      return found;
    };
    const padding: PaddingMask | null = file.tensors.has('mask')
      ? { kind: 'padding', exists: cast(goldenInput(file, 'mask', backend), 'bool') }
      : null;
    const target = goldenInput(file, 'target', backend);

    const { value, grads } = valueAndGrad(() => {
      const { activations, result } = forward({ input, padding });
      return { loss: mean(square(sub(result, target))), activations };
    }, [...arena.parameters.map((p) => p.value), ...inputs.values()]);

    const outputs: Readonly<Record<string, Tensor>> = { ...value.activations, loss: value.loss };
    checkSameNames('activations', Object.keys(outputs), namesBelow(file, 'out/'));
    for (const [name, x] of Object.entries(outputs)) checkGoldenArray(file, `out/${name}`, x.readSync(), backend);

    const gradNames = [...arena.parameters.map((p) => p.name), ...inputNames];
    checkSameNames('gradients', gradNames, namesBelow(file, 'grad/'));
    gradNames.forEach((name, i) => {
      checkGoldenArray(file, `grad/${name}`, grads[i].readSync(), backend);
    });
  });
};
