// Layers, the names in their errors, modes of a forward pass, and gradients on their way into arenas.

import { parametersWithoutGradient, withModel } from '@omnigrad/nn/testing';
import {
  ids,
  mean,
  modulePath,
  normal,
  type OmnigradError,
  rngKey,
  scope,
  square,
  sum,
  type Tensor,
  tensor,
} from '@omnigrad/tensor';
import { describe, expect, it } from 'vitest';
import {
  accumulateGradients,
  drop,
  Embedding,
  evaluation,
  LayerNorm,
  Linear,
  Module,
  modeOf,
  ParameterArena,
  ParameterScope,
  training,
} from '../src/index.ts';
import { backends, reference } from './support.ts';

const key = rngKey(5);

/** Two layers in a list, below a name: paths of parameters with parts that are no modules. */
class Pair extends Module {
  readonly layers: readonly Linear[];

  constructor(at: ParameterScope) {
    super(at);
    const list = at.child('layers');
    this.layers = [new Linear(list.child('0'), 3, 4), new Linear(list.child('1'), 4, 2)];
  }

  forward(x: Tensor): Tensor {
    return this.within(() => this.layers[1].forward(this.layers[0].forward(x)));
  }
}

describe.each(backends)('layers on $name', (backend) => {
  it('Linear is x W + b over the last axis', () => {
    withModel(
      backend,
      (at) => new Linear(at, 2, 3),
      (layer, arena) => {
        arena.write(layer.weight, [1, 2, 3, 4, 5, 6]);
        arena.write(layer.bias, [10, 20, 30]);
        const y = layer.forward(tensor([1, 1, 0, 2], [1, 2, 2], { backend }));
        expect(y.shape).toEqual([1, 2, 3]);
        expect([...y.readSync()]).toEqual([15, 27, 39, 18, 30, 42]);
      },
    );
  });

  it('LayerNorm begins as a plain normalisation', () => {
    withModel(
      backend,
      (at) => new LayerNorm(at, 4, 0),
      (layer) => {
        const y = layer.forward(tensor([1, 2, 3, 4], [1, 4], { backend })).readSync();
        [-3, -1, 1, 3].forEach((x, i) => {
          expect(y[i]).toBeCloseTo(x / Math.sqrt(5), 6);
        });
      },
    );
  });

  it('Embedding picks rows and refuses ids that it does not have', () => {
    withModel(
      backend,
      (at) => new Embedding(at.child('words'), 3, 2),
      (layer, arena) => {
        arena.write(layer.weight, [0, 1, 10, 11, 20, 21]);
        const y = layer.forward(ids([2, 0], [1, 2], { backend }));
        expect(y.shape).toEqual([1, 2, 2]);
        expect([...y.readSync()]).toEqual([20, 21, 0, 1]);
        expect(() => layer.forward(ids([3], [1], { backend }))).toThrow(
          expect.objectContaining({ message: 'embedding: id 3 at position 0 is outside 0 to 2 (in words)' }),
        );
      },
    );
  });

  it('draws the same weights from one key', () => {
    const weights = (): number[] => {
      let found: number[] = [];
      withModel(
        backend,
        (at) => new Linear(at, 5, 7),
        (layer) => {
          found = [...layer.weight.value.readSync()];
        },
      );
      return found;
    };
    expect(weights()).toEqual(weights());
  });
});

describe('the module path', () => {
  const wrong = 'linear: x [1, 5] does not fit weight [3, 4]: the last axis of x must equal the first of [in, out]';
  const failing = (at: ParameterScope, root: ParameterScope): OmnigradError => {
    const model = new Pair(at);
    using _arena = new ParameterArena(root, reference, key);
    try {
      scope(() => model.forward(tensor([[1, 2, 3, 4, 5]], { backend: reference })));
    } catch (error) {
      return error as OmnigradError;
    }
    throw new Error('nothing was thrown');
  };

  it('names the layer as its parameters do, lists included', () => {
    const root = new ParameterScope();
    const error = failing(root.child('heads').child('digit'), root);
    expect(error.message).toBe(`${wrong} (in heads.digit.layers.0)`);
    expect(error.module).toBe('heads.digit.layers.0');
  });

  it('leaves out a module without a name', () => {
    const root = new ParameterScope();
    expect(failing(root, root).message).toBe(`${wrong} (in layers.0)`);
  });

  it('is empty again after an error', () => {
    const root = new ParameterScope();
    failing(root.child('a'), root);
    expect(modulePath()).toBe('');
  });
});

describe.each(backends)('drop on $name', (backend) => {
  const x = (): Tensor => normal(key, [50, 40], { backend });

  it('is the identity in evaluation and at p = 0', () => {
    scope(() => {
      const a = x();
      expect(drop(a, 0.5, evaluation)).toBe(a);
      expect(drop(a, 0, training(key))).toBe(a);
    });
  });

  it('drops about p of the elements in training and scales the others', () => {
    scope(() => {
      const a = x();
      const [before, after] = [a.readSync(), drop(a, 0.25, training(key)).readSync()];
      const dropped = after.filter((v) => v === 0).length / after.length;
      expect(Math.abs(dropped - 0.25)).toBeLessThan(0.04);
      after.forEach((v, i) => {
        if (v !== 0) expect(v).toBeCloseTo(before[i] / 0.75, 5);
      });
    });
  });

  it('drops the same elements for the same key, others for the key of another part', () => {
    scope(() => {
      const a = x();
      const run = (part: string): number[] => [...drop(a, 0.5, modeOf(training(key), part)).readSync()];
      expect(run('attention')).toEqual(run('attention'));
      expect(run('attention')).not.toEqual(run('mlp'));
    });
  });
});

it('evaluation has no parts', () => {
  expect(modeOf(evaluation, 'mlp')).toBe(evaluation);
});

describe.each(backends)('accumulateGradients on $name', (backend) => {
  it('adds to the arenas, each time', () => {
    withModel(
      backend,
      (at) => new Pair(at),
      (model, arena) => {
        const group = { name: 'all', arena, parameters: arena.parameters };
        const input = normal(key, [6, 3], { backend });
        const run = (): number => accumulateGradients(() => mean(square(model.forward(input))), [group]).itemSync();
        const loss = run();
        const once = arena.grads.readSync();
        expect(parametersWithoutGradient(arena)).toEqual([]);
        expect(run()).toBe(loss);
        arena.grads.readSync().forEach((g, i) => {
          expect(g).toBe(2 * once[i]);
        });
      },
    );
  });

  it('leaves the parameters outside its groups alone, and hands back more than the loss', () => {
    withModel(
      backend,
      (at) => new Pair(at),
      (model, arena) => {
        const group = {
          name: 'second',
          arena,
          parameters: arena.parameters.filter((p) => p.name.startsWith('layers.1')),
        };
        const input = normal(key, [6, 3], { backend });
        const { loss, y } = accumulateGradients(() => {
          const out = model.forward(input);
          return { loss: sum(out), y: out };
        }, [group]);
        expect(parametersWithoutGradient(arena)).toEqual(['layers.0.weight', 'layers.0.bias']);
        const total = Array.from(y.readSync()).reduce((a, b) => a + b, 0);
        expect(loss.itemSync()).toBeCloseTo(total, 4);
      },
    );
  });
});
