// The tape: reverse mode only, a list of applied ops. It owns the values that gradients read and drops each as its
// rule has run. Unbroadcasting and accumulation of gradients are done here, once, and in no rule.

import type { TensorSpec } from './backend.ts';
import { ones, zeros } from './create.ts';
import { withRuleOf } from './debug-nans.ts';
import { isFloat } from './dtype.ts';
import { GradientError } from './errors.ts';
import type { Op } from './op.ts';
import { add } from './ops/add/add.ts';
import { reshape } from './ops/reshape/reshape.ts';
import { sum } from './ops/sum/sum.ts';
import { adopt, detachedScope, scope } from './scope.ts';
import { broadcastAxes, sameShape, showShape } from './shape.ts';
import { type Recorder, withRecorder } from './tape-stack.ts';
import { aliasOf, byteEnd, type Tensor } from './tensor.ts';

interface TapeNode {
  readonly name: string;
  readonly outputKey: number;
  readonly inputKeys: readonly number[];
  readonly inputSpecs: readonly TensorSpec[];
  /** Gradient of each input that needs one, given that of output 0. */
  readonly pull: (g: Tensor) => readonly ((() => Tensor) | null)[];
  readonly saved: readonly Tensor[];
}

/** A value kept for a rule, and how often its memory had been written then. */
interface Saved {
  readonly x: Tensor;
  readonly version: number;
}

const save = (x: Tensor): Saved => ({ x: aliasOf(x), version: x.storage.version });

const specOf = (x: Tensor): TensorSpec => ({ shape: x.shape, dtype: x.dtype });

/** Sums a gradient over the axes along which its input was broadcast. */
const unbroadcast = (g: Tensor, shape: readonly number[]): Tensor => {
  if (sameShape(g.shape, shape)) return g;
  const axes = broadcastAxes(shape, g.shape);
  return reshape(axes.length === 0 ? g : sum(g, { axes }), shape);
};

export class Tape implements Recorder {
  readonly #nodes: TapeNode[] = [];
  readonly #tracked = new Set<number>();
  #used = false;

  constructor(watched: readonly Tensor[]) {
    for (const x of watched) this.#tracked.add(x.key);
  }

  tracks(x: Tensor): boolean {
    return this.#tracked.has(x.key);
  }

  record<A>(op: Op<A>, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A): void {
    const { vjp } = op;
    // Comparisons, stopGradient and whole-number results carry no gradient: the chain ends here.
    if (typeof vjp !== 'function' || !isFloat(outputs[0].dtype)) return;
    // Optional operands come last: a rule saves those that are there.
    const saved = (list: readonly Tensor[], which: readonly number[]): Map<number, Saved> =>
      new Map(which.filter((i) => i < list.length).map((i) => [i, save(list[i])]));
    const savedInputs = saved(inputs, op.saves.inputs);
    const savedOutputs = saved(outputs, op.saves.outputs);
    const fetch = (from: Map<number, Saved>, what: string) => (index: number) => {
      const saved = from.get(index);
      if (saved === undefined)
        throw new GradientError('E_GRADIENT', op.name, `the rule reads ${what} ${index}, which it does not save`);
      const { x, version } = saved;
      if (x.storage.writtenSince(version, x.byteOffset, byteEnd(x))) {
        throw new GradientError(
          'E_GRADIENT',
          op.name,
          `${what} ${index} ${showShape(x.shape)} was written in place after the op used it and before its gradient; write it after the backward pass`,
        );
      }
      return x;
    };
    const context = {
      attrs,
      specs: inputs.map(specOf),
      outSpec: specOf(outputs[0]),
      input: fetch(savedInputs, 'input'),
      output: fetch(savedOutputs, 'output'),
    };
    this.#tracked.add(outputs[0].key);
    this.#nodes.push({
      name: op.name,
      outputKey: outputs[0].key,
      inputKeys: inputs.map((x) => x.key),
      inputSpecs: context.specs,
      pull: (g) => vjp(context, g),
      saved: [...savedInputs.values(), ...savedOutputs.values()].map(({ x }) => x),
    });
  }

  /** Gradients of `loss` times `seed` with respect to `targets`, owned by the caller; null where no path leads there. */
  backward(loss: Tensor, seed: Tensor, targets: readonly Tensor[]): (Tensor | null)[] {
    if (this.#used) {
      throw new GradientError(
        'E_GRADIENT',
        'backward',
        'this tape ran backward already and freed what it had saved; record the forward pass again, or nest valueAndGrad() for second derivatives',
      );
    }
    this.#used = true;
    const wanted = new Set(targets.map((x) => x.key));
    const grads = new Map<number, Tensor>([[loss.key, aliasOf(seed)]]);
    const take = (key: number): Tensor | undefined => {
      const g = grads.get(key);
      if (g !== undefined && !wanted.has(key)) grads.delete(key);
      return g;
    };
    try {
      while (this.#nodes.length > 0) {
        const node = this.#nodes[this.#nodes.length - 1];
        const g = take(node.outputKey);
        if (g !== undefined) {
          try {
            this.#pull(node, g, grads);
          } finally {
            if (!wanted.has(node.outputKey)) g.dispose();
          }
        }
        for (const x of node.saved) x.dispose();
        this.#nodes.pop();
      }
    } catch (error) {
      for (const g of grads.values()) g.dispose();
      this.drop();
      throw error;
    }
    const result = targets.map((x) => grads.get(x.key) ?? null);
    for (const [key, g] of grads) if (!wanted.has(key)) g.dispose();
    return result;
  }

  #pull(node: TapeNode, g: Tensor, grads: Map<number, Tensor>): void {
    const produced = detachedScope(() => {
      const thunks = withRuleOf(node.name, () => node.pull(g));
      const handed = new Set<Tensor>([g]);
      return node.inputKeys.map((key, i) => {
        const thunk = thunks[i];
        if (thunk === null || thunk === undefined || !this.#tracked.has(key)) return null;
        const own = withRuleOf(node.name, () => unbroadcast(thunk(), node.inputSpecs[i].shape));
        // A rule may hand back g itself, or one tensor for two inputs; each gradient must own its share.
        if (handed.has(own)) return aliasOf(own);
        handed.add(own);
        return own;
      });
    });
    node.inputKeys.forEach((key, i) => {
      const next = produced[i];
      if (next === null) return;
      const before = grads.get(key);
      if (before === undefined) {
        grads.set(key, next);
        return;
      }
      grads.set(
        key,
        detachedScope(() => add(before, next)),
      );
      before.dispose();
      next.dispose();
    });
  }

  /** Frees what was saved when no backward pass will come. */
  drop(): void {
    for (const node of this.#nodes) for (const x of node.saved) x.dispose();
    this.#nodes.length = 0;
  }
}

