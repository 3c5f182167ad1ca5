// A moving average of the weights.

import {
  ArgumentError,
  copyRangesInPlace,
  hostAction,
  lerpInPlace,
  persistentBuffer,
  sizeOf,
  slotOf,
  swapInPlace,
  type Tensor,
} from '@omnigrad/tensor';
import { belowOne, requireOption } from './option-checks.ts';
import type { Parameter, ParameterArena, ParameterGroup } from './parameters.ts';

export interface EMAOptions {
  /** Share of the average that each update keeps. */
  readonly decay: number;
  /** Keep min(decay, (1 + t) / (10 + t)) in update t, counted from 0, so that the first weights are soon forgotten. */
  readonly warmup?: boolean;
}

interface Part {
  readonly arena: ParameterArena;
  readonly parameters: readonly Parameter[];
  readonly average: Tensor;
}

/**
 * average += (1 - decay) (weight - average) after every step, on the device. It begins with the weights at construction.
 * The averages lie in arenas of their own; swap() trades them for the weights, and a second swap() trades them back.
 */
export class ExponentialMovingAverage implements Disposable {
  readonly options: Required<EMAOptions>;
  readonly #parts: readonly Part[];
  readonly #rate: Tensor;
  #updates = 0;
  #swapped = false;

  constructor(groups: readonly Pick<ParameterGroup, 'arena' | 'parameters'>[], options: EMAOptions) {
    const op = 'ExponentialMovingAverage';
    this.options = { warmup: false, ...options };
    requireOption(op, 'decay', options.decay, belowOne);
    if (groups.length === 0) throw new ArgumentError(op, 'came without parameter groups; pass at least one');
    const byArena = new Map<ParameterArena, Parameter[]>();
    const seen = new Set<Parameter>();
    for (const { arena, parameters } of groups) {
      for (const p of parameters) {
        if (seen.has(p)) throw new ArgumentError(op, `${p.name} is in two groups; leave it in one`);
        if (!arena.parameters.includes(p)) throw new ArgumentError(op, `${p.name} is not in the arena of its group`);
        seen.add(p);
      }
      byArena.set(arena, [...(byArena.get(arena) ?? []), ...parameters]);
    }
    const { backend } = groups[0].arena.values;
    this.#parts = [...byArena].map(([arena, parameters]) => {
      const average = persistentBuffer(backend, backend.floatDType, arena.length);
      copyRangesInPlace(average, arena.values, arena.ranges(parameters));
      return { arena, parameters, average };
    });
    this.#rate = persistentBuffer(backend, backend.floatDType, 1);
  }

  /** Takes the weights as they are into the average. */
  update(): void {
    hostAction('ema', [], () => {
      this.#requireHome('update');
      const { decay, warmup } = this.options;
      const kept = warmup ? Math.min(decay, (1 + this.#updates) / (10 + this.#updates)) : decay;
      this.#updates++;
      const { backend, storage, byteOffset, dtype } = this.#rate;
      backend.upload(
        storage.handle,
        byteOffset,
        dtype === 'f64' ? Float64Array.of(1 - kept) : Float32Array.of(1 - kept),
      );
    });
    for (const { arena, parameters, average } of this.#parts) {
      lerpInPlace(average, arena.values, this.#rate, arena.ranges(parameters));
    }
  }

  /** Trades weights and averages. While they are swapped, update() and copyToWeights() refuse. */
  swap(): void {
    for (const { arena, parameters, average } of this.#parts) {
      swapInPlace(arena.values, average, arena.ranges(parameters));
    }
    hostAction('ema', [], () => {
      this.#swapped = !this.#swapped;
    });
  }

  /** Whether the model now computes with the averages. */
  get swapped(): boolean {
    return this.#swapped;
  }

  /** Overwrites the weights with their averages. */
  copyToWeights(): void {
    hostAction('ema', [], () => this.#requireHome('copyToWeights'));
    for (const { arena, parameters, average } of this.#parts) {
      copyRangesInPlace(arena.values, average, arena.ranges(parameters));
    }
  }

  /** Updates done, which the warm-up counts. */
  get updates(): number {
    return this.#updates;
  }

  /** A view of each parameter's average, to dispose after use. */
  averages(): { parameter: Parameter; average: Tensor }[] {
    this.#requireHome('averages');
    return this.#parts.flatMap(({ parameters, average }) =>
      parameters.map((p) => ({ parameter: p, average: slotOf(average, p.offset, p.shape) })),
    );
  }

  /** Overwrites the average of one parameter. */
  restore(parameter: Parameter, data: ArrayLike<number>): void {
    const op = 'ExponentialMovingAverage';
    this.#requireHome('restore');
    const part = this.#parts.find(({ parameters }) => parameters.includes(parameter));
    if (part === undefined) throw new ArgumentError(op, `${parameter.name} is not averaged here`);
    const size = sizeOf(parameter.shape);
    if (data.length !== size) {
      throw new ArgumentError(op, `${parameter.name} has ${size} elements, came an average of ${data.length}`);
    }
    const { average } = part;
    using view = slotOf(average, parameter.offset, parameter.shape);
    const array = average.dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);
    average.backend.upload(average.storage.handle, view.byteOffset, array);
  }

  restoreUpdates(updates: number): void {
    if (!(Number.isInteger(updates) && updates >= 0)) {
      throw new ArgumentError(
        'ExponentialMovingAverage',
        `the count of updates is ${updates}; use a whole number from 0 on`,
      );
    }
    this.#updates = updates;
  }

  #requireHome(method: string): void {
    if (!this.#swapped) return;
    throw new ArgumentError(
      'ExponentialMovingAverage',
      `${method}() came while the averages stand in for the weights; call swap() first`,
    );
  }

  dispose(): void {
    for (const { average } of this.#parts) average.dispose();
    this.#rate.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
