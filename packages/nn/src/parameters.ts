// Parameters: registered once, in the constructors of modules, under dotted names; then laid out in one flat arena.

import {
  type ArenaRange,
  ArgumentError,
  accumulateInto,
  type Backend,
  fill,
  foldKey,
  persistentBuffer,
  type RngKey,
  type Shape,
  sizeOf,
  slotOf,
  type Tensor,
} from '@omnigrad/tensor';
import type { Init } from './init.ts';

/** Slots begin at multiples of 64 elements, 256 bytes: what a GPU binding wants. */
const slotAlignment = 64;

export interface ParameterOptions {
  /** Whether weight decay applies; default: rank 2 and above. */
  readonly decay?: boolean;
}

/** A named slot of an arena. `value` exists once the arena was built. */
export class Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly decay: boolean;
  /** False for state that no optimiser touches, such as running statistics: stored and saved as parameters are. */
  readonly trainable: boolean;
  readonly init: Init;
  /**
   * Set: no gradient is worked out and no optimiser moves it. May change between steps; a captured step keeps what was set
   * when it was recorded. Step counts belong to groups: what thaws later is best a group of its own.
   */
  frozen = false;
  #value: Tensor | undefined;
  #offset = -1;

  constructor(name: string, shape: Shape, init: Init, decay: boolean, trainable = true) {
    this.name = name;
    this.shape = shape;
    this.init = init;
    this.decay = decay;
    this.trainable = trainable;
  }

  get value(): Tensor {
    if (this.#value === undefined) {
      throw new ArgumentError('parameter', `${this.name} has no storage yet; build its ParameterArena first`);
    }
    return this.#value;
  }

  /** Position of the slot in the arena, in elements. */
  get offset(): number {
    return this.#offset;
  }

  /** Called by the arena. */
  place(arena: Tensor, offset: number): void {
    this.#offset = offset;
    this.#value = slotOf(arena, offset, this.shape);
  }
}

/** Where modules register their parameters: a path of names over one list. */
export class ParameterScope {
  readonly path: string;
  readonly parameters: Parameter[];

  constructor(path = '', parameters: Parameter[] = []) {
    this.path = path;
    this.parameters = parameters;
  }

  child(name: string): ParameterScope {
    return new ParameterScope(this.path === '' ? name : `${this.path}.${name}`, this.parameters);
  }

  param(name: string, shape: Shape, init: Init, options: ParameterOptions = {}): Parameter {
    return this.#register(name, shape, init, options.decay ?? shape.length >= 2, true);
  }

  /**
   * State that a module keeps beside its weights: it has a slot and a name of its own, so that checkpoints hold it, but
   * no gradient, and optimisers leave it alone.
   */
  buffer(name: string, shape: Shape, init: Init): Parameter {
    return this.#register(name, shape, init, false, false);
  }

  #register(name: string, shape: Shape, init: Init, decay: boolean, trainable: boolean): Parameter {
    const full = this.path === '' ? name : `${this.path}.${name}`;
    if (this.parameters.some((p) => p.name === full)) {
      throw new ArgumentError('parameter', `${full} is registered twice; give the modules different names`);
    }
    const parameter = new Parameter(full, shape, init, decay, trainable);
    this.parameters.push(parameter);
    return parameter;
  }
}

/**
 * Flat f32 (f64 on the reference backend) buffers for the values and the gradients of all parameters of a scope.
 * Gradients are summed into it (`+=`) until zeroGrads(). Dispose it with the model.
 */
export class ParameterArena implements Disposable {
  readonly parameters: readonly Parameter[];
  readonly values: Tensor;
  readonly grads: Tensor;
  /** Elements, padding between slots included. */
  readonly length: number;

  /** Initial values depend on `key` and each parameter's name only, not on the order of registration. */
  constructor(scope: ParameterScope, backend: Backend, key: RngKey) {
    this.parameters = [...scope.parameters];
    const offsets: number[] = [];
    let length = 0;
    for (const p of this.parameters) {
      offsets.push(length);
      length += Math.ceil(sizeOf(p.shape) / slotAlignment) * slotAlignment;
    }
    this.length = length;
    this.values = persistentBuffer(backend, backend.floatDType, length);
    const placed: Parameter[] = [];
    let grads: Tensor | undefined;
    try {
      grads = persistentBuffer(backend, backend.floatDType, length);
      this.grads = grads;
      this.parameters.forEach((p, i) => {
        p.place(this.values, offsets[i]);
        placed.push(p);
        this.write(p, p.init(foldKey(key, p.name), p.shape));
      });
    } catch (error) {
      // An init of a user may throw; nobody would hold the arena to dispose it.
      for (const p of placed) p.value.dispose();
      grads?.dispose();
      this.values.dispose();
      throw error;
    }
  }

  /** Number of weights, without padding and buffers. */
  get count(): number {
    return this.parameters.reduce((n, p) => n + (p.trainable ? sizeOf(p.shape) : 0), 0);
  }

  write(p: Parameter, data: ArrayLike<number>): void {
    if (data.length !== sizeOf(p.shape)) {
      throw new ArgumentError('parameter', `${p.name} has ${sizeOf(p.shape)} elements, came ${data.length}`);
    }
    const array = this.values.dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);
    const { byteOffset } = p.value;
    this.values.backend.upload(this.values.storage.handle, byteOffset, array);
  }

  zeroGrads(): void {
    fill(this.grads, 0);
  }

  /** grads[p] += g. */
  accumulate(p: Parameter, g: Tensor): void {
    accumulateInto(this.grads, p.offset, g);
  }

  /** The slots of some parameters as few ranges; neighbours of one kind merge over their padding, which stays 0. */
  ranges(parameters: readonly Parameter[] = this.parameters): ArenaRange[] {
    const out: { offset: number; length: number; decay: boolean }[] = [];
    const sorted = [...parameters].sort((a, b) => a.offset - b.offset);
    for (const p of sorted) {
      const length = Math.ceil(sizeOf(p.shape) / slotAlignment) * slotAlignment;
      const last = out.at(-1);
      if (last !== undefined && last.decay === p.decay && last.offset + last.length === p.offset) last.length += length;
      else out.push({ offset: p.offset, length, decay: p.decay });
    }
    return out;
  }

  dispose(): void {
    for (const p of this.parameters) p.value.dispose();
    this.values.dispose();
    this.grads.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Parameters of one arena that are trained together. Several groups may share a name (parts of one thing in two arenas);
 * a step can be limited to some names. Each group counts its own steps, so that the bias correction of a part that
 * trains now and then is right.
 */
export interface ParameterGroup {
  readonly name: string;
  readonly arena: ParameterArena;
  readonly parameters: readonly Parameter[];
  /** Set: all of it is frozen, whatever the parameters say. */
  readonly frozen?: boolean;
}

/** The parameters of a group that are not frozen, and no buffers. */
export const trainable = ({ parameters, frozen }: Pick<ParameterGroup, 'parameters' | 'frozen'>): Parameter[] =>
  frozen ? [] : parameters.filter((p) => p.trainable && !p.frozen);
