// What all optimisers share: groups of parameters, options of each group, step counts, state in arenas as long as those of
// the weights, and one kernel call for each group. What an optimiser computes is its UpdateRule.

import {
  type ArenaRange,
  ArgumentError,
  type Backend,
  hostAction,
  persistentBuffer,
  scope,
  sizeOf,
  slotOf,
  type Tensor,
} from '@omnigrad/tensor';
import { clipFactor, globalNorm, requireMaxNorm } from './clip.ts';
import { finite, requireOption } from './option-checks.ts';
import { type Parameter, type ParameterArena, type ParameterGroup, trainable } from './parameters.ts';

/** A learning rate, or where to ask for it at every step, replayed steps included. */
export type Rate = number | (() => number);

/** A group and what sets it apart from the options of its optimiser. */
export interface OptimizerGroup<O> extends ParameterGroup {
  /** Options that differ from those of the optimiser. */
  readonly options?: Partial<O>;
  /** In place of the rate that step() gets. */
  readonly lr?: Rate;
  /** Multiplies the rate. Default: 1. */
  readonly lrScale?: number;
}

export interface StepOptions {
  /** Gradients are scaled by min(1, maxNorm / (norm + 1e-6)). Default: no clipping. */
  readonly maxNorm?: number;
  /** Names of the groups to update; the others keep weights, state and step counts. Default: all. */
  readonly only?: readonly string[];
}

/** State of one parameter by the names of its arenas; views to dispose after use. */
export interface ParameterState {
  readonly parameter: Parameter;
  readonly state: Readonly<Record<string, Tensor>>;
}

/** What one kernel call of an optimiser works on. */
export interface UpdateInput {
  readonly params: Tensor;
  readonly grads: Tensor;
  readonly hyper: Tensor;
  readonly gradScale: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly ranges: readonly ArenaRange[];
}

export interface UpdateRule<O extends object> {
  /** In error messages. */
  readonly name: string;
  readonly defaults: O;
  /** Throws where an option makes no sense. */
  readonly check: (options: O) => void;
  /** Names of the state arenas. */
  readonly state: (options: O) => readonly string[];
  /** The numbers that go to the device before step number `t`, counted from 1. */
  readonly numbers: (options: O, lr: number, t: number) => readonly number[];
  /** Whether each parameter is a range of its own, for norms of whole tensors. */
  readonly separate?: boolean;
  readonly update: (input: UpdateInput, options: O) => void;
}

interface Slot<O> {
  readonly group: OptimizerGroup<O>;
  readonly options: O;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly hyper: Tensor;
  steps: number;
}

const floats = (like: Tensor, data: ArrayLike<number>): Float32Array | Float64Array =>
  like.dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);

const slotView = (arena: Tensor, p: Parameter): Tensor => slotOf(arena, p.offset, p.shape);

/** A parameter in two groups would be updated twice; one of another arena would move a stranger's weights. */
const checkGroups = (op: string, groups: readonly ParameterGroup[]): void => {
  if (groups.length === 0) throw new ArgumentError(op, 'came without parameter groups; pass at least one');
  const groupOf = new Map<Parameter, string>();
  const members = new Map<ParameterArena, ReadonlySet<Parameter>>();
  const { backend } = groups[0].arena.values;
  for (const { name, arena, parameters } of groups) {
    const inArena = members.get(arena) ?? new Set(arena.parameters);
    members.set(arena, inArena);
    if (arena.values.backend !== backend) {
      throw new ArgumentError(
        op,
        `group ${name} is on the backend ${arena.values.backend.name}, group ${groups[0].name} on ${backend.name}; make one optimiser for each`,
      );
    }
    for (const p of parameters) {
      const other = groupOf.get(p);
      if (other !== undefined) {
        const where = other === name ? `twice in group ${name}` : `in the groups ${other} and ${name}`;
        throw new ArgumentError(op, `${p.name} is ${where}; leave it in one, or it would be updated twice`);
      }
      groupOf.set(p, name);
      if (!inArena.has(p)) {
        throw new ArgumentError(op, `${p.name} of group ${name} is not in the arena of the group; pass its own arena`);
      }
    }
  }
};

/**
 * Updates parameters from the gradients in their arenas; the caller zeroes those. Weight decay applies to parameters whose
 * `decay` is set. Frozen groups and parameters keep weights and state, and their gradients count in no norm.
 */
export class Optimizer<O extends object> implements Disposable {
  readonly options: O;
  readonly #rule: UpdateRule<O>;
  readonly #slots: readonly Slot<O>[];
  readonly #backend: Backend;
  readonly #buffers: Tensor[] = [];