export interface LossAndMore {
  readonly loss: Tensor;
}

const lossOf = (value: Tensor | LossAndMore): Tensor => ('loss' in value ? value.loss : value);

const checkLoss = (tape: Tape, value: Tensor | LossAndMore): void => {
  // A promise is refused by the scope, with a better word for it.
  if (value instanceof Promise) return;
  const loss = lossOf(value);
  if (loss.size !== 1) {
    throw new GradientError(
      'E_GRADIENT',
      'valueAndGrad',
      `the loss must be a scalar, came ${showShape(loss.shape)}; reduce it with mean() or sum()`,
    );
  }
  if (!tape.tracks(loss)) {
    throw new GradientError(
      'E_GRADIENT',
      'valueAndGrad',
      'the loss does not depend on any tensor of `wrt`; check stopGradient() and noGrad()',
    );
  }
};

/**
 * Runs `fn` and differentiates its scalar loss with respect to `wrt`. Intermediate values are freed as the backward pass
 * uses them. `grads[i]` is null where the loss does not depend on `wrt[i]`. Throws GradientError for a loss that is not a
 * scalar or that depends on nothing watched.
 */
export const valueAndGradOrNull = <T extends Tensor | LossAndMore>(
  fn: () => T,
  wrt: readonly Tensor[],
): { value: T; grads: (Tensor | null)[] } => {
  const tape = new Tape(wrt);
  let value: T;
  try {
    value = withRecorder(tape, () =>
      scope(() => {
        const result = fn();
        // In the scope, so that a loss that is refused is freed with the rest.
        checkLoss(tape, result);
        return result;
      }),
    );
  } catch (error) {
    tape.drop();
    throw error;
  }
  const loss = lossOf(value);
  const seed = ones(loss.shape, { dtype: loss.dtype, backend: loss.backend });
  let grads: (Tensor | null)[];
  try {
    grads = tape.backward(loss, seed, wrt);
  } finally {
    seed.dispose();
  }
  for (const g of grads) if (g !== null) adopt(g);
  return { value, grads };
};

/** As valueAndGradOrNull, with zeros where the loss does not depend on a tensor. */
export const valueAndGrad = <T extends Tensor | LossAndMore>(
  fn: () => T,
  wrt: readonly Tensor[],
): { value: T; grads: Tensor[] } => {
  const { value, grads } = valueAndGradOrNull(fn, wrt);
  return {
    value,
    grads: grads.map((g, i) => g ?? zeros(wrt[i].shape, { dtype: wrt[i].dtype, backend: wrt[i].backend })),
  };
};

/** The gradient alone. */
export const grad = (fn: () => Tensor, wrt: readonly Tensor[]): Tensor[] => {
  const { value, grads } = valueAndGrad(fn, wrt);
  value.dispose();
  return grads;
};
