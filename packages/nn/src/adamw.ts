// AdamW over flat arenas: one kernel call for each run of slots, moments in arenas of their own, clipping on the device.

import {
  type ArenaRange,
  ArgumentError,
  adamwInPlace,
  add,
  type Backend,
  div,
  full,
  hostAction,
  minimum,
  persistentBuffer,
  scope,
  sizeOf,
  slotOf,
  sqrt,
  sumOfSquaresInto,
  type Tensor,
  zeros,
} from '@omnigrad/tensor';
import type { Parameter, ParameterArena } from './parameters.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

export const adamWDefaults: AdamWOptions = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.05 };

/**
 * Parameters of one arena that are trained together. Several groups may share a name (parts of one thing in two arenas);
 * a step can be limited to some names. Each group counts its own steps, so that the bias correction of a part that
 * trains now and then is right.
 */
export interface ParameterGroup {
  readonly name: string;
  readonly arena: ParameterArena;
  readonly parameters: readonly Parameter[];
}

interface Slot extends ParameterGroup {
  readonly ranges: readonly ArenaRange[];
  readonly m: Tensor;
  readonly v: Tensor;
  readonly hyper: Tensor;
  steps: number;
}

/** State of one parameter as a checkpoint stores it; m and v are views to dispose after use. */
export interface Moments {
  readonly parameter: Parameter;
  readonly m: Tensor;
  readonly v: Tensor;
}

export interface StepOptions {
  /** Gradients are scaled by min(1, maxNorm / (norm + 1e-6)). Default: no clipping. */
  readonly maxNorm?: number;
  /** Names of the groups to update; the others keep weights, moments and step counts. Default: all. */
  readonly only?: readonly string[];
}

const floats = (like: Tensor, data: ArrayLike<number>): Float32Array | Float64Array =>
  like.dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);

const slotView = (arena: Tensor, p: Parameter): Tensor => slotOf(arena, p.offset, p.shape);

/**
 * AdamW with decoupled weight decay on the parameters whose `decay` is set. Gradients are read from the arenas; the
 * caller zeroes them.
 */
export class AdamW implements Disposable {
  readonly options: AdamWOptions;
  readonly #slots: readonly Slot[];
  readonly #backend: Backend;
  readonly #moments: readonly Tensor[];

  constructor(groups: readonly ParameterGroup[], options: Partial<AdamWOptions> = {}) {
    if (groups.length === 0) throw new ArgumentError('AdamW', 'came without parameter groups; pass at least one');
    this.options = { ...adamWDefaults, ...options };
    this.#backend = groups[0].arena.values.backend;
    const arenas = new Map<ParameterArena, { m: Tensor; v: Tensor }>();
    const like = (arena: ParameterArena) => persistentBuffer(this.#backend, arena.values.dtype, arena.length);
    this.#slots = groups.map((given) => {
      const group = { ...given, parameters: given.parameters.filter((p) => p.trainable) };
      const moments = arenas.get(group.arena) ?? { m: like(group.arena), v: like(group.arena) };
      arenas.set(group.arena, moments);
      const hyper = persistentBuffer(this.#backend, this.#backend.floatDType, 7);
      return { ...group, ...moments, hyper, ranges: group.arena.ranges(group.parameters), steps: 0 };
    });
    this.#moments = [...arenas.values()].flatMap(({ m, v }) => [m, v]);
  }

  /**
   * One update at rate `lr`; given as a function it is asked for at every replay of a captured step. The norm and the clipping factor are worked out on the device. Returns the norm of the
   * updated groups before clipping, [1], which belongs to the enclosing scope.
   */
  step(lr: number | (() => number), { maxNorm = Infinity, only }: StepOptions = {}): Tensor {
    const { beta1, beta2, eps, weightDecay } = this.options;
    const active = this.#slots.filter((slot) => only === undefined || only.includes(slot.name));
    const unknown = only?.find((name) => !this.#slots.some((slot) => slot.name === name));
    if (unknown !== undefined) {
      throw new ArgumentError(
        'AdamW',
        `has no group ${unknown}; it has ${[...new Set(this.#slots.map((s) => s.name))].join(', ')}`,
      );
    }
    hostAction('AdamW.step', typeof lr === 'number' ? [lr] : [], () => {
      const rate = typeof lr === 'number' ? lr : lr();
      for (const slot of active) {
        slot.steps++;
        const hyper = [rate, beta1, beta2, eps, weightDecay, 1 - beta1 ** slot.steps, 1 - beta2 ** slot.steps];
        this.#backend.upload(slot.hyper.storage.handle, slot.hyper.byteOffset, floats(slot.hyper, hyper));
      }
    });
    return scope(() => {
      const options = { backend: this.#backend };
      let squares = zeros([1], options);
      for (const { arena, ranges } of active) {
        const part = zeros([1], options);
        sumOfSquaresInto(part, arena.grads, ranges);
        squares = add(squares, part);
      }
      const norm = sqrt(squares);
      const gradScale = Number.isFinite(maxNorm)
        ? minimum(div(full([1], maxNorm, options), add(norm, 1e-6)), 1)
        : full([1], 1, options);
      for (const { arena, m, v, hyper, ranges } of active) {
        adamwInPlace({ params: arena.values, grads: arena.grads, m, v, hyper, gradScale }, ranges);
      }
      return norm;
    });
  }

  /** Steps done by each group, in the order of construction. */
  get steps(): readonly number[] {
    return this.#slots.map((slot) => slot.steps);
  }

  /** Views of every trained parameter's moments. */
  moments(): Moments[] {
    return this.#slots.flatMap(({ parameters, m, v }) =>
      parameters.map((parameter) => ({ parameter, m: slotView(m, parameter), v: slotView(v, parameter) })),
    );
  }

  /** Overwrites the moments of one parameter. */
  restoreMoments(parameter: Parameter, m: ArrayLike<number>, v: ArrayLike<number>): void {
    const slot = this.#slots.find(({ parameters }) => parameters.includes(parameter));
    if (slot === undefined) throw new ArgumentError('AdamW', `${parameter.name} is not trained by this optimiser`);
    for (const [arena, data] of [[slot.m, m] as const, [slot.v, v] as const]) {
      const size = sizeOf(parameter.shape);
      if (data.length !== size) {
        throw new ArgumentError('AdamW', `${parameter.name} has ${size} elements, came moments of ${data.length}`);
      }
      using view = slotView(arena, parameter);
      this.#backend.upload(arena.storage.handle, view.byteOffset, floats(arena, data));
    }
  }

  /** Overwrites the step counts of all groups. */
  restoreSteps(steps: readonly number[]): void {
    if (steps.length !== this.#slots.length) {
      throw new ArgumentError('AdamW', `${steps.length} step counts for ${this.#slots.length} groups`);
    }
    this.#slots.forEach((slot, i) => {
      slot.steps = steps[i];
    });
  }

  dispose(): void {
    for (const x of this.#moments) x.dispose();
    for (const { hyper } of this.#slots) hyper.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