  constructor(rule: UpdateRule<O>, groups: readonly OptimizerGroup<O>[], options: Partial<O>) {
    checkGroups(rule.name, groups);
    this.#rule = rule;
    this.options = { ...rule.defaults, ...options };
    rule.check(this.options);
    this.#backend = groups[0].arena.values.backend;
    const merged = groups.map((group) => ({ ...this.options, ...group.options }));
    groups.forEach((group, i) => {
      rule.check(merged[i]);
      requireOption(rule.name, 'lrScale', group.lrScale ?? 1, finite);
    });
    const arenas = new Map<ParameterArena, Record<string, Tensor>>();
    try {
      this.#slots = groups.map((group, i) => {
        const shared = arenas.get(group.arena) ?? {};
        arenas.set(group.arena, shared);
        const names = rule.state(merged[i]);
        for (const name of names) shared[name] ??= this.#buffer(group.arena.length);
        const state = Object.fromEntries(names.map((name) => [name, shared[name]]));
        const hyper = this.#buffer(rule.numbers(merged[i], 0, 1).length);
        // Buffers among the parameters, such as running statistics, are nobody's to update.
        const parameters = group.parameters.filter((p) => p.trainable);
        return { group: { ...group, parameters }, options: merged[i], state, hyper, steps: 0 };
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #buffer(length: number): Tensor {
    const buffer = persistentBuffer(this.#backend, this.#backend.floatDType, length);
    this.#buffers.push(buffer);
    return buffer;
  }

  /**
   * One update at rate `lr`; a function is asked at every step, and again when a captured step is replayed. Norm and
   * clipping factor are worked out on the device: a norm of Infinity makes every finite gradient 0, one of NaN makes all
   * updated weights NaN, as torch.nn.utils.clip_grad_norm_ does; without clipping only the elements that are not finite
   * spoil theirs. Returns the norm of the updated groups before clipping, [1], which belongs to the enclosing scope.
   */
  step(lr: Rate, { maxNorm = Infinity, only }: StepOptions = {}): Tensor {
    const { name } = this.#rule;
    const unknown = only?.find((wanted) => !this.#slots.some(({ group }) => group.name === wanted));
    if (unknown !== undefined) {
      const names = [...new Set(this.#slots.map(({ group }) => group.name))].join(', ');
      throw new ArgumentError(name, `has no group ${unknown}; it has ${names}`);
    }
    const active = this.#slots.flatMap((slot) => {
      if (only !== undefined && !only.includes(slot.group.name)) return [];
      const parameters = trainable(slot.group);
      return parameters.length === 0 && slot.group.parameters.length > 0 ? [] : [{ slot, parameters }];
    });
    // Before anything counts: a step that is refused has not happened.
    requireMaxNorm(name, maxNorm);
    hostAction(name, typeof lr === 'number' ? [lr] : [], () => {
      const asked = typeof lr === 'number' ? lr : lr();
      // All rates are known to be right before the first count moves.
      const rates = active.map(({ slot: { group } }) => {
        const own = typeof group.lr === 'function' ? group.lr() : (group.lr ?? asked);
        requireOption(name, `the learning rate of group ${group.name}`, own, finite);
        return own * (group.lrScale ?? 1);
      });
      active.forEach(({ slot }, i) => {
        slot.steps++;
        const numbers = this.#rule.numbers(slot.options, rates[i], slot.steps);
        this.#backend.upload(slot.hyper.storage.handle, slot.hyper.byteOffset, floats(slot.hyper, numbers));
      });
    });
    return scope(() => {
      const parts = active.map(({ slot: { group }, parameters }) => ({ arena: group.arena, parameters }));
      const norm = globalNorm(parts, this.#backend);
      const gradScale = clipFactor(norm, maxNorm);
      for (const { slot, parameters } of active) {
        const { arena } = slot.group;
        const ranges = this.#rule.separate ? parameters.flatMap((p) => arena.ranges([p])) : arena.ranges(parameters);
        const { state, hyper } = slot;
        this.#rule.update({ params: arena.values, grads: arena.grads, hyper, gradScale, state, ranges }, slot.options);
      }
      return norm;
    });
  }

  /** Steps done by each group, in the order of construction. */
  get steps(): readonly number[] {
    return this.#slots.map((slot) => slot.steps);
  }

  /** Overwrites the step counts of all groups. */
  restoreSteps(steps: readonly number[]): void {
    const { name } = this.#rule;
    if (steps.length !== this.#slots.length) {
      throw new ArgumentError(name, `${steps.length} step counts for ${this.#slots.length} groups`);
    }
    const wrong = steps.find((n) => !(Number.isInteger(n) && n >= 0));
    if (wrong !== undefined) throw new ArgumentError(name, `a step count is ${wrong}; use whole numbers from 0 on`);
    this.#slots.forEach((slot, i) => {
      slot.steps = steps[i];
    });
  }

  /** Views of the state of every parameter, frozen ones included, in the order of the groups. */
  state(): ParameterState[] {
    return this.#slots.flatMap(({ group, state }) =>
      group.parameters.map((parameter) => ({
        parameter,
        state: Object.fromEntries(Object.entries(state).map(([name, arena]) => [name, slotView(arena, parameter)])),
      })),
    );
  }

  /** Whether the parameter is in a group, frozen or not. */
  trains(parameter: Parameter): boolean {
    return this.#slots.some(({ group }) => group.parameters.includes(parameter));
  }

  /** Overwrites the state of one parameter; every name that state() gives must be there. */
  restoreState(parameter: Parameter, state: Readonly<Record<string, ArrayLike<number>>>): void {
    const { name: op } = this.#rule;
    const slot = this.#slots.find(({ group }) => group.parameters.includes(parameter));
    if (slot === undefined) throw new ArgumentError(op, `${parameter.name} is not trained by this optimiser`);
    const [want, came] = [slot.state, state].map((x) => Object.keys(x).sort().join(', ') || 'nothing');
    if (want !== came) throw new ArgumentError(op, `${parameter.name} has the state ${want}, came ${came}`);
    const size = sizeOf(parameter.shape);
    for (const [name, { length }] of Object.entries(state)) {
      if (length !== size) {
        throw new ArgumentError(op, `${parameter.name} has ${size} elements, came ${name} of ${length}`);
      }
    }
    for (const [name, data] of Object.entries(state)) {
      const arena = slot.state[name];
      using view = slotView(arena, parameter);
      this.#backend.upload(arena.storage.handle, view.byteOffset, floats(arena, data));
    }
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** An optimiser of whatever kind. */
export type AnyOptimizer = Pick<Optimizer<object>, keyof Optimizer<object>>;
