// Between the live state of a run (weights, moments, progress) and the checkpoint file.

import type { AdamW, Parameter, ParameterArena } from '@omnigrad/nn';
import { ArgumentError, type Tensor } from '@omnigrad/tensor';
import type { OmniVec2 } from './model.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A plain copy, also where the backend's memory is shared. */
const values = async (x: Tensor): Promise<Float32Array> => Float32Array.from(await x.read());

/** Names in a checkpoint: the parameter's own for weights, prefixed for the moments. */
const momentNames = (p: Parameter): readonly [string, string] => [`optimizer.m.${p.name}`, `optimizer.v.${p.name}`];

/** Weights, and the moments of `optimizer` where there is one, as they are at the time of the call. */
export const takeSnapshot = async (model: OmniVec2, optimizer: AdamW | null): Promise<Map<string, StoredTensor>> => {
  const reads: (readonly [name: string, shape: readonly number[], data: Promise<Float32Array>])[] = [];
  for (const p of model.parameters()) reads.push([p.name, p.shape, values(p.value)]);
  for (const { parameter, m, v } of optimizer?.moments() ?? []) {
    const [mName, vName] = momentNames(parameter);
    reads.push([mName, parameter.shape, values(m)], [vName, parameter.shape, values(v)]);
    m.dispose();
    v.dispose();
  }
  const out = new Map<string, StoredTensor>();
  // all at once: a read that fails must not leave others without a listener
  const data = await Promise.all(reads.map(([, , read]) => read));
  reads.forEach(([name, shape], i) => {
    out.set(name, { shape, data: data[i] });
  });
  return out;
};

/** The shapes that a checkpoint of this model and optimiser must hold. */
export const expectedShapes = (model: OmniVec2, optimizer: AdamW | null): Map<string, readonly number[]> => {
  const out = new Map<string, readonly number[]>();
  for (const p of model.parameters()) out.set(p.name, p.shape);
  for (const { parameter, m, v } of optimizer?.moments() ?? []) {
    for (const name of momentNames(parameter)) out.set(name, parameter.shape);
    m.dispose();
    v.dispose();
  }
  return out;
};

const stored = (tensors: ReadonlyMap<string, StoredTensor>, name: string): StoredTensor => {
  const found = tensors.get(name);
  if (found === undefined) throw new ArgumentError('checkpoint', `lacks the tensor ${name}`);
  return found;
};

const arenaOf = (model: OmniVec2, p: Parameter): ParameterArena => {
  if (model.arena.parameters.includes(p) || model.decoderArena === null) return model.arena;
  return model.decoderArena;
};

/** Writes a snapshot back. Call compareTensors first: this stops at the first tensor that is missing. */
export const restoreSnapshot = (
  model: OmniVec2,
  optimizer: AdamW | null,
  tensors: ReadonlyMap<string, StoredTensor>,
): void => {
  for (const p of model.parameters()) arenaOf(model, p).write(p, stored(tensors, p.name).data);
  if (optimizer === null) return;
  for (const { parameter, m, v } of optimizer.moments()) {
    m.dispose();
    v.dispose();
    const [mName, vName] = momentNames(parameter);
    optimizer.restoreMoments(parameter, stored(tensors, mName).data, stored(tensors, vName).data);
  }
};
