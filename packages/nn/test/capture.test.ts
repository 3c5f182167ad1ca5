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
  maxPool2d,
  mean,
  normal,
  type RngKey,
  relu,
  reshape,
  rngKey,
  rotaryTables,
  scope,
  square,
  sub,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
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
  warmupCosine,
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
    const got = run(step, batch, rows);
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
      Object.entries(state).flatMap(([name, x]) => {
        using view = x;
        return parameter.trainable ? [[`${name} of ${parameter.name}`, [...view.readSync()]]] : [];
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

  /** x [B, T, 8] and which tokens exist -> [B, T, 3]. */
  forward(x: Tensor, padding: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const own = modeOf(mode, 'block');
      const q = this.norm1.forward(x);
      const rotary = rotaryTables(x.shape[1], 4, { backend: x.backend });
      const attended = this.attention.forward(q, q, q, own, { causal: true, padding, rotary });
      const y = add(x, this.dropPath.forward(attended, own));
      const hidden = this.dropout.forward(gelu(this.fc1.forward(this.norm2.forward(y))), own);
      return this.head.forward(add(y, this.fc2.forward(hidden)));
    });
  }
}

interface Sequences {
  readonly x: Tensor;
  readonly padding: Tensor;
  readonly target: Tensor;
}

const sequences =
  (backend: Backend) =>
  (i: number, rows: number): Sequences => ({
    x: normal(foldKey(rngKey(3), i), [rows, 4, 8], { backend }),
    // Another token is missing in every batch.
    padding: tensor(
      Array.from({ length: rows }, (_, r) => [0, 1, 2, 3].map((t) => t === 0 || t !== (r + i) % 4)),
      { backend, dtype: 'bool' },
    ),
    target: ids(
      Array.from({ length: rows * 4 }, (_, k) => (k + i) % 3),
      [rows, 4],
      { backend },
    ),
  });

const transformer = (backend: Backend): Trainer<Sequences> => {
  const at = new ParameterScope();
  const model = new Block(at);
  const arena = new ParameterArena(at, backend, rngKey(1));
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const optimizer = new AdamW(groups);
  let steps = 0;
  const key = (): RngKey => foldKey(rngKey(7), steps);
  const rate = (): number => warmupCosine(steps++, { base: 0.05, min: 0.001, warmupSteps: 2, totalSteps: 12 });
  return {
    step: ({ x, padding, target }) => {
      arena.zeroGrads();
      const { loss, logits } = accumulateGradients(() => {
        const out = model.forward(x, padding, training(key));
        return { loss: crossEntropy(out, target), logits: out };
      }, groups);
      const norm = optimizer.step(rate, { maxNorm: 0.5 });
      return { loss, logits, norm };
    },
    left: () => ({ ...weightsOf(arena), ...stateOf(optimizer), steps: [steps, ...optimizer.steps] }),
    [Symbol.dispose]: () => {
      optimizer.dispose();
      arena.dispose();
    },
  };
};

class Pictures extends Module {
  readonly conv1: Conv2d;
  readonly norm: BatchNorm;
  readonly dropout: ChannelDropout;
  readonly conv2: Conv2d;
  readonly head: Linear;

  constructor(at: ParameterScope) {
    super(at);
    this.conv1 = new Conv2d(at.child('conv1'), 2, 4, { kernel: 3, padding: 1 });
    this.norm = new BatchNorm(at.child('norm'), 4);
    this.dropout = new ChannelDropout(at.child('dropout'), 0.2);
    this.conv2 = new Conv2d(at.child('conv2'), 4, 6, { kernel: 3, padding: 1, paddingMode: 'edge', groups: 2 });
    this.head = new Linear(at.child('head'), 6, 3);
  }

  forward(x: Tensor, mode: Mode): Tensor {
    return this.within(() => {
      const half = maxPool2d(relu(this.norm.forward(this.conv1.forward(x), mode)), { kernel: 2 });
      const pooled = adaptiveAvgPool2d(this.conv2.forward(this.dropout.forward(half, mode)), 1);
      return this.head.forward(reshape(pooled, [x.shape[0], 6]));
    });
  }
}

interface Labelled {
  readonly x: Tensor;
  readonly target: Tensor;
}

const pictures =
  (backend: Backend) =>
  (i: number, rows: number): Labelled => ({
    x: normal(foldKey(rngKey(4), i), [rows, 2, 6, 6], { backend }),
    target: ids(
      Array.from({ length: rows }, (_, k) => (k + i) % 3),
      [rows],
      { backend },
    ),
  });

