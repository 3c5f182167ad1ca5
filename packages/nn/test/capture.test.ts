// Captured training steps: a replay leaves the bytes of the eager step in losses, weights, state and averages.

import {
  adaptiveAvgPool2d,
  add,
  type Backend,
  CaptureError,
  capture,
  crossEntropy,
  foldKey,
  gelu,
  ids,
  type KeySource,
  maxPool2d,
  mean,
  normal,
  type RngKey,
  relu,
  reshape,
  rngKey,
  scope,
  square,
  sub,
  type Tensor,
  valueAndGrad,
} from '@omnigrad/tensor';
import { describe, expect, it, vi } from 'vitest';
import {
  Adam,
  AdamW,
  type AnyOptimizer,
  accumulateGradients,
  BatchNorm,
  ChannelDropout,
  Conv2d,
  clipGradNorm,
  clipGradValue,
  cosineDecay,
  Dropout,
  DropPath,
  ExponentialMovingAverage,
  LAMB,
  LayerNorm,
  Linear,
  Lion,
  type Mode,
  Module,
  MultiHeadAttention,
  modeOf,
  type OptimizerGroup,
  ParameterArena,
  ParameterScope,
  SGD,
  training,
} from '../src/index.ts';
import { backends } from './support.ts';

/** Two shapes, and each of them often enough to be recorded twice and replayed. */
const sizes = [5, 3, 5, 3, 5, 3, 5, 3];

/** A step that can be run twice from one start, eagerly and captured. */
interface Trainer<I> extends Disposable {
  readonly step: (inputs: I) => Readonly<Record<string, Tensor>>;
  /** Everything that a step leaves behind, read. */
  readonly left: () => Readonly<Record<string, readonly number[]>>;
}

const run = <I>(
  step: (inputs: I) => Readonly<Record<string, Tensor>>,
  batch: (i: number, rows: number) => I,
  rows: readonly number[],
): Record<string, readonly number[]>[] =>
  rows.map((n, i) =>
    scope(() => {
      const results = step(batch(i, n));
      return Object.fromEntries(Object.entries(results).map(([name, x]) => [name, [...x.readSync()]]));
    }),
  );

/** Compares eager and captured steps. Returns the report of the captured one. */
const compare = <I>(
  backend: Backend,
  make: (backend: Backend) => Trainer<I>,
  batch: (i: number, rows: number) => I,
  { rows = sizes, capacity = 8 }: { readonly rows?: readonly number[]; readonly capacity?: number } = {},
) => {
  const before = backend.memory().inUse;
  const report = (() => {
    using eager = make(backend);
    const start = eager.left();
    const wanted = run(eager.step, batch, rows);
    using captured = make(backend);
    expect(captured.left()).toEqual(start);
    using step = capture(captured.step, { capacity });
    const reads = [vi.spyOn(backend, 'read'), vi.spyOn(backend, 'readSync')];
    const got = run(step, batch, rows);
    // Results alone are read, by this test.
    expect(reads[0]).not.toHaveBeenCalled();
    for (const read of reads) read.mockRestore();
    expect(got).toEqual(wanted);
    const left = eager.left();
    expect(captured.left()).toEqual(left);
    // All of it moved: a comparison of what stands still says nothing.
    for (const [name, values] of Object.entries(left)) expect([name, values]).not.toEqual([name, start[name]]);
    return step.report();
  })();
  expect(backend.memory().inUse).toBe(before);
  return report;
};

const stateOf = (optimizer: AnyOptimizer): Record<string, readonly number[]> =>
  Object.fromEntries(
    optimizer.state().flatMap(({ parameter, state }) =>
      Object.entries(state).map(([name, x]) => {
        using view = x;
        return [`${name} of ${parameter.name}`, [...view.readSync()]];
      }),
    ),
  );

const weightsOf = (arena: ParameterArena): Record<string, readonly number[]> =>
  Object.fromEntries(arena.parameters.map((p) => [p.name, [...p.value.readSync()]]));

class Block extends Module {
  readonly norm1: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly dropPath: DropPath;
  readonly norm2: LayerNorm;
  readonly fc1: Linear;
  readonly dropout: Dropout;
  readonly fc2: Linear;
  readonly head: Linear;

  constructor(at: ParameterScope) {
    super(at);
    this.norm1 = new LayerNorm(at.child('norm1'), 8);
    this.attention = new MultiHeadAttention(at.child('attention'), 8, { heads: 2, dropout: 0.2 });
    this.dropPath = new DropPath(at.child('dropPath'), 0.3);
    this.norm2 = new LayerNorm(at.child('norm2'), 8);
    this.fc1 = new Linear(at.child('fc1'), 8, 12);
    this.dropout = new Dropout(at.child('dropout'), 0.25);
    this.fc2 = new Linear(at.child('fc2'), 12, 8);
    this.head = new Linear(at.child('head'), 8, 3);
  }

  /** x [B, T, 8] -> [B, T, 3]. */
  forward(x: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const own = modeOf(mode, 'block');
      const q = this.norm1.forward(x);
      const attended = this.attention.forward(q, q, q, own, { causal: true });
      const y = add(x, this.dropPath.forward(attended, own));
      const hidden = this.dropout.forward(gelu(this.fc1.forward(this.norm2.forward(y))), own);
      return this.head.forward(add(y, this.fc2.forward(hidden)));
    });
  }
}

interface Sequences {
  readonly x: Tensor;
  readonly target: Tensor;
}

const sequences =
  (backend: Backend) =>
  (i: number, rows: number): Sequences => ({
    x: normal(foldKey(rngKey(3), i), [rows, 4, 8], { backend }),
    target: ids(
      Array.from({ length: rows * 4 }, (_, k) => (k + i) % 3),
      [rows, 4],
      { backend },
    ),
  });

const transformer = (backend: Backend, constantKey?: RngKey): Trainer<Sequences> => {
  const at = new ParameterScope();
  const model = new Block(at);
  const arena = new ParameterArena(at, backend, rngKey(1));
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const optimizer = new AdamW(groups);
  let steps = 0;
  const key: KeySource = constantKey ?? (() => foldKey(rngKey(7), steps));
  const rate = cosineDecay({ base: 0.1, total: 12 });
  return {
    step: ({ x, target }) => {
      arena.zeroGrads();
      const { loss, logits } = accumulateGradients(() => {
        const out = model.forward(x, training(key));
        return { loss: crossEntropy(out, target), logits: out };
      }, groups);
      const norm = optimizer.step(() => rate(steps++), { maxNorm: 0.5 });
      return { loss, logits, norm };
    },
    left: () => ({ ...weightsOf(arena), ...stateOf(optimizer), steps: [steps, ...optimizer.steps] }),
    [Symbol.dispose]: () => {
      optimizer.dispose();
      arena.dispose();
    },
  };
};
