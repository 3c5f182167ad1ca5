// Activation checkpointing (Chen et al. 2016): the values inside a block are not kept for the gradient but made again.

import { isFloat } from './dtype.ts';
import { GradientError } from './errors.ts';
import { defineOp } from './op.ts';
import { adopt, detachedScope, scope } from './scope.ts';
import { showShape } from './shape.ts';
import { Tape } from './tape.ts';
import { activeTapes, noGrad, type Recorder, withRecorder } from './tape-stack.ts';
import type { Tensor } from './tensor.ts';

/** Watches which tensors of an outer tape a block reads: those the block is a function of. */
class Probe implements Recorder {
  readonly read = new Map<number, Tensor>();
  readonly #outer: Recorder;
  readonly #inside = new Set<number>();

  constructor(outer: Recorder) {
    this.#outer = outer;
  }

  tracks(x: Tensor): boolean {
    return this.#inside.has(x.key) || this.#outer.tracks(x);
  }

  record(_op: unknown, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    for (const x of inputs) if (!this.#inside.has(x.key) && this.#outer.tracks(x)) this.read.set(x.key, x);
    for (const x of outputs) if (isFloat(x.dtype)) this.#inside.add(x.key);
  }
}

/**
 * Runs block(...inputs) and keeps none of its inner values for the gradient: the backward pass runs it again. It trades
 * one more forward pass of the block for its activations. The block may close over parameters and other tensors that
 * outlive the step; what the step itself made comes through `inputs`. It must give the same result each time: randomness
 * from keys only; what it writes in place (running statistics of a BatchNorm) it writes twice. Where tapes nest (second derivatives) it runs as if it were not wrapped.
 */
export const checkpoint = (block: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor => {
  const tapes = activeTapes();
  if (tapes.length !== 1) return block(...inputs);
  const [tape] = tapes;
  const probe = new Probe(tape);
  const out = noGrad(() => withRecorder(probe, () => scope(() => block(...inputs))));
  if (probe.read.size === 0) return out;
  const closedOver = [...probe.read.values()].filter((x) => !inputs.some((y) => y.key === x.key));
  const all = [...inputs, ...closedOver];
  const pull = (values: readonly Tensor[], g: Tensor): (Tensor | null)[] => {
    const gone = closedOver.find((x) => x.disposed);
    if (gone !== undefined) {
      throw new GradientError(
        'E_GRADIENT',
        'checkpoint',
        `the block closes over a tensor ${showShape(gone.shape)} that the step made and freed; pass it in the inputs`,
      );
    }
    const inner = new Tape(values.filter((x) => probe.read.has(x.key)));
    try {
      const value = withRecorder(inner, () => detachedScope(() => block(...values.slice(0, inputs.length))));
      const grads = inner.backward(value, g, values);
      value.dispose();
      // The scope of the pull owns them until the tape takes them.
      for (const x of grads) if (x !== null) adopt(x);
      return grads;
    } finally {
      inner.drop();
    }
  };
  const again = defineOp<Readonly<Record<never, never>>>({
    name: 'checkpoint',
    infer: () => [{ shape: out.shape, dtype: out.dtype }],
    saves: { inputs: all.map((_, i) => i), outputs: [] },
    vjp: (c, g) => {
      const grads = pull(
        all.map((_, i) => c.input(i)),
        g,
      );
      return grads.map((x) => (x === null ? null : () => x));
    },
    reference: () => undefined,
    cpu: () => ({ calls: [], scratch: [] }),
  });
  tape.record(again, all, [out], {});
  return out;
};