const cnn = (backend: Backend): Trainer<Labelled> => {
  const at = new ParameterScope();
  const model = new Pictures(at);
  const arena = new ParameterArena(at, backend, rngKey(1));
  const groups = [{ name: 'all', arena, parameters: arena.parameters }];
  const optimizer = new SGD(groups, { momentum: 0.9, weightDecay: 0.01 });
  const ema = new ExponentialMovingAverage(groups, { decay: 0.9, warmup: true });
  return {
    step: ({ x, target }) => {
      arena.zeroGrads();
      const loss = accumulateGradients(() => {
        const mode = training(() => foldKey(rngKey(7), ema.updates));
        return crossEntropy(model.forward(x, mode), target, { labelSmoothing: 0.1 });
      }, groups);
      optimizer.step(0.05);
      ema.update();
      return { loss };
    },
    left: () => {
      const averages = ema.averages().map(({ parameter, average }) => {
        using view = average;
        return [`average of ${parameter.name}`, [...view.readSync()]] as const;
      });
      const counts = { steps: optimizer.steps, updates: [ema.updates] };
      return { ...weightsOf(arena), ...stateOf(optimizer), ...Object.fromEntries(averages), ...counts };
    },
    [Symbol.dispose]: () => {
      ema.dispose();
      optimizer.dispose();
      arena.dispose();
    },
  };
};

const makers = {
  SGD: (groups: readonly OptimizerGroup<object>[]): AnyOptimizer => new SGD(groups, { momentum: 0.9, nesterov: true }),
  Adam: (groups: readonly OptimizerGroup<object>[]): AnyOptimizer => new Adam(groups, { amsgrad: true }),
  LAMB: (groups: readonly OptimizerGroup<object>[]): AnyOptimizer => new LAMB(groups),
  Lion: (groups: readonly OptimizerGroup<object>[]): AnyOptimizer => new Lion(groups, { weightDecay: 0.1 }),
};

interface Regression {
  readonly x: Tensor;
  readonly y: Tensor;
}

const regression =
  (backend: Backend) =>
  (i: number, rows: number): Regression => ({
    x: normal(foldKey(rngKey(5), i), [rows, 4], { backend }),
    y: normal(foldKey(rngKey(6), i), [rows, 2], { backend }),
  });

/** A regression whose step is `prepare`, the losses of the parts with their gradients, `finish`. */
const regressor = <I>(
  backend: Backend,
  make: (groups: readonly OptimizerGroup<object>[]) => AnyOptimizer,
  step: (parts: {
    readonly accumulate: (batch: Regression, scale: number) => Tensor;
    readonly arena: ParameterArena;
    readonly groups: readonly OptimizerGroup<object>[];
    readonly optimizer: AnyOptimizer;
  }) => (inputs: I) => Readonly<Record<string, Tensor>>,
): Trainer<I> => {
  const at = new ParameterScope();
  const [first, second] = [new Linear(at.child('first'), 4, 5), new Linear(at.child('second'), 5, 2)];
  const arena = new ParameterArena(at, backend, rngKey(1));
  const parts = [0, 2].map((i) => ({ name: `g${i}`, arena, parameters: arena.parameters.slice(i, i + 2) }));
  const groups = [parts[0], { ...parts[1], lrScale: 0.5 }];
  const optimizer = make(groups);
  const accumulate = ({ x, y }: Regression, scale: number): Tensor =>
    accumulateGradients(() => mean(square(sub(second.forward(gelu(first.forward(x))), y))), groups, { scale });
  return {
    step: step({ accumulate, arena, groups, optimizer }),
    left: () => ({ ...weightsOf(arena), ...stateOf(optimizer), steps: optimizer.steps }),
    [Symbol.dispose]: () => {
      optimizer.dispose();
      arena.dispose();
    },
  };
};

/** The step of one batch, at a rate that falls. */
const plain = (maxNorm: number) => (backend: Backend) =>
  regressor<Regression>(backend, makers.SGD, ({ accumulate, arena, optimizer }) => (batch) => {
    arena.zeroGrads();
    const loss = accumulate(batch, 1);
    return { loss, norm: optimizer.step(() => 0.05 / (1 + optimizer.steps[0]), { maxNorm }) };
  });

describe.each(backends)('captured steps on $name', (backend) => {
  it('a transformer block with dropout, AdamW, a schedule and clipping', () => {
    expect(compare(backend, transformer, sequences(backend))).toMatchObject({ recorded: 4, replayed: 4, evicted: 0 });
  });

  it('a convolutional network with running statistics, SGD with momentum and an average of the weights', () => {
    expect(compare(backend, cnn, pictures(backend))).toMatchObject({ recorded: 4, replayed: 4, evicted: 0 });
  });

  it.each(Object.keys(makers) as (keyof typeof makers)[])('%s', (kind) => {
    const make = (on: Backend) =>
      regressor<Regression>(on, makers[kind], ({ accumulate, arena, optimizer }) => (batch) => {
        arena.zeroGrads();
        const loss = accumulate(batch, 1);
        return { loss, norm: optimizer.step(() => 0.02 / (1 + optimizer.steps[0])) };
      });
    expect(compare(backend, make, regression(backend))).toMatchObject({ recorded: 4, replayed: 4 });
  });

  it('two micro-batches, clipped by norm and by value before the step', () => {
    interface Micro {
      readonly micro: readonly Regression[];
    }
    const make = (on: Backend) =>
      regressor<Micro>(on, makers.Adam, ({ accumulate, arena, groups, optimizer }) => ({ micro }) => {
        arena.zeroGrads();
        const [a, b] = micro.map((batch) => accumulate(batch, 1 / micro.length));
        const norm = clipGradNorm(groups, 0.8);
        clipGradValue(groups, 0.3);
        optimizer.step(0.01);
        return { a, b, norm };
      });
    const batch = (i: number, rows: number): Micro => ({
      micro: [2 * i, 2 * i + 1].map((k) => regression(backend)(k, rows)),
    });
    expect(compare(backend, make, batch)).toMatchObject({ recorded: 4, replayed: 4 });
  });

  it('recordings that make room for others and come again', () => {
    const rows = [5, 5, 5, 3, 3, 3, 5, 5, 5, 3, 5, 3];
    const few = compare(backend, plain(0.5), regression(backend), { rows, capacity: 1 });
    // 5 is recorded, 3 puts it out and is recorded, and so on; at the end the two chase each other.
    expect(few).toMatchObject({ recorded: 9, replayed: 3, evicted: 5 });
    expect(compare(backend, plain(0.5), regression(backend), { rows })).toMatchObject({
      recorded: 4,
      replayed: 8,
      evicted: 0,
    });
  });
});

describe.each(backends)('averages on $name', (backend) => {
  it('are swapped in replays too, and guard themselves there', () => {
    const at = new ParameterScope();
    const layer = new Linear(at, 4, 2);
    using arena = new ParameterArena(at, backend, rngKey(1));
    using ema = new ExponentialMovingAverage([{ arena, parameters: arena.parameters }], { decay: 0.5 });
    arena.write(layer.bias, [4, 8]);
    using evaluate = capture(({ x }: { readonly x: Tensor }) => {
      ema.swap();
      return mean(layer.forward(x));
    });
    using average = capture(({ x }: { readonly x: Tensor }) => {
      ema.update();
      return mean(x);
    });
    const swapped: boolean[] = [];
    scope(() => {
      const x = normal(rngKey(2), [3, 4], { backend });
      for (let i = 0; i < 4; i++) average({ x });
      const results = [0, 1, 2, 3, 4].map(() => {
        const result = evaluate({ x }).itemSync();
        swapped.push(ema.swapped);
        return result;
      });
      expect(results.slice(2)).toEqual([results[0], results[1], results[0]]);
      expect(results[0]).not.toBe(results[1]);
      expect(swapped).toEqual([true, false, true, false, true]);
      expect(() => average({ x })).toThrow(
        'update() came while the averages stand in for the weights; call swap() first',
      );
      evaluate({ x });
      average({ x });
      expect(ema.updates).toBe(5);
    });
  });
});

describe.each(backends)('what a replay would freeze, on $name', (backend) => {
  const refused = <I>(make: (backend: Backend) => Trainer<I>, batch: (i: number, rows: number) => I): string => {
    const before = backend.memory().inUse;
    const message = (() => {
      using trainer = make(backend);
      using step = capture(trainer.step);
      run(step, batch, [3]);
      try {
        run(step, batch, [3]);
      } catch (error) {
        return error instanceof CaptureError ? error.message : `another error: ${error}`;
      }
      return 'nothing was thrown';
    })();
    expect(backend.memory().inUse).toBe(before);
    return message;
  };

  it('a rate that is a number and falls', () => {
    const make = (on: Backend) =>
      regressor<Regression>(on, makers.SGD, ({ accumulate, optimizer }) => (batch) => {
        const loss = accumulate(batch, 1);
        optimizer.step(0.5 ** optimizer.steps[0]);
        return { loss };
      });
    expect(refused(make, regression(backend))).toContain('SGD, command');
  });

  it('parameters that thaw', () => {
    const make = (on: Backend) =>
      regressor<Regression>(on, makers.Adam, ({ accumulate, arena, optimizer }) => (batch) => {
        arena.parameters[0].frozen = optimizer.steps[0] === 0;
        const loss = accumulate(batch, 1);
        optimizer.step(0.1);
        return { loss };
      });
    expect(refused(make, regression(backend))).toContain('the step does other things the second time');
  });
});
